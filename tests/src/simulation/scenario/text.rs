//! A scenario as text: a line for the world, for each thing that is not as usual, and for each thing that happens.

use std::fmt::{self, Display, Formatter};
use std::str::{FromStr, SplitWhitespace};
use std::time::Duration;

use at_proto::cmqtt::QoS;
use cmqtt_core::Overflow;
use cmqtt_sim::{Family, FaultPlan, Profile, SWITCHES};

use super::{Class, Host, Line, Memory, ParseError, Scenario, Step, What};
use crate::simulation::weather::Weather;

impl Display for Scenario {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            seed, family, class, ..
        } = self;
        let class = match class {
            Class::Clean => "clean",
            Class::Dirty => "dirty",
        };
        writeln!(f, "world {seed} {family} {class} {}", Seconds(self.calm))?;
        for (name, value) in &self.switches {
            writeln!(f, "switch {name}={value}")?;
        }
        let Line {
            baud,
            latency,
            lazy,
            writes,
        } = self.line;
        writeln!(f, "line {baud} {latency} {lazy} {writes}")?;
        let Memory {
            received,
            message,
            request,
            information,
            queue,
        } = self.memory;
        writeln!(f, "memory {received} {message} {request} {information} {queue}")?;
        let host = &self.host;
        let overflow = match host.overflow {
            Overflow::Refuse => 0,
            Overflow::DropOldest => 1,
            Overflow::DropNewest => 2,
        };
        writeln!(
            f,
            "host {} {} {} {} {} {overflow} {} {} {} {} {}",
            host.first_pause,
            host.longest_pause,
            host.check_every,
            u8::from(host.may_restart),
            host.power_key,
            u8::from(host.knows_family),
            u8::from(host.clean_session),
            host.keep_alive,
            u8::from(host.will),
            u8::from(host.patient),
        )?;
        for step in &self.steps {
            writeln!(f, "{} {}", Seconds(step.at), step.what)?;
        }
        for fault in &self.faults {
            writeln!(f, "fault {fault}")?;
        }
        Ok(())
    }
}

impl Display for What {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Deliver {
                number,
                qos,
                again,
                topic,
                size,
                style,
            } => write!(
                f,
                "deliver {number} {} {} {topic} {size} {style}",
                u8::from(qos),
                u8::from(again)
            ),
            Self::Outside {
                number,
                qos,
                size,
                style,
            } => {
                write!(f, "outside {number} {} {size} {style}", u8::from(qos))
            }
            Self::Keep => f.write_str("keep"),
            Self::LetGo => f.write_str("let-go"),
            Self::BringUp => f.write_str("bring-up"),
            Self::TakeDown => f.write_str("take-down"),
            Self::Publish { number, qos } => write!(f, "publish {number} {}", u8::from(qos)),
            Self::Ask(which) => write!(f, "ask {which}"),
            Self::Reset => f.write_str("reset"),
            Self::Suspend(millis) => write!(f, "suspend {millis}"),
            Self::Weather(weather) => {
                let mut words = String::new();
                weather.write(&mut words);
                write!(f, "weather {words}")
            }
        }
    }
}

impl FromStr for Scenario {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut scenario = Self {
            seed: 0,
            family: Family::Sim7028,
            class: Class::Clean,
            switches: Vec::new(),
            line: Line::USUAL,
            memory: Memory::USUAL,
            host: Host::USUAL,
            steps: Vec::new(),
            faults: Vec::new(),
            calm: Duration::ZERO,
        };
        for line in text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            scenario.read(line)?;
        }
        Ok(scenario)
    }
}

impl Scenario {
    fn read(&mut self, line: &str) -> Result<(), ParseError> {
        let mut words = line.split_whitespace();
        match words.next().unwrap_or_default() {
            "world" => {
                self.seed = next(&mut words)?;
                self.family = next(&mut words)?;
                self.class = match words.next() {
                    Some("clean") => Class::Clean,
                    Some("dirty") => Class::Dirty,
                    _ => return Err(ParseError),
                };
                self.calm = seconds(words.next())?;
            }
            "switch" => {
                let (name, value) = words
                    .next()
                    .and_then(|word| word.split_once('='))
                    .ok_or(ParseError)?;
                let switch = SWITCHES
                    .iter()
                    .find(|switch| switch.name == name)
                    .ok_or(ParseError)?;
                let mut switches = Profile::SIM7028.switches;
                switch.set(&mut switches, value).map_err(|_| ParseError)?;
                self.switches.push((switch.name, value.to_owned()));
            }
            "line" => {
                self.line = Line {
                    baud: next(&mut words)?,
                    latency: next(&mut words)?,
                    lazy: next(&mut words)?,
                    writes: next(&mut words)?,
                };
            }
            "memory" => {
                self.memory = Memory {
                    received: next(&mut words)?,
                    message: next(&mut words)?,
                    request: next(&mut words)?,
                    information: next(&mut words)?,
                    queue: next(&mut words)?,
                };
            }
            "host" => {
                self.host = Host {
                    first_pause: next(&mut words)?,
                    longest_pause: next(&mut words)?,
                    check_every: next(&mut words)?,
                    may_restart: flag(&mut words)?,
                    power_key: next(&mut words)?,
                    overflow: match next::<u8>(&mut words)? {
                        0 => Overflow::Refuse,
                        1 => Overflow::DropOldest,
                        _ => Overflow::DropNewest,
                    },
                    knows_family: flag(&mut words)?,
                    clean_session: flag(&mut words)?,
                    keep_alive: next(&mut words)?,
                    will: flag(&mut words)?,
                    patient: flag(&mut words)?,
                };
            }
            "fault" => {
                let plan: FaultPlan = line["fault".len()..].trim().parse().map_err(|_| ParseError)?;
                self.faults.extend(plan.faults);
            }
            time => self.steps.push(Step {
                at: seconds(Some(time))?,
                what: What::read(&mut words)?,
            }),
        }
        Ok(())
    }
}

impl What {
    fn read(words: &mut SplitWhitespace<'_>) -> Result<Self, ParseError> {
        Ok(match words.next().unwrap_or_default() {
            "deliver" => Self::Deliver {
                number: next(words)?,
                qos: qos(words)?,
                again: flag(words)?,
                topic: next(words)?,
                size: next(words)?,
                style: next(words)?,
            },
            "outside" => Self::Outside {
                number: next(words)?,
                qos: qos(words)?,
                size: next(words)?,
                style: next(words)?,
            },
            "keep" => Self::Keep,
            "let-go" => Self::LetGo,
            "bring-up" => Self::BringUp,
            "take-down" => Self::TakeDown,
            "publish" => Self::Publish {
                number: next(words)?,
                qos: qos(words)?,
            },
            "ask" => Self::Ask(next(words)?),
            "reset" => Self::Reset,
            "suspend" => Self::Suspend(next(words)?),
            "weather" => Self::Weather(Weather::read(words)?),
            _ => return Err(ParseError),
        })
    }
}

/// A time in seconds.
pub(in crate::simulation) struct Seconds(pub(in crate::simulation) Duration);

impl Display for Seconds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0.as_secs(), self.0.subsec_micros())
    }
}

fn next<T: FromStr>(words: &mut SplitWhitespace<'_>) -> Result<T, ParseError> {
    words.next().and_then(|word| word.parse().ok()).ok_or(ParseError)
}

fn flag(words: &mut SplitWhitespace<'_>) -> Result<bool, ParseError> {
    Ok(next::<u8>(words)? != 0)
}

fn qos(words: &mut SplitWhitespace<'_>) -> Result<QoS, ParseError> {
    QoS::try_from(next::<u8>(words)?).map_err(|_| ParseError)
}

/// Seconds with exactly six places.
fn seconds(word: Option<&str>) -> Result<Duration, ParseError> {
    let (whole, micros) = word.and_then(|word| word.split_once('.')).ok_or(ParseError)?;
    if micros.len() != 6 {
        return Err(ParseError);
    }
    let [whole, micros]: [u64; 2] = [
        whole.parse().map_err(|_| ParseError)?,
        micros.parse().map_err(|_| ParseError)?,
    ];
    Ok(Duration::from_secs(whole) + Duration::from_micros(micros))
}

//! What happens in one simulated world, as plain data: it can be printed, read back, and made shorter.

use std::fmt::{self, Display, Formatter};
use std::str::{FromStr, SplitWhitespace};
use std::time::Duration;

use at_proto::cmqtt::QoS;
use cmqtt_core::Overflow;
use cmqtt_sim::{Family, Fault, FaultPlan, Profile, SWITCHES};

use super::message::Make;
use super::weather::Weather;

/// A world and what happens in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// What is left to chance when it is played: pauses, delays, how reads are split.
    pub seed: u64,
    /// The modem's family.
    pub family: Family,
    /// What the faults do to the line.
    pub class: Class,
    /// Switches of the modem that are not as its family has them.
    pub switches: Vec<(&'static str, String)>,
    /// The serial line.
    pub line: Line,
    /// What the host lends.
    pub memory: Memory,
    /// How the host keeps its client.
    pub host: Host,
    /// What happens, in this order.
    pub steps: Vec<Step>,
    /// What goes wrong on the line, in the modem, and right behind it.
    pub faults: Vec<Fault>,
    /// When the faults are over.
    pub calm: Duration,
}

/// What the faults do to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// No byte is lost, altered or doubled.
    Clean,
    /// Some are, and a line without checksums cannot always show it.
    Dirty,
}

/// The serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Bits a second; 0 for a line that takes no time.
    pub baud: u32,
    /// Milliseconds on the way.
    pub latency: u32,
    /// The longest time, in microseconds, that the host leaves bytes lying.
    pub lazy: u32,
    /// The most bytes that the host's port takes at once; 0 for any number.
    pub writes: u32,
}

/// What the host lends, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// For bytes that are not understood yet.
    pub received: usize,
    /// For a message.
    pub message: usize,
    /// For a request.
    pub request: usize,
    /// For information lines.
    pub information: usize,
    /// For messages that wait.
    pub queue: usize,
}

/// How the host keeps its client. Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// [`Healing::first_pause`](cmqtt_core::Healing::first_pause).
    pub first_pause: u32,
    /// [`Healing::longest_pause`](cmqtt_core::Healing::longest_pause).
    pub longest_pause: u32,
    /// [`Healing::check_every`](cmqtt_core::Healing::check_every).
    pub check_every: u32,
    /// [`Healing::may_restart`](cmqtt_core::Healing::may_restart).
    pub may_restart: bool,
    /// [`Healing::power_key`](cmqtt_core::Healing::power_key); 0 for none.
    pub power_key: u32,
    /// [`Healing::overflow`](cmqtt_core::Healing::overflow).
    pub overflow: Overflow,
    /// Whether the family is named beforehand.
    pub knows_family: bool,
    /// Whether the broker forgets the session.
    pub clean_session: bool,
    /// The keep alive in seconds.
    pub keep_alive: u16,
    /// Whether there is a will.
    pub will: bool,
    /// Whether a publish waits for the longest time rather than for the shortest.
    pub patient: bool,
}

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The application hands a message over.
    Deliver {
        /// Which: every message of a scenario has another number.
        number: u32,
        /// How.
        qos: QoS,
        /// Send again when nobody knows, whatever the quality of service.
        again: bool,
        /// The topic, of a few.
        topic: u8,
        /// The payload's bytes.
        size: u16,
        /// What the payload looks like.
        style: u8,
    },
    /// Somebody else publishes a message that the client is subscribed to.
    Outside {
        /// Which.
        number: u32,
        /// How.
        qos: QoS,
        /// The payload's bytes.
        size: u16,
        /// What the payload looks like.
        style: u8,
    },
    /// The application wants its client kept.
    Keep,
    /// It lets it go.
    LetGo,
    /// It brings it up once.
    BringUp,
    /// It takes it down.
    TakeDown,
    /// It publishes through the client, by itself.
    Publish {
        /// Which message.
        number: u32,
        /// How.
        qos: QoS,
    },
    /// It asks the modem for something, one of a few.
    Ask(u8),
    /// The port goes away and comes back.
    Reset,
    /// Something goes wrong.
    Weather(Weather),
}

/// What was read is no scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no scenario")]
pub struct ParseError;

impl Scenario {
    /// The modem.
    #[must_use]
    pub fn profile(&self) -> Profile {
        let mut profile = Profile::of(self.family);
        profile.seed = self.seed;
        for (name, value) in &self.switches {
            if let Some(switch) = SWITCHES.iter().find(|switch| switch.name == *name) {
                // What is not taken was refused when it was read.
                let _ = switch.set(&mut profile.switches, value);
            }
        }
        profile
    }

    /// The faults as the simulated layers take them.
    #[must_use]
    pub fn plan(&self) -> FaultPlan {
        FaultPlan {
            faults: self.faults.clone(),
            until: Some(self.calm),
        }
    }

    /// Within what time after the end of all faults a message gets through.
    #[must_use]
    pub const fn recovery(&self) -> Duration {
        Duration::from_secs(3600)
    }

    /// The number of messages: each number is smaller.
    pub(super) fn messages(&self) -> u32 {
        let numbers = self.steps.iter().filter_map(|step| step.what.message());
        numbers.map(|(number, ..)| number + 1).max().unwrap_or(0)
    }
}

impl What {
    /// The message that it is about, if it is about one.
    pub(super) const fn message(self) -> Option<(u32, QoS, Make)> {
        match self {
            Self::Deliver {
                number,
                qos,
                topic,
                size,
                style,
                ..
            } => Some((number, qos, Make { topic, size, style })),
            Self::Outside {
                number,
                qos,
                size,
                style,
            } => Some((
                number,
                qos,
                Make {
                    topic: IN,
                    size,
                    style,
                },
            )),
            Self::Publish { number, qos } => Some((
                number,
                qos,
                Make {
                    topic: 0,
                    size: 24,
                    style: 3,
                },
            )),
            _ => None,
        }
    }
}

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
            "weather" => Self::Weather(Weather::read(words)?),
            _ => return Err(ParseError),
        })
    }
}

impl Line {
    /// A port that is read often.
    pub const USUAL: Self = Self {
        baud: 115_200,
        latency: 0,
        lazy: 2000,
        writes: 0,
    };
}

impl Memory {
    /// Room enough.
    pub const USUAL: Self = Self {
        received: 1024,
        message: 2048,
        request: 4096,
        information: 1024,
        queue: 0x4000,
    };
}

impl Host {
    /// As [`Healing::new`](cmqtt_core::Healing::new) has it.
    pub const USUAL: Self = Self {
        first_pause: 1000,
        longest_pause: 120_000,
        check_every: 60_000,
        may_restart: true,
        power_key: 0,
        overflow: Overflow::Refuse,
        knows_family: false,
        clean_session: true,
        keep_alive: 60,
        will: false,
        patient: false,
    };
}

/// A time in seconds.
pub(super) struct Seconds(pub(super) Duration);

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

/// The topic of what comes from outside.
const IN: u8 = 4;

//! A scenario from a seed.

use std::time::Duration;

use at_proto::cmqtt::QoS;
use cmqtt_core::{LATE_RESULT, Overflow};
use cmqtt_sim::{Family, Fault, FaultClass, Forecast};

use super::message::{OWN, STYLES, TOPICS};
use super::random::Random;
use super::scenario::{Class, Host, Line, Memory, Scenario, Step, What};
use super::weather::Weather;
use super::world::QUIET;

/// What is not left to the seed.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Limits {
    /// Modems of this family alone
    #[arg(long)]
    pub family: Option<Family>,
    /// Faults of this class alone
    #[arg(long, value_enum)]
    pub class: Option<Class>,
}

/// The scenario that this seed stands for.
#[must_use]
pub fn generate(seed: u64, limits: Limits) -> Scenario {
    let mut random = Random::new(seed);
    let chosen = *random.pick(&Family::ALL);
    let drawn = if random.one_in(4) {
        Class::Dirty
    } else {
        Class::Clean
    };
    let class = limits.class.unwrap_or(drawn);
    let family = limits.family.unwrap_or(chosen);
    let host = host(&mut random);
    let line = line(&mut random);
    let memory = memory(&mut random);
    let switches = switches(&mut random.split(), class);
    let mut program = Program {
        random: random.split(),
        steps: Vec::new(),
        late: Vec::new(),
        messages: 0,
    };
    let calm = program.write();
    let mut steps = program.steps;
    steps.sort_by_key(|step| step.at);
    let mut faults = faults(&mut random, class, host.power_key > 0, calm);
    faults.extend(program.late);
    if class == Class::Clean {
        keep_to_the_bound(&mut faults);
    }
    Scenario {
        seed,
        family,
        class,
        switches,
        line,
        memory,
        host,
        steps,
        faults,
        calm,
    }
}

/// What goes wrong on the line, in the modem, and right behind it.
fn faults(random: &mut Random, class: Class, power_key: bool, calm: Duration) -> Vec<Fault> {
    let count = |random: &mut Random| u32::try_from(*random.pick(&[0, 1, 1, 2, 4])).unwrap_or_default();
    let mut forecast = Forecast::of(FaultClass::Clean, count(random), calm);
    if class == Class::Dirty {
        let dirty = Forecast::of(FaultClass::Dirty, 1 + count(random), calm);
        forecast.counts.extend(dirty.counts);
    }
    forecast.away = *random.pick(&[MINUTE, 10 * MINUTE, 60 * MINUTE]);
    forecast.forever = power_key;
    let mut faults = forecast.varied(random.draw()).draw(random.draw()).faults;
    if class == Class::Clean {
        // A modem that does nothing for longer answers later than anybody reckons with.
        for fault in &mut faults {
            if let cmqtt_sim::What::Hang(Some(time), _) = &mut fault.what {
                *time = (*time).min(LONGEST_HANG);
            }
        }
    }
    faults
}

/// Faults that meet at one result add up: together they make it no later than anybody reckons with.
fn keep_to_the_bound(faults: &mut [Fault]) {
    let mut left = LATE_RESULT;
    for fault in faults.iter_mut().rev() {
        if let cmqtt_sim::What::ResultLate(late) = &mut fault.what {
            *late = (*late).min(left);
            left -= *late;
        }
    }
}

fn host(random: &mut Random) -> Host {
    let usual = Host {
        overflow: *random.pick(&[Overflow::Refuse, Overflow::DropOldest, Overflow::DropNewest]),
        knows_family: random.one_in(2),
        clean_session: !random.one_in(3),
        patient: random.one_in(4),
        will: random.one_in(4),
        ..Host::USUAL
    };
    if random.one_in(2) {
        return usual;
    }
    Host {
        first_pause: *random.pick(&[100, 500, 1000, 5000]),
        longest_pause: *random.pick(&[5000, 30_000, 120_000, 300_000]),
        check_every: *random.pick(&[5000, 20_000, 60_000, 300_000]),
        may_restart: !random.one_in(4),
        power_key: *random.pick(&[0, 0, 5000, 20_000]),
        keep_alive: *random.pick(&[10, 60, 600]),
        ..usual
    }
}

fn line(random: &mut Random) -> Line {
    Line {
        baud: *random.pick(&[0, 9600, 115_200, 115_200, 921_600]),
        latency: *random.pick(&[0, 0, 1, 16]),
        lazy: *random.pick(&[0, 500, 2000, 2000, 20_000, 20_000]),
        writes: *random.pick(&[0, 0, 0, 1, 64]),
    }
}

fn memory(random: &mut Random) -> Memory {
    let usual = Memory {
        received: 1024,
        message: 2048,
        request: 4096,
        information: 1024,
        queue: *random.pick(&[0x1000, 0x4000]),
    };
    if !random.one_in(5) {
        return usual;
    }
    Memory {
        received: *random.pick(&[128, 200, 1024]),
        message: *random.pick(&[0, 16, 300]),
        request: *random.pick(&[640, 1024]),
        information: *random.pick(&[64, 512]),
        queue: *random.pick(&[0, 64, 300, 1500]),
    }
}

/// Most modems are as their family has them, or differ in little.
fn switches(random: &mut Random, class: Class) -> Vec<(&'static str, String)> {
    let mut chosen = Vec::new();
    if random.one_in(3) {
        return chosen;
    }
    let often = random.within(2..8);
    for &(name, values) in CHOICES {
        if random.one_in(often) {
            chosen.push((name, (*random.pick(values)).to_owned()));
        }
    }
    if class == Class::Dirty && random.one_in(4) {
        // Where much is to be heard before the prompt is, data come to a modem that takes commands again.
        chosen.push(("data-wait", "5s".to_owned()));
    }
    chosen
}

/// What a modem may do its own way without breaking what its manual says.
const CHOICES: &[(&str, &[&str])] = &[
    ("start-success", &["ok-first", "result-first"]),
    (
        "start-failure",
        &["ok-result", "result-error", "error-result", "error"],
    ),
    ("stop-failure", &["ok-result", "result-error", "error"]),
    ("connect-success", &["ok-first", "result-first"]),
    (
        "connect-failure",
        &["ok-result", "result-error", "error-result", "error"],
    ),
    ("disc-success", &["ok-first", "result-first"]),
    ("disc-failure", &["ok-result", "result-error", "error"]),
    ("pub-success", &["ok-first", "result-first"]),
    ("pub-failure", &["ok-result", "result-error", "error"]),
    ("sub-success", &["ok-first", "result-first"]),
    ("sub-failure", &["ok-result", "result-error", "error"]),
    ("start-again", &["error", "result-error"]),
    ("stop-held", &["21", "19"]),
    ("rel-idle", &["error", "ok"]),
    ("prompt", &["plain", "blank", "crlf"]),
    ("data-echo", &["on", "off"]),
    ("leading-crlf", &["on", "off"]),
    ("colon-blank", &["on", "off"]),
    ("rx-layout", &["compact", "spaced"]),
    ("rx-chunk", &["whole", "1", "7", "100"]),
    ("rx-order", &["after-pub", "as-it-comes"]),
    ("urcs", &["between-commands", "between-lines"]),
    ("boot", &["silent", "rdy", "atready"]),
    ("accq-list", &["held", "all"]),
    ("connect-idle", &["nothing", "index"]),
    ("command-delay", &["0", "3-150ms", "100-2000ms"]),
    ("service-delay", &["0", "50-500ms", "1-8s"]),
    ("boot-delay", &["0", "1500-4000ms", "5-20s"]),
    ("busy", &["300-1000ms", "300-3000ms", "1-3s"]),
    ("start-refused", &["7,5s", "1,25s", "7,28s", "7,30s"]),
    (
        "connect-refused",
        &["3,20s", "9,30s", "14,10s", "17,30s", "25,30s"],
    ),
    ("connect-again", &["13", "19"]),
    ("lost-pub", &["6", "none"]),
];

/// What happens, as it is written.
struct Program {
    random: Random,
    steps: Vec<Step>,
    /// Results that come when the command is long given up.
    late: Vec<Fault>,
    messages: u32,
}

impl Program {
    /// Returns when the faults are over.
    fn write(&mut self) -> Duration {
        if !self.random.one_in(10) {
            self.at(Duration::ZERO, What::Keep);
        }
        let episodes = self.random.within(1..9);
        let mut now = Duration::ZERO;
        for _ in 0..episodes {
            now += self.random.time(SECOND..40 * MINUTE);
            now += match self.random.within(0..40) {
                0 => self.stream(now),
                1..6 => self.stops(now),
                _ => self.episode(now),
            };
        }
        now + self.random.time(SECOND..MINUTE)
    }

    fn at(&mut self, at: Duration, what: What) {
        self.steps.push(Step { at, what });
    }

    /// Things that happen close to each other. Returns how long they take.
    fn episode(&mut self, begin: Duration) -> Duration {
        let mut after = Duration::ZERO;
        for _ in 0..self.random.within(1..7) {
            after += self.random.time(MILLISECOND..MINUTE);
            let at = begin + after;
            match self.random.within(0..21) {
                0..5 => self.deliver(at),
                5 => {
                    for _ in 0..self.random.within(2..30) {
                        self.deliver(at);
                    }
                }
                6..9 => self.outside(at),
                9 => self.ask(at),
                10 => after += self.suspend(at),
                _ => after += self.weather(at),
            }
        }
        after
    }

    /// Messages without a pause over a slow network, while the result of one comes when it was given up. Returns how long
    /// it takes.
    fn stream(&mut self, begin: Duration) -> Duration {
        let millis = *self.random.pick(&[20, 500, 2000, 5000]);
        self.at(begin, What::Weather(Weather::Latency(millis)));
        self.late.push(Fault {
            at: begin,
            skip: u32::try_from(self.random.within(0..4)).unwrap_or_default(),
            what: cmqtt_sim::What::ResultLate(Duration::from_secs(self.random.within(60..170))),
        });
        let mut after = Duration::ZERO;
        for _ in 0..self.random.within(20..60) {
            after += self.random.time(SECOND..16 * SECOND);
            self.deliver(begin + after);
        }
        self.at(begin + after, What::Weather(Weather::Latency(20)));
        after
    }

    /// The program is stopped again and again, where nothing else has gone wrong for a while. Returns how long it takes.
    fn stops(&mut self, begin: Duration) -> Duration {
        let mut after = QUIET;
        for _ in 0..self.random.within(2..8) {
            after += self.random.time(SECOND..MINUTE);
            after += self.suspend(begin + after);
        }
        after
    }

    /// The program is stopped, often while it publishes. Returns for how long.
    fn suspend(&mut self, at: Duration) -> Duration {
        let mut begin = at;
        if !self.random.one_in(3) {
            self.deliver(at);
            begin += self.random.time(MILLISECOND..SECOND);
        }
        let millis = *self.random.pick(&[1000, 10_000, 40_000, 75_000, 75_000]);
        let lasts = Duration::from_millis(millis.into());
        self.at(begin, What::Suspend(millis));
        if self.random.one_in(2) {
            // Often before the result: then that lies behind more than the host can hold.
            let most = *self.random.pick(&[MILLISECOND, SECOND, lasts]);
            let meanwhile = begin + self.random.time(Duration::ZERO..most);
            self.outside(meanwhile);
        }
        begin + lasts - at
    }

    fn ask(&mut self, at: Duration) {
        let what = match self.random.within(0..9) {
            0 => What::LetGo,
            1 | 2 => What::Keep,
            3 => What::BringUp,
            4 => What::TakeDown,
            5 | 6 => What::Publish {
                number: self.number(),
                qos: self.qos(),
            },
            7 => What::Reset,
            _ => What::Ask(u8::try_from(self.random.within(0..4)).unwrap_or_default()),
        };
        if what == What::LetGo && self.random.one_in(2) {
            let again = at + self.random.time(MILLISECOND..MINUTE);
            self.at(again, What::Keep);
        }
        self.at(at, what);
    }

    fn deliver(&mut self, at: Duration) {
        let topics = if self.random.one_in(4) {
            TOPICS.len()
        } else {
            usize::from(OWN) + 1
        };
        let what = What::Deliver {
            number: self.number(),
            qos: self.qos(),
            again: self.random.one_in(4),
            topic: self.below(topics),
            size: self.size(),
            style: self.below(STYLES.len()),
        };
        self.at(at, what);
    }

    fn outside(&mut self, at: Duration) {
        for _ in 0..*self.random.pick(&[1, 1, 1, 2, 5, 30]) {
            let what = What::Outside {
                number: self.number(),
                qos: self.qos(),
                size: self.size(),
                style: self.below(STYLES.len()),
            };
            self.at(at, what);
        }
    }

    /// Returns for how long it lasts, where that counts.
    fn weather(&mut self, at: Duration) -> Duration {
        let lasts = self.random.time(10 * MILLISECOND..20 * MINUTE);
        let way = self.below(256);
        let (weather, end) = match self.random.within(0..10) {
            0 | 1 => (Weather::PowerCycle, None),
            2 => (Weather::NetworkGone, Some(Weather::NetworkBack)),
            3 => (Weather::Registration(way), Some(Weather::NetworkBack)),
            4 => (Weather::Deactivate, Some(Weather::NetworkBack)),
            5 => (Weather::BrokerDown, Some(Weather::BrokerUp)),
            6 => (Weather::BrokerRefuses, Some(Weather::BrokerAllows)),
            7 if self.random.one_in(4) => (Weather::BrokerForbids, Some(Weather::BrokerAllows)),
            7 if self.random.one_in(3) => (Weather::BrokerDenies, Some(Weather::BrokerAllows)),
            7 | 8 => (Weather::Break(way), None),
            _ => {
                let millis = *self.random.pick(&[0, 5, 200, 2000, 20_000, 50_000]);
                (Weather::Latency(millis), Some(Weather::Latency(20)))
            }
        };
        self.at(at, What::Weather(weather));
        let Some(end) = end else {
            return Duration::ZERO;
        };
        self.at(at + lasts, What::Weather(end));
        // The next thing happens while it lasts, or when it is over.
        if self.random.one_in(2) {
            lasts
        } else {
            Duration::ZERO
        }
    }

    const fn number(&mut self) -> u32 {
        self.messages += 1;
        self.messages - 1
    }

    fn qos(&mut self) -> QoS {
        *self.random.pick(&[
            QoS::AtMostOnce,
            QoS::AtLeastOnce,
            QoS::AtLeastOnce,
            QoS::ExactlyOnce,
        ])
    }

    fn size(&mut self) -> u16 {
        let longest = *self.random.pick(&[20, 100, 100, 300, 1000]);
        u16::try_from(self.random.within(1..longest)).unwrap_or_default()
    }

    fn below(&mut self, count: usize) -> u8 {
        u8::try_from(self.random.within(0..count as u64)).unwrap_or_default()
    }
}

/// So long may a modem hang, and its results still come within the time in which they are reckoned with.
const LONGEST_HANG: Duration = Duration::from_secs(60);

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

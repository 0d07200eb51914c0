//! What happens in one simulated world, as plain data: it can be printed, read back, and made shorter.

mod text;
pub(super) use text::Seconds;

use std::time::Duration;

use at_proto::cmqtt::{QoS, budget};
use clap::ValueEnum;
use cmqtt_core::{Config, Healing, LATE_RESULT, Overflow};
use cmqtt_sim::{Family, Fault, FaultPlan, LostPublish, Profile, SWITCHES};

use super::forbidden::DENIED;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
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
    /// The program is stopped for so many milliseconds.
    Suspend(u32),
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

    /// Within what time after the end of all faults a session delivers again, as the core states it.
    #[must_use]
    pub fn recovery(&self) -> Duration {
        let healing = self.healing();
        let config = self.config().with_family(self.family);
        let hangs = |fault: &Fault| matches!(fault.what, cmqtt_sim::What::Hang(None, _));
        let on_top = if self.faults.iter().any(hangs) {
            healing.power_key_budget(&config).unwrap_or_default()
        } else {
            Duration::ZERO
        };
        healing.recovery_budget(&config, Duration::from_secs(self.host.timeout().into()))
            + on_top
            + self.forbidden()
    }

    /// How long messages may wait behind those that a modem's switch forbids without giving a result: each attempt ends
    /// when its result is no longer owed.
    pub(super) fn forbidden(&self) -> Duration {
        let refusals = self.profile().switches.refusals;
        if refusals.topics.0.is_empty() || refusals.lost_publish == LostPublish::Failed {
            return Duration::ZERO;
        }
        let forbidden = |step: &&Step| {
            let make = step.what.message().map(|(_, _, make)| make);
            make.is_some_and(|make| make.topic() == DENIED)
        };
        let messages = u32::try_from(self.steps.iter().filter(forbidden).count()).unwrap_or(u32::MAX);
        let publish = Duration::from_secs(self.host.timeout().into()) + budget::BEYOND_TIMEOUT;
        let pause = Duration::from_millis(self.host.longest_pause.into());
        (publish + LATE_RESULT + pause) * 3 * messages
    }

    /// What the session knows of its modem beforehand.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::SIM7028;
        if self.line.baud > 0 {
            config.baud = self.line.baud;
        }
        config
    }

    /// How the session keeps its client.
    pub(super) fn healing(&self) -> Healing {
        let host = self.host;
        let time = |millis: u32| Duration::from_millis(millis.into());
        let mut healing = Healing::new(self.seed);
        healing.family = host.knows_family.then_some(self.family);
        healing.first_pause = time(host.first_pause);
        healing.longest_pause = time(host.longest_pause);
        healing.check_every = time(host.check_every);
        healing.may_restart = host.may_restart;
        healing.power_key = (host.power_key > 0).then(|| time(host.power_key));
        healing.overflow = host.overflow;
        healing
    }

    /// The number of messages: each number is smaller.
    pub(super) fn messages(&self) -> u32 {
        let numbers = self.steps.iter().filter_map(|step| step.what.message());
        numbers.map(|(number, ..)| number + 1).max().unwrap_or(0)
    }
}

impl What {
    /// Whether the program does it, and not the world around it.
    pub(super) const fn is_of_the_program(self) -> bool {
        !matches!(self, Self::Outside { .. } | Self::Weather(_) | Self::Suspend(_))
    }

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
    /// How long a publish may take, in seconds.
    pub(super) const fn timeout(&self) -> u32 {
        if self.patient { 180 } else { 60 }
    }

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

/// The topic of what comes from outside.
const IN: u8 = 4;

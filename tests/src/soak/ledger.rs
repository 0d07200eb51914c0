//! What was sent, what its sender was told, and what the broker got.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// How often the broker got each message, by its topic.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    arrived: HashMap<String, u32>,
}

impl Ledger {
    pub(super) fn arrived(&mut self, topics: Vec<String>) {
        for topic in topics {
            *self.arrived.entry(topic).or_default() += 1;
        }
    }

    pub(super) fn count(&self, topic: &str) -> u32 {
        self.arrived.get(topic).copied().unwrap_or_default()
    }
}

/// What a message's sender was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing yet.
    Open,
    Delivered {
        maybe_duplicate: bool,
    },
    /// It may have arrived.
    Unknown,
    /// It has not.
    Failed,
}

/// A side's numbers.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Messages that were taken.
    pub posted: u32,
    /// That were reported delivered.
    pub delivered: u32,
    /// Of these, as maybe twice.
    pub maybe_duplicate: u32,
    /// That were reported unknown.
    pub unknown: u32,
    /// That were reported failed.
    pub failed: u32,
    /// That the broker got more than once.
    pub twice: u32,
    /// That came back to the side that sent them.
    pub came_back: u32,
    /// Connections that were lost.
    pub lost: u32,
    /// And restored.
    pub restored: u32,
    /// The longest time without one.
    pub longest: Duration,
    /// How often the port was gone.
    pub port_lost: u32,
    /// How much went wrong.
    pub faults: u32,
}

impl Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} faults; connection lost {} times, restored {}, longest away {:.0} s, port gone {} times; {} posted, \
             {} delivered ({} maybe twice), {} unknown, {} failed; {} twice at the broker, {} came back",
            self.faults,
            self.lost,
            self.restored,
            self.longest.as_secs_f32(),
            self.port_lost,
            self.posted,
            self.delivered,
            self.maybe_duplicate,
            self.unknown,
            self.failed,
            self.twice,
            self.came_back,
        )
    }
}

//! What happened in many worlds, counted.

use std::collections::BTreeMap;
use std::time::Duration;

/// Counts of what happened.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Worlds.
    pub worlds: u64,
    /// The time that passed in them.
    pub simulated: Duration,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Requests by outcome.
    pub requests: BTreeMap<&'static str, u64>,
    /// Messages that were handed over, by outcome.
    pub deliveries: BTreeMap<&'static str, u64>,
    /// What the session told of its connection.
    pub told: BTreeMap<&'static str, u64>,
    /// Messages that the broker got more than once.
    pub duplicates: u64,
    /// Messages received whole.
    pub received: u64,
    /// Messages that were altered on their way, or never sent, without that anybody noticed.
    pub damaged: u64,
    /// Command lines that the modem ran although no host had sent them.
    pub strange_commands: u64,
    /// The longest time from the end of all faults until a message got through, and the seed.
    pub recovery: (Duration, u64),
    /// The most polls in one second, and the seed.
    pub polls: (u64, u64),
    /// The most in one second beside those for bytes, reads and requests, and the seed.
    pub idle_polls: (u64, u64),
}

impl Tally {
    /// Adds what happened elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.worlds += other.worlds;
        self.simulated += other.simulated;
        self.duplicates += other.duplicates;
        self.received += other.received;
        self.damaged += other.damaged;
        self.strange_commands += other.strange_commands;
        self.recovery = self.recovery.max(other.recovery);
        self.polls = self.polls.max(other.polls);
        self.idle_polls = self.idle_polls.max(other.idle_polls);
        let tables = [
            (&mut self.faults, &other.faults),
            (&mut self.requests, &other.requests),
            (&mut self.deliveries, &other.deliveries),
            (&mut self.told, &other.told),
        ];
        for (table, other) in tables {
            for (name, count) in other {
                *table.entry(name).or_default() += count;
            }
        }
    }

    pub(super) fn count(table: &mut BTreeMap<&'static str, u64>, name: &'static str) {
        *table.entry(name).or_default() += 1;
    }
}

//! What was sent, what its sender was told, and what the broker got.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// How often the broker got each side's messages. A byte each: what is measured is the driver's memory.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    sides: Vec<(String, Vec<u8>)>,
}

impl Ledger {
    /// Of topics like `soak/tokio/17`. Others are not of a side's.
    pub(super) fn arrived(&mut self, topics: Vec<String>) {
        for topic in topics {
            let Some((side, number)) = topic.strip_prefix("soak/").and_then(|rest| rest.split_once('/'))
            else {
                continue;
            };
            let Ok(number) = number.parse::<usize>() else {
                continue;
            };
            let at = self.sides.iter().position(|(known, _)| known == side);
            let at = at.unwrap_or_else(|| {
                self.sides.push((side.to_owned(), Vec::new()));
                self.sides.len() - 1
            });
            let counts = &mut self.sides[at].1;
            if counts.len() <= number {
                counts.resize(number + 1, 0);
            }
            counts[number] = counts[number].saturating_add(1);
        }
    }

    pub(super) fn count(&self, side: &str, number: usize) -> u8 {
        let counts = self.sides.iter().find(|(known, _)| known == side);
        counts
            .and_then(|(_, counts)| counts.get(number))
            .copied()
            .unwrap_or_default()
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
    /// That had no end yet.
    pub open: u32,
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
             {} delivered ({} maybe twice), {} unknown, {} failed, {} open; {} twice at the broker, {} came back",
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
            self.open,
            self.twice,
            self.came_back,
        )
    }
}

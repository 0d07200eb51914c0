//! How often each kind of fault has happened.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::{FaultKind, Happened};

/// A count for each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<FaultKind, u64>);

impl Tally {
    /// Counts one more.
    pub fn count(&mut self, happened: &Happened) {
        *self.0.entry(happened.fault.what.kind()).or_default() += 1;
    }

    /// How many of this kind.
    #[must_use]
    pub fn of(&self, kind: FaultKind) -> u64 {
        self.0.get(&kind).copied().unwrap_or(0)
    }

    /// How many in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        for (&kind, count) in &other.0 {
            *self.0.entry(kind).or_default() += count;
        }
    }
}

impl Display for Tally {
    /// `lose 3, restart 1`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, (kind, count)) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{kind} {count}")?;
        }
        Ok(())
    }
}

//! When the session said that it was connected, and what that promises.

use std::time::Duration;

use cmqtt_sim::{Fault, What};

use super::ledger::{Check, broken};

/// What was told of the connection.
#[derive(Debug)]
pub(super) struct Standing {
    /// When nothing passes behind the modem: what is under way then may be lost before anybody can know.
    stalls: Vec<(Duration, Duration)>,
    up_since: Option<Duration>,
    /// The times of before: from, to.
    times: Vec<(Duration, Duration)>,
    /// When it was told that a received message is lost.
    broken: Vec<Duration>,
}

impl Standing {
    pub(super) fn new(faults: &[Fault]) -> Self {
        let stall = |fault: &Fault| match fault.what {
            What::Stall(time) => Some((fault.at, fault.at + time)),
            _ => None,
        };
        Self {
            stalls: faults.iter().filter_map(stall).collect(),
            up_since: None,
            times: Vec::new(),
            broken: Vec::new(),
        }
    }

    pub(super) const fn is_up(&self) -> bool {
        self.up_since.is_some()
    }

    /// `Connected`: a client that stays as it is is told of anew.
    pub(super) fn connected(&mut self, now: Duration) {
        self.up_since.get_or_insert(now);
    }

    /// `Restored`.
    pub(super) fn restored(&mut self, now: Duration) -> Check {
        if self.is_up() {
            return broken(TOLD, "restored, but not lost before".to_owned());
        }
        self.connected(now);
        Ok(())
    }

    /// `Lost`.
    pub(super) fn lost(&mut self, now: Duration) -> Check {
        if !self.is_up() {
            return broken(TOLD, "lost, but not connected before".to_owned());
        }
        self.ended(now);
        Ok(())
    }

    /// It is not kept any more, or begun anew.
    pub(super) fn ended(&mut self, now: Duration) {
        self.times.extend(self.up_since.take().map(|since| (since, now)));
    }

    /// `MessageBroken`.
    pub(super) fn message_broken(&mut self, now: Duration) {
        self.broken.push(now);
    }

    /// Whether a message that the broker got at this moment has come by now, unless that was told: the client was connected,
    /// and stayed so for long enough.
    pub(super) fn promises(&self, published: Duration, now: Duration) -> bool {
        let until = published + ARRIVES;
        let current = self.up_since.map(|since| (since, now));
        let mut times = self.times.iter().copied().chain(current);
        let stayed = times.any(|(from, to)| from <= published && until < to);
        let told = |at: &Duration| (published..until).contains(at);
        let stalled = |&(from, to): &(Duration, Duration)| from < until && published < to;
        stayed && !self.broken.iter().any(told) && !self.stalls.iter().any(stalled)
    }
}

const TOLD: &str = "what is told of the connection is so";

/// A message that is published while the client is connected comes within this time, or the connection is lost: the modem asks
/// the broker whether it is still there at least this often.
const ARRIVES: Duration = Duration::from_secs(900);

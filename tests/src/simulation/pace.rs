//! How much a session may do: what it does is bounded by what is done to it, and it never turns in place.

use std::time::Duration;

/// Counts what a session does.
#[derive(Debug, Default)]
pub(super) struct Pace {
    second: u64,
    polls: u64,
    /// The most in one second.
    pub(super) most: u64,
    /// Outputs that this turn may still have.
    allowed: u64,
}

impl Pace {
    /// Something was done to the session: it may answer.
    pub(super) fn turn(&mut self, now: Duration) {
        if self.second != now.as_secs() {
            self.second = now.as_secs();
            self.polls = 0;
        }
        self.allowed = OUTPUTS_A_TURN;
    }

    /// Bytes were handed in.
    pub(super) const fn received(&mut self, bytes: usize) {
        self.allowed += OUTPUTS_A_BYTE * bytes as u64;
    }

    /// Bytes were taken over.
    pub(super) const fn transmitted(&mut self) {
        self.allowed += 1;
    }

    /// It was polled. `false`: too often.
    pub(super) fn poll(&mut self) -> bool {
        self.polls += 1;
        self.most = self.most.max(self.polls);
        self.allowed = self.allowed.saturating_sub(1);
        self.allowed > 0
    }
}

/// A request that ends, what it says of its steps, what is told of the connection, messages that end with it: a queue
/// full of them when the client is let go.
const OUTPUTS_A_TURN: u64 = 2000;

/// A line end by itself is nothing; the shortest line that is something has two bytes.
const OUTPUTS_A_BYTE: u64 = 1;

//! How much a session may do: what it says is bounded by what is done to it, and it never turns in place.

use std::time::Duration;

/// Counts how often a session is polled in a second, beside what gives it a reason.
#[derive(Debug, Default)]
pub(super) struct Pace {
    second: u64,
    polls: u64,
    /// The polls that this second may have.
    allowed: u64,
    /// The most in one second.
    pub(super) most: u64,
    /// The most in one second beyond those with a reason of their own.
    pub(super) idle: u64,
}

impl Pace {
    /// It is this late.
    pub(super) fn at(&mut self, now: Duration) {
        if self.second != now.as_secs() {
            self.second = now.as_secs();
            self.polls = 0;
            self.allowed = 0;
        }
    }

    /// There is a reason for so many polls: bytes that came or went, a request that was made or has ended.
    pub(super) const fn reason(&mut self, polls: u64) {
        self.allowed += polls;
    }

    /// It was polled. `false`: too often.
    pub(super) fn poll(&mut self) -> bool {
        self.polls += 1;
        self.most = self.most.max(self.polls);
        self.idle = self.idle.max(self.polls.saturating_sub(self.allowed));
        self.polls <= self.allowed + A_SECOND
    }
}

/// What passing time may bring about in a second: deadlines, what is told of the connection and of steps, and the polls
/// that find nothing more.
const A_SECOND: u64 = 50;

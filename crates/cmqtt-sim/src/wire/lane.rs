//! One way of the line: when which byte arrives.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

/// One way. Times are counted from the moment when the lane last began to send after a pause, so that no rounding
/// adds up over a long burst.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    baud: Option<NonZeroU32>,
    latency: Duration,
    busy_since: Duration,
    /// Bytes sent since then.
    sent: u64,
    under_way: VecDeque<Run>,
    /// What is sent before this leaves then.
    held_until: Duration,
    /// The next byte begins a read.
    apart: bool,
    /// Bytes that its sender has put on it.
    pub(super) carried: u64,
}

/// Bytes sent without a pause between them.
#[derive(Clone, Debug)]
struct Run {
    busy_since: Duration,
    /// The place of the first byte since then, counted from 0.
    first: u64,
    bytes: VecDeque<u8>,
    /// No read goes on from the run before into this one.
    apart: bool,
}

impl Lane {
    pub(super) fn new(baud: Option<NonZeroU32>, latency: Duration) -> Self {
        Self {
            baud,
            latency,
            busy_since: Duration::ZERO,
            sent: 0,
            under_way: VecDeque::new(),
            held_until: Duration::ZERO,
            apart: false,
            carried: 0,
        }
    }

    pub(super) fn send(&mut self, now: Duration, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let now = now.max(self.held_until);
        if now >= self.sent_at(self.sent) {
            self.busy_since = now;
            self.sent = 0;
        }
        let apart = std::mem::take(&mut self.apart);
        match self.under_way.back_mut() {
            Some(run) if run.busy_since == self.busy_since && self.sent > 0 && !apart => {
                run.bytes.extend(bytes);
            }
            _ => self.under_way.push_back(Run {
                busy_since: self.busy_since,
                first: self.sent,
                bytes: bytes.iter().copied().collect(),
                apart,
            }),
        }
        self.sent += bytes.len() as u64;
    }

    pub(super) fn receive(&mut self, now: Duration) -> Vec<u8> {
        let mut arrived = Vec::new();
        while let Some(run) = self.under_way.front_mut() {
            if run.apart && !arrived.is_empty() {
                break;
            }
            let Some(elapsed) = now.checked_sub(run.busy_since + self.latency) else {
                break;
            };
            let waiting = run.bytes.len();
            let ready = match self.baud {
                None => waiting,
                Some(baud) => {
                    let sent = elapsed.as_nanos() * u128::from(baud.get()) / NANOSECONDS_OF_BAUD;
                    let ready = sent.saturating_sub(u128::from(run.first));
                    usize::try_from(ready).unwrap_or(waiting).min(waiting)
                }
            };
            run.first += ready as u64;
            run.apart &= ready == 0;
            arrived.extend(run.bytes.drain(..ready));
            if !run.bytes.is_empty() {
                break;
            }
            self.under_way.pop_front();
        }
        arrived
    }

    pub(super) fn next_arrival(&self) -> Option<Duration> {
        let run = self.under_way.front()?;
        Some(run.busy_since + self.time_of(run.first + 1) + self.latency)
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way.iter().map(|run| run.bytes.len()).sum()
    }

    /// When the last byte has left.
    pub(super) fn free_at(&self) -> Duration {
        self.sent_at(self.sent)
    }

    /// What is sent from now on leaves so much later than it would.
    pub(super) fn pause(&mut self, now: Duration, pause: Duration) {
        self.held_until = now.max(self.held_until).max(self.free_at()).saturating_add(pause);
    }

    /// A read ends before the next byte.
    pub(super) fn split(&mut self) {
        self.apart = true;
    }

    /// What is under way never arrives, and nothing waits for it to leave: the next byte is the first of a new port.
    pub(super) fn clear(&mut self) {
        *self = Self {
            carried: self.carried,
            ..Self::new(self.baud, self.latency)
        };
    }

    fn sent_at(&self, count: u64) -> Duration {
        self.busy_since + self.time_of(count)
    }

    /// How long so many bytes take, rounded up: at that moment the last one is through.
    fn time_of(&self, bytes: u64) -> Duration {
        let Some(baud) = self.baud else {
            return Duration::ZERO;
        };
        let nanoseconds = (u128::from(bytes) * NANOSECONDS_OF_BAUD).div_ceil(u128::from(baud.get()));
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

/// Ten bits at one baud, in nanoseconds.
const NANOSECONDS_OF_BAUD: u128 = 10 * 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_comes_back_waits_for_no_byte_of_before() {
        let mut lane = Lane::new(NonZeroU32::new(9600), Duration::ZERO);
        lane.send(Duration::ZERO, &[0; 10_240]);
        lane.pause(Duration::ZERO, Duration::from_secs(60));
        lane.clear();
        let back = Duration::from_secs(1);
        lane.send(back, b"A");
        assert_eq!(lane.receive(back + Duration::from_millis(2)), b"A");
    }
}

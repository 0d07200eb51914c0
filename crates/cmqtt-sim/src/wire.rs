//! The serial line between host and modem under virtual time: bytes leave at the pace of a baud rate and arrive after
//! a latency. Sans-IO like the modem: it takes chunks with a time, and hands out what has arrived by a time.
//!
//! ```
//! use std::{num::NonZeroU32, time::Duration};
//! use cmqtt_sim::{Direction, Wire};
//!
//! let mut wire = Wire::new(NonZeroU32::new(10_000), Duration::ZERO);
//! wire.send(Duration::ZERO, Direction::ToModem, b"AT\r");
//! // Ten bits a byte: a byte a millisecond.
//! assert_eq!(wire.next_arrival(Direction::ToModem), Some(Duration::from_millis(1)));
//! assert_eq!(wire.receive(Duration::from_millis(2), Direction::ToModem), b"AT");
//! assert_eq!(wire.receive(Duration::from_millis(3), Direction::ToModem), b"\r");
//! ```

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

/// A serial line, both ways. The ways do not slow each other down.
#[derive(Clone, Debug)]
pub struct Wire {
    to_modem: Lane,
    to_host: Lane,
}

/// One of the line's two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the host (the DTE) to the modem.
    ToModem,
    /// From the modem (the DCE) to the host.
    ToHost,
}

impl Wire {
    /// A line with a pace in baud, at ten bits a byte (a start bit, eight data bits, a stop bit); `None` carries any
    /// number of bytes at once. Each byte arrives `latency` after its last bit was sent.
    #[must_use]
    pub fn new(baud: Option<NonZeroU32>, latency: Duration) -> Self {
        Self {
            to_modem: Lane::new(baud, latency),
            to_host: Lane::new(baud, latency),
        }
    }

    /// Puts bytes on the line: they leave when those before them have left. The time never goes backwards.
    pub fn send(&mut self, now: Duration, direction: Direction, bytes: &[u8]) {
        self.lane_mut(direction).send(now, bytes);
    }

    /// The bytes that have arrived by now.
    #[must_use = "what is received is taken off the line"]
    pub fn receive(&mut self, now: Duration, direction: Direction) -> Vec<u8> {
        self.lane_mut(direction).receive(now)
    }

    /// When the next byte arrives; `None` when none is under way.
    #[must_use]
    pub fn next_arrival(&self, direction: Direction) -> Option<Duration> {
        self.lane(direction).next_arrival()
    }

    /// When the last byte put on the line has left it: a sender that waits for this never queues.
    #[must_use]
    pub fn free_at(&self, direction: Direction) -> Duration {
        let lane = self.lane(direction);
        lane.sent_at(lane.sent)
    }

    /// The bytes put on the line so far.
    #[must_use]
    pub fn carried(&self, direction: Direction) -> u64 {
        self.lane(direction).carried
    }

    fn lane(&self, direction: Direction) -> &Lane {
        match direction {
            Direction::ToModem => &self.to_modem,
            Direction::ToHost => &self.to_host,
        }
    }

    fn lane_mut(&mut self, direction: Direction) -> &mut Lane {
        match direction {
            Direction::ToModem => &mut self.to_modem,
            Direction::ToHost => &mut self.to_host,
        }
    }
}

/// One way. Times are counted from the moment when the lane last began to send after a pause, so that no rounding
/// adds up over a long burst.
#[derive(Clone, Debug)]
struct Lane {
    baud: Option<NonZeroU32>,
    latency: Duration,
    busy_since: Duration,
    /// Bytes sent since then.
    sent: u64,
    under_way: VecDeque<Run>,
    carried: u64,
}

/// Bytes sent without a pause between them.
#[derive(Clone, Debug)]
struct Run {
    busy_since: Duration,
    /// The place of the first byte since then, counted from 0.
    first: u64,
    bytes: VecDeque<u8>,
}

impl Lane {
    fn new(baud: Option<NonZeroU32>, latency: Duration) -> Self {
        Self {
            baud,
            latency,
            busy_since: Duration::ZERO,
            sent: 0,
            under_way: VecDeque::new(),
            carried: 0,
        }
    }

    fn send(&mut self, now: Duration, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if now >= self.sent_at(self.sent) {
            self.busy_since = now;
            self.sent = 0;
        }
        match self.under_way.back_mut() {
            Some(run) if run.busy_since == self.busy_since && self.sent > 0 => run.bytes.extend(bytes),
            _ => self.under_way.push_back(Run {
                busy_since: self.busy_since,
                first: self.sent,
                bytes: bytes.iter().copied().collect(),
            }),
        }
        self.sent += bytes.len() as u64;
        self.carried += bytes.len() as u64;
    }

    fn receive(&mut self, now: Duration) -> Vec<u8> {
        let mut arrived = Vec::new();
        while let Some(run) = self.under_way.front_mut() {
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
            arrived.extend(run.bytes.drain(..ready));
            if !run.bytes.is_empty() {
                break;
            }
            self.under_way.pop_front();
        }
        arrived
    }

    fn next_arrival(&self) -> Option<Duration> {
        let run = self.under_way.front()?;
        Some(run.busy_since + self.time_of(run.first + 1) + self.latency)
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
    use proptest::prelude::*;

    use super::*;

    const BAUD: Option<NonZeroU32> = NonZeroU32::new(115_200);

    #[test]
    fn without_a_pace_all_bytes_come_after_the_latency() {
        let mut wire = Wire::new(None, Duration::from_millis(5));
        wire.send(Duration::ZERO, Direction::ToHost, b"OK");
        assert_eq!(wire.receive(Duration::from_millis(4), Direction::ToHost), b"");
        assert_eq!(
            wire.next_arrival(Direction::ToHost),
            Some(Duration::from_millis(5))
        );
        assert_eq!(wire.receive(Duration::from_millis(5), Direction::ToHost), b"OK");
        assert_eq!(wire.next_arrival(Direction::ToHost), None);
    }

    #[test]
    fn the_two_ways_do_not_meet() {
        let mut wire = Wire::new(BAUD, Duration::ZERO);
        wire.send(Duration::ZERO, Direction::ToHost, &[0; 100]);
        wire.send(Duration::ZERO, Direction::ToModem, b"A");
        assert_eq!(
            wire.next_arrival(Direction::ToModem),
            Some(Duration::from_nanos(86_806))
        );
        assert_eq!(wire.carried(Direction::ToHost), 100);
        assert_eq!(wire.carried(Direction::ToModem), 1);
    }

    #[test]
    fn a_second_chunk_waits_for_the_first_and_a_pause_is_kept() {
        let mut wire = Wire::new(NonZeroU32::new(10_000), Duration::ZERO);
        wire.send(Duration::ZERO, Direction::ToHost, b"abc");
        wire.send(Duration::from_millis(1), Direction::ToHost, b"d");
        assert_eq!(wire.free_at(Direction::ToHost), Duration::from_millis(4));
        assert_eq!(wire.receive(Duration::from_millis(4), Direction::ToHost), b"abcd");
        wire.send(Duration::from_millis(10), Direction::ToHost, b"e");
        assert_eq!(
            wire.next_arrival(Direction::ToHost),
            Some(Duration::from_millis(11))
        );
        assert_eq!(wire.receive(Duration::from_millis(10), Direction::ToHost), b"");
        assert_eq!(wire.receive(Duration::from_millis(11), Direction::ToHost), b"e");
    }

    #[test]
    fn a_second_of_bytes_takes_a_second() {
        let mut wire = Wire::new(BAUD, Duration::ZERO);
        for _ in 0..11_520 {
            wire.send(Duration::ZERO, Direction::ToHost, b"x");
        }
        assert_eq!(wire.free_at(Direction::ToHost), Duration::from_secs(1));
        assert_eq!(
            wire.receive(Duration::from_secs(1), Direction::ToHost).len(),
            11_520
        );
    }

    proptest! {
        #[test]
        fn every_byte_arrives_once_in_order_at_the_time_that_was_said(
            chunks in proptest::collection::vec((0u64..2000, proptest::collection::vec(any::<u8>(), 0..40)), 0..20),
            baud in proptest::option::of(300u32..1_000_000),
            latency in 0u64..5000,
        ) {
            let mut wire = Wire::new(baud.and_then(NonZeroU32::new), Duration::from_micros(latency));
            let mut now = Duration::ZERO;
            let mut expected = Vec::new();
            let mut arrived = Vec::new();
            for (pause, chunk) in chunks {
                now += Duration::from_micros(pause);
                wire.send(now, Direction::ToModem, &chunk);
                expected.extend(chunk);
                arrived.extend(wire.receive(now, Direction::ToModem));
            }
            while let Some(at) = wire.next_arrival(Direction::ToModem) {
                let bytes = wire.receive(at, Direction::ToModem);
                prop_assert!(!bytes.is_empty());
                arrived.extend(bytes);
            }
            prop_assert_eq!(arrived, expected);
        }
    }
}

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

use std::num::NonZeroU32;
use std::time::Duration;

mod faults;
pub use faults::Port;

mod lane;

use faults::LineFaults;
use lane::Lane;

/// A serial line, both ways. The ways do not slow each other down. What goes wrong on it is in a plan:
/// [`Wire::set_faults`].
#[derive(Clone, Debug)]
pub struct Wire {
    to_modem: Lane,
    to_host: Lane,
    /// A line where nothing goes wrong pays nothing for what could.
    faults: Option<Box<LineFaults>>,
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
            faults: None,
        }
    }

    /// Puts bytes on the line: they leave when those before them have left. The time never goes backwards.
    pub fn send(&mut self, now: Duration, direction: Direction, bytes: &[u8]) {
        if self.faults.is_some() {
            self.send_with_faults(now, direction, bytes);
        } else {
            let lane = self.lane_mut(direction);
            lane.carried += bytes.len() as u64;
            lane.send(now, bytes);
        }
    }

    /// The bytes that have arrived by now; where a fault splits the read, the first of them, and the others next time.
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
        lane.free_at()
    }

    /// The bytes put on the line so far, also those that a fault has lost.
    #[must_use]
    pub fn carried(&self, direction: Direction) -> u64 {
        self.lane(direction).carried
    }

    /// The bytes that are on the line now.
    #[must_use]
    pub fn under_way(&self, direction: Direction) -> usize {
        self.lane(direction).under_way()
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

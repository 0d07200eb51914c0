//! What varies, and always varies in the same way: SplitMix64.

use std::time::Duration;

use crate::switches::Delay;

/// A stream of numbers that its seed determines.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A time between the two of the delay, to the microsecond.
    pub(crate) fn delay(&mut self, delay: Delay) -> Duration {
        let span = delay.max.saturating_sub(delay.min).as_micros() as u64;
        match span {
            // Nothing is drawn, so that a modem without delays does the same whatever its seed.
            0 => delay.min,
            span => delay.min + Duration::from_micros(self.next() % (span + 1)),
        }
    }

    /// A number below `bound`; 0 where there is none. Its bias towards small numbers is `bound` in 2^64.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

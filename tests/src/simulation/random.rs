//! Numbers from a seed: the same everywhere, for ever.

use std::ops::Range;
use std::time::Duration;

/// A source of numbers (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers that this seed stands for.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another source, that goes its own way from here.
    #[must_use]
    pub const fn split(&mut self) -> Self {
        Self(self.draw())
    }

    /// The next number.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of the range's numbers; its start, where the range is empty.
    pub fn within(&mut self, range: Range<u64>) -> u64 {
        let span = range.end.saturating_sub(range.start).max(1);
        range.start + self.draw() % span
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.within(0..times) == 0
    }

    /// One of these.
    ///
    /// # Panics
    /// When there are none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let last = of.len() as u64;
        let index = usize::try_from(self.within(0..last)).unwrap_or_default();
        &of[index]
    }

    /// A time in the range, with short ones as likely as long ones: each doubling has the same share.
    pub fn time(&mut self, range: Range<Duration>) -> Duration {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
        let (start, end) = (micros(range.start), micros(range.end));
        let doublings = u64::from((end / start).max(1).ilog2());
        let floor = start << self.within(0..doublings + 1);
        Duration::from_micros(self.within(floor..(floor * 2).min(end.max(floor + 1))))
    }
}

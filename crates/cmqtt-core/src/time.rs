//! Time as the caller tells it. The cores read no clock.

use core::ops::Add;
use core::time::Duration;

/// A point on the caller's monotonic clock: microseconds since whatever moment the caller likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The caller's epoch.
    pub const ZERO: Self = Self(0);

    /// A point so many microseconds after the epoch.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// A point so many milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(&self) -> u64 {
        self.0
    }

    /// The time from `earlier` to here; zero if `earlier` is later.
    pub const fn saturating_duration_since(&self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// The last representable point where the sum is beyond it.
    fn add(self, duration: Duration) -> Self {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(micros))
    }
}

/// The caller's time, and how much of it counts for deadlines. Bytes that are handed in late may have come in time, and
/// more of them may lie in the port: only a report that the port is empty lets a deadline pass.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    /// The latest time that was reported: what new deadlines are counted from.
    now: Instant,
    /// The time by which deadlines are judged.
    judged: Instant,
    /// Since when bytes have come without a pause, and when the last of them came.
    burst: Option<(Instant, Instant)>,
}

impl Clock {
    pub(crate) const fn now(&self) -> Instant {
        self.now
    }

    /// The time by which deadlines are judged: never later than [`Clock::now`].
    pub(crate) const fn judged(&self) -> Instant {
        self.judged
    }

    /// It is this late.
    pub(crate) fn pass(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    /// Bytes came. A modem that sends without a pause does not stop the clock.
    pub(crate) fn receive(&mut self, now: Instant) {
        self.pass(now);
        let now = self.now;
        let since = match self.burst {
            Some((since, last)) if now.saturating_duration_since(last) < BURST_PAUSE => since,
            _ => now,
        };
        self.burst = Some((since, now));
        if now.saturating_duration_since(since) >= LONGEST_BURST {
            self.judged = now;
        }
    }

    /// It is this late, and all that had come by then was handed in.
    pub(crate) fn judge(&mut self, now: Instant) {
        self.pass(now);
        self.judged = self.now;
        self.burst = None;
    }
}

/// For so long a modem that sends without a pause puts deadlines off.
const LONGEST_BURST: Duration = Duration::from_secs(3);

/// Bytes that are further apart do not come without a pause: the program was stopped between them.
const BURST_PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_bytes_do_not_judge_deadlines_until_the_port_is_empty() {
        let at = |seconds: u64| Instant::from_millis(seconds * 1000);
        let mut clock = Clock::default();
        clock.judge(at(1));
        clock.receive(at(2));
        clock.receive(at(80));
        assert_eq!((clock.now(), clock.judged()), (at(80), at(1)));
        clock.judge(at(80));
        assert_eq!(clock.judged(), at(80));
    }

    #[test]
    fn bytes_without_a_pause_put_deadlines_off_for_three_seconds() {
        let mut clock = Clock::default();
        for millis in (0..3000).step_by(500) {
            clock.receive(Instant::from_millis(millis));
            assert_eq!(clock.judged(), Instant::ZERO);
        }
        clock.receive(Instant::from_millis(3000));
        assert_eq!(clock.judged(), Instant::from_millis(3000));
    }

    #[test]
    fn the_ends_of_time_hold() {
        assert_eq!(
            Instant::from_micros(u64::MAX) + Duration::MAX,
            Instant::from_micros(u64::MAX)
        );
        assert_eq!(
            Instant::ZERO.saturating_duration_since(Instant::from_millis(1)),
            Duration::ZERO
        );
        assert_eq!(
            (Instant::from_millis(5) + Duration::from_millis(7))
                .saturating_duration_since(Instant::from_millis(2)),
            Duration::from_millis(10)
        );
    }
}

//! The modem's clock, `AT+CCLK`.

use std::time::Duration;

use at_proto::network::Clock;

use crate::switches::ClockStart;

/// A clock that nobody has set begins in 1980, as SIM7028's does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WallClock {
    /// Seconds from the first of January 1980 to the moment when it was set.
    seconds: u64,
    set_at: Duration,
    quarters: Option<i8>,
}

impl WallClock {
    pub(super) fn new(now: Duration, start: ClockStart) -> Self {
        Self {
            seconds: match start.0 {
                None => 5 * DAY,
                // The network has told the time again.
                Some(seconds) => seconds.saturating_add(now.as_secs()),
            },
            set_at: now,
            quarters: Some(0),
        }
    }

    /// Sets it. `false` for a moment that does not exist, or lies before 1980 or after 2079.
    pub(super) fn set(&mut self, now: Duration, clock: &Clock) -> bool {
        let Some(seconds) = Self::seconds(clock) else {
            return false;
        };
        *self = Self {
            seconds,
            set_at: now,
            quarters: clock.quarters,
        };
        true
    }

    /// The seconds from the first of January 1980 to the moment that a clock shows, where there is such a moment.
    pub(crate) fn seconds(clock: &Clock) -> Option<u64> {
        let year = u64::from(clock.full_year());
        let (month, day) = (u64::from(clock.month), u64::from(clock.day));
        let exists = (EPOCH..EPOCH + 100).contains(&year)
            && (1..=12).contains(&month)
            && (1..=month_days(year, month)).contains(&day)
            && clock.hour < 24
            && clock.minute < 60
            && clock.second < 60;
        if !exists {
            return None;
        }
        let days: u64 = (EPOCH..year).map(year_days).sum::<u64>()
            + (1..month).map(|month| month_days(year, month)).sum::<u64>()
            + (day - 1);
        let time = u64::from(clock.hour) * 3600 + u64::from(clock.minute) * 60 + u64::from(clock.second);
        Some(days * DAY + time)
    }

    /// The same for a time since 1970, if it lies in the clock's range.
    pub(crate) fn seconds_of(since_1970: Duration) -> Option<u64> {
        let seconds = since_1970.as_secs().checked_sub(BEFORE_1980)?;
        (seconds < CENTURY_DAYS * DAY).then_some(seconds)
    }

    /// What a clock of universal time shows so many seconds after the first of January 1980.
    pub(crate) fn at(seconds: u64) -> Clock {
        let clock = Self {
            seconds,
            set_at: Duration::ZERO,
            quarters: Some(0),
        };
        clock.read(Duration::ZERO, true)
    }

    /// The time since 1970 by what it shows, in universal time.
    pub(super) fn since_1970(&self, now: Duration) -> Duration {
        let quarters = i64::from(self.quarters.unwrap_or(0));
        let local = self.seconds + now.saturating_sub(self.set_at).as_secs() + BEFORE_1980;
        Duration::from_secs(local.saturating_add_signed(-quarters * QUARTER))
    }

    /// What it shows.
    pub(super) fn read(&self, now: Duration, four_digits: bool) -> Clock {
        // A hundred years and the clock begins again, so that no time takes long to compute.
        let seconds = self.seconds + now.saturating_sub(self.set_at).as_secs();
        let (mut days, time) = (seconds / DAY % CENTURY_DAYS, seconds % DAY);
        let mut year = EPOCH;
        while days >= year_days(year) {
            days -= year_days(year);
            year += 1;
        }
        let mut month = 1;
        while days >= month_days(year, month) {
            days -= month_days(year, month);
            month += 1;
        }
        let shown = if four_digits { year } else { year % 100 };
        Clock {
            year: shown as u16,
            month: month as u8,
            day: (days + 1) as u8,
            hour: (time / 3600) as u8,
            minute: (time / 60 % 60) as u8,
            second: (time % 60) as u8,
            quarters: self.quarters,
        }
    }
}

const fn is_leap(year: u64) -> bool {
    // No century of the clock's range is an exception: 2000 was a leap year.
    year.is_multiple_of(4)
}

const fn year_days(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn month_days(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// From 1980 to 2079, a leap year in four.
const CENTURY_DAYS: u64 = 100 * 365 + 25;
const EPOCH: u64 = 1980;
const DAY: u64 = 24 * 60 * 60;
/// Ten years of seconds, two of them leap years.
const BEFORE_1980: u64 = (10 * 365 + 2) * DAY;
/// Seconds: the unit of `+CCLK`'s time zone.
const QUARTER: i64 = 15 * 60;

//! The modem's own clock, by which it judges certificates.

use std::fmt::{self, Display, Formatter};

use at_proto::network::Clock;

/// A moment on the modem's clock, in seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModemTime(i64);

impl ModemTime {
    /// A moment by its seconds since 1970 UTC.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// What `AT+CCLK?` answered. `None` where it is no date. Without a time zone it counts as UTC.
    pub fn from_clock(clock: &Clock) -> Option<Self> {
        let year = i16::try_from(clock.full_year()).ok()?;
        let narrow = |number: u8| i8::try_from(number).ok();
        let local = jiff::civil::DateTime::new(
            year,
            narrow(clock.month)?,
            narrow(clock.day)?,
            narrow(clock.hour)?,
            narrow(clock.minute)?,
            narrow(clock.second)?,
            0,
        )
        .ok()?;
        let ahead = i64::from(clock.quarters.unwrap_or(0)) * SECONDS_A_QUARTER;
        let utc = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self(utc.timestamp().as_second() - ahead))
    }

    /// This host's clock.
    pub fn of_host() -> Self {
        Self(jiff::Timestamp::now().as_second())
    }

    /// What `AT+CCLK=` sets the modem's clock to, as UTC. `four_digit_year` is what [`at_proto::Facts::four_digit_year`]
    /// says of the family. `None` outside of 1970 to 2069, which two digits cannot tell apart.
    pub fn to_clock(self, four_digit_year: bool) -> Option<Clock> {
        let utc = jiff::Timestamp::from_second(self.0).ok()?;
        let utc = utc.to_zoned(jiff::tz::TimeZone::UTC);
        let year = u16::try_from(utc.year()).ok()?;
        let narrow = |number: i8| u8::try_from(number).ok();
        (1970..2070).contains(&year).then_some(())?;
        Some(Clock {
            year: if four_digit_year { year } else { year % 100 },
            month: narrow(utc.month())?,
            day: narrow(utc.day())?,
            hour: narrow(utc.hour())?,
            minute: narrow(utc.minute())?,
            second: narrow(utc.second())?,
            quarters: Some(0),
        })
    }

    /// Whether this clock is within a day of the host's, and so right enough for a certificate's dates.
    pub const fn is_right(self, host: Self) -> bool {
        self.is_set() && self.0.abs_diff(host.0) <= SECONDS_A_DAY
    }

    /// Whether somebody has set the clock: a modem that no network told the time begins in 1970 or 1980.
    pub const fn is_set(self) -> bool {
        self.0 >= YEAR_2000
    }

    /// The seconds since 1970 UTC.
    pub const fn as_unix(self) -> i64 {
        self.0
    }
}

impl Display for ModemTime {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(timestamp) => Display::fmt(&timestamp, f),
            // Beyond the year 9999.
            Err(_) => write!(f, "{} s after 1970", self.0),
        }
    }
}

const SECONDS_A_QUARTER: i64 = 15 * 60;
const SECONDS_A_DAY: u64 = 24 * 60 * 60;
const YEAR_2000: i64 = 946_684_800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_is_right_within_a_day_of_the_host_if_it_is_set() {
        let host = ModemTime(1_790_000_000);
        for (clock, right) in [
            (host.0, true),
            (host.0 + 86_400, true),
            (host.0 - 86_400, true),
            (host.0 + 86_401, false),
            (host.0 - 86_401, false),
            (i64::MAX, false),
            (i64::MIN, false),
        ] {
            assert_eq!(ModemTime(clock).is_right(host), right, "{clock}");
        }
        // Two clocks that nobody has set agree on nothing.
        assert!(!ModemTime(315_964_800).is_right(ModemTime(315_964_800)));
    }

    #[test]
    fn clock_that_is_set_reads_as_the_same_moment() {
        for seconds in [0, 946_684_800, 1_709_210_096, 1_790_245_586, 3_155_759_999] {
            for four_digits in [false, true] {
                let clock = ModemTime(seconds).to_clock(four_digits).expect("a moment");
                assert_eq!(ModemTime::from_clock(&clock), Some(ModemTime(seconds)));
                assert_eq!(clock.year > 99, four_digits, "{clock:?}");
            }
        }
        for seconds in [-1, 3_155_760_000, i64::MAX, i64::MIN] {
            assert_eq!(ModemTime(seconds).to_clock(false), None, "{seconds}");
        }
    }
}

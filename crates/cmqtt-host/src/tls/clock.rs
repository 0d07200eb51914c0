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
const YEAR_2000: i64 = 946_684_800;

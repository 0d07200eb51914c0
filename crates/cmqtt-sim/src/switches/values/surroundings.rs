//! The values of switches that say what the modem is, and what it finds around itself when it is switched on.

use std::time::{Duration, SystemTime};

use at_proto::network::Clock;

use super::{Value, number};
use crate::modem::{Registration, Sim, WallClock};

words! {
    /// When the packet data context has an address.
    Address {
        /// As soon as the modem is registered.
        AtOnce = "at-once",
        /// After `AT+CGACT=1`, not by START alone.
        OnActivation = "cgact",
        /// Never.
        Never = "never",
    }
}

/// The model's name. In words `family`, `SIM7080G`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName(
    /// `None` for the family's.
    pub Option<String>,
);

/// What the modem's clock shows when the modem is made. In words `1980`, `now`, `2026-12-01T08:00:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockStart(
    /// Seconds from the first of January 1980, in universal time; `None` where no network tells the time.
    pub Option<u64>,
);

impl Value for ModelName {
    fn allowed() -> String {
        format!("family | <name>, 1 to {LONGEST_NAME} letters, digits, - and _")
    }

    fn read(text: &str) -> Option<Self> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        match text {
            "family" => Some(Self(None)),
            name if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_name) => {
                Some(Self(Some(name.to_owned())))
            }
            _ => None,
        }
    }

    fn show(&self) -> String {
        self.0.clone().unwrap_or_else(|| "family".to_owned())
    }
}

impl Value for Sim {
    fn allowed() -> String {
        format!(
            "ready | absent | not-available | pin-<4 to 8 digits> | 13 | 14 | 313 | <13, 14 or 313>,<n>s, 1 <= n <= {}",
            u32::MAX
        )
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "ready" => return Some(Self::Ready),
            "absent" => return Some(Self::Absent),
            "not-available" => return Some(Self::NotAvailable),
            _ => {}
        }
        if let Some(pin) = text.strip_prefix("pin-") {
            let is_pin = (4..=8).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
            return is_pin.then(|| Self::Locked { pin: pin.to_owned() });
        }
        let (code, lasts) = match text.split_once(',') {
            None => (text, None),
            Some((code, time)) => {
                let seconds = number::<u32>(time.strip_suffix('s')?).filter(|&seconds| seconds > 0)?;
                (code, Some(Duration::from_secs(seconds.into())))
            }
        };
        let code = number(code).filter(|code| matches!(code, 13 | 14 | 313))?;
        Some(Self::Fails { code, lasts })
    }

    fn show(&self) -> String {
        match self {
            Self::Ready => "ready".to_owned(),
            Self::Absent => "absent".to_owned(),
            Self::NotAvailable => "not-available".to_owned(),
            Self::Locked { pin } => format!("pin-{pin}"),
            Self::Fails { code, lasts: None } => code.to_string(),
            Self::Fails {
                code,
                lasts: Some(time),
            } => format!("{code},{}s", time.as_secs()),
        }
    }
}

impl Value for Registration {
    fn allowed() -> String {
        "0..11".to_owned()
    }

    fn read(text: &str) -> Option<Self> {
        let stat: usize = number(text)?;
        Self::ALL.get(stat).copied()
    }

    fn show(&self) -> String {
        (*self as u8).to_string()
    }
}

impl Value for ClockStart {
    fn allowed() -> String {
        "1980 | now | <yyyy>-<mm>-<dd>T<hh>:<mm>:<ss>, from 1980 to 2079".to_owned()
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "1980" => Some(Self(None)),
            "now" => {
                let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
                WallClock::seconds_of(since_1970).map(|seconds| Self(Some(seconds)))
            }
            text => WallClock::seconds(&moment(text)?).map(|seconds| Self(Some(seconds))),
        }
    }

    fn show(&self) -> String {
        let Some(seconds) = self.0 else {
            return "1980".to_owned();
        };
        let Clock {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ..
        } = WallClock::at(seconds);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

/// `2026-12-01T08:00:00`, whether or not there is such a moment.
fn moment(text: &str) -> Option<Clock> {
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = parts(date, '-')?;
    let [hour, minute, second] = parts(time, ':')?;
    let two = |part: &str| number(part).filter(|_| part.len() == 2);
    Some(Clock {
        // A shorter number is a year of a century that the clock chooses.
        year: number(year).filter(|&number| year.len() == 4 && number >= 100)?,
        month: two(month)?,
        day: two(day)?,
        hour: two(hour)?,
        minute: two(minute)?,
        second: two(second)?,
        quarters: Some(0),
    })
}

fn parts(text: &str, between: char) -> Option<[&str; 3]> {
    let mut parts = text.split(between);
    let found = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(found)
}

/// A name as long as any model's.
const LONGEST_NAME: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::switches::values::tests::check;

    #[test]
    fn surroundings_keep_to_the_bounds_that_they_name() {
        let longest = "A".repeat(LONGEST_NAME);
        check::<ModelName>(
            &["family", "SIM7080G", "SIMCOM_SIM7600E-H", &longest],
            &["", "SIM 7080G", "\"", "SIM7080G\r", &format!("{longest}A")],
        );
        check::<Sim>(
            &[
                "ready",
                "absent",
                "not-available",
                "pin-1234",
                "pin-12345678",
                "13",
                "14",
                "313",
                "13,1s",
                "313,4294967295s",
            ],
            &[
                "",
                "pin-123",
                "pin-123456789",
                "pin-12a4",
                "12",
                "13,0s",
                "13,8",
                "13,",
            ],
        );
        check::<Registration>(&["0", "5", "11"], &["", "12", "-1", "+1"]);
        check::<ClockStart>(
            &[
                "1980",
                "now",
                "1980-01-01T00:00:00",
                "2024-02-29T23:59:59",
                "2079-12-31T23:59:59",
            ],
            &[
                "",
                "1979-12-31T23:59:59",
                "2080-01-01T00:00:00",
                "2023-02-29T00:00:00",
                "2024-01-01",
                "2024-01-01T24:00:00",
                "2024-1-1T00:00:00",
                "0000-01-01T00:00:00",
            ],
        );
    }

    #[test]
    fn clock_start_shows_what_was_given() {
        let show = |text| ClockStart::read(text).map(|value| value.show());
        assert_eq!(
            show("2026-12-01T08:09:10").as_deref(),
            Some("2026-12-01T08:09:10")
        );
        assert_eq!(show("1980").as_deref(), Some("1980"));
    }
}

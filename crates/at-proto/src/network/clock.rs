//! `AT+CCLK`: the modem's clock.

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information};

/// Sets the clock, which is local time (3GPP TS 27.007, section 8.15). The read form is answered by the same:
/// `+CCLK: "26/09/24,10:16:26+28"`.
#[doc(alias = "AT+CCLK")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The year as it is printed: its last two digits, on SIM7022 all four. See [`Clock::full_year`].
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// How far local time is ahead of UTC, in quarters of an hour: -48 to 56. 28 is UTC+7. Absent where the modem does
    /// not know it.
    pub quarters: Option<i8>,
}

impl Clock {
    /// The year with its century. Two digits from 70 on are of the last one: a modem that no network has told the time
    /// begins in 1970 or 1980.
    pub const fn full_year(&self) -> u16 {
        match self.year {
            year @ 0..70 => 2000 + year,
            year @ 70..100 => 1900 + year,
            year => year,
        }
    }
}

impl Encode for Clock {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.write(out.text(NAME).text("="));
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
    }
}

impl Command for Clock {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Clock {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        Self::read(form.write()?)
    }
}

impl Readable for Clock {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::named(NAME);
    type Reply<'a> = Self;

    fn decode_read(info: InfoLines<'_>) -> Result<Self, DecodeError> {
        info.one(NAME)
    }
}

impl Testable for Clock {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::None;
    type Reply<'a> = ();

    fn decode_test(info: InfoLines<'_>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Information<'_> for Clock {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        Self::read(Fields::of(line, NAME)?)
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        self.write(out.text(NAME).text(": "));
    }
}

impl Clock {
    /// `DQUOTE year "/" month "/" day "," hour ":" minute ":" second [ ( "+" / "-" ) quarters ] DQUOTE`
    fn read(mut fields: Fields<'_>) -> Result<Self, DecodeError> {
        fields.literal("\"")?;
        let year = fields.number("<yy>")?;
        fields.literal("/")?;
        let month = fields.number("<MM>")?;
        fields.literal("/")?;
        let day = fields.number("<dd>")?;
        fields.literal(",")?;
        let hour = fields.number("<hh>")?;
        fields.literal(":")?;
        let minute = fields.number("<mm>")?;
        fields.literal(":")?;
        let second = fields.number("<ss>")?;
        let quarters = if fields.at(b'"') {
            None
        } else {
            let sign = if fields.at(b'-') { "-" } else { "+" };
            fields.literal(sign)?;
            Some(if sign == "-" {
                let Behind(quarters) = fields.number("<zz>")?;
                quarters
            } else {
                fields.number("<zz>")?
            })
        };
        fields.literal("\"")?;
        fields.end()?;
        Ok(Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
            quarters,
        })
    }

    fn write(&self, out: &mut Encoder<'_>) {
        out.text("\"");
        match u8::try_from(self.year) {
            Ok(year) => out.two_digits(year),
            Err(_) => out.number(self.year),
        };
        out.text("/")
            .two_digits(self.month)
            .text("/")
            .two_digits(self.day);
        out.text(",").two_digits(self.hour);
        out.text(":")
            .two_digits(self.minute)
            .text(":")
            .two_digits(self.second);
        if let Some(quarters) = self.quarters {
            out.text(if quarters < 0 { "-" } else { "+" })
                .two_digits(quarters.unsigned_abs());
        }
        out.text("\"");
    }
}

/// The number behind a minus sign.
struct Behind(i8);

impl TryFrom<u32> for Behind {
    type Error = ();

    fn try_from(number: u32) -> Result<Self, ()> {
        let number = i64::from(number);
        i8::try_from(-number).map(Self).map_err(|_| ())
    }
}

const NAME: &str = "+CCLK";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check_command, check_line, decode_error};

    const CAPTURED: Clock = Clock {
        year: 26,
        month: 9,
        day: 24,
        hour: 10,
        minute: 16,
        second: 26,
        quarters: Some(28),
    };

    #[test]
    fn what_modems_print() {
        check_line(&CAPTURED, b"+CCLK: \"26/09/24,10:16:26+28\"");
        let sim7022 = Clock {
            year: 2026,
            ..CAPTURED
        };
        check_line(&sim7022, b"+CCLK: \"2026/09/24,10:16:26+28\"");
        let no_zone = Clock {
            year: 80,
            quarters: None,
            ..CAPTURED
        };
        check_line(&no_zone, b"+CCLK: \"80/09/24,10:16:26\"");
        check_command(&CAPTURED, b"AT+CCLK=\"26/09/24,10:16:26+28\"\r");
        check_command(&sim7022, b"AT+CCLK=\"2026/09/24,10:16:26+28\"\r");
        let west = Clock {
            quarters: Some(-4),
            ..CAPTURED
        };
        check_command(&west, b"AT+CCLK=\"26/09/24,10:16:26-04\"\r");
    }

    #[test]
    fn every_zone_comes_back() {
        for quarters in i8::MIN..=i8::MAX {
            let clock = Clock {
                quarters: Some(quarters),
                ..CAPTURED
            };
            check_line(&clock, b"");
        }
        insta::assert_snapshot!(
            decode_error::<Clock>(b"+CCLK: \"26/09/24,10:16:26-129\""),
            @"expected <zz> at byte 26, found `1`"
        );
    }
}

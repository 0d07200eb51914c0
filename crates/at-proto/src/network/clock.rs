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
            let ahead: i8 = fields.number("<zz>")?;
            Some(if sign == "-" { -ahead } else { ahead })
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

const NAME: &str = "+CCLK";

//! `AT+CGATT`: is the packet service attached?

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information};
use crate::value_range::ValueRange;

/// Attaches the modem to the packet service or detaches it (3GPP TS 27.007, section 10.1.9). The read form is answered
/// by the same, `+CGATT: <state>`.
#[doc(alias = "AT+CGATT")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// 0 for detached, 1 for attached.
    pub state: u8,
}

impl Encode for Attachment {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.state);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
    }
}

impl Command for Attachment {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Attachment {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        Self::read(form.write()?)
    }
}

impl Readable for Attachment {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::named(NAME);
    type Reply<'a> = Self;

    fn decode_read(info: InfoLines<'_>) -> Result<Self, DecodeError> {
        info.one(NAME)
    }
}

impl Testable for Attachment {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = ValueRange<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<ValueRange<Self>, DecodeError> {
        info.one(NAME)
    }
}

impl Information<'_> for Attachment {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        Self::read(Fields::of(line, NAME)?)
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text(": ").number(self.state);
    }
}

impl Attachment {
    fn read(mut fields: Fields<'_>) -> Result<Self, DecodeError> {
        let state = fields.number("<state>")?;
        fields.end()?;
        Ok(Self { state })
    }
}

const NAME: &str = "+CGATT";

//! `AT+COPS`: which operator's network?

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::{Encoder, Quoted};
use crate::error::DecodeError;
use crate::form::{Form, Readable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information};

use super::places::{self, Places};

/// Chooses an operator (3GPP TS 27.007, section 7.3). The read form is answered by the same, with the one in use:
/// `+COPS: 0,0,"CHN-CT",7`, or `+COPS: 0` where there is none.
#[doc(alias = "AT+COPS")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operator<'a> {
    /// 0 for the modem's own choice, 1 for ours, 2 to leave the network, 3 to set the format alone, 4 for ours and else
    /// the modem's.
    pub mode: u8,
    /// The form of the name: 0 long, 1 short, 2 digits.
    pub format: Option<u8>,
    /// The name.
    pub name: Option<Quoted<'a>>,
    /// The radio technology: 0 GSM, 2 UTRAN, 7 LTE, 9 NB-IoT, and others.
    pub technology: Option<u8>,
}

impl Encode for Operator<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.write(out.text(NAME).text("="));
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
    }
}

impl Command for Operator<'_> {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl<'a> Parse<'a> for Operator<'a> {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'a>) -> Result<Self, DecodeError> {
        Self::read(form.write()?)
    }
}

impl Readable for Operator<'_> {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::named(NAME);
    type Reply<'a> = Operator<'a>;

    fn decode_read(info: InfoLines<'_>) -> Result<Operator<'_>, DecodeError> {
        info.one(NAME)
    }
}

impl<'a> Information<'a> for Operator<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        Self::read(Fields::of(line, NAME)?)
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        self.write(out.text(NAME).text(": "));
    }
}

impl<'a> Operator<'a> {
    /// `<mode>[,[<format>][,["<oper>"][,<AcT>]]]`
    fn read(mut fields: Fields<'a>) -> Result<Self, DecodeError> {
        let mode = fields.number("<mode>")?;
        let format = places::number(&mut fields, "<format>")?;
        let name = places::quoted(&mut fields, "<oper>")?;
        let technology = places::number(&mut fields, "<AcT>")?;
        fields.end()?;
        Ok(Self {
            mode,
            format,
            name,
            technology,
        })
    }

    fn write(&self, out: &mut Encoder<'_>) {
        Places::after(out.number(self.mode))
            .number(self.format)
            .quoted(self.name)
            .number(self.technology);
    }
}

const NAME: &str = "+COPS";

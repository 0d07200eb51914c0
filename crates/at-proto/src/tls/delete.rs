//! `AT+CCERTDELE`: a certificate or a key out of the modem.

use crate::command::{Command, Dialogue, Encode, Parse};
use crate::encode::{Encoder, Quoted};
use crate::error::DecodeError;
use crate::form::Form;
use crate::info::InfoLines;

/// Deletes a file (the sibling manuals' AT+CCERTDELE). `ERROR` where there is none of this name.
#[doc(alias = "AT+CCERTDELE")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteFile<'a> {
    /// Its name.
    pub name: Quoted<'a>,
}

impl Encode for DeleteFile<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").quoted(self.name);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
    }
}

impl Command for DeleteFile<'_> {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl<'a> Parse<'a> for DeleteFile<'a> {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'a>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let name = fields.quoted("<filename>")?;
        fields.end()?;
        Ok(Self { name })
    }
}

const NAME: &str = "+CCERTDELE";

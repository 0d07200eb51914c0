//! `AT+CCERTDOWN`: a certificate or a key into the modem.

use crate::command::{Command, Dialogue, Encode, Parse, WithData};
use crate::encode::{Encoder, Quoted};
use crate::error::DecodeError;
use crate::form::Form;
use crate::info::InfoLines;
use crate::range::Ranges;

use super::budget;

/// Stores a certificate or a key under a name (the sibling manuals' AT+CCERTDOWN). One of the same name is replaced.
#[doc(alias = "AT+CCERTDOWN")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreFile<'a> {
    /// The name, which ends in `.pem` or `.der`.
    pub name: Quoted<'a>,
    /// The file's length in bytes, 1 to 10240.
    pub len: u32,
}

impl<'a> StoreFile<'a> {
    /// The bytes that a file can have.
    pub const LEN: Ranges = Ranges::span(1, 10_240);

    /// The command for this file.
    pub const fn with(name: Quoted<'a>, file: &'a [u8]) -> WithData<'a, Self> {
        WithData {
            command: Self {
                name,
                len: file.len() as u32,
            },
            data: file,
        }
    }
}

impl Encode for StoreFile<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").quoted(self.name).then(self.len);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME).prompt(self.len).budget(budget::FLASH)
    }
}

impl Command for StoreFile<'_> {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl<'a> Parse<'a> for StoreFile<'a> {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'a>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let name = fields.quoted("<filename>")?;
        let len = fields.number("<len>")?;
        fields.end()?;
        Ok(Self { name, len })
    }
}

const NAME: &str = "+CCERTDOWN";

//! `AT+CCERTLIST`: which certificates and keys does the modem hold?

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::{Encoder, Quoted};
use crate::error::DecodeError;
use crate::form::Form;
use crate::grammar::Fields;
use crate::info::{InfoLines, Information, Replies};

/// Lists the files (the sibling manuals' AT+CCERTLIST), each a [`StoredFile`].
#[doc(alias = "AT+CCERTLIST")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListFiles;

/// `+CCERTLIST: "<name>"`: one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredFile<'a> {
    /// Its name.
    pub name: Quoted<'a>,
}

impl Encode for ListFiles {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME).info(InfoShape::named(NAME))
    }
}

impl Command for ListFiles {
    const NAME: &'static str = NAME;
    type Reply<'a> = Replies<'a, StoredFile<'a>>;

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<Self::Reply<'a>, DecodeError> {
        info.all()
    }
}

impl Parse<'_> for ListFiles {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        form.execute().map(|()| Self)
    }
}

impl<'a> Information<'a> for StoredFile<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let name = fields.quoted("<filename>")?;
        fields.end()?;
        Ok(Self { name })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text(": ").quoted(self.name);
    }
}

const NAME: &str = "+CCERTLIST";

//! `AT+CMQTTPAYLOAD`: the message of the next publish (the vendor's note, section 3.2.11).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse, WithData};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::info::InfoLines;

use super::{LengthRanges, budget};

/// Gives the message of the next publish. PUB wipes it, so each publish sends it again.
#[doc(alias = "AT+CMQTTPAYLOAD")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetPayload {
    /// The client index.
    pub client: u8,
    /// The message's length in bytes: 1 to 10240 by the note, but a SIM7028 was seen that states 1 to 1024 itself.
    pub len: u32,
}

impl SetPayload {
    /// The command for this payload.
    pub const fn with(client: u8, payload: &[u8]) -> WithData<'_, Self> {
        WithData {
            command: Self {
                client,
                len: payload.len() as u32,
            },
            data: payload,
        }
    }
}

impl Encode for SetPayload {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.client).then(self.len);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
            .prompt(self.len)
            .error(self.client)
            .budget(budget::DATA)
    }
}

impl Command for SetPayload {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for SetPayload {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let command = Self {
            client: fields.number("<client_index>")?,
            len: fields.number("<req_length>")?,
        };
        fields.end()?;
        Ok(command)
    }
}

impl Testable for SetPayload {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = LengthRanges<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<LengthRanges<Self>, DecodeError> {
        info.one(NAME)
    }
}

const NAME: &str = "+CMQTTPAYLOAD";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::Test;
    use crate::range::Ranges;
    use crate::testing::{check_command, check_form, check_line};

    #[test]
    fn the_notes_examples() {
        check_command(&SetPayload { client: 0, len: 6 }, b"AT+CMQTTPAYLOAD=0,6\r");
        check_form(&Test::<SetPayload>::new(), b"AT+CMQTTPAYLOAD=?\r");
        check_line(
            &LengthRanges::<SetPayload>::new(Ranges::span(0, 0), Ranges::span(1, 10240)),
            b"+CMQTTPAYLOAD: (0-0),(1-10240)",
        );
        assert_eq!(SetPayload::with(0, b"012345").data(), b"012345");
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, len: u32) {
            check_form(&SetPayload { client, len }, format!("AT+CMQTTPAYLOAD={client},{len}\r").as_bytes());
        }
    }
}

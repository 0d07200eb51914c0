//! `AT+CMQTTUNSUBTOPIC`: a topic filter for the next UNSUB (the vendor's note, section 3.1 and the example of 3.2.14).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse, WithData};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::info::InfoLines;

use super::{LengthRanges, budget};

/// Adds a topic filter to those that the next UNSUB without a filter gives up. UNSUB wipes them. SIM767X, and perhaps
/// SIM7028, do not know this command: they answer `ERROR`.
#[doc(alias = "AT+CMQTTUNSUBTOPIC")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsubscribeTopic {
    /// The client index.
    pub client: u8,
    /// The filter's length in bytes, 1 to 1024.
    pub len: u32,
}

impl UnsubscribeTopic {
    /// The command for this topic filter.
    pub const fn with(client: u8, filter: &[u8]) -> WithData<'_, Self> {
        WithData {
            command: Self {
                client,
                len: filter.len() as u32,
            },
            data: filter,
        }
    }
}

impl Encode for UnsubscribeTopic {
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

impl Command for UnsubscribeTopic {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for UnsubscribeTopic {
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

impl Testable for UnsubscribeTopic {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = LengthRanges<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<LengthRanges<Self>, DecodeError> {
        info.one(NAME)
    }
}

const NAME: &str = "+CMQTTUNSUBTOPIC";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::Test;
    use crate::range::Ranges;
    use crate::testing::{check_command, check_form, check_line};

    #[test]
    fn the_notes_examples() {
        check_command(
            &UnsubscribeTopic { client: 0, len: 9 },
            b"AT+CMQTTUNSUBTOPIC=0,9\r",
        );
        check_form(&Test::<UnsubscribeTopic>::new(), b"AT+CMQTTUNSUBTOPIC=?\r");
        check_line(
            &LengthRanges::<UnsubscribeTopic>::new(Ranges::span(0, 0), Ranges::span(1, 1024)),
            b"+CMQTTUNSUBTOPIC: (0-0),(1-1024)",
        );
        assert_eq!(UnsubscribeTopic::with(0, b"simcommsg").data(), b"simcommsg");
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, len: u32) {
            check_form(&UnsubscribeTopic { client, len }, format!("AT+CMQTTUNSUBTOPIC={client},{len}\r").as_bytes());
        }
    }
}

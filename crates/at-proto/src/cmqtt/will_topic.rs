//! `AT+CMQTTWILLTOPIC`: the topic of the will (the vendor's note, section 3.2.6).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse, WithData};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::info::InfoLines;

use super::{LengthRanges, budget};

/// Gives the topic of the will, which the broker publishes when the connection is lost: after ACCQ, before CONNECT.
/// The will has no retain flag.
#[doc(alias = "AT+CMQTTWILLTOPIC")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetWillTopic {
    /// The client index.
    pub client: u8,
    /// The topic's length in bytes, 1 to 1024.
    pub len: u32,
}

impl SetWillTopic {
    /// The command for this topic.
    pub const fn with(client: u8, topic: &[u8]) -> WithData<'_, Self> {
        WithData {
            command: Self {
                client,
                len: topic.len() as u32,
            },
            data: topic,
        }
    }
}

impl Encode for SetWillTopic {
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

impl Command for SetWillTopic {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for SetWillTopic {
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

impl Testable for SetWillTopic {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = LengthRanges<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<LengthRanges<Self>, DecodeError> {
        info.one(NAME)
    }
}

const NAME: &str = "+CMQTTWILLTOPIC";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::Test;
    use crate::range::Ranges;
    use crate::testing::{check_command, check_form, check_line};

    #[test]
    fn the_notes_examples() {
        check_command(&SetWillTopic { client: 0, len: 10 }, b"AT+CMQTTWILLTOPIC=0,10\r");
        check_form(&Test::<SetWillTopic>::new(), b"AT+CMQTTWILLTOPIC=?\r");
        check_line(
            &LengthRanges::<SetWillTopic>::new(Ranges::span(0, 0), Ranges::span(1, 1024)),
            b"+CMQTTWILLTOPIC: (0-0),(1-1024)",
        );
        assert_eq!(SetWillTopic::with(0, b"will topic").data(), b"will topic");
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, len: u32) {
            check_form(&SetWillTopic { client, len }, format!("AT+CMQTTWILLTOPIC={client},{len}\r").as_bytes());
        }
    }
}

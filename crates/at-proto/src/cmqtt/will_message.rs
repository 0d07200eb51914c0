//! `AT+CMQTTWILLMSG`: the message of the will (the vendor's note, section 3.2.7).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse, WithData};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::info::InfoLines;

use super::{MessageRanges, budget};

/// Gives the message of the will, which the broker publishes when the connection is lost: after ACCQ, before CONNECT.
#[doc(alias = "AT+CMQTTWILLMSG")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetWillMessage {
    /// The client index.
    pub client: u8,
    /// The message's length in bytes, 1 to 1024.
    pub len: u32,
    /// The quality of service, 0 to 2.
    pub qos: u8,
}

impl SetWillMessage {
    /// The command for this message.
    pub const fn with(client: u8, message: &[u8], qos: u8) -> WithData<'_, Self> {
        WithData {
            command: Self {
                client,
                len: message.len() as u32,
                qos,
            },
            data: message,
        }
    }
}

impl Encode for SetWillMessage {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME)
            .text("=")
            .number(self.client)
            .then(self.len)
            .then(self.qos);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
            .prompt(self.len)
            .error(self.client)
            .budget(budget::DATA)
    }
}

impl Command for SetWillMessage {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for SetWillMessage {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let command = Self {
            client: fields.number("<client_index>")?,
            len: fields.number("<req_length>")?,
            qos: fields.number("<qos>")?,
        };
        fields.end()?;
        Ok(command)
    }
}

impl Testable for SetWillMessage {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = MessageRanges<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<MessageRanges<Self>, DecodeError> {
        info.one(NAME)
    }
}

const NAME: &str = "+CMQTTWILLMSG";

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
            &SetWillMessage {
                client: 0,
                len: 6,
                qos: 1,
            },
            b"AT+CMQTTWILLMSG=0,6,1\r",
        );
        check_form(&Test::<SetWillMessage>::new(), b"AT+CMQTTWILLMSG=?\r");
        check_line(
            &MessageRanges::<SetWillMessage>::new(
                Ranges::span(0, 0),
                Ranges::span(1, 1024),
                Ranges::span(0, 2),
            ),
            b"+CMQTTWILLMSG: (0-0),(1-1024),(0-2)",
        );
        let with = SetWillMessage::with(0, b"gone!!", 1);
        assert_eq!((with.command.len, with.data()), (6, &b"gone!!"[..]));
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, len: u32, qos: u8) {
            check_form(
                &SetWillMessage { client, len, qos },
                format!("AT+CMQTTWILLMSG={client},{len},{qos}\r").as_bytes(),
            );
        }
    }
}

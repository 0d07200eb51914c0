//! `AT+CMQTTSUBTOPIC`: a topic filter for the next SUB (the vendor's manual for A76XX).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse, WithData};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::info::InfoLines;

use super::{MessageRanges, budget};

/// Adds a topic filter to those that the next SUB without a filter subscribes to. SUB wipes them. The note for SIM7028
/// lacks this command, and SIM767X answers it with `ERROR`.
#[doc(alias = "AT+CMQTTSUBTOPIC")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscribeTopic {
    /// The client index.
    pub client: u8,
    /// The filter's length in bytes, 1 to 1024.
    pub len: u32,
    /// The quality of service, 0 to 2.
    pub qos: u8,
}

impl SubscribeTopic {
    /// The command for this topic filter.
    pub const fn with(client: u8, filter: &[u8], qos: u8) -> WithData<'_, Self> {
        WithData {
            command: Self {
                client,
                len: filter.len() as u32,
                qos,
            },
            data: filter,
        }
    }
}

impl Encode for SubscribeTopic {
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

impl Command for SubscribeTopic {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for SubscribeTopic {
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

impl Testable for SubscribeTopic {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = MessageRanges<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<MessageRanges<Self>, DecodeError> {
        info.one(NAME)
    }
}

const NAME: &str = "+CMQTTSUBTOPIC";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::Test;
    use crate::range::Ranges;
    use crate::testing::{check_command, check_form, check_line};

    #[test]
    fn the_manuals_examples() {
        check_command(
            &SubscribeTopic {
                client: 0,
                len: 9,
                qos: 1,
            },
            b"AT+CMQTTSUBTOPIC=0,9,1\r",
        );
        check_form(&Test::<SubscribeTopic>::new(), b"AT+CMQTTSUBTOPIC=?\r");
        check_line(
            &MessageRanges::<SubscribeTopic>::new(
                Ranges::span(0, 1),
                Ranges::span(1, 1024),
                Ranges::span(0, 2),
            ),
            b"+CMQTTSUBTOPIC: (0-1),(1-1024),(0-2)",
        );
        let with = SubscribeTopic::with(0, b"simcommsg", 1);
        assert_eq!((with.command.len, with.data()), (9, &b"simcommsg"[..]));
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, len: u32, qos: u8) {
            check_form(
                &SubscribeTopic { client, len, qos },
                format!("AT+CMQTTSUBTOPIC={client},{len},{qos}\r").as_bytes(),
            );
        }
    }
}

//! `AT+CMQTTREL`: release a client (the vendor's note, section 3.2.4).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Readable, Testable};
use crate::info::{InfoLines, Information};
use crate::range::Ranges;

use super::budget;

/// Releases a client: after DISC, before STOP. What CFG set for it is wiped.
#[doc(alias = "AT+CMQTTREL")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// The client index.
    pub client: u8,
}

/// `+CMQTTREL: (0-1)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseRanges {
    /// The client index. SIM7028 states 0 to 1, left over from families with two clients: only 0 is valid there.
    pub client: Ranges,
}

impl Encode for Release {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.client);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME).error(self.client).budget(budget::CLIENT)
    }
}

impl Command for Release {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Release {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let client = fields.number("<client_index>")?;
        fields.end()?;
        Ok(Self { client })
    }
}

/// Answered by `OK` alone, and by `ERROR` while the service is not started.
impl Readable for Release {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::None;
    type Reply<'a> = ();

    fn decode_read(info: InfoLines<'_>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Testable for Release {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = ReleaseRanges;

    fn decode_test(info: InfoLines<'_>) -> Result<ReleaseRanges, DecodeError> {
        info.one(NAME)
    }
}

impl Information<'_> for ReleaseRanges {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let [client] = Ranges::decode_line(line, NAME)?;
        Ok(Self { client })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        Ranges::emit_line(out, NAME, &[self.client]);
    }
}

const NAME: &str = "+CMQTTREL";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::{Read, Test};
    use crate::testing::{check_command, check_form, check_line};

    #[test]
    fn the_notes_examples() {
        check_command(&Release { client: 0 }, b"AT+CMQTTREL=0\r");
        check_form(&Read::<Release>::new(), b"AT+CMQTTREL?\r");
        assert_eq!(Release::decode_read(InfoLines::new(b"")), Ok(()));
        check_form(&Test::<Release>::new(), b"AT+CMQTTREL=?\r");
        check_line(
            &ReleaseRanges {
                client: Ranges::span(0, 1),
            },
            b"+CMQTTREL: (0-1)",
        );
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8) {
            check_command(&Release { client }, format!("AT+CMQTTREL={client}\r").as_bytes());
        }
    }
}

//! `AT+CMQTTSTOP`: stop the MQTT service (the vendor's note, section 3.2.2).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::info::InfoLines;

use super::budget;

/// Stops the service: after DISC and REL, for a client that is still held refuses it.
#[doc(alias = "AT+CMQTTSTOP")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

impl Encode for Stop {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME).result(None).budget(budget::SERVICE)
    }
}

impl Command for Stop {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Stop {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        form.execute().map(|()| Self)
    }
}

/// Answered by `OK` alone.
impl Testable for Stop {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::None;
    type Reply<'a> = ();

    fn decode_test(info: InfoLines<'_>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

const NAME: &str = "+CMQTTSTOP";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Test;
    use crate::testing::{check_command, check_form};

    #[test]
    fn the_notes_examples() {
        check_command(&Stop, b"AT+CMQTTSTOP\r");
        check_form(&Test::<Stop>::new(), b"AT+CMQTTSTOP=?\r");
        assert_eq!(Stop::decode_test(InfoLines::new(b"")), Ok(()));
    }

    #[test]
    fn its_result_has_no_client_index() {
        let result = Stop.dialogue().result.unwrap();
        assert_eq!(result.code(b"+CMQTTSTOP", b"21"), Some(21));
    }
}

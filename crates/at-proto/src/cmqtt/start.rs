//! `AT+CMQTTSTART`: start the MQTT service (the vendor's note, section 3.2.1).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::info::InfoLines;

use super::budget;

/// Starts the service and activates its PDP context: before any other command of the service.
#[doc(alias = "AT+CMQTTSTART")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// SIM767X alone: the PDP context to use. Other families take no argument.
    pub context: Option<u8>,
}

impl Encode for Start {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME);
        if let Some(context) = self.context {
            out.text("=").number(context);
        }
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME).result(None).budget(budget::SERVICE)
    }
}

impl Command for Start {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Start {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        if form == Form::Execute {
            return Ok(Self { context: None });
        }
        let mut fields = form.write()?;
        let context = fields.number("<cid>")?;
        fields.end()?;
        Ok(Self {
            context: Some(context),
        })
    }
}

/// Answered by `OK` alone.
impl Testable for Start {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::None;
    type Reply<'a> = ();

    fn decode_test(info: InfoLines<'_>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

const NAME: &str = "+CMQTTSTART";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::Test;
    use crate::testing::{check_command, check_form};

    #[test]
    fn the_notes_examples() {
        check_command(&Start::default(), b"AT+CMQTTSTART\r");
        check_form(&Test::<Start>::new(), b"AT+CMQTTSTART=?\r");
        assert_eq!(Start::decode_test(InfoLines::new(b"")), Ok(()));
    }

    #[test]
    fn its_result_has_no_client_index() {
        let result = Start::default().dialogue().result.unwrap();
        assert_eq!(result.code(b"+CMQTTSTART", b"23"), Some(23));
        assert_eq!(result.code(b"+CMQTTSTART", b"0,23"), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = Start::parse(Form::Write(b"ip")).unwrap_err();
        insta::assert_snapshot!(error, @"expected <cid> at byte 0, found `i`");
        let error = Start::parse(Form::Read).unwrap_err();
        insta::assert_snapshot!(error, @"expected `=` at byte 0, found the line's end");
    }

    proptest! {
        #[test]
        fn every_command_comes_back(context: u8) {
            let command = Start { context: Some(context) };
            check_command(&command, format!("AT+CMQTTSTART={context}\r").as_bytes());
        }
    }
}

//! `AT+CPOF`, `AT+CRESET`: off, and off and on again.

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::info::InfoLines;

/// Switches the modem off. `OK` comes first, on some families `NORMAL POWER DOWN` after it.
#[doc(alias = "AT+CPOF")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PowerOff;

/// Restarts the modem. `OK` comes first, the boot lines seconds later; everything in the modem is gone then.
#[doc(alias = "AT+CRESET")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart;

macro_rules! power {
    ($command:ident, $name:literal) => {
        impl Encode for $command {
            fn encode(&self, out: &mut Encoder<'_>) {
                out.text($name);
            }

            fn dialogue(&self) -> Dialogue {
                Dialogue::new($name)
            }
        }

        impl Command for $command {
            const NAME: &'static str = $name;
            type Reply<'a> = ();

            fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
                info.none($name)
            }
        }

        impl Parse<'_> for $command {
            const NAME: &'static str = $name;

            fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
                form.execute().map(|()| Self)
            }
        }

        impl Testable for $command {
            const NAME: &'static str = $name;
            const INFO: InfoShape = InfoShape::None;
            type Reply<'a> = ();

            fn decode_test(info: InfoLines<'_>) -> Result<(), DecodeError> {
                info.none($name)
            }
        }
    };
}

power!(PowerOff, "+CPOF");
power!(Restart, "+CRESET");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Test;
    use crate::testing::{check_command, check_form};

    #[test]
    fn the_manuals_examples() {
        check_command(&PowerOff, b"AT+CPOF\r");
        check_form(&Test::<PowerOff>::new(), b"AT+CPOF=?\r");
        check_command(&Restart, b"AT+CRESET\r");
        check_form(&Test::<Restart>::new(), b"AT+CRESET=?\r");
    }

    #[test]
    fn nothing_stands_before_ok() {
        assert_eq!(Restart.decode(InfoLines::new(b"")), Ok(()));
        assert_eq!(Test::<Restart>::new().decode(InfoLines::new(b"")), Ok(()));
        insta::assert_snapshot!(
            PowerOff.decode(InfoLines::new(b"+CPOF: 1\n")).unwrap_err(),
            @"expected one line +CPOF, found more"
        );
    }

    #[test]
    fn no_value_can_be_given() {
        insta::assert_snapshot!(
            Restart::parse(Form::Write(b"1")).unwrap_err(),
            @"expected nothing after the name at byte 0, found the line's end"
        );
    }
}

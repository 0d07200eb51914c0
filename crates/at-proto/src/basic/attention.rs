//! `AT`: is anybody there?

use crate::command::{Command, Dialogue, Encode};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::info::InfoLines;

/// A command line that holds no command: `OK` says that a modem listens, at this speed (ITU-T V.250, section 5.2.1).
///
/// The modem's side has nothing to parse: [`CommandLine`](crate::CommandLine) yields no command.
#[doc(alias = "AT")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention;

impl Encode for Attention {
    fn encode(&self, _: &mut Encoder<'_>) {}

    fn dialogue(&self) -> Dialogue {
        Dialogue::new("AT")
    }
}

impl Command for Attention {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none("AT")
    }
}

const NAME: &str = "";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CommandLine;
    use crate::testing::check_encoded;

    #[test]
    fn the_notes_example() {
        check_encoded(&Attention, b"AT\r");
    }

    #[test]
    fn the_modem_sees_no_command() {
        for line in ["AT", "at", "At", "aT", "AT "] {
            let mut commands = CommandLine::new(line.as_bytes()).unwrap().unwrap();
            assert_eq!(commands.next(), None, "{line}");
        }
    }

    #[test]
    fn nothing_stands_before_ok() {
        assert_eq!(Attention.decode(InfoLines::new(b"")), Ok(()));
        Attention.decode(InfoLines::new(b"AT\n")).unwrap_err();
    }
}

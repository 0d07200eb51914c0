//! `ATE`: does the modem repeat what it is told?

use crate::command::{Command, Dialogue, Encode, ParseBasic};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::info::InfoLines;

/// Turns the echo on or off (ITU-T V.250, section 6.2.4). On is the state after power-up; the command's own echo
/// still comes.
#[doc(alias = "ATE")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo {
    /// 0 for off, 1 for on. Left out it means the command's default.
    pub value: Option<u32>,
}

impl Echo {
    /// `ATE0`: no echo.
    pub const OFF: Self = Self { value: Some(0) };
    /// `ATE1`: echo.
    pub const ON: Self = Self { value: Some(1) };
}

impl Encode for Echo {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME);
        if let Some(value) = self.value {
            out.number(value);
        }
    }

    fn dialogue(&self) -> Dialogue {
        match self.value {
            Some(value) => Dialogue::new("ATE").echo(value != 0),
            None => Dialogue::new("ATE"),
        }
    }
}

impl Command for Echo {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl ParseBasic for Echo {
    const NAME: &'static str = NAME;

    fn parse_basic(value: Option<u32>) -> Result<Self, DecodeError> {
        Ok(Self { value })
    }
}

const NAME: &str = "E";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::check_basic;

    #[test]
    fn the_notes_examples() {
        check_basic(&Echo::OFF, b"ATE0\r");
        check_basic(&Echo::ON, b"ATE1\r");
        check_basic(&Echo { value: None }, b"ATE\r");
    }

    proptest! {
        #[test]
        fn every_command_comes_back(value: Option<u32>) {
            check_basic(&Echo { value }, b"");
        }
    }
}

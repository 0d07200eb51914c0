//! `ATI`: what is this modem?

use crate::command::{Command, Dialogue, Encode, InfoShape, ParseBasic};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::info::InfoLines;

/// Asks what the modem is (ITU-T V.250, section 6.1.3). Answered by lines of any form, such as
/// `Manufacturer: SIMCOM INCORPORATED`, `Model: …`, `Revision: …`, `IMEI: …`: they are lent out as they are.
#[doc(alias = "ATI")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identify {
    /// Which information is wanted. Left out it means the usual one.
    pub value: Option<u32>,
}

impl Encode for Identify {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME);
        if let Some(value) = self.value {
            out.number(value);
        }
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new("ATI").info(InfoShape::Any)
    }
}

impl Command for Identify {
    const NAME: &'static str = NAME;
    type Reply<'a> = InfoLines<'a>;

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<InfoLines<'a>, DecodeError> {
        info.whole().map(|()| info)
    }
}

impl ParseBasic for Identify {
    const NAME: &'static str = NAME;

    fn parse_basic(value: Option<u32>) -> Result<Self, DecodeError> {
        Ok(Self { value })
    }
}

const NAME: &str = "I";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::check_basic;

    #[test]
    fn an_a7608s_answer() {
        check_basic(&Identify::default(), b"ATI\r");
        let lines = b"Manufacturer: INCORPORATED\nModel: A7608SA-H\nRevision: A81C4B01A7600M7\n";
        let reply = Identify::default().decode(InfoLines::new(lines)).unwrap();
        assert!(reply.eq([
            &b"Manufacturer: INCORPORATED"[..],
            b"Model: A7608SA-H",
            b"Revision: A81C4B01A7600M7"
        ]));
    }

    #[test]
    fn a_cut_answer_is_refused() {
        let cut = InfoLines::truncated(b"Manufacturer: INCORP\n", 7);
        insta::assert_snapshot!(
            Identify::default().decode(cut).unwrap_err(),
            @"the answer was cut: 7 bytes did not fit"
        );
    }

    proptest! {
        #[test]
        fn every_command_comes_back(value: Option<u32>) {
            check_basic(&Identify { value }, b"");
        }
    }
}

//! `AT+CMEE`: how the modem reports an error of the equipment.

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information};
use crate::value_range::ValueRange;

/// Sets how errors of the equipment are reported (3GPP TS 27.007, section 9.1). The read form is answered by the same,
/// `+CMEE: <n>`.
#[doc(alias = "AT+CMEE")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorFormat {
    /// 0 for `ERROR` alone, 1 for `+CME ERROR: <number>`, 2 for `+CME ERROR: <words>`.
    pub n: u8,
}

impl ErrorFormat {
    /// `ERROR` and nothing else.
    pub const PLAIN: Self = Self { n: 0 };
    /// `+CME ERROR` with a number: 10 for no SIM, 30 for no network.
    pub const NUMBER: Self = Self { n: 1 };
    /// `+CME ERROR` with words.
    pub const WORDS: Self = Self { n: 2 };
}

impl Encode for ErrorFormat {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.n);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
    }
}

impl Command for ErrorFormat {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for ErrorFormat {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        Self::read(form.write()?)
    }
}

impl Readable for ErrorFormat {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::named(NAME);
    type Reply<'a> = Self;

    fn decode_read(info: InfoLines<'_>) -> Result<Self, DecodeError> {
        info.one(NAME)
    }
}

impl Testable for ErrorFormat {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = ValueRange<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<ValueRange<Self>, DecodeError> {
        info.one(NAME)
    }
}

impl Information<'_> for ErrorFormat {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        Self::read(Fields::of(line, NAME)?)
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text(": ").number(self.n);
    }
}

impl ErrorFormat {
    fn read(mut fields: Fields<'_>) -> Result<Self, DecodeError> {
        let n = fields.number("<n>")?;
        fields.end()?;
        Ok(Self { n })
    }
}

const NAME: &str = "+CMEE";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::{Read, Test};
    use crate::range::{Ranges, Span};
    use crate::testing::{check_command, check_form, check_line, decode_error};

    #[test]
    fn the_manuals_examples() {
        check_command(&ErrorFormat::PLAIN, b"AT+CMEE=0\r");
        check_command(&ErrorFormat::NUMBER, b"AT+CMEE=1\r");
        check_command(&ErrorFormat::WORDS, b"AT+CMEE=2\r");
        check_form(&Read::<ErrorFormat>::new(), b"AT+CMEE?\r");
        check_line(&ErrorFormat::WORDS, b"+CMEE: 2");
        check_form(&Test::<ErrorFormat>::new(), b"AT+CMEE=?\r");
        check_line(
            &ValueRange::<ErrorFormat>::new(Ranges::span(0, 2)),
            b"+CMEE: (0-2)",
        );
        let listed = Ranges::new(&[Span::One(0), Span::One(1), Span::One(2)]).unwrap();
        check_line(&ValueRange::<ErrorFormat>::new(listed), b"+CMEE: (0,1,2)");
    }

    #[test]
    fn what_is_wrong_is_named() {
        insta::assert_snapshot!(decode_error::<ErrorFormat>(b"+CMEE: "), @"expected <n> at byte 7, found the line's end");
        insta::assert_snapshot!(decode_error::<ErrorFormat>(b"+CMEE: 1,2"), @"expected the line's end at byte 8, found `,`");
    }

    proptest! {
        #[test]
        fn every_value_comes_back(n: u8) {
            check_command(&ErrorFormat { n }, format!("AT+CMEE={n}\r").as_bytes());
            check_line(&ErrorFormat { n }, format!("+CMEE: {n}").as_bytes());
        }
    }
}

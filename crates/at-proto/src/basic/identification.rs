//! `AT+CGMM`, `AT+CGMR`, `AT+CGSN`: the model, its firmware and its IMEI, one line each.

use core::fmt::{self, Debug, Formatter};
use core::marker::PhantomData;

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::escape::Escaped;
use crate::form::Form;
use crate::grammar::Fields;
use crate::info::{InfoLines, Information};

/// Asks for the model (3GPP TS 27.007, section 5.2).
#[doc(alias = "AT+CGMM")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model;

/// Asks for the firmware's revision (3GPP TS 27.007, section 5.3).
#[doc(alias = "AT+CGMR")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision;

/// Asks for the IMEI (3GPP TS 27.007, section 5.4).
#[doc(alias = "AT+CGSN")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialNumber;

/// The answer to `C`: `SIMCOM_SIM7600EI`, by some firmware with the command's name before it,
/// `+CGMR: LE20B04SIM7600M22`.
pub struct Identification<'a, C> {
    /// The text behind the name.
    pub text: &'a [u8],
    /// Whether the name and a colon stand before it.
    pub named: bool,
    command: PhantomData<fn(C)>,
}

impl<'a, C> Identification<'a, C> {
    /// The line `text`, with the command's name before it if `named`.
    pub const fn new(text: &'a [u8], named: bool) -> Self {
        Self {
            text,
            named,
            command: PhantomData,
        }
    }
}

impl<'a, C: Command> Information<'a> for Identification<'a, C> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let (mut fields, named) = match Fields::of(line, C::NAME) {
            Ok(fields) => (fields, true),
            Err(_) => (Fields::new(line.trim_ascii_start()), false),
        };
        let text = fields.remainder("text")?.trim_ascii_end();
        Ok(Self::new(text, named))
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        if self.named {
            out.text(C::NAME).text(": ");
        }
        out.remainder(self.text);
    }
}

impl<C> Clone for Identification<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Identification<'_, C> {}

impl<C> PartialEq for Identification<'_, C> {
    fn eq(&self, other: &Self) -> bool {
        (self.text, self.named) == (other.text, other.named)
    }
}

impl<C> Eq for Identification<'_, C> {}

impl<C> Debug for Identification<'_, C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identification")
            .field("text", &Escaped(self.text))
            .field("named", &self.named)
            .finish()
    }
}

macro_rules! identification {
    ($command:ident, $name:literal) => {
        impl Encode for $command {
            fn encode(&self, out: &mut Encoder<'_>) {
                out.text($name);
            }

            fn dialogue(&self) -> Dialogue {
                Dialogue::new($name).info(InfoShape::Any)
            }
        }

        impl Command for $command {
            const NAME: &'static str = $name;
            type Reply<'a> = Identification<'a, Self>;

            fn decode<'a>(&self, info: InfoLines<'a>) -> Result<Self::Reply<'a>, DecodeError> {
                info.one($name)
            }
        }

        impl Parse<'_> for $command {
            const NAME: &'static str = $name;

            fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
                form.execute().map(|()| Self)
            }
        }
    };
}

identification!(Model, "+CGMM");
identification!(Revision, "+CGMR");
identification!(SerialNumber, "+CGSN");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{any_text, check_command, check_line};

    #[test]
    fn what_sim7600ei_answers() {
        check_command(&Model, b"AT+CGMM\r");
        check_line(
            &Identification::<Model>::new(b"SIMCOM_SIM7600EI", false),
            b"SIMCOM_SIM7600EI",
        );
    }

    #[test]
    fn what_other_modems_answer() {
        check_command(&Revision, b"AT+CGMR\r");
        check_line(
            &Identification::<Revision>::new(b"2110B07SIM7022", false),
            b"2110B07SIM7022",
        );
        check_line(
            &Identification::<Revision>::new(b"LE20B04SIM7600M22", true),
            b"+CGMR: LE20B04SIM7600M22",
        );
        check_command(&SerialNumber, b"AT+CGSN\r");
        check_line(
            &Identification::<SerialNumber>::new(b"860000000000025", false),
            b"860000000000025",
        );
    }

    #[test]
    fn one_line_and_no_more() {
        insta::assert_snapshot!(
            Model.decode(InfoLines::new(b"")).unwrap_err(),
            @"expected a line +CGMM, found none"
        );
        insta::assert_snapshot!(
            Model.decode(InfoLines::new(b"A7670E\n2\n")).unwrap_err(),
            @"expected one line +CGMM, found more"
        );
    }

    proptest! {
        #[test]
        fn every_line_comes_back(text in any_text(), named: bool) {
            check_line(&Identification::<Revision>::new(&text, named), b"");
        }
    }
}

//! `AT+CPIN`: does the SIM want a PIN?

use core::fmt::{self, Debug, Formatter};

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::{Encoder, Quoted, Secret};
use crate::error::{DecodeError, ValueError};
use crate::escape::Escaped;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information};

use super::Text;

/// Gives the SIM the PIN that it waits for, or the PUK and a new PIN (3GPP TS 27.007, section 8.3). The read form says
/// what it waits for: a [`PinState`].
#[doc(alias = "AT+CPIN")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnterPin<'a> {
    /// The PIN, or the PUK: 4 to 8 digits. Three wrong PINs block the SIM.
    pub pin: Secret<'a>,
    /// After a PUK, the PIN to be from now on.
    pub new_pin: Option<Secret<'a>>,
}

/// A PIN or a PUK: 4 to 8 digits. Never printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin<'a>(Secret<'a>);

impl<'a> Pin<'a> {
    /// Checks a PIN.
    ///
    /// # Errors
    /// [`ValueError::InvalidLength`], and [`ValueError::InvalidByte`] with the byte and its place.
    pub fn new(pin: &'a str) -> Result<Self, ValueError> {
        let len = pin.len();
        if !(Self::MIN..=Self::MAX).contains(&len) {
            return Err(ValueError::InvalidLength {
                what: "PIN",
                len,
                min: Self::MIN,
                max: Self::MAX,
            });
        }
        match pin.bytes().enumerate().find(|(_, byte)| !byte.is_ascii_digit()) {
            Some((at, byte)) => Err(ValueError::InvalidByte {
                what: "PIN",
                byte,
                at,
            }),
            None => Quoted::named("PIN", pin.as_bytes()).map(|pin| Self(Secret(pin))),
        }
    }

    /// The PIN as a command carries it.
    pub const fn secret(&self) -> Secret<'a> {
        self.0
    }

    /// The PIN's digits.
    pub const fn as_bytes(&self) -> &'a [u8] {
        let Secret(quoted): Secret<'a> = self.0;
        quoted.as_bytes()
    }

    /// The most digits that a PIN has.
    pub const MAX: usize = 8;
    const MIN: usize = 4;
}

/// `+CPIN: <code>`: the answer to `AT+CPIN?`, and unasked at boot and when the SIM is pulled. The set is closed:
/// any other code is [`PinState::Other`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PinState<'a> {
    /// `READY`: nothing is wanted.
    Ready,
    /// `SIM PIN`: the PIN.
    Pin,
    /// `SIM PUK`: the PUK, and a new PIN.
    Puk,
    /// `SIM PIN2`: the second PIN; the network works without it.
    Pin2,
    /// `SIM PUK2`: the second PUK.
    Puk2,
    /// `PH-SIM PIN`: the code that ties the modem to one SIM.
    PhoneSimPin,
    /// `PH-NET PIN`: the code that ties the modem to one network.
    NetworkPin,
    /// Any other words, such as `SIM REMOVED`.
    Other(&'a [u8]),
}

impl<'a> PinState<'a> {
    /// The state of these words.
    pub fn new(words: &'a [u8]) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|known| known.as_bytes() == words)
            .unwrap_or(Self::Other(words))
    }

    /// The modem's words.
    pub const fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Ready => b"READY",
            Self::Pin => b"SIM PIN",
            Self::Puk => b"SIM PUK",
            Self::Pin2 => b"SIM PIN2",
            Self::Puk2 => b"SIM PUK2",
            Self::PhoneSimPin => b"PH-SIM PIN",
            Self::NetworkPin => b"PH-NET PIN",
            Self::Other(words) => words,
        }
    }

    const KNOWN: [Self; 7] = [
        Self::Ready,
        Self::Pin,
        Self::Puk,
        Self::Pin2,
        Self::Puk2,
        Self::PhoneSimPin,
        Self::NetworkPin,
    ];
}

impl Encode for EnterPin<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").quoted(self.pin.0);
        if let Some(new_pin) = self.new_pin {
            out.then_quoted(new_pin.0);
        }
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
    }
}

impl Command for EnterPin<'_> {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl<'a> Parse<'a> for EnterPin<'a> {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'a>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let pin = secret(&mut fields, "<pin>")?;
        let new_pin = fields
            .more()
            .then(|| secret(&mut fields, "<newpin>"))
            .transpose()?;
        fields.end()?;
        Ok(Self { pin, new_pin })
    }
}

impl Readable for EnterPin<'_> {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::named(NAME);
    type Reply<'a> = PinState<'a>;

    fn decode_read(info: InfoLines<'_>) -> Result<PinState<'_>, DecodeError> {
        info.one(NAME)
    }
}

impl Testable for EnterPin<'_> {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::None;
    type Reply<'a> = ();

    fn decode_test(info: InfoLines<'_>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl<'a> Information<'a> for PinState<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        Ok(Self::new(fields.remainder("<code>")?.trim_ascii_end()))
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text(": ").remainder(self.as_bytes());
    }
}

impl Debug for PinState<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&Escaped(self.as_bytes()), f)
    }
}

/// The digits may also stand without quotation marks.
fn secret<'a>(fields: &mut Fields<'a>, expected: &'static str) -> Result<Secret<'a>, DecodeError> {
    match Text::decode(fields, expected)? {
        Text::Quoted(text) => Ok(Secret(text)),
        Text::Bare(digits) if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            Quoted::new(digits)
                .map(Secret)
                .map_err(|_| fields.mismatch(expected))
        }
        Text::Bare(_) => Err(fields.mismatch(expected)),
    }
}

const NAME: &str = "+CPIN";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_and_what_is_none() {
        assert_eq!(Pin::new("0000").unwrap().as_bytes(), b"0000");
        let wrong = |pin: &str| Pin::new(pin).unwrap_err().to_string();
        insta::assert_snapshot!(wrong("123"), @"PIN: 3 bytes, but 4 to 8 are allowed");
        insta::assert_snapshot!(wrong("12a4"), @"PIN: byte `a` at 2 cannot be sent");
        assert!(!format!("{:?}", Pin::new("1234")).contains("1234"));
    }
}

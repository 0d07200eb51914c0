//! The name of a stored certificate or key.

use crate::encode::Quoted;
use crate::error::ValueError;

/// The name under which the modem stores a certificate or a key: letters, digits, `.`, `-` and `_`, 5 to 64 bytes that
/// end in `.pem` or `.der`. The manuals state the endings; length and alphabet are inferred, and narrow on purpose: a
/// blank or a slash in a name is known to work nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileName<'a>(Quoted<'a>);

impl<'a> FileName<'a> {
    /// The most bytes that a name has.
    pub const MAX: usize = 64;

    /// Checks a name.
    ///
    /// # Errors
    /// [`ValueError::InvalidLength`]; [`ValueError::InvalidByte`] with the byte and its place;
    /// [`ValueError::Malformed`] for another ending.
    pub fn new(name: &'a str) -> Result<Self, ValueError> {
        let len = name.len();
        if !(Self::MIN..=Self::MAX).contains(&len) {
            return Err(ValueError::InvalidLength {
                what: WHAT,
                len,
                min: Self::MIN,
                max: Self::MAX,
            });
        }
        let stray = |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        if let Some((at, byte)) = name.bytes().enumerate().find(|&(_, byte)| stray(byte)) {
            return Err(ValueError::InvalidByte { what: WHAT, byte, at });
        }
        if !(name.ends_with(".pem") || name.ends_with(".der")) {
            return Err(ValueError::Malformed {
                what: WHAT,
                expected: "the ending `.pem` or `.der`",
                at: len.saturating_sub(4),
            });
        }
        Quoted::named(WHAT, name.as_bytes()).map(Self)
    }

    /// The name as a command carries it.
    pub const fn quoted(&self) -> Quoted<'a> {
        self.0
    }

    /// The name's bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }

    const MIN: usize = 5;
}

const WHAT: &str = "file name";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_is_none() {
        for name in ["server_ca.pem", "a.der", "cmqtt-ca-0123456789abcdef.pem"] {
            assert_eq!(FileName::new(name).unwrap().as_bytes(), name.as_bytes());
        }
        let wrong = |name: &str| FileName::new(name).unwrap_err().to_string();
        insta::assert_snapshot!(wrong(".pem"), @"file name: 4 bytes, but 5 to 64 are allowed");
        insta::assert_snapshot!(wrong("../a.pem"), @"file name: byte `/` at 2 cannot be sent");
        insta::assert_snapshot!(wrong("ca.crt"), @"file name: expected the ending `.pem` or `.der` at byte 2");
    }
}

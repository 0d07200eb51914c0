//! The name of an access point.

use crate::encode::Quoted;
use crate::error::ValueError;

/// The name of the access point that data go through, 1 to 100 bytes (3GPP TS 23.003, section 9.1). It stands between
/// quotation marks: no such mark and no control byte can be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Apn<'a>(Quoted<'a>);

impl<'a> Apn<'a> {
    /// The most bytes that a name has.
    pub const MAX: usize = 100;

    /// Checks a name.
    ///
    /// # Errors
    /// [`ValueError::InvalidLength`], and [`ValueError::InvalidByte`] with the byte and its place.
    pub fn new(name: &'a str) -> Result<Self, ValueError> {
        match name.len() {
            1..=Self::MAX => Quoted::named(WHAT, name.as_bytes()).map(Self),
            len => Err(ValueError::InvalidLength {
                what: WHAT,
                len,
                min: 1,
                max: Self::MAX,
            }),
        }
    }

    /// The name as a command carries it.
    pub const fn quoted(&self) -> Quoted<'a> {
        self.0
    }

    /// The name's bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

const WHAT: &str = "access point name";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_is_none() {
        assert_eq!(Apn::new("iot.1nce.net").unwrap().as_bytes(), b"iot.1nce.net");
        let wrong = |name: &str| Apn::new(name).unwrap_err().to_string();
        insta::assert_snapshot!(wrong(""), @"access point name: 0 bytes, but 1 to 100 are allowed");
        insta::assert_snapshot!(wrong("a\"b"), @r#"access point name: byte `\"` at 1 cannot be sent"#);
    }
}

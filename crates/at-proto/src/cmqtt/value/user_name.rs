//! The name that a client logs in with.

use crate::encode::Quoted;
use crate::error::ValueError;

use super::check;

/// The user name that CONNECT logs in with: UTF-8 without quotation marks and control bytes, 1 to 256 bytes (the
/// vendor's note, section 3.2.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserName<'a>(Quoted<'a>);

impl<'a> UserName<'a> {
    /// The most bytes that the modem takes.
    pub const MAX: usize = 256;

    /// Checks a user name.
    ///
    /// # Errors
    /// [`ValueError::InvalidLength`], and [`ValueError::InvalidByte`] with the byte and its place.
    pub fn new(name: &'a str) -> Result<Self, ValueError> {
        check::quotable("user name", name.as_bytes(), Self::MAX).map(Self)
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

impl<'a> From<UserName<'a>> for Quoted<'a> {
    fn from(name: UserName<'a>) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_sent() {
        let name = UserName::new("device/7?api-version=1").unwrap();
        assert_eq!(name.as_bytes(), b"device/7?api-version=1");
        assert_eq!(Quoted::from(name), name.quoted());
    }

    #[test]
    fn what_cannot_is_named() {
        insta::assert_snapshot!(UserName::new("").unwrap_err(), @"user name: 0 bytes, but 1 to 256 are allowed");
        insta::assert_snapshot!(UserName::new("ann\"").unwrap_err(), @r#"user name: byte `\"` at 3 cannot be sent"#);
    }
}

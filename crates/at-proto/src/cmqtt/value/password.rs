//! The password that a client logs in with.

use crate::encode::{Quoted, Secret};
use crate::error::ValueError;

use super::check;

/// The password that CONNECT logs in with: any bytes but quotation marks and control bytes, 1 to 256 (the vendor's
/// note, section 3.2.8). Never printed; an error names the one byte that cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Password<'a>(Secret<'a>);

impl<'a> Password<'a> {
    /// The most bytes that the modem takes.
    pub const MAX: usize = 256;

    /// Checks a password.
    ///
    /// # Errors
    /// [`ValueError::InvalidLength`], and [`ValueError::InvalidByte`] with the byte and its place.
    pub fn new<T: AsRef<[u8]> + ?Sized>(password: &'a T) -> Result<Self, ValueError> {
        check::quotable("password", password.as_ref(), Self::MAX).map(|quoted| Self(Secret(quoted)))
    }

    /// The password as a command carries it.
    pub const fn secret(&self) -> Secret<'a> {
        self.0
    }

    /// The password's bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        let Secret(quoted): Secret<'a> = self.0;
        quoted.as_bytes()
    }
}

impl<'a> From<Password<'a>> for Secret<'a> {
    fn from(password: Password<'a>) -> Self {
        password.0
    }
}

impl<'a> From<Password<'a>> for Quoted<'a> {
    fn from(password: Password<'a>) -> Self {
        let Secret(quoted) = password.0;
        quoted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_printed() {
        let password = Password::new("hush").unwrap();
        assert_eq!(format!("{password:?}"), "Password([redacted])");
        assert_eq!(password.as_bytes(), b"hush");
        assert_eq!(Quoted::from(password).as_bytes(), b"hush");
        assert_eq!(Secret::from(password), password.secret());
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        insta::assert_snapshot!(Password::new("").unwrap_err(), @"password: 0 bytes, but 1 to 256 are allowed");
        insta::assert_snapshot!(Password::new("hu\"sh").unwrap_err(), @r#"password: byte `\"` at 2 cannot be sent"#);
        assert!(Password::new(b"\xff\xfe").is_ok());
    }
}

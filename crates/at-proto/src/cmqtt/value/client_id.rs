//! The MQTT client identifier.

use crate::encode::Quoted;
use crate::error::ValueError;

use super::check;

/// The MQTT client identifier, which the broker knows the session by: UTF-8 without quotation marks and control
/// bytes, 1 to 256 bytes. Only SIM7028 and SIM7022 take more than 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientId<'a>(Quoted<'a>);

impl<'a> ClientId<'a> {
    /// The most bytes that any family takes.
    pub const MAX: usize = 256;

    /// Checks an identifier.
    ///
    /// # Errors
    /// [`ValueError::InvalidLength`], and [`ValueError::InvalidByte`] with the byte and its place.
    pub fn new(id: &'a str) -> Result<Self, ValueError> {
        check::quotable("client identifier", id.as_bytes(), Self::MAX).map(Self)
    }

    /// The identifier as a command carries it.
    pub const fn quoted(&self) -> Quoted<'a> {
        self.0
    }

    /// The identifier's bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

impl<'a> From<ClientId<'a>> for Quoted<'a> {
    fn from(id: ClientId<'a>) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_sent() {
        for id in ["a", "client test0", "Gerät 7", &"x".repeat(256)] {
            let checked = ClientId::new(id).unwrap();
            assert_eq!(checked.as_bytes(), id.as_bytes());
            assert_eq!(Quoted::from(checked), checked.quoted());
        }
    }

    #[test]
    fn what_cannot_is_named() {
        insta::assert_snapshot!(
            ClientId::new("").unwrap_err(),
            @"client identifier: 0 bytes, but 1 to 256 are allowed"
        );
        insta::assert_snapshot!(
            ClientId::new(&"x".repeat(257)).unwrap_err(),
            @"client identifier: 257 bytes, but 1 to 256 are allowed"
        );
        insta::assert_snapshot!(
            ClientId::new("a\",0\r\nAT+CFUN=0").unwrap_err(),
            @r#"client identifier: byte `\"` at 1 cannot be sent"#
        );
        insta::assert_snapshot!(
            ClientId::new("a\rAT+CFUN=0").unwrap_err(),
            @r#"client identifier: byte `\r` at 1 cannot be sent"#
        );
    }
}

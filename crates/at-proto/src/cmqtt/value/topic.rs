//! The topic of a publish or a will.

use crate::error::ValueError;

use super::check;

/// The topic of a publish or a will: UTF-8 without wildcards and NUL, 1 to 65535 bytes (MQTT 3.1.1, section 4.7). The
/// modem takes fewer: 1024.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Topic<'a>(&'a str);

impl<'a> Topic<'a> {
    /// Checks a topic.
    ///
    /// # Errors
    /// [`ValueError::InvalidLength`], and [`ValueError::InvalidByte`] with the byte and its place.
    pub fn new(topic: &'a str) -> Result<Self, ValueError> {
        check::mqtt_string(WHAT, topic)?;
        check::refuse(WHAT, topic, |byte| matches!(byte, b'+' | b'#'))?;
        Ok(Self(topic))
    }

    /// The topic.
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// The bytes that follow the prompt.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

const WHAT: &str = "topic";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_sent() {
        for topic in [
            "simcommsg",
            "/",
            "a//b",
            "$SYS/load",
            "Küche/Wärme",
            "\r\nOK\r\n",
            &"x".repeat(65535),
        ] {
            let checked = Topic::new(topic).unwrap();
            assert_eq!((checked.as_str(), checked.as_bytes()), (topic, topic.as_bytes()));
        }
    }

    #[test]
    fn what_cannot_is_named() {
        insta::assert_snapshot!(Topic::new("").unwrap_err(), @"topic: 0 bytes, but 1 to 65535 are allowed");
        insta::assert_snapshot!(Topic::new(&"x".repeat(65536)).unwrap_err(), @"topic: 65536 bytes, but 1 to 65535 are allowed");
        insta::assert_snapshot!(Topic::new("a/+/b").unwrap_err(), @"topic: byte `+` at 2 cannot be sent");
        insta::assert_snapshot!(Topic::new("a/#").unwrap_err(), @"topic: byte `#` at 2 cannot be sent");
        insta::assert_snapshot!(Topic::new("a\0b").unwrap_err(), @r#"topic: byte `\x00` at 1 cannot be sent"#);
    }
}

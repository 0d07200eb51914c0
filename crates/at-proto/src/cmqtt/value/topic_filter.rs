//! The topic filter of a subscription.

use crate::error::ValueError;

use super::check;

/// The topic filter of a subscription: UTF-8 without NUL, 1 to 65535 bytes, with `+` alone in a level and `#` alone in
/// the last (MQTT 3.1.1, section 4.7). The modem takes fewer bytes: 1024.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TopicFilter<'a>(&'a str);

impl<'a> TopicFilter<'a> {
    /// Checks a topic filter.
    ///
    /// # Errors
    /// [`ValueError::InvalidLength`]; [`ValueError::InvalidByte`] for NUL; [`ValueError::Malformed`] with the place of
    /// a wildcard that does not stand alone in its level, or of a `#` before the last.
    pub fn new(filter: &'a str) -> Result<Self, ValueError> {
        check::mqtt_string(WHAT, filter)?;
        let mut start = 0;
        for level in filter.split('/') {
            let end = start + level.len();
            let misplaced = match level.find(['+', '#']) {
                Some(_) if level == "#" && end < filter.len() => Some((start, LAST)),
                Some(at) if level.len() > 1 => Some((start + at, ALONE)),
                _ => None,
            };
            if let Some((at, expected)) = misplaced {
                return Err(ValueError::Malformed {
                    what: WHAT,
                    expected,
                    at,
                });
            }
            start = end + 1;
        }
        Ok(Self(filter))
    }

    /// The topic filter.
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// The bytes that follow the prompt.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

const WHAT: &str = "topic filter";
const ALONE: &str = "a wildcard that fills its level";
const LAST: &str = "no `#` before the last level";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_sent() {
        for filter in [
            "simcommsg",
            "#",
            "+",
            "+/+",
            "/#",
            "a/+/b/#",
            "$SYS/#",
            "a//b",
            "/",
            "Küche/+",
        ] {
            let checked = TopicFilter::new(filter).unwrap();
            assert_eq!(
                (checked.as_str(), checked.as_bytes()),
                (filter, filter.as_bytes())
            );
        }
    }

    #[test]
    fn what_cannot_is_named() {
        insta::assert_snapshot!(TopicFilter::new("").unwrap_err(), @"topic filter: 0 bytes, but 1 to 65535 are allowed");
        insta::assert_snapshot!(TopicFilter::new(&"x".repeat(65536)).unwrap_err(), @"topic filter: 65536 bytes, but 1 to 65535 are allowed");
        insta::assert_snapshot!(TopicFilter::new("a/b+").unwrap_err(), @"topic filter: expected a wildcard that fills its level at byte 3");
        insta::assert_snapshot!(TopicFilter::new("a/##").unwrap_err(), @"topic filter: expected a wildcard that fills its level at byte 2");
        insta::assert_snapshot!(TopicFilter::new("a/#/b").unwrap_err(), @"topic filter: expected no `#` before the last level at byte 2");
        insta::assert_snapshot!(TopicFilter::new("#/").unwrap_err(), @"topic filter: expected no `#` before the last level at byte 0");
        insta::assert_snapshot!(TopicFilter::new("ä#").unwrap_err(), @"topic filter: expected a wildcard that fills its level at byte 2");
        insta::assert_snapshot!(TopicFilter::new("a\0").unwrap_err(), @r#"topic filter: byte `\x00` at 1 cannot be sent"#);
    }
}

//! What the file tells nobody else.

use std::fmt::{self, Debug, Formatter};

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

/// A password or a PIN, which is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// The secret.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Debug for Hidden {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<String> for Hidden {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Hidden;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("a string in quotation marks")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Hidden, E> {
                Ok(Hidden(text.to_owned()))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

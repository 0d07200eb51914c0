//! JSON lines, the same for every subcommand: each text once, as it is, and nothing in it that a terminal would obey.

use std::borrow::Cow;
use std::fmt::Write;

use at_proto::Printable;
use serde::Serialize;
use serde_json::Value;

/// A value on one line, without a line end.
///
/// # Errors
/// If the value has no form in JSON.
pub(crate) fn line(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    Ok(safe(&json).into_owned())
}

/// JSON of the same value in which no character can control a terminal. JSON itself escapes fewer, and what it leaves
/// stands in strings alone.
pub(crate) fn safe(json: &str) -> Cow<'_, str> {
    if !json.chars().any(Printable::escapes) {
        return json.into();
    }
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if Printable::escapes(character) {
            // All of them are in the basic plane. A string takes everything.
            let _ = write!(safe, "\\u{:04x}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe.into()
}

/// The member of an object that holds these bytes: a text under this name, and what is not UTF-8 in hexadecimal digits
/// under `NAME_hex`.
pub(crate) fn member(name: &'static str, bytes: &[u8]) -> (Cow<'static, str>, Value) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (name.into(), text.into()),
        Err(_) => (format!("{name}_hex").into(), hex(bytes).into()),
    }
}

/// Two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // A string takes everything.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_a_text_once_and_nothing_that_a_terminal_obeys() {
        let text = "Gr\u{fc}\u{df}e \"\\\" \u{1b}[2J \u{9b}2J \u{7f} \u{202e} \u{2028}";
        let json = line(&text).expect("JSON");
        assert_eq!(
            json,
            "\"Gr\u{fc}\u{df}e \\\"\\\\\\\" \\u001b[2J \\u009b2J \\u007f \\u202e \\u2028\""
        );
        assert_eq!(serde_json::from_str::<String>(&json).expect("a text"), text);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_hexadecimal() {
        assert_eq!(
            member("text", "\u{fc}".as_bytes()),
            ("text".into(), "\u{fc}".into())
        );
        assert_eq!(member("text", b"a\xfc"), ("text_hex".into(), "61fc".into()));
    }
}

//! Bytes that print as themselves where they can be read, and as `\r`, `\n`, `\x00` where they cannot.

use core::fmt::{self, Debug, Display, Formatter, Write};

/// Prints bytes as [`u8::escape_ascii`] does, so that a failing test shows the line end that made it fail; `Debug` puts
/// quotation marks around them. The bytes can be found again from what is printed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Escaped<'a>(pub &'a [u8]);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl Debug for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// Prints text for a person at a terminal: UTF-8 as it is, except for the characters that a terminal obeys instead of
/// showing them, and bytes that are not UTF-8. These are escaped: `\n`, `\x1b`, `\u{9b}`, `\u{202e}`, `\xff`. Quotation
/// marks and backslashes stay as they are.
///
/// ```
/// use at_proto::Printable;
///
/// let text = b"\"Gr\xc3\xbc\xc3\x9fe\"\x1b]0;title\x07\xff";
/// assert_eq!(Printable(text).to_string(), "\"Gr\u{fc}\u{df}e\"\\x1b]0;title\\x07\\xff");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Printable<'a>(pub &'a [u8]);

impl Printable<'_> {
    /// Whether this character is escaped: control characters (C0, DEL, C1), separators of lines and paragraphs, and what
    /// turns the direction of text.
    #[must_use]
    pub fn escapes(character: char) -> bool {
        character.is_control()
            || matches!(
                character,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            )
    }
}

impl Display for Printable<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match u8::try_from(character) {
                    _ if !Self::escapes(character) => f.write_char(character)?,
                    Ok(byte @ ..0x80) => write!(f, "{}", [byte].escape_ascii())?,
                    _ => write!(f, "{}", character.escape_unicode())?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// What stands in the place of a password, a PIN or a key wherever one would be printed.
pub const REDACTED: &str = "[redacted]";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn printable_text_stays_and_what_a_terminal_obeys_is_escaped() {
        let check = |text: &[u8], shown: &str| assert_eq!(Printable(text).to_string(), shown);
        check(b"a \"b\" \\ c", "a \"b\" \\ c");
        check(
            "Gr\u{fc}\u{df}e \u{1f600}".as_bytes(),
            "Gr\u{fc}\u{df}e \u{1f600}",
        );
        check(b"\0\t\r\n\x1b[2J\x7f", "\\x00\\t\\r\\n\\x1b[2J\\x7f");
        check("\u{9b}2J \u{85}".as_bytes(), "\\u{9b}2J \\u{85}");
        check(
            "\u{202e}\u{2066}\u{2028}".as_bytes(),
            "\\u{202e}\\u{2066}\\u{2028}",
        );
        check(b"\x9b2J \xc3", "\\x9b2J \\xc3");
    }

    proptest! {
        #[test]
        fn printable_shows_nothing_that_a_terminal_obeys(bytes: Vec<u8>, text: String) {
            for shown in [Printable(&bytes).to_string(), Printable(text.as_bytes()).to_string()] {
                prop_assert!(!shown.chars().any(Printable::escapes));
                prop_assert_eq!(Printable(shown.as_bytes()).to_string(), shown);
            }
        }
    }
}

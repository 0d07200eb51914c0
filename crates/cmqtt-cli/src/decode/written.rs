//! Data as `cmqtt sim --trace` writes them: on one line, with escapes; of a file its length alone; of a password the
//! word that hides it.

use std::borrow::Cow;

use at_proto::REDACTED;

/// The bytes for which a text with escapes stands. `None` for a text that holds none, or is not written as
/// [`u8::escape_ascii`] writes.
pub(crate) fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    if !text.contains(&b'\\') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [] => break,
            [b'\\', b'x', high, low, rest @ ..] => {
                bytes.push(digit(*high)? << 4 | digit(*low)?);
                rest
            }
            [b'\\', letter, rest @ ..] => {
                bytes.push(match letter {
                    b'r' => b'\r',
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'\\' | b'"' | b'\'' => *letter,
                    _ => return None,
                });
                rest
            }
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    }
    bytes.escape_ascii().eq(text.iter().copied()).then_some(bytes)
}

/// The bytes of a text in which everything is escaped that is not printed as it is.
pub(crate) fn plain(text: &str) -> Vec<u8> {
    unescape(text.as_bytes()).unwrap_or_else(|| text.as_bytes().to_vec())
}

/// The bytes of a line that a trace has written with escapes. It leaves quotation marks as they are.
pub(crate) fn line(text: &[u8]) -> Option<Vec<u8>> {
    if !text.contains(&b'\\') {
        return None;
    }
    let mut escaped = Vec::with_capacity(text.len());
    for &byte in text {
        if byte == b'"' {
            escaped.push(b'\\');
        }
        escaped.push(byte);
    }
    unescape(&escaped)
}

/// The bytes of a file that are not shown: `(30 bytes of a file)`.
pub(crate) fn file_len(text: &[u8]) -> Option<usize> {
    let number = text.strip_prefix(b"(")?.strip_suffix(b" bytes of a file)")?;
    let digits = number.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(number).ok()?.parse().ok().filter(|_| digits)
}

/// A line that can be read though its passwords are hidden: quotation marks stand around the word that hides one.
pub(crate) fn quoted(line: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let (mut done, mut inside) = (0, false);
    for (at, byte) in line.iter().enumerate() {
        inside ^= *byte == b'"';
        let hidden = *byte == b'[' && !inside && line.get(at..).is_some_and(|rest| rest.starts_with(HIDDEN));
        let before = line.get(..at).unwrap_or_default().trim_ascii_end();
        if hidden && matches!(before.last(), Some(b',' | b'=')) {
            out.extend_from_slice(line.get(done..at).unwrap_or_default());
            out.push(b'"');
            out.extend_from_slice(HIDDEN);
            out.push(b'"');
            done = at + HIDDEN.len();
        }
    }
    if done == 0 {
        return Cow::Borrowed(line);
    }
    out.extend_from_slice(line.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

const HIDDEN: &[u8] = REDACTED.as_bytes();

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_written_with_escapes() {
        for text in ["plain", "a\\", "a\\q", "a\\x4", "a\\x41", "\\n\"", "\\xFF"] {
            assert_eq!(unescape(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_file() {
        assert_eq!(file_len(b"(30 bytes of a file)"), Some(30));
        for text in [
            "(+3 bytes of a file)",
            "( bytes of a file)",
            "(3 bytes of a file) ",
        ] {
            assert_eq!(file_len(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_hidden_password_is_quoted() {
        let check = |line: &str, expected: &str| assert_eq!(&*quoted(line.as_bytes()), expected.as_bytes());
        check("AT+CPIN=[redacted];+CSQ", "AT+CPIN=\"[redacted]\";+CSQ");
        check("=0, [redacted]", "=0, \"[redacted]\"");
        check("=\",[redacted]\"", "=\",[redacted]\"");
        check("a [redacted]", "a [redacted]");
    }

    proptest! {
        #[test]
        fn escapes_are_undone(bytes in proptest::collection::vec(any::<u8>(), 0..50)) {
            let text = bytes.escape_ascii().to_string();
            prop_assert_eq!(&plain(&text), &bytes);
            let traced = text.replace("\\\"", "\"");
            prop_assert_eq!(line(traced.as_bytes()), traced.contains('\\').then(|| bytes.clone()));
            prop_assert_eq!(unescape(text.as_bytes()), (text.as_bytes() != bytes).then_some(bytes));
        }
    }
}

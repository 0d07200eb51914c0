//! Writing lines: command lines on the host's side, information lines on the modem's.

use core::fmt::{self, Debug, Formatter};

use crate::error::{EncodeError, ValueError};
use crate::escape::{Escaped, REDACTED};

/// Writes one line into lent memory. Writing never fails: an [`Encoder`] counts on when its memory is full and
/// remembers the first byte that cannot stand in a line, and [`Encoder::finish`] tells.
pub struct Encoder<'a> {
    memory: &'a mut [u8],
    len: usize,
    refused: Option<(u8, usize)>,
}

impl<'a> Encoder<'a> {
    /// An encoder at the front of `memory`.
    pub const fn new(memory: &'a mut [u8]) -> Self {
        Self {
            memory,
            len: 0,
            refused: None,
        }
    }

    /// Bytes as they are. A control byte is refused: it would end the line and make a command of what follows.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        if let Some(at) = bytes.iter().position(u8::is_ascii_control) {
            self.refuse(bytes, at);
        }
        self.push(bytes);
        self
    }

    /// Text as it is; see [`Encoder::bytes`].
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// A field without quotation marks, as [`Fields::word`](crate::Fields::word) reads it. A comma, a quotation mark and
    /// a blank at either end are refused as well: something else would be read.
    pub fn word(&mut self, text: &[u8]) -> &mut Self {
        let ends_it = |byte: &u8| matches!(byte, b',' | b'"');
        if let Some(at) = text.iter().position(ends_it) {
            self.refuse(text, at);
        }
        self.remainder(text)
    }

    /// All that is left of the line, as [`Fields::remainder`](crate::Fields::remainder) reads it. A blank at either end
    /// is refused as well: it would not be read.
    pub fn remainder(&mut self, text: &[u8]) -> &mut Self {
        let last = text.len().saturating_sub(1);
        for at in [0, last] {
            if text.get(at) == Some(&b' ') {
                self.refuse(text, at);
            }
        }
        self.bytes(text)
    }

    /// A decimal number.
    pub fn number(&mut self, number: impl Into<u32>) -> &mut Self {
        let mut rest = number.into();
        let mut digits = [b'0'; 10];
        let mut used = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            used += 1;
            if rest == 0 {
                break;
            }
        }
        let unused = digits.len() - used;
        self.bytes(digits.get(unused..).unwrap_or_default())
    }

    /// A decimal number of at least two digits, as in `09:05`.
    pub fn two_digits(&mut self, number: u8) -> &mut Self {
        if number < 10 {
            self.text("0");
        }
        self.number(number)
    }

    /// A comma, then a decimal number.
    pub fn then(&mut self, number: impl Into<u32>) -> &mut Self {
        self.text(",").number(number)
    }

    /// A comma, then text in quotation marks.
    pub fn then_quoted(&mut self, text: Quoted<'_>) -> &mut Self {
        self.text(",").quoted(text)
    }

    /// Text in quotation marks.
    pub fn quoted(&mut self, text: Quoted<'_>) -> &mut Self {
        self.text("\"").bytes(text.as_bytes()).text("\"")
    }

    /// The bytes written so far, also those for which there was no room.
    pub const fn written(&self) -> usize {
        self.len
    }

    /// The line.
    ///
    /// # Errors
    /// [`EncodeError::NoRoom`] with the bytes needed, [`EncodeError::InvalidByte`] with the byte and its place.
    pub fn finish(self) -> Result<&'a [u8], EncodeError> {
        if let Some((byte, at)) = self.refused {
            return Err(EncodeError::InvalidByte { byte, at });
        }
        let capacity = self.memory.len();
        let memory: &'a [u8] = self.memory;
        memory.get(..self.len).ok_or(EncodeError::NoRoom {
            needed: self.len,
            capacity,
        })
    }

    /// The line and the CR that ends it.
    ///
    /// # Errors
    /// As [`Encoder::finish`].
    pub fn finish_line(mut self) -> Result<&'a [u8], EncodeError> {
        self.push(b"\r");
        self.finish()
    }

    /// Remembers the byte at `at` of what is written next, if it is the first that is refused.
    fn refuse(&mut self, bytes: &[u8], at: usize) {
        if self.refused.is_none() {
            self.refused = bytes.get(at).map(|&byte| (byte, self.len.saturating_add(at)));
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(room) = self.memory.get_mut(self.len..end)
            && room.len() == bytes.len()
        {
            room.copy_from_slice(bytes);
        }
        self.len = end;
    }
}

impl Debug for Encoder<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("len", &self.len)
            .field("capacity", &self.memory.len())
            .finish()
    }
}

/// Text that can stand between quotation marks. The modem knows no escape, so a quotation mark or a control byte
/// cannot be sent in one, and cannot be put into this type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Quoted<'a>(&'a [u8]);

impl<'a> Quoted<'a> {
    /// Takes text, or any bytes but `"` and control bytes.
    ///
    /// # Errors
    /// [`ValueError::InvalidByte`] with the byte and its place.
    pub fn new<T: AsRef<[u8]> + ?Sized>(text: &'a T) -> Result<Self, ValueError> {
        Self::named("quoted string", text.as_ref())
    }

    /// The same with the value's name for the error.
    pub(crate) fn named(what: &'static str, text: &'a [u8]) -> Result<Self, ValueError> {
        match text
            .iter()
            .enumerate()
            .find(|(_, byte)| byte.is_ascii_control() || **byte == b'"')
        {
            Some((at, &byte)) => Err(ValueError::InvalidByte { what, byte, at }),
            None => Ok(Self(text)),
        }
    }

    /// The text without its quotation marks.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl Debug for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&Escaped(self.0), f)
    }
}

/// A password, a PIN or a key: quoted text that is never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret<'a>(pub Quoted<'a>);

impl Debug for Secret<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(write: impl FnOnce(&mut Encoder<'_>), written: Result<&[u8], EncodeError>) {
        let mut memory = [0; 16];
        let mut out = Encoder::new(&mut memory);
        write(out.text("+X: "));
        assert_eq!(out.finish(), written);
    }

    /// What an encoder refuses.
    const fn refused(byte: u8, at: usize) -> Result<&'static [u8], EncodeError> {
        Err(EncodeError::InvalidByte { byte, at })
    }

    #[test]
    fn a_word_holds_nothing_that_would_end_it() {
        check(|out| _ = out.word(b"18 D9"), Ok(b"+X: 18 D9"));
        check(|out| _ = out.word(b""), Ok(b"+X: "));
        check(|out| _ = out.word(b"1,2"), refused(b',', 5));
        check(|out| _ = out.word(b"\"12"), refused(b'"', 4));
        check(|out| _ = out.word(b" 1"), refused(b' ', 4));
        check(|out| _ = out.word(b"1\r"), refused(b'\r', 5));
    }

    #[test]
    fn the_rest_of_a_line_has_no_blanks_around_it() {
        check(|out| _ = out.remainder(b"1, \"a\",2"), Ok(b"+X: 1, \"a\",2"));
        check(|out| _ = out.remainder(b" 1"), refused(b' ', 4));
        check(|out| _ = out.remainder(b"1 "), refused(b' ', 5));
        check(|out| _ = out.remainder(b"\n"), refused(b'\n', 4));
    }

    #[test]
    fn the_first_byte_that_is_refused_is_named() {
        check(|out| _ = out.text("\t").word(b",").text("\r"), refused(b'\t', 4));
    }
}

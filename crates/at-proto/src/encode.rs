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
        if self.refused.is_none()
            && let Some(at) = bytes.iter().position(u8::is_ascii_control)
        {
            self.refused = bytes.get(at).map(|&byte| (byte, self.len + at));
        }
        self.push(bytes);
        self
    }

    /// Text as it is; see [`Encoder::bytes`].
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
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

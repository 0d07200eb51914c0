//! The lines between a command and its final result code.

use core::fmt::{self, Debug, Formatter};
use core::marker::PhantomData;

use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::redact::Redacted;

/// One information line: read on the host's side, written on the modem's.
pub trait Information<'a>: Sized {
    /// Reads a line without its line end.
    ///
    /// # Errors
    /// [`DecodeError`] with the place and what was expected there.
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError>;

    /// Writes the same line.
    fn emit(&self, out: &mut Encoder<'_>);
}

/// The information lines of one answer, in the order in which they came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InfoLines<'a> {
    /// The lines, each ended by LF (which no line can hold).
    text: &'a [u8],
    /// Bytes that did not fit the memory lent for them.
    dropped: usize,
}

/// Information lines that are read one by one.
pub struct Replies<'a, T> {
    lines: InfoLines<'a>,
    item: PhantomData<fn() -> T>,
}

impl<'a> InfoLines<'a> {
    /// Lines that stand one after another, each ended by LF.
    pub const fn new(text: &'a [u8]) -> Self {
        Self { text, dropped: 0 }
    }

    /// The same, where `dropped` bytes were lost for want of room: every decoder refuses them.
    pub const fn truncated(text: &'a [u8], dropped: usize) -> Self {
        Self { text, dropped }
    }

    /// The bytes that were lost for want of room.
    pub const fn dropped(&self) -> usize {
        self.dropped
    }

    /// No line at all: the answer of a command without information.
    ///
    /// # Errors
    /// [`DecodeError::SurplusLine`] when there is one.
    pub fn none(self, name: &'static str) -> Result<(), DecodeError> {
        self.whole()?;
        match self.text {
            [] => Ok(()),
            _ => Err(DecodeError::SurplusLine { name }),
        }
    }

    /// The one line of the answer.
    ///
    /// # Errors
    /// [`DecodeError::MissingLine`], [`DecodeError::SurplusLine`], and what the line's decoder finds.
    pub fn one<T: Information<'a>>(self, name: &'static str) -> Result<T, DecodeError> {
        self.optional(name)?.ok_or(DecodeError::MissingLine { name })
    }

    /// The one line of the answer, if it has one.
    ///
    /// # Errors
    /// [`DecodeError::SurplusLine`], and what the line's decoder finds.
    pub fn optional<T: Information<'a>>(mut self, name: &'static str) -> Result<Option<T>, DecodeError> {
        self.whole()?;
        let Some(line) = self.next() else { return Ok(None) };
        match self.next() {
            None => T::decode(line).map(Some),
            Some(_) => Err(DecodeError::SurplusLine { name }),
        }
    }

    /// Any number of lines.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`]; what a line's decoder finds comes with the line.
    pub fn all<T: Information<'a>>(self) -> Result<Replies<'a, T>, DecodeError> {
        self.whole()?;
        Ok(Replies {
            lines: self,
            item: PhantomData,
        })
    }

    /// That nothing was lost. For decoders that lend the lines out as they are; the other methods see to it.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub const fn whole(&self) -> Result<(), DecodeError> {
        match self.dropped {
            0 => Ok(()),
            dropped => Err(DecodeError::Truncated { dropped }),
        }
    }
}

impl<'a> Iterator for InfoLines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.text.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.text).unwrap_or(self.text.len());
        let line = self.text.get(..end)?;
        self.text = self.text.get(end + 1..).unwrap_or_default();
        Some(line)
    }
}

impl<'a, T: Information<'a>> Iterator for Replies<'a, T> {
    type Item = Result<T, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.lines.next().map(T::decode)
    }
}

impl Debug for InfoLines<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((*self).map(Redacted)).finish()
    }
}

impl<T> Debug for Replies<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.lines, f)
    }
}

//! Text that one family prints between quotation marks and another bare.

use core::fmt::{self, Debug, Formatter};

use crate::encode::{Encoder, Quoted};
use crate::error::DecodeError;
use crate::escape::Escaped;
use crate::grammar::Fields;

/// A cell's number, an address: what the modem printed, and whether it put quotation marks around it. The set is
/// closed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Text<'a> {
    /// Between quotation marks.
    Quoted(Quoted<'a>),
    /// Bare: no comma, no quotation mark, no blank around it. Empty where a field was left out.
    Bare(&'a [u8]),
}

impl<'a> Text<'a> {
    /// The text without its quotation marks.
    pub const fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Quoted(text) => text.as_bytes(),
            Self::Bare(text) => text,
        }
    }

    pub(super) fn decode(fields: &mut Fields<'a>, expected: &'static str) -> Result<Self, DecodeError> {
        let mut ahead = fields.clone();
        match ahead.quoted(expected) {
            Ok(text) => {
                *fields = ahead;
                Ok(Self::Quoted(text))
            }
            Err(error) => match fields.word(expected)? {
                word if word.contains(&b'"') => Err(error),
                word => Ok(Self::Bare(word)),
            },
        }
    }

    pub(super) fn emit(&self, out: &mut Encoder<'_>) {
        match self {
            Self::Quoted(text) => out.quoted(*text),
            Self::Bare(text) => out.word(text),
        };
    }
}

impl Debug for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quoted(text) => f.debug_tuple("Quoted").field(text).finish(),
            Self::Bare(text) => f.debug_tuple("Bare").field(&Escaped(text)).finish(),
        }
    }
}

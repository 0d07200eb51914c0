//! Fields of which any can be left out: `1,"IP",,,0`. A comma keeps the place of one that is missing before one that
//! is there; those missing at the end need none.

use crate::encode::{Encoder, Quoted};
use crate::error::DecodeError;
use crate::grammar::Fields;

use super::Text;

/// Writes such fields behind a first one.
pub(super) struct Places<'o, 'm> {
    out: &'o mut Encoder<'m>,
    commas: u8,
}

impl<'o, 'm> Places<'o, 'm> {
    pub(super) const fn after(out: &'o mut Encoder<'m>) -> Self {
        Self { out, commas: 0 }
    }

    pub(super) fn number(&mut self, number: Option<u8>) -> &mut Self {
        if let Some(number) = number {
            self.place().number(number);
        } else {
            self.commas = self.commas.saturating_add(1);
        }
        self
    }

    pub(super) fn quoted(&mut self, text: Option<Quoted<'_>>) -> &mut Self {
        if let Some(text) = text {
            self.place().quoted(text);
        } else {
            self.commas = self.commas.saturating_add(1);
        }
        self
    }

    /// What is left of the line, unless that is nothing.
    pub(super) fn tail(&mut self, tail: &[u8]) {
        if !tail.is_empty() {
            self.place().remainder(tail);
        }
    }

    /// The commas due, and the field's own.
    fn place(&mut self) -> &mut Encoder<'m> {
        for _ in 0..core::mem::take(&mut self.commas) {
            self.out.text(",");
        }
        self.out.text(",")
    }
}

/// The number in the next place.
pub(super) fn number(fields: &mut Fields<'_>, expected: &'static str) -> Result<Option<u8>, DecodeError> {
    if skip_empty(fields) {
        return Ok(None);
    }
    fields.number(expected).map(Some)
}

/// The quoted text in the next place.
pub(super) fn quoted<'a>(
    fields: &mut Fields<'a>,
    expected: &'static str,
) -> Result<Option<Quoted<'a>>, DecodeError> {
    if skip_empty(fields) {
        return Ok(None);
    }
    fields.quoted(expected).map(Some)
}

/// What is left of the line.
pub(super) fn tail<'a>(fields: &mut Fields<'a>) -> Result<&'a [u8], DecodeError> {
    if fields.more() {
        return Ok(fields.remainder("the line's end")?.trim_ascii_end());
    }
    fields.end()?;
    Ok(&[])
}

/// Whether nothing stands in the next place. Takes its comma.
fn skip_empty(fields: &mut Fields<'_>) -> bool {
    if !fields.more() {
        return true;
    }
    let mut ahead = fields.clone();
    let empty = Text::decode(&mut ahead, "a field") == Ok(Text::Bare(b""));
    if empty {
        *fields = ahead;
    }
    empty
}

//! Bytes that print as themselves where they can be read, and as `\r`, `\n`, `\x00` where they cannot, so that a
//! failing test shows the line end that made it fail.

use core::fmt::{self, Debug, Display, Formatter};

/// Prints bytes as [`u8::escape_ascii`] does; `Debug` puts quotation marks around them.
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

/// What stands in the place of a password, a PIN or a key wherever one would be printed.
pub const REDACTED: &str = "[redacted]";

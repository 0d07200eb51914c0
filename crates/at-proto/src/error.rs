//! What can be wrong with a value, with a command to be encoded and with a line to be decoded. Each error names the
//! thing, the place and what was found there; none needs an allocator.

use core::fmt::{self, Display, Formatter};

use crate::escape::Escaped;

/// A value that a command cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// A byte that has no place in such a value.
    #[error("{what}: byte {} at {at} cannot be sent", Byte(*.byte))]
    InvalidByte {
        /// The value's name.
        what: &'static str,
        /// The byte.
        byte: u8,
        /// Its place, counted from 0.
        at: usize,
    },
    /// Too few or too many bytes.
    #[error("{what}: {len} bytes, but {min} to {max} are allowed")]
    InvalidLength {
        /// The value's name.
        what: &'static str,
        /// The bytes it has.
        len: usize,
        /// The fewest it may have.
        min: usize,
        /// The most it may have.
        max: usize,
    },
    /// A number outside its range.
    #[error("{what}: {value}, but {min} to {max} are allowed")]
    OutOfRange {
        /// The value's name.
        what: &'static str,
        /// The number.
        value: u32,
        /// The least allowed.
        min: u32,
        /// The greatest allowed.
        max: u32,
    },
    /// Bytes that are not in the form that the value needs.
    #[error("{what}: expected {expected} at byte {at}")]
    Malformed {
        /// The value's name.
        what: &'static str,
        /// What should stand there.
        expected: &'static str,
        /// The place, counted from 0.
        at: usize,
    },
}

/// A command line that cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The lent buffer is too small.
    #[error("{needed} bytes are needed, the buffer has {capacity}")]
    NoRoom {
        /// The bytes that the line has.
        needed: usize,
        /// The bytes that the buffer has.
        capacity: usize,
    },
    /// A control byte would end the line, or start another command.
    #[error("byte {} at {at} cannot stand in a line", Byte(*.byte))]
    InvalidByte {
        /// The byte.
        byte: u8,
        /// Its place in the line, counted from 0.
        at: usize,
    },
    /// More characters after the prefix than the modem's command line holds.
    #[error("{len} characters after AT, but a command line holds {max}")]
    LineTooLong {
        /// The characters after the prefix.
        len: usize,
        /// [`MAX_LINE`](crate::MAX_LINE).
        max: usize,
    },
    /// More commands than the modem takes on one line.
    #[error("{count} commands, but a command line holds {max}")]
    TooManyCommands {
        /// The commands.
        count: usize,
        /// [`MAX_COMMANDS`](crate::MAX_COMMANDS).
        max: usize,
    },
    /// The commands of one line have more answers than can be told apart.
    #[error("more than {max} answers, but a joined command line tells {max} apart")]
    TooManyAnswers {
        /// [`InfoShapes::MAX`](crate::InfoShapes::MAX).
        max: usize,
    },
    /// A command that asks for data, or ends with a result URC, stands before another on one line.
    #[error("{name} has to be the last command of its line")]
    NotLast {
        /// The command's name.
        name: &'static str,
    },
}

/// An answer, or on the modem's side a command, that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The line departs from its grammar.
    #[error("expected {expected} at byte {at}, found {found}")]
    Syntax {
        /// What should stand there.
        expected: Expected,
        /// The place in the line, counted from 0.
        at: usize,
        /// What stands there.
        found: Found,
    },
    /// The answer came without its information line.
    #[error("expected a line {name}, found none")]
    MissingLine {
        /// The line's name.
        name: &'static str,
    },
    /// The answer has more lines than it should.
    #[error("expected one line {name}, found more")]
    SurplusLine {
        /// The line's name.
        name: &'static str,
    },
    /// The answer did not fit the memory that was lent for it.
    #[error("the answer was cut: {dropped} bytes did not fit")]
    Truncated {
        /// The bytes that were dropped.
        dropped: usize,
    },
}

/// What should stand at the place of a [`DecodeError::Syntax`]. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A field or another part of the line, in the manual's words.
    Part(&'static str),
    /// Exactly this text.
    Literal(&'static str),
}

/// What stood at the place of a [`DecodeError::Syntax`]. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The line's end.
    End,
    /// A byte.
    Byte(u8),
}

impl Display for Expected {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(part) => f.write_str(part),
            Self::Literal(text) => write!(f, "`{text}`"),
        }
    }
}

impl Display for Found {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the line's end"),
            Self::Byte(byte) => Byte(*byte).fmt(f),
        }
    }
}

/// A byte in an error: its escaped form in backquotes.
struct Byte(u8);

impl Display for Byte {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", Escaped(&[self.0]))
    }
}

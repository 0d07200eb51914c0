//! What a line from the modem is, before anybody knows which command it answers. Total: every line is something.

use core::fmt::{self, Debug, Formatter};

use crate::escape::Escaped;
use crate::grammar::Fields;

/// A line from the modem. The pending command decides what an information line or a text means; the line alone
/// cannot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// The line that ends a command (ITU-T V.250, section 5.7.1).
    Final(FinalResult<'a>),
    /// `+NAME: …` or `*NAME: …`: an information response, a result URC or a URC.
    Named {
        /// The name with its first character, without the colon: `+CSQ`.
        name: &'a [u8],
        /// What follows the colon and its blanks.
        rest: &'a [u8],
    },
    /// Anything else: `SMS DONE`, an answer of `ATI`, an echo.
    Text(&'a [u8]),
}

/// A final result code: the command is over and the next may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalResult<'a> {
    /// `OK`.
    Ok,
    /// `ERROR`.
    Error,
    /// `+CME ERROR: …` (3GPP TS 27.007, section 9.2): the device refused. No `ERROR` follows.
    Equipment(Reason<'a>),
    /// `+CMS ERROR: …` (3GPP TS 27.005, section 3.2.5): the message service refused. No `ERROR` follows.
    MessageService(Reason<'a>),
}

/// Why a command failed: a number under `AT+CMEE=1`, words under `AT+CMEE=2`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reason<'a> {
    /// A number, such as 10 for "SIM not inserted".
    Number(u16),
    /// Words.
    Words(&'a [u8]),
}

impl<'a> Line<'a> {
    /// Tells what a line is. Blanks around it count for nothing.
    #[inline]
    pub fn classify(line: &'a [u8]) -> Self {
        let trimmed = line.trim_ascii();
        match trimmed {
            b"OK" => Self::Final(FinalResult::Ok),
            b"ERROR" => Self::Final(FinalResult::Error),
            [b'+' | b'*' | b'^' | b'$', ..] => Self::named(trimmed).unwrap_or(Self::Text(line)),
            _ => Self::Text(line),
        }
    }

    /// `name ":" *blank rest`, where a name is letters, digits, `_` and blanks after its first character.
    fn named(line: &'a [u8]) -> Option<Self> {
        let colon = line.iter().position(|&byte| byte == b':')?;
        let name = line.get(..colon)?;
        if !name
            .iter()
            .skip(1)
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' '))
        {
            return None;
        }
        let rest = line.get(colon + 1..).unwrap_or_default().trim_ascii_start();
        Some(match name {
            b"+CME ERROR" => Self::Final(FinalResult::Equipment(Reason::read(rest))),
            b"+CMS ERROR" => Self::Final(FinalResult::MessageService(Reason::read(rest))),
            _ => Self::Named { name, rest },
        })
    }
}

impl<'a> Reason<'a> {
    fn read(text: &'a [u8]) -> Self {
        let mut fields = Fields::new(text);
        match (fields.number("a number"), fields.end()) {
            (Ok(number), Ok(())) => Self::Number(number),
            _ => Self::Words(text),
        }
    }
}

impl FinalResult<'_> {
    /// Whether the command succeeded.
    pub const fn is_ok(&self) -> bool {
        matches!(self, Self::Ok)
    }
}

impl Debug for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Final(result) => f.debug_tuple("Final").field(result).finish(),
            Self::Named { name, rest } => f
                .debug_struct("Named")
                .field("name", &Escaped(name))
                .field("rest", &Escaped(rest))
                .finish(),
            Self::Text(text) => f.debug_tuple("Text").field(&Escaped(text)).finish(),
        }
    }
}

impl Debug for Reason<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.debug_tuple("Number").field(number).finish(),
            Self::Words(words) => f.debug_tuple("Words").field(&Escaped(words)).finish(),
        }
    }
}

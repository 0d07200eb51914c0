//! What a line from the modem is, before anybody knows which command it answers. Total: every line is something.

use core::fmt::{self, Debug, Formatter};

use crate::escape::Escaped;
use crate::grammar::Fields;
use crate::redact::{Redacted, RedactedRest};

/// A line from the modem. The pending command decides what an information line or a text means; the line alone
/// cannot. The set is closed.
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

/// A final result code: the command is over and the next may be sent. The set is closed.
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

/// Why a command failed: a number under `AT+CMEE=1`, words under `AT+CMEE=2`. The set is closed.
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
                .field("rest", &RedactedRest { name, rest })
                .finish(),
            Self::Text(text) => f.debug_tuple("Text").field(&Redacted(text)).finish(),
        }
    }
}

impl Debug for Reason<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.debug_tuple("Number").field(number).finish(),
            Self::Words(words) => f.debug_tuple("Words").field(&Redacted(words)).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(line: &[u8], expected: Line<'_>) {
        assert_eq!(Line::classify(line), expected);
        // Blanks around it count for nothing.
        let padded = [b"  ", line, b"  "].concat();
        match expected {
            Line::Text(_) => assert_eq!(Line::classify(&padded), Line::Text(&padded)),
            _ => assert_eq!(Line::classify(&padded), expected),
        }
    }

    const fn named<'a>(name: &'a str, rest: &'a str) -> Line<'a> {
        Line::Named {
            name: name.as_bytes(),
            rest: rest.as_bytes(),
        }
    }

    #[test]
    fn final_result_codes() {
        check(b"OK", Line::Final(FinalResult::Ok));
        check(b"ERROR", Line::Final(FinalResult::Error));
        let equipment = |reason| Line::Final(FinalResult::Equipment(reason));
        check(b"+CME ERROR: 10", equipment(Reason::Number(10)));
        check(b"+CME ERROR:10", equipment(Reason::Number(10)));
        check(
            b"+CME ERROR: SIM not inserted",
            equipment(Reason::Words(b"SIM not inserted")),
        );
        check(b"+CME ERROR: 99999", equipment(Reason::Words(b"99999")));
        check(b"+CME ERROR: 10,1", equipment(Reason::Words(b"10,1")));
        check(b"+CME ERROR:", equipment(Reason::Words(b"")));
        check(
            b"+CMS ERROR: 500",
            Line::Final(FinalResult::MessageService(Reason::Number(500))),
        );
        assert!(FinalResult::Ok.is_ok());
        assert!(!FinalResult::Error.is_ok());
    }

    #[test]
    fn named_lines() {
        check(b"+CSQ: 23,0", named("+CSQ", "23,0"));
        check(b"+CMQTTCONNLOST:0,1", named("+CMQTTCONNLOST", "0,1"));
        check(b"*ATREADY: 1", named("*ATREADY", "1"));
        check(b"^MODE: 17", named("^MODE", "17"));
        check(b"$GPSI: a", named("$GPSI", "a"));
        check(b"+CMQTTSUB:", named("+CMQTTSUB", ""));
        check(b"+CGEV: EPS PDN ACT 1", named("+CGEV", "EPS PDN ACT 1"));
        check(
            b"+CCLK: \"80/01/06,00:00:19+00\"",
            named("+CCLK", "\"80/01/06,00:00:19+00\""),
        );
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            &b"SMS DONE"[..],
            b"RDY",
            b"OK.",
            b"OKAY",
            b"Ok",
            b"ERROR: 5",
            b"CMQTTPUB: 0,0",
            b"+CMQTTNONET",
            b"+",
            b":",
            b"+a\"b: c",
            b"AT+CSQ",
            b"Model: SIM7028",
            b"\xff\0",
            b">",
        ] {
            check(text, Line::Text(text));
        }
    }

    #[test]
    fn lines_show_their_bytes() {
        insta::assert_snapshot!(format!("{:?}", Line::classify(b"+CSQ: 1\x00")), @r#"Named { name: "+CSQ", rest: "1\x00" }"#);
        insta::assert_snapshot!(format!("{:?}", Line::classify(b"+CME ERROR: x")), @r#"Final(Equipment(Words("x")))"#);
        insta::assert_snapshot!(format!("{:?}", Line::classify(b"+CMS ERROR: 1")), @"Final(MessageService(Number(1)))");
        insta::assert_snapshot!(format!("{:?}", Line::classify(b"a\"b")), @r#"Text("a\"b")"#);
    }

    #[test]
    fn lines_do_not_show_their_passwords() {
        let shown = |line: &str| format!("{:?}", Line::classify(line.as_bytes()));
        insta::assert_snapshot!(shown(r#"+CMQTTCONNECT: 0,"tcp://h",60,1,"user","hunter2""#), @r#"Named { name: "+CMQTTCONNECT", rest: "0,\"tcp://h\",60,1,\"user\",[redacted]" }"#);
        insta::assert_snapshot!(shown(r#"+CSSLCFG: 0,3,1,0,120,"ca.pem","","",1,"hunter2""#), @r#"Named { name: "+CSSLCFG", rest: "0,3,1,0,120,\"ca.pem\",\"\",\"\",1,[redacted]" }"#);
        insta::assert_snapshot!(shown(r#"AT+CMQTTCONNECT=0,"tcp://h",60,1,"user","hunter2""#), @r#"Text("AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"user\",[redacted]")"#);
        insta::assert_snapshot!(shown(r#"+CME ERROR: AT+CPIN="1234""#), @r#"Final(Equipment(Words("AT+CPIN=[redacted]")))"#);
        insta::assert_snapshot!(shown("+CPIN: SIM PIN"), @r#"Named { name: "+CPIN", rest: "SIM PIN" }"#);
    }

    proptest! {
        /// Total: whatever the bytes, the line is something, and what it is made of stands in it.
        #[test]
        fn every_line_is_something(line: Vec<u8>) {
            match Line::classify(&line) {
                Line::Named { name, rest } => {
                    let trimmed = line.trim_ascii();
                    prop_assert!(trimmed.starts_with(name));
                    prop_assert!(trimmed.ends_with(rest));
                    prop_assert!(name.len() + rest.len() < trimmed.len());
                }
                Line::Text(text) => prop_assert_eq!(text, &line),
                Line::Final(_) => prop_assert!(line.len() >= 2),
            }
        }
    }
}

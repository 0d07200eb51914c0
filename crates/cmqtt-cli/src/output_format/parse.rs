//! Reading a format.

use std::iter::Peekable;
use std::str::CharIndices;

use super::{Field, OutputFormat, Payload, Segment};

/// A format that means nothing, or something that the modem does not tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("format {}: byte {at}: {reason}", format.escape_debug())]
pub(crate) struct FormatError {
    pub(crate) format: String,
    /// The place of the `%`, `@` or `\`, counted from 0.
    pub(crate) at: usize,
    pub(crate) reason: Reason,
}

/// Why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    #[error("`{0}` begins something that the format's end cuts off; write `{0}{0}` for the character itself")]
    Incomplete(char),
    #[error("there is no `%{0}`; %t is the topic, %p the payload, %% a percent sign")]
    UnknownField(char),
    #[error("there is no `\\{0}`; there are \\\\ \\0 \\a \\e \\n \\r \\t \\v")]
    UnknownEscape(char),
    #[error("the time has no `@{0}`; it takes the letters of strftime, and @N for nanoseconds")]
    UnknownTime(char),
    #[error("`%{field}` cannot be told: the modem does not say a received message's {what}")]
    NotCarried { field: char, what: &'static str },
    #[error("`%{field}` is MQTT 5's {what}: the modem speaks MQTT 3.1 and 3.1.1")]
    Mqtt5 { field: char, what: &'static str },
    #[error("a width or precision is at most {max}")]
    TooWide { max: usize },
}

impl OutputFormat {
    /// Compiles a format.
    pub(crate) fn parse(format: &str) -> Result<Self, FormatError> {
        let mut segments = Vec::new();
        let mut literal = Vec::new();
        let mut rest = format.char_indices().peekable();
        while let Some((at, character)) = rest.next() {
            let parsed = match character {
                '%' => field(&mut rest),
                '@' => time(&mut rest),
                '\\' => escape(&mut rest).map(Parsed::Byte),
                other => {
                    literal.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
            };
            match parsed.map_err(|reason| FormatError {
                format: format.to_owned(),
                at,
                reason,
            })? {
                Parsed::Byte(byte) => literal.push(byte),
                Parsed::Segment(segment) => {
                    flush(&mut literal, &mut segments);
                    segments.push(segment);
                }
            }
        }
        flush(&mut literal, &mut segments);
        Ok(Self { segments })
    }
}

enum Parsed {
    Byte(u8),
    Segment(Segment),
}

type Rest<'a> = Peekable<CharIndices<'a>>;

fn flush(literal: &mut Vec<u8>, segments: &mut Vec<Segment>) {
    if !literal.is_empty() {
        segments.push(Segment::Literal(std::mem::take(literal)));
    }
}

/// `"%" [ "-" ] [ "0" ] [ width ] [ "." precision ] letter`
fn field(rest: &mut Rest<'_>) -> Result<Parsed, Reason> {
    let left = rest.next_if(|&(_, next)| next == '-').is_some();
    let zeros = rest.next_if(|&(_, next)| next == '0').is_some();
    let width = number(rest)?.unwrap_or(0);
    let precision = match rest.next_if(|&(_, next)| next == '.') {
        Some(_) => number(rest)?,
        None => None,
    };
    let field = Field {
        left,
        zeros,
        width,
        precision,
    };
    let (_, letter) = rest.next().ok_or(Reason::Incomplete('%'))?;
    let not_carried = |what| Err(Reason::NotCarried { field: letter, what });
    let mqtt5 = |what| Err(Reason::Mqtt5 { field: letter, what });
    let segment = match letter {
        '%' => return Ok(Parsed::Byte(b'%')),
        't' => Segment::Topic(field),
        'p' => Segment::Payload(field),
        'x' => Segment::Hex { field, upper: false },
        'X' => Segment::Hex { field, upper: true },
        'l' => Segment::Length(field),
        'I' => Segment::Iso8601(field),
        'U' => Segment::Unix,
        'j' => Segment::Json(Payload::Text),
        'J' => Segment::Json(Payload::Json),
        'q' => return not_carried("quality of service"),
        'r' => return not_carried("retained flag"),
        'm' => return not_carried("packet identifier"),
        'A' => return mqtt5("topic alias"),
        'C' => return mqtt5("content type"),
        'D' => return mqtt5("correlation data"),
        'E' => return mqtt5("expiry interval"),
        'F' => return mqtt5("payload format indicator"),
        'P' => return mqtt5("user property"),
        'R' => return mqtt5("response topic"),
        'S' => return mqtt5("subscription identifier"),
        other => return Err(Reason::UnknownField(other)),
    };
    Ok(Parsed::Segment(segment))
}

fn number(rest: &mut Rest<'_>) -> Result<Option<usize>, Reason> {
    let mut number = None;
    while let Some((_, digit)) = rest.next_if(|(_, next)| next.is_ascii_digit()) {
        let digit = digit.to_digit(10).map_or(0, |digit| digit as usize);
        let sum = number.unwrap_or(0) * 10 + digit;
        if sum > MAX_WIDTH {
            return Err(Reason::TooWide { max: MAX_WIDTH });
        }
        number = Some(sum);
    }
    Ok(number)
}

/// `@` and a letter of strftime.
fn time(rest: &mut Rest<'_>) -> Result<Parsed, Reason> {
    let (_, letter) = rest.next().ok_or(Reason::Incomplete('@'))?;
    match letter {
        '@' => Ok(Parsed::Byte(b'@')),
        'N' => Ok(Parsed::Segment(Segment::Nanoseconds)),
        letter if STRFTIME.contains(letter) => {
            let pattern = match letter {
                // What a locale decides, as C's has it: a format means the same everywhere.
                'c' => "%a %b %e %H:%M:%S %Y".to_owned(),
                'x' => "%m/%d/%y".to_owned(),
                'X' => "%H:%M:%S".to_owned(),
                'r' => "%I:%M:%S %p".to_owned(),
                letter => format!("%{letter}"),
            };
            Ok(Parsed::Segment(Segment::Time(pattern)))
        }
        other => Err(Reason::UnknownTime(other)),
    }
}

fn escape(rest: &mut Rest<'_>) -> Result<u8, Reason> {
    let (_, letter) = rest.next().ok_or(Reason::Incomplete('\\'))?;
    Ok(match letter {
        '\\' => b'\\',
        '0' => 0,
        'a' => 0x07,
        'e' => 0x1b,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        other => return Err(Reason::UnknownEscape(other)),
    })
}

/// More than any line is wide; without a limit one format could print for ever.
const MAX_WIDTH: usize = 65_535;

/// The letters of strftime that mean something by themselves (its page in glibc's manual).
pub(super) const STRFTIME: &str = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ";

//! The format language of `mosquitto_sub -F` (its man page, OUTPUT FORMAT), for what the modem tells of a message.
//! A format is compiled once into segments; what it cannot mean is said then, with the place.
//!
//! Where mosquitto 2.0.11 departs from its own page, this follows the page: `%20x` prints the whole payload, the time of
//! `%j` has its offset, and a payload that is no text does not break the JSON around it.

use std::io::{self, Write};

use std::time::{SystemTime, UNIX_EPOCH};

use at_proto::Printable;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

mod parse;
pub(crate) use parse::FormatError;

mod json;

#[cfg(test)]
mod tests;

/// A compiled format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputFormat {
    segments: Vec<Segment>,
}

/// What there is to print of a message. Both are bytes: anybody may have published them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printed<'a> {
    pub(crate) topic: &'a [u8],
    pub(crate) payload: &'a [u8],
    /// When it came.
    pub(crate) time: &'a Zoned,
    /// Whether a terminal shows it: what it would obey is escaped then.
    pub(crate) terminal: bool,
}

/// Why a message is not printed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrintError {
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    /// Nothing was printed.
    #[error("the payload on topic {topic} is no JSON, which %J needs: byte {at}")]
    NotJson { topic: String, at: usize },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(Vec<u8>),
    Topic(Field),
    Payload(Field),
    Hex {
        field: Field,
        upper: bool,
    },
    Length(Field),
    Iso8601(Field),
    Unix,
    Nanoseconds,
    /// The pattern of strftime.
    Time(String),
    Json(Payload),
}

/// How `%j`, `%J` and `--json` show a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Payload {
    Text,
    Json,
}

/// Width, precision and padding. A width that is not reached is filled up, a precision cuts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Field {
    left: bool,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
}

/// A time on this machine's clock, in its time zone. A clock may be set to any year: beyond the years that a format can
/// show, −9999 to 9999, the nearest of them is taken.
pub(crate) fn local_time(time: SystemTime) -> Zoned {
    let nearest = if time < UNIX_EPOCH {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    let timestamp = Timestamp::try_from(time).unwrap_or(nearest);
    timestamp.to_zoned(TimeZone::system())
}

impl OutputFormat {
    /// One JSON object a message: what `%j` prints.
    pub(crate) fn json() -> Self {
        Self {
            segments: vec![Segment::Json(Payload::Text)],
        }
    }

    /// The payload alone, or with the topic before it (`-v`).
    pub(crate) fn plain(verbose: bool) -> Self {
        let payload = Segment::Payload(Field::default());
        let segments = if verbose {
            vec![
                Segment::Topic(Field::default()),
                Segment::Literal(b" ".into()),
                payload,
            ]
        } else {
            vec![payload]
        };
        Self { segments }
    }

    /// Prints a message, without a line end of its own. With [`PrintError::NotJson`] nothing was written.
    pub(crate) fn print(&self, message: Printed<'_>, out: &mut impl Write) -> Result<(), PrintError> {
        let needs_json = self.segments.contains(&Segment::Json(Payload::Json));
        if needs_json && let Err(at) = json::check(message.payload) {
            let topic = String::from_utf8_lossy(message.topic).escape_debug().to_string();
            return Err(PrintError::NotJson { topic, at });
        }
        for segment in &self.segments {
            segment.print(message, out)?;
        }
        Ok(())
    }
}

impl Segment {
    fn print(&self, message: Printed<'_>, out: &mut impl Write) -> io::Result<()> {
        let Printed {
            topic,
            payload,
            time,
            terminal,
        } = message;
        match self {
            Self::Literal(bytes) => out.write_all(bytes),
            Self::Topic(field) => field.without_zeros().show(topic, terminal, out),
            Self::Payload(field) => field.show(payload, terminal, out),
            Self::Hex { field, upper } => {
                // The precision counts bytes of the payload, the width what is printed.
                let cut = field.cut(payload);
                let digits: &[u8; 16] = if *upper {
                    b"0123456789ABCDEF"
                } else {
                    b"0123456789abcdef"
                };
                field.pad(cut.len() * 2, out, |out| {
                    cut.iter().try_for_each(|&byte| {
                        let digit = |nibble: u8| digits.get(usize::from(nibble)).copied().unwrap_or(b'0');
                        out.write_all(&[digit(byte >> 4), digit(byte & 0xf)])
                    })
                })
            }
            Self::Length(field) => {
                let field = Field {
                    precision: None,
                    ..*field
                };
                field.print(payload.len().to_string().as_bytes(), out)
            }
            Self::Iso8601(field) => field
                .without_zeros()
                .print(time.strftime("%Y-%m-%dT%H:%M:%S%z").to_string().as_bytes(), out),
            Self::Unix => {
                let timestamp = time.timestamp();
                let nanoseconds = timestamp.as_nanosecond();
                let second = nanoseconds.div_euclid(1_000_000_000);
                write!(out, "{second}.{:09}", nanoseconds.rem_euclid(1_000_000_000))
            }
            Self::Nanoseconds => write!(out, "{:09}", time.subsec_nanosecond()),
            Self::Time(pattern) => write!(out, "{}", time.strftime(pattern)),
            Self::Json(payload) => json::print(message, *payload, out),
        }
    }
}

impl Field {
    fn print(self, text: &[u8], out: &mut impl Write) -> io::Result<()> {
        let cut = self.cut(text);
        self.pad(cut.len(), out, |out| out.write_all(cut))
    }

    /// Prints what somebody has published. The precision counts its bytes, the width what is printed.
    fn show(self, text: &[u8], terminal: bool, out: &mut impl Write) -> io::Result<()> {
        if !terminal {
            return self.print(text, out);
        }
        let shown = Printable(self.cut(text)).to_string();
        self.pad(shown.chars().count(), out, |out| out.write_all(shown.as_bytes()))
    }

    fn cut(self, text: &[u8]) -> &[u8] {
        let len = self.precision.map_or(text.len(), |most| most.min(text.len()));
        text.get(..len).unwrap_or(text)
    }

    /// Zeros are for numbers and payloads; left-aligned text is followed by blanks.
    fn without_zeros(self) -> Self {
        Self { zeros: false, ..self }
    }

    fn pad<W: Write>(
        self,
        len: usize,
        out: &mut W,
        print: impl FnOnce(&mut W) -> io::Result<()>,
    ) -> io::Result<()> {
        let missing = self.width.saturating_sub(len);
        let fill: &[u8] = if self.zeros && !self.left { b"0" } else { b" " };
        let fill_up = |out: &mut W| (0..missing).try_for_each(|_| out.write_all(fill));
        if !self.left {
            fill_up(out)?;
            return print(out);
        }
        print(out)?;
        fill_up(out)
    }
}

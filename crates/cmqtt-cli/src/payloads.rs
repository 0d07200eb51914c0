//! Messages from files and standard input, bounded by what the modem takes. Any bytes may be in them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::arguments::ModemPlan;

/// What a message may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Payloads {
    /// The most bytes.
    pub(crate) max: usize,
    /// Whether it may have none.
    pub(crate) empty: bool,
}

/// A message that cannot be sent. The next one can.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PayloadError {
    #[error("{place}: {}", self.reason())]
    TooLong { place: String, max: usize },
    #[error("{place}: {}", self.reason())]
    Empty { place: String },
    #[error("{place}: {}", self.reason())]
    Unreadable { place: String, source: io::Error },
}

/// The lines of an input, each a message. A line end is LF; a CR before it is the message's, as it is mosquitto's.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    lines: LineReader<R>,
    payloads: Payloads,
    number: usize,
    failed: bool,
}

impl Payloads {
    /// What this modem takes.
    pub(crate) fn of(modem: &ModemPlan) -> Self {
        Self {
            max: modem.limits().payload_len.max() as usize,
            empty: modem.empty_payload(),
        }
    }

    /// The length is one that the modem takes.
    pub(crate) fn check(self, place: &str, len: usize) -> Result<(), PayloadError> {
        let place = || place.to_owned();
        if len > self.max {
            return Err(PayloadError::TooLong {
                place: place(),
                max: self.max,
            });
        }
        if len == 0 && !self.empty {
            return Err(PayloadError::Empty { place: place() });
        }
        Ok(())
    }

    /// A whole file (`-f`).
    pub(crate) fn file(self, path: &Path) -> Result<Vec<u8>, PayloadError> {
        let place = path.display().to_string();
        let file = File::open(path).map_err(|source| PayloadError::Unreadable {
            place: place.clone(),
            source,
        })?;
        self.whole(&place, file)
    }

    /// A whole input (`-s`). No more is read than is needed to know that it is too long.
    pub(crate) fn whole(self, place: &str, input: impl Read) -> Result<Vec<u8>, PayloadError> {
        let mut payload = Vec::new();
        let most = self.max as u64 + 1;
        input
            .take(most)
            .read_to_end(&mut payload)
            .map_err(|source| PayloadError::Unreadable {
                place: place.to_owned(),
                source,
            })?;
        self.check(place, payload.len())?;
        Ok(payload)
    }

    /// The lines of an input (`-l`).
    pub(crate) fn lines<R: BufRead>(self, input: R) -> Lines<R> {
        Lines {
            lines: LineReader::new(input, self.max),
            payloads: self,
            number: 0,
            failed: false,
        }
    }
}

impl PayloadError {
    /// Which message: `-m`, a file, `line 3 of standard input`.
    pub(crate) fn place(&self) -> &str {
        match self {
            Self::TooLong { place, .. } | Self::Empty { place } | Self::Unreadable { place, .. } => place,
        }
    }

    /// What is wrong with it, and what to do.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::TooLong { max, .. } => {
                format!("more than {max} bytes, the most that the modem takes in a message; send it in parts")
            }
            Self::Empty { .. } => {
                "an empty message, which this modem's family does not send; send at least one byte".to_owned()
            }
            Self::Unreadable { source, .. } => format!("cannot be read: {source}"),
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Vec<u8>, PayloadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let line = self.lines.next_line().transpose()?;
        self.number += 1;
        let place = format!("line {} of standard input", self.number);
        Some(match line {
            Ok(line) => self.payloads.check(&place, line.len()).map(|()| line),
            Err(source) => {
                // An input that failed once may fail for ever.
                self.failed = true;
                Err(PayloadError::Unreadable { place, source })
            }
        })
    }
}

impl<R: Read> Lines<BufReader<R>> {
    /// Whether another line has been read already.
    pub(crate) fn is_next_here(&self) -> bool {
        self.lines.is_next_here()
    }
}

/// The lines of an input, none of which takes more memory than it may.
#[derive(Debug)]
pub(crate) struct LineReader<R> {
    input: R,
    most: usize,
}

impl<R: Read> LineReader<BufReader<R>> {
    /// Whether another line has been read already.
    pub(crate) fn is_next_here(&self) -> bool {
        memchr::memchr(b'\n', self.input.buffer()).is_some()
    }
}

impl<R: BufRead> LineReader<R> {
    /// Lines that may have so many bytes.
    pub(crate) fn new(input: R, most: usize) -> Self {
        Self { input, most }
    }

    /// The next line, of which no more is kept than shows that it is too long. `None` at the end.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut begun = false;
        loop {
            let read = match self.input.fill_buf() {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if read.is_empty() {
                return Ok(begun.then_some(line));
            }
            begun = true;
            let end = memchr::memchr(b'\n', read);
            let part = read.get(..end.unwrap_or(read.len())).unwrap_or(read);
            let room = (self.most + 1).saturating_sub(line.len());
            line.extend_from_slice(part.get(..room).unwrap_or(part));
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                return Ok(Some(line));
            }
        }
    }
}

#[cfg(test)]
mod tests;

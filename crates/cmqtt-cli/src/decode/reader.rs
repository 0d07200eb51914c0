//! Cuts a file into lines, with bounded memory and a look ahead for blocks of counted bytes.

use std::io::{self, Read};

/// Reads a log from its front. Keeps at most [`AHEAD`] bytes and what one read brings, whatever the file's size.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    input: R,
    buffer: Vec<u8>,
    /// What of the buffer is consumed.
    start: usize,
    ended: bool,
    /// Line feeds consumed.
    line_feeds: u64,
}

/// A line at the reader's front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Its bytes without the line end; of a very long line those in front.
    pub(crate) text: &'a [u8],
    /// The bytes to consume to get past the text, and then past the line end.
    pub(crate) end: End,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// CR LF.
    CrLf,
    /// LF alone.
    Lf,
    /// CR alone.
    Cr,
    /// With the file.
    File,
    /// Nobody knows: it is longer than [`MAX_LINE`].
    Beyond,
}

impl<R: Read> Reader<R> {
    /// A reader at the start of `input`.
    pub(crate) const fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            ended: false,
            line_feeds: 0,
        }
    }

    /// The number of the line that the front is in, from 1. Counts line feeds, as editors and `grep -n` do.
    pub(crate) const fn line_number(&self) -> u64 {
        self.line_feeds + 1
    }

    /// The next line. `None` at the end of the file.
    ///
    /// # Errors
    /// What reading finds.
    pub(crate) fn line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut enough = 1;
        loop {
            // No more than is there: the log may still be growing.
            let at_end = self.fill(enough)?;
            let front = self.front();
            if let Some(len) = front.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
                // A CR at the buffer's end may be half of a line end.
                if len + 1 < front.len() || at_end {
                    break;
                }
            } else if at_end || front.len() > MAX_LINE {
                break;
            }
            enough = self.front().len() + 1;
        }
        Ok(first_line(self.front()))
    }

    /// At least `len` bytes (at most [`AHEAD`]) of what follows, and whether the file ends with them.
    ///
    /// # Errors
    /// What reading finds.
    pub(crate) fn ahead(&mut self, len: usize) -> io::Result<(&[u8], bool)> {
        let ended = self.fill(len.min(AHEAD))?;
        Ok((self.front(), ended))
    }

    /// Takes bytes from the front that [`Reader::line`] or [`Reader::ahead`] showed.
    pub(crate) fn consume(&mut self, len: usize) {
        let end = self.start.saturating_add(len).min(self.buffer.len());
        let taken = self.buffer.get(self.start..end).unwrap_or_default();
        self.line_feeds += taken.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.start = end;
    }

    /// Takes everything up to and with the next line end. Says how many bytes stood in front of it.
    ///
    /// # Errors
    /// What reading finds.
    pub(crate) fn skip_line(&mut self) -> io::Result<u64> {
        let mut skipped = 0;
        while let Some(Line { text, end }) = self.line()? {
            let len = text.len();
            skipped += len as u64;
            self.consume(len + end.len());
            if end != End::Beyond {
                break;
            }
        }
        Ok(skipped)
    }

    /// Reads until the front has `len` bytes. Whether the file has ended.
    fn fill(&mut self, len: usize) -> io::Result<bool> {
        if self.front().len() < len && self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        while !self.ended && self.front().len() < len {
            let before = self.buffer.len();
            self.buffer.resize(before + READ, 0);
            let read = loop {
                let room = self.buffer.get_mut(before..).unwrap_or_default();
                match self.input.read(room) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            self.buffer.truncate(before + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
        }
        Ok(self.ended)
    }

    fn front(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }
}

impl End {
    /// The bytes of the line end.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::CrLf => 2,
            Self::Lf | Self::Cr => 1,
            Self::File | Self::Beyond => 0,
        }
    }
}

/// The first line of some bytes that hold all of it. `None` when there are none.
pub(crate) fn first_line(bytes: &[u8]) -> Option<Line<'_>> {
    if bytes.is_empty() {
        return None;
    }
    let len = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    let len = len.unwrap_or(bytes.len());
    if len > MAX_LINE {
        let text = bytes.get(..MAX_LINE).unwrap_or_default();
        return Some(Line {
            text,
            end: End::Beyond,
        });
    }
    let (text, rest) = bytes.split_at_checked(len)?;
    let end = match rest {
        [b'\r', b'\n', ..] => End::CrLf,
        [b'\r', ..] => End::Cr,
        [b'\n', ..] => End::Lf,
        _ => End::File,
    };
    Some(Line { text, end })
}

/// The longest line that is shown whole: a hundred times a command line.
pub(crate) const MAX_LINE: usize = 1 << 16;
/// The furthest look ahead.
pub(crate) const AHEAD: usize = 1 << 18;
/// How much is asked for at a time.
const READ: usize = 1 << 14;

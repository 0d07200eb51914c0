//! Follows the conversation: who said a line, which command is pending, and what the line is by that.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::command_line::{self, recognise};
use super::echo::Echo;
use super::frame::{Fields, Frame, Kind, Side};
use super::message::Message;
use super::origin::Origin;
use super::pending::Pending;
use super::reader::{End, MAX_LINE, Reader};
use super::secrets::Secrets;
use super::written;

mod answers;

mod counted;

/// Turns a log into frames, one after another, in memory that does not grow with the log.
#[derive(Debug)]
pub(crate) struct Decoder<R> {
    reader: Reader<R>,
    secrets: Secrets,
    ready: VecDeque<Frame>,
    failed: bool,
    /// The log has marks.
    marked: bool,
    /// The line before ended with CR LF.
    crlf: bool,
    /// Bytes of lines that may belong to a block that does not fit.
    doubtful: usize,
    /// The log shows commands.
    has_commands: bool,
    /// The modem repeats its commands, as far as the log has shown.
    echo: Echo,
    pending: Option<Pending>,
    /// The name of the command that ended last.
    ended: Vec<u8>,
    /// A command that the host sent on a line that holds more: the next copy of it is the echo.
    glued: Option<Vec<u8>>,
    /// Data that the host sent: the modem may repeat them.
    sent: Option<Sent>,
    message: Message,
}

/// Data that the host sent.
#[derive(Debug)]
struct Sent {
    /// As far as the log tells them.
    data: Vec<u8>,
    /// What may be shown of them.
    shown: Vec<u8>,
    /// In bytes.
    len: usize,
}

/// A line without its stamp and mark.
struct Said<'a> {
    number: u64,
    time: Option<String>,
    side: Option<Side>,
    text: &'a [u8],
}

impl<R: Read> Decoder<R> {
    /// Decodes what the reader reads.
    pub(crate) const fn new(reader: Reader<R>, show_secrets: bool) -> Self {
        Self {
            reader,
            secrets: Secrets::new(show_secrets),
            ready: VecDeque::new(),
            failed: false,
            marked: false,
            crlf: false,
            doubtful: 0,
            has_commands: false,
            echo: Echo::Unknown,
            pending: None,
            ended: Vec::new(),
            glued: None,
            sent: None,
            message: Message::new(),
        }
    }

    /// Takes one line, and the block behind it if it has one. `false` at the end.
    fn step(&mut self) -> io::Result<bool> {
        let number = self.reader.line_number();
        let Some(line) = self.reader.line()? else {
            return Ok(false);
        };
        let whole = line.text.to_vec();
        let end = line.end;
        let text = if number == 1 {
            whole.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&whole)
        } else {
            &whole
        };
        let awaited = self.pending.as_ref().and_then(Pending::awaits_data);
        let mut origin = Origin::of(text, self.marked);
        let prompt = text.get(..text.len() - origin.text.len()).unwrap_or_default();
        if awaited.is_some() && !self.marked && origin.side == Some(Side::Host) && prompt.ends_with(b"> ") {
            // A prompt and data that look like a command.
            origin.side = None;
            origin.text = text.get(text.len() - origin.text.len() - 2..).unwrap_or_default();
        }
        self.marked |= origin.side.is_some();
        let said = Said {
            number,
            time: origin.time.map(|time| time.escape_ascii().to_string()),
            side: origin.side,
            text: origin.text,
        };
        if self.doubtful > 0 {
            self.doubtful = self.doubtful.saturating_sub(whole.len() + end.len());
            self.reader.consume(whole.len() + end.len());
            if !said.text.trim_ascii().is_empty() {
                self.unknown(&said, Some("may belong to the block in front of it".to_owned()));
            }
            return Ok(true);
        }
        if end == End::Beyond {
            let len = self.reader.skip_line()?;
            let note = format!("a line of {len} bytes, of which {MAX_LINE} are shown");
            self.unknown(&said, Some(note));
            return Ok(true);
        }
        if let (Some(announced), Some(rest)) = (awaited, after_prompt(&said)) {
            self.reader.consume(whole.len() - rest.len());
            self.prompt(&said, announced)?;
            return Ok(true);
        }
        self.crlf = end == End::CrLf;
        self.reader.consume(whole.len() + end.len());
        self.said(&said)?;
        Ok(true)
    }

    fn said(&mut self, said: &Said<'_>) -> io::Result<()> {
        let text = said.text.trim_ascii();
        if text.is_empty() {
            return Ok(());
        }
        if said.side.is_none() && text.starts_with(b"#") {
            self.unknown(said, Some("a comment".to_owned()));
            return Ok(());
        }
        if self.repeats_data(said) {
            return Ok(());
        }
        if text == b">" && said.side != Some(Side::Host) && self.may_prompt() {
            self.frame(
                Kind::Prompt,
                said,
                Some(Side::Modem),
                Fields::meaning("the modem waits for data"),
                None,
            );
            return Ok(());
        }
        // As `--trace` writes lines. Data have their own way: their length tells whether they are escaped.
        let traced = said.time.is_some() && said.side.is_some();
        let unescaped = traced.then(|| written::line(said.text)).flatten();
        let line = Said {
            number: said.number,
            time: said.time.clone(),
            side: said.side,
            text: unescaped.as_deref().unwrap_or(said.text),
        };
        let text = line.text.trim_ascii();
        if let Some(command) = recognise(text, self.secrets.shown()) {
            self.command(&line, text, &command);
            return Ok(());
        }
        match said.side {
            Some(Side::Host) => self.host_data(said),
            _ => self.modem(&line, text)?,
        }
        Ok(())
    }

    /// A command line: the host's, or its echo.
    fn command(&mut self, said: &Said<'_>, text: &[u8], command: &command_line::Recognised) {
        self.sent = None;
        let glued = self.glued.take().is_some_and(|glued| glued == text);
        let repeated = self.pending.as_ref().is_some_and(|pending| pending.is_echo(text));
        let echo = match said.side {
            Some(side) => side == Side::Modem,
            None => glued || (repeated && self.echo != Echo::Off),
        };
        self.has_commands = true;
        if !(repeated && echo) {
            self.pending = Some(Pending::new(command, text, self.echo == Echo::On && !echo));
        }
        if echo {
            self.echo = Echo::On;
            if let Some(pending) = &mut self.pending {
                pending.note_echo();
            }
            self.frame(Kind::Echo, said, Some(Side::Modem), command.fields.clone(), None);
        } else {
            self.frame(
                Kind::Command,
                said,
                Some(Side::Host),
                command.fields.clone(),
                None,
            );
        }
    }

    fn frame(
        &mut self,
        kind: Kind,
        said: &Said<'_>,
        from: Option<Side>,
        fields: Fields,
        note: Option<String>,
    ) {
        let text = self.secrets.line(said.text);
        self.ready.push_back(Frame {
            line: said.number,
            kind,
            from,
            text,
            time: said.time.clone(),
            fields,
            note,
        });
    }

    fn unknown(&mut self, said: &Said<'_>, note: Option<String>) {
        let text = self.secrets.unknown(said.text);
        self.ready.push_back(Frame {
            line: said.number,
            kind: Kind::Unknown,
            from: said.side,
            text,
            time: said.time.clone(),
            fields: Fields::default(),
            note,
        });
    }

    fn note(&mut self, note: String) {
        if let Some(frame) = self.ready.back_mut() {
            frame.note = Some(match frame.note.take() {
                Some(before) => format!("{before}; {note}"),
                None => note,
            });
        }
    }

    fn may_prompt(&self) -> bool {
        match &self.pending {
            Some(pending) => pending.may_prompt(),
            None => !self.has_commands,
        }
    }
}

impl<R: Read> Iterator for Decoder<R> {
    type Item = io::Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.failed {
            if let Some(frame) = self.ready.pop_front() {
                return Some(Ok(frame));
            }
            match self.step() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// What stands behind the `>` at a line's start.
fn after_prompt<'a>(said: &Said<'a>) -> Option<&'a [u8]> {
    if said.side == Some(Side::Host) {
        return None;
    }
    said.text.trim_ascii_start().strip_prefix(b">")
}

/// What some editors put in front of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

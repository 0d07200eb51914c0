//! A conversation between host and modem, put together to lines as `cmqtt decode` reads it.

use std::fmt::{self, Display, Formatter};

use cmqtt_core::at_proto::cmqtt::Urc;
use cmqtt_core::at_proto::{Awaiting, Frame, Framer, Line, Redacted, RedactedFragment, Step};

mod announced;
use announced::{Announced, Data, announced};

/// Puts what both sides write, in pieces, together to lines. Nothing is shown before its line is whole: half a line may
/// hold half a password.
///
/// ```
/// use cmqtt_host::{Conversation, Side};
///
/// let mut lines = Vec::new();
/// let mut conversation = Conversation::default();
/// for bytes in [&b"AT+CPIN=\"12"[..], b"34\"\r"] {
///     conversation.hear(Side::Host, bytes, &mut |side, said| lines.push(format!("{side:?} {said}")));
/// }
/// assert_eq!(lines, ["Host AT+CPIN=[redacted]"]);
/// ```
#[derive(Debug)]
pub struct Conversation {
    /// What the host has typed of its line.
    typed: Vec<u8>,
    /// What it has sent while the modem was to prompt.
    ahead: Vec<u8>,
    /// What the host's last line announced.
    announced: Announced,
    /// The data that it sends now, and what of them has come.
    data: Option<(Data, Vec<u8>)>,
    framer: Framer,
    said: Vec<u8>,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The host.
    Host,
    /// The modem.
    Modem,
}

/// What was said. Its `Display` hides passwords and files, and escapes what does not print.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Said<'a> {
    /// A line, without its end. May hold a password.
    Line(&'a [u8]),
    /// The modem waits for data.
    Prompt,
    /// The data that a prompt asked for, or of a received message.
    Data(&'a [u8]),
    /// So many bytes of a file, which may be a private key.
    File(usize),
    /// So many bytes without a line end, which are shown no further.
    Unended(usize),
    /// A line of the modem's of so many bytes.
    Overlong(usize),
}

/// Who is shown each line.
type Show<'a> = dyn FnMut(Side, Said<'_>) + 'a;

impl Default for Conversation {
    fn default() -> Self {
        Self {
            typed: vec![],
            ahead: vec![],
            announced: Announced::default(),
            data: None,
            framer: Framer::new(MAX_LINE),
            said: vec![],
        }
    }
}

impl Conversation {
    /// One side wrote these bytes: shows what became whole.
    pub fn hear(&mut self, side: Side, bytes: &[u8], show: &mut Show<'_>) {
        match side {
            Side::Host => self.host(show, bytes),
            Side::Modem => self.modem(show, bytes),
        }
    }

    fn host(&mut self, show: &mut Show<'_>, bytes: &[u8]) {
        for &byte in bytes {
            if let Some((_, data)) = &mut self.data {
                data.push(byte);
                self.data_grew(show);
                continue;
            }
            if !self.announced.data.is_empty() {
                // The modem holds no more of them either.
                if self.ahead.len() < MAX_LINE {
                    self.ahead.push(byte);
                }
                continue;
            }
            match byte {
                b'\r' => self.typed_line(show),
                // It belongs to the CR before it.
                b'\n' if self.typed.is_empty() => {}
                byte => {
                    self.typed.push(byte);
                    if self.typed.len() > MAX_LINE {
                        self.typed.clear();
                        show(Side::Host, Said::Unended(MAX_LINE));
                    }
                }
            }
        }
    }

    fn typed_line(&mut self, show: &mut Show<'_>) {
        let line = std::mem::take(&mut self.typed);
        if line.is_empty() {
            return;
        }
        match announced(&line) {
            Some(announced) => self.announced = announced,
            // A file that was refused and is sent all the same.
            None if self.announced.file => return show(Side::Host, Said::data(true, &line)),
            None => {}
        }
        show(Side::Host, Said::Line(&line));
    }

    fn data_grew(&mut self, show: &mut Show<'_>) {
        let Some((Data { len, secret }, data)) = &mut self.data else {
            return;
        };
        if let [_] = data.as_slice() {
            self.framer.expect_echo(data, *len, false);
        }
        if data.len() < *len {
            return;
        }
        let (secret, data) = (*secret, std::mem::take(data));
        self.data = None;
        show(Side::Host, Said::data(secret, &data));
    }

    fn modem(&mut self, show: &mut Show<'_>, bytes: &[u8]) {
        self.said.extend(bytes);
        let mut said = std::mem::take(&mut self.said);
        let mut start = 0;
        loop {
            let awaiting = match self.announced.data.front() {
                Some(_) => Awaiting::Prompt,
                None => Awaiting::Line,
            };
            let rest = said.get(start..).unwrap_or_default();
            match self.framer.step(rest, awaiting) {
                Step::Complete { value, consumed } => {
                    self.frame(show, value);
                    start += consumed;
                }
                Step::Incomplete { consumed } => {
                    said.drain(..start + consumed);
                    break;
                }
            }
        }
        self.said = said;
    }

    fn frame(&mut self, show: &mut Show<'_>, frame: Frame<'_>) {
        match frame {
            Frame::Prompt => {
                show(Side::Modem, Said::Prompt);
                self.prompted(show);
            }
            Frame::Line(line) => self.said_line(show, line),
            Frame::Block { data, .. } => show(Side::Modem, Said::data(false, data)),
            Frame::Echo { data, .. } => {
                let secret = self.data.as_ref().is_some_and(|(data, _)| data.secret);
                show(Side::Modem, Said::data(secret, data));
            }
            Frame::Overlong { dropped } => {
                show(Side::Modem, Said::Overlong(dropped));
            }
        }
    }

    /// What the host typed ahead of the prompt are data too.
    fn prompted(&mut self, show: &mut Show<'_>) {
        let Some(data) = self.announced.data.pop_front() else {
            return;
        };
        self.data = Some((data, vec![]));
        self.catch_up(show);
    }

    /// Now it is known what the host has sent ahead.
    fn catch_up(&mut self, show: &mut Show<'_>) {
        let ahead = std::mem::take(&mut self.ahead);
        // The LF of the command line's own end.
        let ahead = ahead.strip_prefix(b"\n").unwrap_or(&ahead);
        self.host(show, ahead);
    }

    fn said_line(&mut self, show: &mut Show<'_>, line: &[u8]) {
        let classified = Line::classify(line);
        if self.announced.file && matches!(classified, Line::Text(_)) && announced(line).is_none() {
            // The echo of a file that was refused.
            return show(Side::Modem, Said::data(true, line));
        }
        show(Side::Modem, Said::Line(line));
        if let Line::Final(_) = classified {
            self.announced.data.clear();
            // The modem has given up waiting for the rest.
            if let Some((Data { secret, .. }, data)) = self.data.take() {
                show(Side::Host, Said::data(secret, &data));
            }
            self.catch_up(show);
        }
        if let Some(Urc::MessageTopic { len, .. } | Urc::MessagePayload { len, .. }) = Urc::decode(line) {
            self.framer
                .expect_block(usize::try_from(len).unwrap_or(usize::MAX));
        }
    }
}

impl<'a> Said<'a> {
    const fn data(secret: bool, data: &'a [u8]) -> Self {
        if secret {
            Self::File(data.len())
        } else {
            Self::Data(data)
        }
    }
}

impl Display for Said<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            // Quotation marks stay as they are: lines are full of them, and only data need an escape that can be undone.
            Self::Line(line) => f.write_str(&RedactedFragment(line).to_string().replace("\\\"", "\"")),
            Self::Prompt => f.write_str(">"),
            // A host that takes data mode for command mode sends its passwords there.
            Self::Data(data) => Redacted(data).fmt(f),
            Self::File(len) => write!(f, "({len} bytes of a file)"),
            Self::Unended(len) => write!(f, "({len} bytes without a line end)"),
            Self::Overlong(len) => write!(f, "(a line of {len} bytes)"),
        }
    }
}

impl fmt::Debug for Said<'_> {
    /// As it is shown.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The longest line that is shown, in bytes.
const MAX_LINE: usize = 64 * 1024;

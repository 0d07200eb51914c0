//! Blocks of counted bytes: what follows a prompt, and the topic and payload of a received message.

use std::io::{self, Read};

use at_proto::Line;
use at_proto::cmqtt::{ResultUrc, Urc};

use crate::decode::block::{Behind, Block, Fit, Found};
use crate::decode::command_line::recognise;
use crate::decode::describe;
use crate::decode::frame::{Fields, Frame, Kind, Side};
use crate::decode::pending::Pending;
use crate::decode::written;

use super::{Decoder, Said, Sent};

impl<R: Read> Decoder<R> {
    /// The block behind a line that announced it.
    pub(super) fn received(
        &mut self,
        said: &Said<'_>,
        client: u8,
        len: u32,
        part: &'static str,
    ) -> io::Result<()> {
        let behind = |line: &[u8]| behind_received(line, client);
        let expected = Expected {
            len,
            side: Side::Modem,
            prompt: false,
            file: false,
        };
        let fields = Fields::default().with("client_index", client).with("part", part);
        self.counted(said, expected, fields, behind)
    }

    /// A prompt, and the data behind it, which may stand on its line or on the next.
    pub(super) fn prompt(&mut self, said: &Said<'_>, len: u32) -> io::Result<()> {
        let prompt = Said {
            number: said.number,
            time: said.time.clone(),
            side: said.side,
            text: b">",
        };
        let fields = Fields::meaning("the modem waits for data").with("announced", len);
        self.frame(Kind::Prompt, &prompt, Some(Side::Modem), fields, None);
        let expected = Expected {
            len,
            side: Side::Host,
            prompt: true,
            file: self.prompted(),
        };
        self.counted(said, expected, Fields::default(), behind_sent)
    }

    /// A host's line that is no command: data, if a command waits for some.
    pub(super) fn host_data(&mut self, said: &Said<'_>) {
        let Some(len) = self.pending.as_ref().and_then(Pending::awaits_data) else {
            self.unknown(said, None);
            return;
        };
        let expected = Expected {
            len,
            side: Side::Host,
            prompt: false,
            file: self.prompted(),
        };
        let announced = expected.len();
        let fit = match said.text.len() {
            found if found == announced => Fit::Exact,
            found if found < announced => Fit::Short,
            _ => Fit::Long,
        };
        let found = Found::written(said.text, announced, expected.file).unwrap_or_else(|| Found {
            data: said.text.to_vec(),
            consumed: 0,
            fit,
            doubtful: 0,
        });
        self.block(said.number, said.time.clone(), expected, found, Fields::default());
    }

    /// Looks for the block that comes next, and takes it.
    fn counted(
        &mut self,
        said: &Said<'_>,
        expected: Expected,
        fields: Fields,
        behind: impl Fn(&[u8]) -> Behind,
    ) -> io::Result<()> {
        let announced = expected.len();
        if announced == 0 {
            return Ok(());
        }
        if announced > MAX_BLOCK {
            self.note(format!(
                "more bytes than a modem sends or takes at a time: these {announced} are not looked for"
            ));
            return Ok(());
        }
        let (marked, stamped, crlf) = (self.marked, said.time.is_some(), self.crlf);
        let (log, ended) = self.reader.ahead(2 * announced + LOOK_BEHIND)?;
        let start = if expected.prompt {
            data_start(log, announced)
        } else {
            0
        };
        let log = log.get(start..).unwrap_or_default();
        let block = Block {
            announced,
            log,
            ended,
            side: expected.side,
            crlf,
            stamped,
            marked,
            file: expected.file,
        };
        let Some(found) = block.find(behind) else {
            self.note(format!("the {} are not in this log", bytes(announced)));
            return Ok(());
        };
        self.reader.consume(start);
        let line = self.reader.line_number();
        self.reader.consume(found.consumed);
        self.block(line, said.time.clone(), expected, found, fields);
        Ok(())
    }

    /// The frame of a block, as far as the log holds it.
    fn block(
        &mut self,
        line: u64,
        time: Option<String>,
        expected: Expected,
        mut found: Found,
        fields: Fields,
    ) {
        let announced = expected.len();
        let echoed = expected.side == Side::Host && found.is_doubled(announced);
        if echoed {
            found.data.truncate(announced);
            found.fit = Fit::Exact;
        }
        let Found {
            data, fit, doubtful, ..
        } = found;
        let (len, text) = match fit {
            Fit::Untold(len) => (len, data.clone()),
            _ => (data.len(), self.secrets.data(&data, expected.file)),
        };
        let note = note(fit, announced, len, doubtful > 0);
        self.doubtful = doubtful;
        let certain = fit != Fit::Doubtful;
        let whole = matches!(fit, Fit::Exact | Fit::Escaped) || fit == Fit::Untold(announced);
        let fields = if certain {
            fields.with("len", len)
        } else {
            Fields::default()
        };
        let frame = Frame {
            line,
            kind: if certain { Kind::Data } else { Kind::Unknown },
            from: certain.then_some(expected.side),
            text,
            time,
            fields: fields.maybe("announced", (!whole).then_some(announced)),
            note,
        };
        if echoed {
            let kind = Kind::Echo;
            let fields = data_echo(announced);
            let echo = Frame {
                kind,
                from: Some(Side::Modem),
                fields,
                ..frame.clone()
            };
            self.ready.extend([frame, echo]);
            return;
        }
        self.sent = (whole && expected.side == Side::Host).then(|| Sent {
            data,
            shown: frame.text.clone(),
            len,
        });
        self.ready.push_back(frame);
    }

    /// Whether a line is the modem's copy of the data just sent.
    pub(super) fn repeats_data(&mut self, said: &Said<'_>) -> bool {
        let repeats = |sent: &Sent| {
            sent.data == said.text || written::unescape(said.text).is_some_and(|text| text == sent.data)
        };
        if said.side == Some(Side::Host)
            || says_something(said.text)
            || !self.sent.as_ref().is_some_and(repeats)
        {
            return false;
        }
        let Some(Sent { data, shown, len }) = self.sent.take() else {
            return false;
        };
        self.ready.push_back(Frame {
            line: said.number,
            kind: Kind::Echo,
            from: Some(Side::Modem),
            text: shown,
            time: said.time.clone(),
            fields: data_echo(len),
            note: (data != said.text).then(|| ESCAPED.to_owned()),
        });
        true
    }

    /// The pending command got its prompt. Whether a file follows.
    fn prompted(&mut self) -> bool {
        let Some(pending) = &mut self.pending else {
            return false;
        };
        pending.prompted();
        pending.stores_file()
    }
}

/// A block that was announced.
#[derive(Clone, Copy, Debug)]
struct Expected {
    len: u32,
    side: Side,
    /// It follows a prompt.
    prompt: bool,
    /// It may be a key.
    file: bool,
}

impl Expected {
    fn len(self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }
}

/// What is odd about a block of `len` bytes.
fn note(fit: Fit, announced: usize, len: usize, more: bool) -> Option<String> {
    let missing = bytes(announced.saturating_sub(len));
    let more = if more {
        ", unless more lines belong to it"
    } else {
        ""
    };
    Some(match fit {
        Fit::Exact => return None,
        Fit::Escaped => ESCAPED.to_owned(),
        Fit::Untold(len) if len == announced => UNTOLD.to_owned(),
        Fit::Untold(_) => format!("{UNTOLD}; {missing} fewer than announced"),
        Fit::LineEnds => "the line ends in or behind it may not be as they were sent".to_owned(),
        Fit::Short => format!("the log holds {missing} fewer than announced{more}"),
        Fit::Cut => format!("the log ends {missing} too early{more}"),
        Fit::Long => format!(
            "the log holds {} more than announced",
            bytes(len.saturating_sub(announced))
        ),
        Fit::Doubtful => format!(
            "{} of data were announced, but the log does not hold them so",
            bytes(announced)
        ),
    })
}

fn bytes(count: usize) -> String {
    if count == 1 {
        "1 byte".to_owned()
    } else {
        format!("{count} bytes")
    }
}

fn data_echo(len: usize) -> Fields {
    Fields::meaning("the data, sent back").with("len", len)
}

/// Where behind a prompt the data begin: on its line, behind the blank that may belong to it, or on the next line.
fn data_start(log: &[u8], announced: usize) -> usize {
    let len = log
        .iter()
        .position(|byte| matches!(byte, b'\r' | b'\n'))
        .unwrap_or(log.len());
    let rest = log.get(..len).unwrap_or_default();
    if !rest.trim_ascii().is_empty() {
        return usize::from(rest.len() != announced && rest.starts_with(b" "));
    }
    match log.get(len..) {
        Some([b'\r', b'\n', ..]) => len + 2,
        Some([_, ..]) => len + 1,
        _ => len,
    }
}

/// Judges a line that may stand behind a received topic or payload.
fn behind_received(line: &[u8], index: u8) -> Behind {
    match Urc::decode(line) {
        Some(
            Urc::MessageTopic { client, .. }
            | Urc::MessagePayload { client, .. }
            | Urc::MessageEnd { client },
        ) if client == index => Behind::Next,
        _ if says_something(line) => Behind::Other,
        _ => Behind::Anything,
    }
}

/// Judges a line that may stand behind the data that the host sent.
fn behind_sent(line: &[u8]) -> Behind {
    match Line::classify(line) {
        Line::Final(_) => Behind::Next,
        _ if says_something(line) => Behind::Other,
        _ => Behind::Anything,
    }
}

/// Whether a line is something by itself.
fn says_something(line: &[u8]) -> bool {
    matches!(Line::classify(line), Line::Final(_))
        || describe::urc(line).is_some()
        || ResultUrc::decode(line).is_some()
        || recognise(line, false).is_some()
}

/// Notes on data that a trace wrote.
const ESCAPED: &str = "written with escapes";
const UNTOLD: &str = "the log tells the file's length alone";
/// The longest block that is looked for: six times what any manual allows.
const MAX_BLOCK: usize = 1 << 16;
/// How far behind a block is looked.
const LOOK_BEHIND: usize = 4096;

//! Bytes of both directions, cut into what was said. The driver's own words are cut by what it was asked for (a prompt
//! that wants data), the modem's by the framer.

use at_proto::cmqtt::{ResultUrc, Urc};
use at_proto::{Awaiting, Frame, Framer, InfoShape, Redacted, Step};
use serde_json::{Value, json};

use crate::decode::command_line::{Recognised, recognise};
use crate::decode::describe;
use crate::decode::frame::{Fields, Kind, Side};
use crate::decode::written;
use crate::json::member;

/// One thing that was said.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) from: Side,
    pub(super) kind: Kind,
    /// As it is, without passwords.
    pub(super) text: Vec<u8>,
    fields: Fields,
}

/// The conversation so far.
#[derive(Debug)]
pub(super) struct Talk {
    framer: Framer,
    /// The modem's bytes that are no frame yet.
    heard: Vec<u8>,
    /// The host's bytes that are no line yet.
    said: Vec<u8>,
    /// The command that is being answered, and its line.
    pending: Option<(Recognised, Vec<u8>)>,
    /// The data that the modem asked for.
    wanted: Option<usize>,
    /// The block that is being received.
    block: Vec<u8>,
}

impl Line {
    /// The line as an object.
    pub(super) fn json(&self, millis: u128) -> Value {
        let mut object = json!({
            "time_ms": u64::try_from(millis).unwrap_or(u64::MAX),
            "from": self.from.name(),
            "kind": self.kind.name(),
        });
        let (name, text) = member("text", &self.text);
        object[&*name] = text;
        for (name, value) in self.fields.iter() {
            object[name] = value.clone();
        }
        object["meaning"] = self.meaning().into();
        object
    }

    /// What it means, in words.
    pub(super) fn meaning(&self) -> &str {
        self.fields.meaning.as_deref().unwrap_or_default()
    }
}

impl Talk {
    pub(super) const fn new() -> Self {
        Self {
            framer: Framer::new(MAX_LINE),
            heard: Vec::new(),
            said: Vec::new(),
            pending: None,
            wanted: None,
            block: Vec::new(),
        }
    }

    /// What the host's bytes complete.
    pub(super) fn host_wrote(&mut self, bytes: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        for &byte in bytes {
            self.said.push(byte);
            if let Some(wanted) = self.wanted {
                if self.said.len() == 1 {
                    // Some modems repeat data.
                    self.framer.expect_echo(&self.said, wanted, false);
                }
                if self.said.len() >= wanted {
                    self.wanted = None;
                    let data = std::mem::take(&mut self.said);
                    lines.push(data_line(Side::Host, &data, "the data that it asked for"));
                }
            } else if byte == b'\r' {
                self.said.pop();
                let command = std::mem::take(&mut self.said);
                lines.push(self.command(command));
            }
        }
        lines
    }

    /// What the modem's bytes complete.
    pub(super) fn modem_wrote(&mut self, bytes: &[u8]) -> Vec<Line> {
        self.heard.extend_from_slice(bytes);
        let heard = std::mem::take(&mut self.heard);
        let mut rest = &heard[..];
        let mut lines = Vec::new();
        loop {
            let awaiting = if self.data_asked_for().is_some() {
                Awaiting::Prompt
            } else {
                Awaiting::Line
            };
            match self.framer.step(rest, awaiting) {
                Step::Complete { value, consumed } => {
                    lines.extend(self.frame(value));
                    rest = rest.get(consumed..).unwrap_or_default();
                }
                Step::Incomplete { consumed } => {
                    self.heard = rest.get(consumed..).unwrap_or_default().to_vec();
                    return lines;
                }
            }
        }
    }

    fn frame(&mut self, frame: Frame<'_>) -> Option<Line> {
        let modem = Side::Modem;
        match frame {
            Frame::Line(line) => Some(self.line(line)),
            Frame::Prompt => {
                let len = self.data_asked_for()?;
                self.wanted = Some(len);
                let meaning = format!("waits for {len} bytes");
                Some(Line::new(modem, Kind::Prompt, b">", Fields::meaning(meaning)))
            }
            Frame::Block { data, remaining } => {
                let block = self.block(data, remaining)?;
                Some(data_line(modem, &block, "so many bytes, whatever they are"))
            }
            Frame::Echo { data, remaining } => {
                let block = self.block(data, remaining)?;
                Some(Line {
                    kind: Kind::Echo,
                    ..data_line(modem, &block, "echo")
                })
            }
            Frame::Overlong { dropped } => {
                let meaning = format!("a line of {dropped} bytes");
                Some(Line::new(modem, Kind::Unknown, b"", Fields::meaning(meaning)))
            }
        }
    }

    /// The whole block, once its last piece has come.
    fn block(&mut self, data: &[u8], remaining: usize) -> Option<Vec<u8>> {
        self.block.extend_from_slice(data);
        (remaining == 0).then(|| std::mem::take(&mut self.block))
    }

    fn line(&mut self, line: &[u8]) -> Line {
        if let Some((_, sent)) = &mut self.pending
            && sent == line
        {
            sent.clear();
            return Line::new(Side::Modem, Kind::Echo, line, Fields::meaning("echo"));
        }
        if let Some(Urc::MessageTopic { len, .. } | Urc::MessagePayload { len, .. }) = Urc::decode(line) {
            self.framer.expect_block(len as usize);
        }
        answer(self.pending.as_ref().map(|(command, _)| command), line)
    }

    /// How many bytes the pending command sends after its prompt.
    fn data_asked_for(&self) -> Option<usize> {
        let (command, _) = self.pending.as_ref()?;
        Some(command.dialogue.prompt? as usize)
    }

    fn command(&mut self, line: Vec<u8>) -> Line {
        let recognised = recognise(&line, false);
        let fields = recognised
            .as_ref()
            .map(|command| command.fields.clone())
            .unwrap_or_default();
        let said = Line::new(Side::Host, Kind::Command, &line, fields);
        self.pending = recognised.map(|command| (command, line));
        said
    }
}

impl Line {
    fn new(from: Side, kind: Kind, text: &[u8], fields: Fields) -> Self {
        Self {
            from,
            kind,
            text: written::plain(&Redacted(text).to_string()),
            fields,
        }
    }
}

/// A line of the modem's, read as the pending command says.
fn answer(pending: Option<&Recognised>, line: &[u8]) -> Line {
    if let at_proto::Line::Final(result) = at_proto::Line::classify(line) {
        return Line::new(Side::Modem, Kind::Final, line, describe::final_result(result));
    }
    if let Some(fields) = information(pending, line) {
        return Line::new(Side::Modem, Kind::Information, line, fields);
    }
    if let Some(result) = ResultUrc::decode(line) {
        return Line::new(Side::Modem, Kind::Urc, line, describe::result(result));
    }
    match describe::urc(line) {
        Some(fields) => Line::new(Side::Modem, Kind::Urc, line, fields),
        None => Line::new(Side::Modem, Kind::Unknown, line, Fields::default()),
    }
}

fn information(pending: Option<&Recognised>, line: &[u8]) -> Option<Fields> {
    let at_proto::Line::Named { name, rest } = at_proto::Line::classify(line) else {
        return None;
    };
    match pending?.dialogue.info {
        InfoShape::Named(own, accepts) if own.as_bytes() == name && accepts(rest) => {
            describe::information(line, false)
        }
        _ => None,
    }
}

fn data_line(from: Side, data: &[u8], meaning: &str) -> Line {
    let fields = Fields::meaning(format!("{} bytes: {meaning}", data.len())).with("len", data.len());
    let mut line = Line::new(from, Kind::Data, b"", fields);
    line.text = data.to_vec();
    line
}

/// The longest line that is shown.
const MAX_LINE: usize = 2048;

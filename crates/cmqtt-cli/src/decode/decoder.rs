//! Follows the conversation: who said a line, which command is pending, and what the line is by that.

use std::collections::VecDeque;
use std::io::{self, Read};

use at_proto::cmqtt::{ResultUrc, Urc};
use at_proto::{Claim, Line};

use super::block::{Behind, Block, Fit, Found};
use super::command_line::{self, recognise};
use super::describe;
use super::frame::{Fields, Frame, Kind, Side};
use super::message::Message;
use super::origin::Origin;
use super::pending::Pending;
use super::reader::{End, MAX_LINE, Reader};
use super::secrets::Secrets;

/// Turns a log into frames, one after another, in memory that does not grow with the log.
#[derive(Debug)]
pub(crate) struct Decoder<R> {
    reader: Reader<R>,
    secrets: Secrets,
    ready: VecDeque<Frame>,
    failed: bool,
    /// The log has marks.
    marked: bool,
    /// The log shows commands.
    has_commands: bool,
    /// The modem repeats its commands, as far as the log has shown.
    echoes: bool,
    pending: Option<Pending>,
    /// The name of the command that ended last.
    ended: Vec<u8>,
    /// A command that the host sent on a line that holds more: the next copy of it is the echo.
    glued: Option<Vec<u8>>,
    /// Data that the host sent: the modem may repeat them.
    sent: Option<Vec<u8>>,
    message: Message,
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
            has_commands: false,
            echoes: false,
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
        if awaited.is_some() && !self.marked && origin.side == Some(Side::Host) {
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
        if let Some(command) = recognise(text, self.secrets.shown()) {
            self.command(said, text, &command);
            return Ok(());
        }
        match said.side {
            Some(Side::Host) => self.host_data(said),
            _ => self.modem(said, text)?,
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
            None => repeated || glued,
        };
        self.has_commands = true;
        if !repeated {
            self.pending = Some(Pending::new(command, text, self.echoes && !echo));
        }
        if echo {
            self.echoes = true;
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

    /// A line of the modem, or of nobody.
    fn modem(&mut self, said: &Said<'_>, text: &[u8]) -> io::Result<()> {
        if let Some(at) = command_line::glued_command(text) {
            // Who began the line and who ended it are two: it is nobody's. What was sent on it is pending.
            let sent = text.get(at..).unwrap_or_default().to_vec();
            self.unknown(
                said,
                Some("two lines run together, the second of them a command".to_owned()),
            );
            if let Some(command) = recognise(&sent, self.secrets.shown()) {
                self.pending = Some(Pending::new(&command, &sent, self.echoes));
                self.glued = Some(sent);
            }
            return Ok(());
        }
        if let Some(pending) = self
            .pending
            .as_mut()
            .filter(|pending| pending.is_glued_echo(text))
        {
            pending.note_echo();
            self.unknown(
                said,
                Some("the command's echo and an answer run together".to_owned()),
            );
            return Ok(());
        }
        let line = Line::classify(text);
        let result = ResultUrc::decode(text);
        let urc = describe::urc(text);
        let claim = match &mut self.pending {
            Some(pending) => pending.claim(text, urc.is_some() || result.is_some()),
            None => Claim::NotMine,
        };
        if !matches!(claim, Claim::NotMine) {
            self.echoes &= self.pending.as_ref().is_some_and(Pending::echoed);
            self.sent = None;
        }
        match (claim, line) {
            (_, Line::Final(result)) => {
                let idle = self.pending.is_none();
                self.ends(claim);
                let note =
                    (idle && self.has_commands).then(|| "no command is pending that it ends".to_owned());
                self.frame(
                    Kind::Final,
                    said,
                    Some(Side::Modem),
                    describe::final_result(result),
                    note,
                );
            }
            (Claim::Information, _) => self.information(said, text),
            (Claim::NotMine, _) => return self.unclaimed(said, text, urc, result),
            (Claim::Echo, _) => self.frame(Kind::Echo, said, Some(Side::Modem), Fields::default(), None),
            (claim, _) => {
                let is_urc = self.pending.as_ref().is_some_and(Pending::has_result_urc);
                self.ends(claim);
                let fields = result.map(describe::result).unwrap_or_default();
                let kind = if is_urc { Kind::Urc } else { Kind::Information };
                self.frame(kind, said, Some(Side::Modem), fields, None);
            }
        }
        Ok(())
    }

    /// A line that is not the pending command's.
    fn unclaimed(
        &mut self,
        said: &Said<'_>,
        text: &[u8],
        urc: Option<Fields>,
        result: Option<ResultUrc>,
    ) -> io::Result<()> {
        if let Some(fields) = urc {
            return self.urc(said, text, fields);
        }
        if let Some(result) = result {
            let answer = result.command == "+CMQTTDISC" && result.code.0 <= 1;
            let note = answer.then(|| {
                let state = if result.code.0 == 0 {
                    "connected"
                } else {
                    "not connected"
                };
                format!("as an answer to AT+CMQTTDISC? the same line means: {state}")
            });
            self.frame(Kind::Urc, said, Some(Side::Modem), describe::result(result), note);
            return Ok(());
        }
        let answers = self
            .pending
            .as_ref()
            .is_some_and(|pending| pending.would_answer(text));
        let read = describe::information(text, self.secrets.shown());
        // Some firmware reports the signal unasked, so only a log without commands leaves no doubt about it.
        let late = read.is_some() && !(self.has_commands && text.starts_with(b"+CSQ"));
        if answers || late {
            self.information(said, text);
        } else if self.pending.is_none() && is_late_result(text, &self.ended) {
            let fields = Fields::meaning("comes after the end of the command of its name");
            self.frame(Kind::Urc, said, Some(Side::Modem), fields, None);
        } else {
            self.unknown(said, None);
        }
        Ok(())
    }

    fn information(&mut self, said: &Said<'_>, text: &[u8]) {
        let fields = describe::information(text, self.secrets.shown()).unwrap_or_default();
        self.frame(Kind::Information, said, Some(Side::Modem), fields, None);
    }

    fn urc(&mut self, said: &Said<'_>, text: &[u8], fields: Fields) -> io::Result<()> {
        if at_proto::network::Urc::decode(text).is_some_and(|urc| urc.is_boot()) {
            self.pending = None;
            self.message = Message::new();
        }
        let Some(urc) = Urc::decode(text) else {
            self.frame(Kind::Urc, said, Some(Side::Modem), fields, None);
            return Ok(());
        };
        let note = self.message.line(urc);
        self.frame(Kind::Urc, said, Some(Side::Modem), fields, note);
        match urc {
            Urc::MessageTopic { client, len } => self.received(said, client, len, "topic"),
            Urc::MessagePayload { client, len } => self.received(said, client, len, "payload"),
            _ => Ok(()),
        }
    }

    /// The block behind a line that announced it.
    fn received(&mut self, said: &Said<'_>, client: u8, len: u32, part: &'static str) -> io::Result<()> {
        let Some(announced) = self.followed(len) else {
            return Ok(());
        };
        let (marked, stamped) = (self.marked, said.time.is_some());
        let (log, ended) = self
            .reader
            .ahead(announced.saturating_mul(2).saturating_add(LOOK_BEHIND))?;
        let block = Block {
            announced,
            log,
            ended,
            side: Side::Modem,
            stamped,
            marked,
        };
        let Some(found) = block.find(|line| behind_received(line, client)) else {
            self.note_missing(announced);
            return Ok(());
        };
        let number = self.reader.line_number();
        self.reader.consume(found.consumed);
        let fields = Fields::default().with("client_index", client).with("part", part);
        self.block(
            number,
            said.time.clone(),
            Side::Modem,
            announced,
            &found,
            fields,
            false,
        );
        Ok(())
    }

    /// A prompt, and the data behind it, which may stand on its line or on the next.
    fn prompt(&mut self, said: &Said<'_>, announced: u32) -> io::Result<()> {
        let file = self
            .pending
            .as_ref()
            .is_some_and(|pending| pending.name() == b"+CCERTDOWN");
        if let Some(pending) = &mut self.pending {
            pending.prompted();
        }
        let prompt = Said {
            number: said.number,
            time: said.time.clone(),
            side: said.side,
            text: b">",
        };
        let fields = Fields::meaning("the modem waits for data").with("announced", announced);
        self.frame(Kind::Prompt, &prompt, Some(Side::Modem), fields, None);
        let Some(announced) = self.followed(announced) else {
            return Ok(());
        };
        let (marked, stamped) = (self.marked, said.time.is_some());
        let (log, ended) = self
            .reader
            .ahead(announced.saturating_mul(2).saturating_add(LOOK_BEHIND))?;
        let start = data_start(log, announced);
        let log = log.get(start..).unwrap_or_default();
        let block = Block {
            announced,
            log,
            ended,
            side: Side::Host,
            stamped,
            marked,
        };
        let Some(found) = block.find(behind_sent) else {
            self.note_missing(announced);
            return Ok(());
        };
        self.reader.consume(start);
        let number = self.reader.line_number();
        self.reader.consume(found.consumed);
        if found.fit == Fit::Exact {
            self.sent = Some(found.data.clone());
        }
        self.block(
            number,
            said.time.clone(),
            Side::Host,
            announced,
            &found,
            Fields::default(),
            file,
        );
        Ok(())
    }

    /// A host's line that is no command: data, if a command waits for some.
    fn host_data(&mut self, said: &Said<'_>) {
        let Some(announced) = self.pending.as_ref().and_then(Pending::awaits_data) else {
            self.unknown(said, None);
            return;
        };
        let file = self
            .pending
            .as_ref()
            .is_some_and(|pending| pending.name() == b"+CCERTDOWN");
        if let Some(pending) = &mut self.pending {
            pending.prompted();
        }
        let announced = usize::try_from(announced).unwrap_or(usize::MAX);
        let fit = match said.text.len() {
            len if len == announced => Fit::Exact,
            len if len < announced => Fit::Short,
            _ => Fit::Long,
        };
        let found = Found {
            data: said.text.to_vec(),
            consumed: 0,
            fit,
        };
        self.block(
            said.number,
            said.time.clone(),
            Side::Host,
            announced,
            &found,
            Fields::default(),
            file,
        );
    }

    /// Whether a line is the modem's copy of the data just sent.
    fn repeats_data(&mut self, said: &Said<'_>) -> bool {
        let repeats = said.side != Some(Side::Host) && self.sent.as_deref() == Some(said.text);
        if repeats {
            self.sent = None;
            let fields = Fields::meaning("the data, sent back").with("len", said.text.len());
            self.frame(Kind::Echo, said, Some(Side::Modem), fields, None);
        }
        repeats
    }

    /// The length of a block, if it is one that a modem sends or takes.
    fn followed(&mut self, len: u32) -> Option<usize> {
        let len = usize::try_from(len).ok().filter(|&len| len > 0)?;
        if len > MAX_BLOCK {
            self.note(format!(
                "no modem sends or takes that many bytes at a time: the {len} bytes are not looked for"
            ));
            return None;
        }
        Some(len)
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one frame")]
    fn block(
        &mut self,
        line: u64,
        time: Option<String>,
        side: Side,
        announced: usize,
        found: &Found,
        fields: Fields,
        file: bool,
    ) {
        let Found { data, fit, .. } = found;
        let len = data.len();
        let note = match fit {
            Fit::Exact => None,
            Fit::LineEnds => Some("the log does not have its line ends as they were sent".to_owned()),
            Fit::Short => Some(format!(
                "{} bytes fewer than announced",
                announced.saturating_sub(len)
            )),
            Fit::Cut => Some(format!(
                "the log ends {} bytes too early",
                announced.saturating_sub(len)
            )),
            Fit::Long => Some(format!(
                "{} bytes more than announced: the log was edited",
                len.saturating_sub(announced)
            )),
            Fit::Doubtful => Some(format!(
                "{announced} bytes of data were announced, but the log does not hold them so"
            )),
        };
        let doubtful = *fit == Fit::Doubtful;
        let text = self.secrets.data(data, file);
        let fields = if doubtful {
            Fields::default()
        } else {
            fields.with("len", len)
        };
        let fields = fields.maybe("announced", (*fit != Fit::Exact).then_some(announced));
        self.ready.push_back(Frame {
            line,
            kind: if doubtful { Kind::Unknown } else { Kind::Data },
            from: (!doubtful).then_some(side),
            text,
            time,
            fields,
            note,
        });
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
            frame.note.get_or_insert(note);
        }
    }

    fn note_missing(&mut self, announced: usize) {
        self.note(format!("the {announced} bytes are not in this log"));
    }

    fn may_prompt(&self) -> bool {
        match &self.pending {
            Some(pending) => pending.may_prompt(),
            None => !self.has_commands,
        }
    }

    /// The pending command has ended, if the claim says so.
    fn ends(&mut self, claim: Claim) {
        if !matches!(claim, Claim::Done | Claim::Failed(_)) {
            return;
        }
        if let Some(pending) = self.pending.take() {
            self.echoes &= !pending.switches_echo_off();
            self.ended = pending.name().to_vec();
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

/// Whether a line is the result that comes after the end of a command that is not known: `+NETOPEN: 0`.
fn is_late_result(text: &[u8], ended: &[u8]) -> bool {
    let Line::Named { name, rest } = Line::classify(text) else {
        return false;
    };
    !ended.is_empty()
        && name.eq_ignore_ascii_case(ended)
        && !rest.is_empty()
        && rest
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b' '))
}

/// What some editors put in front of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The longest block that is looked for: six times what any manual allows.
const MAX_BLOCK: usize = 1 << 16;
/// How far behind a block is looked.
const LOOK_BEHIND: usize = 4096;

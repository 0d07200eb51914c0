//! One command's dialogue, for any command: which lines are its own, and when it has ended. No clock: the caller
//! gives up when [`Exchange::waiting_for`] has lasted too long.

use core::fmt::{self, Debug, Display, Formatter};

use crate::command::{Dialogue, InfoShape};
use crate::escape::Escaped;
use crate::frame::Awaiting;
use crate::line::{FinalResult, Line, Reason};

/// The conversation about one command, from the moment its line is sent.
///
/// The final result code and the result URC are two independent events: firmware sends them in either order, and
/// `ERROR` alone, the URC alone or both in any order say that the command failed.
#[derive(Clone, Debug)]
pub struct Exchange {
    dialogue: Dialogue,
    stage: Stage,
    echo: Echo,
    /// `OK` (`true`) or `ERROR` came, and the result is still to come.
    ended: Option<bool>,
    /// The result came, and the final result code is still to come.
    code: Option<u16>,
}

/// Whose a line is, and what it did to the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a line that is not the command's belongs to somebody else"]
pub enum Claim {
    /// Not this command's.
    NotMine,
    /// The command line, repeated by the modem.
    Echo,
    /// An information line.
    Information,
    /// A step on the way to the end.
    Progress,
    /// The command succeeded.
    Done,
    /// The command failed.
    Failed(Refusal),
}

/// What the modem said when it refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `ERROR`, and no line that says why.
    Error,
    /// The result code of a line such as `+CMQTTCONNECT: 0,26`.
    Code(u16),
    /// `+CME ERROR: <number>`.
    Equipment(u16),
    /// `+CMS ERROR: <number>`.
    MessageService(u16),
    /// `+CME ERROR` or `+CMS ERROR` with words.
    Words(Words),
}

/// What the command needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// The prompt.
    Prompt,
    /// The caller has to send the data and call [`Exchange::data_sent`].
    Data,
    /// The final result code.
    Final,
    /// The result URC; `OK` has come.
    Result,
    /// The final result code that belongs to a result that has come: it follows at once or never.
    FinalAfterResult,
    /// The result URC that says why; `ERROR` has come. It follows at once or never.
    ResultAfterError,
}

/// The first bytes of an error's words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Words {
    bytes: [u8; Self::ROOM],
    len: u8,
}

impl Exchange {
    /// A dialogue that begins now. With `echo` the modem is known to repeat commands: what comes before the
    /// repetition is no answer to this one.
    pub const fn new(dialogue: Dialogue, echo: bool) -> Self {
        let stage = if dialogue.prompt.is_some() {
            Stage::Prompt
        } else {
            Stage::Answer
        };
        let echo = if echo { Echo::Due } else { Echo::Possible };
        Self {
            dialogue,
            stage,
            echo,
            ended: None,
            code: None,
        }
    }

    /// What the dialogue looks like.
    pub const fn dialogue(&self) -> &Dialogue {
        &self.dialogue
    }

    /// Whether the command line came back.
    pub const fn echoed(&self) -> bool {
        matches!(self.echo, Echo::Seen)
    }

    /// What the framer has to look for.
    pub const fn awaiting(&self) -> Awaiting {
        match self.stage {
            Stage::Prompt => Awaiting::Prompt,
            Stage::Data | Stage::Answer => Awaiting::Line,
        }
    }

    /// What the command needs next.
    pub const fn waiting_for(&self) -> WaitingFor {
        match (self.stage, self.ended, self.code) {
            (_, None, Some(_)) => WaitingFor::FinalAfterResult,
            (_, Some(true), _) => WaitingFor::Result,
            (_, Some(false), _) => WaitingFor::ResultAfterError,
            (Stage::Prompt, None, None) => WaitingFor::Prompt,
            (Stage::Data, None, None) => WaitingFor::Data,
            (Stage::Answer, None, None) => WaitingFor::Final,
        }
    }

    /// The prompt came. `false` when none was awaited.
    pub const fn prompted(&mut self) -> bool {
        let awaited = matches!(self.stage, Stage::Prompt);
        if awaited {
            self.stage = Stage::Data;
        }
        awaited
    }

    /// The last byte of the data is on its way.
    pub const fn data_sent(&mut self) {
        self.stage = Stage::Answer;
    }

    /// A line came. `sent` is the command line without its CR; `unsolicited` says that the line reads as a URC or
    /// is owed to an earlier command.
    pub fn line(&mut self, line: &[u8], sent: &[u8], unsolicited: bool) -> Claim {
        if !self.echoed() && line == sent {
            self.echo = Echo::Seen;
            return Claim::Echo;
        }
        match Line::classify(line) {
            Line::Final(result) => self.final_result(result),
            Line::Named { name, rest } => {
                if let Some(code) = self.code_of(name, rest) {
                    return self.result(code);
                }
                let answers = match self.dialogue.info {
                    InfoShape::None => false,
                    InfoShape::Named(own, accepts) => own.as_bytes() == name && accepts(rest),
                    InfoShape::Any => !unsolicited,
                };
                self.information(answers)
            }
            Line::Text(_) => self.information(matches!(self.dialogue.info, InfoShape::Any) && !unsolicited),
        }
    }

    /// The caller waited long enough for [`WaitingFor::FinalAfterResult`] or [`WaitingFor::ResultAfterError`]: what
    /// came says how the command ended. [`Claim::NotMine`] in any other state: nobody knows how it ended.
    pub const fn waited(&self) -> Claim {
        match (self.ended, self.code) {
            (None, Some(0)) => Claim::Done,
            (None, Some(code)) => Claim::Failed(Refusal::Code(code)),
            (Some(false), _) => Claim::Failed(Refusal::Error),
            _ => Claim::NotMine,
        }
    }

    fn final_result(&mut self, result: FinalResult<'_>) -> Claim {
        match result {
            // An answer to a command of another time: this one's data are still to come.
            FinalResult::Ok if self.needs_data() => Claim::NotMine,
            FinalResult::Ok => match (self.dialogue.result, self.code) {
                (None, None | Some(0)) | (Some(_), Some(0)) => Claim::Done,
                (_, Some(code)) => Claim::Failed(Refusal::Code(code)),
                (Some(_), None) => self.end(true),
            },
            FinalResult::Error => match (self.dialogue.result, self.code) {
                (_, Some(code)) if code != 0 => Claim::Failed(Refusal::Code(code)),
                (Some(_), None) => self.end(false),
                _ => Claim::Failed(Refusal::Error),
            },
            FinalResult::Equipment(Reason::Number(number)) => Claim::Failed(Refusal::Equipment(number)),
            FinalResult::MessageService(Reason::Number(number)) => {
                Claim::Failed(Refusal::MessageService(number))
            }
            FinalResult::Equipment(Reason::Words(words))
            | FinalResult::MessageService(Reason::Words(words)) => {
                Claim::Failed(Refusal::Words(Words::new(words)))
            }
        }
    }

    /// `OK` or `ERROR` came first. A second one is somebody else's.
    const fn end(&mut self, ok: bool) -> Claim {
        if self.ended.is_some() {
            return Claim::NotMine;
        }
        self.ended = Some(ok);
        Claim::Progress
    }

    fn result(&mut self, code: u16) -> Claim {
        if self.code.is_some() || (code == 0 && self.needs_data()) {
            return Claim::NotMine;
        }
        match (self.ended, code) {
            (None, _) => {
                self.code = Some(code);
                Claim::Progress
            }
            (Some(true), 0) => Claim::Done,
            (Some(false), 0) => Claim::Failed(Refusal::Error),
            (Some(_), code) => Claim::Failed(Refusal::Code(code)),
        }
    }

    const fn information(&self, answers: bool) -> Claim {
        if answers && self.ended.is_none() && !matches!(self.echo, Echo::Due) {
            return Claim::Information;
        }
        Claim::NotMine
    }

    fn code_of(&self, name: &[u8], rest: &[u8]) -> Option<u16> {
        let line = self.dialogue.result.or(self.dialogue.error)?;
        line.code(name, rest)
    }

    const fn needs_data(&self) -> bool {
        matches!(self.stage, Stage::Prompt | Stage::Data)
    }
}

impl Words {
    const ROOM: usize = 62;

    fn new(words: &[u8]) -> Self {
        let mut bytes = [0; Self::ROOM];
        let mut len = 0;
        for (to, &from) in bytes.iter_mut().zip(words) {
            *to = from;
            len += 1;
        }
        Self { bytes, len }
    }

    /// The words, as far as there was room.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => f.write_str("ERROR"),
            Self::Code(code) => write!(f, "result code {code}"),
            Self::Equipment(number) => write!(f, "+CME ERROR: {number}"),
            Self::MessageService(number) => write!(f, "+CMS ERROR: {number}"),
            Self::Words(words) => write!(f, "{}", Escaped(words.as_bytes())),
        }
    }
}

impl Debug for Words {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&Escaped(self.as_bytes()), f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Prompt,
    Data,
    Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Echo {
    /// Nobody knows whether the modem echoes.
    Possible,
    /// It does, and has not yet.
    Due,
    Seen,
}

//! What a request is made of: one command, or several in a row. Each flow is a small machine that says which command
//! comes now and whether another follows; none knows bytes, lines or time.

mod one;
pub(crate) use one::One;

mod publish;
pub(crate) use publish::Publish;

mod will;
pub(crate) use will::Will;

mod file;
pub(crate) use file::File;

mod state;
pub(crate) use state::AskState;

mod limits;
pub(crate) use limits::LearnLimits;

use at_proto::{Dialogue, Encode, EncodeError, InfoLines, Refusal, encode_line};

use crate::config::Limits;
use crate::request::Effect;

/// A request's commands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flow {
    One(One),
    Publish(Publish),
    Will(Will),
    AskState(AskState),
    LearnLimits(LearnLimits),
    File(File),
}

/// The command that comes now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// The command line's bytes, its CR included.
    pub(crate) line_len: usize,
    /// Its conversation.
    pub(crate) dialogue: Dialogue,
    /// Which of the request's data follow the prompt.
    pub(crate) data: (usize, usize),
}

/// What comes after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another command.
    Command,
    /// Nothing: the request is done.
    Done,
    /// Nothing: the answers contradict one another, the request has failed.
    Contradiction,
}

impl Flow {
    /// Writes the present command line. `data` are the request's.
    pub(crate) fn write(&self, data: &[u8], line: &mut [u8]) -> Result<Step, EncodeError> {
        match self {
            Self::One(one) => Ok(one.step()),
            Self::Publish(publish) => publish.write(line),
            Self::Will(will) => will.write(line),
            Self::AskState(ask) => ask.write(line),
            Self::LearnLimits(learn) => learn.write(line),
            Self::File(file) => file.write(data, line),
        }
    }

    /// The present command succeeded.
    pub(crate) fn next(&mut self, information: InfoLines<'_>, data: &[u8], limits: &mut Limits) -> Next {
        match self {
            Self::One(_) => Next::Done,
            Self::Publish(publish) => publish.next(),
            Self::Will(will) => will.next(),
            Self::AskState(ask) => ask.next(information),
            Self::LearnLimits(learn) => learn.next(information, limits),
            Self::File(file) => file.next(information, data),
        }
    }

    /// The present command was refused: what comes after it, if the request goes on.
    pub(crate) fn refused(&mut self) -> Option<Next> {
        match self {
            Self::LearnLimits(learn) => Some(learn.skip()),
            Self::File(file) => file.refused(),
            _ => None,
        }
    }

    /// The client was too busy for the present command, which is repeated.
    pub(crate) const fn repeat(&mut self) {
        if let Self::Publish(publish) = self {
            publish.repeat();
        }
    }

    /// What the request may have done although the present command ended with this refusal.
    pub(crate) const fn effect_of(&self, refusal: Refusal) -> Effect {
        match (self, refusal) {
            (Self::Publish(publish), refusal) => publish.effect_of(refusal),
            _ => Effect::None,
        }
    }

    /// What the request may have done once the present command was sent, whatever became of it.
    pub(crate) const fn effect(&self) -> Effect {
        match self {
            Self::One(_) => Effect::Unknown,
            Self::Publish(publish) => publish.effect(),
            Self::Will(will) => will.effect(),
            Self::File(file) => file.effect(),
            Self::AskState(_) | Self::LearnLimits(_) => Effect::None,
        }
    }
}

/// The step that sends this command, with `data` of the request after the prompt.
fn step(command: &dyn Encode, data: (usize, usize), line: &mut [u8]) -> Result<Step, EncodeError> {
    let line_len = encode_line(command, line)?.len();
    Ok(Step {
        line_len,
        dialogue: command.dialogue(),
        data,
    })
}

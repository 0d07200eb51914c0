//! Finding the modem: it answers, echoes no more, says errors in words, and what it is.

use core::time::Duration;

use at_proto::basic::{Identification, Model};
use at_proto::{Family, Information, Recognition};

use super::{Act, Answer, Ask, Context, Doubt};
use crate::client::MOST_DATA;
use crate::config::Config;
use crate::request::Cause;
use crate::session::progress::{Progress, Step};

/// Asks until the modem answers, then what it is.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Identify {
    stage: Stage,
    /// The family that the caller names.
    family: Option<Family>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// `AT`, and again if it had no answer: the client then makes up for data that the modem may wait for.
    Attention {
        again: bool,
    },
    EchoOff,
    ErrorWords,
    Model,
    Identification,
}

impl Identify {
    pub(in crate::session) const fn new(family: Option<Family>) -> Self {
        Self {
            stage: Stage::Attention { again: false },
            family,
        }
    }

    pub(super) fn next<M>(&mut self, answer: Answer<'_>, cx: &mut Context<'_, M>) -> Act {
        let failure = answer.failure("AT");
        match (self.stage, answer) {
            (Stage::Attention { .. }, Answer::Begin) => {
                cx.begin(Step::Identify, unanswered(cx.config));
                Act::Ask(Ask::Attention(Doubt::Nothing))
            }
            (Stage::Attention { again: false }, Answer::Failed(failure)) => self.go(
                Stage::Attention { again: true },
                Ask::Attention(match failure.cause {
                    // It waits for nothing, and may be slow to answer.
                    Cause::Restarted => Doubt::Step,
                    _ => Doubt::Data,
                }),
            ),
            // The host of before may have died before the answer to its command came: then this OK was that.
            (Stage::Attention { again }, Answer::Done(_)) => {
                let doubt = if again { Doubt::Nothing } else { Doubt::Step };
                self.go(Stage::EchoOff, Ask::EchoOff(doubt))
            }
            // An ERROR to these harms nothing.
            (Stage::EchoOff, _) if answer.refusal().is_some() || failure.is_none() => {
                self.go(Stage::ErrorWords, Ask::ErrorWords)
            }
            (Stage::ErrorWords, _) if answer.refusal().is_some() || failure.is_none() => match self.family {
                Some(family) => Self::is(Recognition::Family(family), cx),
                None => self.go(Stage::Model, Ask::Model),
            },
            (Stage::Model, Answer::Done(lines)) => {
                let texts = lines.filter_map(|line| Some(Identification::<Model>::decode(line).ok()?.text));
                match recognise(texts) {
                    Recognition::Unknown => self.go(Stage::Identification, Ask::Identification),
                    recognition => Self::is(recognition, cx),
                }
            }
            (Stage::Model, _) if answer.refusal().is_some() => {
                self.go(Stage::Identification, Ask::Identification)
            }
            (Stage::Identification, Answer::Done(lines)) => Self::is(recognise(lines), cx),
            (Stage::Identification, _) if answer.refusal().is_some() => Self::is(Recognition::Unknown, cx),
            _ => answer.fail("AT"),
        }
    }

    const fn go(&mut self, stage: Stage, ask: Ask) -> Act {
        self.stage = stage;
        Act::Ask(ask)
    }

    /// The family's facts apply; an unrecognised model is treated as the configured family.
    fn is<M>(recognition: Recognition, cx: &mut Context<'_, M>) -> Act {
        let family = recognition.family().unwrap_or(cx.config.family);
        *cx.config = cx.config.with_family(family);
        *cx.recognition = recognition;
        *cx.learned = false;
        cx.tell(Progress::Family {
            family,
            recognised: recognition.family().is_some(),
        });
        Act::Done
    }
}

/// What the first text that names a known model says.
fn recognise<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Recognition {
    texts
        .map(Recognition::of_model)
        .find(|recognition| *recognition != Recognition::Unknown)
        .unwrap_or(Recognition::Unknown)
}

/// How long the first `AT` is waited for: a modem that is there answers at once.
pub(in crate::session) const ATTENTION: Duration = Duration::from_secs(2);

/// How long it takes to find that a modem does not answer.
pub(in crate::session) fn unanswered(config: &Config) -> Duration {
    UNANSWERED.saturating_add(config.time_on_line(MOST_DATA))
}

/// Twice the way back into step, three questions of 9 s each, beside the time that the bytes take on the line. Where nothing is
/// in doubt, the first is one `AT` of two seconds.
const UNANSWERED: Duration = Duration::from_secs(55);

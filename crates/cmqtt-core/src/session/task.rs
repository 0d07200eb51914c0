//! What a session's request is made of: a small machine each, that hears how the last command ended and says what comes
//! now. None knows bytes or lines, and all of them are [`Copy`].

mod bring_up;
pub(super) use bring_up::BringUp;

mod check;
pub(super) use check::Check;

mod identify;
pub(super) use identify::{ATTENTION, Identify, unanswered};

mod network;
pub(super) use network::{ATTACH, Network, REGISTRATION};

mod restart;
pub(super) use restart::Restart;

mod take_down;
pub(super) use take_down::{TakeDown, disconnect_timeout};

use core::time::Duration;

use at_proto::basic::Model;
use at_proto::cmqtt::{Outlook, ResultCode};
use at_proto::network::Domain;
use at_proto::{Command, Facts, InfoLines, MqttVersion, Recognition, Refusal};

use super::plan::Kept;
use super::progress::{Progress, Step};
use crate::config::Config;
use crate::few::Few;
use crate::request::{Cause, Effect, Failure, NoAddress, RequestError};
use crate::time::Instant;
use crate::timer::WaitReason;

/// A session's request that runs.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is no allocator to put the largest one behind a pointer"
)]
pub(super) enum Task {
    Identify(Identify),
    Network(Network),
    BringUp(BringUp),
    TakeDown(TakeDown),
    Restart(Restart),
    Check(Check),
}

/// How what was asked for last has ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer<'a> {
    /// Nothing was asked for yet.
    Begin,
    /// It succeeded, with these information lines.
    Done(InfoLines<'a>),
    /// It failed.
    Failed(Failure),
    /// The client did not take it.
    NotTaken(RequestError),
    /// The pause is over.
    Paused,
}

/// What comes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Ask the modem.
    Ask(Ask),
    /// Wait, and why.
    Pause(Duration, WaitReason),
    /// The request is done.
    Done,
    /// The request has failed.
    Fail(Failure),
}

/// What the modem is asked: the session adds the texts of its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Attention(Doubt),
    EchoOff(Doubt),
    ErrorWords,
    Model,
    Identification,
    PinState,
    EnterPin,
    Contexts,
    DefineContext,
    Registration(Domain),
    Signal,
    Attachment,
    Attach,
    Address,
    Activate,
    Acquired,
    Start,
    Stop,
    Limits,
    State(u8),
    Connections,
    ChosenTls,
    TlsContexts,
    Tls(u8),
    Acquire(Option<MqttVersion>),
    Version(MqttVersion),
    ChooseTls,
    Will,
    Connect,
    Subscribe(usize),
    SubscribeTopic(usize),
    SubscribeCached,
    Disconnect(u8),
    Release(u8),
    Restart,
}

/// What may be wrong with the line before a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    Nothing,
    /// An answer of another time may come first, or the modem be slow to answer.
    Step,
    /// The modem may be in the middle of data.
    Data,
}

/// What a task sees of the session, and what it tells.
pub(super) struct Context<'c, M> {
    pub(super) now: Instant,
    pub(super) config: &'c mut Config,
    pub(super) plan: &'c Kept<M>,
    pub(super) access: &'c mut Access,
    /// What the model's name said.
    pub(super) recognition: &'c mut Recognition,
    /// Whether the modem was asked for its limits since it is known.
    pub(super) learned: &'c mut bool,
    pub(super) untold: &'c mut Few<Progress>,
}

/// What a network needs to be told: inline, for it is short.
#[derive(Clone, Copy)]
pub(super) struct Access {
    pub(super) apn: Option<Short<{ at_proto::network::Apn::MAX }>>,
    pub(super) pin: Option<Short<{ at_proto::network::Pin::MAX }>>,
    /// What the SIM was given and has not accepted.
    pub(super) tried_pin: Option<Short<{ at_proto::network::Pin::MAX }>>,
    pub(super) registration: Duration,
    /// The modem said `+SIMCARD: NOT AVAILABLE` since it was asked for the SIM.
    pub(super) sim_missing: bool,
    /// The network gave no address.
    pub(super) no_address: Option<NoAddress>,
}

/// A short text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Short<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl Task {
    /// What comes now.
    pub(super) fn next<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        answer: Answer<'_>,
        cx: &mut Context<'_, M>,
    ) -> Act {
        if let (Answer::Begin, Recognition::Other(commands)) = (answer, *cx.recognition) {
            match self {
                Self::Network(_) | Self::BringUp(_) => {
                    return Act::Fail(Failure {
                        command: Model::NAME,
                        cause: Cause::NoMqtt(Some(commands)),
                        effect: Effect::None,
                    });
                }
                // It holds no client.
                Self::TakeDown(_) => return Act::Done,
                Self::Identify(_) | Self::Restart(_) | Self::Check(_) => {}
            }
        }
        match self {
            Self::Identify(task) => task.next(answer, cx),
            Self::Network(task) => task.next(answer, cx),
            Self::BringUp(task) => task.next(answer, cx),
            Self::TakeDown(task) => task.next(answer, cx),
            Self::Restart(task) => task.next(answer, cx),
            Self::Check(task) => task.next(answer, cx),
        }
    }
}

impl<M> Context<'_, M> {
    pub(super) const fn facts(&self) -> &'static Facts {
        self.config.family.facts()
    }

    pub(super) fn tell(&mut self, progress: Progress) {
        self.untold.push_over(progress);
    }

    pub(super) fn begin(&mut self, step: Step, budget: Duration) {
        self.tell(Progress::Step { step, budget });
    }
}

impl Answer<'_> {
    /// The failure that ends the whole request, unless the task makes something else of it.
    pub(super) const fn failure(self, command: &'static str) -> Option<Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::NotTaken(error) => Some(Failure {
                command,
                cause: Cause::NotSent(error),
                effect: Effect::None,
            }),
            _ => None,
        }
    }

    /// The request fails so; what nobody foresaw is no success either.
    pub(super) fn fail(self, command: &'static str) -> Act {
        Act::Fail(self.failure(command).unwrap_or(Failure {
            command,
            cause: Cause::Contradiction,
            effect: Effect::None,
        }))
    }

    /// Whether what the modem refused with a result code can succeed later.
    pub(super) fn outlook(self) -> Option<Outlook> {
        match self {
            Self::Failed(failure) => failure.code().map(ResultCode::outlook),
            _ => None,
        }
    }

    /// What the modem said when it refused.
    pub(super) const fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Failed(Failure {
                cause: Cause::Refused(refusal),
                ..
            }) => Some(refusal),
            _ => None,
        }
    }
}

impl<const N: usize> Short<N> {
    /// A text of at most `N` bytes.
    pub(super) fn new(text: &[u8]) -> Self {
        let mut bytes = [0; N];
        let len = crate::storage::copy(&mut bytes, text);
        Self { bytes, len }
    }

    pub(super) fn as_str(&self) -> &str {
        core::str::from_utf8(self.bytes.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }
}

impl core::fmt::Debug for Access {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Access")
            .field("apn", &self.apn.as_ref().map(Short::as_str))
            .field("pin", &self.pin.map(|_| at_proto::REDACTED))
            .finish_non_exhaustive()
    }
}

//! What a request comes back as: an id at once, or a reason why not; later exactly one `Done` or `Failed`.

use core::fmt::{self, Display, Formatter};

use at_proto::cmqtt::{Connect, Outlook, ResultCode, Start, Subject};
use at_proto::network::{EnterPin, RegistrationState};
use at_proto::{Command, EncodeError, OtherCommands, Ranges, Recognition, Refusal};

use crate::session::KILLS;
use crate::time::Instant;
use crate::timer::WaitReason;

/// Names a request in the event that ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u32);

/// Why a request was not taken. Nothing of it was sent, nothing is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Another request runs, or its end was not polled yet: the modem answers one command at a time.
    #[error("another request is running")]
    Busy,
    /// The modem still owes the result of such a command, and it would be taken for this one's.
    #[error("the modem still owes the result of an earlier {command}")]
    LateResult {
        /// The command.
        command: &'static str,
        /// When it no longer counts.
        until: Instant,
    },
    /// A value that this modem does not take.
    #[error("{what} is {value}, but this modem takes {allowed}")]
    OutOfRange {
        /// What the value is.
        what: &'static str,
        /// The value: a number, or the bytes that a text has.
        value: u32,
        /// What the modem takes.
        allowed: Ranges,
    },
    /// A publish without payload. Whether the modem sends an empty message then is not documented; a quirk allows
    /// it.
    #[error("the payload is empty, and whether this modem publishes an empty message is not known")]
    EmptyPayload,
    /// A publish without payload after one that was interrupted: the modem may hold the other's payload, or what made up
    /// for it, and would publish that. One with a payload clears it away.
    #[error("the payload is empty, and the modem may still hold the one of an interrupted publish")]
    PayloadLeft,
    /// The lent memory is too small.
    #[error("the request has {needed} bytes of data, the memory for it holds {capacity}")]
    NoRoom {
        /// The bytes of data.
        needed: usize,
        /// The bytes that there is room for.
        capacity: usize,
    },
    /// The memory that was lent for a plan is too small.
    #[error("the plan has {needed} bytes of text, the memory for it holds {capacity}")]
    NoRoomForPlan {
        /// The bytes of text.
        needed: usize,
        /// The bytes that there is room for.
        capacity: usize,
    },
    /// No client is kept connected, or another one: see [`Session::keep`](crate::Session::keep).
    #[error("this client is not kept connected")]
    NotKept,
    /// A client is kept connected, by another plan: let it go first, see [`Session::let_go`](crate::Session::let_go).
    #[error("a client is kept connected: let it go first")]
    Keeping,
    /// There is no room for another message, and none of those that wait is to give way.
    #[error("the queue of messages has {free} bytes left, {needed} are needed")]
    QueueFull {
        /// The bytes that the message needs.
        needed: usize,
        /// The bytes that are free.
        free: usize,
    },
    /// Something that this family of modems does not have.
    #[error("this modem does not have {what}")]
    Unsupported {
        /// What it is.
        what: &'static str,
    },
    /// Something that is needed is missing.
    #[error("{what} is missing")]
    Incomplete {
        /// What it is.
        what: &'static str,
    },
    /// The data of a command are not as long as the command says.
    #[error("the command announces {announced} bytes of data, but has {len}")]
    DataLength {
        /// What the command says.
        announced: usize,
        /// What it has.
        len: usize,
    },
    /// The command line cannot be written.
    #[error("the command cannot be sent: {0}")]
    Encode(#[from] EncodeError),
}

/// How a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The command at which it failed: `+CMQTTPUB`.
    pub command: &'static str,
    /// Why.
    pub cause: Cause,
    /// Whether the modem may have carried it out all the same.
    pub effect: Effect,
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The modem refused.
    Refused(Refusal),
    /// The modem refused one of the settings of the TLS context, which its firmware does not know.
    SettingRefused {
        /// The setting's key, as in `AT+CSSLCFG="authmode",…`.
        key: &'static str,
        /// What the modem said.
        refusal: Refusal,
    },
    /// The modem did not answer in time; what was waited for.
    TimedOut(WaitReason),
    /// The modem restarted.
    Restarted,
    /// The caller reset the line.
    Reset,
    /// The line that says how the command ended is damaged: a byte of it was lost, added or altered. Or a received message broke
    /// off, so that what comes next may be its rest and look like any answer.
    Damaged,
    /// The modem's answers contradict one another.
    Contradiction,
    /// A command line could not be written.
    Encode(EncodeError),
    /// A command on the way was not sent: a value that this modem, by its own word, does not take.
    NotSent(RequestError),
    /// The modem has no `AT+CMQTT…`: the model's name says so, and which commands it has instead. `None`: the name is unknown,
    /// and the modem refused these commands.
    NoMqtt(Option<OtherCommands>),
    /// The SIM wants its PIN, and there is none to give.
    PinRequired,
    /// The SIM is blocked: it wants its PUK. Nothing that a driver should try.
    PukRequired,
    /// The SIM still wants its PIN after it was given the caller's.
    PinNotAccepted,
    /// There is no SIM.
    NoSim,
    /// The SIM did not become ready in time, and what the modem said of it at last.
    SimNotReady(Refusal),
    /// The network gave no address, and START or CONNECT was then refused, with this code or a bare `ERROR`.
    NoAddress(NoAddress, Option<ResultCode>),
    /// The modem was not registered with a network in time, and how it stood at last, where it said so.
    NotRegistered(Option<RegistrationState>),
    /// The modem was asked, and the client is not connected.
    NotConnected,
    /// The broker closed the connection each time that this message was published, and accepted the connection again each
    /// time: most likely its policy forbids the topic. With the result code of the first such PUB, if it had one.
    RefusedByBroker(Option<ResultCode>),
    /// The queue was full, and the message gave way: see [`Overflow`](crate::Overflow).
    Displaced,
    /// The session keeps the client no more, because it was told so or because it gave up.
    LetGo,
}

/// The network gave no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAddress {
    /// How often `AT+CGPADDR` was asked.
    pub asked: u8,
    /// How the modem refused `AT+CGACT=1,1`; `None` where it did not.
    pub activation: Option<Refusal>,
}

/// What a failed request may have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: the modem said no, or was never asked.
    None,
    /// Nobody knows: the deciding command was sent and its end did not come, or is a code that a message on its way to the
    /// broker ends with. It may have been published.
    Unknown,
}

impl RequestError {
    /// Whether the same request may be taken later: the modem is busy, or owes a result.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Busy | Self::LateResult { .. })
    }
}

impl RequestId {
    /// The number behind the id, for logs.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Failure {
    /// Whether the modem said no.
    pub const fn is_refusal(&self) -> bool {
        matches!(self.cause, Cause::Refused(_) | Cause::SettingRefused { .. })
    }

    /// The result code with which the modem refused, or with which the first publish that the broker refused ended, if it
    /// gave one. It has a [meaning](ResultCode::meaning), a [likely cause](ResultCode::likely_cause) and a
    /// [remedy](ResultCode::remedy).
    pub const fn code(&self) -> Option<ResultCode> {
        match self.cause {
            Cause::Refused(Refusal::Code(code)) => Some(ResultCode(code)),
            Cause::NoAddress(_, code) | Cause::RefusedByBroker(code) => code,
            _ => None,
        }
    }

    /// Whether the same failure would only come again: the broker refuses login, client identifier or protocol, the SIM wants
    /// another PIN, or a value is none that this modem takes.
    pub fn is_final(&self) -> bool {
        match self.cause {
            Cause::PinRequired | Cause::PinNotAccepted | Cause::PukRequired | Cause::NoMqtt(Some(_)) => true,
            // Busy and late results pass; what else was not sent is not what this modem takes.
            Cause::NotSent(error) => !error.passes(),
            Cause::Refused(Refusal::Equipment(INCORRECT_PASSWORD)) => self.command == EnterPin::NAME,
            Cause::Refused(Refusal::Words(words)) => {
                self.command == EnterPin::NAME && words.as_bytes().ends_with(b"incorrect password")
            }
            Cause::Refused(Refusal::Code(code)) => {
                self.command == Connect::NAME && ResultCode(code).outlook() == Outlook::Final
            }
            _ => false,
        }
    }

    /// The same, but a refused START of a model that nobody recognised.
    pub(crate) const fn unless_recognised(self, recognition: Recognition) -> Self {
        match recognition {
            Recognition::Unknown => Self {
                cause: Cause::NoMqtt(None),
                ..self
            },
            _ => self,
        }
    }

    /// The same, with what was seen of the address where START or CONNECT may fail for want of one.
    pub(crate) fn without_address(self, seen: Option<NoAddress>) -> Self {
        let (Some(seen), Cause::Refused(_)) = (seen, self.cause) else {
            return self;
        };
        let code = self.code();
        let network = code.is_some_and(|code| matches!(code.subject(), Subject::Network | Subject::Missing));
        if self.command == Start::NAME || self.command == Connect::NAME && network {
            return Self {
                cause: Cause::NoAddress(seen, code),
                ..self
            };
        }
        self
    }

    /// Whether the request may have been carried out all the same.
    pub const fn is_unknown(&self) -> bool {
        matches!(self.effect, Effect::Unknown)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { command, cause, .. } = self;
        match cause {
            Cause::Refused(refusal) => write!(f, "{command}: {refusal}"),
            Cause::SettingRefused { key, refusal } => {
                write!(f, "the modem refuses the TLS setting \"{key}\": {refusal}")
            }
            Cause::TimedOut(reason) => write!(f, "{command}: {reason} did not come"),
            Cause::Restarted => write!(f, "{command}: the modem restarted"),
            Cause::Reset => write!(f, "{command}: the line was reset"),
            Cause::Damaged => write!(
                f,
                "{command}: its result is damaged, or cannot be told from a message that broke off"
            ),
            Cause::Contradiction => write!(f, "{command}: the answers contradict one another"),
            Cause::Encode(error) => write!(f, "{command}: {error}"),
            // Which command it was, the value tells.
            Cause::NotSent(error) => write!(f, "not sent: {error}"),
            Cause::NoMqtt(Some(commands)) => {
                write!(f, "this module has no AT+CMQTT commands: {commands}")
            }
            Cause::NoMqtt(None) => write!(
                f,
                "{command}: ERROR; the model is unknown, and may have no AT+CMQTT commands"
            ),
            Cause::PinRequired => f.write_str("the SIM wants its PIN"),
            Cause::PinNotAccepted => {
                f.write_str("the SIM has not accepted the PIN that it was given, and still wants one")
            }
            Cause::SimNotReady(refusal) => write!(f, "the SIM is not ready: {refusal}"),
            Cause::NoAddress(seen, Some(code)) => write!(f, "{command}: result code {code}; {seen}"),
            Cause::NoAddress(seen, None) => write!(f, "{command}: ERROR; {seen}"),
            Cause::PukRequired => f.write_str("the SIM is blocked and wants its PUK"),
            Cause::NoSim => f.write_str("there is no SIM in the modem"),
            Cause::NotRegistered(Some(RegistrationState::Denied)) => {
                f.write_str("the network denied registration")
            }
            Cause::NotRegistered(Some(state)) => write!(f, "not registered in time: {state}"),
            Cause::NotRegistered(None) => f.write_str("not registered in time"),
            Cause::NotConnected => f.write_str("the client is not connected"),
            Cause::RefusedByBroker(code) => {
                write!(
                    f,
                    "{command}: refused by the broker, which closed the connection at each of {KILLS} attempts"
                )?;
                code.map_or(Ok(()), |code| write!(f, "; result code {}", code.0))
            }
            Cause::Displaced => f.write_str("the queue was full, and the message gave way"),
            Cause::LetGo => f.write_str("the client is not kept connected any more"),
        }
    }
}

impl core::error::Error for Failure {}

impl Display for NoAddress {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let times = self.asked;
        write!(
            f,
            "the network gave no address (AT+CGPADDR=1 was asked {times} times, "
        )?;
        match self.activation {
            Some(refusal) => write!(f, "AT+CGACT=1,1 was answered {refusal})"),
            None => f.write_str("and AT+CGACT=1,1 brought none)"),
        }
    }
}

/// `+CME ERROR`: a PIN that is not the SIM's (3GPP TS 27.007, section 9.2).
const INCORRECT_PASSWORD: u16 = 16;

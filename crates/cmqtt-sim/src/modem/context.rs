//! What a command's handler can reach, and what it can answer.

use std::collections::VecDeque;
use std::time::Duration;

use at_proto::cmqtt::{ResultCode, ResultUrc};
use at_proto::{DecodeError, Encoder, Information};

use super::code::{Asynchronous, Ending, FinalResult, verdict};
use super::radio::Radio;
use super::tls::Tls;
use super::transmitter::{Transmitter, emit};
use crate::network::{NetworkRequest, TlsRequest};
use crate::profile::Profile;
use crate::random::Random;
use crate::switches::Delay;

/// What a command's handler can reach beside its own state.
#[derive(Debug)]
pub(super) struct Context<'m> {
    pub(super) now: Duration,
    pub(super) profile: &'m Profile,
    pub(super) tx: &'m mut Transmitter,
    pub(super) random: &'m mut Random,
    pub(super) requests: &'m mut VecDeque<(u8, NetworkRequest)>,
    pub(super) radio: &'m mut Radio,
    pub(super) tls: &'m Tls,
    pub(super) held: &'m mut Held,
}

/// The asynchronous command whose final result code waits for its verdict.
#[derive(Debug, Default)]
pub(super) enum Held {
    #[default]
    Nothing,
    Waiting {
        command: Asynchronous,
        client: Option<u8>,
        /// The verdict comes first, whatever the shape says.
        result_first: bool,
    },
    /// The verdict has its place, and this final result code is due: `OK`, or `ERROR`.
    Settled(FinalResult),
}

/// What a handler answers: an outcome, or that the command was not understood (`ERROR`).
pub(super) type Reply = Result<Outcome, DecodeError>;

/// What became of a command.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is done.
    Ok,
    /// It is refused without a reason.
    Error,
    /// It is refused with a reason as `AT+CMEE` has it.
    Equipment(EquipmentError),
    /// It has ended with a verdict.
    Ended(ResultUrc, Ending),
    /// It has begun, and its verdict follows.
    Begun(Asynchronous, Option<u8>),
    /// It needs so many bytes.
    Prompt(usize, DataFor),
    /// `AT+CPOF`.
    PowerOff,
    /// `AT+CRESET`.
    Restart,
}

/// What the bytes after a prompt are for.
#[derive(Debug)]
pub(super) enum DataFor {
    WillTopic { client: u8 },
    WillMessage { client: u8, qos: u8 },
    Topic { client: u8 },
    Payload { client: u8 },
    SubscribeTopic { client: u8, qos: u8 },
    Subscribe { client: u8, qos: u8 },
    UnsubscribeTopic { client: u8 },
    Unsubscribe { client: u8 },
    File { name: Vec<u8> },
}

/// A reason of `+CME ERROR` (3GPP TS 27.007, section 9.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EquipmentError {
    NotAllowed,
    SimNotInserted,
    PinRequired,
    IncorrectPassword,
    NoNetwork,
    /// The SIM fails: 13, 14, or 313.
    Sim(u16),
}

impl Context<'_> {
    /// Writes an information line.
    pub(super) fn information<'a>(&mut self, line: &impl Information<'a>) {
        self.tx.information(&self.profile.switches, line);
    }

    /// Writes a URC.
    pub(super) fn urc(&mut self, write: impl Fn(&mut Encoder<'_>)) {
        self.tx.urc(&self.profile.switches, &emit(write));
    }

    /// How to speak TLS by this context.
    pub(super) fn tls_request(&self, context: u8) -> Result<TlsRequest, ResultCode> {
        let time = self.radio.clock.since_1970(self.now);
        self.tls.request(context, &self.profile.switches, time)
    }

    /// For how long the modem has been on.
    pub(super) fn on_for(&self) -> Duration {
        self.now.saturating_sub(self.radio.powered_at)
    }

    /// Whether a client is ever busy after a result.
    pub(super) fn may_be_busy(&self) -> bool {
        self.profile.switches.refusals.busy != Delay::NONE
    }

    /// Until when a client is busy that connects or subscribes now.
    pub(super) fn busy_until(&mut self) -> Duration {
        let busy = self.random.delay(self.profile.switches.refusals.busy);
        self.now.saturating_add(busy)
    }

    /// Whether a final result code waits for its verdict.
    pub(super) const fn holds_final(&self) -> bool {
        matches!(*self.held, Held::Waiting { .. })
    }

    /// How a command ends whose verdict is known. Where a client is busy for a time, its
    /// result comes before `ERROR`, whatever the command's shape: so it was seen.
    pub(super) fn ending(&self, command: Asynchronous, code: ResultCode) -> Ending {
        if code == ResultCode::CLIENT_BUSY && self.may_be_busy() {
            return Ending::VerdictThenError;
        }
        Ending::of(command.shape(&self.profile.switches.shapes), code)
    }

    /// A command that has ended at once.
    pub(super) fn ended(&self, command: Asynchronous, client: Option<u8>, code: ResultCode) -> Outcome {
        Outcome::Ended(verdict(command, client, code), self.ending(command, code))
    }

    /// A command that is refused before its prompt.
    pub(super) fn refused_before_prompt(
        &self,
        command: Asynchronous,
        client: u8,
        code: ResultCode,
    ) -> Outcome {
        let ending = self.ending(command, code).instead_of_prompt();
        Outcome::Ended(verdict(command, Some(client), code), ending)
    }

    /// The verdict on a command that has begun: with its final result code where that waits for it, else as a URC.
    pub(super) fn settle(&mut self, command: Asynchronous, client: Option<u8>, code: ResultCode) {
        let verdict = verdict(command, client, code);
        match *self.held {
            Held::Waiting {
                command: waiting,
                client: of,
                result_first,
            } if (waiting, of) == (command, client) => {
                let ending = self.ending(command, code).with_verdict_first(result_first);
                *self.held = Held::Settled(self.tx.ending(&self.profile.switches, verdict, ending));
            }
            _ => self.tx.verdict_urc(&self.profile.switches, verdict),
        }
    }
}

impl Outcome {
    /// `+CMQTTxxx: <client>,<err>` and `ERROR`.
    pub(super) const fn refused(name: &'static str, client: u8, code: ResultCode) -> Self {
        let verdict = ResultUrc {
            command: name,
            client: Some(client),
            code,
        };
        Self::Ended(verdict, Ending::VerdictThenError)
    }
}

impl EquipmentError {
    pub(super) const fn number(self) -> u16 {
        match self {
            Self::NotAllowed => 3,
            Self::SimNotInserted => 10,
            Self::PinRequired => 11,
            Self::IncorrectPassword => 16,
            Self::NoNetwork => 30,
            Self::Sim(code) => code,
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::NotAllowed => "operation not allowed",
            Self::SimNotInserted => "SIM not inserted",
            Self::PinRequired => "SIM PIN required",
            Self::IncorrectPassword => "incorrect password",
            Self::NoNetwork => "no network service",
            Self::Sim(14) => "SIM busy",
            Self::Sim(_) => "SIM failure",
        }
    }
}

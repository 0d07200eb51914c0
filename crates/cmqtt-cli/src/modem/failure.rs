//! Why a subcommand ended before its work was done, in words that say what to do.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use at_proto::cmqtt::Connect;
use at_proto::network::{EnterPin, RegistrationState};
use at_proto::{Command, ValueError};
use cmqtt_host::tls::{ModemTime, TlsFileError};
use cmqtt_tokio::{Cause, Error, Failure as Failed, Outcome, Step};

use super::has_answered;
use crate::exit::End;
use crate::payloads::PayloadError;

/// Why talking to the modem failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Device(Box<Error>),
    #[error("{0}, or wait for it: --wait SECONDS")]
    DeviceInUse(Box<Error>),
    #[error("the serial devices cannot be listed: {0}; name the modem's with --device")]
    Ports(io::Error),
    #[error("no serial device is there; plug the modem in, or name it with --device")]
    NoDevice,
    #[error("{0} may be anything's; if it is the modem's, name it with --device")]
    PlainDevice(String),
    #[error("several devices may be the modem's: {0}; name one with --device")]
    ManyDevices(String),
    #[error("--device: the name is not UTF-8, and cannot be opened")]
    DeviceName,
    #[error("{}", no_modem(device, error))]
    NoModem { device: String, error: Box<Error> },
    #[error("{}{error}{}", at(*step), advice(error))]
    Step { step: Option<Step>, error: Box<Error> },
    #[error("{place}: {outcome}{}", code(outcome))]
    NotDelivered { place: String, outcome: Box<Outcome> },
    #[error("the connection is gone, and cannot be had again: {0}")]
    Lost(Box<Self>),
    #[error("given up after {} s without a delivery or a connection{}", after.as_secs_f64(), because(why.as_deref()))]
    GaveUp { after: Duration, why: Option<Box<Self>> },
    #[error("the connection is lost: {0}")]
    Gone(String),
    #[error("{place}: {error}")]
    NotSent { place: String, error: Box<Error> },
    #[error("store {name}: {error}{}", room(error))]
    NotStored { name: String, error: Box<Error> },
    #[error("{0}")]
    Payload(#[from] PayloadError),
    #[error("{0}")]
    Outbox(#[from] cmqtt_outbox::Error),
    #[error("{}: {source}{}", path.display(), unless_taken(source))]
    Socket { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Output(io::Error),
    #[error("{0}")]
    Port(Box<Error>),
    #[error("{0}")]
    Value(#[from] ValueError),
    #[error("{0}")]
    Files(#[from] TlsFileError),
    #[error(
        "this computer's clock says {0}, which the modem's is not set to; set this computer's clock first"
    )]
    HostClock(ModemTime),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Port(Box::new(error))
    }
}

impl Failure {
    /// How the run ends for it.
    pub(crate) fn end(&self) -> End {
        match self {
            Self::Lost(_) | Self::Gone(_) => End::ConnectionLost,
            Self::GaveUp { why, .. } => super::giving_up::end(why.as_deref()),
            Self::Files(_) => End::TlsFile,
            Self::Value(_) | Self::DeviceName | Self::Payload(_) => End::Usage,
            Self::NotDelivered { outcome, .. } if matches!(**outcome, Outcome::RefusedByBroker(_)) => {
                End::RefusedByBroker
            }
            Self::NotDelivered { outcome, .. } => outcome.code().map_or(End::Failed, End::Modem),
            Self::Step { error, .. }
            | Self::NotSent { error, .. }
            | Self::NotStored { error, .. }
            | Self::Port(error) => error.code().map_or(End::Failed, End::Modem),
            _ => End::Failed,
        }
    }
}

fn because(why: Option<&Failure>) -> String {
    why.map_or_else(String::new, |why| format!(": {why}"))
}

fn at(step: Option<Step>) -> String {
    step.map_or_else(String::new, |step| format!("{step}: "))
}

/// What to do where the driver's words do not say it.
fn advice(error: &Error) -> &'static str {
    let Error::Failed(Failed { command, cause, .. }) = error else {
        return "";
    };
    match cause {
        Cause::Refused(_) | Cause::PinNotAccepted if *command == EnterPin::NAME => {
            "; check --pin: three wrong ones block the SIM"
        }
        Cause::Restarted if *command == Connect::NAME => {
            "; the supply may not carry the transmitter's peak current: check supply and cable"
        }
        Cause::SimNotReady(_) => {
            "; it may start still, or have no contact: try again, or take it out and put it in"
        }
        Cause::NoAddress(..) => "; check --apn, and whether the contract includes data",
        Cause::NotRegistered(Some(RegistrationState::Denied)) => {
            "; ask the operator whether the SIM is active and may be used in this device and country"
        }
        Cause::NotRegistered(Some(state)) if state.is_without_data() => {
            "; the network gives this SIM no data service here: ask the operator, or check --apn"
        }
        Cause::NoMqtt(None) => "; if it has them, name the family that it resembles with --family",
        Cause::PinRequired => "; give it with --pin",
        Cause::PukRequired => "; a telephone can take it",
        Cause::NoSim => "; put one in",
        Cause::NotRegistered(_) => "; look at antenna, coverage and contract, and whether --apn is right",
        _ => "",
    }
}

/// What is known of a modem that was not found.
fn no_modem(device: &str, error: &Error) -> String {
    match error {
        Error::Failed(failure) if has_answered(failure) => {
            format!(
                "the modem at {device} answers, but not to everything: {error}; does the line lose bytes?"
            )
        }
        Error::Port(_) => format!("the modem is looked for at {device}, and {error}; is it plugged in?"),
        Error::Failed(Failed {
            cause: Cause::TimedOut(_),
            ..
        }) => format!("no modem answers at {device}{NO_ANSWER}"),
        error => format!("no modem answers at {device}: {error}{NO_ANSWER}"),
    }
}

/// Why a file is refused: the modem's ERROR says no more.
fn room(error: &Error) -> &'static str {
    match error {
        Error::Failed(failure) if failure.is_refusal() => {
            "; `cmqtt cert list` prints what it holds, `cmqtt cert remove` makes room, `cmqtt info` prints the firmware's revision"
        }
        _ => "",
    }
}

/// What a result code means, and what to do about it.
fn code(outcome: &Outcome) -> String {
    outcome.code().map_or_else(String::new, |code| {
        format!(" ({}; {})", code.likely_cause(), code.remedy())
    })
}

/// What to do about a socket's name.
fn unless_taken(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "; another program listens there, or it is no socket: name another path",
        _ => "",
    }
}

/// What may be the reason, and what to do.
const NO_ANSWER: &str = "; is it switched on, and is --baud right? One that still connects for a program that has ended \
                         answers within two minutes";

#[cfg(test)]
mod tests {
    use cmqtt_core::{Config, Event, Instant, Output, Session, Storage};

    use super::*;

    /// How the search for a modem ends that says nothing but these, one each time that it is spoken to.
    fn search(answers: &[&str]) -> Failed {
        let memory = || vec![0; 4096];
        let storage = Storage::new(memory(), memory(), memory(), memory()).expect("room");
        let mut session = Session::new(Config::SIM7028, storage, memory(), memory());
        session.identify(None).expect("it is idle");
        let mut answers = answers.iter();
        let mut now = Instant::ZERO;
        loop {
            match session.poll() {
                Output::Transmit(bytes) => {
                    let len = bytes.len();
                    session.handle_transmitted(now, len);
                    if let Some(answer) = answers.next() {
                        assert_eq!(session.handle_received(now, answer.as_bytes()), answer.len());
                    }
                }
                Output::Event(Event::Failed { failure, .. }) => return failure,
                Output::Event(_) => {}
                Output::Wait(deadline) => {
                    now = deadline.expect("it is waited for").at;
                    session.handle_timeout(now);
                }
            }
        }
    }

    #[test]
    fn a_modem_that_says_nothing_is_none_and_one_that_once_did_is_there() {
        let words = |answers| no_modem("/dev/ttyUSB2", &Error::Failed(search(answers)));
        assert!(words(&[]).starts_with("no modem answers at /dev/ttyUSB2; is it switched on"));
        // To AT and AT+CSQ.
        let some = ["\r\nOK\r\n", "\r\n+CSQ: 20,0\r\n\r\nOK\r\n"];
        assert!(words(&some).starts_with("the modem at /dev/ttyUSB2 answers, but not to everything: "));
    }
}

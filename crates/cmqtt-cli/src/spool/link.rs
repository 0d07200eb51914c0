//! The way to the broker, for as long as the spool wants it: brought up when it is needed, and again when it is lost.

use at_proto::cmqtt::{ResultCode, Topic};
use at_proto::network::EnterPin;
use at_proto::{Command, Refusal};
use cmqtt_core::RequestError;
use cmqtt_host::tls::TlsFiles;
use cmqtt_outbox::Message;
use cmqtt_tokio::{Cause, Error, Outcome, Publication};

use crate::arguments::{BrokerPlan, ModemPlan};
use crate::modem::{Failure, Holding, Modem, Shown, Stop, let_go, lost, publish_timeout};

/// A modem that may be there, and may be connected.
pub(super) struct Link<'p> {
    target: &'p ModemPlan,
    broker: &'p BrokerPlan,
    files: Option<TlsFiles>,
    quiet: bool,
    modem: Option<Modem>,
    connected: bool,
    /// How often it has failed since something was delivered, or connected.
    failures: u32,
}

/// Why something was not delivered, by what is to be done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Try again.
    Later(Failure),
    /// This message cannot be sent, others can.
    Never(Failure),
    /// It would only fail again.
    Final(Failure),
}

impl<'p> Link<'p> {
    pub(super) fn new(
        target: &'p ModemPlan,
        broker: &'p BrokerPlan,
        files: Option<TlsFiles>,
        quiet: bool,
    ) -> Self {
        Self {
            target,
            broker,
            files,
            quiet,
            modem: None,
            connected: false,
            failures: 0,
        }
    }

    /// Delivers a message: the modem has said that it is done.
    pub(super) async fn deliver(&mut self, message: &Message) -> Result<(), Trouble> {
        let client = self.target.client;
        let topic = Topic::new(message.topic()).map_err(|error| Trouble::Never(error.into()))?;
        let modem = self.ready().await?;
        let publication = Publication {
            client,
            topic,
            payload: &message.payload,
            qos: message.qos,
            retain: message.retain,
            timeout: publish_timeout(modem),
        };
        let place = format!("to {}", message.topic());
        let trouble = match modem.publish(&publication, &place).await {
            Ok(Outcome::Delivered) => {
                self.failures = 0;
                return Ok(());
            }
            Ok(outcome) => undelivered(&place, outcome),
            Err(failure) => not_sent(failure),
        };
        if let Trouble::Later(_) = trouble {
            self.fails();
        }
        Err(trouble)
    }

    /// Connects, if it is not connected.
    pub(super) async fn connect(&mut self) -> Result<(), Trouble> {
        self.ready().await.map(|modem| modem.quiet())
    }

    /// Returns when the connection is lost, with the reason. It may be dropped before.
    pub(super) async fn stay(&mut self) -> Result<String, Trouble> {
        let client = self.target.client;
        let modem = self.ready().await?;
        loop {
            match modem.next_event().await {
                Ok(event) => {
                    if let Some(why) = lost(&event, client) {
                        self.connected = false;
                        return Ok(why);
                    }
                }
                Err(failure) => {
                    self.modem = None;
                    return Err(Trouble::Later(failure));
                }
            }
        }
    }

    /// Takes the client down.
    pub(super) async fn close(
        &mut self,
        holding: &Holding,
        stop: &mut Stop,
        broken_off: bool,
    ) -> Result<(), Failure> {
        match &mut self.modem {
            Some(modem) => let_go(modem, holding, stop, broken_off).await,
            None => Ok(()),
        }
    }

    async fn ready(&mut self) -> Result<&mut Modem, Trouble> {
        let modem = match self.modem.take() {
            Some(mut modem) => {
                while let Some(event) = modem.kept_event() {
                    self.connected &= lost(&event, self.target.client).is_none();
                }
                modem
            }
            None => {
                self.connected = false;
                let shown = Shown::new(!self.quiet && !self.target.trace);
                let opened = async {
                    let mut modem = Modem::open(self.target, shown).await?;
                    modem.wait_for_network(self.target).await?;
                    Ok(modem)
                };
                opened.await.map_err(not_ready)?
            }
        };
        let modem = self.modem.insert(modem);
        if !self.connected {
            let up = modem
                .bring_up(self.target.client, self.broker, self.files.as_ref(), &[])
                .await;
            if let Err(failure) = up {
                self.fails();
                return Err(not_ready(failure));
            }
            self.connected = true;
        }
        // It is there: looked at again for the borrow's sake.
        self.modem.as_mut().ok_or(Trouble::Later(Failure::NoDevice))
    }

    /// What the modem holds is looked at again. If that does not help, the modem is.
    fn fails(&mut self) {
        self.connected = false;
        self.failures += 1;
        if self.failures > 1 {
            self.modem = None;
            self.failures = 0;
        }
    }
}

fn undelivered(place: &str, outcome: Outcome) -> Trouble {
    let about_the_message = outcome.code().is_some_and(|code| {
        [
            ResultCode::BAD_UTF8,
            ResultCode::INVALID_PARAMETER,
            ResultCode::TOPIC_EMPTY,
        ]
        .contains(&code)
    });
    let failure = Failure::NotDelivered {
        place: format!("publish {place}"),
        outcome: Box::new(outcome),
    };
    match about_the_message {
        true => Trouble::Never(failure),
        false => Trouble::Later(failure),
    }
}

fn not_sent(failure: Failure) -> Trouble {
    let passes = |error: &RequestError| {
        matches!(
            error,
            RequestError::Busy | RequestError::LateResult { .. } | RequestError::PayloadLeft
        )
    };
    match &failure {
        Failure::NotSent { error, .. } => match &**error {
            Error::Request(error) if !passes(error) => Trouble::Never(failure),
            _ => Trouble::Later(failure),
        },
        _ => Trouble::Later(failure),
    }
}

/// Which failures to get connected would only come again: wrong arguments, above all a wrong PIN, which blocks the SIM at
/// the third time, and what a broker refuses for good.
fn not_ready(failure: Failure) -> Trouble {
    let is_final = match &failure {
        Failure::DeviceName
        | Failure::PlainDevice(_)
        | Failure::ManyDevices(_)
        | Failure::Files(_)
        | Failure::Value(_) => true,
        Failure::Step { error, .. } => match &**error {
            Error::Failed(failed) => match failed.cause {
                Cause::PinRequired | Cause::PukRequired => true,
                Cause::Refused(Refusal::Code(code)) => REFUSED_FOR_GOOD.contains(&ResultCode(code)),
                Cause::Refused(_) => failed.command == EnterPin::NAME,
                _ => false,
            },
            Error::Request(error) => !matches!(error, RequestError::Busy | RequestError::LateResult { .. }),
            _ => false,
        },
        _ => false,
    };
    match is_final {
        true => Trouble::Final(failure),
        false => Trouble::Later(failure),
    }
}

/// MQTT's refusals of a CONNECT, but "server unavailable".
const REFUSED_FOR_GOOD: [ResultCode; 4] = [
    ResultCode::REFUSED_PROTOCOL_VERSION,
    ResultCode::REFUSED_IDENTIFIER,
    ResultCode::REFUSED_CREDENTIALS,
    ResultCode::REFUSED_NOT_AUTHORISED,
];

//! The way to the broker, for as long as the spool wants it. The driver keeps it once it is there; what is tried again here
//! is to find the modem and to connect for the first time, so that the user learns why that does not succeed.

use at_proto::Command;
use at_proto::cmqtt::Topic;
use at_proto::network::EnterPin;
use cmqtt_core::RequestError;
use cmqtt_host::tls::TlsFiles;
use cmqtt_outbox::Message;
use cmqtt_tokio::{Cause, Error, Event, OnUnknown, Publication};

use crate::arguments::{BrokerPlan, ModemPlan, StayingPlan};
use crate::modem::{
    Failure, Holding, Modem, Shown, Staying, Stop, gave_up, is_final, let_go, publish_timeout,
};

/// A modem that may be there.
pub(super) struct Link<'p> {
    target: &'p ModemPlan,
    broker: &'p BrokerPlan,
    files: Option<TlsFiles>,
    staying: StayingPlan,
    name: &'static str,
    quiet: bool,
    modem: Option<Modem>,
    /// Its client was connected, and the driver keeps it so.
    is_kept: bool,
}

/// Why something was not delivered, by what is to be done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Try again.
    Later(Failure),
    /// This message is not taken, others may be.
    Refused(Failure),
    /// It would only fail again.
    Final(Failure),
}

impl<'p> Link<'p> {
    pub(super) fn new(
        target: &'p ModemPlan,
        broker: &'p BrokerPlan,
        files: Option<TlsFiles>,
        staying: StayingPlan,
        name: &'static str,
        quiet: bool,
    ) -> Self {
        Self {
            target,
            broker,
            files,
            staying,
            name,
            quiet,
            modem: None,
            is_kept: false,
        }
    }

    /// Delivers a message, however long that takes: it has reached the broker, with quality of service 0 the modem's socket.
    pub(super) async fn deliver(&mut self, message: &Message) -> Result<(), Trouble> {
        let topic = Topic::new(message.topic()).map_err(|error| Trouble::Refused(error.into()))?;
        let client = self.target.client;
        let modem = self.ready().await?;
        let publication = Publication {
            client,
            topic,
            payload: &message.payload,
            qos: message.qos,
            retain: message.retain,
            timeout: publish_timeout(modem),
        };
        let place = format!("publish to {}", message.topic());
        // A spool delivers at least once.
        let delivered = modem
            .try_deliver(&publication, OnUnknown::SendAgain, &place)
            .await
            .map(drop);
        delivered.map_err(|error| {
            if let Error::GaveUp(why) = error {
                return Trouble::Final(gave_up(why));
            }
            let trouble = trouble(&error);
            if trouble == Fault::Chance {
                // Looked for anew: whatever it was, the driver did not get over it.
                self.modem = None;
            }
            let failure = Failure::NotSent {
                place,
                error: Box::new(error),
            };
            match trouble {
                Fault::Message => Trouble::Refused(failure),
                Fault::Chance => Trouble::Later(failure),
            }
        })
    }

    /// Connects, if it is not connected.
    pub(super) async fn connect(&mut self) -> Result<(), Trouble> {
        self.ready().await.map(|modem| modem.quiet())
    }

    /// Listens to what becomes of the connection, and returns when it is given up. It may be dropped before.
    pub(super) async fn stay(&mut self) -> Trouble {
        let modem = match self.ready().await {
            Ok(modem) => modem,
            Err(trouble) => return trouble,
        };
        loop {
            match modem.next_event().await {
                Ok(Event::GaveUp { why, .. }) => return Trouble::Final(gave_up(why)),
                Ok(event) => {
                    modem.follow(&event);
                }
                Err(failure) => {
                    self.modem = None;
                    return Trouble::Later(failure);
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

    /// The modem, whose client was connected once and is kept since then.
    async fn ready(&mut self) -> Result<&mut Modem, Trouble> {
        if let Err(trouble) = self.get_ready().await {
            // One that was given a PIN, and whose answer to that got lost, knows that it was.
            if let Trouble::Later(failure) = &trouble
                && !is_of_pin(failure)
            {
                self.modem = None;
            }
            return Err(trouble);
        }
        self.modem.as_mut().ok_or(Trouble::Later(Failure::NoDevice))
    }

    async fn get_ready(&mut self) -> Result<(), Trouble> {
        let modem = match self.modem.take() {
            Some(modem) => modem,
            None => {
                self.is_kept = false;
                let shown = Shown::new(!self.quiet && !self.target.trace);
                Modem::open(self.target, shown).await.map_err(not_ready)?
            }
        };
        // There from here on, so that it is taken down however this ends.
        let modem = self.modem.insert(modem);
        if !self.is_kept {
            modem.wait_for_network(self.target).await.map_err(not_ready)?;
            let staying = Staying {
                name: self.name,
                quiet: self.quiet,
                publishes: true,
                modem: self.target,
                plan: Some(self.staying),
            };
            let up = modem.stay_up(&staying, self.broker, self.files.as_ref(), &[]);
            up.await.map_err(not_ready)?;
            modem.forget_events();
            self.is_kept = true;
        }
        Ok(())
    }
}

/// What is to blame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Message,
    Chance,
}

/// A message is kept until its outcome is known: what fails it for good is what it is, or what was asked for.
fn trouble(error: &Error) -> Fault {
    match error {
        Error::Request(RequestError::Busy | RequestError::NotKept | RequestError::PayloadLeft) => {
            Fault::Chance
        }
        Error::Request(_) => Fault::Message,
        Error::Failed(failure) => match failure.cause {
            Cause::Refused(_) | Cause::RefusedByBroker(_) | Cause::NotSent(_) | Cause::Encode(_) => {
                Fault::Message
            }
            _ => Fault::Chance,
        },
        _ => Fault::Chance,
    }
}

fn is_of_pin(failure: &Failure) -> bool {
    match failure {
        Failure::Step { error, .. } => {
            matches!(&**error, Error::Failed(failed) if failed.command == EnterPin::NAME)
        }
        _ => false,
    }
}

fn not_ready(failure: Failure) -> Trouble {
    match is_final(&failure) {
        true => Trouble::Final(failure),
        false => Trouble::Later(failure),
    }
}

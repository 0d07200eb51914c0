//! The modem that a subcommand talks to: found, opened, watched, brought up and taken down.

use std::collections::VecDeque;
use std::pin::pin;

use at_proto::basic::Attention;
use at_proto::cmqtt::TopicFilter;
use at_proto::network::{Apn, Clock, Pin};
use at_proto::tls::FileName;
use at_proto::{Command, Encode, Read, Recognition};
use cmqtt_host::tls::ModemTime;
use cmqtt_tokio::{
    Cause, Client, Error, Event, Failure as Failed, Limits, Message, Network, Outcome, Publication,
    WaitReason,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::arguments::ModemPlan;

mod bring_up;

mod device;

mod failure;
pub(crate) use failure::Failure;

mod giving_up;
pub(crate) use giving_up::{FIRST_PAUSE, GivingUp, LONGEST_PAUSE, TryingAgain, is_final};

mod shown;
pub(crate) use shown::{Shown, bars};

mod run;
pub(crate) use run::{Holding, NotTakenDown, TAKE_DOWN, let_go, planned, run, with_client};

mod staying;
pub(crate) use staying::{Staying, gave_up};

mod stop;
pub(crate) use stop::Stop;

mod watched;

mod wire;
use wire::Device;
pub(crate) use wire::Wire;

/// A modem that answers.
pub(crate) struct Modem {
    client: Client,
    device: Device,
    shown: Shown,
    /// The subcommand that tells what becomes of the connection.
    tells: Option<&'static str>,
    /// What came while something else was awaited.
    kept: VecDeque<Event>,
    /// It is being brought up, or that was broken off.
    connects: bool,
    /// It was said that the dates of certificates are not checked.
    says_dates_unchecked: bool,
    /// Where messages go that come then, if not there.
    early: Option<UnboundedSender<Message>>,
}

impl Modem {
    /// Opens the device and finds the modem on it.
    pub(crate) async fn open(plan: &ModemPlan, shown: Shown) -> Result<Self, Failure> {
        let device = Device::new(plan)?;
        shown.says(format_args!("find the modem at {}", device.path));
        let mut modem = Self {
            client: device.open().await?,
            device,
            shown,
            tells: None,
            kept: VecDeque::new(),
            connects: false,
            says_dates_unchecked: false,
            early: None,
        };
        modem.identify(plan).await.map_err(|error| Failure::NoModem {
            device: modem.device.path.clone(),
            error: Box::new(error),
        })?;
        Ok(modem)
    }

    /// Opens the device, finds the modem on it and waits for the network, again where that may help.
    pub(crate) async fn prepare(
        plan: &ModemPlan,
        shows: bool,
        giving_up: &GivingUp,
    ) -> Result<Self, Failure> {
        let mut found = None;
        giving_up
            .first(&mut found, async |found| {
                *found = Some(Self::open(plan, Shown::new(shows)).await?);
                Ok(())
            })
            .await?;
        let mut modem = found.ok_or(Failure::NoDevice)?;
        giving_up
            .first(&mut modem, async |modem| modem.wait_for_network(plan).await)
            .await?;
        Ok(modem)
    }

    /// Waits for the network.
    pub(crate) async fn wait_for_network(&mut self, plan: &ModemPlan) -> Result<(), Failure> {
        self.despite_the_line(plan, async |modem| modem.network(plan).await)
            .await
    }

    /// Finds the modem, once more if it restarts meanwhile, or if a byte of an answer may have been lost.
    async fn identify(&mut self, plan: &ModemPlan) -> Result<(), Error> {
        let family = plan.family;
        let mut found = self.watch(async |client| client.identify(family).await).await;
        if matches!(&found, Err(Error::Failed(failure)) if failure.cause == Cause::Restarted || has_answered(failure))
        {
            found = self.watch(async |client| client.identify(family).await).await;
        }
        found.map(drop)
    }

    async fn network(&mut self, plan: &ModemPlan) -> Result<(), Failure> {
        let network = network(plan)?;
        self.step(async |client| client.wait_for_network(&network).await)
            .await
    }

    /// Unsubscribes from a filter.
    pub(crate) async fn unsubscribe(&mut self, client: u8, filter: TopicFilter<'_>) -> Result<(), Failure> {
        self.watch(async |modem| modem.unsubscribe(client, filter).await)
            .await
            .map_err(Failure::from)
    }

    /// Publishes a message.
    pub(crate) async fn publish(
        &mut self,
        publication: &Publication<'_>,
        place: &str,
    ) -> Result<Outcome, Failure> {
        let place = format!("publish {place}");
        self.shown.says(&place);
        self.watch(async |client| client.publish(publication).await)
            .await
            .map_err(|error| match error {
                error @ (Error::Request(_) | Error::Failed(_)) => Failure::NotSent {
                    place,
                    error: Box::new(error),
                },
                error => error.into(),
            })
    }

    /// Sends a command and keeps what `read` makes of its answer.
    pub(crate) async fn command<C: Command, T>(
        &mut self,
        command: &C,
        read: impl FnOnce(C::Reply<'_>) -> T,
    ) -> Result<T, Error> {
        self.watch(async |client| client.command(command, read).await)
            .await
    }

    /// The next thing that the modem says unasked.
    pub(crate) async fn next_event(&mut self) -> Result<Event, Failure> {
        if let Some(event) = self.kept.pop_front() {
            return Ok(event);
        }
        loop {
            match self.client.next_event().await? {
                Event::Progress(progress) => self.shown.progress(progress),
                event => return Ok(event),
            }
        }
    }

    /// What the modem receives while something else is awaited, from now on: it does not wait for that to end.
    pub(crate) fn early_messages(&mut self) -> UnboundedReceiver<Message> {
        let (sender, receiver) = unbounded_channel();
        for event in std::mem::take(&mut self.kept) {
            match event {
                Event::Message(message) => drop(sender.send(message)),
                event => self.kept.push_back(event),
            }
        }
        self.early = Some(sender);
        receiver
    }

    /// Who reads events by itself needs none that came before.
    pub(crate) fn forget_events(&mut self) {
        self.kept.clear();
    }

    /// Takes the client down in order.
    pub(crate) async fn take_down(&mut self, client: u8) -> Result<(), Failure> {
        self.step(async |modem| modem.take_down(client).await).await?;
        self.shown.done();
        Ok(())
    }

    /// What the model's name says of its MQTT commands.
    pub(crate) fn recognition(&self) -> Recognition {
        self.client.recognition()
    }

    /// What the modem takes.
    pub(crate) fn limits(&self) -> Limits {
        self.client.limits()
    }

    /// The progress line goes away.
    pub(crate) fn quiet(&self) {
        self.shown.done();
    }

    /// Stores a file unless the modem holds one of its name.
    pub(crate) async fn provide_file(&mut self, name: &str, file: &[u8]) -> Result<(), Failure> {
        let stored_as = FileName::new(name)?;
        self.shown.says(format_args!("store {name}"));
        self.watch(async |client| client.provide_file(stored_as, file).await)
            .await
            .map_err(|error| Failure::NotStored {
                name: name.to_owned(),
                error: Box::new(error),
            })
    }

    /// What the modem's clock says, if that is right by this computer's clock: certificates are judged by it then.
    pub(crate) async fn time(&mut self) -> Option<ModemTime> {
        let clock = self.command(&Read::<Clock>::new(), |clock| clock).await.ok()?;
        ModemTime::from_clock(&clock).filter(|time| time.is_right(ModemTime::of_host()))
    }

    /// Does one thing, and names the step at which it failed.
    async fn step<T>(&mut self, act: impl AsyncFnOnce(Client) -> Result<T, Error>) -> Result<T, Failure> {
        self.shown.forget_step();
        self.watch(act).await.map_err(|error| Failure::Step {
            step: self.shown.step(),
            error: Box::new(error),
        })
    }

    /// Shows how far it has come while it is awaited. What else comes meanwhile is kept.
    async fn watch<T>(&mut self, act: impl AsyncFnOnce(Client) -> T) -> T {
        let client = self.client.clone();
        let mut acting = pin!(act(self.client.clone()));
        loop {
            let event = tokio::select! {
                biased;
                done = &mut acting => return done,
                event = client.next_event() => event,
            };
            match event {
                Ok(Event::Progress(progress)) => self.shown.progress(progress),
                Ok(event) if self.follow(&event) => {}
                Ok(Event::Message(message)) if let Some(early) = &self.early => {
                    // Nobody reads them any more: they are of no use then.
                    let _ = early.send(message);
                }
                Ok(event) => self.kept.push_back(event),
                // Whoever acts is told the same.
                Err(_) => return acting.await,
            }
        }
    }
}

/// Whether a modem is there that did not answer this: without an answer to `AT`, or to what finds back into step, nothing
/// else is asked.
fn has_answered(failure: &Failed) -> bool {
    let found = |reason| failure.command != Attention.dialogue().name && reason != WaitReason::BackInStep;
    matches!(failure.cause, Cause::TimedOut(reason) if found(reason))
}

/// What the network is to be told.
fn network(plan: &ModemPlan) -> Result<Network<'_>, Failure> {
    Ok(Network {
        apn: plan.apn.as_deref().map(Apn::new).transpose()?,
        pin: plan.pin.as_ref().map(|pin| Pin::new(pin.reveal())).transpose()?,
        ..Network::default()
    })
}

/// Why the connection of this client is gone, if an event says so.
pub(crate) fn lost(event: &Event, client: u8) -> Option<String> {
    match event {
        Event::ConnectionLost { client: index, cause } if *index == client => Some(cause.to_string()),
        Event::KeepAliveFailed { client: index, code } if *index == client => {
            Some(format!("the keep alive failed: {code}"))
        }
        Event::NoNetwork => Some("the network is gone".to_owned()),
        Event::Restarted => Some("the modem has restarted".to_owned()),
        _ => None,
    }
}

/// How long PUB may take, in seconds: a minute, or what the modem takes that is nearest to it.
pub(crate) fn publish_timeout(modem: &Modem) -> u32 {
    modem.limits().publish_timeout.nearest(60)
}

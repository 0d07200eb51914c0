//! The session: what people want of a modem, made of what it offers.

mod plan;
mod progress;
mod task;

pub use plan::{Plan, Will};
pub use progress::{Progress, Step};

use core::time::Duration;

use at_proto::basic::{Attention, Echo, ErrorFormat, Identify as Identification, Model};
use at_proto::cmqtt::{Acquire, Configure, Connect, Setting, Subscribe, SubscribeTopic};
use at_proto::network::{
    Apn, Attachment, DefineContext, Domain, EnterPin, Eps, Packet, Pin, ReportRegistration, ShowAddress,
    Signal,
};
use at_proto::{Family, Quoted, Read, VersionChoice, tls};

use crate::client::{Client, Item, Next as ClientNext};
use crate::config::{Config, Limits};
use crate::connection::Transport;
use crate::output::{Event, Output};
use crate::request::{Cause, Effect, Failure, RequestError, RequestId};
use crate::storage::Storage;
use crate::time::Instant;
use crate::timer::Deadline;
use plan::Kept;
use progress::Untold;
use task::{
    Access, Act, Answer, Ask, BringUp, Context, Identify, Network as NetworkTask, Short, TakeDown, Task,
};

/// A [`Client`] with the policy around it: it finds the modem and learns what it is, waits for the network, brings a
/// client from whatever the modem holds to connected and subscribed, and takes it down again.
///
/// The same four kinds of methods, the same loop: see the [crate's documentation](crate). What the modem itself offers is
/// asked for through [`Session::client`]. A session's own requests take many commands; what becomes of them meanwhile is
/// told as [`Event::Progress`].
#[derive(Debug)]
pub struct Session<M> {
    client: Client<M>,
    plan: Kept<M>,
    access: Access,
    /// Whether the modem was asked for its limits since it was identified.
    learned: bool,
    running: Option<Running>,
    untold: Untold,
    end: Option<(RequestId, Result<(), Failure>)>,
}

/// What the network has to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network<'a> {
    /// The access point. `None` leaves the one that the modem has.
    pub apn: Option<Apn<'a>>,
    /// The SIM's PIN, should it ask for one. It is given once: three wrong ones block the SIM.
    pub pin: Option<Pin<'a>>,
    /// How long registration may take. `None`: 180 s, as it takes on NB-IoT.
    pub registration: Option<Duration>,
}

/// A request that runs.
#[derive(Clone, Copy, Debug)]
struct Running {
    id: RequestId,
    task: Task,
    /// The command that it is at.
    asked: Option<RequestId>,
    /// It pauses.
    pause: Option<Deadline>,
}

/// What [`Session::advance`] came to.
#[derive(Clone, Copy, Debug)]
enum Next {
    Client(ClientNext),
    Progress(Progress),
    End(RequestId, Result<(), Failure>),
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Session<M> {
    /// A session with a modem of which nothing is known but the configuration. The texts of a [`Plan`] are kept in
    /// `plan`: 4 KiB hold most, a long list of filters needs more.
    pub fn new(config: Config, storage: Storage<M>, plan: M) -> Self {
        Self {
            client: Client::new(config, storage),
            plan: Kept::new(plan),
            access: Access {
                apn: None,
                pin: None,
                registration: task::REGISTRATION,
            },
            learned: false,
            running: None,
            untold: Untold::default(),
            end: None,
        }
    }

    /// As [`Client::handle_received`].
    #[must_use = "bytes that were not taken have to be passed again"]
    pub fn handle_received(&mut self, now: Instant, bytes: &[u8]) -> usize {
        self.client.handle_received(now, bytes)
    }

    /// As [`Client::handle_transmitted`].
    pub fn handle_transmitted(&mut self, now: Instant, len: usize) {
        if let Some((before, of)) = self.client.file_progress() {
            let sent = before.saturating_add(len).min(of);
            self.untold.push(Progress::Sending { sent, of });
        }
        self.client.handle_transmitted(now, len);
    }

    /// As [`Client::handle_timeout`].
    pub fn handle_timeout(&mut self, now: Instant) {
        self.client.handle_timeout(now);
    }

    /// As [`Client::handle_reset`]. The request that runs fails.
    pub fn handle_reset(&mut self, now: Instant) {
        self.client.handle_reset(now);
        self.learned = false;
        if let Some(running) = &self.running
            && running.asked.is_none()
        {
            self.end_task(Err(Failure {
                command: "AT",
                cause: Cause::Reset,
                effect: Effect::None,
            }));
        }
    }

    /// Finds the modem: asks until it answers (and makes up for data that it may still wait for), switches echo off and
    /// errors to words, and asks for its model. Its family is what the model says, unless the caller names one; limits
    /// and budgets follow.
    ///
    /// # Errors
    /// [`RequestError::Busy`].
    pub fn identify(&mut self, family: Option<Family>) -> Result<RequestId, RequestError> {
        self.begin(Task::Identify(Identify::new(family)))
    }

    /// Waits for the network: the SIM is ready, the access point is the right one, the modem is registered and attached
    /// and has an address.
    ///
    /// It fails with [`Cause::PinRequired`], [`Cause::PukRequired`], [`Cause::NoSim`] and [`Cause::NotRegistered`], which
    /// says how the registration stood at last.
    ///
    /// # Errors
    /// [`RequestError::Busy`].
    pub fn wait_for_network(&mut self, network: &Network<'_>) -> Result<RequestId, RequestError> {
        self.check_free()?;
        self.access = Access {
            apn: network.apn.map(|apn| Short::new(apn.as_bytes())),
            pin: network.pin.map(|pin| Short::new(pin.as_bytes())),
            registration: network.registration.unwrap_or(task::REGISTRATION),
        };
        self.begin(Task::Network(NetworkTask::new()))
    }

    /// Brings a client to where the plan wants it: connected and subscribed. What the modem holds already is asked for
    /// first. It is kept when it is what the plan says, and taken down in order when it is not; a CONNECT of before that
    /// has not ended is waited for. The filters are subscribed to in any case, for the modem does not say to what it is
    /// subscribed; so retained messages come again.
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::NoRoomForPlan`], [`RequestError::Unsupported`],
    /// [`RequestError::Incomplete`]; [`RequestError::OutOfRange`] for what this modem does not take.
    pub fn bring_up(&mut self, plan: &Plan<'_>) -> Result<RequestId, RequestError> {
        self.check_free()?;
        self.client.check_plan(plan)?;
        let facts = self.client.config().family.facts();
        if let Some(version) = plan.version
            && facts.version_choice == VersionChoice::None
            && version != facts.default_version
        {
            return Err(RequestError::Unsupported {
                what: "a choice of the MQTT version",
            });
        }
        if let Some(what) = plan.tls.and_then(|tls| tls.missing()) {
            return Err(RequestError::Incomplete { what });
        }
        self.plan.keep(plan)?;
        self.begin(Task::BringUp(BringUp::new()))
    }

    /// Takes a client down in order: DISC, REL, and STOP if no other client is held.
    ///
    /// # Errors
    /// [`RequestError::Busy`]; [`RequestError::OutOfRange`] for the client index.
    pub fn take_down(&mut self, client: u8) -> Result<RequestId, RequestError> {
        self.client.check_client(client)?;
        self.begin(Task::TakeDown(TakeDown::new(client)))
    }

    /// The client, for what the modem itself offers.
    ///
    /// # Errors
    /// [`RequestError::Busy`] while a request of the session's runs.
    pub fn client(&mut self) -> Result<&mut Client<M>, RequestError> {
        self.check_free()?;
        Ok(&mut self.client)
    }

    /// What to do next. Call it until it says [`Output::Wait`].
    pub fn poll(&mut self) -> Output<'_> {
        match self.advance() {
            Next::Client(ClientNext::News(news)) => self.client.event(news),
            Next::Client(ClientNext::Transmit) => Output::Transmit(self.client.unsent()),
            Next::Client(ClientNext::Wait(deadline)) => Output::Wait(deadline),
            Next::Progress(progress) => Output::Event(Event::Progress(progress)),
            Next::End(id, Ok(())) => Output::Event(Event::Done {
                id,
                information: at_proto::InfoLines::new(&[]),
            }),
            Next::End(id, Err(failure)) => Output::Event(Event::Failed { id, failure }),
        }
    }

    /// Whether a request can be made.
    pub fn is_idle(&self) -> bool {
        self.check_free().is_ok()
    }

    /// What the modem takes, as far as it is known.
    pub const fn limits(&self) -> &Limits {
        self.client.limits()
    }

    /// The family that the modem is taken for.
    pub const fn family(&self) -> Family {
        self.client.config().family
    }

    fn check_free(&self) -> Result<(), RequestError> {
        if self.running.is_some() || self.end.is_some() || self.client.is_busy() {
            return Err(RequestError::Busy);
        }
        Ok(())
    }

    fn begin(&mut self, task: Task) -> Result<RequestId, RequestError> {
        self.check_free()?;
        let id = self.client.take_id();
        self.running = Some(Running {
            id,
            task,
            asked: None,
            pause: None,
        });
        self.go_on(Heard::Begin);
        Ok(id)
    }

    /// Goes on until there is something to tell. Decides, and lends nothing.
    fn advance(&mut self) -> Next {
        loop {
            if let Some(progress) = self.untold.pop() {
                return Next::Progress(progress);
            }
            if let Some((id, end)) = self.end.take() {
                return Next::End(id, end);
            }
            let next = self.client.advance();
            let Some(running) = &mut self.running else {
                return Next::Client(next);
            };
            match next {
                ClientNext::News(Item::Done { id }) if running.asked == Some(id) => self.go_on(Heard::Done),
                ClientNext::News(Item::Failed { id, failure }) if running.asked == Some(id) => {
                    self.go_on(Heard::Failed(failure));
                }
                ClientNext::News(item) => {
                    // What is waited for may have come.
                    if let (Item::Network(_), Some(pause)) = (item, &mut running.pause) {
                        pause.at = self.client.now();
                    }
                    return Next::Client(next);
                }
                ClientNext::Wait(deadline) => match running.pause {
                    Some(pause) if pause.at <= self.client.now() => {
                        running.pause = None;
                        self.go_on(Heard::Paused);
                    }
                    Some(pause) => {
                        let sooner = deadline.filter(|deadline| deadline.at < pause.at);
                        return Next::Client(ClientNext::Wait(sooner.or(Some(pause))));
                    }
                    None => return Next::Client(next),
                },
                ClientNext::Transmit => return Next::Client(next),
            }
        }
    }

    /// Tells the task how what it asked for has ended, and does what it says.
    fn go_on(&mut self, mut heard: Heard) {
        loop {
            let Some(running) = &mut self.running else { return };
            running.asked = None;
            let now = self.client.now();
            let (config, information) = self.client.config_and_information();
            let answer = match heard {
                Heard::Begin => Answer::Begin,
                Heard::Done => Answer::Done(information),
                Heard::Failed(failure) => Answer::Failed(failure),
                Heard::NotTaken(error) => Answer::NotTaken(error),
                Heard::Paused => Answer::Paused,
            };
            let mut cx = Context {
                now,
                config,
                plan: &self.plan,
                access: &self.access,
                learned: &mut self.learned,
                untold: &mut self.untold,
            };
            match running.task.next(answer, &mut cx) {
                Act::Ask(ask) => match self.ask(ask) {
                    Ok(id) => {
                        if let Some(running) = &mut self.running {
                            running.asked = Some(id);
                        }
                        return;
                    }
                    Err(error) => heard = Heard::NotTaken(error),
                },
                Act::Pause(time, reason) => {
                    running.pause = Some(Deadline {
                        at: now + time,
                        reason,
                    });
                    return;
                }
                Act::Done => return self.end_task(Ok(())),
                Act::Fail(failure) => return self.end_task(Err(failure)),
            }
        }
    }

    fn end_task(&mut self, end: Result<(), Failure>) {
        if let Some(running) = self.running.take() {
            self.end = Some((running.id, end));
        }
    }

    /// Asks the modem, with the texts of the plan.
    fn ask(&mut self, ask: Ask) -> Result<RequestId, RequestError> {
        let Self { client, plan, .. } = self;
        let index = plan.client();
        match ask {
            Ask::Attention { doubtful } => {
                if doubtful {
                    client.doubt_data_mode();
                }
                client.one(&Attention, Some(task::ATTENTION))
            }
            Ask::EchoOff => client.command(&Echo::OFF),
            Ask::ErrorWords => client.command(&ErrorFormat::WORDS),
            Ask::Model => client.command(&Model),
            Ask::Identification => client.command(&Identification::default()),
            Ask::PinState => client.command(&Read::<EnterPin<'_>>::new()),
            Ask::EnterPin => {
                let pin = self.access.pin.as_ref().map_or("", Short::as_str);
                let pin = Pin::new(pin).map_err(|_| LOST)?;
                client.command(&EnterPin {
                    pin: pin.secret(),
                    new_pin: None,
                })
            }
            Ask::Contexts => client.command(&Read::<DefineContext<'_>>::new()),
            Ask::DefineContext => {
                let apn = self.access.apn.as_ref().map_or("", Short::as_str);
                let apn = Apn::new(apn).map_err(|_| LOST)?;
                let kind = Quoted::new("IP").map_err(|_| LOST)?;
                client.command(&DefineContext::new(1, kind, apn.quoted()))
            }
            Ask::Registration(Domain::Eps) => client.command(&Read::<ReportRegistration<Eps>>::new()),
            Ask::Registration(_) => client.command(&Read::<ReportRegistration<Packet>>::new()),
            Ask::Signal => client.command(&Signal),
            Ask::Attachment => client.command(&Read::<Attachment>::new()),
            Ask::Attach => client.one(&Attachment { state: 1 }, Some(task::ATTACH)),
            Ask::Address => client.command(&ShowAddress { cid: Some(1) }),
            Ask::Acquired => client.command(&Read::<Acquire<'_>>::new()),
            Ask::Start => client.start(),
            Ask::Stop => client.stop(),
            Ask::Limits => client.learn_limits(),
            Ask::State(index) => client.connection_state(index),
            Ask::Connections => client.command(&Read::<Connect<'_>>::new()),
            Ask::TlsContexts => client.command(&Read::<tls::Configure<'_>>::new()),
            Ask::Tls(number) => {
                let tls = plan.tls().ok_or(LOST)?;
                client.command(&tls::Configure {
                    context: tls.context,
                    setting: tls.setting(number).ok_or(LOST)?,
                })
            }
            Ask::Acquire(version) => {
                let transport = match plan.tls() {
                    Some(_) => Transport::Tls,
                    None => Transport::Tcp,
                };
                client.acquire_as(index, plan.id().ok_or(LOST)?, transport, version)
            }
            Ask::Version(version) => client.configure(&Configure {
                client: index,
                setting: Setting::Version(version.level()),
            }),
            Ask::ChooseTls => client.use_ssl_context(index, plan.tls().ok_or(LOST)?.context),
            Ask::Will => {
                let will = plan.will().ok_or(LOST)?;
                client.set_will(index, will.topic, will.message, will.qos)
            }
            Ask::Connect => client.connect(&plan.connection().ok_or(LOST)?),
            Ask::Subscribe(at) => {
                let kept = plan.filter(at).ok_or(LOST)?;
                client.subscribe(index, kept.filter, kept.qos)
            }
            Ask::SubscribeTopic(at) => {
                let kept = plan.filter(at).ok_or(LOST)?;
                client.command(&SubscribeTopic::with(
                    index,
                    kept.filter.as_bytes(),
                    kept.qos.into(),
                ))
            }
            Ask::SubscribeCached => client.command(&Subscribe::Cached {
                client: index,
                dup: None,
            }),
            Ask::Disconnect(index) => {
                let timeout = task::disconnect_timeout(client.config());
                client.disconnect(index, timeout)
            }
            Ask::Release(index) => client.release(index),
        }
    }
}

/// An [`Answer`] that lends nothing.
#[derive(Clone, Copy, Debug)]
enum Heard {
    Begin,
    Done,
    Failed(Failure),
    NotTaken(RequestError),
    Paused,
}

/// A text of the plan that is not there, or is not what it was when it was kept.
const LOST: RequestError = RequestError::Incomplete {
    what: "a text of the plan",
};

//! The session: what people want of a modem, made of what it offers.

mod ask;
mod keeper;
pub(crate) use keeper::KILLS;
mod keeping;
mod ladder;
mod plan;
mod progress;
mod queue;
mod requests;
mod task;
pub(crate) use task::Doubt;

mod healing;
pub use healing::{Healing, Loss, OnUnknown, Overflow};

pub use plan::{Plan, Will};
pub use progress::{Progress, Step};

use core::time::Duration;

use at_proto::network::{Apn, Pin};
use at_proto::{Family, Recognition};

use crate::client::{Client, Item, Next as ClientNext};
use crate::config::{Config, Limits};
use crate::few::Few;
use crate::output::{Event, Output};
use crate::request::{Cause, Effect, Failure, RequestError, RequestId};
use crate::storage::Storage;
use crate::time::Instant;
use crate::timer::{Deadline, WaitReason};
use keeper::{Job, Keeper};
use keeping::{Notice, Publishing};
use plan::Kept;
use queue::Queue;
use task::{Access, Act, Answer, Context, Task};

/// A [`Client`] with the policy around it: it finds the modem and learns what it is, waits for the network, brings a
/// client from whatever the modem holds to connected and subscribed, keeps it there, and takes it down again.
///
/// The same four kinds of methods, the same loop: see the [crate's documentation](crate). What the modem itself offers is
/// asked for through [`Session::client`]. A session's own requests take many commands; what becomes of them meanwhile is
/// told as [`Event::Progress`].
#[derive(Debug)]
pub struct Session<M> {
    client: Client<M>,
    plan: Kept<M>,
    access: Access,
    recognition: Recognition,
    /// Whether the modem was asked for its limits since it was identified.
    learned: bool,
    running: Option<Running>,
    /// One answer of the modem's gives rise to few; the oldest give way.
    untold: Few<Progress>,
    end: Option<(RequestId, Result<(), Failure>)>,
    /// The plan's client was brought up, and nothing was heard of it since.
    up: bool,
    keeper: Option<Keeper>,
    queue: Queue<M>,
    publishing: Option<Publishing>,
    /// What one piece of news brings about are two at most: the end of a message, and what it says of the connection.
    notices: Few<Notice>,
    gives_way: bool,
}

/// What the network has to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network<'a> {
    /// The access point. `None` leaves the one that the modem has.
    pub apn: Option<Apn<'a>>,
    /// The SIM's PIN, should it ask for one. It is given once, and one that the SIM has not accepted is not given again by
    /// this session: three wrong ones block the SIM.
    pub pin: Option<Pin<'a>>,
    /// How long registration may take. `None`: 180 s, as it takes on NB-IoT.
    pub registration: Option<Duration>,
}

/// A task that runs.
#[derive(Clone, Copy, Debug)]
struct Running {
    purpose: Purpose,
    task: Task,
    /// The command that it is at.
    asked: Option<RequestId>,
    /// It pauses.
    pause: Option<Deadline>,
    /// The line was reset: it ends when that command has, however that is.
    reset: bool,
}

/// For whom a task runs.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    /// It is this request.
    Request(RequestId),
    /// The session runs it by itself.
    Keeping(Job),
    /// Nobody any more: it ends with the command that it is at.
    Nobody,
}

/// What [`Session::advance`] came to.
#[derive(Clone, Copy, Debug)]
enum Next {
    Client(ClientNext),
    Progress(Progress),
    Notice(Notice),
    End(RequestId, Result<(), Failure>),
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Session<M> {
    /// A session with a modem of which nothing is known but the configuration. The texts of a [`Plan`] are kept in
    /// `plan`: 4 KiB hold most, a long list of filters needs more. To take over what a modem holds, the memory for
    /// information needs the 32 bytes that say who is connected, and to recognise what is wanted some 700 more: a
    /// connection's address and login.
    ///
    /// `queue` holds what [`Session::deliver`] takes: 13 bytes, topic and payload of each message. It may be empty.
    pub fn new(config: Config, storage: Storage<M>, plan: M, queue: M) -> Self {
        Self {
            client: Client::new(config, storage),
            plan: Kept::new(plan),
            access: Access {
                apn: None,
                pin: None,
                tried_pin: None,
                sim_missing: false,
                no_address: None,
                registration: task::REGISTRATION,
            },
            recognition: Recognition::Family(config.family),
            learned: false,
            running: None,
            untold: Few::default(),
            end: None,
            up: false,
            keeper: None,
            queue: Queue::new(queue),
            publishing: None,
            notices: Few::default(),
            gives_way: false,
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
            self.untold.push_over(Progress::Sending { sent, of });
        }
        self.client.handle_transmitted(now, len);
    }

    /// As [`Client::handle_timeout`].
    pub fn handle_timeout(&mut self, now: Instant) {
        self.client.handle_timeout(now);
    }

    /// As [`Client::handle_reset`]. The request that runs fails, also when what it is at has just succeeded.
    pub fn handle_reset(&mut self, now: Instant) {
        self.client.handle_reset(now);
        self.learned = false;
        match &mut self.running {
            Some(running) if running.asked.is_some() => running.reset = true,
            _ => self.end_task(Err(no_more(Cause::Reset))),
        }
        self.lose(Loss::Reset);
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
            Next::Notice(notice) => Output::Event(self.tell(notice)),
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

    /// What the model's name said, or which family the caller named: before [`Session::identify`] that of the
    /// configuration.
    pub const fn recognition(&self) -> Recognition {
        self.recognition
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
        self.start(Purpose::Request(id), task);
        Ok(id)
    }

    fn start(&mut self, purpose: Purpose, task: Task) {
        self.running = Some(Running {
            purpose,
            task,
            asked: None,
            pause: None,
            reset: false,
        });
        self.go_on(Heard::Begin);
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
            if let Some(notice) = self.notice() {
                return Next::Notice(notice);
            }
            match self.client.advance() {
                ClientNext::News(item) => {
                    if self.on_news(item) {
                        return Next::Client(ClientNext::News(item));
                    }
                }
                ClientNext::Transmit | ClientNext::Wait(_) if self.lose_patience() => {}
                ClientNext::Transmit => return Next::Client(ClientNext::Transmit),
                ClientNext::Wait(deadline) => {
                    if let Some(wait) = self.on_wait(deadline) {
                        return Next::Client(ClientNext::Wait(wait));
                    }
                }
            }
        }
    }

    /// The client has news. `false`: they are the session's own.
    fn on_news(&mut self, item: Item) -> bool {
        match item {
            Item::Done { id } => self.on_ended(id, Ok(())),
            Item::Failed { id, failure } => self.on_ended(id, Err(failure)),
            _ => {
                if let Item::Network(span) = item {
                    self.access.sim_missing |= self.client.is_no_sim(span);
                }
                self.hear(item);
                self.on_news_in_pause(item);
                true
            }
        }
    }

    /// A request of the client's has ended. `true`: it was not one of the session's own.
    fn on_ended(&mut self, id: RequestId, end: Result<(), Failure>) -> bool {
        if self.on_publish_ended(id, end) {
            return false;
        }
        let Some(running) = self.running.filter(|running| running.asked == Some(id)) else {
            return true;
        };
        match end {
            Ok(()) if running.reset => self.end_task(Err(no_more(Cause::Reset))),
            Err(failure) if running.reset => self.end_task(Err(failure)),
            Ok(()) => self.go_on(Heard::Done),
            Err(failure) => self.go_on(Heard::Failed(failure)),
        }
        false
    }

    /// What a task waits for may have come, or be gone.
    fn on_news_in_pause(&mut self, item: Item) {
        let judged = self.client.judged();
        match (item, &mut self.running) {
            // What the next question is about is gone.
            (
                Item::Restarted,
                Some(Running {
                    asked: None, task, ..
                }),
            ) => {
                let end = match task {
                    Task::Restart(_) => Ok(()),
                    _ => Err(no_more(Cause::Restarted)),
                };
                self.end_task(end);
            }
            (
                Item::Network(_) | Item::LateResult { .. },
                Some(Running {
                    pause: Some(pause),
                    task,
                    ..
                }),
            ) if !matches!(task, Task::Restart(_)) => pause.at = judged,
            _ => {}
        }
    }

    /// The client waits. `None`: there is something else to do.
    fn on_wait(&mut self, deadline: Option<Deadline>) -> Option<Option<Deadline>> {
        let own = match &mut self.running {
            Some(running) => match running.pause {
                Some(pause) if pause.at <= self.client.judged() => {
                    running.pause = None;
                    self.go_on(Heard::Paused);
                    return None;
                }
                pause => pause,
            },
            None if self.client.is_busy() || self.gives_way => None,
            None => self.go_on_keeping()?,
        };
        let patience = self.gives_up_at().map(|at| Deadline {
            at,
            reason: WaitReason::Patience,
        });
        let all = own.into_iter().chain(deadline).chain(patience);
        Some(all.min_by_key(|deadline| deadline.at))
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
                access: &mut self.access,
                recognition: &mut self.recognition,
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
        let Some(Running { purpose, task, .. }) = self.running.take() else {
            return;
        };
        let seen = self.access.no_address;
        let end = match task {
            Task::BringUp(_) => end.map_err(|failure| failure.without_address(seen)),
            _ => end,
        };
        match purpose {
            Purpose::Request(id) => {
                self.up |= end.is_ok() && matches!(task, Task::BringUp(_));
                self.end = Some((id, end));
            }
            Purpose::Keeping(job) => self.on_job_ended(job, end),
            Purpose::Nobody => {}
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

/// The end of a request between two commands.
const fn no_more(cause: Cause) -> Failure {
    Failure {
        command: "AT",
        cause,
        effect: Effect::None,
    }
}

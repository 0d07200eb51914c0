//! What a session does by itself while it keeps a client connected, and the messages that it delivers meanwhile.

use core::time::Duration;

use at_proto::Command;
use at_proto::cmqtt::{LostCause, Publish};

use super::healing::{Healing, Loss, OnUnknown};
use super::keeper::{Fate, Job, Keeper, Meaning, Next as Wanted, is_closed_by_broker, is_refused};
use super::plan::Plan;
use super::task::{BringUp, Check, Identify, Network as NetworkTask, Restart, TakeDown, Task};
use super::{Network, Purpose, Running, Session};
use crate::client::{Item, Phase};
use crate::output::Event;
use crate::publication::Publication;
use crate::request::{Cause, Effect, Failure, RequestError, RequestId};
use crate::time::Instant;
use crate::timer::Deadline;

/// Something that a session tells of its own accord.
#[derive(Clone, Copy, Debug)]
pub(super) enum Notice {
    Connected,
    Lost(Loss),
    Restored(Duration),
    GaveUp(Failure),
    PowerKey,
    Delivered { id: RequestId, maybe_duplicate: bool },
    NotDelivered { id: RequestId, failure: Failure },
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Session<M> {
    /// Keeps a client connected and subscribed as the plan says, from now on and whatever happens: the session finds the
    /// modem, waits for its network and connects, and when the connection is lost it does so again. It begins gently and
    /// gets harder as attempts fail: it asks and connects (three times), takes down everything in order first (twice),
    /// restarts the modem if it may, and has its power switched if there is a key; then it begins anew, with pauses that grow
    /// up to [`Healing::longest_pause`]. A modem that does not answer at all is looked for three times, and then its power is
    /// switched; one that says by a result code why it cannot connect is not restarted because its broker is away for an hour.
    /// What the broker refuses for good
    /// (login, client identifier, protocol), a SIM that wants another PIN, and values that this modem does not take are not
    /// tried again. How long all this takes at most, [`Healing::recovery_budget`] says.
    ///
    /// The filters are subscribed to after every CONNECT, for the modem does not say whether the broker kept the session:
    /// retained messages come again then. The events are [`Event::Connected`], [`Event::Lost`], [`Event::Restored`],
    /// [`Event::GaveUp`] and [`Event::PowerKey`]. A client that [`Session::bring_up`] has connected by the same plan stays as
    /// it is. What was connected before this session knew of it is taken down in order and connected anew: it may owe the result
    /// of a publish still, which would pass for that of the first one here. Other requests can be made while the session does nothing by itself: [`Session::is_idle`].
    ///
    /// Another plan can take the place of the one that is kept. Its client has to be the same while messages wait. Where it has
    /// no will and the one before had, or lacks a filter of that, the client is taken down first and connected anew; but what
    /// a broker keeps for a client that asks for no clean session, only UNSUB ends.
    ///
    /// # Errors
    /// Those of [`Session::bring_up`]; [`RequestError::Keeping`] while messages of another client wait.
    pub fn keep(
        &mut self,
        plan: &Plan<'_>,
        network: &Network<'_>,
        healing: &Healing,
    ) -> Result<(), RequestError> {
        self.check_free()?;
        let up = self.up && self.plan.is(plan);
        if !up {
            // What the modem stated may have been damaged on its way: it is asked again.
            self.client.forget_limits();
            self.learned = false;
        }
        self.check_plan(plan)?;
        if !self.queue.is_empty() && plan.connection.client != self.plan.client() {
            return Err(RequestError::Keeping);
        }
        // Of what another host has connected, nobody knows for what it waits, nor what of it is half done.
        let fresh = !self.plan.is_made()
            || self.plan.outlives(plan)
            || self.keeper.as_ref().is_some_and(Keeper::is_fresh_wanted);
        if !up {
            self.plan.keep(plan)?;
        }
        self.up = up;
        self.take_access(network);
        self.keeper = Some(Keeper::new(*healing, self.client.now(), up, fresh));
        if up {
            self.notices.push(Notice::Connected);
        }
        Ok(())
    }

    /// Keeps nothing any more. What is connected stays so; messages that wait fail with [`Cause::LetGo`] as the session is
    /// polled, unless it is told to keep the client again before that, but for the one that is on its way, which ends as it
    /// ends.
    pub fn let_go(&mut self) {
        self.keeper = None;
        let own = |running: &&mut Running| matches!(running.purpose, Purpose::Keeping(_));
        if let Some(running) = self.running.as_mut().filter(own) {
            if running.asked.is_some() {
                running.purpose = Purpose::Nobody;
                running.reset = true;
            } else {
                self.running = None;
            }
        }
    }

    /// When the client that is kept is given up, unless it is connected, or a message delivered, before:
    /// [`Healing::patience`].
    pub fn gives_up_at(&self) -> Option<Instant> {
        self.keeper.as_ref()?.gives_up_at(!self.queue.is_empty())
    }

    /// Gives the client up if it is time, and cuts what is being tried for it. Whether it was.
    pub(super) fn lose_patience(&mut self) -> bool {
        let (Some(at), Some(keeper)) = (self.gives_up_at(), &self.keeper) else {
            return false;
        };
        if self.client.judged() < at {
            return false;
        }
        let why = keeper.why(self.client.command_name().unwrap_or("AT"));
        self.let_go();
        self.up = false;
        self.notices.push(Notice::GaveUp(why));
        let is_nobodys = |running: Running| matches!(running.purpose, Purpose::Nobody);
        if self.publishing.is_some() || self.running.is_some_and(is_nobodys) {
            self.client.abandon();
        }
        true
    }

    /// Whether a client is kept.
    pub const fn is_keeping(&self) -> bool {
        self.keeper.is_some()
    }

    /// Whether a client is kept, and is connected as far as is known.
    pub const fn is_connected(&self) -> bool {
        self.keeper.is_some() && self.up
    }

    /// Whether the session gives way: it ends what it is at, and begins nothing more by itself. So a request of the caller's
    /// has its turn also while one message after the other is delivered: give way, poll until [`Session::is_idle`], ask.
    pub const fn give_way(&mut self, gives_way: bool) {
        self.gives_way = gives_way;
    }

    /// Takes a message and keeps it until its outcome is known, in the order in which they are taken, also while the
    /// connection is gone. It ends with [`Event::Delivered`], which for QoS 1 and 2 means that the modem reported the
    /// broker's acknowledgement, or with [`Event::Failed`]: refused four times by a modem that seems connected (twice where its
    /// code says that the message is wrong), refused by the broker, which closed the connection over it three times in a row
    /// ([`Cause::RefusedByBroker`]), given up after the connection was lost over it or not there for it ten times, which
    /// some brokers see to at what they do not take, out of a range that the modem has stated anew since, or empty while the
    /// modem may hold the payload of another ([`RequestError::PayloadLeft`]).
    ///
    /// There are two copies of a message while it is on its way, one in the queue and one in the memory for requests, which
    /// holds one at a time.
    ///
    /// # Errors
    /// [`RequestError::NotKept`] when no client, or another one, is kept; [`RequestError::QueueFull`] by
    /// [`Overflow::Refuse`](crate::Overflow::Refuse), and where not enough can give way; and those of
    /// [`Client::publish`](crate::Client::publish), but for those that pass.
    pub fn deliver(
        &mut self,
        publication: &Publication<'_>,
        on_unknown: OnUnknown,
    ) -> Result<RequestId, RequestError> {
        let keeper = self.keeper.as_ref().ok_or(RequestError::NotKept)?;
        let overflow = keeper.healing.overflow;
        if publication.client != self.plan.client() {
            return Err(RequestError::NotKept);
        }
        if let Err(error) = self.client.check_publication(publication) {
            if matches!(error, RequestError::OutOfRange { .. }) {
                // The next message may do better.
                self.relearn();
            }
            return Err(error);
        }
        let is_first = self.queue.is_empty();
        let id = self.client.take_id();
        let on_its_way = self.publishing.map(|publishing| publishing.message);
        self.queue
            .push(id, publication, on_unknown, overflow, on_its_way)?;
        let now = self.client.now();
        if let Some(keeper) = self.keeper.as_mut().filter(|_| is_first) {
            keeper.on_first_message(now);
        }
        Ok(id)
    }

    /// Whether there are messages whose outcome is not known.
    pub const fn is_delivering(&self) -> bool {
        !self.queue.is_empty()
    }

    /// The next thing to tell.
    pub(super) fn notice(&mut self) -> Option<Notice> {
        if let Some(notice) = self.notices.pop() {
            return Some(notice);
        }
        if let Some(waiting) = self.queue.pop_displaced() {
            return Some(not_delivered(waiting.id, Cause::Displaced, waiting.effect()));
        }
        if self.keeper.is_none() && self.publishing.is_none() {
            let waiting = self.queue.pop()?;
            return Some(not_delivered(waiting.id, Cause::LetGo, waiting.effect()));
        }
        None
    }

    pub(super) fn tell(&self, notice: Notice) -> Event<'static> {
        let client = self.plan.client();
        match notice {
            Notice::Connected => Event::Connected { client },
            Notice::Lost(why) => Event::Lost { client, why },
            Notice::Restored(after) => Event::Restored { client, after },
            Notice::GaveUp(why) => Event::GaveUp { client, why },
            Notice::PowerKey => Event::PowerKey,
            Notice::Delivered { id, maybe_duplicate } => Event::Delivered { id, maybe_duplicate },
            Notice::NotDelivered { id, failure } => Event::Failed { id, failure },
        }
    }

    /// What the modem said unasked may mean that the connection is gone.
    pub(super) fn hear(&mut self, item: Item) {
        let client = self.plan.client();
        let loss = match item {
            Item::ConnectionLost { client: of, cause } if of == client => {
                self.on_lost_at_publish(cause);
                Loss::Connection(cause)
            }
            Item::NoNetwork => Loss::NoNetwork,
            Item::KeepAliveFailed { client: of, code } if of == client => Loss::KeepAlive(code),
            Item::Restarted => Loss::Restarted,
            Item::Network(span) if self.client.is_deactivation(span) => Loss::Deactivated,
            // What fits in nowhere may have been the end of the connection.
            Item::MessageBroken { .. } => return self.check_now(),
            Item::LateResult { result, .. } if result.name == Publish::NAME => {
                if let Some(keeper) = &mut self.keeper {
                    keeper.release();
                }
                return;
            }
            _ => return,
        };
        self.lose(loss);
    }

    /// The connection is lost. If a PUB is on its way, its message may be why.
    fn on_lost_at_publish(&mut self, cause: LostCause) {
        let sent = matches!(
            self.client.phase(),
            Phase::Busy {
                command: Publish::NAME,
                ..
            }
        );
        let (Some(publishing), Some(keeper), true) = (&mut self.publishing, &mut self.keeper, sent) else {
            return;
        };
        publishing.lost = true;
        if cause == LostCause::ClosedByPeer {
            keeper.on_killed(publishing.message, None);
        }
    }

    /// A byte of what the modem stated may have been lost: it is asked again.
    fn relearn(&mut self) {
        self.learned = false;
        self.check_now();
    }

    /// The modem is asked at once whether it is still connected.
    fn check_now(&mut self) {
        let now = self.client.now();
        if let Some(keeper) = &mut self.keeper {
            keeper.check_now(now);
        }
    }

    pub(super) fn lose(&mut self, loss: Loss) {
        self.up = false;
        let now = self.client.now();
        if let Some(keeper) = &mut self.keeper {
            let meaning = keeper.lose(loss, now);
            self.heed(meaning);
        }
    }

    /// The modem is free: what a session that keeps a client does now. `None`: something was begun.
    pub(super) fn go_on_keeping(&mut self) -> Option<Option<Deadline>> {
        let now = self.client.judged();
        let Some(keeper) = &mut self.keeper else {
            return Some(None);
        };
        match keeper.next(now) {
            Wanted::Run(job) => self.run(job),
            Wanted::PowerKey => self.notices.push(Notice::PowerKey),
            Wanted::Publish(_) if self.queue.first().is_some() => self.publish_first(),
            Wanted::Publish(deadline) | Wanted::Wait(deadline) => return Some(Some(deadline)),
        }
        None
    }

    fn run(&mut self, job: Job) {
        let client = self.plan.client();
        let family = self.keeper.as_ref().and_then(|keeper| keeper.healing.family);
        let task = match job {
            Job::Identify => Task::Identify(Identify::new(family)),
            Job::Restart => Task::Restart(Restart),
            Job::TakeDown => Task::TakeDown(TakeDown::new(client)),
            Job::Network => Task::Network(NetworkTask::new()),
            // The pauses between attempts to connect are those of `Healing`.
            Job::BringUp { adopt } => Task::BringUp(BringUp::new(adopt, false)),
            Job::Check => Task::Check(Check::new(client)),
        };
        self.start(Purpose::Keeping(job), task);
    }

    /// A task that the session ran by itself has ended.
    pub(super) fn on_job_ended(&mut self, job: Job, end: Result<(), Failure>) {
        let now = self.client.now();
        if let Some(keeper) = &mut self.keeper {
            let meaning = keeper.on_end(job, end, now);
            self.heed(meaning);
        }
    }

    fn heed(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Nothing => {}
            Meaning::Connected => {
                self.up = true;
                self.notices.push(Notice::Connected);
            }
            Meaning::Restored(after) => {
                self.up = true;
                self.notices.push(Notice::Restored(after));
            }
            Meaning::Lost(loss) => {
                self.up = false;
                let now = self.client.now();
                if let Some(keeper) = self.keeper.as_mut().filter(|_| self.queue.is_empty()) {
                    keeper.stall(now);
                }
                self.notices.push(Notice::Lost(loss));
            }
            Meaning::GaveUp(failure) => {
                self.up = false;
                self.keeper = None;
                self.notices.push(Notice::GaveUp(failure));
            }
        }
    }

    fn publish_first(&mut self) {
        let Some((publication, message)) = self.queue.publication() else {
            // Not what was taken: it cannot be published, nor stand in the way.
            if let Some(waiting) = self.queue.pop() {
                self.notices
                    .push(not_delivered(waiting.id, Cause::LetGo, Effect::None));
            }
            return;
        };
        match self.client.publish(&publication) {
            Ok(asked) => {
                self.publishing = Some(Publishing {
                    asked,
                    message,
                    lost: false,
                });
            }
            Err(error) => self.on_not_published(
                message,
                Failure {
                    command: Publish::NAME,
                    cause: Cause::NotSent(error),
                    effect: Effect::None,
                },
            ),
        }
    }

    /// A publish has ended. `false`: it was not one of the session's own.
    pub(super) fn on_publish_ended(&mut self, asked: RequestId, end: Result<(), Failure>) -> bool {
        let Some(publishing) = self.publishing.take_if(|publishing| publishing.asked == asked) else {
            return false;
        };
        let message = publishing.message;
        match end {
            // Whatever its result says, the message may have gone before the connection did.
            Err(failure) if publishing.lost => {
                let effect = Effect::Unknown;
                self.on_not_published(message, Failure { effect, ..failure });
            }
            Err(failure) => {
                if let Some(keeper) = &mut self.keeper
                    && is_closed_by_broker(&failure)
                {
                    keeper.on_killed(message, failure.code());
                }
                self.on_not_published(message, failure);
            }
            Ok(()) => {
                let now = self.client.now();
                if let Some(keeper) = &mut self.keeper {
                    keeper.on_published(now);
                }
                if let Some(waiting) = self.queue.remove(message) {
                    self.notices.push(Notice::Delivered {
                        id: message,
                        maybe_duplicate: waiting.unknown > 0,
                    });
                }
            }
        }
        true
    }

    fn on_not_published(&mut self, message: RequestId, failure: Failure) {
        let noted = self.queue.note(message, |waiting| {
            if failure.is_unknown() {
                waiting.unknown = waiting.unknown.saturating_add(1);
            }
            if is_refused(&failure) {
                waiting.refused = waiting.refused.saturating_add(1);
            }
        });
        let Some(waiting) = noted else { return };
        let now = self.client.now();
        let (fate, meaning) = match &mut self.keeper {
            Some(keeper) => {
                keeper.on_not_published(failure, waiting.attempts(), waiting.is_sent_again(), now)
            }
            None => (Fate::Fails(failure), Meaning::Nothing),
        };
        if fate == Fate::Stays && matches!(failure.cause, Cause::NotSent(RequestError::OutOfRange { .. })) {
            self.relearn();
        }
        let refusal = self.keeper.as_ref().and_then(|keeper| keeper.refusal(message));
        let fate = match refusal {
            Some(cause) => Fate::Fails(Failure { cause, ..failure }),
            None => fate,
        };
        if let Fate::Fails(failure) = fate {
            self.queue.remove(message);
            self.notices.push(Notice::NotDelivered {
                id: message,
                // What an earlier attempt may have done counts, too.
                failure: Failure {
                    effect: waiting.effect(),
                    ..failure
                },
            });
        }
        self.heed(meaning);
    }
}

/// The message that is on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Publishing {
    /// The client's request.
    asked: RequestId,
    message: RequestId,
    /// The connection was lost while its PUB was on its way.
    lost: bool,
}

const fn not_delivered(id: RequestId, cause: Cause, effect: Effect) -> Notice {
    Notice::NotDelivered {
        id,
        failure: Failure {
            command: Publish::NAME,
            cause,
            effect,
        },
    }
}

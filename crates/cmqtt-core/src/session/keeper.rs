//! The standing order to stay connected: what has to be done to get there, and what comes next. It knows no command; it
//! hears how tasks and publishes end, and what the modem tells.

use core::time::Duration;

use at_proto::cmqtt::{Connect, ResultCode, Subscribe};
use at_proto::network::EnterPin;
use at_proto::{Command, Refusal};

use super::healing::{Healing, Loss};
use super::ladder::{Blame, Ladder, Rung};
use crate::request::{Cause, Failure, RequestError};
use crate::time::Instant;
use crate::timer::{Deadline, WaitReason};

/// Keeps a client connected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keeper {
    pub(super) healing: Healing,
    stand: Stand,
    needs: Needs,
    ladder: Ladder,
    /// Since when it is not connected.
    down_since: Instant,
    /// It was connected before.
    was_connected: bool,
    /// Publishes in a row that a modem which says that it is connected did not carry out.
    doubts: u8,
    /// A publish waits until then, for the result of an earlier one.
    hold: Option<Instant>,
    /// A loss was told during the attempt: of what it made, or of what was before.
    lost_meanwhile: bool,
}

/// Where things stand.
#[derive(Clone, Copy, Debug)]
enum Stand {
    /// Connected and subscribed.
    Up { since: Instant, check_at: Instant },
    /// Not connected: the next attempt begins at this moment.
    Pausing(Instant),
    /// An attempt is being made.
    Trying,
    /// The power was switched off and on: the modem answers at this moment.
    Powering(Instant),
}

/// What an attempt has to do before it connects, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Needs {
    power: bool,
    identify: bool,
    restart: bool,
    take_down: bool,
    network: bool,
    /// What the modem holds is not to be trusted.
    fresh: bool,
}

/// What comes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Run(Job),
    /// Ask the application to switch the power.
    PowerKey,
    /// Publish the oldest message, if there is one; otherwise wait, as below.
    Publish(Deadline),
    Wait(Deadline),
}

/// What a task is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    Identify,
    Restart,
    TakeDown,
    Network,
    BringUp {
        /// Whether a connection that the modem holds may be kept.
        adopt: bool,
    },
    Check,
}

/// What the end of a task means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing to tell.
    Nothing,
    /// It is connected for the first time.
    Connected,
    /// It is connected again, after so long.
    Restored(Duration),
    /// It is no longer connected.
    Lost(Loss),
    /// It cannot be connected.
    GaveUp(Failure),
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays in the queue.
    Stays,
    /// It comes back as failed.
    Fails(Failure),
}

impl Keeper {
    /// `up`: what is to be kept is already there.
    pub(super) const fn new(healing: Healing, now: Instant, up: bool) -> Self {
        Self {
            healing,
            stand: if up {
                Stand::Up {
                    since: now,
                    check_at: now,
                }
            } else {
                Stand::Pausing(now)
            },
            needs: Needs {
                identify: true,
                network: true,
                ..Needs::NONE
            },
            ladder: Ladder::new(healing.seed),
            down_since: now,
            was_connected: up,
            doubts: 0,
            hold: None,
            lost_meanwhile: false,
        }
    }

    /// What comes now, while the modem is free.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        match self.stand {
            Stand::Up { check_at, .. } if check_at <= now => Next::Run(Job::Check),
            Stand::Up { check_at, .. } => {
                let check = Deadline {
                    at: check_at,
                    reason: WaitReason::ConnectionCheck,
                };
                match self.hold.filter(|&hold| now < hold) {
                    Some(hold) if hold < check_at => Next::Wait(Deadline {
                        at: hold,
                        reason: WaitReason::LateResult,
                    }),
                    Some(_) => Next::Wait(check),
                    None => Next::Publish(check),
                }
            }
            Stand::Pausing(until) | Stand::Powering(until) if now < until => Next::Wait(Deadline {
                at: until,
                reason: match self.stand {
                    Stand::Powering(_) => WaitReason::PowerUp,
                    _ => WaitReason::NextAttempt,
                },
            }),
            Stand::Pausing(_) => {
                match self.ladder.rung() {
                    Rung::Reconnect => {}
                    Rung::Service => self.needs.take_down = true,
                    Rung::Restart => self.needs.restart = true,
                    Rung::Power => self.needs.power = true,
                }
                self.go_on(now)
            }
            Stand::Powering(_) | Stand::Trying => self.go_on(now),
        }
    }

    /// The next step of an attempt.
    fn go_on(&mut self, now: Instant) -> Next {
        self.stand = Stand::Trying;
        let needs = &mut self.needs;
        if needs.power
            && let Some(time) = self.healing.power_key
        {
            *needs = Needs::AFTER_RESTART;
            self.stand = Stand::Powering(now + time);
            return Next::PowerKey;
        }
        Next::Run(if needs.identify {
            Job::Identify
        } else if needs.restart {
            Job::Restart
        } else if needs.take_down {
            Job::TakeDown
        } else if needs.network {
            Job::Network
        } else {
            self.lost_meanwhile = false;
            Job::BringUp { adopt: !needs.fresh }
        })
    }

    /// A task has ended.
    pub(super) fn on_end(&mut self, job: Job, end: Result<(), Failure>, now: Instant) -> Meaning {
        match (job, end) {
            (Job::Check, Ok(())) => {
                self.put_off_check(now);
                Meaning::Nothing
            }
            (Job::Check, Err(failure)) => self.lose(Loss::Found(failure), now),
            (Job::Identify, Ok(())) => self.done(|needs| needs.identify = false),
            (Job::Restart, Ok(())) => self.done(|needs| *needs = Needs::AFTER_RESTART),
            (Job::TakeDown, Ok(())) => self.done(|needs| {
                needs.take_down = false;
                needs.fresh = false;
            }),
            (Job::Network, Ok(())) => self.done(|needs| needs.network = false),
            (Job::BringUp { .. }, Ok(())) => self.up(now),
            (_, Err(failure)) => self.on_failed_attempt(failure, now),
        }
    }

    fn done(&mut self, note: impl FnOnce(&mut Needs)) -> Meaning {
        note(&mut self.needs);
        Meaning::Nothing
    }

    fn up(&mut self, now: Instant) -> Meaning {
        self.needs = Needs::NONE;
        let doubtful = core::mem::take(&mut self.lost_meanwhile);
        self.stand = Stand::Up {
            since: now,
            check_at: if doubtful {
                now
            } else {
                now + self.healing.check_every
            },
        };
        self.ladder.connected();
        self.doubts = 0;
        if core::mem::replace(&mut self.was_connected, true) {
            Meaning::Restored(now.saturating_duration_since(self.down_since))
        } else {
            Meaning::Connected
        }
    }

    fn on_failed_attempt(&mut self, failure: Failure, now: Instant) -> Meaning {
        let patience = self.healing.patience;
        let down = now.saturating_duration_since(self.down_since);
        if is_final(&failure) || patience.is_some_and(|patience| patience <= down) {
            return Meaning::GaveUp(failure);
        }
        let needs = &mut self.needs;
        needs.network = true;
        match failure.cause {
            Cause::Restarted => *needs = Needs::AFTER_RESTART,
            Cause::Refused(_) => {}
            // The modem, or the line, is not what it was taken for.
            _ => needs.identify = true,
        }
        self.ladder.fail(blame(&failure), &self.healing);
        self.pause(now);
        Meaning::Nothing
    }

    /// The connection is gone.
    pub(super) fn lose(&mut self, loss: Loss, now: Instant) -> Meaning {
        match loss {
            Loss::Restarted => self.needs = Needs::AFTER_RESTART,
            Loss::Connection(_) => {}
            Loss::NoNetwork => self.needs.network = true,
            Loss::Deactivated => {
                self.needs.network = true;
                self.needs.fresh = true;
            }
            Loss::KeepAlive(_) | Loss::NotPublishing(_) => self.needs.fresh = true,
            Loss::Reset | Loss::Found(_) => {
                self.needs.identify = true;
                self.needs.network = true;
            }
        }
        if loss == Loss::Restarted {
            self.hold = None;
        }
        match self.stand {
            Stand::Up { since, .. } => {
                self.ladder
                    .lost_after(now.saturating_duration_since(since), &self.healing);
                self.down_since = now;
                self.pause(now);
                Meaning::Lost(loss)
            }
            Stand::Trying => {
                self.lost_meanwhile = true;
                Meaning::Nothing
            }
            // The line, or the modem, has only just come: why wait?
            Stand::Pausing(until) if matches!(loss, Loss::Reset | Loss::Restarted) => {
                self.stand = Stand::Pausing(until.min(now + self.healing.first_pause));
                Meaning::Nothing
            }
            Stand::Pausing(_) | Stand::Powering(_) => Meaning::Nothing,
        }
    }

    fn pause(&mut self, now: Instant) {
        self.stand = Stand::Pausing(now + self.ladder.pause(&self.healing));
    }

    /// The modem has shown that it is connected.
    pub(super) fn put_off_check(&mut self, now: Instant) {
        if let Stand::Up { check_at, .. } = &mut self.stand {
            *check_at = now + self.healing.check_every;
        }
    }

    /// A message was published.
    pub(super) fn on_published(&mut self, now: Instant) {
        self.doubts = 0;
        self.put_off_check(now);
    }

    /// The result that a publish waits for has come.
    pub(super) const fn release(&mut self) {
        self.hold = None;
    }

    /// A message was not published, or nobody knows. `again`: it may be sent again when nobody knows.
    pub(super) fn on_not_published(
        &mut self,
        failure: Failure,
        refusals: u8,
        again: bool,
        now: Instant,
    ) -> (Fate, Meaning) {
        match failure.cause {
            Cause::NotSent(RequestError::LateResult { until, .. }) => {
                self.hold = Some(until);
                return (Fate::Stays, Meaning::Nothing);
            }
            Cause::NotSent(_) | Cause::Encode(_) => return (Fate::Fails(failure), Meaning::Nothing),
            Cause::Refused(Refusal::Code(code)) if is_about_the_message(ResultCode(code)) => {
                return (Fate::Fails(failure), Meaning::Nothing);
            }
            _ => {}
        }
        let refused = !failure.is_unknown() || failure.cause == Cause::Refused(Refusal::Error);
        let too_often = refused && refusals >= REFUSALS;
        let fate = if too_often || (failure.is_unknown() && !again) {
            Fate::Fails(failure)
        } else {
            Fate::Stays
        };
        (fate, self.doubt(failure, now))
    }

    /// Something is wrong with the connection, or with the line: find out.
    fn doubt(&mut self, failure: Failure, now: Instant) -> Meaning {
        self.doubts = self.doubts.saturating_add(1);
        if self.doubts >= DOUBTS {
            return self.lose(Loss::NotPublishing(failure), now);
        }
        if let Stand::Up { check_at, .. } = &mut self.stand {
            *check_at = now;
        }
        Meaning::Nothing
    }
}

impl Needs {
    const NONE: Self = Self {
        power: false,
        identify: false,
        restart: false,
        take_down: false,
        network: false,
        fresh: false,
    };

    const AFTER_RESTART: Self = Self {
        identify: true,
        network: true,
        ..Self::NONE
    };
}

/// Whether the same failure would only come again.
fn is_final(failure: &Failure) -> bool {
    match failure.cause {
        Cause::PinRequired | Cause::PukRequired => true,
        // Busy and late results pass; what else was not sent is not what this modem takes.
        Cause::NotSent(error) => !matches!(error, RequestError::Busy | RequestError::LateResult { .. }),
        Cause::Refused(_) if failure.command == EnterPin::NAME => true,
        Cause::Refused(Refusal::Code(code)) => {
            failure.command == Connect::NAME
                && matches!(
                    ResultCode(code),
                    ResultCode::REFUSED_PROTOCOL_VERSION
                        | ResultCode::REFUSED_IDENTIFIER
                        | ResultCode::REFUSED_CREDENTIALS
                        | ResultCode::REFUSED_NOT_AUTHORISED
                )
        }
        _ => false,
    }
}

fn blame(failure: &Failure) -> Blame {
    match failure.cause {
        Cause::Restarted | Cause::Reset | Cause::NotSent(_) => Blame::Chance,
        Cause::Refused(Refusal::Code(_)) if [Connect::NAME, Subscribe::NAME].contains(&failure.command) => {
            Blame::Broker
        }
        _ => Blame::Modem,
    }
}

/// Whether the modem refused what the message is, rather than to send it now.
const fn is_about_the_message(code: ResultCode) -> bool {
    matches!(
        code,
        ResultCode::BAD_UTF8
            | ResultCode::INVALID_PARAMETER
            | ResultCode::TOPIC_EMPTY
            | ResultCode::LENGTH_OUT_OF_RANGE
    )
}

/// Publishes in a row that a connected modem may fail before the connection is made anew.
const DOUBTS: u8 = 2;

/// How often one message is refused by a connected modem before it comes back.
const REFUSALS: u8 = 4;

//! The standing order to stay connected: what has to be done to get there, and what comes next. It knows no command; it
//! hears how tasks and publishes end, and what the modem tells.

mod judgement;
mod killer;

use core::time::Duration;

use super::healing::{Healing, Loss};
use super::ladder::{Blame, Ladder, Rung};
use crate::request::{Cause, Effect, Failure, RequestError};
use crate::time::Instant;
use crate::timer::{Deadline, WaitReason};
pub(super) use judgement::{Attempts, Fate, is_closed_by_broker, is_refused};
use judgement::{blame, is_about_the_message, leaves_half_a_filter, says_not_connected};
pub(crate) use killer::KILLS;
use killer::Killer;

/// Keeps a client connected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keeper {
    pub(super) healing: Healing,
    stand: Stand,
    needs: Needs,
    ladder: Ladder,
    /// Since when it is not connected.
    down_since: Instant,
    /// Since when nothing was achieved that was to be: patience counts from here. Messages that wait are not achieved by a
    /// connection.
    stalled_since: Instant,
    /// Why the last attempt failed.
    last_failure: Option<Failure>,
    /// It was connected before.
    was_connected: bool,
    /// Publishes in a row that a modem which says that it is connected did not carry out.
    doubts: u8,
    /// It was lost for that, and has published nothing since: to be connected is not yet to be well.
    publishes_nothing: bool,
    /// A publish waits until then, for the result of an earlier one.
    hold: Option<Instant>,
    /// A value was out of the range that the modem states, and the range is asked for again: a byte of it may have been lost.
    doubts_ranges: bool,
    /// The message whose publishes ended the last connections, one after another.
    killer: Option<Killer>,
    /// It ended the present connection.
    is_killed: bool,
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

impl Keeper {
    /// `up`: what is to be kept is already there. `fresh`: the modem may hold what is no longer wanted.
    pub(super) fn new(healing: Healing, now: Instant, up: bool, fresh: bool) -> Self {
        let check_every = healing.check_every.max(OFTEN);
        Self {
            healing: Healing {
                check_every,
                ..healing
            },
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
                fresh,
                ..Needs::NONE
            },
            ladder: Ladder::new(healing.seed),
            down_since: now,
            stalled_since: now,
            last_failure: None,
            was_connected: up,
            doubts: 0,
            publishes_nothing: false,
            hold: None,
            doubts_ranges: false,
            killer: None,
            is_killed: false,
            lost_meanwhile: false,
        }
    }

    /// Whether what the modem holds is not to be trusted.
    pub(super) const fn is_fresh_wanted(&self) -> bool {
        self.needs.fresh
    }

    /// When to give up. Messages wait, or none do.
    pub(super) fn gives_up_at(&self, messages_wait: bool) -> Option<Instant> {
        let stalls = messages_wait || !matches!(self.stand, Stand::Up { .. });
        Some(self.stalled_since + self.healing.patience.filter(|_| stalls)?)
    }

    /// Patience counts from now on: the first message waits, or the connection was lost and none does.
    pub(super) const fn stall(&mut self, now: Instant) {
        self.stalled_since = now;
    }

    /// The first message waits. That of a client that is not connected waits for that, too.
    pub(super) const fn on_first_message(&mut self, now: Instant) {
        if matches!(self.stand, Stand::Up { .. }) {
            self.stall(now);
        }
    }

    /// Why it was given up: the last failure, or what was waited for.
    pub(super) fn why(&self, command: &'static str) -> Failure {
        self.last_failure.unwrap_or(Failure {
            command,
            cause: Cause::TimedOut(WaitReason::Patience),
            effect: Effect::None,
        })
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
                match (self.ladder.rung(), self.healing.power_key) {
                    (Rung::Power, Some(time)) => {
                        self.needs = Needs::AFTER_RESTART;
                        self.stand = Stand::Powering(now + time);
                        return Next::PowerKey;
                    }
                    (Rung::Service, _) => self.needs.take_down = true,
                    (Rung::Restart, _) => self.needs.restart = true,
                    (Rung::Reconnect | Rung::Power, _) => {}
                }
                self.go_on()
            }
            Stand::Powering(_) | Stand::Trying => self.go_on(),
        }
    }

    /// The next step of an attempt.
    const fn go_on(&mut self) -> Next {
        self.stand = Stand::Trying;
        let needs = self.needs;
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
            (Job::Check, Err(failure)) => {
                let loss = match failure.cause {
                    Cause::Restarted => Loss::Restarted,
                    Cause::Reset => Loss::Reset,
                    _ => Loss::Found(failure),
                };
                self.lose(loss, now)
            }
            (Job::Identify, Ok(())) => self.done(|needs| needs.identify = false),
            (Job::Restart, Ok(())) => self.done(|needs| *needs = Needs::AFTER_RESTART),
            (Job::TakeDown, Ok(())) => self.done(|needs| {
                needs.take_down = false;
                needs.fresh = false;
            }),
            (Job::Network, Ok(())) => self.done(|needs| needs.network = false),
            (Job::BringUp { .. }, Ok(())) => self.up(now),
            (_, Err(failure)) => self.on_failed_attempt(job, failure, now),
        }
    }

    fn done(&mut self, note: impl FnOnce(&mut Needs)) -> Meaning {
        note(&mut self.needs);
        Meaning::Nothing
    }

    fn up(&mut self, now: Instant) -> Meaning {
        self.needs = Needs::NONE;
        self.is_killed = false;
        // What is owed still, the client says again.
        self.hold = None;
        let doubtful = core::mem::take(&mut self.lost_meanwhile);
        self.stand = Stand::Up {
            since: now,
            check_at: if doubtful {
                now
            } else {
                now + self.healing.check_every
            },
        };
        if self.publishes_nothing {
            self.ladder.connected_only();
        } else {
            self.ladder.connected();
        }
        self.doubts = 0;
        if core::mem::replace(&mut self.was_connected, true) {
            Meaning::Restored(now.saturating_duration_since(self.down_since))
        } else {
            Meaning::Connected
        }
    }

    fn on_failed_attempt(&mut self, job: Job, failure: Failure, now: Instant) -> Meaning {
        self.last_failure = Some(failure);
        let out_of_range = matches!(failure.cause, Cause::NotSent(RequestError::OutOfRange { .. }));
        let is_final = failure.is_final() && (!out_of_range || self.doubts_ranges);
        self.doubts_ranges = out_of_range;
        if is_final {
            return Meaning::GaveUp(failure);
        }
        // What this rung did beside connecting is for this attempt.
        let needs = &mut self.needs;
        (needs.restart, needs.take_down) = (false, false);
        needs.network = true;
        match failure.cause {
            Cause::Restarted => *needs = Needs::AFTER_RESTART,
            Cause::Refused(_) | Cause::SettingRefused { .. } => {}
            // The modem, or the line, is not what it was taken for.
            _ => needs.identify = true,
        }
        needs.fresh |= leaves_half_a_filter(&failure);
        self.ladder.fail(blame(job, &failure), &self.healing);
        self.pause(now);
        Meaning::Nothing
    }

    /// The connection is gone.
    pub(super) fn lose(&mut self, loss: Loss, now: Instant) -> Meaning {
        let loss = self.attribute(loss);
        match loss {
            Loss::Restarted => self.needs = Needs::AFTER_RESTART,
            Loss::Connection(_) | Loss::ByPublish { .. } => {}
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
        match self.stand {
            Stand::Up { since, .. } => {
                // The next connection is lost to the same message, or to none: that is worth no longer pause.
                if !matches!(loss, Loss::ByPublish { .. }) {
                    self.ladder
                        .lost_after(now.saturating_duration_since(since), &self.healing);
                }
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

    /// Ask the modem at once.
    pub(super) const fn check_now(&mut self, now: Instant) {
        if let Stand::Up { check_at, .. } = &mut self.stand {
            *check_at = now;
        }
    }

    /// A message was published.
    pub(super) fn on_published(&mut self, now: Instant) {
        self.stall(now);
        self.last_failure = None;
        self.doubts = 0;
        self.doubts_ranges = false;
        self.killer = None;
        if core::mem::take(&mut self.publishes_nothing) {
            self.ladder.connected();
        }
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
        attempts: Attempts,
        again: bool,
        now: Instant,
    ) -> (Fate, Meaning) {
        match failure.cause {
            Cause::NotSent(RequestError::LateResult { until, .. }) => {
                self.hold = Some(until);
                return (Fate::Stays, Meaning::Nothing);
            }
            Cause::NotSent(RequestError::OutOfRange { .. }) if !self.doubts_ranges => {
                self.doubts_ranges = true;
                return (Fate::Stays, Meaning::Nothing);
            }
            Cause::NotSent(_) | Cause::Encode(_) => return (Fate::Fails(failure), Meaning::Nothing),
            _ => {}
        }
        let about_the_message = is_about_the_message(&failure);
        let most = if about_the_message {
            2
        } else if says_not_connected(&failure) {
            LOSSES
        } else {
            REFUSALS
        };
        let refused = is_refused(&failure) && attempts.refused >= most;
        let ends_connections = matches!(failure.cause, Cause::Refused(_)) && attempts.unknown >= LOSSES;
        let fate = if refused || ends_connections || (failure.is_unknown() && !again) {
            Fate::Fails(failure)
        } else {
            Fate::Stays
        };
        let meaning = match failure.cause {
            // The loss itself is told, too.
            Cause::Restarted | Cause::Reset => Meaning::Nothing,
            _ if about_the_message => Meaning::Nothing,
            _ => self.doubt(failure, now),
        };
        (fate, meaning)
    }

    /// Something is wrong with the connection, or with the line: find out.
    fn doubt(&mut self, failure: Failure, now: Instant) -> Meaning {
        self.last_failure = Some(failure);
        self.doubts = self.doubts.saturating_add(1);
        if self.doubts >= DOUBTS {
            self.publishes_nothing = true;
            self.ladder.fail(Blame::Modem, &self.healing);
            return self.lose(Loss::NotPublishing(failure), now);
        }
        self.check_now(now);
        Meaning::Nothing
    }
}

impl Needs {
    const NONE: Self = Self {
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

/// The most often that the modem is asked whether it is connected: more often, and nothing else would have its turn.
const OFTEN: Duration = Duration::from_secs(1);

/// Publishes in a row that a connected modem may fail before the connection is made anew.
const DOUBTS: u8 = 2;

/// How often one message is refused by a connected modem before it comes back.
const REFUSALS: u8 = 4;

/// How often the modem reports that it lost the connection over one message, or that it has none when it is to publish it,
/// before that comes back: some brokers hang up at what they do not take, and would do so for ever, while every other message
/// waits behind it.
const LOSSES: u8 = 10;

#[cfg(test)]
mod tests {
    use at_proto::Refusal;
    use at_proto::cmqtt::ResultCode;

    use super::*;
    use crate::request::Effect;

    const SECOND: Duration = Duration::from_secs(1);

    /// A keeper, and a clock that stands unless it is moved.
    struct Case {
        keeper: Keeper,
        now: Instant,
    }

    impl Case {
        fn new() -> Self {
            let healing = Healing {
                power_key: Some(30 * SECOND),
                ..Healing::new(1)
            };
            Self {
                keeper: Keeper::new(healing, Instant::ZERO, false, false),
                now: Instant::ZERO,
            }
        }

        /// One whose client is connected.
        fn up() -> Self {
            let mut case = Self::new();
            assert_eq!(case.attempt(), [Job::Identify, Job::Network, ADOPT]);
            case
        }

        /// The jobs of an attempt in which all goes well.
        fn attempt(&mut self) -> Vec<Job> {
            let mut jobs = Vec::new();
            loop {
                match self.keeper.next(self.now) {
                    Next::Run(job) => {
                        jobs.push(job);
                        let meaning = self.keeper.on_end(job, Ok(()), self.now);
                        if meaning != Meaning::Nothing {
                            return jobs;
                        }
                    }
                    Next::Wait(deadline) => self.now = deadline.at,
                    Next::PowerKey => {}
                    Next::Publish(_) => panic!("it is not connected: {jobs:?}"),
                }
            }
        }

        /// The jobs until this one, which fails.
        fn fail_at(&mut self, at: Job, failure: Failure) -> (Vec<Job>, Meaning) {
            let mut jobs = Vec::new();
            loop {
                match self.keeper.next(self.now) {
                    Next::Run(job) if job == at => {
                        jobs.push(job);
                        return (jobs, self.keeper.on_end(job, Err(failure), self.now));
                    }
                    Next::Run(job) => {
                        jobs.push(job);
                        assert_eq!(self.keeper.on_end(job, Ok(()), self.now), Meaning::Nothing);
                    }
                    Next::Wait(deadline) => self.now = deadline.at,
                    Next::PowerKey => {}
                    Next::Publish(_) => panic!("it is not connected: {jobs:?}"),
                }
            }
        }
    }

    impl Attempts {
        const NONE: Self = Self {
            refused: 0,
            unknown: 0,
        };
    }

    const ADOPT: Job = Job::BringUp { adopt: true };
    const FRESH: Job = Job::BringUp { adopt: false };
    const OUT_OF_RANGE: RequestError = RequestError::OutOfRange {
        what: "the keep-alive time",
        value: 60,
        allowed: at_proto::Ranges::span(600, 64_800),
    };

    const fn failure(command: &'static str, cause: Cause) -> Failure {
        Failure {
            command,
            cause,
            effect: Effect::None,
        }
    }

    const fn silent() -> Failure {
        failure("AT", Cause::TimedOut(WaitReason::FinalResult))
    }

    #[test]
    fn each_loss_needs_what_it_needs() {
        let lost = Loss::Connection(at_proto::cmqtt::LostCause::ClosedByPeer);
        let code = ResultCode::FAILED;
        for (loss, jobs) in [
            (lost, vec![ADOPT]),
            (Loss::NoNetwork, vec![Job::Network, ADOPT]),
            (Loss::Deactivated, vec![Job::Network, FRESH]),
            (Loss::KeepAlive(code), vec![FRESH]),
            (Loss::NotPublishing(silent()), vec![FRESH]),
            (Loss::Restarted, vec![Job::Identify, Job::Network, ADOPT]),
            (Loss::Reset, vec![Job::Identify, Job::Network, ADOPT]),
            (Loss::Found(silent()), vec![Job::Identify, Job::Network, ADOPT]),
        ] {
            let mut case = Case::up();
            // Long enough for the pauses to begin anew.
            case.now = case.now + case.keeper.healing.longest_pause;
            assert_eq!(case.keeper.lose(loss, case.now), Meaning::Lost(loss));
            assert_eq!(case.keeper.lose(lost, case.now), Meaning::Nothing, "told once");
            let at = case.now;
            assert_eq!(case.attempt(), jobs, "{loss:?}");
            let paused = case.now.saturating_duration_since(at);
            assert!(paused <= SECOND && paused >= SECOND / 2, "{paused:?}");
        }
    }

    #[test]
    fn what_is_refused_for_good_ends_it_and_nothing_else_does() {
        let refused = |command, code| failure(command, Cause::Refused(Refusal::Code(code)));
        let equipment = |number| failure("+CPIN", Cause::Refused(Refusal::Equipment(number)));
        for (at, failure, ends) in [
            (ADOPT, refused("+CMQTTCONNECT", 27), true),
            (ADOPT, refused("+CMQTTCONNECT", 28), true),
            (ADOPT, refused("+CMQTTCONNECT", 29), false),
            (ADOPT, refused("+CMQTTCONNECT", 30), true),
            (ADOPT, refused("+CMQTTCONNECT", 31), true),
            (ADOPT, refused("+CMQTTCONNECT", 3), false),
            (ADOPT, refused("+CMQTTSUB", 31), false),
            (Job::Network, failure("+CPIN", Cause::PinRequired), true),
            (Job::Network, failure("+CPIN", Cause::PukRequired), true),
            (Job::Network, equipment(16), true),
            // The SIM is busy, or has failed: a restart may help.
            (Job::Network, equipment(14), false),
            (Job::Network, equipment(13), false),
            (Job::Network, failure("+CPIN", Cause::NoSim), false),
            (Job::Network, failure("+CEREG", Cause::NotRegistered(None)), false),
            (Job::Identify, silent(), false),
            (
                ADOPT,
                failure("+CMQTTCONNECT", Cause::NotSent(RequestError::EmptyPayload)),
                true,
            ),
            (
                ADOPT,
                failure("+CMQTTCONNECT", Cause::NotSent(RequestError::Busy)),
                false,
            ),
        ] {
            let (_, meaning) = Case::new().fail_at(at, failure);
            let expected = if ends {
                Meaning::GaveUp(failure)
            } else {
                Meaning::Nothing
            };
            assert_eq!(meaning, expected, "{failure}");
        }
    }

    #[test]
    fn a_range_is_asked_for_twice_before_it_is_believed() {
        let mut case = Case::new();
        let out_of_range = failure("+CMQTTCONNECT", Cause::NotSent(OUT_OF_RANGE));
        assert_eq!(case.fail_at(ADOPT, out_of_range).1, Meaning::Nothing);
        // Finding the modem forgets what it stated.
        let (jobs, meaning) = case.fail_at(ADOPT, out_of_range);
        assert_eq!(jobs, [Job::Identify, Job::Network, ADOPT]);
        assert_eq!(meaning, Meaning::GaveUp(out_of_range));
    }

    #[test]
    fn what_a_rung_does_comes_after_the_modem_was_found_and_is_not_done_again() {
        let mut case = Case::up();
        case.keeper.lose(Loss::Found(silent()), case.now);
        let unanswered = failure("+CMQTTCONNECT", Cause::TimedOut(WaitReason::ResultUrc));
        for _ in 0..3 {
            let jobs = case.fail_at(ADOPT, unanswered).0;
            assert_eq!(jobs, [Job::Identify, Job::Network, ADOPT]);
        }
        let jobs = case.fail_at(Job::TakeDown, unanswered).0;
        assert_eq!(jobs, [Job::Identify, Job::TakeDown]);
        let refused = failure("AT", Cause::Refused(Refusal::Error));
        assert_eq!(case.fail_at(Job::Identify, refused).0, [Job::Identify]);
        assert_eq!(
            case.attempt(),
            [Job::Identify, Job::Restart, Job::Identify, Job::Network, ADOPT]
        );
    }

    #[test]
    fn a_modem_that_is_silent_gets_its_power_key() {
        let mut case = Case::up();
        case.keeper.lose(Loss::Found(silent()), case.now);
        for _ in 0..3 {
            assert_eq!(case.fail_at(Job::Identify, silent()).0, [Job::Identify]);
        }
        while let Next::Wait(deadline) = case.keeper.next(case.now) {
            case.now = deadline.at;
        }
        let Next::Wait(deadline) = case.keeper.next(case.now) else {
            panic!("its power was not switched")
        };
        assert_eq!(deadline.reason, WaitReason::PowerUp);
        assert_eq!(case.attempt(), [Job::Identify, Job::Network, ADOPT]);
    }

    #[test]
    fn a_message_stays_as_long_as_it_may_and_no_longer() {
        let silence = Failure {
            effect: Effect::Unknown,
            ..failure("+CMQTTPUB", Cause::TimedOut(WaitReason::ResultUrc))
        };
        let refused = |code| failure("+CMQTTPUB", Cause::Refused(Refusal::Code(code)));
        let hung_up = Failure {
            effect: Effect::Unknown,
            ..refused(11)
        };
        for (failure, refused, unknown, again, stays) in [
            (silence, 0, 1, true, true),
            (silence, 0, 100, true, true),
            (silence, 0, 1, false, false),
            (hung_up, 0, 9, true, true),
            (hung_up, 0, 10, true, false),
            (refused(1), 1, 0, true, true),
            (refused(1), 3, 0, false, true),
            (refused(1), 4, 0, true, false),
            // The connection is to blame, as long as that can be believed.
            (refused(11), 9, 0, false, true),
            (refused(11), 10, 0, true, false),
            (refused(9), 9, 0, true, true),
            (refused(20), 9, 0, true, true),
            (refused(20), 10, 0, true, false),
            // A damaged line, or a restart between TOPIC and PUB, may be why: once more.
            (refused(2), 1, 0, true, true),
            (refused(2), 2, 0, true, false),
            (refused(12), 2, 0, true, false),
            (refused(18), 2, 0, true, false),
            (refused(22), 2, 0, true, false),
        ] {
            let mut case = Case::up();
            let attempts = Attempts { refused, unknown };
            let (fate, meaning) = case.keeper.on_not_published(failure, attempts, again, case.now);
            let expected = if stays { Fate::Stays } else { Fate::Fails(failure) };
            assert_eq!(
                (fate, meaning),
                (expected, Meaning::Nothing),
                "{failure} {attempts:?}"
            );
        }
    }

    #[test]
    fn a_publish_that_failed_is_a_reason_to_ask_and_a_second_one_to_connect_anew() {
        let mut case = Case::up();
        let refused = failure("+CMQTTPUB", Cause::Refused(Refusal::Error));
        let once = Attempts {
            refused: 1,
            unknown: 0,
        };
        case.keeper.on_not_published(refused, once, true, case.now);
        assert_eq!(case.keeper.next(case.now), Next::Run(Job::Check));
        case.keeper.on_end(Job::Check, Ok(()), case.now);
        assert!(matches!(case.keeper.next(case.now), Next::Publish(_)));
        let (_, meaning) = case.keeper.on_not_published(refused, once, true, case.now);
        assert_eq!(meaning, Meaning::Lost(Loss::NotPublishing(refused)));
        assert_eq!(case.attempt(), [FRESH]);
    }

    #[test]
    fn a_late_result_holds_publishes_back_but_not_the_question() {
        let mut case = Case::up();
        let until = case.now + 100 * SECOND;
        let late = failure(
            "+CMQTTPUB",
            Cause::NotSent(RequestError::LateResult {
                command: "+CMQTTPUB",
                until,
            }),
        );
        let (fate, _) = case.keeper.on_not_published(late, Attempts::NONE, true, case.now);
        assert_eq!(fate, Fate::Stays);
        let Next::Wait(check) = case.keeper.next(case.now) else {
            panic!("it may not publish")
        };
        assert_eq!(check.reason, WaitReason::ConnectionCheck);
        case.now = check.at;
        assert_eq!(case.keeper.next(case.now), Next::Run(Job::Check));
        case.keeper.on_end(Job::Check, Ok(()), case.now);
        let Next::Wait(held) = case.keeper.next(case.now) else {
            panic!("it may not publish")
        };
        assert_eq!((held.at, held.reason), (until, WaitReason::LateResult));
        assert!(matches!(case.keeper.next(until), Next::Publish(_)));
        case.keeper.release();
        assert!(
            matches!(case.keeper.next(case.now), Next::Publish(_)),
            "it came sooner"
        );
    }

    #[test]
    fn a_loss_in_the_middle_of_an_attempt_is_asked_about() {
        let mut case = Case::new();
        case.fail_at(Job::Network, silent());
        while case.keeper.next(case.now) != Next::Run(ADOPT) {
            match case.keeper.next(case.now) {
                Next::Run(job) => {
                    case.keeper.on_end(job, Ok(()), case.now);
                }
                Next::Wait(deadline) => case.now = deadline.at,
                next => panic!("{next:?}"),
            }
        }
        case.keeper.lose(Loss::NoNetwork, case.now);
        assert_eq!(case.keeper.on_end(ADOPT, Ok(()), case.now), Meaning::Connected);
        assert_eq!(case.keeper.next(case.now), Next::Run(Job::Check));
    }

    #[test]
    fn a_question_that_a_restart_or_a_reset_cut_off_is_told_as_that() {
        for (cause, loss) in [(Cause::Restarted, Loss::Restarted), (Cause::Reset, Loss::Reset)] {
            let mut case = Case::up();
            let cut_off = failure("+CMQTTDISC", cause);
            assert_eq!(
                case.keeper.on_end(Job::Check, Err(cut_off), case.now),
                Meaning::Lost(loss)
            );
        }
    }

    #[test]
    fn patience_counts_from_the_last_delivery_while_messages_wait() {
        let mut case = Case::up();
        case.keeper.healing.patience = Some(600 * SECOND);
        assert_eq!(case.keeper.gives_up_at(false), None, "nothing is to be done");
        let first = case.now + 10 * SECOND;
        case.keeper.on_first_message(first);
        assert_eq!(case.keeper.gives_up_at(true), Some(first + 600 * SECOND));
        // To be connected again is no delivery.
        case.now = first + 100 * SECOND;
        case.keeper.lose(Loss::NoNetwork, case.now);
        case.keeper.on_first_message(case.now);
        case.attempt();
        assert_eq!(case.keeper.gives_up_at(true), Some(first + 600 * SECOND));
        case.keeper.on_published(case.now);
        assert_eq!(case.keeper.gives_up_at(true), Some(case.now + 600 * SECOND));
    }

    /// Bytes were made up for those that a filter lacked: what the modem is subscribed to now, nobody knows.
    #[test]
    fn a_filter_that_was_cut_off_is_a_reason_to_connect_anew() {
        for command in ["+CMQTTSUB", "+CMQTTSUBTOPIC"] {
            for (cause, fresh) in [
                (Cause::TimedOut(WaitReason::Prompt), true),
                (Cause::TimedOut(WaitReason::DataAccepted), true),
                (Cause::Damaged, true),
                (Cause::Reset, true),
                (Cause::TimedOut(WaitReason::ResultUrc), false),
                (Cause::Refused(Refusal::Error), false),
                (Cause::Restarted, false),
            ] {
                let mut case = Case::new();
                case.fail_at(ADOPT, failure(command, cause));
                assert_eq!(case.keeper.is_fresh_wanted(), fresh, "{command} {cause:?}");
            }
        }
        let mut case = Case::new();
        case.fail_at(ADOPT, failure("+CMQTTCONNECT", Cause::Damaged));
        assert!(!case.keeper.is_fresh_wanted());
    }

    #[test]
    fn a_restart_leaves_nothing_to_distrust() {
        let mut case = Case::up();
        case.keeper.lose(Loss::KeepAlive(ResultCode::FAILED), case.now);
        let restarted = failure("+CMQTTCONNECT", Cause::Restarted);
        assert_eq!(case.fail_at(FRESH, restarted).0, [FRESH]);
        assert_eq!(case.attempt(), [Job::Identify, Job::Network, ADOPT]);
    }

    /// A restart in silence shows in the middle of an attempt: what is owed then, the client knows.
    #[test]
    fn a_connection_ends_the_wait_for_a_late_result() {
        for loss in [Loss::Restarted, Loss::NoNetwork, Loss::Reset] {
            let mut case = Case::up();
            let until = case.now + 55 * SECOND;
            let late = failure(
                "+CMQTTPUB",
                Cause::NotSent(RequestError::LateResult {
                    command: "+CMQTTPUB",
                    until,
                }),
            );
            case.keeper.on_not_published(late, Attempts::NONE, true, case.now);
            case.keeper.lose(loss, case.now);
            case.attempt();
            assert!(matches!(case.keeper.next(case.now), Next::Publish(_)), "{loss:?}");
        }
    }

    /// A port that was opened again, or a modem that has booted, is not kept waiting for minutes.
    #[test]
    fn what_has_only_just_come_is_tried_soon() {
        for (loss, soon) in [
            (Loss::Reset, true),
            (Loss::Restarted, true),
            (Loss::NoNetwork, false),
            (Loss::Deactivated, false),
        ] {
            let mut case = Case::new();
            for _ in 0..20 {
                case.fail_at(Job::Network, failure("+CEREG", Cause::NotRegistered(None)));
            }
            let Next::Wait(before) = case.keeper.next(case.now) else {
                panic!("it pauses")
            };
            assert!(before.at > case.now + 30 * SECOND);
            assert_eq!(case.keeper.lose(loss, case.now), Meaning::Nothing);
            let Next::Wait(after) = case.keeper.next(case.now) else {
                panic!("it pauses")
            };
            let expected = if soon { case.now + SECOND } else { before.at };
            assert_eq!(after.at, expected, "{loss:?}");
        }
    }

    /// Such a message stands in the way of all others; the connection has nothing to do with it.
    #[test]
    fn what_cannot_be_sent_comes_back_and_the_connection_stays() {
        let mut case = Case::up();
        let failure = failure("+CMQTTPUB", Cause::NotSent(RequestError::EmptyPayload));
        for _ in 0..3 {
            let end = case
                .keeper
                .on_not_published(failure, Attempts::NONE, true, case.now);
            assert_eq!(end, (Fate::Fails(failure), Meaning::Nothing));
            assert!(matches!(case.keeper.next(case.now), Next::Publish(_)));
        }
    }

    /// What says nothing of the connection is no reason to doubt it, however often it comes.
    #[test]
    fn what_is_wrong_with_a_message_or_is_told_anyway_is_no_doubt() {
        let wrong = failure("+CMQTTPUB", Cause::Refused(Refusal::Code(12)));
        let [restarted, reset] = [Cause::Restarted, Cause::Reset].map(|cause| Failure {
            effect: Effect::Unknown,
            ..failure("+CMQTTPUB", cause)
        });
        for failure in [wrong, restarted, reset] {
            let mut case = Case::up();
            for _ in 0..3 {
                let attempts = Attempts {
                    refused: 1,
                    unknown: 1,
                };
                let end = case.keeper.on_not_published(failure, attempts, true, case.now);
                assert_eq!(end, (Fate::Stays, Meaning::Nothing));
                assert!(
                    matches!(case.keeper.next(case.now), Next::Publish(_)),
                    "{failure}"
                );
            }
        }
    }

    /// An `ERROR` to PUB is a no even where some of the message may have gone: it is not tried for ever.
    #[test]
    fn a_message_that_gets_nothing_but_errors_comes_back() {
        let refused = Failure {
            effect: Effect::Unknown,
            ..failure("+CMQTTPUB", Cause::Refused(Refusal::Error))
        };
        for (times, fate) in [(3, Fate::Stays), (4, Fate::Fails(refused))] {
            let attempts = Attempts {
                refused: if is_refused(&refused) { times } else { 0 },
                unknown: times,
            };
            let mut case = Case::up();
            let end = case.keeper.on_not_published(refused, attempts, true, case.now);
            assert_eq!(end.0, fate, "{times}");
        }
    }

    /// Harder steps are for a modem that does not do what it is told, not for a line that was reset.
    #[test]
    fn who_is_to_blame_decides_how_hard_it_is_tried() {
        let refused = |command| failure(command, Cause::Refused(Refusal::Code(3)));
        let not_sent = failure("+CMQTTCONNECT", Cause::NotSent(RequestError::Busy));
        for (failure, restarts) in [
            (refused("+CMQTTACCQ"), true),
            (refused("+CMQTTSTART"), true),
            (refused("+CMQTTCONNECT"), false),
            (refused("+CMQTTSUB"), false),
            (failure("+CMQTTCONNECT", Cause::Reset), false),
            (failure("+CMQTTCONNECT", Cause::Restarted), false),
            (not_sent, false),
        ] {
            let mut case = Case::new();
            let mut jobs = Vec::new();
            for _ in 0..8 {
                let bring_up = if case.keeper.needs.fresh { FRESH } else { ADOPT };
                jobs.extend(case.fail_at(bring_up, failure).0);
            }
            assert_eq!(jobs.contains(&Job::Restart), restarts, "{failure}");
        }
    }
}

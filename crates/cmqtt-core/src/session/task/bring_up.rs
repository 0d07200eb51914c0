//! From whatever the modem holds to a client that is connected and subscribed.
//!
//! A host restarts while its modem does not. So nothing is begun blindly: what the modem holds is asked for, kept when it
//! is what is wanted, and taken down in order when it is not.

mod check;

use core::time::Duration;

use at_proto::cmqtt::{Acquire, Connect};
use at_proto::{Command, MqttVersion, Refusal, VersionChoice};

use self::check::Held;
pub(super) use self::check::is_connected;
use super::{Act, Answer, Ask, Context};
use crate::request::{Cause, Failure, RequestError};
use crate::session::progress::{Progress, Step};
use crate::time::Instant;
use crate::timer::WaitReason;

#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct BringUp {
    stage: Stage,
    /// What the modem holds for this client.
    held: Held,
    /// START was refused, perhaps because the service runs.
    start_refused: Option<Failure>,
    /// An earlier CONNECT may be under way: its end is awaited until then.
    settling: Option<Settling>,
    /// ACCQ said that the client is in use, although nothing was listed.
    in_use: bool,
    /// The version is left to the modem: it does not know the argument.
    no_version: bool,
    /// The filters that SUBTOPIC has cached begin here.
    batch: usize,
    cached: u32,
    /// The modem has no SUBTOPIC, whatever its manual says.
    no_batches: bool,
}

/// What is asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Acquired,
    Start,
    Limits,
    State,
    Connections,
    TlsContexts,
    Disconnect,
    Release,
    Tls(u8),
    Acquire,
    Version,
    ChooseTls,
    Will,
    Connect,
    Settle,
    Subscribe(usize),
    SubscribeTopic(usize),
    /// Behind the last cached filter is the next one.
    SubscribeCached(usize),
}

/// Waiting for the end of a CONNECT that another began.
#[derive(Clone, Copy, Debug)]
struct Settling {
    until: Instant,
    /// The failure of ours.
    failure: Failure,
    /// Questions since CONNECT was tried last.
    asked: u8,
}

impl BringUp {
    pub(in crate::session) const fn new() -> Self {
        Self {
            stage: Stage::Acquired,
            held: Held::Nothing,
            start_refused: None,
            settling: None,
            in_use: false,
            no_version: false,
            batch: 0,
            cached: 0,
            no_batches: false,
        }
    }

    pub(super) fn next<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        answer: Answer<'_>,
        cx: &mut Context<'_, M>,
    ) -> Act {
        if let Some(failure) = answer.failure(Connect::NAME)
            && answer.refusal().is_none()
            && self.stage != Stage::Connect
        {
            return Act::Fail(failure);
        }
        match (self.stage, answer) {
            (Stage::Acquired, Answer::Begin) => {
                cx.begin(Step::TakeOver, QUESTIONS);
                self.go(Stage::Acquired, Ask::Acquired)
            }
            (Stage::Acquired, Answer::Done(info)) => {
                self.held = Held::of(info, cx.plan);
                self.service_runs(cx)
            }
            // Before START every question is answered with ERROR.
            (Stage::Acquired, _) => {
                cx.begin(Step::Service, cx.config.service_budget);
                self.go(Stage::Start, Ask::Start)
            }
            (Stage::Start, Answer::Done(_)) => self.service_runs(cx),
            (Stage::Start, _) => self.on_start_refused(answer, cx),
            (Stage::Limits, _) => {
                *cx.learned = true;
                self.look(cx)
            }
            (Stage::State, _) => self.on_state(answer, cx),
            (Stage::Connections, Answer::Done(info)) if check::same_connection(info, cx.plan) => {
                match cx.plan.tls() {
                    Some(_) => self.go(Stage::TlsContexts, Ask::TlsContexts),
                    None => self.adopt(cx),
                }
            }
            (Stage::TlsContexts, Answer::Done(info)) if check::same_context(info, cx.plan) => self.adopt(cx),
            (Stage::Connections | Stage::TlsContexts, _) => self.take_down(cx),
            // Refused: it is not connected.
            (Stage::Disconnect, _) => self.release(cx),
            (Stage::Release, _) => {
                self.held = Held::Nothing;
                self.set_tls(0, cx)
            }
            (Stage::Tls(index), Answer::Done(_)) => self.set_tls(index.saturating_add(1), cx),
            (Stage::Acquire, Answer::Done(_)) => self.choose_version(cx),
            (Stage::Acquire, _) => self.on_acquire_refused(answer, cx),
            (Stage::Version, Answer::Done(_)) => self.choose_tls(cx),
            // Firmware that does not know the setting speaks what it speaks.
            (Stage::Version, _) if cx.plan.version().is_none() => self.choose_tls(cx),
            (Stage::ChooseTls, Answer::Done(_)) => self.set_will(cx),
            (Stage::Will, Answer::Done(_)) => self.connect(cx),
            (Stage::Connect, Answer::Done(_)) => self.subscribe_all(cx),
            (Stage::Connect, _) => self.on_connect_failed(answer, cx),
            (Stage::Settle, Answer::Paused) => self.go(Stage::State, Ask::State(cx.plan.client())),
            (Stage::Subscribe(at), Answer::Done(_)) => self.subscribe(next_filter(at, cx), cx),
            (Stage::SubscribeTopic(at), Answer::Done(_)) => self.on_cached(at, cx),
            (Stage::SubscribeTopic(_), _) if answer.refusal() == Some(Refusal::Error) => {
                self.no_batches = true;
                self.subscribe(self.batch, cx)
            }
            (Stage::SubscribeCached(next), Answer::Done(_)) => self.subscribe(next, cx),
            _ => answer.failure(Connect::NAME).map_or(Act::Done, Act::Fail),
        }
    }

    fn on_start_refused<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        answer: Answer<'_>,
        cx: &mut Context<'_, M>,
    ) -> Act {
        let Answer::Failed(failure) = answer else {
            return Act::Done;
        };
        match answer.refusal() {
            // It runs already, or it cannot start: ACCQ will tell.
            Some(Refusal::Error | Refusal::Code(ALREADY_OPEN)) => {
                self.start_refused = Some(failure);
                self.held = Held::Unknown;
                self.service_runs(cx)
            }
            _ => Act::Fail(failure),
        }
    }

    /// The service runs: what does the modem take, what does it hold?
    fn service_runs<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        if *cx.learned {
            return self.look(cx);
        }
        cx.begin(Step::Limits, QUESTIONS);
        self.go(Stage::Limits, Ask::Limits)
    }

    fn look<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        match self.held {
            Held::Nothing => self.set_tls(0, cx),
            _ => self.go(Stage::State, Ask::State(cx.plan.client())),
        }
    }

    fn on_state<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, answer: Answer<'_>, cx: &mut Context<'_, M>) -> Act {
        let connected = match answer {
            Answer::Done(info) => is_connected(info, cx.plan.client()),
            _ => false,
        };
        match (connected, self.held) {
            // What its will is, the modem does not tell.
            (true, Held::Ours) if cx.plan.will().is_none() => self.go(Stage::Connections, Ask::Connections),
            (true, _) => self.take_down(cx),
            (false, _) if self.settling.is_some() => self.settle(cx),
            (false, Held::Other) => self.release(cx),
            (false, _) => self.set_tls(0, cx),
        }
    }

    fn adopt<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        cx.tell(Progress::Adopted {
            client: cx.plan.client(),
        });
        self.subscribe_all(cx)
    }

    /// In order, for a blind STOP on a live session can restart the modem.
    fn take_down<M>(&mut self, cx: &mut Context<'_, M>) -> Act
    where
        M: AsRef<[u8]> + AsMut<[u8]>,
    {
        self.settling = None;
        let client = cx.plan.client();
        cx.tell(Progress::TakenDown { client });
        cx.begin(Step::Disconnect, super::take_down::disconnect_budget(cx.config));
        self.go(Stage::Disconnect, Ask::Disconnect(client))
    }

    fn release<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        cx.begin(Step::Release, CLIENT);
        self.go(Stage::Release, Ask::Release(cx.plan.client()))
    }

    /// The settings of the TLS context, one after another, then the client.
    fn set_tls<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, index: u8, cx: &mut Context<'_, M>) -> Act {
        match cx.plan.tls() {
            Some(tls) if tls.setting(index).is_some() => {
                if index == 0 {
                    cx.begin(Step::Tls, FLASH);
                }
                self.go(Stage::Tls(index), Ask::Tls(index))
            }
            _ => self.acquire(cx),
        }
    }

    fn acquire<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        if self.held == Held::Ours {
            return self.choose_version(cx);
        }
        cx.begin(Step::Acquire, CLIENT);
        let by_argument = cx.facts().version_choice == VersionChoice::Acquire && !self.no_version;
        let version = by_argument.then(|| wanted_version(cx));
        self.go(Stage::Acquire, Ask::Acquire(version))
    }

    fn on_acquire_refused<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        answer: Answer<'_>,
        cx: &mut Context<'_, M>,
    ) -> Act {
        let version_given = cx.facts().version_choice == VersionChoice::Acquire && !self.no_version;
        match answer.refusal() {
            Some(Refusal::Code(IN_USE)) if !self.in_use => {
                self.in_use = true;
                self.held = Held::Other;
                self.go(Stage::State, Ask::State(cx.plan.client()))
            }
            Some(Refusal::Error | Refusal::Code(INVALID_PARAMETER))
                if version_given && cx.plan.version().is_none() =>
            {
                self.no_version = true;
                self.acquire(cx)
            }
            // It was START that failed, then.
            Some(Refusal::Error) if self.start_refused.is_some() => {
                self.start_refused.map_or(Act::Done, Act::Fail)
            }
            _ => answer.failure(Acquire::NAME).map_or(Act::Done, Act::Fail),
        }
    }

    fn choose_version<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        match cx.facts().version_choice {
            VersionChoice::Configuration => self.go(Stage::Version, Ask::Version(wanted_version(cx))),
            _ => self.choose_tls(cx),
        }
    }

    fn choose_tls<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        match cx.plan.tls() {
            Some(_) => self.go(Stage::ChooseTls, Ask::ChooseTls),
            None => self.set_will(cx),
        }
    }

    fn set_will<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        match cx.plan.will() {
            Some(_) => {
                cx.begin(Step::Will, QUESTIONS);
                self.go(Stage::Will, Ask::Will)
            }
            None => self.connect(cx),
        }
    }

    fn connect<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        let negotiation = match cx.plan.tls() {
            Some(tls) => tls
                .negotiation
                .map_or(NEGOTIATION, |seconds| Duration::from_secs(seconds.into())),
            None => Duration::ZERO,
        };
        cx.config.negotiation = negotiation;
        cx.begin(Step::Connect, CONNECT.saturating_add(negotiation));
        self.go(Stage::Connect, Ask::Connect)
    }

    /// The modem may be at a CONNECT of before: it refuses ours, and its own end comes when it comes.
    fn on_connect_failed<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        answer: Answer<'_>,
        cx: &mut Context<'_, M>,
    ) -> Act {
        let Some(failure) = answer.failure(Connect::NAME) else {
            return Act::Done;
        };
        let busy = match failure.cause {
            Cause::Refused(Refusal::Code(NOT_SUPPORTED | BUSY)) => true,
            // Only where somebody else may have begun one.
            Cause::Refused(Refusal::Error) => self.held != Held::Nothing,
            Cause::NotSent(RequestError::LateResult { .. }) => true,
            _ => false,
        };
        let settling = self.settling.unwrap_or(Settling {
            until: cx.now + SETTLED,
            failure,
            asked: 0,
        });
        if !busy || cx.now >= settling.until {
            return Act::Fail(failure);
        }
        if self.settling.is_none() {
            cx.tell(Progress::StillBusy {
                client: cx.plan.client(),
            });
        }
        self.held = Held::Ours;
        self.settling = Some(Settling {
            failure,
            asked: 0,
            ..settling
        });
        self.pause()
    }

    /// It is still not connected: ask again, and now and then try again.
    fn settle<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        let Some(settling) = &mut self.settling else {
            return Act::Done;
        };
        settling.asked = settling.asked.saturating_add(1);
        if cx.now >= settling.until {
            return Act::Fail(settling.failure);
        }
        if settling.asked >= QUESTIONS_A_TRY {
            return self.go(Stage::Connect, Ask::Connect);
        }
        self.pause()
    }

    const fn pause(&mut self) -> Act {
        self.stage = Stage::Settle;
        Act::Pause(PAUSE, WaitReason::EarlierConnect)
    }

    fn subscribe_all<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        let first = cx.plan.first_filter();
        if cx.plan.filter(first).is_some() {
            cx.begin(Step::Subscribe, CONNECT);
        }
        self.subscribe(first, cx)
    }

    /// Subscribes to the filter at this place and those behind it: many at once where the modem can.
    fn subscribe<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, at: usize, cx: &Context<'_, M>) -> Act {
        let Some(filter) = cx.plan.filter(at) else {
            return Act::Done;
        };
        let more = cx.plan.filter(filter.next).is_some();
        if cx.facts().cached_filters.is_some() && more && !self.no_batches {
            self.batch = at;
            self.cached = 0;
            return self.go(Stage::SubscribeTopic(at), Ask::SubscribeTopic(at));
        }
        self.go(Stage::Subscribe(at), Ask::Subscribe(at))
    }

    /// SUBTOPIC has cached the filter at this place: another, if there is room, or SUB.
    fn on_cached<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, at: usize, cx: &Context<'_, M>) -> Act {
        let len = |at: usize| {
            let filter = cx.plan.filter(at)?;
            u32::try_from(filter.filter.as_bytes().len()).ok()
        };
        let room = cx.facts().cached_filters.unwrap_or_default();
        self.cached = self.cached.saturating_add(len(at).unwrap_or_default());
        let next = next_filter(at, cx);
        match len(next) {
            Some(len) if self.cached.saturating_add(len) <= room => {
                self.go(Stage::SubscribeTopic(next), Ask::SubscribeTopic(next))
            }
            _ => self.go(Stage::SubscribeCached(next), Ask::SubscribeCached),
        }
    }

    const fn go(&mut self, stage: Stage, ask: Ask) -> Act {
        self.stage = stage;
        Act::Ask(ask)
    }
}

fn wanted_version<M: AsRef<[u8]> + AsMut<[u8]>>(cx: &Context<'_, M>) -> MqttVersion {
    cx.plan.version().unwrap_or(MqttVersion::V3_1_1)
}

/// Where the filter behind the one at this place is, or would be.
fn next_filter<M: AsRef<[u8]> + AsMut<[u8]>>(at: usize, cx: &Context<'_, M>) -> usize {
    cx.plan.filter(at).map_or(usize::MAX, |filter| filter.next)
}

/// `+CMQTTSTART: 0,23`: SIM7500/7600 says so, others answer ERROR alone.
const ALREADY_OPEN: u16 = 23;
const INVALID_PARAMETER: u16 = 12;
const NOT_SUPPORTED: u16 = 13;
const BUSY: u16 = 14;
const IN_USE: u16 = 19;

/// Some questions that are answered at once.
const QUESTIONS: Duration = Duration::from_secs(9);

/// ACCQ, REL.
const CLIENT: Duration = Duration::from_secs(15);

/// CSSLCFG.
const FLASH: Duration = Duration::from_secs(120);

/// CONNECT without TLS, and SUB.
const CONNECT: Duration = Duration::from_secs(120);

/// The longest negotiation of TLS, which is the default of the sibling families.
const NEGOTIATION: Duration = Duration::from_secs(300);

/// How long the end of an earlier CONNECT is awaited: what one may take.
const SETTLED: Duration = Duration::from_secs(130);

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(2);

/// Questions before CONNECT is tried again.
const QUESTIONS_A_TRY: u8 = 5;

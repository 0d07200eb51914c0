//! From whatever the modem holds to a client that is connected and subscribed.
//!
//! A host restarts while its modem does not. So nothing is begun blindly: what the modem holds is asked for, kept when it
//! is what is wanted, and taken down in order when it is not.

mod check;
mod settle;
mod subscribe;

use core::time::Duration;

use at_proto::cmqtt::budget::{CLIENT, CONNECT};
use at_proto::cmqtt::{Acquire, Connect, Outlook, ResultCode, Start};
use at_proto::tls::Setting;
use at_proto::tls::budget::FLASH;
use at_proto::{Command, Dialogue, MqttVersion, Recognition, Refusal, VersionChoice};

use self::check::Held;
pub(super) use self::check::is_connected;
use self::settle::Settling;
use self::subscribe::next_filter;
use super::{Act, Answer, Ask, Context};
use crate::request::{Cause, Failure, RequestError};
use crate::session::progress::{Progress, Step};
use crate::time::Instant;
use crate::timer::WaitReason;

#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct BringUp {
    stage: Stage,
    /// Whether what the modem holds may be kept.
    adopt: bool,
    /// What was asked last.
    ask: Ask,
    /// What the modem holds for this client.
    held: Held,
    /// Whether a CONNECT that was refused with a code that passes is tried again here.
    retries: bool,
    /// Until when what passes by itself is tried again.
    retry_until: Option<Instant>,
    /// CONNECT said that the client is connected already.
    already_connected: bool,
    /// START was refused, perhaps because the service runs or starts.
    start_refused: Option<Failure>,
    /// Until when a START of before is awaited.
    starting: Option<Instant>,
    /// DISC was refused.
    disconnect_refused: Option<Failure>,
    /// An earlier CONNECT may be under way: its end is awaited until then.
    settling: Option<Settling>,
    /// The TLS context was set: what a CONNECT of before was made with cannot be told any more.
    tls_set: bool,
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
    /// A pause before the modem is asked again what it holds.
    Again,
    Limits,
    State,
    Connections,
    TlsContexts,
    ChosenTls,
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

impl BringUp {
    pub(in crate::session) const fn new(adopt: bool, retries: bool) -> Self {
        Self {
            stage: Stage::Acquired,
            adopt,
            ask: Ask::Acquired,
            held: Held::Nothing,
            retries,
            retry_until: None,
            already_connected: false,
            start_refused: None,
            starting: None,
            disconnect_refused: None,
            settling: None,
            tls_set: false,
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
        if let Answer::NotTaken(RequestError::LateResult { until, .. }) = answer
            && self.stage != Stage::Connect
        {
            return self.wait_for_late_result(until, cx);
        }
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
                self.held = Held::Nothing;
                cx.begin(Step::Service, cx.config.service_budget);
                self.go(Stage::Start, Ask::Start)
            }
            (Stage::Again, Answer::Paused) => self.go(Stage::Acquired, Ask::Acquired),
            (Stage::Settle, Answer::Paused) => self.go(Stage::State, Ask::State(cx.plan.client())),
            // What was owed has come, or is no longer.
            (_, Answer::Paused) => Act::Ask(self.ask),
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
            (Stage::TlsContexts, Answer::Done(info)) if check::same_context(info, cx.plan) => {
                self.go(Stage::ChosenTls, Ask::ChosenTls)
            }
            (Stage::ChosenTls, Answer::Done(info)) if check::chosen_context(info, cx.plan) => self.adopt(cx),
            (Stage::Connections | Stage::TlsContexts | Stage::ChosenTls, _) => self.take_down(cx),
            // Refused: it is not connected, most likely. If it is, it cannot be released.
            (Stage::Disconnect, _) => {
                self.disconnect_refused = answer.failure(Connect::NAME);
                self.release(cx)
            }
            (Stage::Release, _) => self.on_released(answer, cx),
            (Stage::Tls(index), Answer::Done(_)) => self.set_tls(index.saturating_add(1), cx),
            (Stage::Tls(index), Answer::Failed(failure)) => self.on_setting_refused(index, failure, cx),
            (Stage::Acquire, Answer::Done(_)) => {
                self.held = Held::Nothing;
                self.choose_version(cx)
            }
            (Stage::Acquire, _) => self.on_acquire_refused(answer, cx),
            (Stage::Version, Answer::Done(_)) => self.choose_tls(cx),
            // Firmware that does not know the setting speaks what it speaks.
            (Stage::Version, _) if cx.plan.version().is_none() => self.choose_tls(cx),
            (Stage::ChooseTls, Answer::Done(_)) => self.set_will(cx),
            (Stage::Will, Answer::Done(_)) => self.connect(cx),
            (Stage::Connect, Answer::Done(_)) => self.subscribe_all(cx),
            (Stage::ChooseTls | Stage::Will, Answer::Failed(failure)) if self.may_be_busy(failure) => {
                self.settle_for(failure, cx)
            }
            (Stage::Connect, _) => self.on_connect_failed(answer, cx),
            (Stage::Subscribe(at), Answer::Done(_)) => self.subscribe(next_filter(at, cx), cx),
            (Stage::SubscribeTopic(at), Answer::Done(_)) => self.on_cached(at, cx),
            (Stage::SubscribeTopic(_), _) if answer.refusal() == Some(Refusal::Error) => {
                self.no_batches = true;
                self.subscribe(self.batch, cx)
            }
            (Stage::SubscribeCached(next), Answer::Done(_)) => self.subscribe(next, cx),
            // The busy client may have wiped the cache: one filter after another is repeated until each is subscribed to.
            (Stage::SubscribeCached(_), _) if answer.outlook() == Some(Outlook::Busy) => {
                self.no_batches = true;
                self.subscribe(self.batch, cx)
            }
            _ => answer.fail(Connect::NAME),
        }
    }

    fn on_start_refused<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        answer: Answer<'_>,
        cx: &mut Context<'_, M>,
    ) -> Act {
        let Answer::Failed(failure) = answer else {
            return answer.fail(Start::NAME);
        };
        match (answer.refusal(), answer.outlook()) {
            // It runs already, it is starting, or it cannot start: ACCQ will tell.
            (Some(Refusal::Error), _) | (_, Some(Outlook::AlreadySo)) => {
                self.start_refused = Some(failure);
                self.starting = self.starting.or(Some(cx.now + cx.config.service_budget));
                self.held = Held::Unknown;
                self.service_runs(cx)
            }
            (_, Some(Outlook::Passes)) => self.try_again(failure, cx),
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
            (true, Held::Ours) if self.can_be_told(cx) => self.go(Stage::Connections, Ask::Connections),
            (true, _) => self.take_down(cx),
            (false, _) if self.settling.is_some() => self.settle(cx),
            (false, Held::Other) => self.release(cx),
            // It has what is no longer wanted, or was acquired with a version that nobody knows.
            (false, Held::Ours) if !self.adopt || by_argument(cx) && cx.plan.version().is_some() => {
                self.release(cx)
            }
            (false, _) => self.set_tls(0, cx),
        }
    }

    /// Whether the modem would tell if the connection was another. It does not say what will it has, which version it
    /// speaks, or with what a CONNECT of before was made when the TLS context has been set since.
    fn can_be_told<M: AsRef<[u8]> + AsMut<[u8]>>(&self, cx: &Context<'_, M>) -> bool {
        let version = cx.plan.version().is_some() && cx.facts().version_choice != VersionChoice::None;
        self.adopt && cx.plan.will().is_none() && !version && !self.tls_set
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
                    self.tls_set = true;
                }
                self.go(Stage::Tls(index), Ask::Tls(index))
            }
            _ => self.acquire(cx),
        }
    }

    /// A connection can do without the server's name or dates that are checked, which is told. Anything else is needed.
    fn on_setting_refused<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        index: u8,
        failure: Failure,
        cx: &mut Context<'_, M>,
    ) -> Act {
        let setting = cx.plan.tls().and_then(|tls| tls.setting(index));
        let (Some(setting), Cause::Refused(refusal)) = (setting, failure.cause) else {
            return Act::Fail(failure);
        };
        let key = setting.key();
        match setting {
            Setting::EnableSni(_) | Setting::IgnoreLocalTime(_) => {
                cx.tell(Progress::SettingRefused { key });
                self.set_tls(index.saturating_add(1), cx)
            }
            _ => Act::Fail(Failure {
                cause: Cause::SettingRefused { key, refusal },
                ..failure
            }),
        }
    }

    fn acquire<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        if self.held == Held::Ours {
            return self.choose_version(cx);
        }
        cx.begin(Step::Acquire, CLIENT);
        let version = (by_argument(cx) && !self.no_version).then(|| wanted_version(cx));
        self.go(Stage::Acquire, Ask::Acquire(version))
    }

    fn on_acquire_refused<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        answer: Answer<'_>,
        cx: &mut Context<'_, M>,
    ) -> Act {
        let version_given = by_argument(cx) && !self.no_version;
        let in_use = answer.outlook() == Some(Outlook::AlreadySo);
        match answer.refusal() {
            _ if in_use && !self.in_use => {
                self.in_use = true;
                self.held = Held::Other;
                self.go(Stage::State, Ask::State(cx.plan.client()))
            }
            Some(Refusal::Error)
                if self.starting.is_some_and(|until| cx.now < until)
                    && *cx.recognition != Recognition::Unknown =>
            {
                self.stage = Stage::Again;
                Act::Pause(settle::PAUSE, WaitReason::EarlierStart)
            }
            Some(Refusal::Error | Refusal::Code(INVALID_PARAMETER))
                if version_given && cx.plan.version().is_none() =>
            {
                self.no_version = true;
                self.acquire(cx)
            }
            // Something else than a connection holds it: a CONNECT that has not ended. It is not acquired for us, whatever
            // was said to REL: that is asked for again.
            _ if in_use => match answer {
                Answer::Failed(failure) => {
                    self.held = Held::Other;
                    self.settle_for(failure, cx)
                }
                _ => answer.fail(Acquire::NAME),
            },
            // It was START that failed, then.
            Some(Refusal::Error) if let Some(failure) = self.start_refused => {
                Act::Fail(failure.unless_recognised(*cx.recognition))
            }
            _ => answer.fail(Acquire::NAME),
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

    const fn go(&mut self, stage: Stage, ask: Ask) -> Act {
        self.stage = stage;
        self.ask = ask;
        Act::Ask(ask)
    }
}

/// Whether the version is an argument of ACCQ.
fn by_argument<M>(cx: &Context<'_, M>) -> bool {
    cx.facts().version_choice == VersionChoice::Acquire
}

fn wanted_version<M: AsRef<[u8]> + AsMut<[u8]>>(cx: &Context<'_, M>) -> MqttVersion {
    cx.plan.version().unwrap_or(MqttVersion::V3_1_1)
}

const INVALID_PARAMETER: u16 = ResultCode::INVALID_PARAMETER.0;

/// Some questions that are answered at once.
const QUESTIONS: Duration = Dialogue::BUDGET;

/// The longest negotiation of TLS, which is the default of the sibling families.
const NEGOTIATION: Duration = Duration::from_secs(300);

//! A CONNECT of before that has not ended: a host died in its middle, or gave it up. The modem refuses ours meanwhile, its
//! client cannot be released, and its end comes when it comes. So the modem is asked whether it is connected, and what it
//! refused is tried again now and then.

use core::time::Duration;

use at_proto::cmqtt::{Connect, Outlook, ResultCode};
use at_proto::{Command, Refusal};

use super::check::Held;
use super::{BringUp, Stage};
use crate::request::{Cause, Failure, RequestError};
use crate::session::progress::Progress;
use crate::session::task::{Act, Answer, Ask, Context};
use crate::time::Instant;
use crate::timer::WaitReason;

/// Waiting for the end of a CONNECT that another began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settling {
    until: Instant,
    /// What the modem refused.
    failure: Failure,
    /// Questions since it was tried last.
    asked: u8,
}

impl BringUp {
    /// CONNECT was refused, or not even sent.
    pub(super) fn on_connect_failed<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        answer: Answer<'_>,
        cx: &mut Context<'_, M>,
    ) -> Act {
        let Some(failure) = answer.failure(Connect::NAME) else {
            return Act::Done;
        };
        let owed = matches!(failure.cause, Cause::NotSent(RequestError::LateResult { .. }));
        if !owed && !self.may_be_busy(failure) {
            return self.on_connect_refused(failure, cx);
        }
        self.held = Held::Ours;
        self.settle_for(failure, cx)
    }

    /// CONNECT was refused, and no earlier one is why.
    fn on_connect_refused<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        failure: Failure,
        cx: &mut Context<'_, M>,
    ) -> Act {
        match failure.code().map(ResultCode::outlook) {
            // Connected already (code 13, or 19 on A7672), although nothing was listed: ask, and take that down first.
            Some(Outlook::AlreadySo) if !core::mem::replace(&mut self.already_connected, true) => {
                self.held = Held::Other;
                self.go(Stage::State, Ask::State(cx.plan.client()))
            }
            Some(Outlook::Passes | Outlook::Busy | Outlook::AlreadySo) if self.retries => {
                self.try_again(failure, cx)
            }
            _ => Act::Fail(failure),
        }
    }

    /// The modem refused with a code that passes by itself: after a pause it is asked again what it holds, and so on.
    pub(super) fn try_again<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        failure: Failure,
        cx: &mut Context<'_, M>,
    ) -> Act {
        let until = *self.retry_until.get_or_insert(cx.now + cx.config.retry_time);
        let budget = until.saturating_duration_since(cx.now);
        let (Some(code), false) = (failure.code(), budget.is_zero()) else {
            return Act::Fail(failure);
        };
        cx.tell(Progress::TryingAgain {
            command: failure.command,
            code,
            budget,
        });
        self.disconnect_refused = None;
        self.stage = Stage::Again;
        Act::Pause(budget.min(PAUSE), WaitReason::NextAttempt)
    }

    /// Whether what was refused may be so because of a CONNECT that somebody else has begun.
    pub(super) fn may_be_busy(&self, failure: Failure) -> bool {
        (failure.cause == Cause::Refused(Refusal::Error) || is_in_use(failure)) && self.held != Held::Nothing
    }

    /// REL has ended.
    pub(super) fn on_released<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        answer: Answer<'_>,
        cx: &mut Context<'_, M>,
    ) -> Act {
        match answer {
            Answer::Failed(failure) if is_in_use(failure) => match self.disconnect_refused {
                Some(refused) => Act::Fail(refused),
                None => {
                    self.held = Held::Other;
                    self.settle_for(failure, cx)
                }
            },
            // What is not held cannot be released.
            _ => {
                self.held = Held::Nothing;
                self.set_tls(0, cx)
            }
        }
    }

    /// Waits, and fails so when that is in vain.
    pub(super) fn settle_for<M: AsRef<[u8]> + AsMut<[u8]>>(
        &mut self,
        failure: Failure,
        cx: &mut Context<'_, M>,
    ) -> Act {
        let until = match (self.settling, failure.cause) {
            (Some(settling), _) => settling.until,
            // One of ours, which has a bound.
            (None, Cause::NotSent(RequestError::LateResult { until, .. })) => until + PAUSE,
            (None, _) => cx.now + SETTLED,
        };
        if cx.now >= until {
            return Act::Fail(failure);
        }
        if self.settling.is_none() {
            cx.tell(Progress::StillBusy {
                client: cx.plan.client(),
                budget: until.saturating_duration_since(cx.now),
            });
        }
        self.settling = Some(Settling {
            until,
            failure,
            asked: 0,
        });
        self.pause()
    }

    /// It is still not connected: ask again, and now and then try again.
    pub(super) fn settle<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        let Some(settling) = &mut self.settling else {
            return Act::Done;
        };
        settling.asked = settling.asked.saturating_add(1);
        if cx.now >= settling.until {
            return Act::Fail(settling.failure);
        }
        if settling.asked < QUESTIONS_A_TRY {
            return self.pause();
        }
        match self.held {
            Held::Other => self.release(cx),
            // A CONNECT that fails wipes the choice of the TLS context.
            _ => self.choose_tls(cx),
        }
    }

    /// A command of ours was given up, and its result would be taken for this one's: it comes, or its time passes.
    pub(super) fn wait_for_late_result<M>(&self, until: Instant, cx: &mut Context<'_, M>) -> Act
    where
        M: AsRef<[u8]> + AsMut<[u8]>,
    {
        let budget = until.saturating_duration_since(cx.now);
        cx.tell(Progress::StillBusy {
            client: cx.plan.client(),
            budget,
        });
        Act::Pause(budget, WaitReason::LateResult)
    }

    const fn pause(&mut self) -> Act {
        self.stage = Stage::Settle;
        Act::Pause(PAUSE, WaitReason::EarlierConnect)
    }
}

/// Whether the modem says that the client does something else, or is what it is to become.
fn is_in_use(failure: Failure) -> bool {
    let outlook = failure.code().map(ResultCode::outlook);
    matches!(outlook, Some(Outlook::Busy | Outlook::AlreadySo))
}

/// How long the end of an earlier CONNECT is awaited: what one may take.
const SETTLED: Duration = Duration::from_secs(130);

/// Between two questions.
pub(super) const PAUSE: Duration = Duration::from_secs(2);

/// Questions before what was refused is tried again.
const QUESTIONS_A_TRY: u8 = 5;

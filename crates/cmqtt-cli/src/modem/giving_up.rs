//! `--give-up-after`: how long a run goes on without a delivery, or a connection where nothing waits to be delivered.

use std::cell::RefCell;
use std::time::Duration;

use at_proto::Command;
use at_proto::network::EnterPin;
use cmqtt_tokio::{Cause, Error};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::Failure;
use crate::arguments::StayingPlan;
use crate::exit::End;
use crate::output::complain;

/// The time until a run gives up. It counts from the start, and stands still while there is a connection and nothing waits.
pub(crate) struct GivingUp {
    name: &'static str,
    quiet: bool,
    /// `None` for a run that never gives up.
    after: Option<Duration>,
    /// Whether the first connection is tried again.
    retries: bool,
    stalled_since: watch::Sender<Option<Instant>>,
    last: RefCell<Option<Failure>>,
}

impl GivingUp {
    /// `None` for a run that ends when the connection is lost.
    pub(crate) fn new(name: &'static str, quiet: bool, plan: Option<StayingPlan>) -> Self {
        Self {
            name,
            quiet,
            after: plan.and_then(StayingPlan::patience),
            retries: plan.is_some_and(StayingPlan::retries),
            stalled_since: watch::Sender::new(Some(Instant::now())),
            last: RefCell::new(None),
        }
    }

    /// Something waits: the time counts from now on, unless it counts already.
    pub(crate) fn waits(&self) {
        self.stalled_since.send_if_modified(|since| {
            let begins = since.is_none();
            since.get_or_insert_with(Instant::now);
            begins
        });
    }

    /// There is a connection and nothing waits, or what waited was delivered.
    pub(crate) fn rests(&self) {
        self.stalled_since.send_replace(None);
        self.last.take();
    }

    /// Why the last attempt failed.
    pub(crate) fn note(&self, failure: Failure) {
        self.last.replace(Some(failure));
    }

    /// Does the work, unless it is time to give up before it ends.
    pub(crate) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            end = work => end,
            failure = self.over() => Err(failure),
        }
    }

    /// Returns when it is time to give up.
    pub(crate) async fn over(&self) -> Failure {
        let mut stalled_since = self.stalled_since.subscribe();
        loop {
            let since = *stalled_since.borrow_and_update();
            let over = async {
                match (since, self.after) {
                    // The driver gives up by itself, and knows why.
                    (Some(since), Some(after)) => {
                        sleep_until(since + after.saturating_add(LATER)).await;
                        after
                    }
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = stalled_since.changed() => drop(changed),
                after = over => {
                    let why = self.last.take().map(Box::new);
                    return Failure::GaveUp { after, why };
                }
            }
        }
    }

    /// Does what the first connection needs, and does it again after a pause while that may help and `--give-up-after` was
    /// given.
    pub(crate) async fn first<C>(
        &self,
        cx: &mut C,
        act: impl AsyncFn(&mut C) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut pause = FIRST_PAUSE;
        loop {
            match act(cx).await {
                Err(failure) if self.retries && !is_final(&failure) => {
                    if !self.quiet {
                        complain(
                            self.name,
                            &TryingAgain {
                                failure: &failure,
                                pause,
                            },
                        );
                    }
                    self.note(failure);
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                end => return end,
            }
        }
    }
}

/// A failure that may pass.
#[derive(Debug, thiserror::Error)]
#[error("{failure}; trying again in {} s", pause.as_secs())]
pub(crate) struct TryingAgain<'f> {
    pub(crate) failure: &'f Failure,
    pub(crate) pause: Duration,
}

/// How the run ends when it was given up.
pub(super) fn end(why: Option<&Failure>) -> End {
    why.map_or(End::ConnectionLost, Failure::end)
}

/// Which failures to get connected would only come again: wrong arguments, above all a wrong PIN, which blocks the SIM at
/// the third time, and what a broker refuses for good.
pub(crate) fn is_final(failure: &Failure) -> bool {
    match failure {
        Failure::DeviceName
        | Failure::PlainDevice(_)
        | Failure::ManyDevices(_)
        | Failure::Files(_)
        | Failure::Value(_) => true,
        Failure::Step { error, .. } => match &**error {
            Error::Failed(failed) => match failed.cause {
                // Found out anew the next time.
                Cause::NotSent(_) => false,
                // Whatever the SIM says: the next attempt would not know that this PIN was tried.
                Cause::Refused(_) if failed.command == EnterPin::NAME => true,
                _ => failed.is_final(),
            },
            Error::Request(error) => !error.passes(),
            _ => false,
        },
        _ => false,
    }
}

/// Between a failure and the next try; twice as long after each.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_secs(1);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How much later than the driver the program gives up.
const LATER: Duration = Duration::from_millis(500);

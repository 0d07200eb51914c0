//! A connection that is kept while a subcommand works, and what is told of it.

use std::time::{Duration, Instant};

use cmqtt_tokio::at_proto::Refusal;
use cmqtt_tokio::at_proto::cmqtt::{ResultCode, Subject};
use cmqtt_tokio::{
    Cause, Delivered, Error, Event, Failure as Failed, Loss, OnUnknown, Outcome, Plan, Publication,
};

use super::{Failure, Modem, lost, network};
use crate::arguments::{ModemPlan, StayingPlan};
use crate::output::complain;

/// What is to be kept, and who hears of it.
#[derive(Clone, Copy)]
pub(crate) struct Staying<'p> {
    /// The subcommand.
    pub(crate) name: &'static str,
    /// Whether nothing is told.
    pub(crate) quiet: bool,
    /// Whether it publishes.
    pub(crate) publishes: bool,
    pub(crate) modem: &'p ModemPlan,
    /// `None` to end when the connection is lost.
    pub(crate) plan: Option<StayingPlan>,
}

impl Modem {
    /// From now on the connection is kept. The modem is connected by this very plan.
    pub(super) async fn keep(&mut self, plan: &Plan<'_>, staying: &Staying<'_>) -> Result<(), Failure> {
        if !staying.quiet {
            self.tells = Some(staying.name);
        }
        let Some(how) = staying.plan else {
            return Ok(());
        };
        self.device.outlast(&self.client);
        let network = network(staying.modem)?;
        self.client
            .keep(plan, &network, &how.healing(staying.modem.family))
            .await?;
        Ok(())
    }

    /// Delivers a message, however often the connection is lost meanwhile.
    pub(crate) async fn deliver(
        &mut self,
        publication: &Publication<'_>,
        place: &str,
    ) -> Result<Delivered, Failure> {
        let place = format!("publish {place}");
        let delivered = self.try_deliver(publication, OnUnknown::ByQos, &place).await;
        delivered.map_err(|error| match error {
            Error::GaveUp(why) => gave_up(why),
            Error::Failed(failure) if let Some(outcome) = Outcome::of(failure) => Failure::NotDelivered {
                place,
                outcome: Box::new(outcome),
            },
            error @ (Error::Failed(_) | Error::Request(_)) => Failure::NotSent {
                place,
                error: Box::new(error),
            },
            error => error.into(),
        })
    }

    /// The same with the driver's own words when it fails.
    pub(crate) async fn try_deliver(
        &mut self,
        publication: &Publication<'_>,
        on_unknown: OnUnknown,
        place: &str,
    ) -> Result<Delivered, Error> {
        self.shown.says(place);
        let ended = self
            .watch(async |client| client.deliver(publication, on_unknown).await)
            .await;
        match ended {
            Ok(delivered) if delivered.maybe_duplicate => self.tell(format_args!(
                "{place}: delivered after an attempt whose end is not known; the broker may have it twice"
            )),
            Err(Error::Failed(failure)) if failure.cause == Cause::LetGo => {
                // Which tells why.
                self.client.until_connected().await?;
            }
            _ => {}
        }
        ended
    }

    /// Tells what an event says of the connection. `false`: it says nothing of it.
    pub(crate) fn follow(&self, event: &Event) -> bool {
        match event {
            Event::Lost { why: Loss::Reset, .. } => {}
            Event::Lost { why, .. } => {
                let why = match why {
                    Loss::Connection(cause) => cause.to_string(),
                    why => why.to_string(),
                };
                self.tell(format_args!("the connection is lost: {why}; connecting again"));
            }
            Event::Restored { after, .. } => {
                self.tell(format_args!("connected again, after {}", Seconds(*after)));
                self.quiet();
            }
            Event::PortLost(why) => {
                self.tell(format_args!("the modem's port is gone: {why}; waiting for it"));
            }
            Event::PortBack { after } => {
                self.tell(format_args!(
                    "the modem's port is back, after {}",
                    Seconds(*after)
                ));
            }
            Event::Connected { .. } => self.quiet(),
            _ => return false,
        }
        true
    }

    /// The same, where the connection may be gone for good.
    pub(crate) fn heed(&self, event: &Event, staying: &Staying<'_>) -> Result<(), Failure> {
        self.follow(event);
        if let Event::GaveUp { why, .. } = event {
            return Err(gave_up(*why));
        }
        match lost(event, staying.modem.client) {
            Some(why) if staying.plan.is_none() => Err(Failure::Gone(why)),
            _ => Ok(()),
        }
    }

    /// Does it, and does it once more, and again, where a line that damages bytes, or a modem that has just restarted, is
    /// the likely reason for a failure. A broker that does not answer, or says no, is not.
    pub(crate) async fn despite_the_line(
        &mut self,
        plan: &ModemPlan,
        act: impl AsyncFn(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        for _ in 1..ATTEMPTS {
            match act(self).await {
                // Where it took longer, only the word that it succeeded was lost, or it was the broker's time.
                Err(failure)
                    if is_the_line_s(&failure)
                        && (begun.elapsed() < LONGEST || self.is_connected(plan.client).await) =>
                {
                    self.identify(plan).await.map_err(|_| failure)?;
                    self.network(plan).await?;
                }
                end => return end,
            }
        }
        act(self).await
    }

    async fn is_connected(&mut self, client: u8) -> bool {
        self.watch(async |modem| modem.is_connected(client).await)
            .await
            .unwrap_or(false)
    }

    fn tell(&self, what: std::fmt::Arguments<'_>) {
        if let Some(name) = self.tells {
            self.shown.aside(|| complain(name, &what));
        }
    }
}

/// So many seconds.
struct Seconds(Duration);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0} s", self.0.as_secs_f64().ceil())
    }
}

pub(crate) fn gave_up(why: Failed) -> Failure {
    Failure::Lost(Box::new(Failure::Step {
        step: None,
        error: Box::new(Error::Failed(why)),
    }))
}

fn is_the_line_s(failure: &Failure) -> bool {
    let Failure::Step { error, .. } = failure else {
        return false;
    };
    match **error {
        Error::Failed(failure) => match failure.cause {
            Cause::TimedOut(_) | Cause::Restarted | Cause::Damaged | Cause::Contradiction => true,
            // What a command is refused for that has lost a byte.
            Cause::Refused(Refusal::Code(code)) => ResultCode(code).subject() == Subject::Message,
            Cause::Refused(refusal) => refusal == Refusal::Error,
            _ => false,
        },
        Error::Answer(_) => true,
        _ => false,
    }
}

/// How often something is tried.
const ATTEMPTS: usize = 3;

/// What took longer was hardly damage of the line.
const LONGEST: Duration = Duration::from_secs(60);

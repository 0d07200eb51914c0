//! Delivers what is spooled, the oldest first, until nothing is left, or somebody wants it to end.

use std::fmt::Display;
use std::future::pending;
use std::sync::Arc;

use cmqtt_host::tls::TlsFiles;
use tokio::time::Instant;

use super::aside::Aside;
use super::link::{Link, Trouble};
use super::shared::Next;
use super::{Spool, SpoolPlan};
use crate::arguments::{BrokerPlan, ModemPlan};
use crate::exit::End;
use crate::modem::{FIRST_PAUSE, Failure, GivingUp, Holding, LONGEST_PAUSE, NotTakenDown, Stop, TryingAgain};
use crate::output::complain;

/// What is delivered, and how.
pub(crate) struct Delivery<'p> {
    pub(crate) spool: Arc<Spool>,
    pub(crate) plan: &'p SpoolPlan,
    pub(crate) modem: &'p ModemPlan,
    pub(crate) broker: &'p BrokerPlan,
    pub(crate) files: Option<TlsFiles>,
    pub(crate) holding: Holding,
}

/// Delivers until the input has ended and nothing is left, a signal comes, or the time after the input's end is over. What
/// is left then stays in the spool, and is told of. Signals are heard from before anything was taken: one that comes early
/// ends the run in order, too.
pub(crate) async fn deliver(delivery: Delivery<'_>, mut stop: Stop) -> Result<End, Failure> {
    let Delivery {
        spool, plan, holding, ..
    } = &delivery;
    let mut link = Link::new(
        delivery.modem,
        delivery.broker,
        delivery.files.clone(),
        plan.staying,
        holding.name,
        holding.quiet,
    );
    let over = async {
        match plan.drain {
            Some(time) => {
                spool.input_ended().await;
                tokio::time::sleep(time).await;
            }
            None => pending().await,
        }
    };
    let giving_up = GivingUp::new(holding.name, holding.quiet, Some(plan.staying));
    let (end, broken_off) = tokio::select! {
        end = delivery.work(&mut link, &giving_up) => {
            let broken_off = end.is_err();
            (end, broken_off)
        }
        failure = giving_up.over() => (Err(failure), true),
        () = over => (Ok(End::WaitedEnough), true),
        signal = stop.told() => (Ok((holding.told)(signal)), true),
    };
    let closed = link.close(holding, &mut stop, broken_off).await;
    delivery.say_what_is_left();
    // What is delivered is, however the modem takes leave.
    if let Err(failure) = closed {
        delivery.say(&NotTakenDown(failure));
    }
    end
}

impl Delivery<'_> {
    async fn work(&self, link: &mut Link<'_>, giving_up: &GivingUp) -> Result<End, Failure> {
        let mut pause = FIRST_PAUSE;
        let mut aside = Aside::default();
        loop {
            for id in aside.take_due(Instant::now()) {
                self.spool.take_back(id);
            }
            let next = self.spool.next().await?;
            if matches!(next, Next::Message(_)) {
                giving_up.waits();
            }
            let trouble = match next {
                Next::Message(next) => match link.deliver(&next.message).await {
                    Ok(()) => {
                        giving_up.rests();
                        self.confirm(next.id).await?;
                        pause = FIRST_PAUSE;
                        aside.delivered();
                        continue;
                    }
                    Err(Trouble::Refused(failure)) => {
                        self.spool.set_aside(next.id);
                        let again = aside.put(next.id, Instant::now());
                        self.say(&format_args!(
                            "message {} stays in the spool, and what follows it to {}, for {} s at least: {failure}",
                            next.id,
                            next.message.topic(),
                            again.as_secs()
                        ));
                        continue;
                    }
                    Err(trouble) => trouble,
                },
                // Not broken off by what comes: that waits, and is sent when it is there.
                Next::Nothing => {
                    self.spool.set_stuck(aside.is_in_vain());
                    match link.connect().await {
                        Err(trouble) => trouble,
                        Ok(()) => {
                            giving_up.rests();
                            tokio::select! {
                                () = self.spool.changed() => continue,
                                () = aside.due() => continue,
                                trouble = link.stay() => trouble,
                            }
                        }
                    }
                }
                Next::Done => {
                    return Ok(match self.spool.lacks() {
                        true => End::Failed,
                        false => End::Done,
                    });
                }
            };
            match trouble {
                Trouble::Final(failure) => return Err(failure),
                Trouble::Later(failure) | Trouble::Refused(failure) => {
                    self.say(&TryingAgain {
                        failure: &failure,
                        pause,
                    });
                    giving_up.waits();
                    giving_up.note(failure);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn confirm(&self, id: cmqtt_outbox::Id) -> Result<(), Failure> {
        match self.spool.confirm(id).await {
            // It is not delivered again by this run, and removed as soon as the disk takes that.
            Err(error @ cmqtt_outbox::Error::Io { .. }) => {
                self.say(&format_args!("message {id} is delivered, but {error}"));
                Ok(())
            }
            confirmed => Ok(confirmed?),
        }
    }

    fn say_what_is_left(&self) {
        let left = match self.spool.len() {
            0 => return,
            1 => "1 message is".to_owned(),
            left => format!("{left} messages are"),
        };
        self.say(&format_args!(
            "{left} still in {}: the next run delivers what is there first",
            self.plan.dir.display()
        ));
    }

    fn say(&self, what: &impl Display) {
        if !self.holding.quiet {
            complain(self.holding.name, what);
        }
    }
}

//! The publishing itself.

use std::io::{self, BufReader};

use at_proto::cmqtt::Topic;
use cmqtt_host::tls::TlsFiles;
use cmqtt_tokio::Publication;
use tokio::sync::mpsc;

use super::{Arguments, Plan, Source, spooled};
use crate::exit::End;
use crate::modem::{
    Failure, GivingUp, Holding, Modem, Staying, planned, publish_timeout, run as run_async, with_client,
};
use crate::output::complain;
use crate::payloads::{PayloadError, Payloads};

pub(crate) fn run(arguments: &Arguments) -> End {
    planned(NAME, arguments.plan(), |plan| {
        run_async(NAME, plan.quiet, async {
            match &plan.spool {
                Some(spool) => spooled::publish(&plan, spool).await,
                None => publish(&plan).await,
            }
        })
    })
}

async fn publish(plan: &Plan) -> Result<End, Failure> {
    // What can be wrong here is found before the modem is touched.
    let files = plan.broker.tls_files()?;
    let payloads = Payloads::of(&plan.modem);
    let message = plan.source.message(payloads)?;
    let giving_up = GivingUp::new(NAME, plan.quiet, plan.staying);
    let shows = !plan.quiet && !plan.modem.trace;
    let mut modem = giving_up
        .within(Modem::prepare(&plan.modem, shows, &giving_up))
        .await?;
    let holding = Holding {
        name: NAME,
        quiet: plan.quiet,
        client: plan.modem.client,
        // Somebody who hears of success takes everything for delivered.
        told: End::Interrupted,
    };
    with_client(&mut modem, &holding, async |modem| {
        let publisher = Publisher {
            plan,
            files: files.as_ref(),
            topic: Topic::new(&plan.topic)?,
            giving_up: &giving_up,
        };
        let work = async {
            giving_up
                .first(modem, async |modem| publisher.connect(modem).await)
                .await?;
            match message {
                Some(message) => publisher.repeat(modem, &message).await,
                None => publisher.lines(modem, payloads).await,
            }
        };
        giving_up.within(work).await
    })
    .await
}

impl Source {
    /// The one message that it is. `None` if it is others.
    pub(super) fn message(&self, payloads: Payloads) -> Result<Option<Vec<u8>>, PayloadError> {
        Ok(match self {
            Self::Message(message) => Some(message.clone()),
            Self::File(path) => Some(payloads.file(path)?),
            Self::Stdin => Some(payloads.whole("standard input", io::stdin().lock())?),
            Self::StdinLines | Self::Spool => None,
        })
    }
}

struct Publisher<'p> {
    plan: &'p Plan,
    files: Option<&'p TlsFiles>,
    topic: Topic<'p>,
    giving_up: &'p GivingUp,
}

impl Publisher<'_> {
    async fn connect(&self, modem: &mut Modem) -> Result<(), Failure> {
        modem
            .stay_up(&self.staying(), &self.plan.broker, self.files, &[])
            .await
    }

    fn staying(&self) -> Staying<'_> {
        let plan = self.plan;
        Staying {
            name: NAME,
            quiet: plan.quiet,
            publishes: true,
            modem: &plan.modem,
            plan: plan.staying,
        }
    }

    async fn repeat(&self, modem: &mut Modem, message: &[u8]) -> Result<End, Failure> {
        for number in 0..self.plan.repeat {
            if number > 0 {
                self.giving_up.rests();
                tokio::time::sleep(self.plan.repeat_delay).await;
            }
            self.one(modem, &format!("to {}", self.plan.topic), message)
                .await?;
        }
        Ok(End::Done)
    }

    /// Each line, as it comes. One that cannot be sent is told of, and the next is tried.
    async fn lines(&self, modem: &mut Modem, payloads: Payloads) -> Result<End, Failure> {
        let mut lines = read_lines(payloads);
        let mut end = End::Done;
        let mut number = 0;
        loop {
            modem.quiet();
            self.giving_up.rests();
            let line = tokio::select! {
                biased;
                // First, so that no line is lost to a connection that is known to be gone.
                event = modem.next_event() => {
                    modem.heed(&event?, &self.staying())?;
                    continue;
                }
                line = lines.recv() => match line {
                    Some(line) => line,
                    None => return Ok(end),
                },
            };
            number += 1;
            let sent = match line {
                Ok(line) => {
                    self.one(modem, &format!("line {number} of standard input"), &line)
                        .await
                }
                Err(error) => Err(error.into()),
            };
            match sent {
                Ok(()) => {}
                // The line is to blame, or the broker's rules: the next may do better.
                Err(
                    failure @ (Failure::Payload(_) | Failure::NotDelivered { .. } | Failure::NotSent { .. }),
                ) => {
                    if !self.plan.quiet {
                        complain(NAME, &failure);
                    }
                    end = failure.end();
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Delivers one message.
    async fn one(&self, modem: &mut Modem, place: &str, payload: &[u8]) -> Result<(), Failure> {
        self.giving_up.waits();
        let publication = Publication {
            client: self.plan.modem.client,
            topic: self.topic,
            payload,
            qos: self.plan.qos,
            retain: self.plan.retain,
            timeout: publish_timeout(modem),
        };
        if self.plan.staying.is_some() {
            return modem.deliver(&publication, place).await.map(drop);
        }
        let outcome = modem.publish(&publication, place).await?;
        if outcome.is_delivered() {
            return Ok(());
        }
        Err(Failure::NotDelivered {
            place: format!("publish {place}"),
            outcome: Box::new(outcome),
        })
    }
}

/// Reads standard input on a thread of its own: it may wait for ever.
fn read_lines(payloads: Payloads) -> mpsc::Receiver<Result<Vec<u8>, PayloadError>> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in payloads.lines(BufReader::new(io::stdin())) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

pub(super) const NAME: &str = "pub";

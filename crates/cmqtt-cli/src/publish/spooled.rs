//! `--spool`: each message is on disk before it is delivered.

use std::io::{self, BufReader, Stdin};
use std::sync::Arc;
use std::thread;

use cmqtt_outbox::Message;

use super::run::NAME;
use super::{Plan, Source};
use crate::exit::End;
use crate::modem::{Failure, Holding, Stop};
use crate::payloads::{Lines, Payloads};
use crate::spool::{Bad, Delivery, Input, Spool, SpoolPlan, Taken, deliver};

pub(super) async fn publish(plan: &Plan, spooled: &SpoolPlan) -> Result<End, Failure> {
    // What can be wrong here is found before anything is taken.
    let files = plan.broker.tls_files()?;
    let payloads = Payloads::of(&plan.modem);
    let stop = Stop::new().map_err(Failure::Output)?;
    let spool = Spool::open(spooled)?;
    if plan.source == Source::StdinLines {
        // Checked here, and not for each line.
        let sample = message(plan, Vec::new())?;
        let (spool, quiet) = (Arc::clone(&spool), plan.quiet);
        // It may wait for ever.
        thread::spawn(move || {
            let lines = payloads.lines(BufReader::new(io::stdin()));
            spool.take_from(NAME, quiet, Messages { lines, sample });
        });
    } else {
        if let Some(payload) = plan.source.message(payloads)? {
            let message = message(plan, payload)?;
            for _ in 0..plan.repeat {
                let receipt = spool.offer_one(&message)?;
                spool.tell(NAME, plan.quiet, &Taken::Receipt(receipt));
            }
        }
        spool.end_input();
    }
    let delivery = Delivery {
        spool,
        plan: spooled,
        modem: &plan.modem,
        broker: &plan.broker,
        files,
        holding: Holding {
            name: NAME,
            quiet: plan.quiet,
            client: plan.modem.client,
            // Somebody who hears of success takes everything for delivered.
            told: End::Interrupted,
        },
    };
    deliver(delivery, stop).await
}

fn message(plan: &Plan, payload: Vec<u8>) -> Result<Message, Failure> {
    let message = Message::new(plan.topic.as_str(), payload)?;
    Ok(message.qos(plan.qos).retain(plan.retain))
}

/// Lines of standard input, each a message that is this one otherwise.
struct Messages {
    lines: Lines<BufReader<Stdin>>,
    sample: Message,
}

impl Input for Messages {
    fn next(&mut self) -> Option<Result<Message, Bad>> {
        let line = self.lines.next()?;
        Some(match line {
            Ok(payload) => {
                let mut message = self.sample.clone();
                message.payload = payload;
                Ok(message)
            }
            Err(error) => Err(Bad(error.to_string())),
        })
    }

    fn is_next_here(&self) -> bool {
        self.lines.is_next_here()
    }
}

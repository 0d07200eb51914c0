//! The gateway itself.

use std::io;
use std::sync::Arc;
use std::thread;

use super::line::{Lines, Rules};
use super::socket::Socket;
use super::{Arguments, Plan};
use crate::exit::End;
use crate::modem::{Failure, Holding, Stop, planned, run as run_async};
use crate::spool::{Delivery, Spool, deliver};

pub(crate) fn run(arguments: &Arguments) -> End {
    planned(NAME, arguments.plan(), |plan| {
        run_async(NAME, plan.quiet, gateway(&plan))
    })
}

async fn gateway(plan: &Plan) -> Result<End, Failure> {
    // What can be wrong here is found before anything is taken.
    let files = plan.broker.tls_files()?;
    let stop = Stop::new().map_err(Failure::Output)?;
    let spool = Spool::open(&plan.spool)?;
    let rules = Rules::of(plan);
    let _socket = match &plan.listen {
        Some(path) => {
            let socket = Socket::listen(path, rules, Arc::clone(&spool));
            Some(socket.map_err(|source| Failure::Socket {
                path: path.clone(),
                source,
            })?)
        }
        None => {
            let (spool, quiet) = (Arc::clone(&spool), plan.quiet);
            // It may wait for ever.
            thread::spawn(move || {
                spool.take_from(NAME, quiet, Lines::new(io::stdin(), rules, " of standard input"));
            });
            None
        }
    };
    let delivery = Delivery {
        spool,
        plan: &plan.spool,
        modem: &plan.modem,
        broker: &plan.broker,
        files,
        holding: Holding {
            name: NAME,
            quiet: plan.quiet,
            client: plan.modem.client,
            // That is how it is ended.
            told: |_| End::Stopped,
        },
    };
    deliver(delivery, stop).await
}

const NAME: &str = "gateway";

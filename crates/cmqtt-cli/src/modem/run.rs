//! What every subcommand that talks to a modem has around its work.

use std::future::{Future, pending};
use std::time::Duration;

use super::{Failure, Modem, Stop};
use crate::arguments::Usage;
use crate::exit::End;
use crate::output::complain;

/// Runs an async program on this thread, and says on standard error why it failed.
pub(crate) fn run(name: &str, quiet: bool, program: impl Future<Output = Result<End, Failure>>) -> End {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let end = match runtime {
        Ok(runtime) => runtime.block_on(program),
        Err(error) => Err(Failure::Output(error)),
    };
    match end {
        Ok(end) => end,
        // Whoever read the output has seen enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => End::Done,
        Err(failure) => {
            if !quiet {
                complain(name, &failure);
            }
            failure.end()
        }
    }
}

/// Goes on with what was asked for, or says on standard error why that cannot be done.
pub(crate) fn planned<P>(name: &str, plan: Result<P, Usage>, go_on: impl FnOnce(P) -> End) -> End {
    match plan {
        Ok(plan) => go_on(plan),
        Err(usage) => {
            complain(name, &usage);
            End::Usage
        }
    }
}

/// How a subcommand holds a client of the modem's.
pub(crate) struct Holding {
    /// The subcommand.
    pub(crate) name: &'static str,
    /// Whether it complains of nothing.
    pub(crate) quiet: bool,
    /// The client index.
    pub(crate) client: u8,
    /// How the run ends when this signal ends it.
    pub(crate) told: fn(u8) -> End,
}

/// Does the work until it ends or somebody wants it to, then takes the client down in order: the next program finds the
/// modem free. Work that was broken off may leave the modem busy, with a CONNECT above all: the client is waited for a
/// while then, and left to the next program, which takes it over. Being told a second time ends that at once.
pub(crate) async fn with_client(
    modem: &mut Modem,
    holding: &Holding,
    work: impl AsyncFnOnce(&mut Modem) -> Result<End, Failure>,
) -> Result<End, Failure> {
    let mut stop = Stop::new().map_err(Failure::Output)?;
    let (end, broken_off) = tokio::select! {
        end = work(modem) => {
            let broken_off = modem.connects || !matches!(end, Ok(End::Done));
            (end, broken_off)
        }
        signal = stop.told() => (Ok((holding.told)(signal)), true),
    };
    // What was done is, however the modem takes leave. Who saw a failure would do it again.
    if let Err(failure) = let_go(modem, holding, &mut stop, broken_off).await
        && end.is_ok()
        && !holding.quiet
    {
        complain(holding.name, &NotTakenDown(failure));
    }
    end
}

/// Takes the client down; if the work was broken off, or failed, for no longer than [`TAKE_DOWN`]. A signal ends it at
/// once.
pub(crate) async fn let_go(
    modem: &mut Modem,
    holding: &Holding,
    stop: &mut Stop,
    broken_off: bool,
) -> Result<(), Failure> {
    if broken_off {
        modem.shown.says("end in order; once more Ctrl-C ends at once");
    }
    let patience = async {
        if broken_off {
            tokio::time::sleep(TAKE_DOWN).await;
        } else {
            pending::<()>().await;
        }
    };
    let down = tokio::select! {
        down = modem.take_down(holding.client) => down,
        () = patience => {
            modem.quiet();
            if !holding.quiet {
                complain(holding.name, &Busy);
            }
            Ok(())
        }
        _ = stop.told() => Ok(()),
    };
    modem.quiet();
    down
}

/// The modem may hold something for a program that has ended.
#[derive(Debug, thiserror::Error)]
#[error("{0}; what the modem still holds, the next run takes over")]
pub(crate) struct NotTakenDown(pub(crate) Failure);

/// The modem has not let go of the client.
#[derive(Debug, thiserror::Error)]
#[error("the modem is still busy after {} s: the next run takes over what it holds", TAKE_DOWN.as_secs())]
struct Busy;

/// How long a modem may take that was broken off, so that the run ends within 10 s: a plain DISC takes a second or two even
/// on NB-IoT.
pub(crate) const TAKE_DOWN: Duration = Duration::from_secs(8);

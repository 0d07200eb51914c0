//! What every subcommand that talks to a modem has around its work.

use std::fmt::Display;
use std::future::Future;
use std::process::ExitCode;

use super::{Failure, Modem, told_to_stop};
use crate::exit::End;

/// Runs an async program on this thread, and says on standard error why it failed.
pub(crate) fn run(name: &str, quiet: bool, program: impl Future<Output = Result<End, Failure>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let end = match runtime {
        Ok(runtime) => runtime.block_on(program),
        Err(error) => Err(Failure::Output(error)),
    };
    let end = match end {
        Ok(end) => end,
        // Whoever read the output has seen enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => End::Done,
        Err(failure) => {
            if !quiet {
                complain(name, &failure);
            }
            failure.end()
        }
    };
    ExitCode::from(end.status())
}

/// Says on standard error what is wrong.
pub(crate) fn complain(name: &str, what: &impl Display) {
    anstream::eprintln!("cmqtt {name}: {what}");
}

/// Does the work until it ends or somebody wants it to, then takes the client down in order: the next program finds the
/// modem free. Being told a second time ends that, too.
pub(crate) async fn with_client(
    modem: &mut Modem,
    client: u8,
    work: impl AsyncFnOnce(&mut Modem) -> Result<End, Failure>,
) -> Result<End, Failure> {
    let end = tokio::select! {
        end = work(modem) => end,
        () = told_to_stop() => Ok(End::Done),
    };
    modem.quiet();
    let down = tokio::select! {
        down = modem.take_down(client) => down,
        () = told_to_stop() => Ok(()),
    };
    modem.quiet();
    // Why the work failed counts more.
    let end = end?;
    down.map(|()| end)
}

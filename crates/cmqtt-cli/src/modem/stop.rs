//! Being told to stop.

use std::future::pending;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears from now on that the user, or the system, wants the program to end.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// From now on the signals do not end the program by themselves.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Returns at the next signal, with its number.
    pub(crate) async fn told(&mut self) -> u8 {
        let (heard, kind) = tokio::select! {
            heard = self.interrupt.recv() => (heard, SignalKind::interrupt()),
            heard = self.terminate.recv() => (heard, SignalKind::terminate()),
        };
        // Nobody is left who could tell.
        if heard.is_none() {
            pending::<()>().await;
        }
        u8::try_from(kind.as_raw_value()).unwrap_or(u8::MAX)
    }
}

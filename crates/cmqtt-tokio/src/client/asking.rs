//! How a request is made, and how its end is heard.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use cmqtt_core::{RequestError, RequestId};
use cmqtt_host::{Error, Machine, Modem};
use tokio::sync::oneshot;

use super::Client;
use crate::shared::{Answer, End, Running, State};

impl Client {
    /// Asks what the modem itself offers.
    pub(super) async fn ask(
        &self,
        name: &'static str,
        client: Option<u8>,
        request: impl FnOnce(&mut Modem) -> Result<RequestId, RequestError>,
    ) -> Result<(), Error> {
        self.whole(name, client, |machine| request(machine.client()?))
            .await
    }

    /// Asks what the session offers.
    pub(super) async fn whole(
        &self,
        name: &'static str,
        client: Option<u8>,
        request: impl FnOnce(&mut Machine) -> Result<RequestId, RequestError>,
    ) -> Result<(), Error> {
        let end = self.end_of(name, client, request).await?;
        self.end(end).map(|_| ())
    }

    /// The end of a request. Its turn comes first, then what lies in the port already, then the request itself.
    pub(super) async fn end_of(
        &self,
        name: &'static str,
        client: Option<u8>,
        request: impl FnOnce(&mut Machine) -> Result<RequestId, RequestError>,
    ) -> Result<End, Error> {
        let turn = Arc::clone(&self.shared().turn).acquire_owned();
        let turn = turn.await.map_err(|_| gone())?;
        self.catch_up().await?;
        let ended = {
            let mut state = self.shared().lock();
            self.port_works(&state)?;
            let id = state.engine.request(name, client, request)?;
            let (end, ended) = oneshot::channel();
            state.running = Some(Running { id, end, turn });
            state.wake();
            ended
        };
        ended.await.map_err(|_| gone())
    }

    /// Waits until the task has understood what lies in the port.
    async fn catch_up(&self) -> Result<(), Error> {
        let caught_up = {
            let mut state = self.shared().lock();
            if state.closed {
                return Err(gone());
            }
            let (sender, caught_up) = oneshot::channel();
            state.catching_up = Some(sender);
            state.wake();
            caught_up
        };
        caught_up.await.map_err(|_| gone())
    }

    /// The answer of a request that has ended. That of a port that failed meanwhile is the port's failure.
    pub(super) fn end(&self, end: End) -> Result<Answer, Error> {
        self.port_works(&self.shared().lock())?;
        Ok(end?)
    }

    /// Tells once of a port that has failed.
    pub(super) fn port_works(&self, state: &State) -> Result<(), Error> {
        let told = self.told.swap(state.failures, Ordering::Relaxed);
        match &state.failure {
            Some(error) if told < state.failures => Err(Error::Port(again(error))),
            _ if state.closed => Err(gone()),
            _ => Ok(()),
        }
    }
}

/// The same error once more: each handle tells it.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// The runtime has ended, and the task with it.
fn gone() -> Error {
    Error::Port(io::Error::new(
        io::ErrorKind::NotConnected,
        "the runtime in which it was served has ended",
    ))
}

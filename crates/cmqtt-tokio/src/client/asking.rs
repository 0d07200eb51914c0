//! How a request is made, and how its end is heard.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use cmqtt_core::{RequestError, RequestId};
use cmqtt_host::{Error, Machine, Modem, again};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::Client;
use crate::shared::{Answer, Asker, End, Running, Shared, State};

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
        let ended = self
            .when_free(|state, turn| {
                self.forget_failures(state);
                self.port_works(state)?;
                let id = state.engine.request(name, client, request)?;
                let (end, ended) = oneshot::channel();
                state.running = Some(Running { id, end, turn });
                Ok(ended)
            })
            .await?;
        ended.await.map_err(|_| gone())
    }

    /// Asks when its turn has come, what lies in the port is understood, and the modem is free: a client that is kept
    /// gives way.
    pub(super) async fn when_free<T>(
        &self,
        ask: impl FnOnce(&mut State, OwnedSemaphorePermit) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let turn = Arc::clone(&self.shared().turn).acquire_owned();
        let turn = turn.await.map_err(|_| gone())?;
        let place = Place(self.shared());
        let mut ask = Some((ask, turn));
        poll_fn(|cx| {
            let mut state = place.0.lock();
            if state.closed {
                return Poll::Ready(Err(gone()));
            }
            let is_free = state.asker.as_ref().is_some_and(|asker| asker.until.is_some());
            if is_free && let Some((ask, turn)) = ask.take() {
                return Poll::Ready(ask(&mut state, turn));
            }
            state.asker = Some(Asker {
                waker: cx.waker().clone(),
                until: None,
            });
            state.wake();
            Poll::Pending
        })
        .await
    }

    /// The answer of a request that has ended. That of a port that failed meanwhile is the port's failure.
    pub(super) fn end(&self, end: End) -> Result<Answer, Error> {
        self.port_works(&self.shared().lock())?;
        Ok(end?)
    }

    /// Tells of a port that has failed: once, or as long as another is looked for.
    pub(super) fn port_works(&self, state: &State) -> Result<(), Error> {
        let told = self.told.swap(state.failures, Ordering::Relaxed);
        match &state.failure {
            Some(error) if told < state.failures || state.away => Err(Error::Port(again(error))),
            _ if state.closed => Err(gone()),
            _ => Ok(()),
        }
    }

    /// The same for who can wait until there is another port.
    pub(super) fn port_ends(&self, state: &State) -> Result<(), Error> {
        match state.lasting {
            true if state.closed => Err(gone()),
            true => Ok(()),
            false => self.port_works(state),
        }
    }

    /// A port that came back is no failure of what is asked now.
    fn forget_failures(&self, state: &State) {
        if state.lasting && !state.away {
            self.told.store(state.failures, Ordering::Relaxed);
        }
    }
}

/// The place of who waits for the modem to be free. It is given up when the request is made or its future dropped.
struct Place<'a>(&'a Shared);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.asker = None;
        state.engine.give_way(false);
        state.nudge();
    }
}

/// The runtime has ended, and the task with it.
fn gone() -> Error {
    Error::Port(io::Error::new(
        io::ErrorKind::NotConnected,
        "the runtime in which it was served has ended",
    ))
}

//! A client that stays connected, and messages that are kept until their outcome is known.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use cmqtt_core::{Healing, Network, OnUnknown, Plan, Publication, RequestId};
use cmqtt_host::{Delivered, Error};

use super::Client;
use crate::shared::Shared;

/// The driver's task works on these, whether or not anybody waits.
impl Client {
    /// Keeps a client connected and subscribed as the plan says, from now on and whatever happens:
    /// [`Session::keep`](cmqtt_core::Session::keep). This gives the order, as soon as the modem is free;
    /// [`until_connected`](Self::until_connected) waits. A client that [`bring_up`](Self::bring_up) has just connected by the
    /// same plan stays as it is.
    ///
    /// What becomes of it is told by events: [`Connected`](crate::Event::Connected), [`Lost`](crate::Event::Lost),
    /// [`Restored`](crate::Event::Restored), [`GaveUp`](crate::Event::GaveUp), [`PowerKey`](crate::Event::PowerKey). After
    /// each CONNECT it is subscribed again, so that retained messages come again. Other requests wait until the modem is
    /// free. For a port that may go away, see [`reopen_with`](Self::reopen_with).
    ///
    /// # Errors
    /// As every request: [`Error`]. What the modem has to say comes later.
    ///
    /// # Cancel safety
    /// The order is given in one step, or not at all.
    pub async fn keep(&self, plan: &Plan<'_>, network: &Network<'_>, healing: &Healing) -> Result<(), Error> {
        self.when_free(|state, _turn| {
            self.port_ends(state)?;
            Ok(state.engine.keep(plan, network, healing)?)
        })
        .await
    }

    /// Keeps nothing any more. What is connected stays so; messages that wait fail with
    /// [`Cause::LetGo`](crate::Cause::LetGo), but for one that is on its way, which ends as it ends.
    pub fn let_go(&self) {
        let mut state = self.shared().lock();
        state.engine.let_go();
        state.wake();
    }

    /// Waits until the client that is kept is connected.
    ///
    /// # Errors
    /// [`Error::GaveUp`], which says why; [`RequestError::NotKept`](crate::RequestError::NotKept) when nothing was to be
    /// kept; [`Error::Port`].
    ///
    /// # Cancel safety
    /// Nothing is lost by dropping this.
    pub async fn until_connected(&self) -> Result<(), Error> {
        loop {
            // It hears of all that comes from here on, so that nothing comes unheard after the look.
            let mut arrival = pin!(self.shared().arrivals.notified());
            arrival.as_mut().enable();
            {
                let state = self.shared().lock();
                if state.engine.is_connected()? {
                    return Ok(());
                }
                self.port_ends(&state)?;
            }
            arrival.await;
        }
    }

    /// Delivers a message: it is kept until its outcome is known, also while the connection is gone, and sent again where
    /// that is safe or wanted: see [`OnUnknown`]. Messages are sent in the order in which they were taken. This is ready when
    /// the message has reached the broker (with QoS 0 the modem's socket), however long that takes;
    /// [`post`](Self::post) does not wait.
    ///
    /// # Errors
    /// It was not taken: [`Error::Request`], [`Error::GaveUp`], [`Error::EndsUnread`]. It was given up: [`Error::Failed`],
    /// whose [`Failure::is_unknown`](crate::Failure::is_unknown) says whether it may have reached the broker all the same.
    /// The port has failed: [`Error::Port`]. The message is kept then, and its end comes as an event.
    ///
    /// # Cancel safety
    /// The message is taken when this is polled first. Dropped after that, it is delivered all the same, and its end comes
    /// as an event.
    pub async fn deliver(
        &self,
        publication: &Publication<'_>,
        on_unknown: OnUnknown,
    ) -> Result<Delivered, Error> {
        let end = End {
            shared: self.shared(),
            id: self.accept(publication, on_unknown)?,
        };
        poll_fn(|cx| {
            let mut state = end.shared.lock();
            if let Some(end) = state.engine.take_end(end.id) {
                return Poll::Ready(end.map_err(Error::Failed));
            }
            self.port_ends(&state)?;
            state.waiting.insert(end.id, cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Takes a message to be delivered, and returns. Its end comes as an event, [`Delivered`](crate::Event::Delivered) or
    /// [`NotDelivered`](crate::Event::NotDelivered), and is never dropped: when [`Memory::ends`](crate::Memory::ends) of
    /// them are due, no message is taken until they are read.
    ///
    /// # Errors
    /// It was not taken: as [`deliver`](Self::deliver).
    pub fn post(&self, publication: &Publication<'_>, on_unknown: OnUnknown) -> Result<RequestId, Error> {
        let id = self.accept(publication, on_unknown)?;
        self.shared().lock().engine.post(id);
        Ok(id)
    }

    fn accept(&self, publication: &Publication<'_>, on_unknown: OnUnknown) -> Result<RequestId, Error> {
        let mut state = self.shared().lock();
        self.port_ends(&state)?;
        let id = state.engine.deliver(publication, on_unknown)?;
        state.wake();
        Ok(id)
    }
}

/// The end of a message, which somebody waits for. When nobody does any more, it is an event.
struct End<'a> {
    shared: &'a Shared,
    id: RequestId,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.waiting.remove(&self.id);
        state.engine.post(self.id);
        self.shared.arrivals.notify_waiters();
    }
}

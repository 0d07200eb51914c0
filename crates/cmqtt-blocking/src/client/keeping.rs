//! A client that stays connected, and messages that are kept until their outcome is known.

use std::time::Duration;

use cmqtt_core::{Healing, Network, OnUnknown, Plan, Publication, RequestId};
use cmqtt_host::{Delivered, Error};

use super::Client;
use crate::port::Port;

/// The driver works on these while it is called, whichever method that is: a program that has nothing to ask waits in
/// [`Client::next_event`] or [`Client::receive`].
impl<P: Port> Client<P> {
    /// Keeps a client connected and subscribed as the plan says, from now on and whatever happens:
    /// [`Session::keep`](cmqtt_core::Session::keep). This gives the order and returns;
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
    pub fn keep(&mut self, plan: &Plan<'_>, network: &Network<'_>, healing: &Healing) -> Result<(), Error> {
        self.when_free(|client| {
            client.port_ends()?;
            Ok(client.engine.keep(plan, network, healing)?)
        })
    }

    /// Keeps nothing any more. What is connected stays so; messages that wait fail with
    /// [`Cause::LetGo`](crate::Cause::LetGo), but for one that is on its way, which ends as it ends.
    pub fn let_go(&mut self) {
        self.engine.let_go();
    }

    /// Waits until the client that is kept is connected. Whether it is, within this time.
    ///
    /// # Errors
    /// [`Error::GaveUp`], which says why; [`RequestError::NotKept`](crate::RequestError::NotKept) when nothing was to be
    /// kept; [`Error::Port`].
    pub fn until_connected(&mut self, timeout: Duration) -> Result<bool, Error> {
        let give_up = self.line.now().checked_add(timeout);
        self.catch_up();
        while !self.engine.is_connected()? {
            if self.turn(give_up, |_| Some(())).is_none() {
                self.port_ends()?;
                return self.engine.is_connected();
            }
        }
        Ok(true)
    }

    /// Delivers a message: it is kept until its outcome is known, also while the connection is gone, and sent again where
    /// that is safe or wanted: see [`OnUnknown`]. Messages are sent in the order in which they were taken. This returns when
    /// the message has reached the broker (with QoS 0 the modem's socket), however long that takes;
    /// [`post`](Self::post) does not wait.
    ///
    /// # Errors
    /// It was not taken: [`Error::Request`], [`Error::GaveUp`], [`Error::EndsUnread`]. It was given up: [`Error::Failed`],
    /// whose [`Failure::is_unknown`](crate::Failure::is_unknown) says whether it may have reached the broker all the same.
    /// The port has failed: [`Error::Port`]. The message is kept then, and its end comes as an event.
    pub fn deliver(
        &mut self,
        publication: &Publication<'_>,
        on_unknown: OnUnknown,
    ) -> Result<Delivered, Error> {
        let id = self.accept(publication, on_unknown)?;
        loop {
            if let Some(end) = self.engine.take_end(id) {
                return Ok(end?);
            }
            if self.turn(None, |_| Some(())).is_none()
                && let Err(error) = self.port_ends()
            {
                self.engine.post(id);
                return Err(error);
            }
        }
    }

    /// Takes a message to be delivered, and returns. Its end comes as an event, [`Delivered`](crate::Event::Delivered) or
    /// [`NotDelivered`](crate::Event::NotDelivered), and is never dropped: when [`Memory::ends`](crate::Memory::ends) of
    /// them are due, no message is taken until they are read.
    ///
    /// # Errors
    /// It was not taken: as [`deliver`](Self::deliver).
    pub fn post(&mut self, publication: &Publication<'_>, on_unknown: OnUnknown) -> Result<RequestId, Error> {
        let id = self.accept(publication, on_unknown)?;
        self.engine.post(id);
        Ok(id)
    }

    fn accept(&mut self, publication: &Publication<'_>, on_unknown: OnUnknown) -> Result<RequestId, Error> {
        self.catch_up();
        self.port_ends()?;
        self.engine.deliver(publication, on_unknown)
    }
}

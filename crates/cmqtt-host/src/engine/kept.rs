//! What an adapter asks of a client that is kept connected, and how others have their turn meanwhile.

use cmqtt_core::{Failure, Healing, Network, OnUnknown, Plan, Publication, RequestError, RequestId};

use super::Engine;
use crate::error::Error;
use crate::outcome::Delivered;

impl Engine {
    /// Keeps a client connected from now on: [`Session::keep`](cmqtt_core::Session::keep). All that has come is understood.
    ///
    /// # Errors
    /// What the core says.
    pub fn keep(
        &mut self,
        plan: &Plan<'_>,
        network: &Network<'_>,
        healing: &Healing,
    ) -> Result<(), RequestError> {
        if self.away.is_some() {
            // Its clock stands still.
            self.core.handle_reset(self.now);
        }
        self.core.keep(plan, network, healing)?;
        self.keeping.begin(plan.connection.client);
        Ok(())
    }

    /// Keeps nothing any more: [`Session::let_go`](cmqtt_core::Session::let_go).
    pub fn let_go(&mut self) {
        self.core.let_go();
        self.keeping.end();
    }

    /// The client that is kept.
    #[must_use]
    pub const fn kept(&self) -> Option<u8> {
        self.keeping.client
    }

    /// Whether the client that is kept is connected.
    ///
    /// # Errors
    /// [`Error::GaveUp`]; [`RequestError::NotKept`] when nothing was to be kept.
    pub fn is_connected(&self) -> Result<bool, Error> {
        if self.core.is_connected() {
            return Ok(true);
        }
        match self.keeping.client {
            Some(_) => Ok(false),
            None => Err(self.keeping.explain(RequestError::NotKept)),
        }
    }

    /// Takes a message to be delivered: [`Session::deliver`](cmqtt_core::Session::deliver). Its end is for [`Engine::take_end`], or after
    /// [`Engine::post`] an event.
    ///
    /// # Errors
    /// What the core says; [`Error::GaveUp`]; [`Error::EndsUnread`].
    pub fn deliver(
        &mut self,
        publication: &Publication<'_>,
        on_unknown: OnUnknown,
    ) -> Result<RequestId, Error> {
        if self.keeping.open().saturating_add(self.queue.ends()) >= self.most_ends {
            return Err(Error::EndsUnread(self.most_ends));
        }
        let taken = self.core.deliver(publication, on_unknown);
        let id = taken.map_err(|error| self.keeping.explain(error))?;
        self.keeping.take(id);
        Ok(id)
    }

    /// How a message has ended. It is told once.
    pub fn take_end(&mut self, id: RequestId) -> Option<Result<Delivered, Failure>> {
        self.keeping.take_end(id)
    }

    /// Nobody waits for the end of this message: it is told as an event, [`Event::Delivered`](crate::Event::Delivered) or
    /// [`Event::NotDelivered`](crate::Event::NotDelivered).
    pub fn post(&mut self, id: RequestId) {
        if let Some(event) = self.keeping.post(id) {
            self.queue.push(event);
        }
    }

    /// Whether nothing is begun that nobody asked for, so that a request has its turn: [`Session::give_way`](cmqtt_core::Session::give_way).
    pub const fn give_way(&mut self, gives_way: bool) {
        self.gives_way = gives_way;
        self.core.give_way(gives_way);
    }

    /// Whether it gives way, and a request can be made.
    #[must_use]
    pub fn has_given_way(&self) -> bool {
        self.gives_way && self.core.is_idle()
    }

    /// Whether nothing is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.core.is_idle()
    }
}

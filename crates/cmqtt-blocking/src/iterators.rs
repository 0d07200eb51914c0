//! What comes, as iterators.

use std::time::Duration;

use cmqtt_host::{Error, Event, Message};

use crate::client::Client;
use crate::port::Port;

/// The messages that come: [`Client::messages`].
#[derive(Debug)]
#[must_use = "iterators do nothing unless asked"]
pub struct Messages<'a, P>(Arrivals<'a, P>);

/// The events that come, messages too: [`Client::events`].
#[derive(Debug)]
#[must_use = "iterators do nothing unless asked"]
pub struct Events<'a, P>(Arrivals<'a, P>);

#[derive(Debug)]
struct Arrivals<'a, P> {
    /// `None` after the error that ends the iterator.
    client: Option<&'a mut Client<P>>,
    timeout: Duration,
}

impl<'a, P> Messages<'a, P> {
    pub(crate) const fn new(client: &'a mut Client<P>, timeout: Duration) -> Self {
        Self(Arrivals::new(client, timeout))
    }
}

impl<'a, P> Events<'a, P> {
    pub(crate) const fn new(client: &'a mut Client<P>, timeout: Duration) -> Self {
        Self(Arrivals::new(client, timeout))
    }
}

impl<P: Port> Iterator for Messages<'_, P> {
    type Item = Result<Message, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next(Client::receive)
    }
}

impl<P: Port> Iterator for Events<'_, P> {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next(Client::next_event)
    }
}

impl<'a, P> Arrivals<'a, P> {
    const fn new(client: &'a mut Client<P>, timeout: Duration) -> Self {
        let client = Some(client);
        Self { client, timeout }
    }

    fn next<T>(
        &mut self,
        next: impl FnOnce(&mut Client<P>, Duration) -> Result<Option<T>, Error>,
    ) -> Option<Result<T, Error>> {
        let next = next(self.client.as_mut()?, self.timeout).transpose();
        if matches!(next, Some(Err(_))) {
            self.client = None;
        }
        next
    }
}

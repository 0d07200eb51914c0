//! What comes, as streams.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use cmqtt_host::{Engine, Error, Event, Message};
use futures_core::Stream;
use tokio::sync::futures::OwnedNotified;

use crate::client::Client;

/// The messages that come: [`Client::messages`].
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Messages(Arrivals);

/// The events that come, messages too: [`Client::events`].
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Events(Arrivals);

/// A handle that waits.
#[derive(Debug)]
struct Arrivals {
    /// `None` after the error that ends the stream.
    client: Option<Client>,
    waiting: Option<Pin<Box<OwnedNotified>>>,
}

impl Messages {
    pub(crate) const fn new(client: Client) -> Self {
        Self(Arrivals::new(client))
    }
}

impl Events {
    pub(crate) const fn new(client: Client) -> Self {
        Self(Arrivals::new(client))
    }
}

impl Stream for Messages {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next(cx, Engine::pop_message)
    }
}

impl Stream for Events {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next(cx, Engine::pop)
    }
}

impl Arrivals {
    const fn new(client: Client) -> Self {
        Self {
            client: Some(client),
            waiting: None,
        }
    }

    fn poll_next<T>(
        &mut self,
        cx: &mut Context<'_>,
        pop: fn(&mut Engine) -> Option<T>,
    ) -> Poll<Option<Result<T, Error>>> {
        loop {
            let Some(client) = &self.client else {
                return Poll::Ready(None);
            };
            // It hears of all that comes from here on, so that nothing comes unheard after the look.
            let waiting = self
                .waiting
                .get_or_insert_with(|| Box::pin(Arc::clone(&client.shared().arrivals).notified_owned()));
            waiting.as_mut().enable();
            let next = client.take(pop);
            if let Some(next) = next.transpose() {
                self.waiting = None;
                if next.is_err() {
                    self.client = None;
                }
                return Poll::Ready(Some(next));
            }
            ready!(waiting.as_mut().poll(cx));
            self.waiting = None;
        }
    }
}

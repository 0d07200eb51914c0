//! What an owner remembers of a client that is kept connected, and of the messages that it delivers.

use std::collections::HashMap;

use cmqtt_core::{Event as Lent, Failure, RequestError, RequestId};

use crate::error::Error;
use crate::event::Event;
use crate::outcome::Delivered;

/// The client that is kept, and its messages.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// The client that is kept.
    pub(super) client: Option<u8>,
    /// Why it is kept no more.
    gave_up: Option<Failure>,
    messages: HashMap<RequestId, Message>,
}

/// A message whose end was not told yet.
#[derive(Clone, Copy, Debug)]
enum Message {
    /// Somebody waits for its end.
    Awaited,
    /// Nobody does: its end is an event.
    Posted,
    /// Its end, for who waits for it.
    Ended(Result<Delivered, Failure>),
}

/// What became of an event.
pub(super) enum Heard {
    /// It is the end of a message, and the event that tells it, if nobody waits for it.
    End(Option<Event>),
    /// It is something else.
    Other,
}

impl Keeping {
    /// The order was given.
    pub(super) const fn begin(&mut self, client: u8) {
        self.client = Some(client);
        self.gave_up = None;
    }

    /// It was taken back.
    pub(super) const fn end(&mut self) {
        self.client = None;
    }

    /// A message was taken, and somebody waits for its end.
    pub(super) fn take(&mut self, id: RequestId) {
        self.messages.insert(id, Message::Awaited);
    }

    /// How many messages have not ended, or their ends were not fetched.
    pub(super) fn open(&self) -> usize {
        self.messages.len()
    }

    /// The end of a message that was waited for.
    pub(super) fn take_end(&mut self, id: RequestId) -> Option<Result<Delivered, Failure>> {
        let &Message::Ended(end) = self.messages.get(&id)? else {
            return None;
        };
        self.messages.remove(&id);
        Some(end)
    }

    /// Nobody waits for the end of a message: it is an event, this one if it has ended.
    pub(super) fn post(&mut self, id: RequestId) -> Option<Event> {
        if let Some(end) = self.take_end(id) {
            return Some(told(id, end));
        }
        if let Some(message) = self.messages.get_mut(&id) {
            *message = Message::Posted;
        }
        None
    }

    /// Follows what is told.
    pub(super) fn hear(&mut self, event: &Lent<'_>) -> Heard {
        match *event {
            Lent::Delivered { id, maybe_duplicate } => self.ended(id, Ok(Delivered { maybe_duplicate })),
            Lent::Failed { id, failure } if self.messages.contains_key(&id) => self.ended(id, Err(failure)),
            Lent::GaveUp { why, .. } => {
                self.give_up(why);
                Heard::Other
            }
            _ => Heard::Other,
        }
    }

    /// The client is kept no more.
    pub(super) const fn give_up(&mut self, why: Failure) {
        self.end();
        self.gave_up = Some(why);
    }

    /// Why nothing is kept.
    pub(super) fn explain(&self, error: RequestError) -> Error {
        match (error, self.gave_up) {
            (RequestError::NotKept, Some(why)) => Error::GaveUp(why),
            (error, _) => Error::Request(error),
        }
    }

    fn ended(&mut self, id: RequestId, end: Result<Delivered, Failure>) -> Heard {
        match self.messages.get_mut(&id) {
            Some(message @ Message::Awaited) => {
                *message = Message::Ended(end);
                Heard::End(None)
            }
            _ => {
                self.messages.remove(&id);
                Heard::End(Some(told(id, end)))
            }
        }
    }
}

const fn told(id: RequestId, end: Result<Delivered, Failure>) -> Event {
    match end {
        Ok(Delivered { maybe_duplicate }) => Event::Delivered { id, maybe_duplicate },
        Err(failure) => Event::NotDelivered { id, failure },
    }
}

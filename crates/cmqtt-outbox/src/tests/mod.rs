//! What an outbox promises, on real directories and on a disk whose every write is recorded.

mod disk;

mod cut;
mod directories;
mod failing;
mod limits;

use crate::{Message, Outbox};

/// A message whose payload is this text.
fn message(payload: &str) -> Message {
    Message::new("t", payload).unwrap()
}

/// The payloads of what waits.
fn waiting(outbox: &mut Outbox) -> Vec<String> {
    let messages = outbox.messages().unwrap();
    messages
        .into_iter()
        .map(|stored| String::from_utf8(stored.message.payload).unwrap())
        .collect()
}

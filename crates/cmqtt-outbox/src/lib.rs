//! An outbox on disk: messages that wait until a modem has delivered them.

mod outbox;
pub use outbox::{Outbox, Receipt};

mod message;
pub use message::{Id, Message, Stored};

mod limits;
pub use limits::{Limits, Overflow};

mod error;
pub use error::{Error, Refusal};

mod folder;

mod store;

#[cfg(test)]
mod tests;

//! An outbox on disk: messages that wait until a modem has delivered them, through kills, power cuts and days without a
//! network.
//!
//! [`Outbox::accept`] returns when the message is on disk, and not before. [`Outbox::next_message`] hands out the oldest,
//! [`Outbox::confirm`] removes what the modem has delivered. What was handed out and not confirmed when the program ends
//! is handed out again by the next: a message is delivered **at least once**.
//!
//! ```
//! use cmqtt_outbox::{Limits, Message, Outbox};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let place = tempfile::tempdir()?;
//! # let dir = place.path().join("outbox");
//! let mut outbox = Outbox::open(&dir, &Limits::default())?;
//! outbox.accept(&Message::new("meters/17/volts", "230.1")?)?;
//! drop(outbox);
//!
//! // Another day, another process.
//! let mut outbox = Outbox::open(&dir, &Limits::default())?;
//! while let Some(next) = outbox.next_message()? {
//!     // Here it is published, and its end awaited.
//!     assert_eq!(next.message.topic(), "meters/17/volts");
//!     outbox.confirm(next.id)?;
//! }
//! assert!(outbox.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! * Order: first in, first out, over all topics; one that is [set aside](Outbox::set_aside) keeps those of its topic waiting,
//!   and no others. Numbers ([`Id`]) only grow, and none comes twice in a directory.
//! * Bounds: messages and bytes ([`Limits`]). What gives way when it is full, the caller chose, and is told of:
//!   [`Overflow`]. The message in hand never does.
//! * One process at a time: a second one is told that the directory is taken.
//! * A power cut, at any byte of what is being written: what had been accepted is there, whole and in order; what had been
//!   confirmed is not; what was being accepted or confirmed is there or not. This asks of the disk that it has what it
//!   says it has: a card that lies about a sync can lose what was accepted.
//! * A full disk refuses what is new, loses nothing, and is tried again with the next call.
//!
//! # The store beneath
//!
//! [redb](https://docs.rs/redb): pure Rust, ACID, one file. Of what was looked at (versions of November 2026):
//!
//! * **redb** 4.6 writes copy-on-write, with a checksum over every page, and syncs once a commit; opened after a crash, it
//!   verifies the newest commit and falls back to the one before. All of its writes go through one trait, so that the tests
//!   here record them, cut them at any byte, drop and reorder what was not synced, and open what is left. It checks a file
//!   from end to end when asked to, which this crate does whenever it opens one: a damaged file is an error, not a panic and
//!   not a wrong message.
//! * **SQLite** (`rusqlite`) is as trustworthy, and about as fast. It brings half a megabyte of C and a C compiler into the
//!   build of every gateway, and its writes cannot be recorded without a file system of one's own written against its C
//!   interface.
//! * **fjall** is made for much more data: threads in the background, a directory of segments, and a journal that is synced
//!   only when one remembers to ask. **sled** calls itself beta, and points those who need reliability to SQLite.
//!
//! # What it costs
//!
//! A commit is one sync, and a sync is what the disk makes of it. `cargo xtask bench` measures it (the benchmark `outbox`)
//! beside SQLite, with a write-ahead log that is synced at each commit, and beside a file that is appended to and synced.
//! Messages of 100 bytes on the virtual disk of a busy machine, medians of two runs, milliseconds; another disk has
//! other numbers (a sync takes a memory card ten times as long), so measure yours (`TMPDIR` names where):
//!
//! | | this | SQLite | appended file |
//! |---|---|---|---|
//! | accept 1 | 0.9 to 1.1 | 1.9 to 2.6 | 1.5 to 2.9 |
//! | accept 100 at once | 2.2 to 2.6 | 3.2 to 4.9 | 2.3 to 4.7 |
//! | accept, hand out, confirm | 1.8 to 2.6 | 1.7 to 2.4 | |
//! | open, with 10 000 messages | 36 | | |
//!
//! A message by itself costs a sync, and its removal another; of a hundred accepted together each costs a fortieth of that,
//! so group what comes in bursts ([`Outbox::accept_all`]). That the file appended to is no faster has a reason: it grows with
//! each write, and its length has to be synced with it, while this one overwrites what it has.
//! Beside what a modem needs for a message, tens to thousands of milliseconds, all of that is little.
//!
//! The file does not shrink; what was freed is used again.

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

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests;

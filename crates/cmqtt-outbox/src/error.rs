//! What can be wrong with an outbox, in words that name the place and say what to do.

use std::io;
use std::path::PathBuf;

/// Why an outbox cannot be opened or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process has it open, or this one a second time.
    #[error("the outbox {} is in use by another program; end that one, or name another directory", dir.display())]
    InUse {
        /// The outbox's directory.
        dir: PathBuf,
    },
    /// What lies there is none.
    #[error("{} is no outbox: {reason}; name another directory", path.display())]
    NotAnOutbox {
        /// The file or directory.
        path: PathBuf,
        /// What it is.
        reason: String,
    },
    /// A later version of this program made it.
    #[error("{} is an outbox of format {found}, and this program knows {known}; use the program that made it", path.display())]
    Newer {
        /// The outbox's file.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The newest format that is known.
        known: u64,
    },
    /// The file has been changed by something else than an outbox, or the disk has lost some of it. Nothing is delivered
    /// from it, nothing in it is changed.
    #[error("{} is damaged: {reason}; move it away to begin with an empty one", path.display())]
    Damaged {
        /// The outbox's file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The file system refused, as it does when a disk is full. Nothing of what was asked for has been done; what had been
    /// accepted is still there, and the next call tries again.
    #[error("{}: {source}{}", path.display(), remedy(source))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The disk did not confirm that it has what was written. Whether it has, nobody knows: what was asked for last may have
    /// been done or not, and this outbox takes nothing any more. Another program that opens it finds what the disk has.
    #[error("{}: the disk did not confirm a write: {reason}; look after the disk, then start again", path.display())]
    Sync {
        /// The outbox's file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The message was not accepted.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Why a message was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no room for it as long as nothing is delivered.
    #[error("the outbox is full: {messages} messages with {bytes} bytes wait to be delivered")]
    Full {
        /// How many messages it holds.
        messages: u64,
        /// How many bytes these have.
        bytes: u64,
    },
    /// There can never be room for it.
    #[error(
        "a message of {bytes} bytes, topic and payload, is larger than the whole outbox, which takes {limit}"
    )]
    TooLarge {
        /// Of topic and payload.
        bytes: u64,
        /// The most bytes that the outbox holds.
        limit: u64,
    },
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room on it",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; an outbox needs a directory that can be written to"
        }
        _ => "",
    }
}

//! What lies on disk: two tables of redb's, and transactions over them. Nothing else names redb.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{
    Builder, Database, ReadableDatabase, ReadableTable, StorageBackend, Table, TableDefinition,
    WriteTransaction,
};

use crate::message::{Id, Message, Stored};

mod watched;
use watched::Watched;

/// An open file.
pub(crate) struct Store {
    database: Database,
    failed_sync: Arc<AtomicBool>,
}

/// What it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    /// The number of the next message.
    pub(crate) next: u64,
}

/// Why something cannot be done. The path is not known here.
#[derive(Debug)]
pub(crate) enum Failure {
    InUse,
    NotAnOutbox(String),
    Newer(u64),
    Damaged(String),
    Io(io::Error),
    Sync(String),
}

/// A transaction that adds and removes messages.
pub(crate) struct Change<'t> {
    messages: Table<'t, u64, &'static [u8]>,
    facts: Table<'t, &'static str, u64>,
}

impl Store {
    /// Makes an empty outbox in an empty file.
    pub(crate) fn create(backend: impl StorageBackend) -> Result<Self, Failure> {
        let store = Self::database(backend)?;
        store.commit(|transaction| {
            transaction.open_table(MESSAGES)?;
            let mut facts = transaction.open_table(FACTS)?;
            facts.insert(FORMAT, CURRENT_FORMAT)?;
            facts.insert(NEXT, 1)?;
            Ok(())
        })?;
        Ok(store)
    }

    /// Opens what [`create`](Self::create) made, and checks the whole of it.
    pub(crate) fn open(backend: impl StorageBackend) -> Result<(Self, Tally), Failure> {
        // redb would make an empty file a database.
        if backend.len().map_err(Failure::Io)? == 0 {
            return Err(Failure::NotAnOutbox("the file is empty".to_owned()));
        }
        let store = Self::database(backend)?;
        let tally = store.tally()?;
        Ok((store, tally))
    }

    /// The oldest message that is not gone, nor set aside, nor behind one of its topic that is.
    pub(crate) fn oldest(
        &self,
        gone: &BTreeSet<Id>,
        aside: &BTreeSet<Id>,
    ) -> Result<Option<Stored>, Failure> {
        self.read(|messages| {
            let mut waiting = BTreeSet::new();
            for entry in messages.iter()? {
                let (id, bytes) = entry?;
                let id = Id(id.value());
                if gone.contains(&id) {
                    continue;
                }
                let stored = stored(id.get(), bytes.value())?;
                if aside.contains(&id) {
                    waiting.insert(stored.message.topic().to_owned());
                } else if !waiting.contains(stored.message.topic()) {
                    return Ok(Some(stored));
                }
            }
            Ok(None)
        })
    }

    /// All messages, the oldest first.
    pub(crate) fn all(&self) -> Result<Vec<Stored>, Failure> {
        self.read(|messages| {
            messages
                .iter()?
                .map(|entry| {
                    let (id, bytes) = entry?;
                    stored(id.value(), bytes.value())
                })
                .collect()
        })
    }

    /// Adds and removes messages: all of it is on disk when this returns, or nothing is done.
    pub(crate) fn change<T>(
        &self,
        act: impl FnOnce(&mut Change<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.commit(|transaction| {
            act(&mut Change {
                messages: transaction.open_table(MESSAGES)?,
                facts: transaction.open_table(FACTS)?,
            })
        })
    }

    fn database(backend: impl StorageBackend) -> Result<Self, Failure> {
        let (backend, failed_sync) = Watched::new(backend);
        let database = Builder::new()
            .set_cache_size(CACHE)
            .set_check_integrity_on_open(true)
            .create_with_backend(backend)
            .map_err(|error| failure(error.into(), &failed_sync))?;
        Ok(Self {
            database,
            failed_sync,
        })
    }

    fn tally(&self) -> Result<Tally, Failure> {
        let mut tally = self.facts()?;
        self.read(|messages| {
            for entry in messages.iter()? {
                let (id, bytes) = entry?;
                stored(id.value(), bytes.value())?;
                if id.value() >= tally.next {
                    return Err(Failure::Damaged(format!(
                        "message {} was never accepted",
                        id.value()
                    )));
                }
                tally.messages += 1;
                tally.bytes += Message::size_of(bytes.value());
            }
            Ok(tally)
        })
    }

    /// The number of the next message, from a format that is known.
    fn facts(&self) -> Result<Tally, Failure> {
        let lacks = |_| Failure::NotAnOutbox("it is a database of something else".to_owned());
        let transaction = self.database.begin_read().map_err(Failure::from_redb)?;
        let facts = transaction.open_table(FACTS).map_err(lacks)?;
        let fact = |name| facts.get(name).map_err(Failure::from_redb);
        let format = fact(FORMAT)?.map_or(0, |format| format.value());
        if format > CURRENT_FORMAT {
            return Err(Failure::Newer(format));
        }
        let next = fact(NEXT)?.map_or(0, |next| next.value());
        if format == 0 || next == 0 {
            return Err(Failure::NotAnOutbox("it says no format".to_owned()));
        }
        Ok(Tally {
            messages: 0,
            bytes: 0,
            next,
        })
    }

    fn read<T>(
        &self,
        look: impl FnOnce(&redb::ReadOnlyTable<u64, &'static [u8]>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let transaction = self.database.begin_read().map_err(Failure::from_redb)?;
        let messages = transaction.open_table(MESSAGES).map_err(Failure::from_redb)?;
        look(&messages)
    }

    fn commit<T>(&self, act: impl FnOnce(&WriteTransaction) -> Result<T, Failure>) -> Result<T, Failure> {
        let watched = |failure| match failure {
            Failure::Io(error) if self.failed_sync.load(Ordering::Acquire) => {
                Failure::Sync(error.to_string())
            }
            failure => failure,
        };
        let transaction = self
            .database
            .begin_write()
            .map_err(|error| watched(Failure::from_redb(error)))?;
        // A transaction that is dropped has done nothing.
        let done = act(&transaction).map_err(watched)?;
        transaction
            .commit()
            .map_err(|error| failure(error.into(), &self.failed_sync))?;
        Ok(done)
    }
}

impl Change<'_> {
    /// Keeps the number of the next message.
    pub(crate) fn set_next(&mut self, next: u64) -> Result<(), Failure> {
        self.facts.insert(NEXT, next)?;
        Ok(())
    }

    pub(crate) fn add(&mut self, id: Id, message: &Message) -> Result<(), Failure> {
        self.messages.insert(id.0, message.to_bytes().as_slice())?;
        Ok(())
    }

    /// The bytes that a message counts for, if it is there.
    pub(crate) fn size(&self, id: Id) -> Result<Option<u64>, Failure> {
        let bytes = self.messages.get(id.0)?;
        Ok(bytes.map(|bytes| Message::size_of(bytes.value())))
    }

    /// Removes the oldest message that is not this one.
    pub(crate) fn remove_oldest(&mut self, except: Option<Id>) -> Result<Option<Stored>, Failure> {
        let mut oldest = None;
        for entry in self.messages.iter()? {
            let (id, bytes) = entry?;
            if Some(Id(id.value())) != except {
                oldest = Some(stored(id.value(), bytes.value())?);
                break;
            }
        }
        if let Some(oldest) = &oldest {
            self.messages.remove(oldest.id.0)?;
        }
        Ok(oldest)
    }

    /// Removes a message. The bytes that it counted for, if it was there.
    pub(crate) fn remove(&mut self, id: Id) -> Result<Option<u64>, Failure> {
        let removed = self.messages.remove(id.0)?;
        Ok(removed.map(|bytes| Message::size_of(bytes.value())))
    }
}

fn stored(id: u64, bytes: &[u8]) -> Result<Stored, Failure> {
    let message =
        Message::from_bytes(bytes).ok_or_else(|| Failure::Damaged(format!("message {id} is none")))?;
    Ok(Stored { id: Id(id), message })
}

impl Failure {
    pub(crate) fn from_redb(error: impl Into<redb::Error>) -> Self {
        match error.into() {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Self::NotAnOutbox("it is no database".to_owned())
            }
            redb::Error::Io(error) => Self::Io(error),
            error @ redb::Error::PreviousIo => Self::Io(io::Error::other(error.to_string())),
            error => Self::Damaged(error.to_string()),
        }
    }
}

macro_rules! from_redb {
    ($($error:ident),*) => {$(
        impl From<redb::$error> for Failure {
            fn from(error: redb::$error) -> Self {
                Self::from_redb(error)
            }
        }
    )*};
}
from_redb!(StorageError, TableError);

fn failure(error: redb::Error, failed_sync: &AtomicBool) -> Failure {
    match Failure::from_redb(error) {
        Failure::Io(error) if failed_sync.load(Ordering::Acquire) => Failure::Sync(error.to_string()),
        failure => failure,
    }
}

/// From a message's number to the message ([`Message::to_bytes`]).
const MESSAGES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("messages");

/// [`FORMAT`] and [`NEXT`].
const FACTS: TableDefinition<'_, &str, u64> = TableDefinition::new("facts");
const FORMAT: &str = "format";
/// The number of the next message: it outlives the messages, so that no number comes again.
const NEXT: &str = "next";

pub(crate) const CURRENT_FORMAT: u64 = 1;

/// Bytes of pages in memory: the messages that come next lie in a few.
const CACHE: usize = 4 * 1024 * 1024;

#[cfg(test)]
impl Store {
    /// As a later version would leave it.
    pub(crate) fn set_format(&self, format: u64) {
        self.commit(|transaction| {
            transaction.open_table(FACTS)?.insert(FORMAT, format)?;
            Ok(())
        })
        .expect("a file");
    }
}

//! The outbox: accept, hand out, confirm.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::{Error, Refusal};
use crate::folder::Folder;
use crate::limits::{Limits, Overflow};
use crate::message::{Id, Message, Stored};
use crate::store::{Change, Failure, Store, Tally};

/// Messages that wait on disk until they are delivered, the oldest first.
pub struct Outbox {
    place: Box<dyn Place>,
    /// `None` after the file system has refused something: the next call opens it again.
    store: Option<Store>,
    tally: Tally,
    limits: Limits,
    in_hand: Option<Id>,
    aside: BTreeSet<Id>,
    /// Delivered, but the file system has refused to remove them: the next change does.
    owed: BTreeSet<Id>,
    /// A sync failed: this is over.
    given_up: Option<String>,
}

/// What became of a message that was not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is on disk.
    Stored {
        /// Its number.
        id: Id,
        /// Those that gave way for it ([`Overflow::DropOldest`]), the oldest first. They are gone.
        displaced: Vec<Stored>,
    },
    /// There was no room, and it gave way itself ([`Overflow::DropNewest`]).
    Dropped,
}

impl Outbox {
    /// Opens the outbox in a directory, and makes both if they are not there. What is in it is read once from end to end, to
    /// know that it is whole. It may hold more than the limits allow, if they were others: then it takes nothing until there
    /// is room.
    ///
    /// # Errors
    /// Another program has it open, the file is no outbox, is one of a later version or is damaged, the file system refuses.
    pub fn open(dir: impl AsRef<Path>, limits: &Limits) -> Result<Self, Error> {
        Self::at(Folder::take(dir.as_ref())?, limits)
    }

    pub(crate) fn at(place: impl Place, limits: &Limits) -> Result<Self, Error> {
        let (store, tally) = place.open()?;
        Ok(Self {
            place: Box::new(place),
            store: Some(store),
            tally,
            limits: *limits,
            in_hand: None,
            aside: BTreeSet::new(),
            owed: BTreeSet::new(),
            given_up: None,
        })
    }

    /// Takes a message. When this returns, it is on disk.
    ///
    /// # Errors
    /// [`Error::Refused`], and what the file system says. The message is not taken then, but see [`Error::Sync`].
    pub fn accept(&mut self, message: &Message) -> Result<Receipt, Error> {
        let mut receipts = self.accept_all([message])?;
        // As many as there are messages.
        receipts.remove(0).map_err(Error::Refused)
    }

    /// Takes messages, in order, all in one write: what the disk costs is paid once. When this returns, those that have a
    /// [`Receipt::Stored`] are on disk. There are as many results as messages.
    ///
    /// With [`Overflow::DropOldest`] an early message can give way for a late one; it is among the displaced then.
    ///
    /// # Errors
    /// What the file system says. None of the messages is taken then, but see [`Error::Sync`].
    pub fn accept_all<'m>(
        &mut self,
        messages: impl IntoIterator<Item = &'m Message>,
    ) -> Result<Vec<Result<Receipt, Refusal>>, Error> {
        let (limits, in_hand) = (self.limits, self.in_hand);
        let receipts: Vec<_> = self.change(|change, tally| {
            let mut intake = Intake {
                change,
                tally,
                limits,
                in_hand,
            };
            let receipts = messages.into_iter().map(|message| intake.take(message)).collect();
            intake.change.set_next(intake.tally.next)?;
            receipts
        })?;
        for receipt in &receipts {
            if let Ok(Receipt::Stored { displaced, .. }) = receipt {
                for gone in displaced {
                    self.aside.remove(&gone.id);
                }
            }
        }
        Ok(receipts)
    }

    /// The oldest message that is not set aside, nor behind one of the same topic that is. It is in hand from now on, and
    /// stays: this returns the same until it is confirmed or set aside, and nothing makes it give way.
    ///
    /// # Errors
    /// What the file system says.
    pub fn next_message(&mut self) -> Result<Option<Stored>, Error> {
        if self.is_empty() {
            return Ok(None);
        }
        let (aside, owed) = (self.aside.clone(), self.owed.clone());
        let next = self.with_store(|store| store.oldest(&owed, &aside))?;
        self.in_hand = next.as_ref().map(|next| next.id);
        Ok(next)
    }

    /// A message has been delivered: it is removed, and when this returns that is on disk. Whether it was there.
    ///
    /// # Errors
    /// What the file system says. The message may still be there then: it is not handed out again, and removed with the next
    /// change that succeeds; but a program that ends before that, and opens the outbox again, delivers it again.
    pub fn confirm(&mut self, id: Id) -> Result<bool, Error> {
        self.let_go(id);
        self.aside.remove(&id);
        let removed = self.change(|change, tally| remove(change, tally, id));
        if removed.is_err() {
            self.owed.insert(id);
        }
        removed
    }

    /// A message that cannot be delivered is not handed out again until it is [taken back](Self::take_back) or the outbox is
    /// opened anew, so that those of other topics are not kept waiting; those of its own are, for they come in order. It
    /// still counts, and is still on disk.
    pub fn set_aside(&mut self, id: Id) {
        self.let_go(id);
        self.aside.insert(id);
    }

    /// A message that was set aside is handed out again in its turn.
    pub fn take_back(&mut self, id: Id) {
        self.aside.remove(&id);
    }

    /// How many messages were set aside.
    #[must_use]
    pub fn aside(&self) -> usize {
        self.aside.len()
    }

    /// How many messages wait, those that were set aside among them.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.tally.messages
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tally.messages == 0
    }

    /// How many bytes the messages have, topics and payloads.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.tally.bytes
    }

    /// How many of these messages, from the first on, would be taken at once without any giving way or being refused as
    /// [`Full`](Refusal::Full). One that is [too large](Refusal::TooLarge) needs no room.
    #[must_use]
    pub fn room_for(&self, messages: &[Message]) -> usize {
        let (mut count, mut bytes) = (self.tally.messages, self.tally.bytes);
        let fits = messages.iter().take_while(|message| {
            let size = message.size();
            if size > self.limits.bytes {
                return true;
            }
            count += 1;
            bytes = bytes.saturating_add(size);
            count <= self.limits.messages && bytes <= self.limits.bytes
        });
        fits.count()
    }

    /// All messages that wait, the oldest first.
    ///
    /// # Errors
    /// What the file system says.
    pub fn messages(&mut self) -> Result<Vec<Stored>, Error> {
        self.with_store(Store::all)
    }

    fn let_go(&mut self, id: Id) {
        if self.in_hand == Some(id) {
            self.in_hand = None;
        }
    }

    /// Changes what is on disk, and then what is known of it.
    fn change<T>(
        &mut self,
        act: impl FnOnce(&mut Change<'_>, &mut Tally) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        let mut tally = self.with_tally()?;
        let owed = self.owed.clone();
        let done = self.with_store(|store| {
            store.change(|change| {
                for id in owed {
                    remove(change, &mut tally, id)?;
                }
                act(change, &mut tally)
            })
        })?;
        self.tally = tally;
        self.owed.clear();
        Ok(done)
    }

    fn with_tally(&mut self) -> Result<Tally, Error> {
        self.with_store(|_| Ok(()))?;
        Ok(self.tally)
    }

    /// Opens the file again if something has failed before.
    fn with_store<T>(&mut self, act: impl FnOnce(&Store) -> Result<T, Failure>) -> Result<T, Error> {
        if let Some(reason) = &self.given_up {
            return Err(self.place.error(Failure::Sync(reason.clone())));
        }
        let store = match self.store.take() {
            Some(store) => store,
            None => {
                let (store, tally) = self.place.open()?;
                self.tally = tally;
                store
            }
        };
        match act(&store) {
            Ok(done) => {
                self.store = Some(store);
                Ok(done)
            }
            Err(failure) => {
                if let Failure::Sync(reason) = &failure {
                    self.given_up = Some(reason.clone());
                }
                Err(self.place.error(failure))
            }
        }
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox")
            .field("tally", &self.tally)
            .field("limits", &self.limits)
            .field("in_hand", &self.in_hand)
            .finish_non_exhaustive()
    }
}

/// Removes a message, if it is there.
fn remove(change: &mut Change<'_>, tally: &mut Tally, id: Id) -> Result<bool, Failure> {
    let removed = change.remove(id)?;
    if let Some(bytes) = removed {
        tally.messages = tally.messages.saturating_sub(1);
        tally.bytes = tally.bytes.saturating_sub(bytes);
    }
    Ok(removed.is_some())
}

/// Where an outbox's file is. The tests have another.
pub(crate) trait Place: Send + 'static {
    /// Opens the file.
    fn open(&self) -> Result<(Store, Tally), Error>;

    /// What a failure means, and where.
    fn error(&self, failure: Failure) -> Error;
}

impl Place for Folder {
    fn open(&self) -> Result<(Store, Tally), Error> {
        Self::open(self)
    }

    fn error(&self, failure: Failure) -> Error {
        Self::error(self, failure)
    }
}

/// Taking messages in one write.
struct Intake<'i, 't> {
    change: &'i mut Change<'t>,
    tally: &'i mut Tally,
    limits: Limits,
    in_hand: Option<Id>,
}

impl Intake<'_, '_> {
    fn take(&mut self, message: &Message) -> Result<Result<Receipt, Refusal>, Failure> {
        let bytes = message.size();
        if bytes > self.limits.bytes {
            return Ok(Err(Refusal::TooLarge {
                bytes,
                limit: self.limits.bytes,
            }));
        }
        let mut displaced = Vec::new();
        if !self.has_room(bytes) {
            match self.limits.overflow {
                Overflow::DropOldest if self.can_have_room(bytes)? => displaced = self.make_room(bytes)?,
                Overflow::DropNewest => return Ok(Ok(Receipt::Dropped)),
                Overflow::DropOldest | Overflow::Refuse => {
                    return Ok(Err(Refusal::Full {
                        messages: self.tally.messages,
                        bytes: self.tally.bytes,
                    }));
                }
            }
        }
        let id = Id(self.tally.next);
        self.change.add(id, message)?;
        self.tally.next += 1;
        self.tally.messages += 1;
        self.tally.bytes += bytes;
        Ok(Ok(Receipt::Stored { id, displaced }))
    }

    fn has_room(&self, bytes: u64) -> bool {
        self.tally.messages < self.limits.messages
            && self.tally.bytes.saturating_add(bytes) <= self.limits.bytes
    }

    /// Whether there is room when all but the message in hand give way.
    fn can_have_room(&self, bytes: u64) -> Result<bool, Failure> {
        let held = match self.in_hand {
            Some(id) => self.change.size(id)?,
            None => None,
        };
        let messages = u64::from(held.is_some());
        Ok(messages < self.limits.messages
            && held.unwrap_or_default().saturating_add(bytes) <= self.limits.bytes)
    }

    fn make_room(&mut self, bytes: u64) -> Result<Vec<Stored>, Failure> {
        let mut displaced = Vec::new();
        while !self.has_room(bytes) {
            let Some(oldest) = self.change.remove_oldest(self.in_hand)? else {
                break;
            };
            self.tally.messages = self.tally.messages.saturating_sub(1);
            self.tally.bytes = self.tally.bytes.saturating_sub(oldest.message.size());
            displaced.push(oldest);
        }
        Ok(displaced)
    }
}

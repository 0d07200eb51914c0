//! The outbox, between those who bring messages (threads that read) and the one that delivers them.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cmqtt_outbox::{Error, Id, Limits, Message, Outbox, Overflow, Receipt, Refusal, Stored};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use super::SpoolPlan;

/// The outbox of one run.
#[derive(Debug)]
pub(crate) struct Spool {
    outbox: Mutex<Outbox>,
    limits: Limits,
    /// A message was removed.
    room: Condvar,
    /// A message has come, or none will come any more.
    changed: Notify,
    ended: AtomicBool,
    input_ended: Notify,
    /// Some input was not taken.
    lacks: AtomicBool,
    /// Nothing makes room any more, as far as can be seen.
    stuck: AtomicBool,
}

/// What there is to do.
#[derive(Debug)]
pub(crate) enum Next {
    Message(Stored),
    /// Nothing at the moment.
    Nothing,
    /// Nothing, and nothing will come.
    Done,
}

impl Spool {
    pub(crate) fn open(plan: &SpoolPlan) -> Result<Arc<Self>, Error> {
        Self::at(&plan.dir, plan.limits)
    }

    fn at(dir: &Path, limits: Limits) -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Self {
            outbox: Mutex::new(Outbox::open(dir, &limits)?),
            limits,
            room: Condvar::new(),
            changed: Notify::new(),
            ended: AtomicBool::new(false),
            input_ended: Notify::new(),
            lacks: AtomicBool::new(false),
            stuck: AtomicBool::new(false),
        }))
    }

    /// Takes what there is room for, and says of each what became of it. What is taken is on disk.
    pub(crate) fn offer(&self, messages: &[Message]) -> Result<Vec<Result<Receipt, Refusal>>, Error> {
        let receipts = self.lock().accept_all(messages);
        self.changed.notify_one();
        receipts
    }

    /// Takes a message, or not.
    pub(crate) fn offer_one(&self, message: &Message) -> Result<Receipt, Error> {
        let receipt = self.lock().accept(message);
        self.changed.notify_one();
        receipt
    }

    /// The same, but where it is full, or the disk is, and nothing may be dropped, it waits until there is room, as long as
    /// some may be made. What the disk says is told.
    pub(crate) fn offer_patiently(
        &self,
        messages: &[Message],
        mut tell: impl FnMut(&Error),
    ) -> Result<Vec<Result<Receipt, Refusal>>, Error> {
        let mut receipts = Vec::with_capacity(messages.len());
        while let Some(rest) = messages.get(receipts.len()..).filter(|rest| !rest.is_empty()) {
            let mut outbox = self.lock();
            let fits = match self.limits.overflow {
                Overflow::Refuse => outbox.room_for(rest),
                Overflow::DropOldest | Overflow::DropNewest => rest.len(),
            };
            let taken = match fits {
                0 => Ok(Vec::new()),
                fits => outbox.accept_all(&rest[..fits]),
            };
            match taken {
                Ok(taken) if taken.is_empty() && self.stuck.load(Ordering::Acquire) => {
                    let full = Refusal::Full {
                        messages: outbox.len(),
                        bytes: outbox.bytes(),
                    };
                    receipts.extend(rest.iter().map(|_| Err(full)));
                }
                Ok(taken) if taken.is_empty() => {
                    drop(self.room.wait(outbox));
                }
                Ok(taken) => {
                    receipts.extend(taken);
                    self.changed.notify_one();
                }
                Err(error @ Error::Io { .. }) => {
                    tell(&error);
                    drop(self.room.wait_timeout(outbox, DISK_PAUSE));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(receipts)
    }

    /// What is to be delivered next.
    pub(crate) async fn next(self: &Arc<Self>) -> Result<Next, Error> {
        // Asked first: what comes before the end is seen.
        let ended = self.ended.load(Ordering::Acquire);
        let next = self.on_disk(Outbox::next_message).await?;
        Ok(match next {
            Some(message) => Next::Message(message),
            None if ended => Next::Done,
            None => Next::Nothing,
        })
    }

    /// It has been delivered.
    pub(crate) async fn confirm(self: &Arc<Self>, id: Id) -> Result<(), Error> {
        let confirmed = self.on_disk(move |outbox| outbox.confirm(id)).await;
        self.set_stuck(false);
        confirmed.map(drop)
    }

    /// It cannot be delivered now, others can.
    pub(crate) fn set_aside(&self, id: Id) {
        self.lock().set_aside(id);
    }

    /// It may be delivered now.
    pub(crate) fn take_back(&self, id: Id) {
        self.lock().take_back(id);
    }

    /// `stuck`: all that waits was tried again and again in vain. Nobody waits for room then.
    pub(crate) fn set_stuck(&self, stuck: bool) {
        // Held, so that nobody is between looking at it and waiting.
        let outbox = self.lock();
        self.stuck.store(stuck, Ordering::Release);
        drop(outbox);
        self.room.notify_all();
    }

    /// Returns when there may be something else to do.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Nothing will come any more.
    pub(crate) fn end_input(&self) {
        self.ended.store(true, Ordering::Release);
        self.changed.notify_one();
        self.input_ended.notify_one();
    }

    /// Returns when nothing will come any more.
    pub(crate) async fn input_ended(&self) {
        self.input_ended.notified().await;
    }

    /// Some of the input could not be taken.
    pub(crate) fn note_lack(&self) {
        self.lacks.store(true, Ordering::Release);
    }

    /// Whether something was not taken, or cannot be delivered.
    pub(crate) fn lacks(&self) -> bool {
        self.lacks.load(Ordering::Acquire) || self.lock().aside() > 0
    }

    /// How many messages wait.
    pub(crate) fn len(&self) -> u64 {
        self.lock().len()
    }

    /// The disk is waited for on another thread: the modem's line is read meanwhile.
    async fn on_disk<T: Send + 'static>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut Outbox) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let spool = Arc::clone(self);
        match spawn_blocking(move || act(&mut spool.lock())).await {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a disk is left alone that is full.
const DISK_PAUSE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    /// What waits for room waits as long as there may be some, and is refused then.
    #[tokio::test]
    async fn a_spool_full_of_what_the_modem_does_not_take_lets_nobody_wait_for_ever() {
        let place = tempfile::tempdir().expect("a directory");
        let limits = Limits {
            messages: 1,
            ..Limits::default()
        };
        let spool = Spool::at(place.path(), limits).expect("an outbox");
        let message = Message::new("t", "x").expect("a message");
        spool.offer_one(&message).expect("room");
        let Next::Message(first) = spool.next().await.expect("it can be read") else {
            panic!("there is one")
        };
        spool.set_aside(first.id);
        assert!(spool.lacks());
        assert!(matches!(spool.next().await, Ok(Next::Nothing)));
        let waiting = Arc::clone(&spool);
        let offered = std::thread::spawn(move || {
            let taken = waiting.offer_patiently(&[message.clone(), message], |_| {});
            taken.map(|taken| taken.iter().filter(|one| one.is_err()).count())
        });
        spool.set_stuck(true);
        assert_eq!(offered.join().expect("no panic").expect("no failure"), 2);
        // It is taken after all, and there is room.
        spool.take_back(first.id);
        assert!(matches!(spool.next().await, Ok(Next::Message(_))));
        spool.confirm(first.id).await.expect("it can be removed");
        assert!(!spool.lacks());
        let message = Message::new("t", "y").expect("a message");
        let offered = spool.offer_patiently(&[message], |_| {});
        assert!(matches!(
            offered.expect("no failure")[..],
            [Ok(Receipt::Stored { .. })]
        ));
    }
}

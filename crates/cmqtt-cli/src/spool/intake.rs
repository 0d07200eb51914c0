//! Messages, from where they come into the spool, as many at once as have come: the disk is waited for once then.

use std::fmt::Display;

use cmqtt_outbox::{Error, Message, Receipt, Refusal};

use super::Spool;
use crate::output::complain;

/// Where messages come from, one after the other.
pub(crate) trait Input {
    /// The next message, or what is wrong with it. `None` at the end.
    fn next(&mut self) -> Option<Result<Message, Bad>>;

    /// Whether the next is here already, and is not waited for.
    fn is_next_here(&self) -> bool;

    /// Those that are here, at least one. Empty at the end.
    fn batch(&mut self) -> Vec<Result<Message, Bad>> {
        let mut batch: Vec<_> = self.next().into_iter().collect();
        while !batch.is_empty() && batch.len() < MOST_AT_ONCE && self.is_next_here() {
            batch.extend(self.next());
        }
        batch
    }
}

/// Why something is no message, with its place: `line 3 of standard input: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad(pub(crate) String);

/// What became of one thing that came.
#[derive(Debug)]
pub(crate) enum Taken {
    Receipt(Receipt),
    Refused(Refusal),
    Bad(Bad),
}

/// Takes a batch, in order. `offer` puts the good ones on disk.
pub(crate) fn take_all(
    batch: Vec<Result<Message, Bad>>,
    offer: impl FnOnce(&[Message]) -> Result<Vec<Result<Receipt, Refusal>>, Error>,
) -> Result<Vec<Taken>, Error> {
    let (mut good, mut order) = (Vec::new(), Vec::new());
    for one in batch {
        order.push(one.map(|message| good.push(message)));
    }
    let mut receipts = match good.is_empty() {
        true => Vec::new(),
        false => offer(&good)?,
    }
    .into_iter();
    let taken = order.into_iter().filter_map(|one| match one {
        Err(bad) => Some(Taken::Bad(bad)),
        Ok(()) => receipts.next().map(|receipt| match receipt {
            Ok(receipt) => Taken::Receipt(receipt),
            Err(refusal) => Taken::Refused(refusal),
        }),
    });
    Ok(taken.collect())
}

impl Spool {
    /// Takes all that comes, and complains of what it cannot take. Then nothing comes any more.
    pub(crate) fn take_from(&self, name: &str, quiet: bool, mut input: impl Input) {
        loop {
            let batch = input.batch();
            if batch.is_empty() {
                break;
            }
            let taken = take_all(batch, |messages| {
                self.offer_patiently(messages, |error| {
                    say(name, quiet, &format_args!("{error}; the input waits"));
                })
            });
            match taken {
                Ok(taken) => taken.iter().for_each(|taken| self.tell(name, quiet, taken)),
                Err(error) => {
                    // Whoever delivers ends with it too.
                    say(name, quiet, &error);
                    self.note_lack();
                    break;
                }
            }
        }
        self.end_input();
    }

    /// Says what has gone wrong with something that came.
    pub(crate) fn tell(&self, name: &str, quiet: bool, taken: &Taken) {
        match taken {
            Taken::Receipt(Receipt::Stored { displaced, .. }) if displaced.is_empty() => return,
            Taken::Receipt(Receipt::Stored { id, displaced }) => {
                for gone in displaced {
                    let topic = gone.message.topic();
                    say(
                        name,
                        quiet,
                        &format_args!(
                            "message {} to {topic} is dropped to make room for {id}: the spool is full",
                            gone.id
                        ),
                    );
                }
            }
            Taken::Receipt(Receipt::Dropped) => say(name, quiet, &"a message is dropped: the spool is full"),
            Taken::Refused(refusal) => say(name, quiet, refusal),
            Taken::Bad(Bad(what)) => say(name, quiet, what),
        }
        self.note_lack();
    }
}

fn say(name: &str, quiet: bool, what: &impl Display) {
    if !quiet {
        complain(name, what);
    }
}

/// So many messages go to the disk in one write.
const MOST_AT_ONCE: usize = 256;

//! The test's eye: what the broker accepted for delivery, without being a client of it.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Message, TopicFilter};

/// Names an observer of one broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObserverId(usize);

/// A message that the broker accepted: a PUBLISH (QoS 2: at its PUBREL), a will, or one published from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// When.
    pub at: Duration,
    /// The client identifier of who published it; `None` from outside.
    pub from: Option<Vec<u8>>,
    /// The message as it was published.
    pub message: Message,
}

#[derive(Debug, Default)]
pub(super) struct Observers(Vec<Observer>);

impl Observers {
    pub(super) fn add(&mut self, filter: TopicFilter) -> ObserverId {
        self.0.push(Observer {
            filter,
            seen: VecDeque::new(),
        });
        ObserverId(self.0.len() - 1)
    }

    pub(super) fn record(&mut self, at: Duration, from: Option<&[u8]>, message: &Message, limit: usize) {
        let watching = self.0.iter_mut();
        for observer in watching.filter(|observer| observer.filter.matches(&message.topic)) {
            if observer.seen.len() >= limit {
                observer.seen.pop_front();
            }
            let from = from.map(<[u8]>::to_vec);
            observer.seen.push_back(Observed {
                at,
                from,
                message: message.clone(),
            });
        }
    }

    pub(super) fn take(&mut self, id: ObserverId) -> Vec<Observed> {
        self.0
            .get_mut(id.0)
            .map(|observer| observer.seen.drain(..).collect())
            .unwrap_or_default()
    }
}

#[derive(Debug)]
struct Observer {
    filter: TopicFilter,
    seen: VecDeque<Observed>,
}

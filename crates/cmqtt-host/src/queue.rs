//! What came and was not read yet.

use std::collections::VecDeque;

use crate::event::{Event, Message};
use crate::memory::Memory;

/// Messages, ends of messages that were to be delivered, and other events, in the order in which they came. Each kind has
/// its own bound, so that a program that reads only one of them never loses it to another.
#[derive(Debug)]
pub(crate) struct Queue {
    messages: VecDeque<(u64, Message)>,
    /// Their bound is held where messages are taken: none is ever dropped.
    ends: VecDeque<(u64, Event)>,
    events: VecDeque<(u64, Event)>,
    most_messages: usize,
    most_events: usize,
    /// How many came so far: the next one's place in the order.
    came: u64,
    lost: Option<Lost>,
}

/// What was dropped since it was last told.
#[derive(Clone, Copy, Debug)]
struct Lost {
    /// The place of the first.
    since: u64,
    messages: usize,
    events: usize,
}

impl Queue {
    pub(crate) const fn new(memory: &Memory) -> Self {
        Self {
            messages: VecDeque::new(),
            ends: VecDeque::new(),
            events: VecDeque::new(),
            most_messages: memory.messages,
            most_events: memory.events,
            came: 0,
            lost: None,
        }
    }

    /// Keeps it, or counts it as dropped.
    pub(crate) fn push(&mut self, event: Event) {
        let place = self.came;
        self.came = place.saturating_add(1);
        match event {
            Event::Message(message) if self.messages.len() < self.most_messages => {
                self.messages.push_back((place, message));
            }
            Event::Message(_) => self.lost(place).messages += 1,
            event @ (Event::Delivered { .. } | Event::NotDelivered { .. }) => {
                self.ends.push_back((place, event));
            }
            event if self.events.len() < self.most_events => self.events.push_back((place, event)),
            _ => self.lost(place).events += 1,
        }
    }

    /// The oldest message.
    pub(crate) fn pop_message(&mut self) -> Option<Message> {
        Some(self.messages.pop_front()?.1)
    }

    /// The oldest of all. What was dropped is told in its place.
    pub(crate) fn pop(&mut self) -> Option<Event> {
        let message = first(&self.messages);
        let end = first(&self.ends);
        let event = first(&self.events);
        let oldest = message.min(end).min(event);
        if let Some(lost) = self.lost.take_if(|lost| lost.since < oldest) {
            return Some(Event::Overflow {
                messages: lost.messages,
                events: lost.events,
            });
        }
        if message == oldest && message != NOTHING {
            self.pop_message().map(Event::Message)
        } else if end == oldest {
            Some(self.ends.pop_front()?.1)
        } else {
            Some(self.events.pop_front()?.1)
        }
    }

    /// How many ends nobody has read.
    pub(crate) fn ends(&self) -> usize {
        self.ends.len()
    }

    fn lost(&mut self, place: u64) -> &mut Lost {
        self.lost.get_or_insert(Lost {
            since: place,
            messages: 0,
            events: 0,
        })
    }
}

/// The place of the oldest.
fn first<T>(queue: &VecDeque<(u64, T)>) -> u64 {
    queue.front().map_or(NOTHING, |&(place, _)| place)
}

/// Behind every place.
const NOTHING: u64 = u64::MAX;

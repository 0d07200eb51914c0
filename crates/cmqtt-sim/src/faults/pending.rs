//! The faults that a layer still has to let happen.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::{Fault, FaultPlan, Happened, Layer, Place, What};

/// A layer's part of a plan, and what has happened of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    /// By place, each by time.
    waiting: BTreeMap<Place, VecDeque<Waiting>>,
    until: Option<Duration>,
    happened: VecDeque<Happened>,
}

#[derive(Clone, Debug)]
struct Waiting {
    fault: Fault,
    /// Places still to be passed over.
    skip: u32,
}

impl Pending {
    /// Takes a layer's part of a plan; what was pending before is forgotten.
    pub(crate) fn set(&mut self, plan: &FaultPlan, layer: Layer) {
        self.until = plan.until;
        self.waiting.clear();
        for fault in &plan.faults {
            let place = fault.place();
            if place.layer() == layer {
                let skip = match place {
                    place if place.is_time() => 0,
                    // The first line that begins is +1.
                    Place::Gap => fault.skip.saturating_sub(1),
                    _ => fault.skip,
                };
                let fault = fault.clone();
                self.waiting
                    .entry(place)
                    .or_default()
                    .push_back(Waiting { fault, skip });
            }
        }
        for waiting in self.waiting.values_mut() {
            waiting.make_contiguous().sort_by_key(|waiting| waiting.fault.at);
        }
    }

    /// Whether a fault waits at this place whose time has come.
    pub(crate) fn is_due(&self, now: Duration, place: Place) -> bool {
        self.until.is_none_or(|until| now < until)
            && self
                .waiting
                .get(&place)
                .and_then(VecDeque::front)
                .is_some_and(|first| first.fault.at <= now)
    }

    /// This is such a place, at such a byte: what happens at it, in the plan's order.
    pub(crate) fn reach(&mut self, now: Duration, place: Place, byte: Option<u64>) -> Vec<What> {
        let mut reached = Vec::new();
        if !self.is_due(now, place) {
            return reached;
        }
        let Some(waiting) = self.waiting.get_mut(&place) else {
            return reached;
        };
        let due = waiting.partition_point(|waiting| waiting.fault.at <= now);
        let mut index = 0;
        for _ in 0..due {
            match waiting.get_mut(index) {
                Some(waiting) if waiting.skip > 0 => {
                    waiting.skip -= 1;
                    index += 1;
                }
                _ => {
                    if let Some(Waiting { fault, .. }) = waiting.remove(index) {
                        reached.push(fault.what.clone());
                        self.happened.push_back(Happened { at: now, byte, fault });
                    }
                }
            }
        }
        reached
    }

    /// The next fault that happens at its time, if that has come, with its time: it may be noticed later.
    pub(crate) fn reach_timed(&mut self, now: Duration, place: Place) -> Option<(Duration, What)> {
        let at = self.next_at(place).filter(|&at| at <= now)?;
        let Waiting { fault, .. } = self.waiting.get_mut(&place)?.pop_front()?;
        let what = fault.what.clone();
        self.happened.push_back(Happened {
            at,
            byte: None,
            fault,
        });
        Some((at, what))
    }

    /// When the next fault that happens at its time does, in this layer.
    pub(crate) fn next_at(&self, place: Place) -> Option<Duration> {
        let waiting = self.waiting.get(&place)?;
        let next = waiting.front()?.fault.at;
        self.until.is_none_or(|until| next < until).then_some(next)
    }

    /// What has happened, oldest first.
    pub(crate) fn poll_happened(&mut self) -> Option<Happened> {
        self.happened.pop_front()
    }
}

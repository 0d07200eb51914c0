//! The last step: all filters of the plan, many at once where the modem can.

use at_proto::cmqtt::budget::SUBSCRIBE;

use super::{BringUp, Stage};
use crate::session::progress::Step;
use crate::session::task::{Act, Ask, Context};

impl BringUp {
    pub(super) fn subscribe_all<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, cx: &mut Context<'_, M>) -> Act {
        let first = cx.plan.first_filter();
        if cx.plan.filter(first).is_some() {
            cx.begin(Step::Subscribe, SUBSCRIBE);
        }
        self.subscribe(first, cx)
    }

    /// Subscribes to the filter at this place and those behind it: many at once where the modem can.
    pub(super) fn subscribe<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, at: usize, cx: &Context<'_, M>) -> Act {
        let Some(filter) = cx.plan.filter(at) else {
            return Act::Done;
        };
        let more = cx.plan.filter(filter.next).is_some();
        if cx.facts().cached_filters.is_some() && more && !self.no_batches {
            self.batch = at;
            self.cached = 0;
            return self.go(Stage::SubscribeTopic(at), Ask::SubscribeTopic(at));
        }
        self.go(Stage::Subscribe(at), Ask::Subscribe(at))
    }

    /// SUBTOPIC has cached the filter at this place: another, if there is room, or SUB.
    pub(super) fn on_cached<M: AsRef<[u8]> + AsMut<[u8]>>(&mut self, at: usize, cx: &Context<'_, M>) -> Act {
        let len = |at: usize| {
            let filter = cx.plan.filter(at)?;
            u32::try_from(filter.filter.as_bytes().len()).ok()
        };
        let room = cx.facts().cached_filters.unwrap_or_default();
        self.cached = self.cached.saturating_add(len(at).unwrap_or_default());
        let next = next_filter(at, cx);
        match len(next) {
            Some(len) if self.cached.saturating_add(len) <= room => {
                self.go(Stage::SubscribeTopic(next), Ask::SubscribeTopic(next))
            }
            _ => self.go(Stage::SubscribeCached(next), Ask::SubscribeCached),
        }
    }
}

/// Where the filter behind the one at this place is, or would be.
pub(super) fn next_filter<M: AsRef<[u8]> + AsMut<[u8]>>(at: usize, cx: &Context<'_, M>) -> usize {
    cx.plan.filter(at).map_or(usize::MAX, |filter| filter.next)
}

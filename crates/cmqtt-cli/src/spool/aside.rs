//! Messages that the modem does not take: they make room for those of other topics, and are tried again after a while.

use std::time::Duration;

use cmqtt_outbox::Id;
use tokio::time::Instant;

/// Those that were set aside.
#[derive(Debug, Default)]
pub(super) struct Aside {
    ids: Vec<Id>,
    /// When they are tried again, and after how long a pause.
    again: Option<(Instant, Duration)>,
}

impl Aside {
    /// One more. Returns in what time it is tried again.
    pub(super) fn put(&mut self, id: Id, now: Instant) -> Duration {
        self.ids.push(id);
        let (at, _) = match self.again {
            Some(again) if !self.is_due(now) => again,
            Some((_, pause)) => self.pause((pause * 2).min(LONGEST), now),
            None => self.pause(FIRST, now),
        };
        at.saturating_duration_since(now)
    }

    fn pause(&mut self, pause: Duration, now: Instant) -> (Instant, Duration) {
        *self.again.insert((now + pause, pause))
    }

    /// Those whose time has come.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Id> {
        match self.is_due(now) {
            true => std::mem::take(&mut self.ids),
            false => Vec::new(),
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.again.is_some_and(|(at, _)| at <= now)
    }

    /// A message was delivered. If it was one of these, the modem takes such messages again.
    pub(super) fn delivered(&mut self) {
        if self.ids.is_empty() {
            self.again = None;
        }
    }

    /// Returns when some are due; never if there are none.
    pub(super) async fn due(&self) {
        match self.again {
            Some((at, _)) if !self.ids.is_empty() => tokio::time::sleep_until(at).await,
            _ => std::future::pending().await,
        }
    }

    /// Whether there are some that were tried more than once.
    pub(super) fn is_in_vain(&self) -> bool {
        !self.ids.is_empty() && self.again.is_some_and(|(_, pause)| pause > FIRST)
    }
}

/// Until they are tried again; twice as long after each time.
const FIRST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_is_tried_again_less_and_less_often() {
        let mut now = Instant::now();
        let mut aside = Aside::default();
        let id = Id::from(1);
        for seconds in [60, 120, 240, 480, 960, 1920, 3600, 3600] {
            let pause = Duration::from_secs(seconds);
            assert_eq!(aside.put(id, now), pause);
            assert_eq!(aside.is_in_vain(), seconds > 60);
            // Another one waits for the same moment.
            now += pause / 2;
            assert_eq!(aside.put(id, now), pause / 2);
            assert_eq!(aside.take_due(now), []);
            // Others are delivered meanwhile.
            aside.delivered();
            now += pause / 2;
            assert_eq!(aside.take_due(now), [id, id]);
        }
        // The modem takes them again.
        aside.delivered();
        assert!(!aside.is_in_vain());
        assert_eq!(aside.put(id, now), FIRST);
    }
}

//! Results that the modem still owes to commands that were given up. A late result looks exactly like the result of
//! the next such command, so no such command is sent until it has come, its time has passed, or a restart was seen.

use core::time::Duration;

use at_proto::{Line, ResultLine};

use crate::time::Instant;

/// How long after it was given up a command may still deliver its result, at least: for one that may take longer, as
/// long as it may take. Captures show tens of seconds for CONNECT;
/// the longest timeout that PUB and DISC can be given is 180 s.
pub const LATE_RESULT: Duration = Duration::from_secs(180);

/// The results that are owed: one a command and client at most.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LateResults {
    owed: [Option<Owed>; Self::ROOM],
}

#[derive(Clone, Copy, Debug)]
struct Owed {
    // Not a `ResultLine`: its padding would be one for each.
    name: &'static str,
    client: Option<u8>,
    until: Instant,
    /// Otherwise it may have been left out for good: no command waits for it, but what comes may be it.
    is_certain: bool,
}

impl Owed {
    const fn new(result: ResultLine, until: Instant, is_certain: bool) -> Self {
        Self {
            name: result.name,
            client: result.client,
            until,
            is_certain,
        }
    }

    const fn result(&self) -> ResultLine {
        ResultLine {
            name: self.name,
            client: self.client,
        }
    }
}

impl LateResults {
    /// START and STOP, and CONNECT, DISC, PUB, SUB and UNSUB for two clients.
    const ROOM: usize = 12;

    /// A command was given up whose result may still come; `budget` is what it may take.
    pub(crate) fn expect(&mut self, result: ResultLine, now: Instant, budget: Duration) {
        self.keep(Owed::new(result, now + LATE_RESULT.max(budget), true), now);
    }

    /// `ERROR` came, and the result that says why did not follow in time.
    pub(crate) fn suspect(&mut self, result: ResultLine, now: Instant) {
        if self.owed_until(result, now).is_none() {
            let until = now + LATE_RESULT;
            self.keep(Owed::new(result, until, false), now);
        }
    }

    fn keep(&mut self, owed: Owed, now: Instant) {
        let result = owed.result();
        let same = self
            .owed
            .iter()
            .position(|slot| slot.is_some_and(|owed| owed.result() == result));
        let free = || {
            self.owed
                .iter()
                .position(|slot| slot.is_none_or(|owed| owed.until <= now))
        };
        let oldest =
            || (0..Self::ROOM).min_by_key(|&slot| self.owed.get(slot).map(|owed| owed.map(|o| o.until)));
        let slot = same.or_else(free).or_else(oldest);
        if let Some(slot) = slot.and_then(|slot| self.owed.get_mut(slot)) {
            *slot = Some(owed);
        }
    }

    /// Whether an earlier such command's result may still come, although nobody waits for it.
    pub(crate) fn is_suspect(&self, result: ResultLine, now: Instant) -> bool {
        let mut owed = self.owed.iter().flatten();
        owed.any(|owed| !owed.is_certain && owed.result() == result && now < owed.until)
    }

    /// Until when the result of such a command is owed, if it is.
    pub(crate) fn owed_until(&self, result: ResultLine, now: Instant) -> Option<Instant> {
        let owed = self
            .owed
            .iter()
            .flatten()
            .find(|owed| owed.is_certain && owed.result() == result && now < owed.until)?;
        Some(owed.until)
    }

    /// The owed result that this line is, with its code.
    pub(crate) fn find(&self, line: &[u8]) -> Option<(ResultLine, u16)> {
        let line = Line::classify(line);
        self.owed
            .iter()
            .flatten()
            .find_map(|owed| Some((owed.result(), owed.result().code_in(&line)?)))
    }

    /// The result has come.
    pub(crate) fn settle(&mut self, result: ResultLine) {
        for slot in &mut self.owed {
            if slot.is_some_and(|owed| owed.result() == result) {
                *slot = None;
            }
        }
    }

    /// The modem has restarted: it owes nothing.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUB: ResultLine = ResultLine {
        name: "+CMQTTPUB",
        client: Some(0),
    };
    const START: ResultLine = ResultLine {
        name: "+CMQTTSTART",
        client: None,
    };

    #[test]
    fn owed_until_it_comes_or_its_time_has_passed() {
        let mut late = LateResults::default();
        late.expect(PUB, Instant::ZERO, Duration::ZERO);
        late.expect(START, Instant::ZERO, Duration::ZERO);
        assert_eq!(
            late.owed_until(PUB, Instant::ZERO),
            Some(Instant::ZERO + LATE_RESULT)
        );
        assert_eq!(late.owed_until(PUB, Instant::ZERO + LATE_RESULT), None);
        assert_eq!(late.find(b"+CMQTTPUB: 0,6"), Some((PUB, 6)));
        assert_eq!(late.find(b"CMQTTPUB: 0,6"), Some((PUB, 6)));
        assert_eq!(late.find(b"+CMQTTPUB: 1,6"), None);
        assert_eq!(late.find(b"+CMQTTSTART: 0"), Some((START, 0)));
        late.settle(PUB);
        assert_eq!(late.owed_until(PUB, Instant::ZERO), None);
        assert!(late.owed_until(START, Instant::ZERO).is_some());
    }

    #[test]
    fn what_was_left_out_perhaps_for_good_holds_nothing_back() {
        let mut late = LateResults::default();
        late.suspect(PUB, Instant::ZERO);
        assert_eq!(late.owed_until(PUB, Instant::ZERO), None);
        assert!(late.is_suspect(PUB, Instant::ZERO) && !late.is_suspect(START, Instant::ZERO));
        assert!(!late.is_suspect(PUB, Instant::ZERO + LATE_RESULT));
        assert_eq!(late.find(b"+CMQTTPUB: 0,11"), Some((PUB, 11)));
        late.expect(PUB, Instant::ZERO, Duration::ZERO);
        assert!(!late.is_suspect(PUB, Instant::ZERO));
        late.suspect(PUB, Instant::ZERO);
        assert!(
            late.owed_until(PUB, Instant::ZERO).is_some(),
            "it is owed for certain"
        );
    }

    #[test]
    fn more_than_there_is_room_for_forgets_the_oldest() {
        let mut late = LateResults::default();
        for client in 0..=LateResults::ROOM {
            let result = ResultLine {
                name: "+CMQTTPUB",
                client: u8::try_from(client).ok(),
            };
            late.expect(result, Instant::from_millis(client as u64), Duration::ZERO);
        }
        assert_eq!(late.owed_until(PUB, Instant::ZERO), None);
        let next = ResultLine {
            name: "+CMQTTPUB",
            client: Some(1),
        };
        assert!(late.owed_until(next, Instant::ZERO).is_some());
    }
}

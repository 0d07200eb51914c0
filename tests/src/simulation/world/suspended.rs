//! A program that is stopped for a while, as by SIGSTOP or with a laptop's lid: nothing of it runs, and what the modem
//! says lies in the port until it goes on.

use std::time::Duration;

use cmqtt_sim::Direction;

use super::World;
use crate::simulation::ledger::{Check, broken};
use crate::simulation::scenario::What;

/// What waits for a program that is stopped.
#[derive(Debug, Default)]
pub(super) struct Suspended {
    until: Option<Duration>,
    /// What the application asks for when it goes on.
    asked: Vec<What>,
    /// The port was gone meanwhile.
    port_changed: bool,
    /// When it went on last, if all that was asked had been answered by then.
    answered_at: Option<Duration>,
}

impl Suspended {
    /// The session sends this. A probe is for a line that is out of step: none is when all was answered in time.
    pub(super) fn check_probe(&self, now: Duration, bytes: &[u8]) -> Check {
        if bytes.starts_with(PROBE) && self.answered_at == Some(now) {
            return broken(
                BEFORE_THE_CLOCK,
                "an answer was there, and the session looks for one".to_owned(),
            );
        }
        Ok(())
    }
}

impl World<'_> {
    pub(super) const fn is_suspended(&self) -> bool {
        self.suspended.until.is_some()
    }

    /// When the program goes on.
    pub(super) const fn resumes_at(&self) -> Option<Duration> {
        self.suspended.until
    }

    pub(super) fn suspend(&mut self, time: Duration) {
        let until = self.now + time;
        self.suspended.until = self.suspended.until.max(Some(until));
    }

    /// The application asks for this as soon as it runs again.
    pub(super) fn ask_later(&mut self, what: What) {
        self.suspended.asked.push(what);
    }

    /// The host is told of its port as soon as it runs again.
    pub(super) const fn port_changes_unseen(&mut self) {
        self.suspended.port_changed = true;
    }

    /// The program goes on: it reads its port first, then it looks at the clock.
    pub(super) fn resume(&mut self) -> Check {
        let suspended = std::mem::take(&mut self.suspended);
        if suspended.port_changed {
            self.session.handle_reset(self.instant());
        }
        let bytes = self.wire.receive(self.now, Direction::ToHost);
        let ended = self.ledger.deliveries() + self.ledger.done();
        let says_published = says_published(&bytes);
        if !bytes.is_empty() && self.is_quiet() && self.ledger.standing.is_up() {
            self.suspended.answered_at = Some(self.now);
        }
        self.hear(&bytes, PIECE)?;
        let ends = self.ledger.deliveries() + self.ledger.done();
        if says_published && self.is_quiet() && ends == ended {
            return broken(
                BEFORE_THE_CLOCK,
                "a result was there, and its message has no end".to_owned(),
            );
        }
        self.turn_session()?;
        for what in suspended.asked {
            self.happen(what)?;
        }
        Ok(())
    }
}

/// Whether a publish has succeeded by what stands behind the last received message: before that it may be content.
fn says_published(bytes: &[u8]) -> bool {
    let end = bytes
        .windows(MESSAGE_END.len())
        .rposition(|window| window == MESSAGE_END);
    let tail = &bytes[end.unwrap_or(0)..];
    let has = |part: &[u8]| tail.windows(part.len()).any(|window| window == part);
    has(PUBLISHED) && !MESSAGE_BEGINS.iter().any(|part| has(part))
}

/// What a port gives at once: far less than what lies in it after a while.
const PIECE: usize = 4;

/// Asked only to find back into step, and while a network is waited for.
const PROBE: &[u8] = b"AT+CSQ";

const BEFORE_THE_CLOCK: &str = "what lies in the port counts before the clock";

/// A publish that has succeeded.
const PUBLISHED: &[u8] = b"\r\n+CMQTTPUB: 0,0\r\n";

/// The end of a received message, whose content may be anything.
const MESSAGE_END: &[u8] = b"+CMQTTRXEND: 0\r\n";

/// What stands before content.
const MESSAGE_BEGINS: [&[u8]; 3] = [b"+CMQTTRXSTART", b"+CMQTTRXTOPIC", b"+CMQTTRXPAYLOAD"];

//! A program that is stopped for a while, as by SIGSTOP or with a laptop's lid: nothing of it runs, and what the modem
//! says lies in the port until it goes on.

use std::time::Duration;

use cmqtt_sim::Direction;

use super::World;
use crate::simulation::ledger::Check;
use crate::simulation::scenario::What;

/// What waits for a program that is stopped.
#[derive(Debug, Default)]
pub(super) struct Suspended {
    until: Option<Duration>,
    /// What the application asks for when it goes on.
    asked: Vec<What>,
    /// The port was gone meanwhile.
    port_changed: bool,
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
        let says_published = contains(&bytes, PUBLISHED) && !contains(&bytes, MESSAGE);
        self.hear(&bytes)?;
        let ends = self.ledger.deliveries() + self.ledger.done();
        if says_published && self.is_quiet() && ends == ended {
            return Err((
                "what lies in the port counts before the clock",
                "a result was there, and its message has no end".to_owned(),
            ));
        }
        self.turn_session()?;
        for what in suspended.asked {
            self.happen(what)?;
        }
        Ok(())
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A publish that has succeeded.
const PUBLISHED: &[u8] = b"\r\n+CMQTTPUB: 0,0\r\n";

/// A received message, whose content may be anything.
const MESSAGE: &[u8] = b"+CMQTTRX";

//! The port, or how to come by another when it is gone.

use std::io;
use std::time::Instant;

use cmqtt_host::{Error, REOPEN_PAUSE, again};

use crate::port::Port;

/// The port.
pub(super) struct Line<P> {
    port: Option<P>,
    reopen: Option<Reopen<P>>,
    /// Why the port has failed, until it is told, or until there is another.
    failed: Option<io::Error>,
    lost: Option<Lost>,
}

/// What brings a new port.
pub(super) type Reopen<P> = Box<dyn FnMut() -> Result<P, Error> + Send>;

/// There is no port.
#[derive(Clone, Copy, Debug)]
struct Lost {
    /// When it went, by its own clock.
    at: Instant,
    /// The same by the host's.
    here: Instant,
    /// When another is looked for next.
    look_at: Instant,
}

impl<P> Line<P> {
    pub(super) const fn failed(&self) -> Option<&io::Error> {
        self.failed.as_ref()
    }
}

impl<P: Port> Line<P> {
    pub(super) const fn new(port: P) -> Self {
        Self {
            port: Some(port),
            reopen: None,
            failed: None,
            lost: None,
        }
    }

    /// From now on another port is looked for when this one is gone.
    pub(super) fn reopen_with(&mut self, reopen: Reopen<P>) {
        self.reopen = Some(reopen);
    }

    pub(super) const fn is_lasting(&self) -> bool {
        self.reopen.is_some()
    }

    pub(super) const fn get(&self) -> Option<&P> {
        self.port.as_ref()
    }

    /// The port, for a moment.
    pub(super) fn get_mut(&mut self) -> io::Result<&mut P> {
        self.port
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Another takes its place.
    pub(super) fn replace(&mut self, port: P) -> Option<P> {
        self.failed = None;
        self.lost = None;
        self.port.replace(port)
    }

    /// It has failed. One that lasts is closed: some systems give a device that comes back another name while the old one
    /// is held open.
    pub(super) fn fail(&mut self, error: io::Error) {
        self.failed = Some(error);
        if self.is_lasting() {
            let (at, here) = (self.now(), Instant::now());
            self.port = None;
            self.lost.get_or_insert(Lost {
                at,
                here,
                look_at: at,
            });
        }
    }

    /// Looks for another port, if there is none and it is time.
    pub(super) fn look(&mut self) -> Option<P> {
        let now = self.now();
        let lost = self.lost.as_mut().filter(|lost| lost.look_at <= now)?;
        match self.reopen.as_mut()?() {
            Ok(port) => Some(port),
            Err(error) => {
                lost.look_at = now + REOPEN_PAUSE;
                self.failed = Some(error.into());
                None
            }
        }
    }

    /// When it looks next.
    pub(super) fn look_at(&self) -> Option<Instant> {
        self.lost.map(|lost| lost.look_at)
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Why there is no port: of one that lasts as often as it is asked, of another once.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        if self.is_lasting() {
            return self.failed.as_ref().map(again);
        }
        self.failed.take()
    }

    /// What time it is at the port, also while there is none.
    pub(super) fn now(&self) -> Instant {
        match (&self.port, self.lost) {
            (Some(port), _) => port.now(),
            (None, Some(lost)) => lost.at + lost.here.elapsed(),
            (None, None) => Instant::now(),
        }
    }
}

//! The search for a port, after one is gone.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use cmqtt_host::REOPEN_PAUSE;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::port::{Opening, Port, Reopen};

/// Opens a port when one is wanted, again and again until it succeeds.
pub(super) struct Search {
    pub(super) reopen: Option<Reopen>,
    pub(super) wanted: bool,
    opening: Option<Opening>,
    /// Until the next attempt.
    pause: Pin<Box<Sleep>>,
}

impl Search {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            reopen: None,
            wanted: false,
            opening: None,
            pause: Box::pin(sleep_until(now)),
        }
    }

    /// Ready with a port, or with the reason why there is none yet; then it has to be polled once more.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Box<dyn Port>>> {
        let Some(reopen) = self.reopen.as_mut().filter(|_| self.wanted) else {
            self.opening = None;
            return Poll::Pending;
        };
        let opening = match &mut self.opening {
            Some(opening) => opening,
            None => {
                ready!(self.pause.as_mut().poll(cx));
                self.opening.insert(reopen())
            }
        };
        let opened = ready!(opening.as_mut().poll(cx));
        self.opening = None;
        self.pause.as_mut().reset(Instant::now() + REOPEN_PAUSE);
        Poll::Ready(opened.map_err(io::Error::from))
    }
}

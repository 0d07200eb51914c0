//! What the host has in the place of a board: a clock that jumps from one deadline to the next, and the executor that
//! makes it jump when nobody has anything to do.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use cmqtt_core::Instant;

use crate::driver::Clock;

/// Virtual time: a wait of a minute takes a microsecond.
#[derive(Debug, Default)]
pub(crate) struct VirtualClock {
    now: Cell<Instant>,
    /// The earliest moment that somebody waits for.
    next: Cell<Option<Instant>>,
}

impl Clock for &VirtualClock {
    fn now(&self) -> Instant {
        self.now.get()
    }

    async fn wait_until(&self, moment: Option<Instant>) {
        poll_fn(|_| match moment {
            Some(moment) if moment <= self.now.get() => Poll::Ready(()),
            Some(moment) => {
                let next = self.next.get().map_or(moment, |next| next.min(moment));
                self.next.set(Some(next));
                Poll::Pending
            }
            None => Poll::Pending,
        })
        .await;
    }
}

/// Runs a future to its end.
///
/// # Panics
/// It waits for something that never comes.
pub(crate) fn run<T>(clock: &VirtualClock, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    loop {
        clock.next.set(None);
        if let Poll::Ready(end) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return end;
        }
        if !woken.0.swap(false, Ordering::Relaxed) {
            clock
                .now
                .set(clock.next.get().expect("somebody waits for a moment"));
        }
    }
}

#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

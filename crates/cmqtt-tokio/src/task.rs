//! This is the loop: read, write, wait. What to do is the core's to say.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use cmqtt_core::{Deadline, Event as Lent, Instant as CoreInstant};
use cmqtt_host::{MOST_DRAINED, Step};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::port::Port;
use crate::shared::{Answer, End, Shared, State};

/// Owns the port, and runs until the last handle is gone and the request that runs has ended.
pub(crate) struct Task {
    shared: Arc<Shared>,
    port: Box<dyn Port>,
    /// Zero on the engine's clock.
    epoch: Instant,
    alarm: Pin<Box<Sleep>>,
    /// When a port that takes nothing counts as failed.
    write_by: Option<Instant>,
    /// More may lie in the port than was read: it will not wake the task for that.
    unread: bool,
}

impl Task {
    pub(crate) fn new(shared: Arc<Shared>, port: Box<dyn Port>) -> Self {
        let epoch = Instant::now();
        Self {
            shared,
            port,
            epoch,
            alarm: Box::pin(sleep_until(epoch)),
            write_by: None,
            unread: false,
        }
    }

    /// Does all that can be done now.
    fn turn(&mut self, state: &mut State, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(port) = state.replacement.take() {
                self.port = port;
                state.engine.reset(self.now());
            }
            let step = self.catch_up(state, cx);
            let until = match step {
                Step::Write => {
                    let now = self.now();
                    match Pin::new(&mut self.port).poll_write(cx, state.engine.unsent()) {
                        Poll::Ready(Ok(0)) => self.cut(state, io::ErrorKind::WriteZero.into()),
                        Poll::Ready(Ok(len)) => state.engine.transmitted(now, len),
                        Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                        Poll::Ready(Err(error)) => self.cut(state, error),
                        Poll::Pending => {
                            let by = *self
                                .write_by
                                .get_or_insert_with(|| Instant::now() + LONGEST_WRITE);
                            ready!(self.alarm(Some(by), cx));
                            self.cut(state, io::ErrorKind::TimedOut.into());
                        }
                    }
                    self.write_by = None;
                    continue;
                }
                Step::Wait(_) if state.closing && state.running.is_none() => return Poll::Ready(()),
                Step::Wait(deadline) => deadline.and_then(|deadline| self.on_our_clock(deadline)),
                Step::Seen(()) => continue,
            };
            self.write_by = None;
            if self.unread {
                // Those who read what came have their turn first: what is kept for them has a bound. A plain wake would
                // bring this task back before a reader that the runtime blocks on.
                let _ = pin!(yield_now()).poll(cx);
                return Poll::Pending;
            }
            ready!(self.alarm(until, cx));
        }
    }

    /// Understands what lies in the port already, before any time passes for the core: what came while the runtime was
    /// busy with something else came in time, and answers nothing that is written after it.
    fn catch_up(&mut self, state: &mut State, cx: &mut Context<'_>) -> Step<()> {
        let drained = self.drain(state, cx);
        let _ = self.understand(state);
        match drained {
            Ok(()) => state.engine.pass_time(self.now()),
            Err(error) => self.cut(state, error),
        }
        let step = self.understand(state);
        if let Some(caught_up) = state.catching_up.take() {
            // It fails when nobody waits any more.
            let _ = caught_up.send(());
        }
        step
    }

    /// Reads until nothing comes. All of it before the core sees any: a port may hand it out byte by byte.
    fn drain(&mut self, state: &mut State, cx: &mut Context<'_>) -> io::Result<()> {
        let mut buffer = [0; 4096];
        self.unread = false;
        while !state.resting {
            if state.engine.unseen() >= MOST_DRAINED {
                self.unread = true;
                break;
            }
            let mut read = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.port).poll_read(cx, &mut read) {
                Poll::Pending => break,
                Poll::Ready(Ok(())) if read.filled().is_empty() => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Poll::Ready(Ok(())) => state.engine.received(read.filled()),
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Poll::Ready(Err(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Lets the core go on, and hands out what comes of it.
    fn understand(&self, state: &mut State) -> Step<()> {
        let mut arrived = false;
        loop {
            let asked = state.running.as_ref().map(|running| running.id);
            let step = state.engine.advance(self.now(), |event| match event {
                Lent::Done { id, information } if Some(*id) == asked => Some(Ok(Answer::of(*information))),
                Lent::Failed { id, failure } if Some(*id) == asked => Some(Err(*failure)),
                _ => {
                    arrived = true;
                    None
                }
            });
            let step = match step {
                Step::Seen(end) => {
                    hand_out(state, end);
                    continue;
                }
                Step::Write => Step::Write,
                Step::Wait(deadline) => Step::Wait(deadline),
            };
            if arrived {
                self.shared.arrivals.notify_waiters();
            }
            return step;
        }
    }

    /// The port has failed: the request that runs ends here, and the next finds out where the modem is. Until somebody
    /// wants something again, the port is left alone.
    fn cut(&self, state: &mut State, error: io::Error) {
        state.failures += 1;
        state.failure = Some(error);
        state.resting = true;
        state.engine.reset(self.now());
        self.shared.arrivals.notify_waiters();
    }

    /// Ready at this moment, or never.
    fn alarm(&mut self, at: Option<Instant>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = at else { return Poll::Pending };
        if self.alarm.deadline() != at {
            self.alarm.as_mut().reset(at);
        }
        self.alarm.as_mut().poll(cx)
    }

    /// The time as the engine counts it.
    fn now(&self) -> CoreInstant {
        let passed = self.epoch.elapsed().as_micros();
        CoreInstant::from_micros(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    /// The engine's time as the runtime counts it. `None` for a time beyond the clock's end.
    fn on_our_clock(&self, deadline: Deadline) -> Option<Instant> {
        self.epoch
            .checked_add(Duration::from_micros(deadline.at.as_micros()))
    }
}

/// The request that runs has ended: its caller learns how, and the line is free for the next.
fn hand_out(state: &mut State, end: End) {
    if let Some(running) = state.running.take() {
        // It fails when the caller has given up.
        let _ = running.end.send(end);
        drop(running.turn);
    }
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        let turned = self.turn(&mut state, cx);
        state.task = Some(cx.waker().clone());
        turned
    }
}

impl Drop for Task {
    /// Whoever waits still is told that nothing will come: the runtime may end before the handles do.
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.running = None;
        state.catching_up = None;
        self.shared.arrivals.notify_waiters();
    }
}

/// A port that takes not a byte for so long has failed.
const LONGEST_WRITE: Duration = Duration::from_secs(60);

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

mod search;
use search::Search;

use crate::port::Port;
use crate::shared::{Answer, End, Shared, State};

/// Owns the port, and runs until the last handle is gone and the request that runs has ended.
pub(crate) struct Task {
    shared: Arc<Shared>,
    /// `None` while another is looked for.
    port: Option<Box<dyn Port>>,
    search: Search,
    /// Zero on the engine's clock.
    epoch: Instant,
    alarm: Pin<Box<Sleep>>,
    /// When a port that takes nothing counts as failed.
    write_by: Option<Instant>,
    /// Since when the port has been silent after a deadline.
    silent_since: Option<Instant>,
    /// More may lie in the port than was read: it will not wake the task for that.
    unread: bool,
}

impl Task {
    pub(crate) fn new(shared: Arc<Shared>, port: Box<dyn Port>) -> Self {
        let epoch = Instant::now();
        Self {
            shared,
            port: Some(port),
            search: Search::new(epoch),
            epoch,
            alarm: Box::pin(sleep_until(epoch)),
            write_by: None,
            silent_since: None,
            unread: false,
        }
    }

    /// Does all that can be done now.
    fn turn(&mut self, state: &mut State, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(port) = state.replacement.take() {
                self.go_on_with(state, port);
            }
            if state.closing {
                state.engine.let_go();
            }
            let step = self.catch_up(state, cx);
            let until = match step {
                Step::Write if state.resting => None,
                Step::Write => {
                    let now = self.now();
                    let Some(port) = &mut self.port else {
                        return Poll::Pending;
                    };
                    match Pin::new(port).poll_write(cx, state.engine.unsent()) {
                        Poll::Ready(Ok(0)) => self.cut(state, io::ErrorKind::WriteZero.into()),
                        Poll::Ready(Ok(len)) => state.engine.transmitted(now, len),
                        Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                        Poll::Ready(Err(error)) => self.cut(state, error),
                        Poll::Pending => {
                            let by = *self
                                .write_by
                                .get_or_insert_with(|| Instant::now() + LONGEST_WRITE);
                            ready!(self.alarm(Some(by), cx));
                            ready!(self.listen(cx));
                            self.cut(state, io::ErrorKind::TimedOut.into());
                        }
                    }
                    self.write_by = None;
                    self.silent_since = None;
                    continue;
                }
                Step::Wait(_) if state.closing && (state.away || state.engine.is_idle()) => {
                    return Poll::Ready(());
                }
                Step::Wait(_) if state.resting => None,
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
            // What is due, and who asks, wait until the port was silent for a moment.
            let (until, offer) = match self.silent_since {
                Some(since) => (Some(since + SILENCE), None),
                None => (until, offer(state)),
            };
            ready!(self.alarm(until.into_iter().chain(offer).min(), cx));
            withdraw(state);
        }
    }

    /// Ready when the runtime has had the time to find out what the port holds. Right after the program was stopped, the
    /// runtime knows that time has passed, and not yet that bytes have come or that the port takes some.
    fn listen(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.silent_since.get_or_insert_with(Instant::now);
        ready!(self.alarm(Some(since + SILENCE), cx));
        self.silent_since = None;
        Poll::Ready(())
    }

    /// Understands what lies in the port already, before any time passes for the core: what came while the runtime was
    /// busy with something else came in time, and answers nothing that is written after it.
    fn catch_up(&mut self, state: &mut State, cx: &mut Context<'_>) -> Step<()> {
        state.engine.give_way(state.asker.is_some());
        let now = self.now();
        let drained = self.drain(state, cx);
        let is_silent = state.engine.unseen() == 0;
        let step = self.understand(state);
        match (drained, step) {
            (Err(error), _) => self.cut(state, error),
            (Ok(()), Step::Wait(deadline)) if !state.resting => {
                let is_due = deadline.is_some_and(|deadline| deadline.at <= now);
                if !is_due || !is_silent {
                    self.silent_since = None;
                }
                if is_due && self.listen(cx).is_pending() {
                    return step;
                }
                state.engine.pass_time(now);
            }
            (Ok(()), _) => return step,
        }
        self.understand(state)
    }

    /// Reads until nothing comes. All of it before the core sees any: a port may hand it out byte by byte.
    fn drain(&mut self, state: &mut State, cx: &mut Context<'_>) -> io::Result<()> {
        let mut buffer = [0; 4096];
        self.unread = false;
        let Some(port) = &mut self.port else {
            return Ok(());
        };
        while !state.resting {
            if state.engine.unseen() >= MOST_DRAINED {
                self.unread = true;
                break;
            }
            let mut read = ReadBuf::new(&mut buffer);
            match Pin::new(&mut *port).poll_read(cx, &mut read) {
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
        let mut arrived = state.engine.take_told();
        let mut ended = Vec::new();
        loop {
            let asked = state.running.as_ref().map(|running| running.id);
            let step = state.engine.advance(self.now(), |event| match event {
                Lent::Done { id, information } if Some(*id) == asked => Some(Ok(Answer::of(*information))),
                Lent::Failed { id, failure } if Some(*id) == asked => Some(Err(*failure)),
                Lent::Delivered { id, .. } | Lent::Failed { id, .. } => {
                    arrived = true;
                    ended.push(*id);
                    None
                }
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
            for id in ended {
                if let Some(waiting) = state.waiting.remove(&id) {
                    waiting.wake();
                }
            }
            if arrived {
                self.shared.arrivals.notify_waiters();
            }
            return step;
        }
    }

    /// The port has failed: the request that runs ends here, and the next finds out where the modem is. Another is looked
    /// for, or this one is left alone until somebody wants something again.
    fn cut(&mut self, state: &mut State, error: io::Error) {
        state.failures += 1;
        if state.lasting {
            self.lose(state, &error);
        } else {
            state.resting = true;
            state.engine.reset(self.now());
        }
        state.failure = Some(error);
        wake_all(state);
        self.shared.arrivals.notify_waiters();
    }

    /// The port is closed, for some systems give a device that comes back another name while the old one is held open.
    fn lose(&mut self, state: &mut State, error: &io::Error) {
        self.port = None;
        state.resting = false;
        state.away = true;
        state.engine.port_lost(self.now(), error);
        // It has to be polled outside of this turn.
        self.search.wanted = true;
    }

    /// Another port has taken its place.
    fn go_on_with(&mut self, state: &mut State, port: Box<dyn Port>) {
        self.port = Some(port);
        self.search.wanted = false;
        state.away = false;
        state.resting = false;
        state.engine.port_back(self.now());
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

/// The modem is free for who asks: until then.
fn offer(state: &mut State) -> Option<Instant> {
    let is_free = state.engine.has_given_way();
    let asker = state.asker.as_mut()?;
    if asker.until.is_none() && is_free {
        asker.until = Some(Instant::now() + LONGEST_TURN);
        asker.waker.wake_by_ref();
    }
    asker.until
}

/// The turn of who asks is over. It was woken, and comes again when it is polled.
fn withdraw(state: &mut State) {
    state
        .asker
        .take_if(|asker| asker.until.is_some_and(|until| until <= Instant::now()));
}

/// Whoever waits for the end of a message looks again.
fn wake_all(state: &mut State) {
    for (_, waiting) in state.waiting.drain() {
        waiting.wake();
    }
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = Arc::clone(&self.shared);
        loop {
            // What opens a port is the program's, and may ask the client something: the lock is not held meanwhile.
            let found = self.search.poll(cx);
            let mut state = shared.lock();
            match found {
                Poll::Ready(Ok(port)) => self.go_on_with(&mut state, port),
                Poll::Ready(Err(error)) => {
                    state.failure = Some(error);
                    continue;
                }
                Poll::Pending => {}
            }
            if let Some(reopen) = state.reopen.take() {
                self.search.reopen = Some(reopen);
                if state.resting
                    && let Some(error) = state.failure.take()
                {
                    self.lose(&mut state, &error);
                    state.failure = Some(error);
                }
            }
            let was_searching = self.search.wanted;
            let turned = self.turn(&mut state, cx);
            state.task = Some(cx.waker().clone());
            if turned.is_ready() || was_searching || !self.search.wanted {
                return turned;
            }
        }
    }
}

impl Drop for Task {
    /// Whoever waits still is told that nothing will come: the runtime may end before the handles do.
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.running = None;
        if let Some(asker) = state.asker.take() {
            asker.waker.wake();
        }
        wake_all(&mut state);
        self.shared.arrivals.notify_waiters();
    }
}

/// For so long a port has to be silent after a deadline before that counts as missed.
const SILENCE: Duration = Duration::from_millis(10);

/// A port that takes not a byte for so long has failed.
const LONGEST_WRITE: Duration = Duration::from_secs(60);

/// How long the modem stays free for who asks and is not polled.
const LONGEST_TURN: Duration = Duration::from_secs(1);

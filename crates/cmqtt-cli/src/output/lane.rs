//! A bounded queue, and the thread that writes what is in it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::Notify;

use super::Printer;

/// Where something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Output,
    Error,
}

impl Stream {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Output => "standard output",
            Self::Error => "standard error",
        }
    }
}

/// Tells of what was not printed: how many, and by whom, `None` for standard error. Returns whether that was taken.
type Tell = dyn Fn(u64, Option<Printer>) -> bool + Send + Sync;

/// The queue. Whoever prints never waits.
pub(super) struct Lane {
    state: Mutex<State>,
    filled: Condvar,
    /// Some bytes were written, or a stream has failed.
    moved: Notify,
    failed: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<(Stream, Vec<u8>)>,
    /// What is queued, with what is being written.
    bytes: usize,
    writing: Option<Stream>,
    output: Status,
    error: Status,
    /// Who prints on standard output.
    printer: Option<Printer>,
}

/// What became of one of the streams.
#[derive(Default)]
struct Status {
    /// Not taken since the last time that this was told.
    lost: u64,
    has_lost: bool,
    failed: Option<io::Error>,
}

/// What is known of standard output at the end.
pub(super) struct Outcome {
    /// Not printed, and not told yet.
    pub(super) lost: u64,
    pub(super) has_lost: bool,
    /// Why it could not be written, if nobody was told.
    pub(super) failed: Option<io::Error>,
    pub(super) printer: Option<Printer>,
}

impl Lane {
    /// Starts the thread. A stream that this lane does not write is `None`.
    pub(super) fn start(
        output: Option<io::Result<File>>,
        error: Option<io::Result<File>>,
        tell: impl Fn(u64, Option<Printer>) -> bool + Send + Sync + 'static,
    ) -> Arc<Self> {
        let lane = Arc::new(Self {
            state: Mutex::default(),
            filled: Condvar::new(),
            moved: Notify::new(),
            failed: Notify::new(),
        });
        let open = |stream, file: Option<io::Result<File>>| {
            file.and_then(|file| {
                file.map_err(|error| lane.fail(&mut lane.lock(), stream, error))
                    .ok()
            })
        };
        let (output, error) = (open(Stream::Output, output), open(Stream::Error, error));
        let own = Arc::clone(&lane);
        let writer = move || own.write(output.as_ref(), error.as_ref(), &tell);
        if let Err(error) = thread::Builder::new().name("output".to_owned()).spawn(writer) {
            let mut state = lane.lock();
            lane.fail(&mut state, Stream::Error, copy(&error));
            lane.fail(&mut state, Stream::Output, error);
        }
        lane
    }

    /// Queues something. `false`: there is no room for it, which is counted.
    pub(super) fn offer(&self, stream: Stream, bytes: Vec<u8>, printer: Option<Printer>) -> io::Result<bool> {
        let mut state = self.lock();
        if printer.is_some() {
            state.printer = printer;
        }
        let full = state.is_full(bytes.len());
        let status = state.status(stream);
        if let Some(error) = &status.failed {
            return Err(copy(error));
        }
        if full {
            status.lost += 1;
            status.has_lost = true;
            return Ok(false);
        }
        self.push(&mut state, stream, bytes);
        Ok(true)
    }

    /// Queues a state of the progress line, which is of no use once it is old.
    pub(super) fn draw(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        if state.bytes < MOST_DRAWN && state.error.failed.is_none() {
            self.push(&mut state, Stream::Error, frame);
        }
    }

    /// Returns when standard output has failed.
    pub(super) async fn broken(&self) -> io::Error {
        loop {
            if let Some(error) = &self.lock().output.failed {
                return copy(error);
            }
            self.failed.notified().await;
        }
    }

    /// Returns when all is written, or no byte was taken for this long.
    pub(super) async fn written(&self, idle: Duration) {
        while self.lock().bytes > 0 {
            if tokio::time::timeout(idle, self.moved.notified()).await.is_err() {
                return;
            }
        }
    }

    /// Takes no more notice of what was not written to this stream, and says how much that is.
    pub(super) fn abandon(&self, stream: Stream) -> Outcome {
        let mut state = self.lock();
        let left = state.drop_queued(stream) + u64::from(state.writing == Some(stream));
        let printer = state.printer;
        let status = state.status(stream);
        Outcome {
            lost: std::mem::take(&mut status.lost) + left,
            has_lost: status.has_lost,
            failed: status.failed.take(),
            printer,
        }
    }

    fn push(&self, state: &mut State, stream: Stream, bytes: Vec<u8>) {
        state.bytes += bytes.len();
        state.queue.push_back((stream, bytes));
        self.filled.notify_one();
    }

    fn fail(&self, state: &mut State, stream: Stream, error: io::Error) {
        state.status(stream).failed = Some(error);
        state.drop_queued(stream);
        self.failed.notify_one();
        self.moved.notify_one();
    }

    /// Writes what is queued, for as long as the program runs.
    fn write(&self, output: Option<&File>, error: Option<&File>, tell: &Tell) {
        let mut told: Option<Instant> = None;
        loop {
            let (stream, bytes) = self.next();
            let file = match stream {
                Stream::Output => output,
                Stream::Error => error,
            };
            let written = file.map_or(Ok(()), |file| self.write_one(file, &bytes));
            let mut state = self.lock();
            state.writing = None;
            state.bytes = state.bytes.saturating_sub(bytes.len());
            if let Err(error) = written {
                self.fail(&mut state, stream, error);
            }
            let again = state.queue.is_empty() || told.is_none_or(|at| at.elapsed() >= BETWEEN);
            drop(state);
            if again {
                for stream in [Stream::Output, Stream::Error] {
                    if self.tell_losses(stream, tell) {
                        told = Some(Instant::now());
                    }
                }
            }
            self.moved.notify_one();
        }
    }

    fn next(&self) -> (Stream, Vec<u8>) {
        let mut state = self.lock();
        loop {
            if let Some(next) = state.queue.pop_front() {
                state.writing = Some(next.0);
                return next;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// In pieces, so that one can see that the reader reads.
    fn write_one(&self, mut file: &File, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match file.write(bytes.get(..PIECE).unwrap_or(bytes)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => {
                    bytes = bytes.get(len..).unwrap_or_default();
                    self.moved.notify_one();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Another program has made it so that writes do not wait.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll(
                        &mut [PollFd::from_borrowed_fd(file.as_fd(), PollFlags::OUT)],
                        None,
                    )?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Tells how much was lost, if anything was. Whether it did.
    fn tell_losses(&self, stream: Stream, tell: &Tell) -> bool {
        let (lost, printer) = {
            let mut state = self.lock();
            let printer = state.printer.filter(|_| stream == Stream::Output);
            (std::mem::take(&mut state.status(stream).lost), printer)
        };
        let told = lost > 0 && tell(lost, printer);
        if !told {
            self.lock().status(stream).lost += lost;
        }
        told
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// One thing is taken however large it is.
    fn is_full(&self, more: usize) -> bool {
        self.bytes > 0 && (self.bytes.saturating_add(more) > MOST_BYTES || self.queue.len() >= MOST_THINGS)
    }

    const fn status(&mut self, stream: Stream) -> &mut Status {
        match stream {
            Stream::Output => &mut self.output,
            Stream::Error => &mut self.error,
        }
    }

    /// Drops what is queued for a stream. How many things that were.
    fn drop_queued(&mut self, stream: Stream) -> u64 {
        let (mut count, mut bytes) = (0, 0);
        self.queue.retain(|(other, thing)| {
            let keep = *other != stream;
            if !keep {
                count += 1;
                bytes += thing.len();
            }
            keep
        });
        self.bytes = self.bytes.saturating_sub(bytes);
        count
    }
}

/// The same error once more.
fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    }
}

/// The most that is queued: bytes, and messages or lines.
pub(super) const MOST_BYTES: usize = 4 * 1024 * 1024;
const MOST_THINGS: usize = 10_000;

/// The progress line is not drawn while so many bytes wait.
const MOST_DRAWN: usize = 16 * 1024;

/// As many bytes as a pipe takes in one go (`PIPE_BUF` on Linux): shorter lines stay whole.
const PIECE: usize = 4096;

/// Between two lines about losses, while the reader is behind.
const BETWEEN: Duration = Duration::from_secs(1);

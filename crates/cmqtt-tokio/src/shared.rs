//! What the handles and the task share. The lock is held for moments, never while something is awaited.

use std::collections::HashMap;
use std::fmt::{self, Debug, Formatter};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use cmqtt_core::at_proto::InfoLines;
use cmqtt_core::{Failure, RequestId};
use cmqtt_host::Engine;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;

use crate::port::{Port, Reopen};

/// What the handles and the task share.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// The line's turn. Who holds it may make a request; the request that runs holds it until its end.
    pub(crate) turn: Arc<Semaphore>,
    /// Wakes those who wait for messages and other events.
    pub(crate) arrivals: Arc<Notify>,
}

/// The part of it that is locked.
pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) running: Option<Running>,
    /// Who has the line's turn and waits until the modem is free.
    pub(crate) asker: Option<Asker>,
    /// Who waits for the end of a message.
    pub(crate) waiting: HashMap<RequestId, Waker>,
    /// The port that takes the place of the present one.
    pub(crate) replacement: Option<Box<dyn Port>>,
    /// What opens another port when this one is gone, until the task has taken it.
    pub(crate) reopen: Option<Reopen>,
    /// Another port is looked for when this one is gone.
    pub(crate) lasting: bool,
    /// There is no port now.
    pub(crate) away: bool,
    /// How often the port has failed, and why the last time: each handle tells it once.
    pub(crate) failures: u64,
    pub(crate) failure: Option<io::Error>,
    /// The port has failed, and nobody has wanted anything of it since.
    pub(crate) resting: bool,
    /// The last handle is gone.
    pub(crate) closing: bool,
    /// The task is gone.
    pub(crate) closed: bool,
    /// Wakes the task.
    pub(crate) task: Option<Waker>,
}

/// Who has the line's turn, and is about to make a request.
pub(crate) struct Asker {
    pub(crate) waker: Waker,
    /// The modem is free, and all that lay in the port is understood. The turn is over at this moment: an asker that is
    /// not polled must not keep a client from being connected again.
    pub(crate) until: Option<Instant>,
}

/// The request that runs.
pub(crate) struct Running {
    pub(crate) id: RequestId,
    /// Its end goes here, whether or not anybody waits for it still.
    pub(crate) end: oneshot::Sender<End>,
    /// The line's turn, given back at the end.
    pub(crate) turn: OwnedSemaphorePermit,
}

/// How a request ended.
pub(crate) type End = Result<Answer, Failure>;

/// The information lines of an answer, owned.
pub(crate) struct Answer {
    text: Vec<u8>,
    dropped: usize,
}

impl Shared {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            state: Mutex::new(State {
                engine,
                running: None,
                asker: None,
                waiting: HashMap::new(),
                replacement: None,
                reopen: None,
                lasting: false,
                away: false,
                failures: 0,
                failure: None,
                resting: false,
                closing: false,
                closed: false,
                task: None,
            }),
            turn: Arc::new(Semaphore::new(1)),
            arrivals: Arc::new(Notify::new()),
        }
    }

    /// Nothing that is done under the lock can leave the state half changed.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The task has something to do.
    pub(crate) fn wake(&mut self) {
        self.resting = false;
        self.nudge();
    }

    /// The same, but nobody wants anything of a port that has failed.
    pub(crate) fn nudge(&mut self) {
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }
}

impl Answer {
    pub(crate) fn of(lines: InfoLines<'_>) -> Self {
        let mut text = Vec::new();
        for line in lines {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        Self {
            text,
            dropped: lines.dropped(),
        }
    }

    pub(crate) const fn lines(&self) -> InfoLines<'_> {
        InfoLines::truncated(self.text.as_slice(), self.dropped)
    }
}

impl Debug for Shared {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Shared")
            .field("engine", &state.engine)
            .field("running", &state.running.as_ref().map(|running| running.id))
            .field("failure", &state.failure)
            .field("closed", &state.closed)
            .finish_non_exhaustive()
    }
}

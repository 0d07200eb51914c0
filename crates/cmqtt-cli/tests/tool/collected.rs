//! Bytes that come on another thread, for a test that waits for some of them.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes; only a failing test waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What has come so far.
#[derive(Clone, Default)]
pub(crate) struct Collected(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
}

impl Collected {
    /// Of a pipe, until its end.
    pub(crate) fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let collected = Self::default();
        let theirs = collected.clone();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = pipe.read(&mut buffer) {
                theirs.push(&buffer[..read]);
            }
            theirs.lock().ended = true;
            theirs.0.1.notify_all();
        });
        collected
    }

    pub(crate) fn push(&self, bytes: &[u8]) {
        self.lock().bytes.extend_from_slice(bytes);
        self.0.1.notify_all();
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.lock().bytes.clone()
    }

    /// As text, with what is none escaped.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().bytes).into_owned()
    }

    /// How much has come: where a later wait begins.
    pub(crate) fn len(&self) -> usize {
        self.lock().bytes.len()
    }

    /// Waits until so many bytes have come behind these.
    #[track_caller]
    pub(crate) fn wait_for(&self, begin: usize, words: &[u8], more: usize) {
        let seen = |state: &State| {
            let bytes = state.bytes.get(begin..).unwrap_or_default();
            let at = bytes.windows(words.len()).position(|window| window == words);
            at.is_some_and(|at| bytes.len() >= at + words.len() + more)
        };
        assert!(
            self.wait(seen),
            "\"{}\" and {more} bytes have not come, but:\n{}",
            words.escape_ascii(),
            self.text()
        );
    }

    /// Waits until what has come is this. Whether it is, in time.
    pub(crate) fn becomes(&self, is_it: impl Fn(&[u8]) -> bool) -> bool {
        self.wait(|state| is_it(&state.bytes))
    }

    /// Waits until more has come than this, or the end. Whether it is the end; `None` if neither comes in time.
    pub(crate) fn grows(&self, len: usize) -> Option<bool> {
        let grown = self.wait(|state| state.ended || state.bytes.len() > len);
        grown.then(|| self.lock().ended)
    }

    /// Whether the end comes in time.
    pub(crate) fn ends(&self) -> bool {
        self.wait(|state| state.ended)
    }

    fn wait(&self, until: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.lock();
        while !until(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.0.1.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Waiting for sockets, for another thread's word and for a deadline at once: `poll`, and a pair of ends to wake it.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, Timespec, poll};

/// Wakes the thread that waits on the other end; any thread may have a copy.
#[derive(Clone, Debug)]
pub(super) struct Waker(Arc<UnixStream>);

impl Waker {
    /// A full buffer means that the other end is awake already, an error that it is gone.
    pub(super) fn wake(&self) {
        let _ = (&*self.0).write(&[1]);
    }
}

/// The end to wait on.
#[derive(Debug)]
pub(super) struct WakeUp(UnixStream);

impl WakeUp {
    /// Forgets all wakes so far.
    pub(super) fn clear(&mut self) {
        let mut bytes = [0; 64];
        while matches!(self.0.read(&mut bytes), Ok(count) if count > 0) {}
    }
}

impl AsFd for WakeUp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The two ends.
pub(super) fn waker() -> io::Result<(Waker, WakeUp)> {
    let (write, read) = UnixStream::pair()?;
    write.set_nonblocking(true)?;
    read.set_nonblocking(true)?;
    Ok((Waker(Arc::new(write)), WakeUp(read)))
}

/// Waits until one of the ends is ready or the deadline has come. Returning early for no reason is possible.
pub(super) fn wait(ends: &mut [PollFd<'_>], deadline: Option<Instant>) {
    let timeout = deadline.map(|at| at.saturating_duration_since(Instant::now()).min(LONGEST));
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    if let Err(error) = poll(ends, timeout.as_ref())
        && error != rustix::io::Errno::INTR
    {
        // Out of memory is all that is left: give the system a moment and try again.
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Some systems' `poll` takes no more milliseconds than fit into 31 bits.
const LONGEST: Duration = Duration::from_secs(86_400);

//! Waiting until a program opens a device that nobody has open. A pseudo-terminal cannot be waited on then: it is
//! ready at once, with nothing but the news that nobody is there.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

/// Tells when a device is opened.
#[derive(Debug)]
pub(super) struct Opening(OwnedFd);

impl Opening {
    /// Watches a device.
    ///
    /// # Errors
    /// The system has no watch left to give.
    pub(super) fn of(device: &Path) -> io::Result<Self> {
        let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        inotify::add_watch(&watch, device, WatchFlags::OPEN)?;
        Ok(Self(watch))
    }

    /// What to wait for.
    pub(super) fn interest(&self) -> PollFd<'_> {
        PollFd::new(&self.0, PollFlags::IN)
    }

    /// Forgets what was opened so far.
    pub(super) fn clear(&mut self) {
        let mut buffer = [MaybeUninit::uninit(); 1024];
        let mut events = inotify::Reader::new(&self.0, &mut buffer);
        while events.next().is_ok() {}
    }
}

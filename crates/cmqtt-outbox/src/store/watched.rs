//! A backend that guards against what file systems do.
//!
//! A failed sync is remembered. After one, what the system holds in memory may never get to the disk, and no later sync
//! tells: nothing may be built on it.
//!
//! A file that grows is filled. A hole takes no room, so that a full disk would be noticed only later, by a write that
//! removes a message.

use std::io;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{BackendError, StorageBackend};

#[derive(Debug)]
pub(super) struct Watched<B> {
    backend: B,
    failed: Arc<AtomicBool>,
}

impl<B> Watched<B> {
    /// And what is set when a sync fails.
    pub(super) fn new(backend: B) -> (Self, Arc<AtomicBool>) {
        let failed = Arc::new(AtomicBool::new(false));
        let watched = Self {
            backend,
            failed: Arc::clone(&failed),
        };
        (watched, failed)
    }
}

impl<B: StorageBackend> Watched<B> {
    fn fill(&self, from: u64, to: u64) -> io::Result<()> {
        let zeros = [0; 16 * 1024];
        let mut at = from;
        while at < to {
            let len = (to - at).min(zeros.len() as u64);
            self.backend
                .write(at, zeros.get(..len as usize).unwrap_or(&zeros))?;
            at += len;
        }
        Ok(())
    }
}

impl<B: StorageBackend> StorageBackend for Watched<B> {
    fn len(&self) -> io::Result<u64> {
        self.backend.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.backend.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let before = self.backend.len()?;
        self.backend.set_len(len)?;
        self.fill(before, len)
            .inspect_err(|_| drop(self.backend.set_len(before)))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.backend
            .sync_data()
            .inspect_err(|_| self.failed.store(true, Ordering::Release))
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.backend.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.backend.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.backend.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.backend.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.backend.query_lock_range(start, end)
    }
}

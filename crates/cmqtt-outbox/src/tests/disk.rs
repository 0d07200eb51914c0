//! A disk in memory that records what is written to it, and can be full or broken. Of the record any part can be had that
//! a power cut leaves.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use crate::error::Error;
use crate::outbox::Place;
use crate::store::{Failure, Store, Tally};

/// One file on a disk. A clone is the same file.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    log: Vec<Entry>,
    /// No more bytes fit.
    capacity: Option<usize>,
    fails_to_sync: bool,
}

/// What was done to the file.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Length(usize),
    Write(usize, Vec<u8>),
    Sync,
}

/// What a power cut leaves of what was written since the last sync.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// How many entries have been begun.
    pub(super) entries: usize,
    /// How many bytes of the last of them got through.
    pub(super) bytes: usize,
    /// Which sectors of the others did.
    pub(super) seed: u64,
    /// Whether the disk knows what a sync is.
    pub(super) heeds_syncs: bool,
}

impl Disk {
    /// A disk that has an outbox without messages.
    pub(super) fn with_outbox() -> Self {
        let disk = Self::default();
        Store::create(disk.clone()).map(drop).unwrap();
        disk.state().log.clear();
        disk
    }

    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let disk = Self::default();
        disk.state().bytes = bytes;
        disk
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    pub(super) fn log(&self) -> Vec<Entry> {
        self.state().log.clone()
    }

    pub(super) fn log_len(&self) -> usize {
        self.state().log.len()
    }

    /// It has no room for more than this.
    pub(super) fn set_capacity(&self, capacity: Option<usize>) {
        self.state().capacity = capacity;
    }

    pub(super) fn break_syncs(&self) {
        self.state().fails_to_sync = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A hole takes no room: what is written does, as in most file systems.
    fn check_room(&self, end: usize) -> io::Result<()> {
        match self.capacity {
            Some(capacity) if end > capacity => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        let offset = index(offset);
        let read = state
            .bytes
            .get(offset..)
            .and_then(|rest| rest.get(..out.len()))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(read);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        state.bytes.resize(index(len), 0);
        state.log.push(Entry::Length(index(len)));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        if state.fails_to_sync {
            return Err(io::Error::other("input/output error"));
        }
        state.log.push(Entry::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let offset = index(offset);
        state.check_room(offset + data.len())?;
        assert!(offset + data.len() <= state.bytes.len(), "written beyond the end");
        put(&mut state.bytes, offset, data);
        state.log.push(Entry::Write(offset, data.to_vec()));
        Ok(())
    }
}

impl Place for Disk {
    fn open(&self) -> Result<(Store, Tally), Error> {
        Store::open(self.clone()).map_err(|failure| self.error(failure))
    }

    fn error(&self, failure: Failure) -> Error {
        let path = "disk".into();
        match failure {
            Failure::InUse => Error::InUse { dir: path },
            Failure::NotAnOutbox(reason) => Error::NotAnOutbox { path, reason },
            Failure::Newer(found) => Error::Newer {
                path,
                found,
                known: 1,
            },
            Failure::Damaged(reason) => Error::Damaged { path, reason },
            Failure::Io(source) => Error::Io { path, source },
            Failure::Sync(reason) => Error::Sync { path, reason },
        }
    }
}

/// The disk after a power cut: `before` with all of the log up to its last sync before the cut, and of what is after that
/// some sectors, in any order, and any of the lengths that the file was given. Nothing was written beyond its length.
pub(super) fn after_cut(before: &[u8], log: &[Entry], cut: Cut) -> Disk {
    let begun = &log[..cut.entries];
    let safe = match cut.heeds_syncs {
        true => begun.iter().rposition(|entry| matches!(entry, Entry::Sync)),
        false => None,
    };
    let (safe, rest) = begun.split_at(safe.map_or(0, |last| last + 1));
    let mut bytes = before.to_vec();
    for entry in safe {
        match entry {
            Entry::Length(len) => bytes.resize(*len, 0),
            Entry::Write(offset, data) => put(&mut bytes, *offset, data),
            Entry::Sync => {}
        }
    }
    // Each sector has one of the contents that it was given since, or what it had before.
    let mut dice = Dice(cut.seed);
    let mut sectors: BTreeMap<usize, Vec<Vec<u8>>> = BTreeMap::new();
    let mut latest = bytes.clone();
    let mut length = bytes.len();
    for (number, entry) in rest.iter().enumerate() {
        match entry {
            Entry::Length(len) => {
                latest.resize(*len, 0);
                if dice.heads() {
                    length = *len;
                }
            }
            Entry::Write(offset, data) => {
                let is_last = number + 1 == rest.len();
                let through = if is_last {
                    data.len().min(cut.bytes)
                } else {
                    data.len()
                };
                put(&mut latest, *offset, &data[..through]);
                let end = offset + through;
                for sector in offset / SECTOR..end.div_ceil(SECTOR) {
                    let content = &latest[sector * SECTOR..latest.len().min((sector + 1) * SECTOR)];
                    sectors.entry(sector).or_default().push(content.to_vec());
                }
            }
            Entry::Sync => {}
        }
    }
    for (sector, contents) in sectors {
        // The latest in half of the cases: a cut that leaves nothing teaches little.
        let chosen = match dice.heads() {
            true => contents.last(),
            false => contents.get(dice.below(contents.len() + 1)),
        };
        if let Some(content) = chosen {
            put(&mut bytes, sector * SECTOR, content);
        }
    }
    bytes.resize(length, 0);
    Disk::of(bytes)
}

fn put(bytes: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(data);
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("a small file")
}

/// Numbers from a seed (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        usize::try_from(self.roll() % bound).unwrap_or_default()
    }

    fn heads(&mut self) -> bool {
        self.roll() & 1 == 0
    }
}

/// What a disk writes whole or not at all. The last that is written may be torn anywhere.
const SECTOR: usize = 512;

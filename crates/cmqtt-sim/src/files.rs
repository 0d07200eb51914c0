//! The modem's flash as a seam: where the certificates and keys of `AT+CCERTDOWN` are kept.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::io;

/// Keeps files by name. The modem has checked names and lengths before it stores: a name is 5 bytes or more, without
/// control bytes and quotation marks, and ends in `.pem` or `.der`.
pub trait FileStore: Send {
    /// Every file's name, in order.
    fn names(&self) -> Vec<Vec<u8>>;

    /// A file's bytes; `None` where there is none of this name.
    fn read(&self, name: &[u8]) -> Option<Vec<u8>>;

    /// Stores a file in place of one of the same name.
    ///
    /// # Errors
    /// It is not stored, for want of room or of permission, and one of the same name is as it was. The modem answers
    /// `ERROR` and goes on.
    fn write(&mut self, name: &[u8], file: &[u8]) -> io::Result<()>;

    /// Deletes a file. `false` where there is none of this name, or where it stays.
    fn remove(&mut self, name: &[u8]) -> bool;
}

/// Files in memory: they are gone with the modem, not with its power.
#[derive(Default)]
pub struct MemoryFiles(BTreeMap<Vec<u8>, Vec<u8>>);

impl FileStore for MemoryFiles {
    fn names(&self) -> Vec<Vec<u8>> {
        self.0.keys().cloned().collect()
    }

    fn read(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.0.get(name).cloned()
    }

    fn write(&mut self, name: &[u8], file: &[u8]) -> io::Result<()> {
        self.0.insert(name.to_vec(), file.to_vec());
        Ok(())
    }

    fn remove(&mut self, name: &[u8]) -> bool {
        self.0.remove(name).is_some()
    }
}

impl Debug for MemoryFiles {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // A file may be a key.
        f.debug_tuple("MemoryFiles").field(&self.0.len()).finish()
    }
}

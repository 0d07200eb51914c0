//! An outbox's directory: `lock`, which one process holds, and `outbox.redb`.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;

use crate::error::Error;
use crate::store::{CURRENT_FORMAT, Failure, Store, Tally};

/// A directory that no other process has.
pub(crate) struct Folder {
    dir: PathBuf,
    /// Held as long as this lives: the system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// Makes the directory if it is not there, and takes it.
    pub(crate) fn take(dir: &Path) -> Result<Self, Error> {
        let failed = |path: &Path| io_error(path.to_owned());
        let known = dir.is_dir();
        if !known {
            if dir.exists() {
                return Err(Error::NotAnOutbox {
                    path: dir.to_owned(),
                    reason: "it is a file, and an outbox is a directory".to_owned(),
                });
            }
            make(dir).map_err(failed(dir))?;
        }
        // Its name is on disk too, whoever made it: that one may have ended before this.
        match sync(parent(dir)) {
            Err(error) if known && error.kind() == io::ErrorKind::PermissionDenied => {}
            synced => synced.map_err(failed(dir))?,
        }
        let path = dir.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                dir: dir.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { dir: dir.to_owned() }),
            Err(TryLockError::Error(source)) => Err(Error::Io { path, source }),
        }
    }

    /// Opens the file, or makes it.
    pub(crate) fn open(&self) -> Result<(Store, Tally), Error> {
        let path = self.file();
        let known = path.try_exists().map_err(|source| Error::Io {
            path: path.clone(),
            source,
        })?;
        if !known {
            self.create()?;
        }
        // The program that has moved it there may have ended before this.
        sync(&self.dir).map_err(io_error(path.clone()))?;
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let opened = file
            .map_err(Failure::Io)
            .and_then(|file| Store::open(backend(file)?));
        opened.map_err(|failure| self.error(failure))
    }

    /// What a failure of the store means, and where.
    pub(crate) fn error(&self, failure: Failure) -> Error {
        let path = self.file();
        match failure {
            Failure::InUse => Error::InUse {
                dir: self.dir.clone(),
            },
            Failure::NotAnOutbox(reason) => Error::NotAnOutbox { path, reason },
            Failure::Newer(found) => Error::Newer {
                path,
                found,
                known: CURRENT_FORMAT,
            },
            Failure::Damaged(reason) => Error::Damaged { path, reason },
            Failure::Io(source) => Error::Io { path, source },
            Failure::Sync(reason) => Error::Sync { path, reason },
        }
    }

    /// Makes the file beside its place and moves it there when it is whole: one that was being made when the power went is
    /// made anew.
    fn create(&self) -> Result<(), Error> {
        let new = self.dir.join("outbox.new");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&new)
            .map_err(io_error(new.clone()))?;
        let created = backend(file).and_then(Store::create);
        drop(created.map_err(|failure| self.error(failure))?);
        fs::rename(&new, self.file()).map_err(io_error(new))
    }

    fn file(&self) -> PathBuf {
        self.dir.join("outbox.redb")
    }
}

fn backend(file: File) -> Result<FileBackend, Failure> {
    FileBackend::new(file).map_err(Failure::from_redb)
}

fn io_error(path: PathBuf) -> impl FnOnce(io::Error) -> Error {
    |source| Error::Io { path, source }
}

/// Makes a directory, and those above it, whose names are on disk when this returns. Messages are nobody else's business.
fn make(dir: &Path) -> io::Result<()> {
    let above = parent(dir);
    if !above.is_dir() {
        make(above)?;
        sync(parent(above))?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(dir) {
        // Somebody else was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
        made => made,
    }
}

fn parent(dir: &Path) -> &Path {
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// The names in a directory are on disk when this returns.
#[cfg(unix)]
fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// There a directory cannot be opened, and the file system keeps a log of names itself.
#[cfg(not(unix))]
fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

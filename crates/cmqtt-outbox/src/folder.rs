//! An outbox's directory: `lock`, which one process holds, and `outbox.redb`.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
#[cfg(unix)]
use rustix::fs::OFlags;

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
            if let Some(reason) = no_directory(dir) {
                return Err(Error::NotAnOutbox {
                    path: dir.to_owned(),
                    reason,
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
        let lock = private_file(&path, OpenOptions::new().write(true).create(true).truncate(false))?;
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
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.create()?,
            Err(source) => return Err(Error::Io { path, source }),
            Ok(_) => {}
        }
        // The program that has moved it there may have ended before this.
        sync(&self.dir).map_err(io_error(path.clone()))?;
        let file = private_file(&path, OpenOptions::new().read(true).write(true))?;
        let opened = backend(file).and_then(Store::open);
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
        let file = private_file(&new, OpenOptions::new().read(true).write(true).create(true))?;
        // Only a file of the outbox's own is emptied.
        file.set_len(0).map_err(io_error(new.clone()))?;
        let created = backend(file).and_then(Store::create);
        drop(created.map_err(|failure| self.error(failure))?);
        fs::rename(&new, self.file()).map_err(io_error(new))
    }

    fn file(&self) -> PathBuf {
        self.dir.join("outbox.redb")
    }
}

/// What lies there instead of a directory, if anything does.
fn no_directory(dir: &Path) -> Option<String> {
    let found = fs::symlink_metadata(dir).ok()?;
    let target = fs::read_link(dir).ok().filter(|_| !dir.exists());
    Some(match target {
        Some(target) => format!("it is a link to {}, which is not there", target.display()),
        None if found.is_dir() => return None,
        None => "it is a file, and an outbox is a directory".to_owned(),
    })
}

/// Opens a file of the outbox's, which has to be a regular one, and lets nobody else read it, also where an earlier version
/// has made it. A pipe in its place is not waited for, a link not followed.
fn private_file(path: &Path, options: &mut OpenOptions) -> Result<File, Error> {
    let refused = || Error::NotAnOutbox {
        path: path.to_owned(),
        reason: "it is no regular file".to_owned(),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY;
        options.mode(PRIVATE).custom_flags(flags.bits().cast_signed());
    }
    let opened = options.open(path);
    let is_other = || fs::symlink_metadata(path).is_ok_and(|found| !found.is_file());
    let file = match opened {
        Err(_) if is_other() => return Err(refused()),
        opened => opened.map_err(io_error(path.to_owned()))?,
    };
    let metadata = file.metadata().map_err(io_error(path.to_owned()))?;
    if !metadata.is_file() {
        return Err(refused());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        if metadata.permissions().mode() & OTHERS != 0 {
            let private = fs::Permissions::from_mode(PRIVATE);
            file.set_permissions(private).map_err(io_error(path.to_owned()))?;
        }
    }
    Ok(file)
}

#[cfg(unix)]
const PRIVATE: u32 = 0o600;
#[cfg(unix)]
const OTHERS: u32 = 0o077;

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

//! Reading a file that decides where a secret goes: only the user or root may have written it.

use std::fmt::{self, Display, Formatter};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The content of a file that only the user and root can change.
#[derive(Debug)]
pub(super) struct TrustedFile {
    pub(super) bytes: Vec<u8>,
    pub(super) readable_by_others: bool,
}

/// A file that is not used, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}{}", path.display(), Remedy(path, reason))]
pub struct FileError {
    /// Which file.
    pub path: PathBuf,
    /// Why.
    pub reason: FileRefusal,
}

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileRefusal {
    /// It cannot be opened or read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is a directory, a pipe, a socket or a device.
    #[error("not a regular file")]
    NotRegular,
    /// Another user owns it, who can change what it says.
    #[error("owned by user {owner}, who could change it; only your own files and root's are used")]
    ForeignOwner {
        /// The owner's number.
        owner: u32,
        /// The number of the user who runs this program.
        user: u32,
    },
    /// Other users can write to it.
    #[error("other users can write to it (mode {mode:03o})")]
    WritableByOthers {
        /// Its permissions.
        mode: u32,
    },
    /// It is not UTF-8.
    #[error("not UTF-8, which MQTT requires here")]
    NotUtf8,
    /// It is far longer than any such file.
    #[error("more than {0} bytes, is it the right file?")]
    TooLong(usize),
}

impl TrustedFile {
    /// Reads the file. What is checked is the file that was opened: a path may lead elsewhere a moment later.
    pub(super) fn read(path: &Path, max: usize) -> Result<Self, FileError> {
        let fail = |reason| FileError {
            path: path.to_owned(),
            reason,
        };
        read(path, max).map_err(fail)
    }
}

fn read(path: &Path, max: usize) -> Result<TrustedFile, FileRefusal> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    // Named for "no file".
    if path == Path::new("/dev/null") {
        return Ok(TrustedFile {
            bytes: Vec::new(),
            readable_by_others: false,
        });
    }
    if !metadata.is_file() {
        return Err(FileRefusal::NotRegular);
    }
    let readable_by_others = readable_by_others(&metadata)?;
    let mut bytes = Vec::new();
    // One byte more than allowed shows that there is more.
    file.take(max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > max {
        return Err(FileRefusal::TooLong(max));
    }
    Ok(TrustedFile {
        bytes,
        readable_by_others,
    })
}

/// Opens the file without waiting for a writer, should it be a pipe.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;

    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Whether others can read the file, which has to be the user's or root's.
#[cfg(unix)]
fn readable_by_others(metadata: &Metadata) -> Result<bool, FileRefusal> {
    use std::os::unix::fs::MetadataExt;

    check(
        metadata.uid(),
        metadata.mode(),
        rustix::process::geteuid().as_raw(),
    )?;
    Ok(metadata.mode() & READABLE_BY_OTHERS != 0)
}

/// Other systems have other permissions, which are not looked at.
#[cfg(not(unix))]
fn readable_by_others(_: &Metadata) -> Result<bool, FileRefusal> {
    Ok(false)
}

#[cfg(unix)]
fn check(owner: u32, mode: u32, user: u32) -> Result<(), FileRefusal> {
    if owner != user && owner != ROOT {
        return Err(FileRefusal::ForeignOwner { owner, user });
    }
    if mode & WRITABLE_BY_OTHERS != 0 {
        return Err(FileRefusal::WritableByOthers { mode: mode & 0o777 });
    }
    Ok(())
}

/// The command that makes the file usable.
struct Remedy<'a>(&'a Path, &'a FileRefusal);

impl Display for Remedy<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let path = self.0.display();
        match self.1 {
            FileRefusal::ForeignOwner { user, .. } => {
                write!(f, ": `chown {user} {path}` if you trust its content")
            }
            FileRefusal::WritableByOthers { .. } => write!(f, ": `chmod go-w {path}`"),
            _ => Ok(()),
        }
    }
}

#[cfg(unix)]
const ROOT: u32 = 0;
#[cfg(unix)]
const WRITABLE_BY_OTHERS: u32 = 0o022;
#[cfg(unix)]
const READABLE_BY_OTHERS: u32 = 0o044;

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn file_is_trusted_when_only_user_or_root_can_write_it() {
        for (owner, mode, user, trusted) in [
            (1000, 0o100_600, 1000, true),
            (1000, 0o100_644, 1000, true),
            (0, 0o100_644, 1000, true),
            (0, 0o100_600, 0, true),
            (1001, 0o100_644, 1000, false),
            // What another user owns gets a password of root's least of all.
            (1000, 0o100_600, 0, false),
            (1000, 0o100_664, 1000, false),
            (1000, 0o100_646, 1000, false),
            (0, 0o100_622, 0, false),
        ] {
            let checked = check(owner, mode, user);
            assert_eq!(checked.is_ok(), trusted, "{owner} {mode:o} {user}");
        }
    }

    #[test]
    fn refusal_names_file_reason_and_remedy() {
        let words = |reason| {
            let path = PathBuf::from("/etc/cmqtt.toml");
            FileError { path, reason }.to_string()
        };
        assert_eq!(
            words(FileRefusal::ForeignOwner { owner: 7, user: 0 }),
            "/etc/cmqtt.toml: owned by user 7, who could change it; only your own files and root's are used: \
             `chown 0 /etc/cmqtt.toml` if you trust its content"
        );
        assert_eq!(
            words(FileRefusal::WritableByOthers { mode: 0o664 }),
            "/etc/cmqtt.toml: other users can write to it (mode 664): `chmod go-w /etc/cmqtt.toml`"
        );
    }

    #[test]
    fn pipe_directory_and_device_are_refused_without_waiting() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).expect("a pipe");
        for path in [pipe.as_path(), folder.path(), Path::new("/dev/zero")] {
            let error = TrustedFile::read(path, 10).expect_err("refused");
            assert!(matches!(error.reason, FileRefusal::NotRegular), "{error}");
        }
    }

    #[test]
    fn opened_file_is_checked_for_its_mode_and_size() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "secret").expect("a file");
        let read = |mode, max| {
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("it is ours");
            TrustedFile::read(&path, max).map(|file| (file.bytes, file.readable_by_others))
        };
        assert_eq!(read(0o600, 6).expect("ours"), (b"secret".to_vec(), false));
        assert_eq!(read(0o640, 6).expect("ours"), (b"secret".to_vec(), true));
        assert!(matches!(
            read(0o600, 5).expect_err("long").reason,
            FileRefusal::TooLong(5)
        ));
        assert!(matches!(
            read(0o666, 6).expect_err("anybody's").reason,
            FileRefusal::WritableByOthers { mode: 0o666 }
        ));
    }
}

//! The modem's files in a folder, where they outlive the program.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::files::FileStore;

/// Keeps each file of `AT+CCERTDOWN` as one of this folder. Whoever puts a certificate there by other means has given it
/// to the modem, too.
///
/// Letters, digits, `.`, `_` and `-` of a name stand for themselves; every other byte, and a dot at the beginning, is
/// `%` and two hexadecimal digits. So every name is one of a file in this very folder. What is no ordinary file, a
/// symbolic link for one, and what is larger than a modem's file can be, is none of the modem's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderFiles(PathBuf);

impl FolderFiles {
    /// Opens the folder, and makes it if it is not there.
    ///
    /// # Errors
    /// It is not there and cannot be made, or is no folder that can be read. One that cannot be written to does: the
    /// modem answers `ERROR` to what it should store.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(&folder)?;
        fs::read_dir(&folder)?;
        Ok(Self(folder))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where a file is, if there is one.
    fn find(&self, name: &[u8]) -> Option<PathBuf> {
        let path = self.0.join(encoded(name)?);
        let metadata = fs::symlink_metadata(&path).ok()?;
        (metadata.is_file() && metadata.len() <= LARGEST).then_some(path)
    }
}

impl FileStore for FolderFiles {
    fn names(&self) -> Vec<Vec<u8>> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| decoded(entry.file_name().to_str()?));
        let mut names: Vec<_> = names.filter(|name| self.find(name).is_some()).collect();
        names.sort_unstable();
        names
    }

    fn read(&self, name: &[u8]) -> Option<Vec<u8>> {
        fs::read(self.find(name)?).ok()
    }

    fn write(&mut self, name: &[u8], file: &[u8]) -> io::Result<()> {
        let encoded = encoded(name).ok_or(ErrorKind::InvalidFilename)?;
        // No name begins with a dot. A full disk is found here, while the old file is still there.
        let unfinished = self.0.join(format!(".{encoded}"));
        let written =
            write_new(&unfinished, file).and_then(|()| fs::rename(&unfinished, self.0.join(encoded)));
        if written.is_err() {
            // It may not even have been made.
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    fn remove(&mut self, name: &[u8]) -> bool {
        self.find(name).is_some_and(|path| fs::remove_file(path).is_ok())
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a crash has left behind, or somebody has put there for us to write through.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    // It may be a key.
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The file's name in the folder; `None` for one that no modem could store, or that is too long for a folder.
fn encoded(name: &[u8]) -> Option<String> {
    let mut encoded = String::new();
    for (index, &byte) in name.iter().enumerate() {
        match byte {
            b'.' if index == 0 => encoded.push_str("%2E"),
            b'.' | b'_' | b'-' => encoded.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => encoded.push(byte.into()),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    let named = encoded.ends_with(".pem") || encoded.ends_with(".der");
    // The dot in front of an unfinished one fits, too.
    (named && encoded.len() < LONGEST).then_some(encoded)
}

/// The other way; `None` for a file that is not the modem's.
fn decoded(file: &str) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    let mut rest = file.as_bytes();
    while let [byte, behind @ ..] = rest {
        rest = behind;
        name.push(match byte {
            b'%' => {
                let (digits, behind) = rest.split_at_checked(2)?;
                rest = behind;
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
            }
            byte => *byte,
        });
    }
    let quotable = !name.iter().any(|byte| byte.is_ascii_control() || *byte == b'"');
    (quotable && encoded(&name).as_deref() == Some(file)).then_some(name)
}

/// What file systems take, in bytes.
const LONGEST: usize = 255;

/// What `AT+CCERTDOWN` takes, in bytes.
const LARGEST: u64 = 10240;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &[u8], file: &str) {
        assert_eq!(encoded(name).as_deref(), Some(file));
        assert_eq!(decoded(file).as_deref(), Some(name));
    }

    #[test]
    fn names_stay_in_the_folder() {
        check(b"server_ca.pem", "server_ca.pem");
        check(b"../../etc/x.pem", "%2E.%2F..%2Fetc%2Fx.pem");
        check(b"..pem", "%2E.pem");
        check(b"a b%\\.der", "a%20b%25%5C.der");
        check("é.pem".as_bytes(), "%C3%A9.pem");
    }

    #[test]
    fn what_no_modem_has_stored_is_not_its_file() {
        for file in [
            "readme.txt",
            ".a.pem",
            "%41.pem",
            "%2e.pem",
            "%",
            "%4",
            "%zz.pem",
            "%+1.pem",
            "a b.pem",
            "%22.pem",
            "%0D.pem",
            "",
        ] {
            assert_eq!(decoded(file), None, "{file}");
        }
        assert_eq!(encoded(&[b"a".repeat(251).as_slice(), b".pem"].concat()), None);
        assert_eq!(encoded(b"passwd"), None);
    }
}

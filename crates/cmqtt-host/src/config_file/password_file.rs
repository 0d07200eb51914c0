//! A file that holds a password and nothing else.

use std::path::Path;

use super::trusted::TrustedFile;
use super::{FileError, FileRefusal, Hidden, MAX, readable};

/// A password from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordFile {
    /// The file's first line, without its line end.
    pub password: Hidden,
    /// A sentence for the user, where others can read the file.
    pub warning: Option<String>,
}

impl PasswordFile {
    /// Reads the file, which the user or root has to own and nobody else may write to.
    ///
    /// # Errors
    /// [`FileError`], which never quotes the file.
    pub fn load(path: &Path) -> Result<Self, FileError> {
        let file = TrustedFile::read(path, MAX)?;
        let line = file.bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let password = std::str::from_utf8(line).map_err(|_| FileError {
            path: path.to_owned(),
            reason: FileRefusal::NotUtf8,
        })?;
        Ok(Self {
            password: password.to_owned().into(),
            warning: file.readable_by_others.then(|| readable("password", path)),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn password_is_the_first_line_without_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        let password = |content: &[u8]| {
            fs::write(&path, content).expect("a file");
            PasswordFile::load(&path).map(|file| file.password.reveal().to_owned())
        };
        for (content, expected) in [
            (&b"hunter2"[..], "hunter2"),
            (b"hunter2\n", "hunter2"),
            (b"hunter2\r\nsecond\n", "hunter2"),
            (b" hunter 2 \n", " hunter 2 "),
            (b"\n", ""),
            (b"", ""),
        ] {
            assert_eq!(password(content).expect("a password"), expected);
        }
        let error = password(b"hunter\xff").expect_err("not text");
        assert!(matches!(error.reason, FileRefusal::NotUtf8));
        assert!(!format!("{error} {error:?}").contains("hunter"));
    }

    #[cfg(unix)]
    #[test]
    fn password_file_that_others_can_read_is_warned_of() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        fs::write(&path, "hunter2").expect("a file");
        let load = |mode| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
            PasswordFile::load(&path)
        };
        assert_eq!(load(0o400).expect("a password").warning, None);
        let warning = load(0o440).expect("a password").warning.expect("a warning");
        assert!(
            warning.starts_with("others can read the password in "),
            "{warning}"
        );
        assert!(matches!(
            load(0o660).expect_err("anybody's").reason,
            FileRefusal::WritableByOthers { .. }
        ));
    }
}

//! A symbolic link to a device whose own name changes from run to run.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::{fs, process};

/// A symbolic link that is removed when it is dropped, unless it leads elsewhere by then.
#[derive(Debug)]
pub(super) struct Link {
    link: PathBuf,
    target: PathBuf,
}

impl Link {
    /// Makes the link, in one step: whoever looks finds the old one or the new one. Only a symbolic link is replaced.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`]: something stands there that is no symbolic link. Otherwise what the system says.
    pub(super) fn new(link: &Path, target: &Path) -> io::Result<Self> {
        match symlink(target, link) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => replace(link, target)?,
            result => result?,
        }
        Ok(Self {
            link: link.to_owned(),
            target: target.to_owned(),
        })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if fs::read_link(&self.link).is_ok_and(|target| target == self.target) {
            // Nothing can be done about a directory that has become read-only.
            let _ = fs::remove_file(&self.link);
        }
    }
}

fn replace(link: &Path, target: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(link)?.is_symlink() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let mut name = OsString::from(".");
    name.push(link.file_name().ok_or(ErrorKind::InvalidInput)?);
    name.push(format!(".{}", process::id()));
    let new = link.with_file_name(name);
    symlink(target, &new)?;
    fs::rename(&new, link).inspect_err(|_| {
        let _ = fs::remove_file(&new);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("cmqtt-link-{}-{name}", process::id()));
            fs::create_dir_all(&path).expect("a directory");
            Self(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn names(directory: &Directory) -> Vec<String> {
        let entries = fs::read_dir(&directory.0).expect("a directory");
        entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    }

    #[test]
    fn it_is_made_replaced_and_removed() {
        let directory = Directory::new("replaced");
        let path = directory.0.join("modem");
        let first = Link::new(&path, Path::new("/dev/one")).expect("a link");
        let second = Link::new(&path, Path::new("/dev/two")).expect("a link in the place of the first");
        assert_eq!(fs::read_link(&path).expect("a link"), Path::new("/dev/two"));
        drop(first);
        assert_eq!(
            names(&directory),
            ["modem"],
            "the second's is not the first's to remove"
        );
        drop(second);
        assert_eq!(names(&directory), [""; 0]);
    }

    #[test]
    fn what_is_no_link_stays() {
        let directory = Directory::new("file");
        let path = directory.0.join("notes");
        fs::write(&path, "mine").expect("a file");
        let error = Link::new(&path, Path::new("/dev/one")).expect_err("a file stands there");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("the file"), b"mine");
        assert_eq!(names(&directory), ["notes"]);
        let error = Link::new(&directory.0, Path::new("/dev/one")).expect_err("a directory stands there");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    }
}

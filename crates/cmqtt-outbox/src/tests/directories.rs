//! Real directories, and what may lie there instead of an outbox.

use std::fs;
use std::path::Path;

use super::{message, waiting};
use crate::folder::Folder;
use crate::{Id, Limits, Outbox, Receipt};

fn open(dir: &Path) -> Result<Outbox, String> {
    // Where it is differs from run to run.
    let there = dir.parent().unwrap().to_str().unwrap().to_owned();
    Outbox::open(dir, &Limits::default()).map_err(|error| error.to_string().replace(&there, ""))
}

#[test]
fn messages_outlive_the_program_and_numbers_never_come_again() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("a/b/outbox");
    let mut outbox = open(&dir).unwrap();
    let accepted = outbox.accept_all(&["a", "b"].map(message)).unwrap();
    assert_eq!(accepted.len(), 2);
    drop(outbox);
    let mut outbox = open(&dir).unwrap();
    assert_eq!((outbox.len(), outbox.bytes()), (2, 4));
    for payload in ["a", "b"] {
        let next = outbox.next_message().unwrap().unwrap();
        assert_eq!(next.message.payload, payload.as_bytes());
        assert!(outbox.confirm(next.id).unwrap());
    }
    assert_eq!(outbox.next_message().unwrap(), None);
    drop(outbox);
    let mut outbox = open(&dir).unwrap();
    assert!(outbox.is_empty());
    let Receipt::Stored { id, .. } = outbox.accept(&message("c")).unwrap() else {
        panic!("there is room");
    };
    assert_eq!(id, Id::from(3));
    assert_eq!(waiting(&mut outbox), ["c"]);
}

#[test]
fn a_second_one_is_told_which_directory_is_taken() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("outbox");
    let first = open(&dir).unwrap();
    insta::assert_snapshot!(
        open(&dir).unwrap_err(),
        @"the outbox /outbox is in use by another program; end that one, or name another directory"
    );
    drop(first);
    open(&dir).unwrap();
}

#[test]
fn what_is_no_outbox_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    fs::write(&file, "mine").unwrap();
    insta::assert_snapshot!(
        open(&file).unwrap_err(),
        @"/file is no outbox: it is a file, and an outbox is a directory; name another directory"
    );
    let dir = place.path().join("outbox");
    fs::create_dir(&dir).unwrap();
    let inside = dir.join("outbox.redb");
    for content in [&b""[..], b"x", &[0; 5000], &[b'x'; 200_000]] {
        fs::write(&inside, content).unwrap();
        let error = open(&dir).unwrap_err();
        assert!(error.starts_with("/outbox/outbox.redb is no outbox: "), "{error}");
        assert_eq!(fs::read(&inside).unwrap(), content);
    }
    fs::remove_file(&inside).unwrap();
    redb::Database::create(&inside).unwrap();
    insta::assert_snapshot!(
        open(&dir).unwrap_err(),
        @"/outbox/outbox.redb is no outbox: it is a database of something else; name another directory"
    );
}

#[test]
fn one_of_a_later_version_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("outbox");
    open(&dir).unwrap().accept(&message("kept")).unwrap();
    let folder = Folder::take(&dir).unwrap();
    folder.open().unwrap().0.set_format(2);
    drop(folder);
    insta::assert_snapshot!(
        open(&dir).unwrap_err(),
        @"/outbox/outbox.redb is an outbox of format 2, and this program knows 1; use the program that made it"
    );
}

#[test]
fn one_that_was_being_made_is_made_anew() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("outbox");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("outbox.new"), b"redb and a half").unwrap();
    let mut outbox = open(&dir).unwrap();
    outbox.accept(&message("x")).unwrap();
    assert!(!dir.join("outbox.new").exists());
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("outbox");
    open(&dir).unwrap();
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
}

#[cfg(unix)]
#[test]
fn files_of_an_outbox_are_private_in_an_open_directory() {
    use std::os::unix::fs::PermissionsExt;

    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("outbox");
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    let files = || ["lock", "outbox.redb"].map(|name| dir.join(name));
    let modes = || files().map(|path| fs::metadata(path).unwrap().permissions().mode() & 0o777);
    drop(open(&dir).unwrap());
    assert_eq!(modes(), [0o600; 2]);
    // As an earlier version has made them.
    for path in files() {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    drop(open(&dir).unwrap());
    assert_eq!(modes(), [0o600; 2]);
}

#[cfg(unix)]
#[test]
fn link_that_leads_nowhere_is_named() {
    let place = tempfile::tempdir().unwrap();
    let link = place.path().join("link");
    std::os::unix::fs::symlink("/nowhere", &link).unwrap();
    insta::assert_snapshot!(
        open(&link).unwrap_err(),
        @"/link is no outbox: it is a link to /nowhere, which is not there; name another directory"
    );
    let dir = place.path().join("outbox");
    fs::create_dir(&dir).unwrap();
    std::os::unix::fs::symlink(&dir, place.path().join("good")).unwrap();
    drop(open(&place.path().join("good")).unwrap());
}

#[cfg(unix)]
#[test]
fn file_of_another_kind_in_an_outbox_is_refused_at_once() {
    use std::os::unix::net::UnixListener;

    use rustix::fs::{CWD, Mode, mkfifoat};

    let place = tempfile::tempdir().unwrap();
    let victim = place.path().join("victim");
    fs::write(&victim, "theirs").unwrap();
    let makes: [&dyn Fn(&Path); 5] = [
        &|path| mkfifoat(CWD, path, Mode::RWXU).unwrap(),
        &|path| fs::create_dir(path).unwrap(),
        &|path| drop(UnixListener::bind(path).unwrap()),
        &|path| std::os::unix::fs::symlink(&victim, path).unwrap(),
        &|path| std::os::unix::fs::symlink("/nowhere", path).unwrap(),
    ];
    for name in ["lock", "outbox.redb", "outbox.new"] {
        for (number, make) in makes.iter().enumerate() {
            let dir = place.path().join(format!("{name}-{number}"));
            fs::create_dir(&dir).unwrap();
            make(&dir.join(name));
            let error = open(&dir).unwrap_err();
            let expected = format!("/{name}-{number}/{name} is no outbox: it is no regular file");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
    assert_eq!(fs::read(&victim).unwrap(), b"theirs");
}

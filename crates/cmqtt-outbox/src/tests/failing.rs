//! A disk that is full, and one that is broken.

use proptest::prelude::*;

use super::disk::Disk;
use super::{message, waiting};
use crate::{Error, Limits, Message, Outbox, Receipt};

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let disk = Disk::with_outbox();
    let mut outbox = Outbox::at(disk.clone(), &Limits::default()).unwrap();
    outbox.accept_all(&["a", "b"].map(message)).unwrap();
    disk.set_capacity(Some(disk.bytes().len()));
    let large = Message::new("t", vec![b'x'; 1_000_000]).unwrap();
    let error = outbox.accept(&large).unwrap_err();
    insta::assert_snapshot!(error, @"disk: no storage space; make room on it");
    // It goes on trying.
    let error = outbox.accept(&large).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(waiting(&mut outbox), ["a", "b"]);
    assert_eq!((outbox.len(), outbox.bytes()), (2, 4));
    // What is there can be delivered.
    let next = outbox.next_message().unwrap().unwrap();
    assert!(outbox.confirm(next.id).unwrap());
    disk.set_capacity(None);
    let Receipt::Stored { id, .. } = outbox.accept(&large).unwrap() else {
        panic!("there is room");
    };
    assert_eq!(id.get(), 3);
    assert_eq!(outbox.len(), 2);
}

#[test]
fn what_cannot_be_removed_is_not_handed_out_again() {
    let disk = Disk::with_outbox();
    let mut outbox = Outbox::at(disk.clone(), &Limits::default()).unwrap();
    outbox.accept_all(&["a", "b", "c"].map(message)).unwrap();
    // Not even what is there can be written anew.
    disk.set_capacity(Some(0));
    let first = outbox.next_message().unwrap().unwrap();
    let error = outbox.confirm(first.id).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    disk.set_capacity(None);
    let second = outbox.next_message().unwrap().unwrap();
    assert_eq!(second.message.payload, b"b");
    assert!(outbox.confirm(second.id).unwrap());
    assert_eq!((outbox.len(), outbox.bytes()), (1, 2));
    assert_eq!(waiting(&mut outbox), ["c"]);
}

#[test]
fn a_disk_that_does_not_confirm_ends_it() {
    let disk = Disk::with_outbox();
    let mut outbox = Outbox::at(disk.clone(), &Limits::default()).unwrap();
    outbox.accept(&message("a")).unwrap();
    disk.break_syncs();
    let error = outbox.accept(&message("b")).unwrap_err();
    insta::assert_snapshot!(error, @"disk: the disk did not confirm a write: input/output error; look after the disk, then start again");
    assert!(matches!(outbox.next_message(), Err(Error::Sync { .. })));
    assert!(matches!(outbox.accept(&message("b")), Err(Error::Sync { .. })));
}

proptest! {
    /// A byte that the disk has lost is found when it matters: the outbox holds what it held, or says that it is damaged.
    #[test]
    fn a_file_that_was_changed(at: prop::sample::Index, mask in 1_u8.., len: Option<prop::sample::Index>) {
        let disk = Disk::with_outbox();
        let mut outbox = Outbox::at(disk.clone(), &Limits::default()).unwrap();
        outbox.accept_all(&["a", "b", "c"].map(message)).unwrap();
        drop(outbox);
        let mut bytes = disk.bytes();
        *at.get_mut(&mut bytes) ^= mask;
        if let Some(len) = len {
            bytes.truncate(len.index(bytes.len()));
        }
        match Outbox::at(Disk::of(bytes), &Limits::default()) {
            Ok(mut outbox) => prop_assert_eq!(waiting(&mut outbox), ["a", "b", "c"]),
            Err(Error::Damaged { .. } | Error::NotAnOutbox { .. } | Error::Io { .. }) => {}
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}

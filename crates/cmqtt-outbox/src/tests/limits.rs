//! What gives way when an outbox is full.

use super::disk::Disk;
use super::{message, waiting};
use crate::{Error, Limits, Message, Outbox, Overflow, Receipt, Refusal};

fn outbox(messages: u64, bytes: u64, overflow: Overflow) -> Outbox {
    let limits = Limits {
        messages,
        bytes,
        overflow,
    };
    Outbox::at(Disk::with_outbox(), &limits).unwrap()
}

#[track_caller]
fn stored(receipt: Receipt) -> (u64, Vec<u64>) {
    match receipt {
        Receipt::Stored { id, displaced } => (
            id.get(),
            displaced.into_iter().map(|gone| gone.id.get()).collect(),
        ),
        Receipt::Dropped => panic!("it was dropped"),
    }
}

#[test]
fn what_comes_is_refused() {
    let mut outbox = outbox(2, 1000, Overflow::Refuse);
    for number in 1..=2 {
        assert_eq!(stored(outbox.accept(&message("x")).unwrap()), (number, vec![]));
    }
    let error = outbox.accept(&message("y")).unwrap_err();
    insta::assert_snapshot!(error, @"the outbox is full: 2 messages with 4 bytes wait to be delivered");
    assert_eq!(outbox.room_for(&["y"].map(message)), 0);
    assert_eq!(waiting(&mut outbox), ["x", "x"]);
    let next = outbox.next_message().unwrap().unwrap();
    assert!(outbox.confirm(next.id).unwrap());
    let large = "x".repeat(1000);
    assert_eq!(outbox.room_for(&[&large, "y", "z"].map(message)), 2);
    assert_eq!(outbox.room_for(&[&large[2..], "y"].map(message)), 0);
    assert_eq!(stored(outbox.accept(&message("y")).unwrap()), (3, vec![]));
}

#[test]
fn the_oldest_gives_way_but_never_the_one_in_hand() {
    let mut outbox = outbox(3, 12, Overflow::DropOldest);
    let messages = ["aaa", "bbb", "ccc"].map(message);
    assert_eq!(outbox.accept_all(&messages).unwrap().len(), 3);
    let in_hand = outbox.next_message().unwrap().unwrap();
    assert_eq!(stored(outbox.accept(&message("ddd")).unwrap()), (4, vec![2]));
    // It needs the bytes of two.
    assert_eq!(
        stored(outbox.accept(&message("eeeeee")).unwrap()),
        (5, vec![3, 4])
    );
    assert_eq!(waiting(&mut outbox), ["aaa", "eeeeee"]);
    assert_eq!(outbox.next_message().unwrap().unwrap(), in_hand);
    // All but the one in hand are not enough, and none is dropped in vain.
    let error = outbox.accept(&message("ffffffffff")).unwrap_err();
    assert!(matches!(
        error,
        Error::Refused(Refusal::Full {
            messages: 2,
            bytes: 11
        })
    ));
    assert_eq!(waiting(&mut outbox), ["aaa", "eeeeee"]);
    assert!(outbox.confirm(in_hand.id).unwrap());
    assert_eq!(
        stored(outbox.accept(&message("ffffffffff")).unwrap()),
        (6, vec![5])
    );
}

#[test]
fn a_group_that_does_not_fit_pushes_its_own_first_ones_out() {
    let mut outbox = outbox(2, 1000, Overflow::DropOldest);
    let messages = ["a", "b", "c"].map(message);
    let receipts = outbox.accept_all(&messages).unwrap();
    let told: Vec<_> = receipts
        .into_iter()
        .map(|receipt| stored(receipt.unwrap()))
        .collect();
    assert_eq!(told, [(1, vec![]), (2, vec![]), (3, vec![1])]);
    assert_eq!(waiting(&mut outbox), ["b", "c"]);
}

#[test]
fn the_newest_gives_way() {
    let mut outbox = outbox(1, 1000, Overflow::DropNewest);
    assert_eq!(stored(outbox.accept(&message("x")).unwrap()), (1, vec![]));
    assert_eq!(outbox.accept(&message("y")).unwrap(), Receipt::Dropped);
    assert_eq!(waiting(&mut outbox), ["x"]);
}

#[test]
fn what_can_never_fit_is_refused_and_displaces_nothing() {
    for overflow in [Overflow::Refuse, Overflow::DropOldest, Overflow::DropNewest] {
        let mut outbox = outbox(10, 8, overflow);
        outbox.accept(&message("x")).unwrap();
        let error = outbox.accept(&message("12345678")).unwrap_err();
        assert!(matches!(
            error,
            Error::Refused(Refusal::TooLarge { bytes: 9, limit: 8 })
        ));
        // The others of a group are taken.
        let messages = ["12345678", "y"].map(message);
        let receipts = outbox.accept_all(&messages).unwrap();
        assert!(matches!(receipts[..], [Err(_), Ok(Receipt::Stored { .. })]));
        assert_eq!(waiting(&mut outbox), ["x", "y"]);
    }
}

#[test]
fn what_is_set_aside_keeps_its_topic_waiting_and_no_other() {
    let mut outbox = outbox(3, 1000, Overflow::DropOldest);
    let messages = [("t", "a"), ("t", "b"), ("u", "c")];
    let messages = messages.map(|(topic, payload)| Message::new(topic, payload).unwrap());
    outbox.accept_all(&messages).unwrap();
    let first = outbox.next_message().unwrap().unwrap();
    outbox.set_aside(first.id);
    assert_eq!((outbox.len(), outbox.aside()), (3, 1));
    let other = outbox.next_message().unwrap().unwrap();
    assert_eq!(other.message.payload, b"c");
    outbox.confirm(other.id).unwrap();
    assert_eq!(outbox.next_message().unwrap(), None);
    // Its turn comes again, and then that of what is behind it.
    outbox.take_back(first.id);
    assert_eq!(outbox.next_message().unwrap().map(|next| next.id), Some(first.id));
    outbox.set_aside(first.id);
    outbox.accept(&message("c")).unwrap();
    // It is the oldest, and not in hand.
    assert_eq!(stored(outbox.accept(&message("d")).unwrap()), (5, vec![1]));
    assert_eq!(outbox.aside(), 0);
    let behind = outbox.next_message().unwrap().unwrap();
    assert_eq!(behind.message.payload, b"b");
}

#[test]
fn an_outbox_that_holds_more_than_it_may_takes_nothing_until_there_is_room() {
    let disk = Disk::with_outbox();
    let mut outbox = Outbox::at(disk.clone(), &Limits::default()).unwrap();
    outbox.accept_all(&["a", "b", "c"].map(message)).unwrap();
    drop(outbox);
    let small = Limits {
        messages: 2,
        ..Limits::default()
    };
    let mut outbox = Outbox::at(disk, &small).unwrap();
    for left in ["a", "b"] {
        assert!(outbox.accept(&message("x")).is_err());
        let next = outbox.next_message().unwrap().unwrap();
        assert_eq!(next.message.payload, left.as_bytes());
        outbox.confirm(next.id).unwrap();
    }
    outbox.accept(&message("x")).unwrap();
    assert_eq!(waiting(&mut outbox), ["c", "x"]);
}

/// What the documentation of [`Limits::bytes`] says.
#[test]
fn the_file_stays_within_four_times_the_limit() {
    for size in [100, 5000, 100_000] {
        let disk = Disk::with_outbox();
        let limits = Limits {
            bytes: 4 * 1024 * 1024,
            overflow: Overflow::DropOldest,
            ..Limits::default()
        };
        let mut outbox = Outbox::at(disk.clone(), &limits).unwrap();
        let message = Message::new("t", vec![7; size]).unwrap();
        let round: Vec<Message> = vec![message; 400_000 / size];
        for _ in 0..30 {
            outbox.accept_all(&round).unwrap();
        }
        let most = 4 * limits.bytes + 2 * 1024 * 1024;
        let len = disk.bytes().len() as u64;
        assert!(len <= most, "{len} bytes for messages of {size}");
    }
}

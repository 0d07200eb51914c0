//! A power cut at any byte of what is written, and what is there when the outbox is opened again.

use proptest::prelude::*;

use super::disk::{Cut, Dice, Disk, Entry, after_cut};
use crate::{Id, Limits, Message, Outbox, Overflow, Receipt};

/// What a program does with its outbox.
#[derive(Clone, Debug)]
enum Step {
    /// Accepts so many messages in one write, each with a payload of so many bytes.
    Accept(Vec<usize>),
    /// Takes the next in hand and confirms it.
    Deliver,
    /// Confirms some other.
    Confirm(usize),
    /// Ends, and begins anew.
    Reopen,
}

/// What ought to be there.
type Held = Vec<(Id, Message)>;

/// A program that has run, and what its disk has recorded.
struct Ran {
    before: Vec<u8>,
    log: Vec<Entry>,
    /// After each step: how long the log was when the caller heard of it, and what is held.
    heard: Vec<(usize, Held, u64)>,
}

fn run(steps: &[Step], limits: &Limits) -> Ran {
    let disk = Disk::with_outbox();
    let before = disk.bytes();
    let mut outbox = Outbox::at(disk.clone(), limits).unwrap();
    let mut held = Held::new();
    let mut last = 0;
    let mut heard = vec![(0, held.clone(), 0)];
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Accept(sizes) => {
                let messages: Vec<Message> = sizes.iter().map(|&size| sized(number, size)).collect();
                let receipts = outbox.accept_all(&messages).unwrap();
                for (receipt, message) in receipts.into_iter().zip(messages) {
                    if let Ok(Receipt::Stored { id, displaced }) = receipt {
                        held.retain(|(id, _)| displaced.iter().all(|gone| gone.id != *id));
                        held.push((id, message));
                        assert!(id.get() > last, "{id} comes a second time");
                        last = id.get();
                    }
                }
            }
            Step::Deliver => {
                let next = outbox.next_message().unwrap();
                let expected = held.first().cloned();
                assert_eq!(
                    next.as_ref().map(|next| (next.id, next.message.clone())),
                    expected
                );
                if let Some(next) = next {
                    assert!(outbox.confirm(next.id).unwrap());
                    held.remove(0);
                }
            }
            Step::Confirm(which) => {
                if !held.is_empty() {
                    let (id, _) = held.remove(which % held.len());
                    assert!(outbox.confirm(id).unwrap());
                    assert!(!outbox.confirm(id).unwrap());
                }
            }
            Step::Reopen => {
                drop(outbox);
                outbox = Outbox::at(disk.clone(), limits).unwrap();
            }
        }
        assert_eq!(outbox.len(), held.len() as u64);
        assert_eq!(
            outbox.bytes(),
            held.iter().map(|(_, message)| message.size()).sum::<u64>()
        );
        heard.push((disk.log_len(), held.clone(), last));
    }
    drop(outbox);
    Ran {
        before,
        log: disk.log(),
        heard,
    }
}

/// Opens what a cut leaves. It holds what the caller has heard of, or what the step makes of it that was being done.
fn check(ran: &Ran, cut: Cut, limits: &Limits) -> Result<(), String> {
    let disk = after_cut(&ran.before, &ran.log, cut);
    let mut outbox = Outbox::at(disk, limits).map_err(|error| format!("it does not open: {error}"))?;
    let found: Held = outbox
        .messages()
        .map_err(|error| error.to_string())?
        .into_iter()
        .map(|stored| (stored.id, stored.message))
        .collect();
    let done = ran
        .heard
        .iter()
        .rposition(|(len, ..)| *len <= cut.entries)
        .unwrap_or(0);
    let (_, held, last) = &ran.heard[done];
    let coming = ran.heard.get(done + 1).map(|(_, held, _)| held);
    if found != *held && Some(&found) != coming {
        return Err(format!(
            "found {found:?},\nheard of {held:?},\nunder way {coming:?}"
        ));
    }
    let receipt = outbox.accept(&Message::new("after", "the cut").unwrap());
    match receipt {
        Ok(Receipt::Stored { id, .. }) if id.get() <= *last => Err(format!("{id} comes a second time")),
        Ok(_) => Ok(()),
        Err(crate::Error::Refused(_)) => Ok(()),
        Err(error) => Err(format!("it takes nothing any more: {error}")),
    }
}

fn sized(number: usize, size: usize) -> Message {
    let payload: Vec<u8> = (0..size).map(|at| (number * 31 + at) as u8).collect();
    Message::new(format!("topic/{}", number % 3), payload).unwrap()
}

fn step() -> impl Strategy<Value = Step> {
    let size = prop_oneof![4 => 0_usize..60, 2 => 300_usize..3000, 1 => 4000_usize..20_000];
    prop_oneof![
        4 => proptest::collection::vec(size, 1..5).prop_map(Step::Accept),
        3 => Just(Step::Deliver),
        1 => any::<usize>().prop_map(Step::Confirm),
        1 => Just(Step::Reopen),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    let overflow = prop_oneof![
        Just(Overflow::Refuse),
        Just(Overflow::DropOldest),
        Just(Overflow::DropNewest)
    ];
    (1_u64..12, overflow).prop_map(|(messages, overflow)| Limits {
        messages,
        bytes: 40_000,
        overflow,
    })
}

proptest! {
    /// Ten cuts a program.
    #[test]
    fn whatever_a_cut_leaves(steps in proptest::collection::vec(step(), 1..20), limits in limits(), seed: u64) {
        let ran = run(&steps, &limits);
        let mut dice = Dice(seed);
        for _ in 0..10 {
            let entries = dice.below(ran.log.len() + 1);
            let written = match entries.checked_sub(1).and_then(|last| ran.log.get(last)) {
                Some(Entry::Write(_, data)) => data.len(),
                _ => 0,
            };
            let cut = Cut { entries, bytes: dice.below(written + 1), seed: dice.roll(), heeds_syncs: true };
            let checked = check(&ran, cut, &limits);
            prop_assert!(checked.is_ok(), "{cut:?}: {}", checked.unwrap_err());
        }
    }
}

#[test]
fn every_entry_of_one_program_cut_in_many_ways() {
    let limits = Limits::default();
    let ran = run(&PROGRAM.map(|step| step()), &limits);
    for entries in 0..=ran.log.len() {
        for seed in 0..20 {
            let cut = Cut {
                entries,
                bytes: Dice(seed).below(5000),
                seed,
                heeds_syncs: true,
            };
            check(&ran, cut, &limits).unwrap_or_else(|error| panic!("{cut:?}: {error}"));
        }
    }
}

/// The check would see it: on a disk that takes no heed of syncs, messages are lost.
#[test]
fn a_disk_that_lies_is_found_out() {
    let limits = Limits::default();
    let ran = run(&PROGRAM.map(|step| step()), &limits);
    let lost = (0..200).filter(|&seed| {
        let cut = Cut {
            entries: ran.log.len(),
            bytes: usize::MAX,
            seed,
            heeds_syncs: false,
        };
        check(&ran, cut, &limits).is_err()
    });
    assert!(lost.count() > 100);
}

const PROGRAM: [fn() -> Step; 8] = [
    || Step::Accept(vec![10, 2000, 0]),
    || Step::Deliver,
    || Step::Accept(vec![9000]),
    || Step::Reopen,
    || Step::Deliver,
    || Step::Accept(vec![1; 4]),
    || Step::Confirm(2),
    || Step::Deliver,
];

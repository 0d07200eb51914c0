//! Each fault of the line as it looks from its two ends.

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;
use crate::{FaultClass, FaultKind, Forecast};

fn wire(plan: &str) -> Wire {
    let mut wire = Wire::new(None, Duration::ZERO);
    wire.set_faults(&plan.parse().expect("a plan"));
    wire
}

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What is read until nothing more comes, read by read, with its time.
fn reads(wire: &mut Wire, way: Direction) -> Vec<(Duration, String)> {
    let mut reads = Vec::new();
    while let Some(now) = wire.next_arrival(way) {
        let bytes = wire.receive(now, way);
        assert!(!bytes.is_empty(), "nothing has arrived at {now:?}");
        reads.push((now, bytes.escape_ascii().to_string()));
    }
    reads
}

/// `abcdef` is sent to the host after 10 s.
#[track_caller]
fn check(plan: &str, expect: &[(u64, &str)], happened: &[&str]) {
    // In one piece, or in several: the same.
    for pieces in [&[&b"abcdef"[..]][..], &[b"a", b"bc", b"def"]] {
        let mut wire = wire(plan);
        for piece in pieces {
            wire.send(at(10), Direction::ToHost, piece);
        }
        let expect: Vec<_> = expect
            .iter()
            .map(|&(time, bytes)| (at(time), bytes.to_owned()))
            .collect();
        assert_eq!(reads(&mut wire, Direction::ToHost), expect, "{plan}");
        let all: Vec<_> = std::iter::from_fn(|| wire.poll_happened())
            .map(|one| one.to_string())
            .collect();
        assert_eq!(all, happened, "{plan}");
        // The other way nothing happens.
        wire.send(at(10), Direction::ToModem, b"AT\r");
        assert_eq!(wire.receive(at(10), Direction::ToModem), b"AT\r");
    }
}

#[test]
fn bytes_are_lost_doubled_flipped_and_joined_by_others() {
    check("3s lose to-host", &[(10, "bcdef")], &["10s lose to-host, byte 0"]);
    check(
        "10s +2 lose to-host",
        &[(10, "abdef")],
        &["10s lose to-host, byte 2"],
    );
    check(
        "0s +5 double to-host",
        &[(10, "abcdeff")],
        &["10s double to-host, byte 5"],
    );
    check(
        "0s +1 flip to-host 5",
        &[(10, "aBcdef")],
        &["10s flip to-host 5, byte 1"],
    );
    check(
        r#"0s +1 garbage to-host "\xff\x00""#,
        &[(10, r"a\xff\x00bcdef")],
        &[r#"10s garbage to-host "\xff\x00", byte 1"#],
    );
    // Two at one byte, in the plan's order.
    check(
        "0s double to-host\n0s flip to-host 5",
        &[(10, "AAbcdef")],
        &["10s double to-host, byte 0", "10s flip to-host 5, byte 0"],
    );
}

#[test]
fn bytes_are_late_and_none_overtakes_another() {
    check(
        "0s +3 pause to-host 5s",
        &[(10, "abc"), (15, "def")],
        &["10s pause to-host 5s, byte 3"],
    );
    let mut wire = wire("0s +1 pause to-host 5s");
    wire.send(at(10), Direction::ToHost, b"ab");
    wire.send(at(12), Direction::ToHost, b"c");
    wire.send(at(16), Direction::ToHost, b"d");
    let expect = [(10, "a"), (15, "bc"), (16, "d")].map(|(time, bytes)| (at(time), bytes.to_owned()));
    assert_eq!(reads(&mut wire, Direction::ToHost), expect);
}

#[test]
fn reads_are_split() {
    check(
        "0s +2 split to-host 1 1",
        &[(10, "ab"), (10, "cdef")],
        &["10s split to-host 1 1, byte 2"],
    );
    check(
        "0s +1 split to-host 2 3",
        &[(10, "a"), (10, "bc"), (10, "de"), (10, "f")],
        &["10s split to-host 2 3, byte 1"],
    );
}

#[test]
fn what_waits_for_its_time_or_comes_too_late_does_nothing() {
    check("11s lose to-host", &[(10, "abcdef")], &[]);
    check("until 10s\n3s lose to-host", &[(10, "abcdef")], &[]);
    check("0s +6 lose to-host", &[(10, "abcdef")], &[]);
}

#[test]
fn a_cut_line_carries_nothing_and_tells_nobody() {
    let mut wire = wire("10s cut 5s");
    assert_eq!(wire.next_fault(), Some(at(10)));
    for second in [9, 10, 14, 15] {
        wire.send(at(second), Direction::ToHost, second.to_string().as_bytes());
    }
    let heard: String = reads(&mut wire, Direction::ToHost)
        .into_iter()
        .map(|(_, bytes)| bytes)
        .collect();
    assert_eq!(heard, "915");
    assert_eq!(wire.poll_port(at(20)), None);
    assert_eq!(
        wire.poll_happened().map(|one| one.to_string()).as_deref(),
        Some("10s cut 5s")
    );
}

#[test]
fn a_port_that_is_gone_takes_what_was_under_way_and_comes_back() {
    let mut wire = Wire::new(NonZeroU32::new(10), Duration::ZERO);
    wire.set_faults(
        &"10s unplug 5s\n12s unplug 1s\n100s unplug 1s"
            .parse()
            .expect("a plan"),
    );
    wire.send(at(8), Direction::ToHost, b"abcdef");
    assert_eq!(wire.receive(at(9), Direction::ToHost), b"a");
    assert_eq!(wire.next_fault(), Some(at(10)));
    assert_eq!(wire.poll_port(at(9)), None);
    assert_eq!(wire.poll_port(at(10)), Some(Port::Gone));
    assert_eq!(wire.poll_port(at(10)), None);
    assert_eq!(wire.receive(at(11), Direction::ToHost), b"");
    wire.send(at(11), Direction::ToModem, b"AT");
    assert_eq!(wire.poll_port(at(12)), None);
    assert_eq!(wire.next_fault(), Some(at(15)));
    assert_eq!(wire.poll_port(at(15)), Some(Port::Back));
    assert_eq!(wire.next_arrival(Direction::ToModem), None);
    wire.send(at(20), Direction::ToModem, b"\r");
    assert_eq!(wire.receive(at(21), Direction::ToModem), b"\r");
    // A loop that looks late learns of both.
    assert_eq!(wire.poll_port(at(200)), Some(Port::Gone));
    assert_eq!(wire.poll_port(at(200)), Some(Port::Back));
    assert_eq!(wire.poll_port(at(200)), None);
    assert_eq!(wire.next_fault(), None);
}

/// All that arrives, read by read, and all that happens, when chunks are sent a second apart.
fn run(plan: &FaultPlan, chunks: &[Vec<u8>], baud: Option<u32>) -> (Vec<(Duration, String)>, Vec<Happened>) {
    let mut wire = Wire::new(baud.and_then(NonZeroU32::new), Duration::ZERO);
    wire.set_faults(plan);
    for (second, chunk) in (0..).zip(chunks) {
        wire.send(at(second), Direction::ToHost, chunk);
    }
    let reads = reads(&mut wire, Direction::ToHost);
    (reads, std::iter::from_fn(|| wire.poll_happened()).collect())
}

fn chunks() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..40)
}

proptest! {
    #[test]
    fn without_faults_nothing_changes(chunks in chunks(), baud in proptest::option::of(300u32..1_000_000)) {
        let mut plain = Wire::new(baud.and_then(NonZeroU32::new), Duration::ZERO);
        for (second, chunk) in (0..).zip(&chunks) {
            plain.send(at(second), Direction::ToHost, chunk);
        }
        let (reads_with, happened) = run(&FaultPlan::default(), &chunks, baud);
        prop_assert_eq!(reads_with, reads(&mut plain, Direction::ToHost));
        prop_assert!(happened.is_empty());
    }

    #[test]
    fn clean_faults_alter_no_byte(chunks in chunks(), seed in any::<u64>()) {
        let forecast = Forecast::calm(at(40))
            .with(FaultKind::Pause, 10)
            .with(FaultKind::Split, 10);
        let (reads, happened) = run(&forecast.draw(seed), &chunks, None);
        let heard: String = reads.into_iter().map(|(_, bytes)| bytes).collect();
        prop_assert_eq!(heard, chunks.concat().escape_ascii().to_string());
        prop_assert!(happened.iter().all(|one| one.fault.what.kind().class() == FaultClass::Clean));
    }

    #[test]
    fn what_happened_happens_again_without_the_seed(chunks in chunks(), seed in any::<u64>()) {
        let mut forecast = Forecast::of(FaultClass::Dirty, 5, at(40)).with(FaultKind::Pause, 5).with(FaultKind::Split, 5);
        forecast.bytes = 100;
        let plan = forecast.draw(seed);
        let (reads, happened) = run(&plan, &chunks, None);
        prop_assert_eq!((&reads, &happened), (&run(&plan, &chunks, None).0, &run(&plan, &chunks, None).1));
        let replay = FaultPlan::replay(&happened, None).to_string().parse().expect("its own text");
        prop_assert_eq!((reads, happened), run(&replay, &chunks, None));
    }
}

//! A few of the worlds of `cargo xtask simulate`, the same every time.

use std::fmt::Write as _;

use cmqtt_tests::simulation::{Limits, Scenario, Tally, generate, run, shrink};

/// Each that fails says how to see it again.
fn play(seeds: std::ops::Range<u64>) {
    let mut tally = Tally::default();
    for seed in seeds {
        let scenario = generate(seed, Limits::default());
        match run(&scenario) {
            Ok(one) => tally.add(&one),
            Err(broken) => {
                let shortest = shrink(&scenario, &broken, 300);
                let mut report = String::new();
                let _ = writeln!(report, "seed {seed}: {broken:?}\n{shortest}");
                panic!("{report}see it: cargo xtask simulate --seed {seed} --seeds 1");
            }
        }
    }
    // A simulation in which nothing happens proves nothing.
    assert!(tally.told["restored"] > tally.worlds, "{tally:?}");
    assert!(tally.deliveries["delivered"] > tally.worlds, "{tally:?}");
    assert!(tally.duplicates > 0 && tally.received > tally.worlds, "{tally:?}");
}

#[test]
fn the_first_worlds_break_no_rule() {
    play(0..800);
}

#[test]
fn more_worlds_break_no_rule() {
    play(800..1600);
}

/// Each of `tests/worlds` broke a rule once.
#[test]
fn what_was_broken_once_is_whole() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds");
    let mut worlds: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    worlds.sort();
    assert!(worlds.len() > 5);
    for world in worlds {
        let text = std::fs::read_to_string(&world).expect("a text");
        let scenario: Scenario = text.parse().expect("a scenario");
        if let Err(broken) = run(&scenario) {
            panic!(
                "{broken:?}\nsee it: cargo xtask simulate --replay {}",
                world.display()
            );
        }
    }
}

#[test]
fn a_scenario_reads_back_from_its_text() {
    for seed in 0..200 {
        let scenario = generate(seed, Limits::default());
        let again: Scenario = scenario.to_string().parse().expect("what was printed is read");
        assert_eq!(again, scenario, "seed {seed}");
    }
}

#[test]
fn the_same_seed_is_the_same_world() {
    for seed in 0..20 {
        let play = || format!("{:?}", run(&generate(seed, Limits::default())));
        assert_eq!(play(), play(), "seed {seed}");
    }
}

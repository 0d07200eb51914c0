//! A soak of a few seconds; `cargo xtask soak --minutes N` makes one of as many minutes of it.

use std::time::Duration;

use cmqtt_tests::soak::Soak;

/// Set by `cargo xtask soak`: the minutes, and the seed.
const MINUTES: &str = "CMQTT_SOAK_MINUTES";
const SEED: &str = "CMQTT_SOAK_SEED";

#[test]
fn what_is_reported_delivered_has_arrived() {
    let minutes: Option<u64> = std::env::var(MINUTES)
        .ok()
        .map(|minutes| minutes.parse().expect("minutes"));
    let seed = std::env::var(SEED).map_or(1, |seed| seed.parse().expect("a seed"));
    let soak = match minutes {
        Some(minutes) => Soak {
            time: Duration::from_secs(60 * minutes),
            settle: Duration::from_secs(600),
            must_end: true,
            every: Duration::from_secs(5),
            away: Duration::from_secs(40),
            kill_every: Duration::from_secs(45),
            seed,
            talks: true,
        },
        None => Soak {
            time: Duration::from_secs(12),
            settle: Duration::from_secs(12),
            must_end: false,
            every: Duration::from_millis(500),
            away: Duration::from_millis(800),
            kill_every: Duration::from_secs(4),
            seed,
            talks: false,
        },
    };
    let report = soak.run();
    println!("{report}");
    assert!(report.wrong.is_empty(), "{report}");
    for (name, _, tally) in &report.sides {
        assert!(tally.delivered > 0 && tally.lost > 0, "{name}: {report}");
    }
}

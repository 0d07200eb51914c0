//! `cargo xtask trials [--count N] [--seed N]`: `kill -9` at random moments of `cmqtt pub --spool` and `cmqtt gateway`, over a
//! simulated modem to a real broker, and what was sent, received and is still spooled. The tests do a few of them.

use crate::shell::{Result, Run};
use crate::tools;

pub(crate) fn run(arguments: &[String]) -> Result {
    let (mut count, mut seed) = (COUNT, 1);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = match argument.as_str() {
            "--count" => &mut count,
            "--seed" => &mut seed,
            surplus => return Err(format!("takes --count N and --seed N, but got {surplus}")),
        };
        let number = rest.next().and_then(|number| number.parse().ok());
        *value = number.ok_or_else(|| format!("{argument} wants a number"))?;
    }
    tools::ensure()?;
    Run::new(TRIALS)
        .environment("CMQTT_TRIALS", &count.to_string())
        .environment("CMQTT_SEED", &seed.to_string())
        .last_step("trials")
}

/// How many there are of each kind when nobody says otherwise.
const COUNT: u64 = 1000;

/// With what it prints: the numbers. One after the other: a program that one test starts holds for a moment what another has
/// open, and a spool would seem to be in use.
const TRIALS: &str =
    "cargo test --package cmqtt-cli --locked --test tool -- trials:: --nocapture --test-threads=1";

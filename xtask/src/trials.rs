//! `cargo xtask trials`: `kill -9` at random moments of `cmqtt pub --spool` and `cmqtt gateway`, over a
//! simulated modem to a real broker, and what was sent, received and is still spooled. The tests do a few of them.

use crate::shell::{Result, Run};
use crate::tools;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many there are of each kind
    #[arg(long, value_name = "N", default_value_t = 1000)]
    count: u64,
    /// Of the moments
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(Arguments { count, seed }: &Arguments) -> Result {
    tools::ensure()?;
    Run::new(TRIALS)
        .environment("CMQTT_TRIALS", &count.to_string())
        .environment("CMQTT_SEED", &seed.to_string())
        .last_step("trials")
}

/// With what it prints: the numbers. One after the other: a program that one test starts holds for a moment what another has
/// open, and a spool would seem to be in use.
const TRIALS: &str =
    "cargo test --package cmqtt-cli --locked --test tool -- trials:: --nocapture --test-threads=1";

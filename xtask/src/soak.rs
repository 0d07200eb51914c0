//! `cargo xtask soak`: both adapters for minutes, behind modems for which everything goes wrong, and
//! a broker that is killed again and again. What was reported delivered has to have arrived.

use crate::shell::{Result, Run};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How long; a shorter one is among the tests
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,
    /// Of the faults
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(Arguments { minutes, seed }: &Arguments) -> Result {
    Run::new("cargo test --locked --package cmqtt-tests --test soak -- --nocapture")
        .environment("CMQTT_SOAK_MINUTES", &minutes.to_string())
        .environment("CMQTT_SOAK_SEED", &seed.to_string())
        .last_step("soak")
}

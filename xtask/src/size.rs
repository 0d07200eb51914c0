//! `cargo xtask size`: what the two cores cost a microcontroller. Built for the host, so a guide and no promise.

use crate::shell::{Result, Run};

pub(crate) fn run(_: &[String]) -> Result {
    Run::new("cargo build --release --locked --quiet --manifest-path xtask/bare/Cargo.toml")
        .environment("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")
        .step("both cores and every command, optimised for size")?;
    Run::new("size xtask/bare/target/release/bare").step("bytes")
}

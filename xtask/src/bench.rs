//! `cargo xtask bench [arguments]`: the benchmarks; criterion gets the arguments.

use crate::shell::{Result, Run};

pub(crate) fn run(arguments: &[String]) -> Result {
    Run::new("cargo bench --package cmqtt-benches --locked --")
        .arguments(arguments)
        .step("benchmarks")
}

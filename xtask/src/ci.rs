//! `cargo xtask ci`: the tests, then what takes longer or needs tools that a fresh machine lacks.

use crate::shell::{Result, Run};
use crate::{fuzz, size, test};

pub(crate) fn run(arguments: &[String]) -> Result {
    test::run(arguments)?;
    Run::new("cargo bench --workspace --locked -- --test").step("benchmarks, once through")?;
    fuzz::run(&[String::from("60")])?;
    size::run(&[])
}

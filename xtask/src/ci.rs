//! `cargo xtask ci`: the tests, then what takes longer or needs tools that a fresh machine lacks.

use crate::shell::{Result, Run};
use crate::{fuzz, size, test};

pub(crate) fn run() -> Result {
    test::run()?;
    Run::new("cargo bench --workspace --locked -- --test").step("benchmarks, once through")?;
    fuzz::run(&fuzz::Arguments::seconds(60))?;
    size::run()
}

//! `cargo xtask test`: all that a change has to pass, the quickest to fail first. It ends with the test runner's
//! own summary.

use crate::shell::{Result, Run};
use crate::{bare, package, tidy, tools};

pub(crate) fn run() -> Result {
    tools::ensure()?;
    Run::new("cargo fmt --all --check").step("format")?;
    for outside in ["xtask/bare/Cargo.toml", "fuzz/Cargo.toml"] {
        Run::new("cargo fmt --check --manifest-path")
            .arguments(&[outside])
            .step("format outside the workspace")?;
    }
    tidy::run()?;
    Run::new("cargo clippy --workspace --all-targets --all-features --locked -- -D warnings")
        .step("lints (rustup component add clippy, if it is missing)")?;
    Run::new("cargo doc --workspace --all-features --no-deps --locked")
        .environment("RUSTDOCFLAGS", "-D warnings")
        .step("documentation")?;
    bare::run()?;
    Run::new("cargo test --workspace --all-features --locked --doc --quiet")
        .step("examples in the documentation")?;
    package::run()?;
    tests()
}

/// The tests proper, among them the replay of the fuzzing corpora.
fn tests() -> Result {
    if Run::new("cargo nextest --version").quiet().is_ok() {
        return Run::new("cargo nextest run --workspace --all-features --locked --no-fail-fast")
            .last_step("tests");
    }
    eprintln!("\ncargo-nextest is not installed; this runs `cargo test`, which is slower and says less.");
    eprintln!("To get it: cargo install cargo-nextest --locked");
    Run::new("cargo test --workspace --all-features --locked --lib --bins --tests --no-fail-fast")
        .last_step("tests")
}

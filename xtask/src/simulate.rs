//! `cargo xtask simulate`: worlds by the thousand, each a session, a line, a simulated modem and a broker under
//! virtual time. `--breakages` shows that they would notice: each patch of `tests/breakages` breaks one rule on purpose,
//! and has to be caught.

use std::fs;
use std::path::Path;

use crate::shell::{Result, Run, root};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// See --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(Arguments { arguments }: &Arguments) -> Result {
    match &arguments[..] {
        [only] if only == "--breakages" => breakages(),
        _ => Run::new(SIMULATE).arguments(arguments).last_step("simulation"),
    }
}

/// Breaks a copy of the tree by one patch after the other. What was built stays for the next time.
fn breakages() -> Result {
    let copy = root().join(COPY);
    if copy.exists() {
        fs::remove_dir_all(&copy).map_err(|error| format!("{}: {error}", copy.display()))?;
    }
    fs::create_dir_all(&copy).map_err(|error| format!("{}: {error}", copy.display()))?;
    Run::new("cp -r Cargo.toml Cargo.lock README.md crates tests xtask benches examples")
        .arguments(&[COPY])
        .step("a copy of the tree")?;
    let patches = patches()?;
    for patch in &patches {
        let name = patch.trim_start_matches(PATCHES).trim_start_matches('/');
        let apply = |direction: &[&str]| {
            Run::new("git apply --directory")
                .arguments(&[COPY])
                .arguments(direction)
                .arguments(&[patch])
                .step(name)
        };
        apply(&[])?;
        let broken = Run::new("cargo build --quiet --profile simulate --package cmqtt-tests --bin simulate")
            .arguments(&[
                "--manifest-path",
                &format!("{COPY}/Cargo.toml"),
                "--target-dir",
                TARGET,
            ])
            .step("build what is broken");
        let caught = broken.and_then(|()| {
            Run::new(&format!(
                "{TARGET}/simulate/simulate --seeds {SEEDS} --class clean"
            ))
            .expect_failure("a rule is broken")
        });
        apply(&["--reverse"])?;
        let line = caught?;
        eprintln!("-- {name} is caught: {line}");
    }
    eprintln!(
        "\n{} of {} breakages are caught within {SEEDS} seeds",
        patches.len(),
        patches.len()
    );
    Ok(())
}

fn patches() -> Result<Vec<String>> {
    let entries = fs::read_dir(root().join(PATCHES)).map_err(|error| format!("{PATCHES}: {error}"))?;
    let mut patches: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.to_owned()))
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "patch")
        })
        .map(|name| format!("{PATCHES}/{name}"))
        .collect();
    patches.sort();
    if patches.is_empty() {
        return Err(format!("there is no patch in {PATCHES}"));
    }
    Ok(patches)
}

const SIMULATE: &str =
    "cargo run --quiet --profile simulate --package cmqtt-tests --bin simulate --locked --";
const PATCHES: &str = "tests/breakages";
const COPY: &str = "target/breakages/tree";
/// Not that of the tree itself: cargo would take the broken crates for its own.
const TARGET: &str = "target/breakages/build";
const SEEDS: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    /// The chore takes minutes and is run seldom; a patch that the tree has grown away from shows here.
    #[test]
    fn every_breakage_still_applies() {
        for patch in patches().expect("patches") {
            let check = Run::new("git apply --check").arguments(&[patch.as_str()]).quiet();
            assert!(check.is_ok(), "git apply --check {patch}");
        }
    }
}

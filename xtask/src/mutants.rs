//! `cargo xtask mutants [file…]`: puts one fault after another into the files of `.cargo/mutants.toml`, or into those
//! named, and runs the tests of their crate: one that no test notices is a survivor. The configuration says which files,
//! and which faults change nothing that anybody could notice, each with the reason.

use std::fs;

use crate::shell::{Result, Run, root};
use crate::tools;

pub(crate) fn run(arguments: &[String]) -> Result {
    tools::mutants()?;
    let mut run = Run::new("cargo mutants --no-shuffle --output").arguments(&[OUTPUT]);
    if Run::new("cargo nextest --version").quiet().is_err() {
        run = run.arguments(&["--test-tool", "cargo"]);
    }
    for file in arguments {
        if !root().join(file).is_file() {
            return Err(format!("no file {file}"));
        }
        run = run.arguments(&["--re", &format!("^{}:", file.replace('.', "\\."))]);
    }
    // It also fails when a fault makes a test run for ever, which is as good as noticed.
    let ended = run.step("mutants");
    let list = |name: &str| {
        let path = root().join(format!("{OUTPUT}/mutants.out/{name}.txt"));
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let (missed, endless) = (list("missed")?, list("timeout")?);
    match (missed.as_str(), ended) {
        ("", Err(error)) if endless.is_empty() => Err(error),
        ("", _) => Ok(()),
        (missed, _) => Err(format!("no test notices:\n{missed}")),
    }
}

const OUTPUT: &str = "target/mutants";

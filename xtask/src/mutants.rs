//! `cargo xtask mutants`: puts one fault after another into the files of `.cargo/mutants.toml`, or into those
//! named, and runs the tests of their crate: one that no test notices is a survivor. What survives in the session meets
//! whole conversations with the simulated modem, too: these take longer to build, and are many of its tests. The
//! configuration says which files, and which faults change nothing that anybody could notice, each with the reason.

use std::fs;

use regex_syntax::escape;

use crate::shell::{Result, Run, root};
use crate::tools;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// These alone
    files: Vec<String>,
}

pub(crate) fn run(Arguments { files }: &Arguments) -> Result {
    tools::mutants()?;
    let mut faults = Vec::new();
    for file in files {
        if !root().join(file).is_file() {
            return Err(format!("no file {file}"));
        }
        faults.push(format!("^{}:", escape(file)));
    }
    let survivors = round("mutants", &faults, &[])?;
    let (of_session, mut survivors): (Vec<_>, Vec<_>) = survivors
        .into_iter()
        .partition(|fault| fault.starts_with(SESSION));
    if !of_session.is_empty() {
        // These have to succeed without a fault; the round itself begins with one.
        Run::new("cargo test --package cmqtt-tests")
            .arguments(&CONVERSATIONS)
            .step("conversations")?;
        let faults: Vec<_> = of_session
            .iter()
            .map(|fault| format!("^{}$", escape(fault)))
            .collect();
        let tests: Vec<_> = CONVERSATIONS
            .iter()
            .map(|test| format!("--cargo-arg={test}"))
            .chain(
                [
                    "--test-package",
                    "cmqtt-tests",
                    "--baseline",
                    "skip",
                    "--timeout",
                    LIMIT,
                ]
                .map(str::to_owned),
            )
            .collect();
        // A round tries deleted fields whatever the names that it is given.
        let still = round("mutants of the session", &faults, &tests)?;
        survivors.extend(of_session.into_iter().filter(|fault| still.contains(fault)));
    }
    if survivors.is_empty() {
        return Ok(());
    }
    Err(format!("no test notices:\n{}", survivors.join("\n")))
}

/// What no test notices of the faults whose names match, or of all.
fn round(name: &str, faults: &[String], tests: &[String]) -> Result<Vec<String>> {
    let mut run = Run::new("cargo mutants --no-shuffle --output").arguments(&[OUTPUT]);
    if Run::new("cargo nextest --version").quiet().is_err() {
        run = run.arguments(&["--test-tool", "cargo"]);
    }
    for fault in faults {
        run = run.arguments(&["--re", fault]);
    }
    // It also fails when a fault makes a test run for ever, which is as good as noticed.
    let ended = run.arguments(tests).step(name);
    let list = |name: &str| -> Result<Vec<String>> {
        let path = root().join(format!("{OUTPUT}/mutants.out/{name}.txt"));
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(text.lines().map(str::to_owned).collect())
    };
    let (missed, endless) = (list("missed")?, list("timeout")?);
    match ended {
        Err(error) if missed.is_empty() && endless.is_empty() => Err(error),
        _ => Ok(missed),
    }
}

const OUTPUT: &str = "target/mutants";

/// Of these files, and no others, conversations with the simulated modem are tests.
const SESSION: &str = "crates/cmqtt-core/src/session";

const CONVERSATIONS: [&str; 4] = [
    "--test=session",
    "--test=session_faults",
    "--test=keeping",
    "--test=taking_over",
];

/// The seconds that they may take, which is less than one of each: what takes longer never ends.
const LIMIT: &str = "60";

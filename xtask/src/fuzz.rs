//! `cargo xtask fuzz [target] [seconds] [--asan]`: grows the corpora. `--minutes N` shares so many minutes among the
//! targets and keeps, of what they found, what the committed corpora lack; `--coverage` says what these reach. The
//! targets' bodies live in `tests/src/fuzz`, where an ordinary test replays the committed corpora; fuzzing needs nightly
//! and cargo-fuzz.

use std::fs;

use crate::shell::{Result, Run, root};
use crate::{corpus, table, tools};

pub(crate) mod coverage;
mod outcome;

use outcome::Outcome;

/// How long a target runs when nobody says otherwise.
const SECONDS: u32 = 600;

pub(crate) fn run(arguments: &[String]) -> Result {
    let plan = Plan::read(arguments, targets()?)?;
    if plan.coverage {
        return coverage::run(&plan.targets);
    }
    tools::nightly_fuzz()?;
    let mut rows = Vec::new();
    let mut crashed = Vec::new();
    for target in &plan.targets {
        let outcome = fuzz(target, &plan)?;
        if outcome.crashes > 0 {
            crashed.push(target.as_str());
        }
        let kept = if plan.keep {
            corpus::minimise(target)?.to_string()
        } else {
            String::from("-")
        };
        rows.push(outcome.row(target, kept));
    }
    table::print(
        ["target", "runs", "edges", "features", "found", "kept", "crashes"],
        &rows,
    );
    eprintln!("\nfound: inputs that reach something new; kept: of these, in the committed corpus");
    match crashed.as_slice() {
        [] => Ok(()),
        crashed => Err(format!(
            "{} crashed: the inputs are in fuzz/artifacts, the words in {LOGS}",
            crashed.join(", ")
        )),
    }
}

/// What the arguments ask for.
struct Plan {
    targets: Vec<String>,
    seconds: u32,
    sanitizer: &'static str,
    /// What is found goes into the committed corpora.
    keep: bool,
    coverage: bool,
}

impl Plan {
    fn read(arguments: &[String], targets: Vec<String>) -> Result<Self> {
        let mut plan = Self {
            targets,
            seconds: SECONDS,
            sanitizer: "none",
            keep: false,
            coverage: false,
        };
        let mut minutes = None;
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == "--asan" {
                plan.sanitizer = "address";
            } else if argument == "--coverage" {
                plan.coverage = true;
            } else if argument == "--minutes" {
                let number = arguments.next().and_then(|number| number.parse::<u32>().ok());
                minutes = Some(
                    number
                        .filter(|&number| number > 0)
                        .ok_or("--minutes needs a number")?,
                );
            } else if let Ok(number) = argument.parse() {
                plan.seconds = number;
            } else if plan.targets.contains(argument) {
                plan.targets = vec![argument.clone()];
            } else {
                return Err(format!(
                    "no target {argument}; there are {}",
                    plan.targets.join(", ")
                ));
            }
        }
        if let Some(minutes) = minutes {
            let share = u32::try_from(plan.targets.len()).unwrap_or(u32::MAX).max(1);
            plan.seconds = (minutes.saturating_mul(60) / share).max(1);
            plan.keep = true;
        }
        Ok(plan)
    }
}

/// Fuzzes one target. What it says goes into a file; that it crashed is an outcome, that it did not run an error.
fn fuzz(target: &str, plan: &Plan) -> Result<Outcome> {
    let log = format!("{LOGS}/{target}.log");
    for directory in [LOGS, &grown(target), &artifacts(target)] {
        fs::create_dir_all(root().join(directory)).map_err(|error| format!("{directory}: {error}"))?;
    }
    let crashes_before = count(&artifacts(target))?;
    let run = Run::new("cargo +nightly fuzz run -s")
        .arguments(&[plan.sanitizer, target, &grown(target), &committed(target)])
        .arguments(&["--", "-dict=fuzz/at.dict", "-max_len=4096", "-timeout=30"])
        .arguments(&["-print_final_stats=1"])
        .arguments(&[&format!("-max_total_time={}", plan.seconds)]);
    let step = format!("fuzzing {target} for {} s, see {log}", plan.seconds);
    let ended = run.logged(&step, &root().join(&log));
    let words = fs::read_to_string(root().join(&log)).map_err(|error| format!("{log}: {error}"))?;
    let crashes = count(&artifacts(target))?.saturating_sub(crashes_before);
    match (Outcome::read(&words, crashes), ended) {
        (Some(outcome), Ok(())) => Ok(outcome),
        (Some(outcome), Err(_)) if crashes > 0 => Ok(outcome),
        (_, Err(error)) => Err(error),
        (None, Ok(())) => Err(format!("{log} does not say what was done")),
    }
}

/// The targets: one file each in `fuzz/fuzz_targets`.
pub(crate) fn targets() -> Result<Vec<String>> {
    let directory = root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut targets: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
        .collect();
    targets.sort();
    Ok(targets)
}

/// What every run replays.
pub(crate) fn committed(target: &str) -> String {
    format!("fuzz/corpus/{target}")
}

/// What fuzzing found since, not committed.
pub(crate) fn grown(target: &str) -> String {
    format!("fuzz/target/grown/{target}")
}

/// The files in a directory of ours.
pub(crate) fn count(directory: &str) -> Result<usize> {
    let entries = fs::read_dir(root().join(directory)).map_err(|error| format!("{directory}: {error}"))?;
    Ok(entries.count())
}

fn artifacts(target: &str) -> String {
    format!("fuzz/artifacts/{target}")
}

const LOGS: &str = "fuzz/target/logs";

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Result<Plan> {
        let words: Vec<String> = line.split_whitespace().map(String::from).collect();
        Plan::read(&words, ["frame", "line", "client"].map(String::from).into())
    }

    #[test]
    fn a_target_and_seconds() {
        let plan = plan("line 60 --asan").unwrap();
        assert_eq!(
            (plan.targets, plan.seconds, plan.sanitizer),
            (vec![String::from("line")], 60, "address")
        );
        assert!(!plan.keep && !plan.coverage);
    }

    #[test]
    fn minutes_are_shared() {
        let shared = plan("--minutes 10").unwrap();
        assert_eq!(
            (shared.targets.len(), shared.seconds, shared.keep),
            (3, 200, true)
        );
        assert_eq!(plan("--minutes 10 line").unwrap().seconds, 600);
    }

    #[test]
    fn what_is_no_argument_is_named() {
        let error = |line| plan(line).err().unwrap();
        assert_eq!(error("lines"), "no target lines; there are frame, line, client");
        assert_eq!(error("--minutes x"), "--minutes needs a number");
    }
}

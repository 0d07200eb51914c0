//! `cargo xtask fuzz`: grows the corpora. `--minutes N` shares so many minutes among the targets and keeps, of what they
//! found, what the committed corpora lack; `--coverage` says what these reach. The targets' bodies live in
//! `tests/src/fuzz`, where an ordinary test replays the committed corpora; fuzzing needs nightly and cargo-fuzz.

use std::fs;

use crate::shell::{Result, Run, root};
use crate::{corpus, table, tools};

pub(crate) mod coverage;
mod outcome;

use outcome::Outcome;

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("time"))]
pub(crate) struct Arguments {
    /// This one alone
    target: Option<String>,
    /// How long each target runs; what is found stays out of the committed corpora
    #[arg(long, value_name = "N", group = "time", default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// How long all run together, each as long as the other; what is found goes into the committed corpora
    #[arg(long, value_name = "N", group = "time", value_parser = clap::value_parser!(u32).range(1..))]
    minutes: Option<u32>,
    /// Look for wrong accesses to memory, too: several times slower
    #[arg(long)]
    asan: bool,
    /// Say what the committed corpora reach of the two cores, and fuzz nothing
    #[arg(long, conflicts_with_all = ["time", "asan"])]
    coverage: bool,
}

impl Arguments {
    /// Every target for so many seconds.
    pub(crate) const fn seconds(seconds: u32) -> Self {
        Self {
            target: None,
            seconds,
            minutes: None,
            asan: false,
            coverage: false,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let targets = targets(arguments.target.as_deref())?;
    if arguments.coverage {
        return coverage::run(&targets);
    }
    let plan = Plan::of(arguments, targets);
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
}

impl Plan {
    fn of(arguments: &Arguments, targets: Vec<String>) -> Self {
        let share = |minutes: u32| {
            let targets = u32::try_from(targets.len()).unwrap_or(u32::MAX).max(1);
            (minutes.saturating_mul(60) / targets).max(1)
        };
        Self {
            seconds: arguments.minutes.map_or(arguments.seconds, share),
            sanitizer: if arguments.asan { "address" } else { "none" },
            keep: arguments.minutes.is_some(),
            targets,
        }
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

/// The targets, one file each in `fuzz/fuzz_targets`, or `only` this one.
pub(crate) fn targets(only: Option<&str>) -> Result<Vec<String>> {
    let directory = root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut targets: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
        .collect();
    targets.sort();
    let Some(only) = only else { return Ok(targets) };
    if !targets.iter().any(|target| target == only) {
        return Err(format!("no target {only}; there are {}", targets.join(", ")));
    }
    Ok(vec![only.to_owned()])
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
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn plan(line: &str) -> Plan {
        let words = ["fuzz"].into_iter().chain(line.split_whitespace());
        let Line { arguments } = Line::try_parse_from(words).expect("arguments");
        Plan::of(&arguments, ["frame", "line", "client"].map(String::from).into())
    }

    #[test]
    fn seconds_are_those_of_each_target() {
        let plan = plan("--seconds 60 --asan");
        assert_eq!(
            (plan.targets.len(), plan.seconds, plan.sanitizer),
            (3, 60, "address")
        );
        assert!(!plan.keep);
    }

    #[test]
    fn minutes_are_shared() {
        let shared = plan("--minutes 10");
        assert_eq!(
            (shared.targets.len(), shared.seconds, shared.keep),
            (3, 200, true)
        );
    }

    #[test]
    fn what_is_no_target_is_named() {
        let error = targets(Some("lines")).expect_err("no such target");
        assert!(
            error.starts_with("no target lines; there are client, "),
            "{error}"
        );
        assert_eq!(targets(Some("line")), Ok(vec![String::from("line")]));
    }

    #[test]
    fn one_time_is_given_and_coverage_takes_none() {
        for line in [
            "fuzz --seconds 1 --minutes 1",
            "fuzz --coverage --minutes 1",
            "fuzz --minutes 0",
        ] {
            assert!(Line::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}

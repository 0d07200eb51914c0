//! `cargo xtask fuzz [target] [seconds] [--asan]`: grows the corpora. The targets' bodies live in `tests/src/fuzz`,
//! where an ordinary test replays the committed corpora; this needs nightly and cargo-fuzz.

use std::fs;

use crate::shell::{Result, Run, root};

/// How long a target runs when nobody says otherwise.
const SECONDS: u32 = 600;

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut chosen = targets()?;
    let mut seconds = SECONDS;
    let mut sanitizer = "none";
    for argument in arguments {
        if argument == "--asan" {
            sanitizer = "address";
        } else if let Ok(number) = argument.parse() {
            seconds = number;
        } else if chosen.contains(argument) {
            chosen = vec![argument.clone()];
        } else {
            return Err(format!("no target {argument}; there are {}", chosen.join(", ")));
        }
    }
    for target in chosen {
        fs::create_dir_all(root().join(grown(&target)))
            .map_err(|error| format!("{}: {error}", grown(&target)))?;
        Run::new("cargo +nightly fuzz run -s")
            .arguments(&[sanitizer, &target, &grown(&target), &committed(&target)])
            .arguments(&["--", "-dict=fuzz/at.dict", "-max_len=4096", "-timeout=10"])
            .arguments(&[&format!("-max_total_time={seconds}")])
            .step(&format!("fuzzing {target}"))?;
    }
    Ok(())
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

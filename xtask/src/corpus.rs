//! `cargo xtask corpus [target]`: keeps, of the committed corpus and of what fuzzing found since, the smallest set
//! of inputs that reaches the same code. Inputs that replay what a modem once sent (`seed-…`) always stay.

use std::fs;
use std::path::Path;

use crate::fuzz::{committed, grown, targets};
use crate::shell::{Result, Run, root};

/// A kept input is no longer than this: long ones slow every replay down and show little more.
const LONGEST: usize = 2048;

pub(crate) fn run(arguments: &[String]) -> Result {
    for target in targets()? {
        if arguments.is_empty() || arguments.contains(&target) {
            minimise(&target)?;
        }
    }
    Ok(())
}

fn minimise(target: &str) -> Result {
    let merged = format!("fuzz/target/merged/{target}");
    let merged_path = root().join(&merged);
    let _ = fs::remove_dir_all(&merged_path);
    for directory in [&merged, &grown(target), &committed(target)] {
        fs::create_dir_all(root().join(directory)).map_err(|error| format!("{directory}: {error}"))?;
    }
    Run::new("cargo +nightly fuzz run -s none")
        .arguments(&[
            target,
            &merged,
            &committed(target),
            &grown(target),
            "--",
            "-merge=1",
        ])
        .step(&format!("minimising {target}"))?;
    replace(&merged_path, &root().join(committed(target))).map_err(|error| format!("{merged}: {error}"))
}

fn replace(merged: &Path, committed: &Path) -> std::io::Result<()> {
    let mut seeds = Vec::new();
    for entry in fs::read_dir(committed)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("seed-") {
            seeds.push(fs::read(entry.path())?);
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    for entry in fs::read_dir(merged)? {
        let entry = entry?;
        let input = fs::read(entry.path())?;
        if input.len() <= LONGEST && !seeds.contains(&input) {
            fs::write(committed.join(entry.file_name()), input)?;
        }
    }
    Ok(())
}

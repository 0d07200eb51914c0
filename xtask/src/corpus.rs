//! `cargo xtask corpus`: keeps, of the committed corpus and of what fuzzing found since, a small set of inputs
//! that reaches the same code. Inputs that show what once went wrong, or what a modem once sent (`seed-…`), always stay.

use std::fs;
use std::path::Path;

use crate::fuzz::{committed, count, grown, targets};
use crate::shell::{Result, Run, root};

/// A kept input is no longer than this: long ones slow every replay down and show little more.
const LONGEST: usize = 2048;

/// A target keeps no more inputs than this, beside its seeds. While that is enough, each input stays that reaches a place
/// more or less often than others; then, of the new ones, those that reach a new place; and at last a few that reach all.
const MOST: usize = 800;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// This one alone
    target: Option<String>,
}

pub(crate) fn run(Arguments { target }: &Arguments) -> Result {
    for target in targets(target.as_deref())? {
        let new = minimise(&target)?;
        eprintln!(
            "-- {target}: {} inputs, {new} of them new",
            count(&committed(&target))?
        );
    }
    Ok(())
}

/// Minimises one target's corpus. Returns how many of its inputs are new.
pub(crate) fn minimise(target: &str) -> Result<usize> {
    let (committed, grown) = (committed(target), grown(target));
    let merged = format!("fuzz/target/merged/{target}");
    let begin = |with: &str| {
        let _ = fs::remove_dir_all(root().join(&merged));
        for directory in [&merged, &grown, &committed] {
            fs::create_dir_all(root().join(directory))?;
        }
        match with {
            "" => Ok(()),
            with => copy(&root().join(with), &root().join(&merged)),
        }
    };
    let attempts: [(&str, &[&str], &[&str]); 3] = [
        ("", &[&committed, &grown], &[]),
        (&committed, &[&grown], &["-use_counters=0"]),
        (
            "",
            &[&committed, &grown],
            &["-use_counters=0", "-set_cover_merge=1"],
        ),
    ];
    for (with, from, options) in attempts {
        begin(with).map_err(|error| format!("{merged}: {error}"))?;
        Run::new("cargo +nightly fuzz run -s none")
            .arguments(&[target, &merged])
            .arguments(from)
            .arguments(&["--", "-merge=1"])
            .arguments(options)
            .logged(
                &format!("minimising {target}"),
                &root().join(format!("{merged}.log")),
            )?;
        if count(&merged)? <= MOST {
            break;
        }
    }
    replace(&root().join(&merged), &root().join(&committed)).map_err(|error| format!("{merged}: {error}"))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Puts what was merged in the place of what is committed, seeds aside. Returns how many inputs are new.
fn replace(merged: &Path, committed: &Path) -> std::io::Result<usize> {
    let mut seeds = Vec::new();
    let mut before = Vec::new();
    for entry in fs::read_dir(committed)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("seed-") {
            seeds.push(fs::read(entry.path())?);
        } else {
            before.push(entry.file_name());
            fs::remove_file(entry.path())?;
        }
    }
    let mut new = 0;
    for entry in fs::read_dir(merged)? {
        let entry = entry?;
        let input = fs::read(entry.path())?;
        if input.len() <= LONGEST && !seeds.contains(&input) {
            new += usize::from(!before.contains(&entry.file_name()));
            fs::write(committed.join(entry.file_name()), input)?;
        }
    }
    Ok(new)
}

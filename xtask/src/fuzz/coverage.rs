//! What of the two cores each target's committed corpus reaches: the test that replays it, built with the compiler's
//! own counters.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::shell::{Result, Run, root};
use crate::{table, tools};

pub(super) fn run(targets: &[String]) -> Result {
    let tools = tools::llvm()?;
    let program = build()?;
    let profile = |name: &str| root().join(format!("{DIRECTORY}/{name}.profdata"));
    let mut rows = Vec::new();
    let mut raw = Vec::new();
    for target in targets {
        let counted = root().join(format!("{DIRECTORY}/{target}.profraw"));
        Run::at(&program)
            .arguments(&["--exact", target])
            .environment("LLVM_PROFILE_FILE", &counted.display().to_string())
            .quiet()
            .map_err(|failure| format!("{target} does not replay: {}", failure.output))?;
        merge(&tools, &[&counted], &profile(target))?;
        rows.push(row(&tools, &program, target, &profile(target))?);
        raw.push(counted);
    }
    if targets.len() > 1 {
        let all: Vec<&PathBuf> = raw.iter().collect();
        merge(&tools, &all, &profile("all"))?;
        rows.push(row(&tools, &program, "together", &profile("all"))?);
    }
    table::print(
        [
            "target",
            "at-proto: lines",
            "regions",
            "cmqtt-core: lines",
            "regions",
        ],
        &rows,
    );
    Ok(())
}

/// The test that replays the corpora, with counters in our own crates: the others are built as they always are.
fn build() -> Result<PathBuf> {
    let log = root().join(format!("{DIRECTORY}/build.log"));
    std::fs::create_dir_all(root().join(DIRECTORY)).map_err(|error| format!("{DIRECTORY}: {error}"))?;
    let this = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    Run::new("cargo test --package cmqtt-tests --test fuzz_corpus --no-run --locked")
        .environment("RUSTC_WORKSPACE_WRAPPER", &this.display().to_string())
        .environment(COMPILES, "true")
        .logged("building with counters", &log)?;
    let words = std::fs::read_to_string(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    executable(&words).ok_or_else(|| format!("{} names no program", log.display()))
}

/// While this is set, this program stands in the place of the compiler for the workspace's own crates.
const COMPILES: &str = "XTASK_COMPILES_WITH_COUNTERS";

/// The compiler's work, with counters in what it makes. `None` when nobody asked for that.
pub(crate) fn compile() -> Option<ExitCode> {
    std::env::var_os(COMPILES)?;
    let mut arguments = std::env::args_os().skip(1);
    let compiler = arguments.next()?;
    let status = Command::new(&compiler)
        .args(arguments)
        .args(["-C", "instrument-coverage"])
        .status();
    match status {
        Ok(status) if status.success() => Some(ExitCode::SUCCESS),
        Ok(_) => Some(ExitCode::FAILURE),
        Err(error) => {
            eprintln!("{}: {error}", compiler.display());
            Some(ExitCode::FAILURE)
        }
    }
}

/// The path in `Executable tests/fuzz_corpus.rs (target/…)`.
fn executable(words: &str) -> Option<PathBuf> {
    let line = words.lines().rfind(|line| line.contains("Executable"))?;
    let path = line.split_once('(')?.1.strip_suffix(')')?;
    Some(root().join(path))
}

fn merge(tools: &Path, raw: &[&PathBuf], profile: &Path) -> Result {
    Run::at(&tools.join("llvm-profdata"))
        .arguments(&["merge", "-sparse", "-o", &profile.display().to_string()])
        .arguments(
            &raw.iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>(),
        )
        .quiet()
        .map(drop)
        .map_err(|failure| failure.output)
}

fn row(tools: &Path, program: &Path, name: &str, profile: &Path) -> Result<[String; 5]> {
    let [proto_lines, proto_regions] = covered(tools, program, profile, "crates/at-proto/src")?;
    let [core_lines, core_regions] = covered(tools, program, profile, "crates/cmqtt-core/src")?;
    Ok([
        name.to_owned(),
        proto_lines,
        proto_regions,
        core_lines,
        core_regions,
    ])
}

/// The share of lines and of regions that was reached in these sources.
fn covered(tools: &Path, program: &Path, profile: &Path, sources: &str) -> Result<[String; 2]> {
    let report = Run::at(&tools.join("llvm-cov"))
        .arguments(&[
            "report".to_owned(),
            program.display().to_string(),
            format!("-instr-profile={}", profile.display()),
            String::from("-sources"),
            root().join(sources).display().to_string(),
        ])
        .quiet()
        .map_err(|failure| failure.output)?;
    total(&report).ok_or_else(|| format!("llvm-cov names no total for {sources}: {report}"))
}

/// Of the row `TOTAL` the shares of lines and regions: three columns each for regions, functions and lines.
fn total(report: &str) -> Option<[String; 2]> {
    let row = report.lines().find(|line| line.starts_with("TOTAL"))?;
    let columns: Vec<&str> = row.split_whitespace().collect();
    Some([columns.get(9)?.to_string(), columns.get(3)?.to_string()])
}

const DIRECTORY: &str = "target/coverage";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_lines_and_regions() {
        let report =
            "Filename  Regions  Missed Regions  Cover  Functions  Missed  Executed  Lines  Missed  Cover
frame.rs       219               2  99.09%         20       0   100.00%    180       1  99.44%
TOTAL         4219             402  90.47%        720      30    95.83%   3180     201  93.68%
";
        assert_eq!(total(report), Some(["93.68%", "90.47%"].map(String::from)));
    }

    #[test]
    fn the_program_is_the_one_that_cargo_names() {
        let words = "    Finished `test` profile
  Executable tests/fuzz_corpus.rs (target/coverage/debug/deps/fuzz_corpus-1)
";
        let path = executable(words).unwrap();
        assert!(path.ends_with("target/coverage/debug/deps/fuzz_corpus-1"));
    }
}

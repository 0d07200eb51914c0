//! `cargo xtask bench`: the benchmarks, or the one through a pseudo-terminal alone.

use std::path::Path;

use crate::shell::{Result, Run, root};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// For criterion; the first may be "port": the benchmark through a pseudo-terminal alone
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(Arguments { arguments }: &Arguments) -> Result {
    let (line, arguments) = match arguments.split_first() {
        Some((first, rest)) if first == "port" => (PORT, rest),
        _ => (ALL, &arguments[..]),
    };
    Run::new("cargo build --release --locked --package cmqtt-examples --bin sensor")
        .step("the program that is timed from its start")?;
    let mut bench = Run::new(line)
        .arguments(arguments)
        .environment("CMQTT_BENCH_SENSOR", &path("target/release/sensor"));
    match pyserial() {
        Ok(()) => bench = bench.environment("CMQTT_BENCH_PYTHON", &path(PYTHON)),
        Err(error) => eprintln!("\npyserial is left out: {error}"),
    }
    bench.step("benchmarks")
}

/// Sees to it that there is a Python with pyserial, in an environment of its own.
fn pyserial() -> Result {
    if Run::new(PYTHON)
        .arguments(&["-c", "import serial"])
        .quiet()
        .is_ok()
    {
        return Ok(());
    }
    let venv = Run::new("python3 -m venv").arguments(&[VENV]);
    venv.step("a Python of its own (apt-get install python3-venv, if it is missing)")?;
    Run::new(PYTHON)
        .arguments(&[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            PYSERIAL,
        ])
        .step("pyserial")
}

/// In the workspace, for a program that starts elsewhere.
fn path(relative: &str) -> String {
    root().join(Path::new(relative)).display().to_string()
}

const ALL: &str = "cargo bench --package cmqtt-benches --locked --";
const PORT: &str = "cargo bench --package cmqtt-benches --locked --bench port --";
const VENV: &str = "target/pyserial";
const PYTHON: &str = "target/pyserial/bin/python";
const PYSERIAL: &str = "pyserial==3.5";

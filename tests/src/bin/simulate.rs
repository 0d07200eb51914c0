//! `cargo xtask simulate`: worlds by the thousand.

use std::process::ExitCode;

fn main() -> ExitCode {
    cmqtt_tests::simulation::command()
}

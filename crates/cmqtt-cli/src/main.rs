//! `cmqtt`: talk to, simulate and decode the MQTT client inside SIMCom modems. One file a subcommand.

use std::ffi::OsStr;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

#[expect(
    dead_code,
    reason = "`publish`, `subscribe`, `info`, `cert` and `at` will use it"
)]
mod arguments;
#[cfg_attr(not(test), expect(dead_code, reason = "has no `run` yet: it takes a driver"))]
mod at;
mod cert;
mod completions;
mod decode;
mod demo;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "`publish` and `subscribe` will use it")
)]
mod exit;
mod info;
mod man;
#[cfg_attr(not(test), expect(dead_code, reason = "`subscribe` will use it"))]
mod output_format;
#[cfg_attr(not(test), expect(dead_code, reason = "`publish` will use it"))]
mod payloads;
mod ports;
#[expect(dead_code, reason = "has no `run` yet: it takes a driver")]
mod publish;
mod sim;
#[expect(dead_code, reason = "has no `run` yet: it takes a driver")]
mod subscribe;

fn main() -> ExitCode {
    let program = match Program::try_parse() {
        Ok(program) => program,
        Err(error) => return refuse(&error),
    };
    match program.command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Decode(arguments) => decode::run(&arguments),
        Command::Sim(arguments) => sim::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments, Program::command()),
        Command::Man(arguments) => man::run(&arguments, Program::command()),
    }
}

/// The MQTT client inside SIMCom modems: talk to it, simulate it, read its logs.
#[derive(Debug, Parser)]
#[command(name = "cmqtt", version)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Decode(decode::Arguments),
    Sim(sim::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Prints what clap has to say: help on standard output, with success; an error on standard error, with the status that
/// the subcommand's users expect.
fn refuse(error: &clap::Error) -> ExitCode {
    // Nobody may be reading.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    let subcommand = std::env::args_os().nth(1);
    exit::End::of_arguments(subcommand.as_deref().map(OsStr::new)).into()
}

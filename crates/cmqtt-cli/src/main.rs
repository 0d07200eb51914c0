//! `cmqtt`: talk to, simulate and decode the MQTT client inside SIMCom modems. One file a subcommand.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod decode;
mod demo;
mod info;
mod modem;
mod sim;
mod trace;

fn main() -> ExitCode {
    match Program::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Decode(arguments) => decode::run(&arguments),
        Command::Sim(arguments) => sim::run(&arguments),
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
}

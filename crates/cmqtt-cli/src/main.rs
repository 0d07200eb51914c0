//! `cmqtt`: talk to, simulate and decode the MQTT client inside SIMCom modems. One file a subcommand.

// They wait for the reader, and panic without one: `output.rs` prints.
#![deny(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use at_proto::Printable;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

mod arguments;
mod at;
mod cert;
mod clock;
mod completions;
mod decode;
mod demo;
mod exit;
mod gateway;
mod info;
mod json;
mod man;
mod modem;
mod output;
mod output_format;
mod payloads;
mod ports;
mod publish;
mod sim;
mod spool;
mod subscribe;
mod trace;
mod waits;

fn main() -> ExitCode {
    let program = match parse() {
        Ok(program) => program,
        Err(error) => return refuse(&error),
    };
    let end = match program.command {
        Command::Pub(arguments) => publish::run(&arguments),
        Command::Sub(arguments) => subscribe::run(&arguments),
        Command::Gateway(arguments) => gateway::run(&arguments),
        Command::Info(arguments) => info::run(&arguments),
        Command::Cert(arguments) => cert::run(&arguments),
        Command::Clock(arguments) => clock::run(&arguments),
        Command::At(arguments) => at::run(&arguments),
        Command::Ports(arguments) => ports::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Decode(arguments) => decode::run(&arguments),
        Command::Sim(arguments) => sim::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments, Program::command()),
        Command::Man(arguments) => man::run(&arguments, Program::command()),
    };
    ExitCode::from(output::finish(end).status())
}

/// The MQTT client inside SIMCom modems: talk to it, simulate it, read its logs.
#[derive(Debug, Parser)]
#[command(name = "cmqtt", version, after_help = EXAMPLES)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Pub(Box<publish::Arguments>),
    Sub(Box<subscribe::Arguments>),
    Gateway(Box<gateway::Arguments>),
    Info(info::Arguments),
    Cert(cert::Arguments),
    Clock(clock::Arguments),
    At(at::Arguments),
    Ports(ports::Arguments),
    Demo(demo::Arguments),
    Decode(decode::Arguments),
    Sim(sim::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

const EXAMPLES: &str = "\
Examples:
  cmqtt pub -h test.mosquitto.org -t meters/17/volts -m 230.1 -q 1
  cmqtt sub -h test.mosquitto.org -t 'meters/#' -v
  some-program | cmqtt gateway --spool /var/lib/cmqtt -h test.mosquitto.org -q 1
  cmqtt demo
      A whole session, without a modem and without a broker.
  cmqtt sim --pty /tmp/modem --own-broker
      A simulated modem for --device /tmp/modem.

A wrong argument is exit status 1. Exit statuses are mosquitto's for pub and sub: their --help lists them.";

/// Reads the arguments. An error shows the usage of the subcommand that it is about.
fn parse() -> Result<Program, clap::Error> {
    let mut command = Program::command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Program::from_arg_matches(&matches).map_err(|error| {
        let name = matches.subcommand_name().unwrap_or_default();
        match command.find_subcommand_mut(name) {
            Some(subcommand) => error.format(subcommand),
            None => error.format(&mut command),
        }
    })
}

/// Prints what clap has to say: help on standard output, with success; an error on standard error, with the status of a
/// wrong argument.
fn refuse(error: &clap::Error) -> ExitCode {
    let plain = error.to_string();
    if plain
        .chars()
        .any(|character| character != '\n' && Printable::escapes(character))
    {
        // It quotes an argument that a terminal would obey.
        plain.lines().for_each(|line| output::say(&line));
        output::finish(exit::End::Usage);
    } else {
        // Nobody may be reading.
        let _ = error.print();
    }
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    exit::End::Usage.status().into()
}

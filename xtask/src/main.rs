//! The project's chores: `cargo xtask <chore>`, one file each.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod shell;

mod bare;
mod bench;
mod ci;
mod corpus;
mod fuzz;
mod mutants;
mod package;
mod simulate;
mod size;
mod soak;
mod table;
mod test;
mod tidy;
mod tools;
mod trials;

fn main() -> ExitCode {
    if let Some(compiled) = fuzz::coverage::compile() {
        return compiled;
    }
    let Arguments { chore } = Arguments::parse();
    match chore.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\ncargo xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The project's chores
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// All that a change has to pass: format, lints, docs, proofs, tests
    Test,
    /// The chore test, then what takes longer: benchmarks once through, a minute of fuzzing a target
    Ci,
    /// The rules of the house that no compiler knows
    Tidy,
    /// Proves that the two cores need neither std nor an allocator, and cannot panic
    Bare,
    /// Packs what people may depend on, and builds it from what was packed
    Package,
    /// The benchmarks, or the one through a pseudo-terminal
    Bench(bench::Arguments),
    /// Fuzzes, or says what the corpora reach
    Fuzz(fuzz::Arguments),
    /// Sessions by the thousand under virtual time
    #[command(disable_help_flag = true)]
    Simulate(simulate::Arguments),
    /// Both adapters for minutes while modems, ports and broker fail
    Soak(soak::Arguments),
    /// Minimises what fuzzing found, into fuzz/corpus (needs nightly and cargo-fuzz)
    Corpus(corpus::Arguments),
    /// Kills programs that spool at random moments, and looks for what was lost
    Trials(trials::Arguments),
    /// Puts faults into the cores, and tells which of them no test notices
    Mutants(mutants::Arguments),
    /// What the two cores cost a microcontroller: code, static data, and what is held for each modem
    Size,
}

impl Chore {
    fn run(&self) -> shell::Result {
        match self {
            Self::Test => test::run(),
            Self::Ci => ci::run(),
            Self::Tidy => tidy::run(),
            Self::Bare => bare::run(),
            Self::Package => package::run(),
            Self::Bench(arguments) => bench::run(arguments),
            Self::Fuzz(arguments) => fuzz::run(arguments),
            Self::Simulate(arguments) => simulate::run(arguments),
            Self::Soak(arguments) => soak::run(arguments),
            Self::Corpus(arguments) => corpus::run(arguments),
            Self::Trials(arguments) => trials::run(arguments),
            Self::Mutants(arguments) => mutants::run(arguments),
            Self::Size => size::run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}

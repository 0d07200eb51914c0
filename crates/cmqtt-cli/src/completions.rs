//! `cmqtt completions`: what a shell needs to complete our arguments, from their own definitions.

use std::io::{self, Write};

use clap_complete::Shell;

use crate::exit::End;
use crate::output::complain;

/// Print a shell's completions.
///
/// For bash: cmqtt completions bash > ~/.local/share/bash-completion/completions/cmqtt
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints them on standard output.
pub(crate) fn run(arguments: &Arguments, mut program: clap::Command) -> End {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, name, &mut script);
    match io::stdout().write_all(&script) {
        Ok(()) => End::Done,
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => End::Done,
        Err(error) => {
            complain("completions", &format_args!("cannot write the output: {error}"));
            End::Failed
        }
    }
}

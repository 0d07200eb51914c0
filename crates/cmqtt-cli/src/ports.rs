//! `cmqtt ports`: what it takes, and what there is.

mod run;
pub(crate) use run::run;

/// List the serial ports of this machine, and which may be a modem's.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print JSON lines: one object a port.
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn what_it_takes() {
        Program::command().debug_assert();
        let program = Program::try_parse_from(["ports", "--json"]).expect("arguments");
        assert!(program.arguments.json);
    }
}

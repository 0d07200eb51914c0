//! `cmqtt info`: what it takes, and what the modem says.

mod report;

mod run;
pub(crate) use run::run;

use crate::arguments::ModemArguments;

/// Say what modem this is, and how it stands: SIM, operator, registration, signal, address, clock, MQTT.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print a JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) modem: ModemArguments,
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
        let program = Program::try_parse_from(["info", "--json", "--baud", "9600"]).expect("arguments");
        assert!(program.arguments.json);
        assert_eq!(program.arguments.modem.baud, Some(9600));
    }
}

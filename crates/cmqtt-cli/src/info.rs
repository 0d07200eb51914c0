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

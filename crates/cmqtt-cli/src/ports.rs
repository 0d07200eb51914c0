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

//! `cmqtt demo`: a modem's MQTT session, with no hardware and nothing installed.
//!
//! The simulated modem on a pseudo-terminal, the blocking driver on its other end, and a broker on a loopback port: the
//! bytes between them are real, and printed as they go.

use std::io::{self, IsTerminal};
use std::num::NonZeroU32;
use std::time::Instant;

use cmqtt_blocking::{Client, Config, open_port};
use cmqtt_sim::broker::Broker;
use cmqtt_sim::host::{BrokerServer, ClientOptions, ModemServer, Pty, Redirect, Resolver, ServerOptions};
use cmqtt_sim::{Family, Modem, Profile};

use crate::exit::End;
use crate::output::complain;

mod session;

mod talk;

mod script;
use script::Script;

mod watched;
use watched::Watched;

/// Play a modem's whole MQTT session, without hardware.
///
/// A simulated modem, a driver and a broker, in one process: the session of the vendor's note, section 4.1, from AT+CSQ
/// to AT+CMQTTSTOP. Ends with 0 if the published message came back unchanged.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The modem's family: sim7028, sim7022, a76xx, sim7600 or sim767x.
    #[arg(long, default_value = "sim7028")]
    family: Family,
    /// The line's speed in bits a second.
    #[arg(long, default_value = "115200", value_parser = clap::value_parser!(u32).range(300..=4_000_000))]
    baud: u32,
    /// Print JSON lines: the conversation, then a summary.
    #[arg(long)]
    json: bool,
}

/// Plays the session and prints it.
pub(crate) fn run(arguments: &Arguments) -> End {
    let started = Instant::now();
    let script = Script::new(io::stdout().is_terminal(), arguments.json, started);
    match play(arguments, &script).and_then(|done| finish(&done, &script)) {
        Ok(()) => End::Done,
        Err(error) => {
            complain("demo", &error);
            End::Failed
        }
    }
}

/// Says what was done, and whether it was what should be.
fn finish(done: &session::Done, script: &Script) -> Result<(), Box<dyn std::error::Error>> {
    script.summary(done);
    if let Some(error) = script.failure() {
        return Err(format!("cannot write the output: {error}").into());
    }
    if !done.unchanged() {
        return Err("the message did not come back as it was sent".into());
    }
    Ok(())
}

fn play(arguments: &Arguments, script: &Script) -> Result<session::Done, Box<dyn std::error::Error>> {
    let broker = BrokerServer::bind("127.0.0.1:0", Broker::default())
        .map_err(|error| format!("no loopback port for the broker: {error}"))?;
    let redirect: Redirect = format!("{}={}", session::BROKER, broker.address()).parse()?;
    let network = ClientOptions {
        resolver: Resolver::default().redirect(redirect),
        ..ClientOptions::default()
    };
    let pty = Pty::open(None)?;
    let device = pty.device().display().to_string();
    let modem = Modem::new(Profile::of(arguments.family));
    let options = ServerOptions {
        network,
        baud: NonZeroU32::new(arguments.baud),
        ..ServerOptions::default()
    };
    let _modem = ModemServer::spawn(modem, pty, options)?;

    script.scene(arguments.family, &device, broker.address());
    let port = open_port(&device, arguments.baud)?;
    let config = Config {
        baud: arguments.baud,
        ..Config::of(arguments.family)
    };
    session::play(Client::new(Watched::new(port, script.clone()), config), script)
}

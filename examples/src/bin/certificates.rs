//! Certificates: gives the modem an authority's certificate and a client's certificate and key, and connects with both
//! sides verified (the vendor's note, section 4.4), over `cmqtt-blocking`.
//!
//! The modem lists its files by name alone, so each name carries a hash of its content: a renewed certificate is stored
//! beside the old one, and what is there already is not sent again.

use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use cmqtt_blocking::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic};
use cmqtt_blocking::at_proto::tls::{FileName, ListFiles};
use cmqtt_blocking::{Client, Config, Connection, Network, Plan, Port, Publication, TlsConfig};

/// Connect with server and client verified.
#[derive(Debug, clap::Parser)]
struct Arguments {
    /// The modem's serial device, such as /dev/ttyUSB2.
    device: String,
    /// The authority's certificate, PEM.
    #[arg(long)]
    ca: PathBuf,
    /// The client's certificate, PEM.
    #[arg(long)]
    certificate: PathBuf,
    /// The client's key, PEM.
    #[arg(long)]
    key: PathBuf,
    /// The broker. It begins with tcp:// here, too.
    #[arg(long, default_value = "tcp://test.mosquitto.org:8884")]
    server: String,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("certificates: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut modem = Client::open(&arguments.device, 115_200, Config::default())?;
    modem.identify(None)?;

    let ca = store(&mut modem, "ca", &arguments.ca)?;
    let certificate = store(&mut modem, "client", &arguments.certificate)?;
    let key = store(&mut modem, "key", &arguments.key)?;
    let tls = TlsConfig {
        // The certificates' dates count, so the modem's clock has to be right: the network sets it as it registers.
        check_clock: None,
        ..TlsConfig::both_verified(
            0,
            FileName::new(&ca)?,
            FileName::new(&certificate)?,
            FileName::new(&key)?,
        )
    };

    modem.wait_for_network(&Network::default())?;
    modem.bring_up(&Plan {
        id: ClientId::new("certificates")?,
        connection: Connection {
            client: CLIENT,
            server: ServerAddress::new(&arguments.server)?,
            keep_alive: KeepAlive::new(60)?,
            clean_session: true,
            login: None,
        },
        version: None,
        tls: Some(tls),
        will: None,
        filters: &[],
    })?;
    println!("connected, {}", tls.verify);

    let outcome = modem.publish(&Publication {
        client: CLIENT,
        topic: Topic::new("certificates")?,
        payload: b"both of us are who we say",
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    })?;
    println!("{outcome}");
    modem.take_down(CLIENT)?;
    Ok(())
}

/// Sees to it that the modem holds a file, and says under which name.
fn store<P: Port>(modem: &mut Client<P>, kind: &str, path: &Path) -> Result<String, Box<dyn Error>> {
    let file = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut hash = DefaultHasher::new();
    file.hash(&mut hash);
    let name = format!("{kind}-{:016x}.pem", hash.finish());
    let is_stored = modem.command(&ListFiles, |files| {
        files
            .filter_map(Result::ok)
            .any(|file| file.name.as_bytes() == name.as_bytes())
    })?;
    modem.provide_file(FileName::new(&name)?, &file)?;
    match is_stored {
        true => println!("{name} is there already"),
        false => println!("{name} is stored, {} bytes", file.len()),
    }
    Ok(name)
}

const CLIENT: u8 = 0;

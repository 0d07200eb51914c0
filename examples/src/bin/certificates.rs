//! Certificates: gives the modem an authority's certificate and a client's certificate and key, and connects with both
//! sides verified (the vendor's note, section 4.4), over `cmqtt-blocking`.
//!
//! `cmqtt-host` reads the files and checks them before a byte goes out: that they are certificates and a key, that the key
//! belongs to the certificate, and that they are valid by the modem's own clock. The modem lists its files by name alone,
//! so their names there carry a hash of the content: a renewed certificate is stored beside the old one, and what is there
//! already is not sent again.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use cmqtt_blocking::at_proto::Read;
use cmqtt_blocking::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic};
use cmqtt_blocking::at_proto::network::Clock;
use cmqtt_blocking::at_proto::tls::{FileName, ListFiles};
use cmqtt_blocking::{Client, Config, Connection, Network, Plan, Port, Publication, TlsConfig};
use cmqtt_host::tls::{ModemTime, TlsFiles, TlsPaths};

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
    let files = TlsFiles::load(&TlsPaths {
        ca: Some(arguments.ca.clone()),
        client_cert: Some(arguments.certificate.clone()),
        client_key: Some(arguments.key.clone()),
    })?;
    let mut modem = Client::open(&arguments.device, 115_200, Config::default())?;
    modem.identify(None)?;
    // The network sets the clock as the modem registers. Without one the dates cannot be checked.
    modem.wait_for_network(&Network::default())?;
    let clock = modem.command(&Read::<Clock>::new(), |clock| ModemTime::from_clock(&clock))?;
    if let Some(now) = clock.filter(|clock| clock.is_set()) {
        files.check_time(now)?;
    }

    let mut names = Vec::new();
    for (name, content) in files.uploads() {
        store(&mut modem, &name, content)?;
        names.push(name);
    }
    let [ca, certificate, key] = &names[..] else {
        return Err("three files were to be stored".into());
    };
    let context = 0;
    let tls = TlsConfig::both_verified(
        context,
        FileName::new(ca)?,
        FileName::new(certificate)?,
        FileName::new(key)?,
    );
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

/// Sees to it that the modem holds a file, and says what that took.
fn store<P: Port>(modem: &mut Client<P>, name: &str, content: &[u8]) -> Result<(), Box<dyn Error>> {
    let is_there = modem.command(&ListFiles, |files| {
        files
            .filter_map(Result::ok)
            .any(|file| file.name.as_bytes() == name.as_bytes())
    })?;
    // It lists, too, and stores what is not listed.
    modem.provide_file(FileName::new(name)?, content)?;
    match is_there {
        true => println!("{name} is there already"),
        false => println!("{name} is stored, {} bytes", content.len()),
    }
    Ok(())
}

const CLIENT: u8 = 0;

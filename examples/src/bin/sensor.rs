//! A sensor: publishes what a file says (Linux has a file for every thermometer, such as
//! `/sys/class/thermal/thermal_zone0/temp`), every few seconds until Ctrl-C, over `cmqtt-blocking`.
//!
//! A reading that was not delivered is told and given up: the next one is fresher. Before the next, the modem is brought
//! up again; what it still holds is kept, so this costs little where nothing was wrong.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use cmqtt_blocking::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic};
use cmqtt_blocking::at_proto::network::Apn;
use cmqtt_blocking::{Client, Config, Connection, Event, Network, Outcome, Plan, Port, Publication};

/// Publish what a sensor's file says, every few seconds.
#[derive(Debug, clap::Parser)]
struct Arguments {
    /// The modem's serial device, such as /dev/ttyUSB2.
    device: String,
    /// The file that holds the reading.
    sensor: PathBuf,
    /// The broker.
    #[arg(long, default_value = "tcp://test.mosquitto.org:1883")]
    server: String,
    /// The access point. Without it the modem's own is used.
    #[arg(long)]
    apn: Option<String>,
    /// The MQTT client identifier.
    #[arg(long, default_value = "sensor 1")]
    id: String,
    /// The topic.
    #[arg(long, default_value = "sensors/1")]
    topic: String,
    /// Seconds from one reading to the next.
    #[arg(long, default_value_t = 10)]
    every: u64,
    /// Publish one reading, and end.
    #[arg(long)]
    once: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sensor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    ctrlc::set_handler(move || stopped.store(true, Ordering::Relaxed))?;

    let network = Network {
        apn: arguments.apn.as_deref().map(Apn::new).transpose()?,
        ..Network::default()
    };
    let plan = Plan {
        id: ClientId::new(&arguments.id)?,
        connection: Connection {
            client: CLIENT,
            server: ServerAddress::new(&arguments.server)?,
            keep_alive: KeepAlive::new(60)?,
            clean_session: true,
            login: None,
        },
        version: None,
        tls: None,
        will: None,
        filters: &[],
    };
    let topic = Topic::new(&arguments.topic)?;
    let mut modem = Client::open(&arguments.device, 115_200, Config::default())?;

    let mut connected = false;
    while !stop.load(Ordering::Relaxed) {
        let due = Instant::now() + Duration::from_secs(arguments.every);
        if !connected {
            let family = modem.identify(None)?;
            modem.wait_for_network(&network)?;
            modem.bring_up(&plan)?;
            println!("{family}, connected to {}", arguments.server);
        }
        let reading = std::fs::read_to_string(&arguments.sensor)?;
        connected = report(&mut modem, topic, reading.trim())?;
        if arguments.once {
            break;
        }
        connected &= pause(&mut modem, due, &stop)?;
    }
    // What is left connected, the broker would keep until its keep-alive has passed.
    modem.take_down(CLIENT)?;
    println!("taken down");
    Ok(())
}

/// Publishes a reading and says what became of it. `false` when something is wrong with the connection.
fn report<P: Port>(modem: &mut Client<P>, topic: Topic<'_>, reading: &str) -> Result<bool, Box<dyn Error>> {
    let outcome = modem.publish(&Publication {
        client: CLIENT,
        topic,
        payload: reading.as_bytes(),
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    })?;
    println!("{reading}: {outcome}");
    match outcome {
        Outcome::Delivered => {}
        Outcome::Refused(_) => {
            if let Some(code) = outcome.code() {
                println!("  {}: {}", code.likely_cause(), code.remedy());
            }
        }
        // Whoever has to know sends it again, and may be heard twice.
        Outcome::Unknown(_) => println!("  it may have arrived, or not"),
    }
    Ok(outcome.is_delivered())
}

/// Waits until this moment, and listens meanwhile. `false` when the connection was lost.
fn pause<P: Port>(modem: &mut Client<P>, due: Instant, stop: &AtomicBool) -> Result<bool, Box<dyn Error>> {
    let mut connected = true;
    while !stop.load(Ordering::Relaxed) {
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let event = modem.next_event(left.min(LONGEST_WAIT))?;
        if let Some(
            lost @ (Event::ConnectionLost { .. }
            | Event::KeepAliveFailed { .. }
            | Event::NoNetwork
            | Event::Restarted),
        ) = event
        {
            println!("{lost:?}");
            connected = false;
        }
    }
    Ok(connected)
}

const CLIENT: u8 = 0;

/// So soon Ctrl-C is noticed.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

//! A sensor: publishes what a file says (Linux has a file for every thermometer, such as
//! `/sys/class/thermal/thermal_zone0/temp`), every few seconds until Ctrl-C, over `cmqtt-blocking`.
//!
//! The client is kept connected: what is lost comes back by itself, and readings wait for it in memory, the oldest giving
//! way when there are too many. The device may go away and come back, too.

use std::collections::HashMap;
use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use cmqtt_blocking::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic};
use cmqtt_blocking::at_proto::network::Apn;
use cmqtt_blocking::{
    Client, Config, Connection, Event, Healing, Network, OnUnknown, Overflow, Plan, Port, Publication,
    RequestId,
};

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
    let mut modem = Client::open_lasting(&arguments.device, 115_200, Config::default())?;
    // A device's serial number is as good: no two should come back in step.
    let seed = RandomState::new().hash_one(&arguments.id);
    let healing = Healing {
        overflow: Overflow::DropOldest,
        ..Healing::new(seed)
    };
    modem.keep(&plan, &network, &healing)?;

    let mut readings = Readings::default();
    while !stop.load(Ordering::Relaxed) {
        let due = Instant::now() + Duration::from_secs(arguments.every);
        let reading = std::fs::read_to_string(&arguments.sensor)?;
        let id = modem.post(
            &Publication {
                client: CLIENT,
                topic,
                payload: reading.trim().as_bytes(),
                qos: QoS::AtLeastOnce,
                retain: false,
                timeout: 60,
            },
            OnUnknown::ByQos,
        )?;
        readings.0.insert(id, reading.trim().to_owned());
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if let Some(event) = modem.next_event(left.min(LONGEST_WAIT))? {
                readings.tell(event, &modem, &arguments.server)?;
            }
            let waits = if arguments.once {
                !readings.0.is_empty()
            } else {
                !left.is_zero()
            };
            if !waits || stop.load(Ordering::Relaxed) {
                break;
            }
        }
        if arguments.once {
            break;
        }
    }
    modem.let_go();
    // What is left connected, the broker would keep until its keep-alive has passed.
    modem.take_down(CLIENT)?;
    println!("taken down");
    Ok(())
}

/// Readings whose outcome is not known.
#[derive(Debug, Default)]
struct Readings(HashMap<RequestId, String>);

impl Readings {
    /// Says what became of a reading, or of the connection.
    fn tell<P: Port>(&mut self, event: Event, modem: &Client<P>, server: &str) -> Result<(), Box<dyn Error>> {
        match event {
            Event::Connected { .. } => println!("{}, connected to {server}", modem.family()),
            Event::Lost { why, .. } => println!("{why}"),
            Event::Restored { after, .. } => println!("connected again after {after:.1?}"),
            // A wrong login, say: it would not get better.
            Event::GaveUp { why, .. } => return Err(why.into()),
            Event::Delivered { id, maybe_duplicate } => {
                let twice = if maybe_duplicate { ", perhaps twice" } else { "" };
                println!("{}: delivered{twice}", self.take(id));
            }
            Event::NotDelivered { id, failure } => println!("{}: {failure}", self.take(id)),
            _ => {}
        }
        Ok(())
    }

    fn take(&mut self, id: RequestId) -> String {
        self.0.remove(&id).unwrap_or_default()
    }
}

const CLIENT: u8 = 0;

/// So soon Ctrl-C is noticed.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

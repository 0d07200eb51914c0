//! A gateway: devices without a modem of their own connect over TCP and share this one, over `cmqtt-tokio`.
//!
//! A device sends lines `<topic> <payload>`, each published under the gateway's prefix, and hears for each how it ended:
//! `delivered`, or why not. What the broker has for the devices, under `<prefix>/in/`, all of them hear as
//! `message <topic> <payload>`. Every device is a task with a clone of the modem's handle; the handles take turns.
//! The connection is kept: while it is gone, what devices publish waits.

use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::process::ExitCode;

use clap::Parser;
use cmqtt_tokio::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
use cmqtt_tokio::{
    Client, Config, Connection, Event, Healing, Message, Network, OnUnknown, Plan, Publication,
};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_stream::StreamExt;
use tokio_util::codec::{FramedRead, LinesCodec};

/// Share a modem among devices that connect over TCP.
#[derive(Debug, clap::Parser)]
struct Arguments {
    /// The modem's serial device, such as /dev/ttyUSB2.
    device: String,
    /// Where devices connect; with port 0 the system chooses one.
    #[arg(long, default_value = "127.0.0.1:7000")]
    listen: String,
    /// The broker.
    #[arg(long, default_value = "tcp://test.mosquitto.org:1883")]
    server: String,
    /// What the topics begin with, and the MQTT client identifier.
    #[arg(long, default_value = "gateway-1")]
    prefix: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gateway: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let for_us = format!("{}/in/#", arguments.prefix);
    let filters = [(TopicFilter::new(&for_us)?, QoS::AtLeastOnce)];
    let plan = Plan {
        id: ClientId::new(&arguments.prefix)?,
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
        filters: &filters,
    };
    let listener = TcpListener::bind(&arguments.listen).await?;
    let modem = Client::open(&arguments.device, 115_200, Config::default())?;
    // No two gateways should come back in step.
    let healing = Healing::new(RandomState::new().hash_one(&arguments.prefix));
    modem.keep(&plan, &Network::default(), &healing).await?;
    modem.until_connected().await?;
    println!("devices connect to {}", listener.local_addr()?);

    // Everything that comes from the modem, messages too, in the order in which it came.
    let mut events = modem.events();
    let (to_devices, _) = broadcast::channel(64);
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (device, address) = accepted?;
                let served = serve(device, modem.clone(), to_devices.subscribe(), arguments.prefix.clone());
                tokio::spawn(async move {
                    let end = served.await;
                    println!("{address}: {}", end.map_or_else(|error| error.to_string(), |()| "left".into()));
                });
            }
            event = events.next() => match event {
                // It fails while no device is there.
                Some(Ok(Event::Message(message))) => drop(to_devices.send(message)),
                Some(Ok(Event::Lost { why, .. })) => println!("{why}"),
                Some(Ok(Event::Restored { after, .. })) => println!("connected again after {after:.1?}"),
                Some(Ok(Event::GaveUp { why, .. })) => return Err(why.into()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err("nothing more comes from the modem".into()),
            },
            stopped = tokio::signal::ctrl_c() => {
                stopped?;
                break;
            }
        }
    }
    modem.let_go();
    modem.take_down(CLIENT).await?;
    println!("taken down");
    Ok(())
}

/// One device, until it leaves.
async fn serve(
    device: TcpStream,
    modem: Client,
    mut messages: broadcast::Receiver<Message>,
    prefix: String,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (lines, mut answers) = device.into_split();
    let mut lines = FramedRead::new(lines, LinesCodec::new_with_max_length(LONGEST_LINE));
    loop {
        // Both are cancel safe: what came of a line that is not complete yet is kept.
        tokio::select! {
            line = lines.next() => {
                let Some(line) = line.transpose()? else { return Ok(()) };
                // A device may be refused what it asks for, and stay.
                let answer = match publish(&modem, &prefix, &line).await {
                    Ok(()) => String::from("delivered\n"),
                    Err(error) => format!("not published: {error}\n"),
                };
                answers.write_all(answer.as_bytes()).await?;
            }
            message = messages.recv() => match message {
                Ok(message) => {
                    let words = [b"message", &message.topic[..], &message.payload[..]].join(&b' ');
                    answers.write_all(&[&words[..], b"\n"].concat()).await?;
                }
                Err(RecvError::Lagged(count)) => {
                    answers.write_all(format!("missed {count} messages\n").as_bytes()).await?;
                }
                Err(RecvError::Closed) => return Ok(()),
            },
        }
    }
}

async fn publish(modem: &Client, prefix: &str, line: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (topic, payload) = line.split_once(' ').ok_or("a line is <topic> <payload>")?;
    let topic = format!("{prefix}/{topic}");
    let publication = Publication {
        client: CLIENT,
        topic: Topic::new(&topic)?,
        payload: payload.as_bytes(),
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    };
    modem.deliver(&publication, OnUnknown::ByQos).await?;
    Ok(())
}

const CLIENT: u8 = 0;

/// In bytes: more than any family publishes. A device that sends a longer one is hung up on.
const LONGEST_LINE: usize = 12 * 1024;

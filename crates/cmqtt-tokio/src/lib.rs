//! An async driver for the MQTT client inside SIMCom modems.
//!
//! [`Client`] finds the modem, waits for its network, and brings one of its clients from whatever it holds to connected
//! and subscribed; [`Client::take_down`] goes back. Below these it has one method for each thing that the modem can be
//! asked. It is a handle: clones are cheap, and several tasks take turns on one modem.
//!
//! ```no_run
//! use cmqtt_tokio::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
//! use cmqtt_tokio::{Client, Config, Connection, Network, Plan, Publication};
//! use tokio_stream::StreamExt;
//!
//! # async fn gateway() -> Result<(), Box<dyn std::error::Error>> {
//! let modem = Client::open("/dev/ttyUSB2", 115_200, Config::SIM7028)?;
//! modem.identify(None).await?;
//! modem.wait_for_network(&Network::default()).await?;
//! // From whatever the modem holds to connected and subscribed.
//! modem.bring_up(&Plan {
//!     id: ClientId::new("meter 17")?,
//!     connection: Connection {
//!         client: 0,
//!         server: ServerAddress::new("tcp://test.mosquitto.org:1883")?,
//!         keep_alive: KeepAlive::new(60)?,
//!         clean_session: true,
//!         login: None,
//!     },
//!     version: None,
//!     tls: None,
//!     will: None,
//!     filters: &[(TopicFilter::new("meters/17/+")?, QoS::AtLeastOnce)],
//! }).await?;
//!
//! let publisher = modem.clone();
//! tokio::spawn(async move {
//!     let outcome = publisher.publish(&Publication {
//!         client: 0,
//!         topic: Topic::new("meters/17/volts").expect("a topic"),
//!         payload: b"230.1",
//!         qos: QoS::AtLeastOnce,
//!         retain: false,
//!         timeout: 60,
//!     }).await;
//!     match outcome {
//!         Ok(outcome) => println!("{outcome}"),
//!         Err(error) => println!("not published: {error}"),
//!     }
//! });
//!
//! let mut messages = modem.messages();
//! while let Some(message) = messages.next().await {
//!     let message = message?;
//!     println!("{}: {}", message.topic.escape_ascii(), message.payload.escape_ascii());
//! }
//! # Ok(()) }
//! ```
//!
//! Whatever reads and writes can be the port: see [`Port`]. It has the names and the behaviour of `cmqtt-blocking`, and
//! runs through the same tests. The decisions are all `cmqtt-core`'s; here is its loop.
//!
//! # Staying connected
//!
//! A client that is to stay connected is kept: [`Client::keep`] gives the order, and the driver finds the modem, connects,
//! subscribes, and does so again after every loss. [`Client::deliver`] keeps a message until its outcome is known, and
//! [`Client::open_lasting`] a port that is plugged in again.
//!
//! ```no_run
//! # use cmqtt_tokio::{Client, Config, Event, Healing, Network, OnUnknown, Plan, Publication};
//! # async fn stay(plan: &Plan<'_>, publication: &Publication<'_>) -> Result<(), Box<dyn std::error::Error>> {
//! let modem = Client::open_lasting("/dev/ttyUSB2", 115_200, Config::SIM7028)?;
//! let serial_number = 17;
//! modem.keep(plan, &Network::default(), &Healing::new(serial_number)).await?;
//! modem.until_connected().await?;
//! let delivered = modem.deliver(publication, OnUnknown::ByQos).await?;
//! if delivered.maybe_duplicate {
//!     println!("the broker may have it twice");
//! }
//! # Ok(()) }
//! ```
//!
//! # What is kept, and what is lost
//!
//! What the modem says unasked is read as it comes and kept until somebody asks for it, up to the bounds that
//! [`Memory`] states. Beyond them the oldest stay, newer ones are dropped and counted, and an [`Event::Overflow`] tells
//! how many in their place.
//!
//! # Features
//!
//! * `serial`, on by default: open a port by its path. No libudev is needed.
//! * `tracing`: a span for each request, and in it what goes through the port, as events of the target `cmqtt` without
//!   passwords and without the user's data. Off, it costs nothing; on, a copy of the bytes.

mod client;
pub use client::Client;

mod port;
pub use port::Port;
#[cfg(feature = "serial")]
pub use port::open_port;

mod shared;

mod stream;
pub use stream::{Events, Messages};

mod task;

pub use cmqtt_core::at_proto::{self, Refusal};
pub use cmqtt_core::{
    Broken, Cause, Config, Connection, DataEcho, Effect, Failure, Healing, Limits, Login, Loss, Network,
    OnUnknown, Overflow, Part, Plan, Progress, Publication, Quirks, RequestError, RequestId, Step, TlsConfig,
    TlsVersion, Transport, Verify, WaitReason, Will,
};
pub use cmqtt_host::{Delivered, Error, Event, Memory, Message, Outcome};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! A blocking driver for the MQTT client inside SIMCom modems.
//!
//! [`Client`] finds the modem, waits for its network, and brings one of its clients from whatever it holds to connected
//! and subscribed; [`Client::take_down`] goes back. Below these it has one method for each thing that the modem can be
//! asked.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use cmqtt_blocking::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
//! use cmqtt_blocking::{Client, Config, Connection, Network, Plan, Publication};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut modem = Client::open("/dev/ttyUSB2", 115_200, Config::SIM7028)?;
//! modem.identify(None)?;
//! modem.wait_for_network(&Network::default())?;
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
//! })?;
//! let outcome = modem.publish(&Publication {
//!     client: 0,
//!     topic: Topic::new("meters/17/volts")?,
//!     payload: b"230.1",
//!     qos: QoS::AtLeastOnce,
//!     retain: false,
//!     timeout: 60,
//! })?;
//! println!("{outcome}");
//! if let Some(code) = outcome.code() {
//!     println!("{}: {}", code.likely_cause(), code.remedy());
//! }
//! if let Some(message) = modem.receive(Duration::from_secs(60))? {
//!     println!("{}: {}", message.topic.escape_ascii(), message.payload.escape_ascii());
//! }
//! # Ok(()) }
//! ```
//!
//! Whatever reads and writes can be the port: see [`Port`]. The decisions are all `cmqtt-core`'s; here is its loop.
//!
//! # Staying connected
//!
//! A client that is to stay connected is kept: [`Client::keep`] gives the order, and the driver finds the modem, connects,
//! subscribes, and does so again after every loss. [`Client::deliver`] keeps a message until its outcome is known, and
//! [`Client::open_lasting`] a port that is plugged in again.
//!
//! ```no_run
//! # use std::time::Duration;
//! # use cmqtt_blocking::{Client, Config, Event, Healing, Network, OnUnknown, Plan, Publication};
//! # fn stay(plan: &Plan<'_>, publication: &Publication<'_>) -> Result<(), Box<dyn std::error::Error>> {
//! let mut modem = Client::open_lasting("/dev/ttyUSB2", 115_200, Config::SIM7028)?;
//! let serial_number = 17;
//! modem.keep(plan, &Network::default(), &Healing::new(serial_number))?;
//! modem.until_connected(Duration::MAX)?;
//! let delivered = modem.deliver(publication, OnUnknown::ByQos)?;
//! if delivered.maybe_duplicate {
//!     println!("the broker may have it twice");
//! }
//! # Ok(()) }
//! ```
//!
//! # What is kept, and what is lost
//!
//! The port is read during calls. What came that nobody asked for is kept, up to the bounds that [`Memory`] states; beyond
//! them the oldest stay, newer ones are dropped and counted, and an [`Event::Overflow`] tells how many in their place.
//! Between calls the operating system keeps what comes, often no more than 4 KiB of a serial port: a program that
//! receives much calls often.
//!
//! # Features
//!
//! * `serialport`, on by default: open a port by its path. No libudev is needed.
//! * `tracing`: a span for each request, and in it what goes through the port, as events of the target `cmqtt` without
//!   passwords and without the user's data. Off, it costs nothing; on, a copy of the bytes.

mod client;
pub use client::Client;

mod iterators;
pub use iterators::{Events, Messages};

mod port;
#[cfg(feature = "serialport")]
pub use port::open_port;
pub use port::{Port, SelfTimed};

pub use cmqtt_core::at_proto::{self, Refusal};
pub use cmqtt_core::{
    Broken, Cause, Config, Connection, DataEcho, Effect, Failure, Healing, Limits, Login, Loss, Network,
    OnUnknown, Overflow, Part, Plan, Progress, Publication, Quirks, RequestId, Step, TlsConfig, TlsVersion,
    Transport, Verify, Will,
};
pub use cmqtt_core::{RequestError, WaitReason};
pub use cmqtt_host::{Delivered, Error, Event, Memory, Message, Outcome};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

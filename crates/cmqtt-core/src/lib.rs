//! A driver for the MQTT client inside SIMCom modems (`AT+CMQTT…`), as a state machine: bytes, time and requests go in,
//! bytes and events come out. No I/O, no clock, no allocator: it runs under a blocking loop, an async one, an
//! interrupt handler or a test, and a 120-second timeout is tested in microseconds.
//!
//! # The contract
//!
//! [`Client`] has four kinds of methods, and each name shows its kind.
//!
//! 1. `handle_*`: the world reports. These alone take the time, and none of them fails.
//!    [`handle_received`](Client::handle_received) (bytes from the modem), [`handle_transmitted`](Client::handle_transmitted)
//!    (the port took bytes), [`handle_timeout`](Client::handle_timeout) (it is this late, and the port is empty),
//!    [`handle_reset`](Client::handle_reset) (the port was opened anew).
//! 2. Requests: [`start`](Client::start), [`connect`](Client::connect), [`publish`](Client::publish),
//!    [`command`](Client::command), …. Taken whole or refused whole; what a request needs is copied. The [`RequestId`]
//!    that it returns comes back in exactly one [`Event::Done`] or [`Event::Failed`]. One runs at a time: the modem
//!    answers one command at a time.
//! 3. [`poll`](Client::poll): what to do next. Call it after every `handle_*` and every request, until it says
//!    [`Output::Wait`].
//! 4. Getters: [`phase`](Client::phase), [`limits`](Client::limits), [`echoes`](Client::echoes).
//!
//! # The loop
//!
//! Every user writes it once. An adapter for a port is this and little more:
//!
//! ```
//! use cmqtt_core::{Client, Config, Event, Instant, Output, Storage};
//!
//! # struct Port(Vec<&'static [u8]>);
//! # impl Port {
//! #     fn write(&mut self, bytes: &[u8]) -> usize { bytes.len() }
//! #     fn read_until(&mut self, _deadline: Option<Instant>) -> Option<&'static [u8]> { self.0.pop() }
//! # }
//! # fn now() -> Instant { Instant::ZERO }
//! # let mut port = Port(vec![b"\r\n+CMQTTSTART: 0\r\n", b"\r\nOK\r\n"]);
//! # let (mut a, mut b, mut c, mut d) = ([0; 1024], [0; 11264], [0; 12288], [0; 512]);
//! let storage = Storage::new(&mut a[..], &mut b[..], &mut c[..], &mut d[..])?;
//! let mut client = Client::new(Config::SIM7028, storage);
//!
//! let starting = client.start()?;
//! loop {
//!     match client.poll() {
//!         // 1. Write what it wants written, and say how much of it the port took.
//!         Output::Transmit(bytes) => {
//!             let len = port.write(bytes);
//!             client.handle_transmitted(now(), len);
//!         }
//!         // 2. Read what happened. What it lends is valid until the next call.
//!         Output::Event(Event::Done { id, .. }) if id == starting => break,
//!         Output::Event(event) => println!("{event:?}"),
//!         // 3. Nothing to do: wait for bytes, no longer than the deadline says. Take the time before that: a deadline
//!         //    has passed when a read that began after it brought nothing. So a program that was stopped for a minute
//!         //    first hands in what the port holds.
//!         Output::Wait(deadline) => {
//!             let before = now();
//!             match port.read_until(deadline.map(|deadline| deadline.at)) {
//!                 Some(mut bytes) => {
//!                     let taken = client.handle_received(now(), bytes);
//!                     bytes = &bytes[taken..]; // The rest, if there is any, after polling again.
//!                     # assert!(bytes.is_empty());
//!                 }
//!                 None => client.handle_timeout(before),
//!             }
//!         }
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Memory
//!
//! All of it is the caller's, in a [`Storage`]: lent, as in `&mut [u8]`, or owned, as in `Box<[u8]>` or `[u8; N]`.
//! A received message that fits comes whole ([`Event::Message`]), a larger one in pieces as they arrive
//! ([`Event::MessageStart`], [`Event::MessagePiece`], [`Event::MessageEnd`]).
//!
//! # Client or session
//!
//! [`Client`] offers exactly what the modem offers, and heals nothing. [`Session`] is what people want of it: it finds the
//! modem, takes over what it holds, brings a client to connected and subscribed, and with [`Session::keep`] keeps it so
//! through every loss; [`Session::deliver`] keeps messages until their outcome is known. It has the same four kinds of
//! methods and runs in the same loop:
//!
//! ```
//! use cmqtt_core::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
//! use cmqtt_core::{Config, Connection, Healing, Network, OnUnknown, Plan, Publication, Session, Storage};
//!
//! # let storage = Storage::new(vec![0; 1024], vec![0; 11264], vec![0; 12288], vec![0; 4096])?;
//! let mut session = Session::new(Config::SIM7028, storage, vec![0; 4096], vec![0; 16384]);
//! let plan = Plan {
//!     id: ClientId::new("sensor-17")?,
//!     connection: Connection {
//!         client: 0,
//!         server: ServerAddress::new("tcp://broker.example:1883")?,
//!         keep_alive: KeepAlive::new(120)?,
//!         clean_session: true,
//!         login: None,
//!     },
//!     version: None,
//!     tls: None,
//!     will: None,
//!     filters: &[(TopicFilter::new("orders/17/#")?, QoS::AtLeastOnce)],
//! };
//! let serial_number = 17;
//! session.keep(&plan, &Network::default(), &Healing::new(serial_number))?;
//! // Taken at once; it goes out when there is a connection, and again if nobody knows whether it arrived.
//! let reading = session.deliver(
//!     &Publication {
//!         client: 0,
//!         topic: Topic::new("readings/17")?,
//!         payload: b"21.5",
//!         qos: QoS::AtLeastOnce,
//!         retain: false,
//!         timeout: 60,
//!     },
//!     OnUnknown::ByQos,
//! )?;
//! // In the loop: Event::Connected, Event::Delivered { id: reading, .. }, Event::Lost, Event::Restored.
//! # let _ = reading;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(test), no_std)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod client;
pub use client::{Client, Phase};

mod session;
pub use session::{Healing, Loss, Network, OnUnknown, Overflow, Plan, Progress, Session, Step, Will};

mod tls;
pub use tls::{TlsConfig, TlsVersion, Verify};

mod connection;
pub use connection::{Connection, Login, Transport};

mod publication;
pub use publication::Publication;

mod config;
pub use config::{Config, DataEcho, Limits, Quirks};

mod request;
pub use request::{Cause, Effect, Failure, NoAddress, RequestError, RequestId};

mod output;
pub use output::{Event, Output};

mod inbox;
pub use inbox::{Broken, Part};

mod late;
pub use late::LATE_RESULT;

mod storage;
pub use storage::{Storage, StorageTooSmall};

mod time;
pub use time::Instant;

mod timer;
pub use timer::{Deadline, WaitReason};

mod few;
mod flow;
mod outgoing;

pub use at_proto;

/// The examples of the README, which stands beside the package.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

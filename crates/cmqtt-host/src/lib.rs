//! What a host adds to a driver for the MQTT client inside SIMCom modems, and is nobody's protocol: what every adapter's
//! loop turns, with owned events, outcomes and errors; and behind features certificate checks, configuration files and the list of ports.
//!
//! A program uses an adapter, `cmqtt-blocking` or `cmqtt-tokio`, which have these types too. Who writes another adapter
//! starts with [`Engine`].

mod engine;
pub use engine::{Engine, MOST_DRAINED, Machine, Modem, Step};

mod conversation;
pub use conversation::{Conversation, Said, Side};

mod decode;
pub use decode::is_connected;

mod error;
pub use error::{Error, REOPEN_PAUSE, again};

mod event;
pub use event::{Event, Message};

mod memory;
pub use memory::Memory;

mod outcome;
pub use outcome::{Delivered, Outcome};

#[cfg(feature = "tls")]
pub mod tls;

#[cfg(feature = "config")]
pub mod config_file;

#[cfg(feature = "ports")]
mod ports;
#[cfg(feature = "ports")]
pub use ports::{PortHolder, PortInfo, UsbInfo, open_exclusively, ports};

mod queue;

mod trace;

pub use cmqtt_core;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

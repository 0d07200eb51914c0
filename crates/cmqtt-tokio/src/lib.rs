//! An async driver for the MQTT client inside SIMCom modems.

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
    Broken, Cause, Config, Connection, DataEcho, Effect, Failure, Limits, Login, Network, Part, Plan,
    Progress, Publication, Quirks, RequestError, Step, TlsConfig, TlsVersion, Transport, Verify, WaitReason,
    Will,
};
pub use cmqtt_host::{Error, Event, Memory, Message, Outcome};

//! A driver for the MQTT client inside SIMCom modems, as a state machine: bytes, time and requests in, bytes and
//! events out.
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
pub use client::{Client, Phase, Publication};

mod config;
pub use config::{Config, DataEcho, Limits, Quirks};

mod request;
pub use request::{Cause, Effect, Failure, RequestError, RequestId};

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

mod flow;
mod outgoing;

pub use at_proto;

//! `--spool`: messages that wait on disk until the modem has delivered them.

mod shared;
pub(crate) use shared::Spool;

mod intake;
pub(crate) use intake::{Bad, Input, Taken, take_all};

mod aside;

mod link;

mod deliver;
pub(crate) use deliver::{Delivery, deliver};

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use cmqtt_outbox::{Limits, Overflow};

use crate::arguments::{StayingPlan, seconds};

/// How much is spooled, and for how long.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "The spool")]
pub(crate) struct SpoolArguments {
    /// The most messages that wait in the spool; 100000 by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) spool_messages: Option<u64>,
    /// The most bytes that wait in the spool, topics and payloads; 67108864 (64 MiB) by default.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) spool_bytes: Option<u64>,
    /// What happens to a message when the spool is full; refuse by default. Whatever is dropped is told of.
    #[arg(long, value_name = "POLICY")]
    pub(crate) spool_full: Option<Full>,
    /// Seconds to go on delivering after the end of the input; without it, until everything is delivered.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub(crate) drain: Option<Duration>,
}

/// What happens when the spool is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Full {
    /// It is refused; standard input is not read on until there is room.
    Refuse,
    /// The oldest messages are dropped to make room, but not the one that is being delivered.
    DropOldest,
    /// It is dropped.
    DropNewest,
}

/// Where messages are spooled, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpoolPlan {
    pub(crate) dir: PathBuf,
    pub(crate) limits: Limits,
    pub(crate) drain: Option<Duration>,
    /// What becomes of a connection that is lost.
    pub(crate) staying: StayingPlan,
}

impl SpoolArguments {
    /// Whether any was given.
    pub(crate) fn is_given(&self) -> bool {
        let limits = self.spool_messages.or(self.spool_bytes).is_some();
        limits || self.spool_full.is_some() || self.drain.is_some()
    }

    /// With the directory, and what becomes of a connection that is lost.
    pub(crate) fn plan(&self, dir: PathBuf, staying: StayingPlan) -> SpoolPlan {
        let default = Limits::default();
        SpoolPlan {
            dir,
            limits: Limits {
                messages: self.spool_messages.unwrap_or(default.messages),
                bytes: self.spool_bytes.unwrap_or(default.bytes),
                overflow: match self.spool_full {
                    Some(Full::Refuse) | None => Overflow::Refuse,
                    Some(Full::DropOldest) => Overflow::DropOldest,
                    Some(Full::DropNewest) => Overflow::DropNewest,
                },
            },
            drain: self.drain,
            staying,
        }
    }
}

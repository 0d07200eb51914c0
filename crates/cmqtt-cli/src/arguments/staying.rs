//! What becomes of a connection that is lost.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use at_proto::Family;
use cmqtt_core::Healing;

use super::seconds;

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "A connection that is lost")]
pub(crate) struct StayingArguments {
    /// End when the connection is lost, or the modem's port goes away, instead of getting it back.
    #[arg(long, conflicts_with_all = ["give_up_after", "no_modem_restart"])]
    no_reconnect: bool,
    #[command(flatten)]
    kept: KeepingArguments,
}

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "A connection that is lost")]
pub(crate) struct KeepingArguments {
    /// Seconds to go on without a delivery while messages wait, otherwise without a connection, or `never` to give up. The
    /// run ends 10 s later at most. What is in a spool stays there. By default `pub` gives up after 600, unless it has a
    /// spool; `sub` and `gateway` never do. Without a spool the first connection is tried again only where this is given.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = patience)]
    give_up_after: Option<Patience>,
    /// Do not restart the modem when nothing gentler has helped. Restarting takes every connection of the modem with it.
    #[arg(long)]
    no_modem_restart: bool,
}

/// How long to go on without a delivery or a connection. `None`: without a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience(pub(crate) Option<Duration>);

/// How the connection is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StayingPlan {
    patience: Patience,
    /// Whether `--give-up-after` was given: then the first connection is tried again, too.
    retries: bool,
    may_restart: bool,
}

impl StayingArguments {
    /// `None` to end when the connection is lost.
    pub(crate) fn plan(&self, usual: Patience) -> Option<StayingPlan> {
        (!self.no_reconnect).then(|| self.kept(usual))
    }

    /// For a connection that is kept in any case.
    pub(crate) fn kept(&self, usual: Patience) -> StayingPlan {
        self.kept.plan(usual)
    }
}

impl KeepingArguments {
    pub(crate) fn plan(&self, usual: Patience) -> StayingPlan {
        StayingPlan {
            patience: self.give_up_after.unwrap_or(usual),
            retries: self.give_up_after.is_some(),
            may_restart: !self.no_modem_restart,
        }
    }
}

impl StayingPlan {
    /// After how long to give up.
    pub(crate) const fn patience(self) -> Option<Duration> {
        self.patience.0
    }

    /// Whether the first connection is tried again.
    pub(crate) const fn retries(self) -> bool {
        self.retries
    }

    /// The same for the driver. Its pauses are this run's own: many devices that lose their broker together come back one
    /// by one.
    pub(crate) fn healing(self, family: Option<Family>) -> Healing {
        let mut healing = Healing::new(RandomState::new().hash_one(0));
        healing.family = family;
        healing.may_restart = self.may_restart;
        healing.patience = self.patience.0;
        healing
    }
}

/// `--give-up-after`.
fn patience(text: &str) -> Result<Patience, String> {
    if text == "never" {
        return Ok(Patience(None));
    }
    seconds(text)
        .map(|seconds| Patience(Some(seconds)))
        .map_err(|_| "expected seconds, such as 300, or never".to_owned())
}

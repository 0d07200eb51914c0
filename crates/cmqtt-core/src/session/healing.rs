//! What a session does to stay connected, as its caller chooses it, and what it tells of that.

use core::fmt::{self, Display, Formatter};
use core::time::Duration;

use at_proto::Family;
use at_proto::cmqtt::{LostCause, ResultCode, budget};

use super::ladder;
use super::task::unanswered;
use crate::config::Config;
use crate::late::LATE_RESULT;
use crate::request::{Failure, RequestId};

/// How a session stays connected: see [`Session::keep`](crate::Session::keep).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Healing {
    /// What the pauses are drawn from. Devices that lose their broker together come back apart if their seeds differ: take
    /// a serial number, or whatever is at hand.
    pub seed: u64,
    /// The family of the modem; `None` for what the modem says it is.
    pub family: Option<Family>,
    /// The longest pause before the first attempt. Each that fails doubles it.
    pub first_pause: Duration,
    /// The longest pause of all.
    pub longest_pause: Duration,
    /// How long nothing may happen before the modem is asked whether it is still connected: not every loss is told. At least
    /// a second.
    pub check_every: Duration,
    /// Whether the modem may be restarted (`AT+CRESET`) when nothing gentler has helped. It takes every connection of the
    /// modem with it.
    pub may_restart: bool,
    /// The board can switch the modem's power, and the modem answers so long after that: see
    /// [`Event::PowerKey`](crate::Event::PowerKey). `None`: it cannot.
    pub power_key: Option<Duration>,
    /// After how long to give up: while messages wait, without a delivery; otherwise without a connection. What is being
    /// tried then is cut. `None`: never.
    pub patience: Option<Duration>,
    /// What gives way when the queue of messages is full.
    pub overflow: Overflow,
}

impl Healing {
    /// Pauses of 1 s to 2 min, a question a minute, a modem that may be restarted, no power key, endless patience.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            family: None,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(120),
            check_every: Duration::from_secs(60),
            may_restart: true,
            power_key: None,
            patience: None,
            overflow: Overflow::Refuse,
        }
    }

    /// Within what time after all trouble has ended a message is delivered again, at the latest, where each may take `publish`
    /// ([`Publication::timeout`](crate::Publication::timeout)). Mostly it takes seconds. By the budgets of the manual
    /// (section 3.2), of the modem that `config` is about (its `negotiation` is that of the plan's TLS: 300 s where that names
    /// none), it is the sum of
    ///
    /// * the attempt that is under way and may be in vain to its end: START, CONNECT with the negotiation of TLS, and SUB,
    ///   each with all of its budget, and before them a result that is owed: for [`LATE_RESULT`], or for as long as CONNECT may
    ///   take, if that is longer;
    /// * one pause, the longest;
    /// * an attempt that succeeds, with a modem that takes two seconds for each of fifty commands;
    /// * the publish that comes first, and before it the result of an earlier one, owed for [`LATE_RESULT`].
    ///
    /// A modem that needs its power key takes [`Healing::power_key_budget`] on top. The memory of the queue says how many
    /// messages come before a new one.
    pub fn recovery_budget(&self, config: &Config, publish: Duration) -> Duration {
        let connect = budget::CONNECT.saturating_add(config.negotiation);
        [
            LATE_RESULT.max(connect),
            config.service_budget,
            connect,
            budget::SUBSCRIBE,
            self.longest_pause,
            AN_ATTEMPT,
            LATE_RESULT,
            publish,
            budget::BEYOND_TIMEOUT,
        ]
        .into_iter()
        .fold(Duration::ZERO, Duration::saturating_add)
    }

    /// What a modem that is silent until its power is switched takes on top of [`Healing::recovery_budget`]: the attempts
    /// before it is, each with its pause and with all that is done to find the modem, and the time that the modem takes to
    /// answer. `None`: there is no key.
    pub fn power_key_budget(&self, config: &Config) -> Option<Duration> {
        let attempt = unanswered(config).saturating_add(self.longest_pause);
        let attempts = u32::from(ladder::attempts(ladder::Rung::Reconnect));
        Some(attempt.saturating_mul(attempts).saturating_add(self.power_key?))
    }
}

/// Some fifty commands, answered after two seconds each: slower than any that was seen.
const AN_ATTEMPT: Duration = Duration::from_secs(100);

/// What gives way when there is no room for another message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Overflow {
    /// The new message is refused: [`RequestError::QueueFull`](crate::RequestError::QueueFull).
    #[default]
    Refuse,
    /// The oldest messages fail with [`Cause::Displaced`](crate::Cause::Displaced), but not one that is on its way.
    DropOldest,
    /// The new message fails with [`Cause::Displaced`](crate::Cause::Displaced).
    DropNewest,
}

/// What to do with a message of which nobody knows whether the broker has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnUnknown {
    /// With QoS 1 it is sent again. With QoS 0 and 2 it comes back as failed, with
    /// [`Effect::Unknown`](crate::Effect::Unknown): sent again, it would go out under a new packet id, so that the broker
    /// could not tell that it had it already.
    #[default]
    ByQos,
    /// It is sent again whatever its quality of service: at least once.
    SendAgain,
}

/// Why a connection that was kept is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// The modem said so.
    Connection(LostCause),
    /// The broker closed it over a message that was being published, perhaps because its policy forbids the topic.
    ByPublish {
        /// The message. It stays, and fails with [`Cause::RefusedByBroker`](crate::Cause::RefusedByBroker) when this happens
        /// three times.
        message: RequestId,
        /// The result code of its PUB, if that had ended.
        code: Option<ResultCode>,
        /// What the modem said of the connection, if it did.
        cause: Option<LostCause>,
    },
    /// The network is gone.
    NoNetwork,
    /// The packet data context ended, and the connection with it.
    Deactivated,
    /// The modem could not send its keep-alive packet.
    KeepAlive(ResultCode),
    /// The modem restarted.
    Restarted,
    /// The line was reset: what the modem did meanwhile is not known.
    Reset,
    /// The modem was asked, and is not connected, or does not answer.
    Found(Failure),
    /// The modem says that it is connected, but publishes nothing.
    NotPublishing(Failure),
}

impl Display for Loss {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(cause) => write!(f, "connection lost: {cause}"),
            Self::ByPublish { code, cause, .. } => {
                f.write_str("the broker closed the connection at a publish")?;
                if let Some(cause) = cause {
                    write!(f, ": {cause}")?;
                }
                if let Some(code) = code {
                    write!(f, "; +CMQTTPUB ended with {code}")?;
                }
                f.write_str("; its policy may forbid the topic")
            }
            Self::NoNetwork => f.write_str("no network"),
            Self::Deactivated => f.write_str("the packet data context ended"),
            Self::KeepAlive(code) => write!(f, "keep alive failed: {code}"),
            Self::Restarted => f.write_str("the modem restarted"),
            Self::Reset => f.write_str("the line was reset"),
            Self::Found(failure) => write!(f, "found when asked: {failure}"),
            Self::NotPublishing(failure) => write!(f, "connected, but nothing is published: {failure}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budgets_are_the_sums_that_they_are_said_to_be() {
        let seconds = Duration::from_secs;
        let mut healing = Healing::new(1);
        let sim7028 = Config::SIM7028;
        let minute = seconds(60);
        let expected = seconds(180 + 12 + 120 + 120 + 120 + 100 + 180 + 60 + 10);
        assert_eq!(healing.recovery_budget(&sim7028, minute), expected);
        let slow = Config {
            negotiation: seconds(300),
            ..Config::SIM7600
        };
        let expected = expected + seconds(420 - 180 + 120 - 12 + 300 + 120);
        assert_eq!(healing.recovery_budget(&slow, seconds(180)), expected);
        assert_eq!(healing.power_key_budget(&sim7028), None);
        healing.power_key = Some(seconds(10));
        let attempts = healing.power_key_budget(&sim7028).expect("there is a key") - seconds(10);
        assert!(
            attempts > 3 * seconds(120 + 55) && attempts < 3 * seconds(120 + 60),
            "{attempts:?}"
        );
        healing.longest_pause = Duration::MAX;
        assert_eq!(healing.recovery_budget(&sim7028, minute), Duration::MAX);
        assert_eq!(healing.power_key_budget(&sim7028), Some(Duration::MAX));
    }
}

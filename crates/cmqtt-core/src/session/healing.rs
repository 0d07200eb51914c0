//! What a session does to stay connected, as its caller chooses it, and what it tells of that.

use core::fmt::{self, Display, Formatter};
use core::time::Duration;

use at_proto::Family;
use at_proto::cmqtt::{LostCause, ResultCode};

use crate::request::Failure;

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
    /// How long nothing may happen before the modem is asked whether it is still connected: not every loss is told.
    pub check_every: Duration,
    /// Whether the modem may be restarted (`AT+CRESET`) when nothing gentler has helped. It takes every connection of the
    /// modem with it.
    pub may_restart: bool,
    /// The board can switch the modem's power, and the modem answers so long after that: see
    /// [`Event::PowerKey`](crate::Event::PowerKey). `None`: it cannot.
    pub power_key: Option<Duration>,
    /// After how long without a connection to give up. `None`: never.
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
}

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

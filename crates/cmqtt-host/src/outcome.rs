//! How a publish ended.

use std::fmt::{self, Display, Formatter};

use cmqtt_core::at_proto::cmqtt::{Publish, ResultCode};
use cmqtt_core::at_proto::{Command, Refusal};
use cmqtt_core::{Cause, Failure};

/// How a publish ended, once `AT+CMQTTPUB` was sent (the manual, section 3.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a publish that was not delivered is lost unless it is sent again"]
pub enum Outcome {
    /// The modem reported success: for QoS 1 and 2, the broker's acknowledgement.
    Delivered,
    /// The modem refused to publish, and this is what it said: a result code ([`Outcome::code`]), or a `+CME ERROR`.
    Refused(Refusal),
    /// The broker closed the connection each time that the message was published, most likely because its policy forbids
    /// the topic. With the result code of the first such publish, if it had one.
    RefusedByBroker(Option<ResultCode>),
    /// The modem was told to publish, and whether it did is not known.
    Unknown(Failure),
}

impl Outcome {
    /// The outcome of a publish that failed like this. `None` if PUB was not reached: nothing was published.
    pub fn of(failure: Failure) -> Option<Self> {
        match failure.cause {
            Cause::RefusedByBroker(code) => Some(Self::RefusedByBroker(code)),
            _ if failure.is_unknown() => Some(Self::Unknown(failure)),
            Cause::Refused(refusal) if failure.command == Publish::NAME => Some(Self::Refused(refusal)),
            _ => None,
        }
    }

    /// Whether the message was delivered.
    pub const fn is_delivered(&self) -> bool {
        matches!(self, Self::Delivered)
    }

    /// The result code with which the modem refused, or the first publish ended, if there was one. It has a
    /// [meaning](ResultCode::meaning), a [likely cause](ResultCode::likely_cause) and a [remedy](ResultCode::remedy).
    pub const fn code(&self) -> Option<ResultCode> {
        match self {
            Self::Refused(Refusal::Code(code)) => Some(ResultCode(*code)),
            Self::RefusedByBroker(code) => *code,
            _ => None,
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered => f.write_str("delivered"),
            Self::Refused(Refusal::Code(code)) => write!(f, "refused: {}", ResultCode(*code)),
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::RefusedByBroker(code) => {
                f.write_str("refused by the broker, which closed the connection at each attempt")?;
                code.map_or(Ok(()), |code| write!(f, ": {code}"))
            }
            Self::Unknown(failure) => write!(f, "unknown: {failure}"),
        }
    }
}

/// A message has reached the broker: with QoS 1 and 2 the modem reported its acknowledgement, with QoS 0 that it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// An earlier attempt, whose outcome nobody knows, may have reached it, too: the broker may have the message twice.
    pub maybe_duplicate: bool,
}

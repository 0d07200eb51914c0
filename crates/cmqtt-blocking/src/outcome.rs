//! How a publish ended.

use std::fmt::{self, Display, Formatter};

use cmqtt_core::Failure;
use cmqtt_core::at_proto::cmqtt::ResultCode;

/// How a publish ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a publish that was not delivered is lost unless it is sent again"]
pub enum Outcome {
    /// The modem reported success: for QoS 1 and 2, the broker's acknowledgement.
    Delivered,
    /// The modem refused, and this is why.
    Refused(ResultCode),
    /// The modem was told to publish, and whether it did is not known.
    Unknown(Failure),
}

impl Outcome {
    /// Whether the message was delivered.
    pub const fn is_delivered(&self) -> bool {
        matches!(self, Self::Delivered)
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered => f.write_str("delivered"),
            Self::Refused(code) => write!(f, "refused: {code}"),
            Self::Unknown(failure) => write!(f, "unknown: {failure}"),
        }
    }
}

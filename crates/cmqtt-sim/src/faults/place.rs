//! Where faults can happen.

use super::{Fault, RestartAt, What};
use crate::wire::Direction;

/// The places that a kind of fault waits for: those that its `skip` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A byte on the line to the modem.
    ByteToModem,
    /// A byte on the line to the host.
    ByteToHost,
    /// A byte that the modem hears.
    Heard,
    /// A byte that the modem says.
    Said,
    /// A prompt.
    Prompt,
    /// A final result code.
    Final,
    /// A result URC.
    Result,
    /// A command begins that ends with a result URC.
    Begin,
    /// A line of an answer is about to begin.
    Gap,
    /// A publish that the broker has answered.
    Ack,
    /// The fault's own time, in the line's layer.
    TimeOfLine,
    /// The fault's own time, in the modem.
    TimeOfModem,
    /// The fault's own time, behind the modem.
    TimeOfNetwork,
}

/// Which part of a world lets a fault happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    Line,
    Modem,
    Network,
}

impl Fault {
    pub(crate) const fn place(&self) -> Place {
        match self.what {
            // As a URC: at its time, if that is between lines.
            What::Noise(_) if self.skip == 0 => Place::TimeOfModem,
            _ => self.what.place(),
        }
    }
}

impl What {
    /// Where a fault that passes over some places happens.
    pub(crate) const fn place(&self) -> Place {
        match self {
            Self::Lose(way)
            | Self::Double(way)
            | Self::Flip(way, _)
            | Self::Garbage(way, _)
            | Self::Pause(way, _)
            | Self::Split(way, ..) => Place::byte(*way),
            Self::Cut(_) | Self::Unplug(_) => Place::TimeOfLine,
            Self::PromptLost | Self::PromptTwice | Self::PromptLate(_) => Place::Prompt,
            Self::FinalLost | Self::FinalLate(_) => Place::Final,
            Self::ResultLost | Self::ResultLate(_) => Place::Result,
            Self::ResultFirst => Place::Begin,
            Self::Noise(_) | Self::LetOut => Place::Gap,
            Self::Restart(RestartAt::Byte(Direction::ToModem), _) => Place::Heard,
            Self::Restart(RestartAt::Byte(Direction::ToHost), _) => Place::Said,
            Self::Echo(_) | Self::Restart(RestartAt::Time, _) | Self::Hang(..) => Place::TimeOfModem,
            Self::AckLost => Place::Ack,
            Self::NoNetwork(_)
            | Self::NoContext(_)
            | Self::BrokerAway(_)
            | Self::Refuse(..)
            | Self::Kick(_)
            | Self::Stall(_)
            | Self::KeepAlive => Place::TimeOfNetwork,
        }
    }
}

impl Place {
    pub(crate) const fn byte(way: Direction) -> Self {
        match way {
            Direction::ToModem => Self::ByteToModem,
            Direction::ToHost => Self::ByteToHost,
        }
    }

    pub(crate) const fn layer(self) -> Layer {
        match self {
            Self::ByteToModem | Self::ByteToHost | Self::TimeOfLine => Layer::Line,
            Self::Heard
            | Self::Said
            | Self::Prompt
            | Self::Final
            | Self::Result
            | Self::Begin
            | Self::Gap
            | Self::TimeOfModem => Layer::Modem,
            Self::Ack | Self::TimeOfNetwork => Layer::Network,
        }
    }

    /// Whether what waits here happens at its time, and not at a place that the conversation brings.
    pub(crate) const fn is_time(self) -> bool {
        matches!(self, Self::TimeOfLine | Self::TimeOfModem | Self::TimeOfNetwork)
    }
}

//! The kinds of faults: their names, their explanations, and which of them alter bytes.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use super::What;

/// Whether the conversation's bytes arrive as they were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultClass {
    /// They do, or those who talk are told that they do not: a host can always come through without damage.
    Clean,
    /// They do not, and a line without checksums need not show it.
    Dirty,
}

macro_rules! kinds {
    ($($what:pat => $kind:ident, $name:literal, $class:ident, $explanation:literal;)+) => {
        /// What kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FaultKind {
            $(#[doc = $explanation] $kind,)+
        }

        impl FaultKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// Its name in a plan's text.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// What it does.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(Self::$kind => $explanation,)+
                }
            }

            /// Whether it alters bytes.
            #[must_use]
            pub const fn class(self) -> FaultClass {
                match self {
                    $(Self::$kind => FaultClass::$class,)+
                }
            }
        }

        impl What {
            /// What kind of fault this is.
            #[must_use]
            pub const fn kind(&self) -> FaultKind {
                match self {
                    $($what => FaultKind::$kind,)+
                }
            }
        }
    };
}

kinds! {
    What::Lose(_) => Lose, "lose", Dirty, "A byte is lost.";
    What::Double(_) => Double, "double", Dirty, "A byte comes twice.";
    What::Flip(..) => Flip, "flip", Dirty, "A bit is wrong.";
    What::Garbage(..) => Garbage, "garbage", Dirty, "Bytes come that nobody sent.";
    What::Cut(_) => Cut, "cut", Dirty, "Nothing passes for a while, and is lost.";
    What::Pause(..) => Pause, "pause", Clean, "Bytes come late.";
    What::Split(..) => Split, "split", Clean, "Bytes are read in pieces.";
    What::Unplug(_) => Unplug, "unplug", Clean, "The port is gone, and comes back.";
    What::PromptLost => PromptLost, "prompt-lost", Clean, "The modem takes data without a prompt.";
    What::PromptTwice => PromptTwice, "prompt-twice", Clean, "The prompt comes twice.";
    What::PromptLate(_) => PromptLate, "prompt-late", Clean, "The prompt comes late.";
    What::FinalLost => FinalLost, "final-lost", Clean, "A final result code never comes.";
    What::FinalLate(_) => FinalLate, "final-late", Clean, "A final result code comes late.";
    What::ResultLost => ResultLost, "result-lost", Clean, "A result URC never comes.";
    What::ResultLate(_) => ResultLate, "result-late", Clean, "A result URC comes late.";
    What::ResultFirst => ResultFirst, "result-first", Clean, "A result URC comes before OK.";
    What::Noise(_) => Noise, "noise", Clean, "A line without meaning comes between two others.";
    What::LetOut => LetOut, "let-out", Clean, "URCs and messages come inside an answer.";
    What::Echo(_) => Echo, "echo", Clean, "Echo goes on or off by itself.";
    What::Restart(..) => Restart, "restart", Clean, "The modem restarts.";
    What::Hang(..) => Hang, "hang", Clean, "The modem does nothing for a while.";
    What::NoNetwork(_) => NoNetwork, "no-network", Clean, "The network is lost for a while.";
    What::NoContext(_) => NoContext, "no-context", Clean, "The packet data context is lost for a while.";
    What::BrokerAway(_) => BrokerAway, "broker-away", Clean, "The broker is gone for a while.";
    What::Refuse(..) => Refuse, "refuse", Clean, "The broker refuses for a while.";
    What::Kick(_) => Kick, "kick", Clean, "Connections end.";
    What::Stall(_) => Stall, "stall", Clean, "Nothing passes behind the modem for a while.";
    What::AckLost => AckLost, "ack-lost", Clean, "A connection ends when the broker has a message and the modem does not know.";
    What::KeepAlive => KeepAlive, "keep-alive", Clean, "The keep alive fails.";
}

impl FaultKind {
    /// Every kind of a class.
    pub fn of(class: FaultClass) -> impl Iterator<Item = Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(move |kind| kind.class() == class)
    }
}

impl Display for FaultKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for FaultKind {
    type Err = UnknownFaultKind;

    fn from_str(text: &str) -> Result<Self, UnknownFaultKind> {
        let kind = Self::ALL.iter().copied().find(|kind| kind.name() == text);
        kind.ok_or_else(|| UnknownFaultKind(text.to_owned()))
    }
}

/// No kind of fault has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no kind of fault is named {0:?}")]
pub struct UnknownFaultKind(pub String);

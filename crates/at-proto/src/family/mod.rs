//! The families of SIMCom modems that have the MQTT service: what differs between them, as values, each with its source.
//! Driver and simulated modem read the same ones.

use core::fmt::{self, Display, Formatter};
use core::str::FromStr;

mod facts;
pub use facts::{Facts, Limits, MqttVersion, VersionChoice};

mod recognition;
pub use recognition::{OtherCommands, Recognition};

/// A family of modems. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Family {
    /// NB-IoT.
    Sim7028,
    /// NB-IoT.
    Sim7022,
    /// LTE Cat 1: A7670, A7672, A7608 and others.
    A76xx,
    /// LTE Cat 4 and Cat 1: SIM7500 and SIM7600.
    Sim7600,
    /// LTE Cat 1: SIM7652, SIM7670 and SIM7672.
    Sim767x,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 5] = [
        Self::Sim7028,
        Self::Sim7022,
        Self::A76xx,
        Self::Sim7600,
        Self::Sim767x,
    ];

    /// The name as its manuals write it: `SIM7028`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sim7028 => "SIM7028",
            Self::Sim7022 => "SIM7022",
            Self::A76xx => "A76XX",
            Self::Sim7600 => "SIM7600",
            Self::Sim767x => "SIM767X",
        }
    }
}

impl Display for Family {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Family {
    type Err = UnknownFamily;

    /// The family's name, in any letter case. SIM7500 is another name of SIM7600's family.
    fn from_str(text: &str) -> Result<Self, UnknownFamily> {
        Self::ALL
            .into_iter()
            .find(|family| family.name().eq_ignore_ascii_case(text))
            .or(text.eq_ignore_ascii_case("SIM7500").then_some(Self::Sim7600))
            .ok_or(UnknownFamily)
    }
}

/// No family has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such family: there are SIM7028, SIM7022, A76XX, SIM7600 (also for SIM7500) and SIM767X")]
pub struct UnknownFamily;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_found_by_their_names() {
        for family in Family::ALL {
            assert_eq!(family.name().parse(), Ok(family));
            assert_eq!(family.name().to_lowercase().parse(), Ok(family));
        }
        assert_eq!("sim7500".parse(), Ok(Family::Sim7600));
        assert_eq!("SIM800".parse::<Family>(), Err(UnknownFamily));
    }
}

//! The families of SIMCom modems as values: what a manual fixes (limits, names) beside what firmware varies
//! ([`Switches`](crate::Switches)). Every number says where it comes from; "inferred" marks a choice.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use crate::network::MqttVersion;
use crate::switches::Switches;

mod families;

/// A modem as it leaves the factory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Which family it belongs to.
    pub family: Family,
    /// What its manual fixes.
    pub limits: FamilyLimits,
    /// What it says about itself.
    pub identity: Identity,
    /// What its firmware does its own way.
    pub switches: Switches,
    /// Every time that varies is drawn from this: the same seed and the same input give the same modem.
    pub seed: u64,
}

/// The families that the simulator knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Family {
    /// NB-IoT; the default.
    Sim7028,
    /// NB-IoT.
    Sim7022,
    /// LTE Cat 1: A7670, A7672, A7608 and others.
    A76xx,
    /// LTE Cat 4 and Cat 1: SIM7500 and SIM7600.
    Sim7600,
    /// LTE Cat 1: SIM7670 and SIM7672.
    Sim767x,
}

/// What a family's manual fixes. Lengths are in bytes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FamilyLimits {
    /// How many clients there are, counted from index 0.
    pub clients: u8,
    /// The longest client identifier; the shortest has one byte.
    pub client_id: u32,
    /// How many TLS contexts there are, counted from 0.
    pub tls_contexts: u8,
    /// The shortest and the longest server address, with `tcp://` and port.
    pub address: (u32, u32),
    /// The longest will topic and the longest will message.
    pub will: u32,
    /// The longest topic and the longest topic filter.
    pub topic: u32,
    /// All filters cached by SUBTOPIC together.
    pub cached_filters: u32,
    /// How the host chooses between MQTT 3.1 and 3.1.1.
    pub version_choice: VersionChoice,
    /// What CONNECT announces without a choice.
    pub default_version: MqttVersion,
    /// Whether START takes a PDP context, `AT+CMQTTSTART=<cid>`.
    pub start_context: bool,
    /// Whether `+CMQTTNONET` tells that the network is gone.
    pub no_network_urc: bool,
    /// Whether the year in `+CCLK` has four digits.
    pub four_digit_year: bool,
}

/// How the host chooses between MQTT 3.1 and 3.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionChoice {
    /// It cannot.
    None,
    /// By a fourth argument of ACCQ: SIM7500/7600.
    Acquire,
    /// By `AT+CMQTTCFG="version"`: A76XX, SIM767X.
    Configuration,
}

/// What `ATI`, `AT+CGMM`, `AT+CGMR` and `AT+CGSN` say. The revisions and numbers are made up, in the family's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `AT+CGMI`.
    pub manufacturer: &'static str,
    /// `AT+CGMM`.
    pub model: &'static str,
    /// `AT+CGMR`.
    pub revision: &'static str,
    /// `AT+CGSN`: fifteen digits.
    pub imei: &'static str,
}

impl Profile {
    /// The family's profile.
    #[must_use]
    pub fn of(family: Family) -> Self {
        match family {
            Family::Sim7028 => Self::SIM7028,
            Family::Sim7022 => Self::SIM7022,
            Family::A76xx => Self::A76XX,
            Family::Sim7600 => Self::SIM7600,
            Family::Sim767x => Self::SIM767X,
        }
    }

    /// The same without delays: every answer comes at once. For what measures the line and not the modem.
    #[must_use]
    pub fn at_once(mut self) -> Self {
        self.switches.delays = crate::switches::Delays::NONE;
        self
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::SIM7028
    }
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

    /// The family's name, in any letter case.
    fn from_str(text: &str) -> Result<Self, UnknownFamily> {
        Self::ALL
            .into_iter()
            .find(|family| family.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownFamily(text.to_owned()))
    }
}

/// No family has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no family is named {0:?}: there are SIM7028, SIM7022, A76XX, SIM7600 and SIM767X")]
pub struct UnknownFamily(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_found_by_their_names() {
        for family in Family::ALL {
            assert_eq!(family.name().parse(), Ok(family));
            assert_eq!(family.name().to_lowercase().parse(), Ok(family));
            assert_eq!(Profile::of(family).family, family);
        }
        insta::assert_snapshot!(
            "SIM800".parse::<Family>().expect_err("no such family"),
            @r#"no family is named "SIM800": there are SIM7028, SIM7022, A76XX, SIM7600 and SIM767X"#
        );
    }
}

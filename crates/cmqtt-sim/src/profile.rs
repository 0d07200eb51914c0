//! The families of SIMCom modems as values: what a manual fixes (limits, names) beside what firmware varies
//! ([`Switches`](crate::Switches)). Every number says where it comes from; "inferred" marks a choice.

pub use at_proto::{Family, UnknownFamily, VersionChoice};

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
            _ => Self::SIM7028,
        }
    }

    /// What the module is called.
    pub(crate) fn model(&self) -> &str {
        let given = self.switches.surroundings.model.0.as_deref();
        given.unwrap_or(self.identity.model)
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

impl FamilyLimits {
    /// What the family's facts say.
    const fn of(family: Family) -> Self {
        let facts = family.facts();
        let limits = &facts.limits;
        Self {
            clients: limits.client.max() as u8 + 1,
            client_id: limits.client_id_len.max(),
            tls_contexts: limits.ssl_context.max() as u8 + 1,
            address: (limits.server_len.min(), limits.server_len.max()),
            will: limits.will_topic_len.max(),
            topic: limits.topic_len.max(),
            cached_filters: match facts.cached_filters {
                Some(bytes) => bytes,
                // The siblings' number, should a switch turn SUBTOPIC on.
                None => 5120,
            },
            version_choice: facts.version_choice,
            default_version: facts.default_version,
            start_context: facts.start_context,
            no_network_urc: facts.no_network_urc,
            four_digit_year: facts.four_digit_year,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_has_its_profile() {
        for family in Family::ALL {
            assert_eq!(Profile::of(family).family, family);
        }
    }
}

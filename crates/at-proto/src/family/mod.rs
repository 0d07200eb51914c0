//! The families of SIMCom modems that have the MQTT service: what differs between them, as values, each with its source.
//! Driver and simulated modem read the same ones.

use core::fmt::{self, Display, Formatter};
use core::str::FromStr;

mod facts;
pub use facts::{Facts, Limits, MqttVersion, VersionChoice};

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
    /// LTE Cat 1: SIM7670 and SIM7672.
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

    /// The family of a model, as `AT+CGMM` names it (`SIMCOM_SIM7600EI`, `A7670E-FASE`), or a line of `ATI`
    /// (`Model: A7608SA-H`). A line that names the firmware's revision says nothing: A7608's has a `7600` in it.
    #[must_use]
    pub fn of_model(line: &[u8]) -> Option<Self> {
        let model = match line.trim_ascii() {
            [b'R' | b'r', b'e', b'v', ..] => return None,
            model => model,
        };
        MODELS
            .iter()
            .find(|(name, _)| holds(model, name.as_bytes()))
            .map(|&(_, family)| family)
    }
}

/// How a model's name begins, behind whatever the maker prints before it. Longer names before those within them.
const MODELS: [(&str, Family); 8] = [
    ("SIM7028", Family::Sim7028),
    ("SIM7022", Family::Sim7022),
    ("SIM7500", Family::Sim7600),
    ("SIM7600", Family::Sim7600),
    ("SIM7670", Family::Sim767x),
    ("SIM7672", Family::Sim767x),
    ("SIM767", Family::Sim767x),
    ("A76", Family::A76xx),
];

fn holds(text: &[u8], name: &[u8]) -> bool {
    (0..text.len()).any(|at| {
        let part = text.get(at..at.saturating_add(name.len()));
        part.is_some_and(|part| part.eq_ignore_ascii_case(name))
    })
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

    /// As captures show them, and the vendor's product names.
    #[test]
    fn models_tell_their_family() {
        for (model, family) in [
            ("SIM7028", Some(Family::Sim7028)),
            ("SIM7022", Some(Family::Sim7022)),
            ("SIMCOM_SIM7600EI", Some(Family::Sim7600)),
            ("SIM7500A-H", Some(Family::Sim7600)),
            ("SIMCOM_SIM7600E-H", Some(Family::Sim7600)),
            ("A7670E-FASE", Some(Family::A76xx)),
            ("Model: A7608SA-H", Some(Family::A76xx)),
            ("Model: SIM7670G-MNGV", Some(Family::Sim767x)),
            ("SIM7672", Some(Family::Sim767x)),
            ("sim7672s", Some(Family::Sim767x)),
            ("Revision: A81C4B01A7600M7", None),
            ("Manufacturer: SIMCOM INCORPORATED", None),
            ("SIM800L", None),
            ("", None),
        ] {
            assert_eq!(Family::of_model(model.as_bytes()), family, "{model}");
        }
    }
}

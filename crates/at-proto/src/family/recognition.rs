//! What the name of a model says about its MQTT commands.

use core::fmt::{self, Display, Formatter};

use super::Family;

/// What the name of a model says about its MQTT commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recognition {
    /// It belongs to this family.
    Family(Family),
    /// It is a SIMCom model with other MQTT commands than `AT+CMQTT…`.
    Other(OtherCommands),
    /// The name is not in the table.
    Unknown,
}

/// The MQTT commands of the models that have no `AT+CMQTT…`. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OtherCommands {
    /// `AT+SM…`: SIM7000, SIM7070, SIM7080.
    Sm,
    /// `AT+CMQ…`: SIM7020.
    Cmq,
    /// A command set of their own: A7790, SIM8200.
    Unnamed,
}

impl Recognition {
    /// What a model's name says, as `AT+CGMM` prints it (`SIMCOM_SIM7600EI`, `A7670E-FASE`), or a line of `ATI`
    /// (`Model: A7608SA-H`). A line with the firmware's revision is ignored: A7608's contains `7600`.
    #[must_use]
    pub fn of_model(line: &[u8]) -> Self {
        let model = match line.trim_ascii() {
            [b'R' | b'r', b'e', b'v', ..] => return Self::Unknown,
            model => model,
        };
        MODELS
            .iter()
            .find(|(name, _)| holds(model, name.as_bytes()))
            .map_or(Self::Unknown, |&(_, recognition)| recognition)
    }

    /// The family, where the model belongs to one.
    #[must_use]
    pub const fn family(self) -> Option<Family> {
        match self {
            Self::Family(family) => Some(family),
            Self::Other(_) | Self::Unknown => None,
        }
    }
}

/// How a model's name begins; a manufacturer's prefix may precede it.
const MODELS: [(&str, Recognition); 13] = [
    ("SIM7028", Recognition::Family(Family::Sim7028)),
    ("SIM7022", Recognition::Family(Family::Sim7022)),
    ("SIM7500", Recognition::Family(Family::Sim7600)),
    ("SIM7600", Recognition::Family(Family::Sim7600)),
    ("SIM7652", Recognition::Family(Family::Sim767x)),
    ("SIM767", Recognition::Family(Family::Sim767x)),
    ("A76", Recognition::Family(Family::A76xx)),
    ("SIM7000", Recognition::Other(OtherCommands::Sm)),
    ("SIM7070", Recognition::Other(OtherCommands::Sm)),
    ("SIM7080", Recognition::Other(OtherCommands::Sm)),
    ("SIM7020", Recognition::Other(OtherCommands::Cmq)),
    ("A7790", Recognition::Other(OtherCommands::Unnamed)),
    ("SIM8200", Recognition::Other(OtherCommands::Unnamed)),
];

fn holds(text: &[u8], name: &[u8]) -> bool {
    (0..text.len()).any(|at| {
        let part = text.get(at..at.saturating_add(name.len()));
        part.is_some_and(|part| part.eq_ignore_ascii_case(name))
    })
}

impl Display for OtherCommands {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sm => "its MQTT commands are AT+SMCONF, AT+SMCONN, AT+SMPUB and so on",
            Self::Cmq => "its MQTT commands begin with AT+CMQ, not AT+CMQTT",
            Self::Unnamed => "it has another command set",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As captures show them, and the vendor's product names.
    #[test]
    fn model_name_is_recognised() {
        use Recognition::{Other, Unknown};
        let family = Recognition::Family;
        for (model, expected) in [
            ("SIM7028", family(Family::Sim7028)),
            ("SIM7022", family(Family::Sim7022)),
            ("SIMCOM_SIM7600EI", family(Family::Sim7600)),
            ("SIM7500A-H", family(Family::Sim7600)),
            ("SIMCOM_SIM7600E-H", family(Family::Sim7600)),
            ("A7670E-FASE", family(Family::A76xx)),
            ("Model: A7608SA-H", family(Family::A76xx)),
            ("Model: SIM7670G-MNGV", family(Family::Sim767x)),
            ("SIM7672", family(Family::Sim767x)),
            ("sim7672s", family(Family::Sim767x)),
            ("SIM7652E", family(Family::Sim767x)),
            ("SIM7080G", Other(OtherCommands::Sm)),
            ("SIMCOM_SIM7000G", Other(OtherCommands::Sm)),
            ("Model: SIM7070E", Other(OtherCommands::Sm)),
            ("SIM7020E", Other(OtherCommands::Cmq)),
            ("A7790", Other(OtherCommands::Unnamed)),
            ("SIM8200EA-M2", Other(OtherCommands::Unnamed)),
            ("Revision: A81C4B01A7600M7", Unknown),
            ("Revision:SIM7080G", Unknown),
            ("Manufacturer: SIMCOM INCORPORATED", Unknown),
            ("SIM800L", Unknown),
            ("FOO123", Unknown),
            ("", Unknown),
        ] {
            assert_eq!(Recognition::of_model(model.as_bytes()), expected, "{model}");
        }
    }
}

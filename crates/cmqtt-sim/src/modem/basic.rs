//! Basic commands, S-parameters, and what the modem says about itself.

use std::collections::BTreeMap;

use at_proto::basic::{ErrorFormat, Identification, Model, PowerOff, Restart, Revision, SerialNumber};
use at_proto::{Command, Form, Parse, Ranges, ValueRange};

use super::context::{Outcome, Reply};
use super::transmitter::Transmitter;
use crate::profile::{Family, Identity, Profile};

/// What the host can set of the conversation itself.
#[derive(Debug)]
pub(super) struct Basic {
    pub(super) echo: bool,
    /// `AT+CMEE`: 0 plain `ERROR`, 1 numbers, 2 words.
    pub(super) error_format: u8,
    /// S-parameters are kept and read back; none has an effect.
    registers: BTreeMap<u8, u8>,
    family: Family,
}

impl Basic {
    pub(super) fn new(family: Family) -> Self {
        Self {
            echo: true,
            // Seen on A76XX right after power-up: a number. Elsewhere 3GPP's default.
            error_format: u8::from(family == Family::A76xx),
            registers: BTreeMap::new(),
            family,
        }
    }

    /// `AT<x><n>`
    pub(super) fn command(
        &mut self,
        tx: &mut Transmitter,
        profile: &Profile,
        name: &[u8],
        value: Option<u32>,
    ) -> Reply {
        let name = name.to_ascii_uppercase();
        let switched = |value: Option<u32>| value.unwrap_or(0) <= 1;
        match (name.as_slice(), value) {
            (b"E", value) if switched(value) => self.echo = value == Some(1),
            (b"I", None | Some(0)) => {
                let identity = &profile.identity;
                for line in [
                    format!("Manufacturer: {}", identity.manufacturer),
                    format!("Model: {}", profile.model()),
                    format!("Revision: {}", identity.revision),
                    format!("IMEI: {}", identity.imei),
                ] {
                    tx.information_bytes(&profile.switches, line.as_bytes());
                }
            }
            (b"Z" | b"&F", None | Some(0 | 1)) => *self = Self::new(self.family),
            // This modem always answers, and in words.
            (b"Q", None | Some(0)) | (b"V", Some(1)) => {}
            (b"X" | b"&C" | b"&D" | b"&W" | b"&V", _) => {}
            _ => return Ok(Outcome::Error),
        }
        Ok(Outcome::Ok)
    }

    /// `ATS<n>=<m>`; without a value the default comes back.
    pub(super) fn set_register(&mut self, register: u32, value: Option<u32>) -> Outcome {
        let (Ok(register), Ok(value)) = (u8::try_from(register), value.map(u8::try_from).transpose()) else {
            return Outcome::Error;
        };
        match value {
            Some(value) => self.registers.insert(register, value),
            None => self.registers.remove(&register),
        };
        Outcome::Ok
    }

    /// `ATS<n>?`: three digits (ITU-T V.250, section 5.3.2).
    pub(super) fn read_register(&self, tx: &mut Transmitter, profile: &Profile, register: u32) -> Outcome {
        let Ok(register) = u8::try_from(register) else {
            return Outcome::Error;
        };
        let value = self.registers.get(&register).copied().unwrap_or(match register {
            3 => b'\r',
            4 => b'\n',
            5 => 8,
            _ => 0,
        });
        tx.information_bytes(&profile.switches, format!("{value:03}").as_bytes());
        Outcome::Ok
    }

    /// Extended commands of the conversation and the identity; `None` for others.
    pub(super) fn extended(
        &mut self,
        tx: &mut Transmitter,
        profile: &Profile,
        name: &[u8],
        form: Form<'_>,
    ) -> Option<Reply> {
        let Identity {
            manufacturer,
            revision,
            imei,
            ..
        } = profile.identity;
        Some(match name {
            b"+CMEE" => self.report_errors(tx, profile, form),
            b"+CPOF" => unless_tested(form, PowerOff::parse(form).map(|_| Outcome::PowerOff)),
            b"+CRESET" => unless_tested(form, Restart::parse(form).map(|_| Outcome::Restart)),
            // The siblings know it, at-proto has no type for it.
            b"+CGMI" => unless_tested(form, form.execute().map(|()| Outcome::Ok)).inspect(|_| {
                if form == Form::Execute {
                    tx.information_bytes(&profile.switches, manufacturer.as_bytes());
                }
            }),
            b"+CGMM" => identify::<Model>(tx, profile, form, profile.model()),
            b"+CGMR" => identify::<Revision>(tx, profile, form, revision),
            b"+CGSN" => identify::<SerialNumber>(tx, profile, form, imei),
            name if WITHOUT_EFFECT.contains(&name) => match form {
                Form::Write(_) | Form::Test => Ok(Outcome::Ok),
                Form::Read | Form::Execute => Ok(Outcome::Error),
            },
            _ => return None,
        })
    }

    fn report_errors(&mut self, tx: &mut Transmitter, profile: &Profile, form: Form<'_>) -> Reply {
        match form {
            Form::Test => {
                let line = ValueRange::<ErrorFormat>::new(Ranges::span(0, 2));
                tx.information(&profile.switches, &line);
            }
            Form::Read => tx.information(&profile.switches, &ErrorFormat { n: self.error_format }),
            form => match ErrorFormat::parse(form)?.n {
                n @ 0..=2 => self.error_format = n,
                _ => return Ok(Outcome::Error),
            },
        }
        Ok(Outcome::Ok)
    }
}

/// The test form of a command without values is answered by `OK`.
fn unless_tested(form: Form<'_>, executed: Reply) -> Reply {
    if form == Form::Test {
        Ok(Outcome::Ok)
    } else {
        executed
    }
}

fn identify<'a, C: Command + Parse<'a>>(
    tx: &mut Transmitter,
    profile: &Profile,
    form: Form<'a>,
    text: &str,
) -> Reply {
    if form != Form::Test {
        C::parse(form)?;
        tx.information(
            &profile.switches,
            &Identification::<C>::new(text.as_bytes(), false),
        );
    }
    Ok(Outcome::Ok)
}

/// What drivers set and the simulator has nothing to do for.
const WITHOUT_EFFECT: [&[u8]; 10] = [
    b"+CEDRXS", b"+CFUN", b"+CMGF", b"+CNMI", b"+CPSMS", b"+CTZR", b"+CTZU", b"+ICF", b"+IFC", b"+IPR",
];

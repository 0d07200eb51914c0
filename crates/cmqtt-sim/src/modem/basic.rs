//! Basic commands, S-parameters, and what the modem says about itself.

use std::collections::BTreeMap;

use at_proto::{DecodeError, Form};

use super::context::{Outcome, Reply};
use super::transmitter::Transmitter;
use crate::profile::{Family, Profile};

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
                    format!("Model: {}", identity.model),
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
        Some(match name {
            b"+CGMI" => identify(tx, profile, form, profile.identity.manufacturer),
            b"+CGMM" => identify(tx, profile, form, profile.identity.model),
            b"+CGMR" => identify(tx, profile, form, profile.identity.revision),
            b"+CGSN" => identify(tx, profile, form, profile.identity.imei),
            _ => return None,
        })
    }
}

fn identify(
    tx: &mut Transmitter,
    profile: &Profile,
    form: Form<'_>,
    text: &str,
) -> Result<Outcome, DecodeError> {
    match form {
        Form::Test => {}
        form => {
            form.execute()?;
            tx.information_bytes(&profile.switches, text.as_bytes());
        }
    }
    Ok(Outcome::Ok)
}

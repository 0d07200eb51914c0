//! CPIN: the SIM.

use at_proto::network::{EnterPin, PinState, Urc};
use at_proto::{Form, Parse, Secret};

use super::registration::report_registration;
use crate::modem::context::{Context, EquipmentError, Outcome, Reply};
use crate::modem::radio::Sim;

pub(super) fn pin(cx: &mut Context<'_>, form: Form<'_>) -> Reply {
    match form {
        Form::Test => return Ok(Outcome::Ok),
        Form::Read => {
            if let Some(refused) = unusable(cx) {
                return Ok(refused);
            }
            let state = if cx.radio.is_ready() {
                PinState::Ready
            } else {
                PinState::Pin
            };
            cx.information(&state);
            return Ok(Outcome::Ok);
        }
        _ => {}
    }
    let EnterPin {
        pin: Secret(given), ..
    } = EnterPin::parse(form)?;
    if let Some(refused) = unusable(cx) {
        return Ok(refused);
    }
    let right = match &cx.radio.sim {
        Sim::Locked { pin } if !cx.radio.unlocked => pin.as_bytes() == given.as_bytes(),
        _ => return Ok(Outcome::Equipment(EquipmentError::NotAllowed)),
    };
    if !right {
        return Ok(Outcome::Equipment(EquipmentError::IncorrectPassword));
    }
    unlock(cx);
    Ok(Outcome::Ok)
}

/// The SIM can be used from now on.
pub(in crate::modem) fn unlock(cx: &mut Context<'_>) {
    cx.radio.unlocked = true;
    cx.radio.activate();
    cx.urc(|out| Urc::Pin(PinState::Ready).emit(out));
    report_registration(cx);
}

/// What CPIN answers where there is no SIM, or one that fails.
fn unusable(cx: &mut Context<'_>) -> Option<Outcome> {
    match cx.radio.sim {
        Sim::Absent => Some(Outcome::Equipment(EquipmentError::SimNotInserted)),
        Sim::NotAvailable => {
            // Seen on SIM7600.
            let switches = &cx.profile.switches;
            cx.tx.information_bytes(switches, b"+SIMCARD: NOT AVAILABLE");
            Some(Outcome::Error)
        }
        Sim::Fails { code, .. } if !cx.radio.unlocked => Some(Outcome::Equipment(EquipmentError::Sim(code))),
        _ => None,
    }
}

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
            let state = match cx.radio.sim {
                Sim::Absent => return Ok(Outcome::Equipment(EquipmentError::SimNotInserted)),
                _ if cx.radio.is_ready() => PinState::Ready,
                _ => PinState::Pin,
            };
            cx.information(&state);
            return Ok(Outcome::Ok);
        }
        _ => {}
    }
    let EnterPin {
        pin: Secret(given), ..
    } = EnterPin::parse(form)?;
    let right = match &cx.radio.sim {
        Sim::Absent => return Ok(Outcome::Equipment(EquipmentError::SimNotInserted)),
        Sim::Locked { pin } if !cx.radio.unlocked => pin.as_bytes() == given.as_bytes(),
        _ => return Ok(Outcome::Equipment(EquipmentError::NotAllowed)),
    };
    if !right {
        return Ok(Outcome::Equipment(EquipmentError::IncorrectPassword));
    }
    cx.radio.unlocked = true;
    cx.radio.activate();
    cx.urc(|out| Urc::Pin(PinState::Ready).emit(out));
    report_registration(cx);
    Ok(Outcome::Ok)
}

//! CGDCONT, CGATT, CGACT and CGPADDR: the way of the data. The simulated modem has one bearer, which every context that
//! is defined shares.

use at_proto::network::{
    Activate, Attachment, Context as PdpContext, ContextAddress, ContextRanges, ContextState, DefineContext,
    ShowAddress, Text,
};
use at_proto::{Form, Parse, Quoted, Ranges, ValueRange};

use crate::modem::context::{Context, EquipmentError, Outcome, Reply};
use crate::modem::mqtt::Mqtt;
use crate::modem::radio::Sim;

pub(super) fn define_context(cx: &mut Context<'_>, form: Form<'_>) -> Reply {
    match form {
        Form::Test => {
            for kind in KINDS {
                cx.information(&ContextRanges {
                    cid: Ranges::span(1, CONTEXTS.into()),
                    kind: Quoted::new(kind).ok(),
                    tail: b",,(0-2),(0-4)",
                });
            }
        }
        Form::Read => {
            for (&cid, (kind, apn)) in &cx.radio.contexts.clone() {
                cx.information(&PdpContext {
                    cid,
                    kind: Quoted::new(kind).ok(),
                    apn: Quoted::new(apn).ok(),
                    address: Quoted::new("0.0.0.0").ok(),
                    tail: b"0,0",
                });
            }
        }
        form => {
            let command = DefineContext::parse(form)?;
            let known = |kind: &[u8]| {
                KINDS
                    .iter()
                    .any(|known| known.as_bytes().eq_ignore_ascii_case(kind))
            };
            match (command.cid, command.kind) {
                (1..=CONTEXTS, None) => {
                    cx.radio.contexts.remove(&command.cid);
                }
                (1..=CONTEXTS, Some(kind)) if known(kind.as_bytes()) => {
                    let apn = command.apn.unwrap_or_default().as_bytes().to_vec();
                    let context = (kind.as_bytes().to_ascii_uppercase(), apn);
                    cx.radio.contexts.insert(command.cid, context);
                }
                _ => return Ok(Outcome::Error),
            }
        }
    }
    Ok(Outcome::Ok)
}

pub(super) fn attachment(mqtt: &mut Mqtt, cx: &mut Context<'_>, form: Form<'_>) -> Reply {
    match form {
        Form::Test => cx.information(&ValueRange::<Attachment>::new(Ranges::span(0, 1))),
        Form::Read => {
            let state = u8::from(cx.radio.attached && cx.radio.is_registered());
            cx.information(&Attachment { state });
        }
        form => match Attachment::parse(form)?.state {
            0 => {
                cx.radio.attached = false;
                cx.radio.active = false;
                mqtt.forget_connections(cx);
            }
            1 if cx.radio.is_registered() => cx.radio.attached = true,
            1 => return Ok(no_network(cx)),
            _ => return Ok(Outcome::Error),
        },
    }
    Ok(Outcome::Ok)
}

pub(super) fn activation(mqtt: &mut Mqtt, cx: &mut Context<'_>, form: Form<'_>) -> Reply {
    match form {
        Form::Test => cx.information(&ValueRange::<Activate>::new(Ranges::span(0, 1))),
        Form::Read => {
            let state = u8::from(cx.radio.has_address());
            for cid in contexts(cx) {
                cx.information(&ContextState { cid, state });
            }
        }
        form => {
            let command = Activate::parse(form)?;
            if command.cid.is_some_and(|cid| !contexts(cx).contains(&cid)) {
                return Ok(Outcome::Error);
            }
            match command.state {
                0 => {
                    cx.radio.active = false;
                    mqtt.forget_connections(cx);
                }
                1 if cx.radio.activate_on_command() => {}
                1 => return Ok(no_network(cx)),
                _ => return Ok(Outcome::Error),
            }
        }
    }
    Ok(Outcome::Ok)
}

pub(super) fn address(cx: &mut Context<'_>, form: Form<'_>) -> Reply {
    if form == Form::Test {
        return Ok(Outcome::Ok);
    }
    let wanted = ShowAddress::parse(form)?.cid;
    let text = Text::Quoted(Quoted::new("10.64.0.2").unwrap_or_default());
    for cid in contexts(cx) {
        if wanted.is_none_or(|wanted| wanted == cid) {
            let addresses = cx.radio.has_address().then_some((text, None));
            cx.information(&ContextAddress { cid, addresses });
        }
    }
    Ok(Outcome::Ok)
}

/// Why there is no network.
fn no_network(cx: &Context<'_>) -> Outcome {
    Outcome::Equipment(match cx.radio.sim {
        Sim::Absent | Sim::NotAvailable => EquipmentError::SimNotInserted,
        Sim::Fails { code, .. } if !cx.radio.unlocked => EquipmentError::Sim(code),
        Sim::Locked { .. } if !cx.radio.unlocked => EquipmentError::PinRequired,
        _ => EquipmentError::NoNetwork,
    })
}

/// The contexts that exist: the network brings the first, whatever the host defines.
fn contexts(cx: &Context<'_>) -> Vec<u8> {
    let mut contexts: Vec<u8> = cx.radio.contexts.keys().copied().collect();
    if contexts.is_empty() {
        contexts.push(1);
    }
    contexts
}

const KINDS: [&str; 3] = ["IP", "IPV6", "IPV4V6"];

/// Contexts that can be defined.
const CONTEXTS: u8 = 15;

//! The network's and the SIM's commands (3GPP TS 27.007, sections 7, 8 and 10).

use at_proto::network::{Circuit, Clock, Eps, Packet, Signal, SignalQuality, SignalRanges};
use at_proto::{Form, Parse, Ranges, Span};

mod packet;
mod registration;
mod sim;

pub(super) use registration::report_registration;
pub(super) use sim::unlock;

use super::context::{Context, Outcome, Reply};
use super::mqtt::Mqtt;

/// Runs a command of the network or the SIM.
pub(super) fn command(mqtt: &mut Mqtt, cx: &mut Context<'_>, name: &[u8], form: Form<'_>) -> Reply {
    match name {
        b"+CPIN" => sim::pin(cx, form),
        b"+CSQ" => signal(cx, form),
        b"+CREG" => registration::registration::<Circuit>(cx, form),
        b"+CGREG" => registration::registration::<Packet>(cx, form),
        b"+CEREG" => registration::registration::<Eps>(cx, form),
        b"+COPS" => registration::operator(cx, form),
        b"+CGDCONT" => packet::define_context(cx, form),
        b"+CGATT" => packet::attachment(mqtt, cx, form),
        b"+CGACT" => packet::activation(mqtt, cx, form),
        b"+CGPADDR" => packet::address(cx, form),
        b"+CCLK" => clock(cx, form),
        _ => Ok(Outcome::Error),
    }
}

fn signal(cx: &mut Context<'_>, form: Form<'_>) -> Reply {
    if form == Form::Test {
        let with_unknown = |max| Ranges::new(&[Span::To(0, max), Span::One(99)]);
        if let (Some(rssi), Some(ber)) = (with_unknown(31), with_unknown(7)) {
            cx.information(&SignalRanges { rssi, ber });
        }
        return Ok(Outcome::Ok);
    }
    Signal::parse(form)?;
    let (rssi, ber) = cx.radio.signal;
    cx.information(&SignalQuality { rssi, ber });
    Ok(Outcome::Ok)
}

fn clock(cx: &mut Context<'_>, form: Form<'_>) -> Reply {
    match form {
        Form::Test => {}
        Form::Read => {
            let shown = cx.radio.clock.read(cx.now, cx.profile.limits.four_digit_year);
            cx.information(&shown);
        }
        form => {
            let clock = Clock::parse(form)?;
            if !cx.radio.clock.set(cx.now, &clock) {
                return Ok(Outcome::Error);
            }
        }
    }
    Ok(Outcome::Ok)
}

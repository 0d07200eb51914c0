//! The network's commands.

use at_proto::network::{Signal, SignalQuality, SignalRanges};
use at_proto::{Form, Parse, Ranges, Span};

use super::context::{Context, Outcome, Reply};

/// Runs a command of the network or the SIM.
pub(super) fn command(cx: &mut Context<'_>, name: &[u8], form: Form<'_>) -> Reply {
    match name {
        b"+CSQ" => signal(cx, form),
        _ => Ok(Outcome::Error),
    }
}

/// Tells the new registration where the host asked for it.
pub(super) fn report_registration(_: &mut Context<'_>) {}

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

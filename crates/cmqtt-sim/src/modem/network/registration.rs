//! CREG, CGREG, CEREG and COPS: the registration with the network.

use at_proto::network::{
    Cell, Domain, Operator, Registration, RegistrationDomain, RegistrationState, ReportRegistration, Text,
    Urc,
};
use at_proto::{Form, Parse, Quoted, Ranges, ValueRange};

use crate::modem::context::{Context, EquipmentError, Outcome, Reply};
use crate::profile::Family;

/// Tells the new registration where the host asked for it.
pub(in crate::modem) fn report_registration(cx: &mut Context<'_>) {
    for domain in [Domain::Circuit, Domain::Packet, Domain::Eps] {
        let n = cx.radio.reports[index(domain)];
        if n > 0 {
            let report = registered(cx, domain, None, n);
            cx.urc(|out| Urc::Registration(report).emit(out));
        }
    }
}

pub(super) fn registration<D: RegistrationDomain>(cx: &mut Context<'_>, form: Form<'_>) -> Reply {
    let domain = D::DOMAIN;
    match form {
        Form::Test => cx.information(&ValueRange::<ReportRegistration<D>>::new(Ranges::span(0, 2))),
        Form::Read => {
            let n = cx.radio.reports[index(domain)];
            let answer = registered(cx, domain, Some(n), n);
            cx.information(&answer);
        }
        form => match ReportRegistration::<D>::parse(form)?.n {
            n @ 0..=2 => cx.radio.reports[index(domain)] = n,
            _ => return Ok(Outcome::Equipment(EquipmentError::NotAllowed)),
        },
    }
    Ok(Outcome::Ok)
}

/// The registration as the domain's line shows it: with the cell where `detail` is 2.
fn registered(cx: &Context<'_>, domain: Domain, n: Option<u8>, detail: u8) -> Registration<'static> {
    let stat = if cx.radio.is_ready() {
        cx.radio.registration as u8
    } else {
        0
    };
    let state = RegistrationState::new(stat);
    let hexadecimal = |text| Text::Quoted(Quoted::new(text).unwrap_or_default());
    let cell = (detail == 2 && state.is_registered()).then(|| Cell {
        area: hexadecimal("1A2B"),
        id: hexadecimal("01234567"),
        technology: Some(technology(cx.profile.family)),
    });
    Registration {
        domain,
        n,
        state,
        cell,
        tail: b"",
    }
}

pub(super) fn operator(cx: &mut Context<'_>, form: Form<'_>) -> Reply {
    match form {
        Form::Read => {
            let registered = cx.radio.is_registered();
            cx.information(&Operator {
                mode: 0,
                format: registered.then_some(0),
                name: registered.then(|| Quoted::new("SIMULATED").unwrap_or_default()),
                technology: registered.then(|| technology(cx.profile.family)),
            });
            Ok(Outcome::Ok)
        }
        // There is one network, and it is chosen.
        form => Ok(if Operator::parse(form)?.mode <= 4 {
            Outcome::Ok
        } else {
            Outcome::Error
        }),
    }
}

/// `<AcT>`: 9 is NB-IoT, 7 LTE.
const fn technology(family: Family) -> u8 {
    match family {
        Family::Sim7028 | Family::Sim7022 => 9,
        _ => 7,
    }
}

const fn index(domain: Domain) -> usize {
    match domain {
        Domain::Circuit => 0,
        Domain::Packet => 1,
        Domain::Eps => 2,
    }
}

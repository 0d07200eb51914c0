//! Waiting for the network: what is asked again, what is told of it, and when it is given up.

use std::time::Duration;

use at_proto::Refusal;
use at_proto::cmqtt::ResultCode;
use at_proto::network::{Apn, Domain, Pin, RegistrationState};
use cmqtt_core::{Cause, Network, NoAddress, Progress, WaitReason};

use crate::script::{ERROR, OK, Script, cause, plan};

const SECOND: Duration = Duration::from_secs(1);
const NOT_READY: &str = "\r\n+CPIN: NOT READY\r\n\r\nOK\r\n";
const READY: &str = "\r\n+CPIN: READY\r\n\r\nOK\r\n";
const NOT_AVAILABLE: &str = "\r\n+SIMCARD: NOT AVAILABLE\r\n\r\nERROR\r\n";
const LOCKED: &str = "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n";

fn pin(pin: &str) -> Network<'_> {
    Network {
        pin: Some(Pin::new(pin).unwrap()),
        ..Network::default()
    }
}

/// How waiting for the network ends, and after how long.
#[track_caller]
fn wait(script: &mut Script, network: &Network<'_>) -> (Option<Cause>, Duration) {
    let begun = script.now;
    let end = script.run(|session| session.wait_for_network(network));
    (cause(end), script.now.saturating_duration_since(begun))
}

/// The access point is set when the first context has another one, and left alone when it is right.
#[test]
fn the_access_point_is_set_where_it_is_another() {
    let network = Network {
        apn: Some(Apn::new("iot.example").unwrap()),
        ..Network::default()
    };
    for (contexts, sets) in [
        (
            "\r\n+CGDCONT: 1,\"IP\",\"iot.example\",\"0.0.0.0\",0,0\r\n",
            false,
        ),
        ("\r\n+CGDCONT: 1,\"IP\",\"another\",\"0.0.0.0\",0,0\r\n", true),
        (
            "\r\n+CGDCONT: 1,\"IP\",\"another\",\"0.0.0.0\",0,0\r\n+CGDCONT: 2,\"IP\",\"iot.example\",\"0.0.0.0\",0,0\r\n",
            true,
        ),
        (
            "\r\n+CGDCONT: 2,\"IP\",\"another\",\"0.0.0.0\",0,0\r\n+CGDCONT: 1,\"IP\",\"iot.example\",\"0.0.0.0\",0,0\r\n",
            false,
        ),
        ("", true),
    ] {
        let mut script = Script::new();
        script.says("AT+CGDCONT?", [&format!("{contexts}{OK}")]);
        assert_eq!(wait(&mut script, &network).0, None);
        assert_eq!(
            script.count("AT+CGDCONT=1,\"IP\",\"iot.example\""),
            usize::from(sets),
            "{contexts}"
        );
    }
    let mut script = Script::new();
    script.says("AT+CGDCONT?", [ERROR]);
    assert_eq!(wait(&mut script, &network).0, None);
    assert_eq!(script.count("AT+CGDCONT=1"), 1);
    // Without one, the modem's own is not looked at.
    let mut script = Script::new();
    assert_eq!(wait(&mut script, &Network::default()).0, None);
    assert_eq!(script.count("AT+CGDCONT"), 0);
}

/// A SIM that is missing is said to be at once; one that is still read is asked again until its time is over.
#[test]
fn a_sim_is_waited_for_and_one_that_is_missing_is_not() {
    for missing in ["\r\n+CME ERROR: 10\r\n", "\r\n+CME ERROR: SIM not inserted\r\n"] {
        let mut script = Script::new();
        script.says("AT+CPIN?", [missing]);
        let end = wait(&mut script, &Network::default());
        assert_eq!(end, (Some(Cause::NoSim), Duration::ZERO), "{missing:?}");
    }
    for busy in [
        "\r\n+CME ERROR: 14\r\n",
        "\r\n+CME ERROR: SIM busy\r\n",
        "\r\n+CME ERROR: 13\r\n",
        "\r\n+CME ERROR: 313\r\n",
        NOT_AVAILABLE,
        NOT_READY,
        ERROR,
        OK,
    ] {
        let mut script = Script::new();
        script.says("AT+CPIN?", [busy, busy, busy, READY]);
        let end = wait(&mut script, &Network::default());
        assert_eq!(end, (None, 6 * SECOND), "{busy:?}");
    }
    for (never, why) in [
        (NOT_READY, Cause::TimedOut(WaitReason::SimReady)),
        (
            "\r\n+CME ERROR: 13\r\n",
            Cause::SimNotReady(Refusal::Equipment(13)),
        ),
        (
            "\r\n+CME ERROR: 313\r\n",
            Cause::SimNotReady(Refusal::Equipment(313)),
        ),
        (ERROR, Cause::SimNotReady(Refusal::Error)),
        (NOT_AVAILABLE, Cause::NoSim),
    ] {
        let mut script = Script::new();
        script.says("AT+CPIN?", [never]);
        // As long as was told.
        let end = wait(&mut script, &Network::default());
        assert_eq!(end, (Some(why), 20 * SECOND));
    }
    // What a second PIN protects is not the network.
    for code in ["SIM PIN2", "SIM PUK2"] {
        let mut script = Script::new();
        script.says("AT+CPIN?", [&format!("\r\n+CPIN: {code}\r\n\r\nOK\r\n")]);
        assert_eq!(wait(&mut script, &pin("1234")).0, None, "{code}");
        assert_eq!(script.count("AT+CPIN="), 0);
    }
}

/// A PIN is given once, and looked at by the SIM for a while.
#[test]
fn a_pin_is_given_once_and_its_check_is_waited_for() {
    let mut script = Script::new();
    script.says("AT+CPIN?", [LOCKED, LOCKED, LOCKED, READY]);
    // Three questions after the one that asked for it, two seconds before each.
    assert_eq!(wait(&mut script, &pin("1234")), (None, 6 * SECOND));
    assert_eq!(script.count("AT+CPIN=\"1234\""), 1);

    let mut script = Script::new();
    script.says("AT+CPIN?", [LOCKED]);
    let end = wait(&mut script, &pin("1234"));
    assert_eq!(end, (Some(Cause::PinNotAccepted), 20 * SECOND));
    assert_eq!(script.count("AT+CPIN="), 1);
    assert_eq!(
        wait(&mut script, &Network::default()),
        (Some(Cause::PinRequired), Duration::ZERO)
    );
}

/// A SIM that was busy has not looked at the PIN: it may have it again. One that has said no may not.
#[test]
fn a_pin_that_was_not_looked_at_may_be_given_again() {
    for (refusal, again) in [
        ("\r\n+CME ERROR: 14\r\n", true),
        ("\r\n+CME ERROR: SIM busy\r\n", true),
        ("\r\n+CME ERROR: 16\r\n", false),
        ("\r\n+CME ERROR: incorrect password\r\n", false),
        (ERROR, false),
    ] {
        let mut script = Script::new();
        script.says("AT+CPIN?", [LOCKED]).says("AT+CPIN=", [refusal]);
        assert!(matches!(
            wait(&mut script, &pin("1234")).0,
            Some(Cause::Refused(_))
        ));
        script.says("AT+CPIN=", [OK]).says("AT+CPIN?", [LOCKED, READY]);
        let end = wait(&mut script, &pin("1234")).0;
        assert_eq!(end.is_none(), again, "{refusal:?}: {end:?}");
        assert_eq!(script.count("AT+CPIN="), if again { 2 } else { 1 });
    }
}

/// What is told of the registration: each change once, and of the packet domain only what is news beside LTE's.
#[test]
fn a_registration_is_told_when_it_changes() {
    use RegistrationState::{Denied, Home, NotRegistered, Roaming, Searching};
    let said = |domain: &str, state: u8| format!("\r\n+{domain}: 0,{state}\r\n\r\nOK\r\n");
    let told = |script: &Script| {
        let of = |progress: &Progress| match progress {
            Progress::Registration { domain, state } => Some((*domain, *state)),
            _ => None,
        };
        script.progress.iter().filter_map(of).collect::<Vec<_>>()
    };
    let [searching, denied, home] = [2, 3, 1].map(|state| said("CEREG", state));
    let [out, roaming, lost] = [0, 5, 2].map(|state| said("CGREG", state));
    let mut script = Script::new();
    script
        .says("AT+CEREG?", [&searching, &searching, &denied, &home])
        .says("AT+CGREG?", [&out]);
    let end = wait(&mut script, &Network::default());
    assert_eq!(end, (None, 6 * SECOND));
    let eps = |state| (Domain::Eps, state);
    assert_eq!(told(&script), [eps(Searching), eps(Denied), eps(Home)]);

    // A modem that falls back.
    let mut script = Script::new();
    script
        .says("AT+CEREG?", [&searching])
        .says("AT+CGREG?", [&out, &roaming]);
    assert_eq!(wait(&mut script, &Network::default()).0, None);
    assert_eq!(told(&script), [eps(Searching), (Domain::Packet, Roaming)]);

    // One that knows one domain only.
    let mut script = Script::new();
    script
        .says("AT+CEREG?", [ERROR])
        .says("AT+CGREG?", [&lost, &roaming]);
    assert_eq!(wait(&mut script, &Network::default()).0, None);
    let packet = |state| (Domain::Packet, state);
    assert_eq!(told(&script), [packet(Searching), packet(Roaming)]);

    // One that never is: given up when its time is over, and not before.
    let network = Network {
        registration: Some(30 * SECOND),
        ..Network::default()
    };
    let mut script = Script::new();
    script
        .says("AT+CEREG?", [&said("CEREG", 0)])
        .says("AT+CGREG?", [&out]);
    let never = Cause::NotRegistered(Some(NotRegistered));
    assert_eq!(wait(&mut script, &network), (Some(never), 30 * SECOND));
    assert_eq!(told(&script), [eps(NotRegistered)]);

    // Served, but not with data: told at once, and again at the end.
    for state in [6, 7, 8, 11] {
        let mut script = Script::new();
        script
            .says("AT+CEREG?", [&said("CEREG", state)])
            .says("AT+CGREG?", [&out]);
        let state = RegistrationState::new(state);
        assert!(state.is_without_data());
        let never = Cause::NotRegistered(Some(state));
        assert_eq!(wait(&mut script, &network), (Some(never), 30 * SECOND));
        assert_eq!(told(&script), [eps(state)]);
    }
    for state in [9, 10] {
        let mut script = Script::new();
        script.says("AT+CEREG?", [&said("CEREG", state)]);
        assert_eq!(wait(&mut script, &network), (None, Duration::ZERO));
    }
}

/// The signal is told when it is first known, and when it changes.
#[test]
fn a_signal_is_told_when_it_changes() {
    let mut script = Script::new();
    let [weak, strong] = [5, 25].map(|rssi| format!("\r\n+CSQ: {rssi},0\r\n\r\nOK\r\n"));
    script
        .says("AT+CSQ", [ERROR, &weak, &weak, &strong, &weak])
        .says("AT+CEREG?", ["\r\n+CEREG: 0,2\r\n\r\nOK\r\n"; 5]);
    let network = Network {
        registration: Some(10 * SECOND),
        ..Network::default()
    };
    wait(&mut script, &network);
    let of = |progress: &Progress| match progress {
        Progress::Signal(signal) => Some(signal.rssi),
        _ => None,
    };
    let told: Vec<_> = script.progress.iter().filter_map(of).collect();
    assert_eq!(told, [5, 25, 5]);
}

/// A modem that is registered and not attached is asked to attach, once; whatever it says to that, it is waited for.
#[test]
fn a_modem_is_attached_once() {
    const DETACHED: &str = "\r\n+CGATT: 0\r\n\r\nOK\r\n";
    const ATTACHED: &str = "\r\n+CGATT: 1\r\n\r\nOK\r\n";
    for answer in [OK, ERROR] {
        let mut script = Script::new();
        script
            .says("AT+CGATT?", [DETACHED, DETACHED, DETACHED, ATTACHED])
            .says("AT+CGATT=1", [answer]);
        assert_eq!(wait(&mut script, &Network::default()), (None, 6 * SECOND));
        assert_eq!(script.count("AT+CGATT=1"), 1);
    }
    let mut script = Script::new();
    script.says("AT+CGATT?", [DETACHED]);
    let (end, waited) = wait(&mut script, &Network::default());
    assert_eq!(end, Some(Cause::TimedOut(WaitReason::Attachment)));
    // As long as was told, and a question more, for they are two seconds apart.
    assert_eq!(waited, 76 * SECOND);
    assert_eq!(script.count("AT+CGATT=1"), 1);
    // Firmware that does not know the question.
    let mut script = Script::new();
    script.says("AT+CGATT?", [ERROR]);
    assert_eq!(wait(&mut script, &Network::default()), (None, Duration::ZERO));
    assert_eq!(script.count("AT+CGATT=1"), 0);
}

/// An address is waited for a while, and told; without one the service gets it.
#[test]
fn an_address_is_waited_for_and_told() {
    let address = |address: &str| format!("\r\n+CGPADDR: 1,{address}\r\n\r\nOK\r\n");
    let told = |script: &Script| {
        let of = |progress: &Progress| match progress {
            Progress::Address(address) => Some(*address),
            _ => None,
        };
        script.progress.iter().filter_map(of).collect::<Vec<_>>()
    };
    let [none, some] = ["0.0.0.0", "10.0.200.7"].map(address);
    let mut script = Script::new();
    script.says("AT+CGPADDR", [&none, OK, &some]);
    assert_eq!(wait(&mut script, &Network::default()), (None, 4 * SECOND));
    assert_eq!(told(&script), [Some([10, 0, 200, 7])]);

    // Without one, the context is activated, once.
    let mut script = Script::new();
    script.says("AT+CGPADDR", [&none, &none, &none, &none, &none, &none, &some]);
    assert_eq!(wait(&mut script, &Network::default()), (None, 10 * SECOND));
    assert_eq!(told(&script), [Some([10, 0, 200, 7])]);
    assert_eq!(script.count("AT+CGACT=1,1"), 1);

    let refused = "\r\n+CME ERROR: 30\r\n";
    for (answer, activation, asked, waited) in [
        (OK, None, 12, 20),
        (refused, Some(Refusal::Equipment(30)), 7, 10),
        // It is not answered: the modem is asked all the same.
        ("", None, 12, 95),
    ] {
        let mut script = Script::new();
        script.says("AT+CGPADDR", [&none]).says("AT+CGACT", [answer]);
        let end = wait(&mut script, &Network::default());
        assert_eq!(end, (None, waited * SECOND), "{answer:?}");
        assert_eq!(told(&script), []);
        let seen = NoAddress { asked, activation };
        assert_eq!(script.progress.last(), Some(&Progress::NoAddress(seen)));
        assert_eq!(script.count("AT+CGPADDR"), usize::from(asked));
        assert_eq!(script.count("AT+CGACT=1,1"), 1);

        // What fails for want of it says so; what does not, does not.
        script.says("AT+CMQTTCONNECT=0", ["\r\nOK\r\n\r\n+CMQTTCONNECT: 0,4\r\n"]);
        let failure = script.run(|session| session.bring_up(&plan())).unwrap_err();
        assert_eq!(failure.cause, Cause::NoAddress(seen, Some(ResultCode(4))));
        script.says("AT+CMQTTCONNECT=0", ["\r\nOK\r\n\r\n+CMQTTCONNECT: 0,31\r\n"]);
        let failure = script.run(|session| session.bring_up(&plan())).unwrap_err();
        assert_eq!(failure.cause, Cause::Refused(Refusal::Code(31)));
    }

    // One of another kind is an address all the same.
    for other in ["32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1", "10.0.0", "10.0.0.300"] {
        let mut script = Script::new();
        script.says("AT+CGPADDR", [&address(other)]);
        assert_eq!(wait(&mut script, &Network::default()), (None, Duration::ZERO));
        assert_eq!(told(&script), [None], "{other}");
    }
    let mut script = Script::new();
    script.says("AT+CGPADDR", [ERROR]);
    assert_eq!(wait(&mut script, &Network::default()), (None, Duration::ZERO));
}

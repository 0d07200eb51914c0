//! Taking a client down: what is there is taken down in order, and what is not ours stays.

use std::time::Duration;

use at_proto::Refusal;
use cmqtt_core::{Cause, Config};

use crate::script::{ERROR, OK, Script, cause};

const HELD: &str = "\r\n+CMQTTACCQ: 0,\"client test0\",0\r\n\r\nOK\r\n";
const FREE: &str = "\r\n+CMQTTACCQ: 0,\"\",0\r\n+CMQTTACCQ: 1,\"\",0\r\n\r\nOK\r\n";
const ANOTHERS: &str = "\r\n+CMQTTACCQ: 0,\"\",0\r\n+CMQTTACCQ: 1,\"another\",0\r\n\r\nOK\r\n";
const REFUSED: &str = "\r\n+CMQTTREL: 0,19\r\n\r\nERROR\r\n";
const IDLE: &str = "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,1\r\n\r\nOK\r\n";
const CONNECTED: &str = "\r\n+CMQTTDISC: 0,0\r\n+CMQTTDISC: 1,1\r\n\r\nOK\r\n";
const ANOTHER_CONNECTED: &str = "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,0\r\n\r\nOK\r\n";

/// What is done for each state that a modem can be found in, and how it ends.
#[test]
fn what_is_there_is_taken_down_and_nothing_else() {
    let refused = Some(Cause::Refused(Refusal::Code(19)));
    for (state, release, held, steps, end) in [
        (CONNECTED, OK, FREE, &["DISC", "REL", "STOP"][..], None),
        (CONNECTED, OK, OK, &["DISC", "REL", "STOP"], None),
        (CONNECTED, OK, ANOTHERS, &["DISC", "REL"], None),
        (IDLE, OK, FREE, &["REL", "STOP"], None),
        (ANOTHER_CONNECTED, OK, ANOTHERS, &["REL"], None),
        // It was not held.
        (IDLE, REFUSED, FREE, &["REL", "STOP"], None),
        (IDLE, REFUSED, ANOTHERS, &["REL"], None),
        // It is held on, as while it connects.
        (IDLE, REFUSED, HELD, &["REL"], refused),
        (CONNECTED, REFUSED, HELD, &["DISC", "REL"], refused),
        // The service does not run.
        (ERROR, OK, ERROR, &[], None),
        // Who says nothing of connections is asked what is held, and what is held on was not taken down.
        (ERROR, OK, HELD, &[], Some(Cause::Refused(Refusal::Error))),
        (ERROR, OK, FREE, &["STOP"], None),
    ] {
        let mut script = Script::with(Config::A76XX);
        script
            .says("AT+CMQTTDISC?", [state])
            .says("AT+CMQTTREL=0", [release])
            .says("AT+CMQTTACCQ?", [held]);
        let ended = script.run(|session| session.take_down(0));
        assert_eq!(cause(ended), end, "{:?}", script.lines);
        assert_eq!(script.steps(), steps, "{:?}", script.lines);
    }
}

/// DISC is given the time that is preferred where it is allowed.
#[test]
fn a_disconnection_is_given_what_the_modem_allows() {
    for (config, stated, timeout) in [
        (Config::SIM7028, OK, 60),
        (Config::A76XX, OK, 60),
        (
            Config::A76XX,
            "\r\n+CMQTTDISC: (0-1),(0, 60-180)\r\n\r\nOK\r\n",
            60,
        ),
        (Config::A76XX, "\r\n+CMQTTDISC: (0-1),(0-30)\r\n\r\nOK\r\n", 30),
        (
            Config::A76XX,
            "\r\n+CMQTTDISC: (0-1),(300-300)\r\n\r\nOK\r\n",
            300,
        ),
        (
            Config::A76XX,
            "\r\n+CMQTTDISC: (0-1),(61-4294967295)\r\n\r\nOK\r\n",
            61,
        ),
    ] {
        let mut script = Script::with(config);
        script
            .says("AT+CMQTTDISC=?", [stated])
            .says("AT+CMQTTDISC?", [CONNECTED]);
        script.run(|session| session.client()?.learn_limits()).unwrap();
        script.run(|session| session.take_down(0)).unwrap();
        assert_eq!(
            script.count(&format!("AT+CMQTTDISC=0,{timeout}")),
            1,
            "{:?}",
            script.lines
        );
    }
}

/// A modem may state any timeout: it is given what it asks for, and waited for no longer than any manual allows.
#[test]
fn take_down_waits_no_longer_than_three_minutes_for_a_modem_that_states_more() {
    for stated in ["(300-300)", "(4294967295)", "(0-1,4294967295-4294967295)"] {
        let mut script = Script::with(Config::A76XX);
        script
            .says(
                "AT+CMQTTDISC=?",
                [&format!("\r\n+CMQTTDISC: (0-1),{stated}\r\n\r\nOK\r\n")],
            )
            .says("AT+CMQTTDISC?", [CONNECTED])
            .says("AT+CMQTTDISC=0", [OK]);
        script.run(|session| session.client()?.learn_limits()).unwrap();
        let before = script.now;
        script.run(|session| session.take_down(0)).unwrap_err();
        let waited = script.now.saturating_duration_since(before);
        assert!(waited <= Duration::from_secs(200), "{stated}: {waited:?}");
    }
}

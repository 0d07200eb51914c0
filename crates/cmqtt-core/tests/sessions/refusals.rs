//! Bringing a client up where the modem refuses: what is waited for, what is made way for, and what has failed.

use std::time::Duration;

use at_proto::cmqtt::{QoS, Topic};
use cmqtt_core::{Cause, Config, Plan, Progress, TlsConfig, Will};

use crate::bring_up::{ANOTHER, CONNECTED, IDLE, OURS, SAME, bring_up, holding, refusal, refused, result};
use crate::script::{ERROR, OK, Script, cause, filters, plan};

const SECOND: Duration = Duration::from_secs(1);

/// The time since the beginning.
fn seconds(script: &Script) -> u64 {
    script.now.as_micros() / 1_000_000
}

/// A result may follow an `ERROR` that says nothing: so long it is waited for.
fn behind(answer: &str) -> u64 {
    if answer == ERROR { 3 } else { 0 }
}

/// ACCQ may say that a client is in use that it has not listed: then that is taken down first, once.
#[test]
fn a_client_in_use_that_is_not_listed_is_made_way_for() {
    let in_use = refusal("ACCQ", 19);
    for (state, steps) in [
        (CONNECTED, &["ACCQ", "DISC", "REL", "ACCQ", "CONNECT"][..]),
        (IDLE, &["ACCQ", "REL", "ACCQ", "CONNECT"]),
    ] {
        let mut script = holding(Config::SIM7028, OK, state, OK);
        script.says("AT+CMQTTACCQ=0", [&in_use, OK]);
        assert_eq!(bring_up(&mut script, &plan()), Ok(()));
        assert_eq!(script.steps(), steps);
        assert_eq!(seconds(&script), 0, "at once");
    }
    // Something else holds it: that is waited for, and told.
    let mut script = holding(Config::SIM7028, OK, IDLE, OK);
    script.says("AT+CMQTTACCQ=0", [&in_use, &in_use, OK]);
    assert_eq!(bring_up(&mut script, &plan()), Ok(()));
    assert!(
        script
            .progress
            .iter()
            .any(|told| matches!(told, Progress::StillBusy { client: 0, .. }))
    );
    assert_eq!(script.steps(), ["ACCQ", "REL", "ACCQ", "REL", "ACCQ", "CONNECT"]);
    // And not for ever, nor is anything connected that is not ours.
    let mut script = holding(Config::SIM7028, OK, IDLE, OK);
    script.says("AT+CMQTTACCQ=0", [&in_use]);
    assert_eq!(cause(bring_up(&mut script, &plan())), refused(19));
    assert_eq!(seconds(&script), 130);
    assert_eq!(script.count("AT+CMQTTCONNECT=0"), 0);
    // Another refusal is one.
    let mut script = holding(Config::SIM7028, OK, IDLE, OK);
    script.says("AT+CMQTTACCQ=0", [&refusal("ACCQ", 3)]);
    assert_eq!(cause(bring_up(&mut script, &plan())), refused(3));
    assert_eq!(seconds(&script), 0);
}

/// START is refused where the service runs, where it starts, and where it cannot start.
#[test]
fn a_start_that_is_refused_may_be_none_that_failed() {
    let opened = "\r\n+CMQTTSTART: 23\r\n\r\nERROR\r\n";
    for answer in [ERROR, opened] {
        // It runs.
        let mut script = holding(Config::SIM7028, ERROR, IDLE, OK);
        script.says("AT+CMQTTSTART", [answer]);
        assert_eq!(bring_up(&mut script, &plan()), Ok(()));
        assert_eq!(script.steps(), ["START", "ACCQ", "CONNECT"]);
        assert_eq!(seconds(&script), behind(answer));
        // It starts: what is refused meanwhile is tried again.
        let mut script = holding(Config::SIM7028, ERROR, ERROR, OK);
        script
            .says(
                "AT+CMQTTSTART",
                [answer, answer, answer, "\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n"],
            )
            .says("AT+CMQTTACCQ=0", [ERROR, ERROR, OK]);
        assert_eq!(bring_up(&mut script, &plan()), Ok(()));
        assert_eq!(seconds(&script), 4 + 3 * behind(answer));
        // It never does, and that is what has failed.
        let mut script = holding(Config::SIM7028, ERROR, ERROR, OK);
        script
            .says("AT+CMQTTSTART", [answer])
            .says("AT+CMQTTACCQ=0", [ERROR]);
        let failure = bring_up(&mut script, &plan()).unwrap_err();
        assert_eq!(failure.command, "+CMQTTSTART");
        // Each time it is tried again.
        let late = seconds(&script) - 12;
        assert!((behind(answer)..=2 * behind(answer)).contains(&late), "{late}");
    }
    let mut script = holding(Config::SIM7028, ERROR, IDLE, OK);
    script.says("AT+CMQTTSTART", ["\r\n+CMQTTSTART: 4\r\n\r\nERROR\r\n"]);
    assert_eq!(cause(bring_up(&mut script, &plan())), refused(4));
    assert_eq!(script.steps(), ["START"]);
    // Where START succeeded, ACCQ's ERROR is ACCQ's.
    let mut script = holding(Config::SIM7028, ERROR, IDLE, OK);
    script.says("AT+CMQTTACCQ=0", [ERROR]);
    let failure = bring_up(&mut script, &plan()).unwrap_err();
    assert_eq!((failure.command, script.now.as_micros()), ("+CMQTTACCQ", 0));
}

/// A modem that falls silent, wherever that is, ends it: what it does is not known.
#[test]
fn a_modem_that_falls_silent_is_not_asked_on() {
    let wanted = Plan {
        will: Some(Will {
            topic: Topic::new("gone").unwrap(),
            message: b"by",
            qos: QoS::AtMostOnce,
        }),
        tls: Some(TlsConfig::unverified(0)),
        filters: filters(&["a", "b"]),
        ..plan()
    };
    for (silent, held, state) in [
        ("AT+CMQTTACCQ?", OK, IDLE),
        ("AT+CMQTTSTART", ERROR, IDLE),
        ("AT+CMQTTDISC?", ANOTHER, CONNECTED),
        ("AT+CMQTTDISC=0", ANOTHER, CONNECTED),
        ("AT+CMQTTREL=0", ANOTHER, IDLE),
        ("AT+CSSLCFG=", OK, IDLE),
        ("AT+CMQTTACCQ=0", OK, IDLE),
        ("AT+CMQTTCFG=", OK, IDLE),
        ("AT+CMQTTSSLCFG=0", OK, IDLE),
        ("AT+CMQTTWILLTOPIC=0", OK, IDLE),
        ("AT+CMQTTCONNECT=0", OK, IDLE),
        ("AT+CMQTTSUBTOPIC=0", OK, IDLE),
        ("AT+CMQTTSUB=0", OK, IDLE),
    ] {
        let mut script = holding(Config::A76XX, held, state, OK);
        script.says(silent, [""]);
        let failure = bring_up(&mut script, &wanted).unwrap_err();
        assert!(matches!(failure.cause, Cause::TimedOut(_)), "{silent}: {failure}");
        let name = silent.trim_start_matches("AT").trim_end_matches(['?', '=', '0']);
        assert!(failure.command.starts_with(name), "{silent}: {failure}");
        let of_silence = |line: &&String| line.starts_with(silent);
        assert_eq!(
            script.lines.iter().filter(of_silence).count(),
            1,
            "{silent}: {:?}",
            script.lines
        );
    }
    // Where the ranges are not told, the family's stand.
    let mut script = holding(Config::A76XX, OK, IDLE, OK);
    script.says("AT+CMQTTTOPIC=?", [ERROR]);
    assert_eq!(bring_up(&mut script, &wanted), Ok(()));
}

/// What cannot be disconnected cannot be released, and that it cannot be disconnected is why.
#[test]
fn a_connection_that_stays_is_why_it_fails() {
    let mut script = holding(Config::SIM7028, ANOTHER, CONNECTED, OK);
    script
        .says("AT+CMQTTDISC=0", [&result("DISC", 9)])
        .says("AT+CMQTTREL=0", [&refusal("REL", 19)]);
    assert_eq!(cause(bring_up(&mut script, &plan())), refused(9));
    // It was not connected any more, and is released.
    let mut script = holding(Config::SIM7028, ANOTHER, CONNECTED, OK);
    script.says("AT+CMQTTDISC=0", [&result("DISC", 11)]);
    assert_eq!(bring_up(&mut script, &plan()), Ok(()));
    assert_eq!(script.steps(), ["DISC", "REL", "ACCQ", "CONNECT"]);
    // What is not held cannot be released, and need not be.
    let mut script = holding(Config::SIM7028, ANOTHER, IDLE, OK);
    script.says("AT+CMQTTREL=0", [&refusal("REL", 20)]);
    assert_eq!(bring_up(&mut script, &plan()), Ok(()));
    assert_eq!(script.steps(), ["REL", "ACCQ", "CONNECT"]);
}

/// A client that is busy and not connected is in the middle of a CONNECT of before: its end is asked for every two seconds,
/// and what was refused is tried again every ten, as long as a CONNECT may take.
#[test]
fn a_busy_client_is_waited_for() {
    let still_busy = |budget| Progress::StillBusy { client: 0, budget };
    let told = |script: &Script| {
        let busy = |told: &&Progress| matches!(told, Progress::StillBusy { .. });
        script.progress.iter().filter(busy).copied().collect::<Vec<_>>()
    };
    for busy in [
        refusal("CONNECT", 13),
        refusal("CONNECT", 14),
        result("CONNECT", 19),
        ERROR.into(),
    ] {
        // It ends well, and is what is wanted.
        let mut script = holding(Config::SIM7028, OURS, "", SAME);
        script
            .says("AT+CMQTTDISC?", [IDLE, IDLE, IDLE, CONNECTED])
            .says("AT+CMQTTCONNECT=0", [&busy]);
        assert_eq!(bring_up(&mut script, &plan()), Ok(()), "{busy:?}");
        assert_eq!(script.steps(), ["CONNECT"]);
        assert!(script.progress.contains(&Progress::Adopted { client: 0 }));
        assert_eq!(seconds(&script), 6 + behind(&busy));
        assert_eq!(told(&script), [still_busy(130 * SECOND)]);
        // It ends badly.
        let mut script = holding(Config::SIM7028, OURS, IDLE, SAME);
        script.says("AT+CMQTTCONNECT=0", [&busy, &busy, &result("CONNECT", 0)]);
        assert_eq!(bring_up(&mut script, &plan()), Ok(()), "{busy:?}");
        assert_eq!(script.steps(), ["CONNECT"; 3]);
        assert_eq!(seconds(&script), 20 + 2 * behind(&busy));
        // It does not end.
        let mut script = holding(Config::SIM7028, OURS, IDLE, SAME);
        script.says("AT+CMQTTCONNECT=0", [&busy]);
        assert!(matches!(
            cause(bring_up(&mut script, &plan())),
            Some(Cause::Refused(_))
        ));
        let late = seconds(&script) - 130;
        assert!(late <= 2 * behind(&busy), "{busy:?}: {late} s more than was told");
        assert_eq!(told(&script), [still_busy(130 * SECOND)]);
    }
    // Other refusals are what they are, and so is an ERROR where nothing was held.
    for (held, answer) in [(OURS, result("CONNECT", 26)), (OK, ERROR.into())] {
        let mut script = holding(Config::SIM7028, held, IDLE, SAME);
        script.says("AT+CMQTTCONNECT=0", [&answer]);
        assert!(matches!(
            cause(bring_up(&mut script, &plan())),
            Some(Cause::Refused(_))
        ));
        assert_eq!(seconds(&script), behind(&answer));
    }
}

/// The same while the client is another's: it is released as soon as it lets go.
#[test]
fn a_busy_client_of_anothers_is_released_when_it_can_be() {
    // What passes in a moment is repeated at once.
    for (code, took) in [(14, 0), (19, 20)] {
        let busy = refusal("REL", code);
        let mut script = holding(Config::SIM7028, ANOTHER, IDLE, OK);
        script.says("AT+CMQTTREL=0", [&busy, &busy, OK]);
        assert_eq!(bring_up(&mut script, &plan()), Ok(()));
        assert_eq!(script.steps(), ["REL", "REL", "REL", "ACCQ", "CONNECT"]);
        assert_eq!(seconds(&script), took);
    }
    // It is connected before that.
    let mut script = holding(Config::SIM7028, ANOTHER, "", OK);
    script
        .says("AT+CMQTTDISC?", [IDLE, CONNECTED])
        .says("AT+CMQTTREL=0", [&refusal("REL", 19), OK]);
    assert_eq!(bring_up(&mut script, &plan()), Ok(()));
    assert_eq!(script.steps(), ["REL", "DISC", "REL", "ACCQ", "CONNECT"]);
    assert_eq!(seconds(&script), 2);
}

/// What comes before CONNECT is refused by a busy client, too, and is as good a reason to wait.
#[test]
fn a_busy_client_refuses_its_will_and_is_waited_for() {
    let wanted = Plan {
        will: Some(Will {
            topic: Topic::new("gone").unwrap(),
            message: b"by",
            qos: QoS::AtMostOnce,
        }),
        ..plan()
    };
    let busy = refusal("WILLTOPIC", 14);
    for (held, code, waits) in [(OURS, 14, true), (OK, 14, true), (OURS, 3, false)] {
        let mut script = holding(Config::SIM7028, held, IDLE, OK);
        script.says("AT+CMQTTWILLTOPIC=0", [&refusal("WILLTOPIC", code), OK]);
        let end = bring_up(&mut script, &wanted);
        assert_eq!(end.is_ok(), waits, "{held:?} {code}");
        assert_eq!(seconds(&script), 0, "at once");
    }
    let mut script = holding(Config::SIM7028, OURS, IDLE, OK);
    script.says("AT+CMQTTWILLTOPIC=0", [&busy]);
    assert_eq!(cause(bring_up(&mut script, &wanted)), refused(14));
    // The last try repeats it once more for ten seconds.
    assert!((130..=142).contains(&seconds(&script)), "{}", seconds(&script));
    assert_eq!(script.count("AT+CMQTTCONNECT=0"), 0);
    // Where no client was held, nothing else keeps this one busy.
    let mut script = holding(Config::SIM7028, OK, IDLE, OK);
    script.says("AT+CMQTTWILLTOPIC=0", [&busy]);
    assert_eq!(cause(bring_up(&mut script, &wanted)), refused(14));
    assert_eq!(seconds(&script), 10);
}

//! Bringing a client up from whatever a modem holds: what is asked and done for each answer, and when it is given up.

use std::time::Duration;

use at_proto::tls::FileName;
use at_proto::{MqttVersion, Refusal};
use cmqtt_core::{Cause, Config, Failure, Plan, Progress, Step, TlsConfig};

use crate::script::{ERROR, OK, Script, cause, filters, plan};

const SECOND: Duration = Duration::from_secs(1);

const OURS: &str = "\r\n+CMQTTACCQ: 0,\"client test0\",0\r\n\r\nOK\r\n";
const OURS_BY_TLS: &str = "\r\n+CMQTTACCQ: 0,\"client test0\",1\r\n\r\nOK\r\n";
const ANOTHER: &str = "\r\n+CMQTTACCQ: 0,\"another\",0\r\n\r\nOK\r\n";
const NEIGHBOUR: &str = "\r\n+CMQTTACCQ: 0,\"\",0\r\n+CMQTTACCQ: 1,\"client test0\",0\r\n\r\nOK\r\n";
const CONNECTED: &str = "\r\n+CMQTTDISC: 0,0\r\n+CMQTTDISC: 1,1\r\n\r\nOK\r\n";
const IDLE: &str = "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,0\r\n\r\nOK\r\n";
const SAME: &str =
    "\r\n+CMQTTCONNECT: 0,\"tcp://test.mosquitto.org:1883\",60,1\r\n+CMQTTCONNECT: 1\r\n\r\nOK\r\n";
const ELSEWHERE: &str = "\r\n+CMQTTCONNECT: 0,\"tcp://example.org:1883\",60,1\r\n\r\nOK\r\n";
const NEIGHBOURS: &str =
    "\r\n+CMQTTCONNECT: 0\r\n+CMQTTCONNECT: 1,\"tcp://test.mosquitto.org:1883\",60,1\r\n\r\nOK\r\n";

/// A modem that holds this.
fn holding(config: Config, held: &str, state: &str, connection: &str) -> Script {
    let mut script = Script::with(config);
    script
        .says("AT+CMQTTACCQ?", [held])
        .says("AT+CMQTTDISC?", [state])
        .says("AT+CMQTTCONNECT?", [connection]);
    script
}

fn bring_up(script: &mut Script, plan: &Plan<'_>) -> Result<(), Failure> {
    script.run(|session| session.bring_up(plan))
}

const fn refused(code: u16) -> Option<Cause> {
    Some(Cause::Refused(Refusal::Code(code)))
}

/// The time since the beginning.
fn seconds(script: &Script) -> u64 {
    script.now.as_micros() / 1_000_000
}

/// A result may follow an `ERROR` that says nothing: so long it is waited for.
fn behind(answer: &str) -> u64 {
    if answer == ERROR { 3 } else { 0 }
}

/// The result of an asynchronous command, and of one that has none.
fn result(command: &str, code: u16) -> String {
    format!("\r\nOK\r\n\r\n+CMQTT{command}: 0,{code}\r\n")
}

fn refusal(command: &str, code: u16) -> String {
    format!("\r\n+CMQTT{command}: 0,{code}\r\n\r\nERROR\r\n")
}

/// What is held decides what is done: no more than has to be, and in order.
#[test]
fn what_is_held_decides_what_is_done() {
    for (held, state, connection, steps) in [
        (ERROR, ERROR, ERROR, &["START", "ACCQ", "CONNECT"][..]),
        (OK, IDLE, OK, &["ACCQ", "CONNECT"]),
        (NEIGHBOUR, CONNECTED, SAME, &["ACCQ", "CONNECT"]),
        (OURS, CONNECTED, SAME, &[]),
        (OURS, IDLE, SAME, &["CONNECT"]),
        (OURS, ERROR, SAME, &["CONNECT"]),
        (OURS, CONNECTED, ELSEWHERE, &["DISC", "REL", "ACCQ", "CONNECT"]),
        (OURS, CONNECTED, NEIGHBOURS, &["DISC", "REL", "ACCQ", "CONNECT"]),
        (OURS, CONNECTED, ERROR, &["DISC", "REL", "ACCQ", "CONNECT"]),
        (OURS, CONNECTED, OK, &["DISC", "REL", "ACCQ", "CONNECT"]),
        (OURS_BY_TLS, CONNECTED, SAME, &["DISC", "REL", "ACCQ", "CONNECT"]),
        (OURS_BY_TLS, IDLE, SAME, &["REL", "ACCQ", "CONNECT"]),
        (ANOTHER, CONNECTED, SAME, &["DISC", "REL", "ACCQ", "CONNECT"]),
        (ANOTHER, IDLE, SAME, &["REL", "ACCQ", "CONNECT"]),
        (ANOTHER, ERROR, SAME, &["REL", "ACCQ", "CONNECT"]),
    ] {
        let mut script = holding(Config::SIM767X, held, state, connection);
        assert_eq!(bring_up(&mut script, &plan()), Ok(()), "{held:?} {state:?}");
        assert_eq!(script.steps(), steps, "{held:?} {state:?} {connection:?}");
        let told = |progress| script.progress.contains(&progress);
        assert_eq!(told(Progress::Adopted { client: 0 }), steps.is_empty());
        assert_eq!(told(Progress::TakenDown { client: 0 }), steps.contains(&"DISC"));
        assert_eq!(script.ends, []);
    }
}

/// A modem does not say which version it speaks. Where it can be chosen and is, what was made before is made anew.
#[test]
fn a_version_that_was_chosen_is_chosen_again() {
    let named = Plan {
        version: Some(MqttVersion::V3_1_1),
        ..plan()
    };
    let anew = &["DISC", "REL", "ACCQ", "CONNECT"][..];
    for (config, wanted, state, steps) in [
        (Config::SIM7028, &named, CONNECTED, &[][..]),
        (Config::SIM7028, &named, IDLE, &["CONNECT"]),
        (Config::A76XX, &named, CONNECTED, anew),
        (Config::A76XX, &plan(), CONNECTED, &[]),
        // It is a setting.
        (Config::A76XX, &named, IDLE, &["CONNECT"]),
        (Config::A76XX, &plan(), IDLE, &["CONNECT"]),
        // It is an argument of ACCQ.
        (Config::SIM7600, &named, CONNECTED, anew),
        (Config::SIM7600, &named, IDLE, &["REL", "ACCQ", "CONNECT"]),
        (Config::SIM7600, &plan(), CONNECTED, &[]),
        (Config::SIM7600, &plan(), IDLE, &["CONNECT"]),
    ] {
        let mut script = holding(config, OURS, state, SAME);
        assert_eq!(bring_up(&mut script, wanted), Ok(()));
        assert_eq!(
            script.steps(),
            steps,
            "{:?} {:?} {state:?}",
            config.family,
            wanted.version
        );
        let connects = steps.contains(&"CONNECT");
        let set = script.count("AT+CMQTTCFG=\"version\"");
        assert_eq!(
            set,
            usize::from(connects && config.family == at_proto::Family::A76xx)
        );
    }
}

/// Firmware that does not know what its family's manual says of versions speaks what it speaks, if nobody minds.
#[test]
fn a_version_that_cannot_be_chosen_is_left_alone_unless_it_is_wanted() {
    let named = Plan {
        version: Some(MqttVersion::V3_1_1),
        ..plan()
    };
    let invalid = refusal("ACCQ", 12);
    for answer in [ERROR, &invalid] {
        let mut script = holding(Config::SIM7600, OK, IDLE, OK);
        script.says("AT+CMQTTACCQ=0,\"client test0\",0,", [answer]);
        assert_eq!(bring_up(&mut script, &plan()), Ok(()));
        let acquired: Vec<_> = script
            .lines
            .iter()
            .filter(|line| line.starts_with("AT+CMQTTACCQ=0"))
            .collect();
        assert_eq!(
            acquired,
            [
                "AT+CMQTTACCQ=0,\"client test0\",0,4",
                "AT+CMQTTACCQ=0,\"client test0\""
            ]
        );
        let mut script = holding(Config::SIM7600, OK, IDLE, OK);
        script.says("AT+CMQTTACCQ=0", [answer]);
        assert!(matches!(
            cause(bring_up(&mut script, &named)),
            Some(Cause::Refused(_))
        ));
        assert_eq!(script.count("AT+CMQTTACCQ=0"), 1);
        // Without it, it is refused all the same.
        let mut script = holding(Config::SIM7600, OK, IDLE, OK);
        script.says("AT+CMQTTACCQ=0", [answer]);
        assert!(matches!(
            cause(bring_up(&mut script, &plan())),
            Some(Cause::Refused(_))
        ));
        assert_eq!(script.count("AT+CMQTTACCQ=0"), 2);
    }
    let mut script = holding(Config::A76XX, OK, IDLE, OK);
    script.says("AT+CMQTTCFG=", [ERROR]);
    assert_eq!(bring_up(&mut script, &plan()), Ok(()));
    script.holds("", false);
    let end = bring_up(&mut script, &named);
    assert_eq!(cause(end), Some(Cause::Refused(Refusal::Error)));
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
    script.says("AT+CMQTTSTART", ["\r\n+CMQTTSTART: 3\r\n\r\nERROR\r\n"]);
    assert_eq!(cause(bring_up(&mut script, &plan())), refused(3));
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
        will: Some(cmqtt_core::Will {
            topic: at_proto::cmqtt::Topic::new("gone").unwrap(),
            message: b"by",
            qos: at_proto::cmqtt::QoS::AtMostOnce,
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
        // Nothing was held: what is refused is refused.
        let mut script = holding(Config::SIM7028, OK, IDLE, SAME);
        script.says("AT+CMQTTCONNECT=0", [&busy]);
        assert!(matches!(
            cause(bring_up(&mut script, &plan())),
            Some(Cause::Refused(_))
        ));
        assert_eq!(seconds(&script), behind(&busy));
    }
    // Other refusals are what they are.
    let mut script = holding(Config::SIM7028, OURS, IDLE, SAME);
    script.says("AT+CMQTTCONNECT=0", [&result("CONNECT", 3)]);
    assert_eq!(cause(bring_up(&mut script, &plan())), refused(3));
    assert_eq!(seconds(&script), 0);
}

/// The same while the client is another's: it is released as soon as it lets go.
#[test]
fn a_busy_client_of_anothers_is_released_when_it_can_be() {
    for code in [14, 19] {
        let busy = refusal("REL", code);
        let mut script = holding(Config::SIM7028, ANOTHER, IDLE, OK);
        script.says("AT+CMQTTREL=0", [&busy, &busy, OK]);
        assert_eq!(bring_up(&mut script, &plan()), Ok(()));
        assert_eq!(script.steps(), ["REL", "REL", "REL", "ACCQ", "CONNECT"]);
        assert_eq!(seconds(&script), 20);
        // It is connected before that.
        let mut script = holding(Config::SIM7028, ANOTHER, "", OK);
        script
            .says("AT+CMQTTDISC?", [IDLE, CONNECTED])
            .says("AT+CMQTTREL=0", [&busy, OK]);
        assert_eq!(bring_up(&mut script, &plan()), Ok(()));
        assert_eq!(script.steps(), ["REL", "DISC", "REL", "ACCQ", "CONNECT"]);
        assert_eq!(seconds(&script), 2);
    }
}

/// Many filters go at once as long as they fit into what the modem caches, and each is subscribed to once.
#[test]
fn filters_are_cached_as_long_as_they_fit() {
    const SUM: usize = 5120;
    let name = |len: usize| -> &'static str { "f".repeat(len).leak() };
    for (lens, steps) in [
        (&[1][..], &["SUB"][..]),
        (&[1, 1], &["SUBTOPIC", "SUBTOPIC", "SUB"]),
        (
            &[1024; 5],
            &["SUBTOPIC", "SUBTOPIC", "SUBTOPIC", "SUBTOPIC", "SUBTOPIC", "SUB"],
        ),
        (
            &[1024, 1024, 1024, 1024, 1024, 1],
            &[
                "SUBTOPIC", "SUBTOPIC", "SUBTOPIC", "SUBTOPIC", "SUBTOPIC", "SUB", "SUB",
            ],
        ),
        (
            &[1024, 1024, 1024, 1024, 1023, 2, 1],
            &[
                "SUBTOPIC", "SUBTOPIC", "SUBTOPIC", "SUBTOPIC", "SUBTOPIC", "SUB", "SUBTOPIC", "SUBTOPIC",
                "SUB",
            ],
        ),
    ] {
        let names: Vec<_> = lens.iter().map(|&len| name(len)).collect();
        let wanted = Plan {
            filters: filters(&names),
            ..plan()
        };
        let mut script = holding(Config::A76XX, OURS, CONNECTED, SAME);
        script.session = cmqtt_core::Session::new(
            Config::A76XX,
            cmqtt_core::Storage::new(vec![0; 1024], vec![0; 1024], vec![0; 12_288], vec![0; 2048]).unwrap(),
            vec![0; SUM + 2048],
            Vec::new(),
        );
        script.says("AT+CMQTTSUB=0\r", [&result("SUB", 0)]);
        assert_eq!(bring_up(&mut script, &wanted), Ok(()));
        assert_eq!(script.steps(), steps, "{lens:?}");
    }
}

/// Firmware without SUBTOPIC gets each filter by itself; what it refuses for another reason has failed.
#[test]
fn filters_that_are_not_cached_go_one_by_one() {
    let wanted = Plan {
        filters: filters(&["a", "b", "c"]),
        ..plan()
    };
    for at in 1..3 {
        let mut script = holding(Config::A76XX, OURS, CONNECTED, SAME);
        let answers = [OK; 3].map(str::to_owned);
        let mut answers = answers;
        answers[at - 1] = ERROR.into();
        script.says("AT+CMQTTSUBTOPIC=", answers.each_ref().map(String::as_str));
        assert_eq!(bring_up(&mut script, &wanted), Ok(()));
        let steps = [&["SUBTOPIC"].repeat(at)[..], &["SUB"; 3]].concat();
        assert_eq!(script.steps(), steps);
    }
    let mut script = holding(Config::A76XX, OURS, CONNECTED, SAME);
    script.says("AT+CMQTTSUBTOPIC=", [&refusal("SUBTOPIC", 14)]);
    assert_eq!(cause(bring_up(&mut script, &wanted)), refused(14));
    let mut script = holding(Config::SIM7028, OURS, CONNECTED, SAME);
    script.says(
        "AT+CMQTTSUB=0",
        [&result("SUB", 0), &result("SUB", 14), &result("SUB", 0)],
    );
    assert_eq!(cause(bring_up(&mut script, &wanted)), refused(14));
    assert_eq!(script.steps(), ["SUB", "SUB"]);
}

/// A TLS context is set as it is wanted before anything is connected by it, and told of once.
#[test]
fn a_tls_context_is_set_before_it_is_used() {
    let file = |name: &'static str| FileName::new(name).unwrap();
    let wanted = Plan {
        tls: Some(TlsConfig::both_verified(
            1,
            file("ca.pem"),
            file("cert.pem"),
            file("key.pem"),
        )),
        ..plan()
    };
    for (held, state) in [(OK, IDLE), (OURS_BY_TLS, IDLE), (ERROR, ERROR)] {
        let mut script = holding(Config::A76XX, held, state, OK);
        assert_eq!(bring_up(&mut script, &wanted), Ok(()));
        let tls = |line: &&String| line.contains("SSLCFG=") && !line.ends_with('?');
        let set: Vec<_> = script.lines.iter().filter(tls).map(String::as_str).collect();
        let settings = [
            "AT+CSSLCFG=\"sslversion\",1,4",
            "AT+CSSLCFG=\"authmode\",1,2",
            "AT+CSSLCFG=\"cacert\",1,\"ca.pem\"",
            "AT+CSSLCFG=\"clientcert\",1,\"cert.pem\"",
            "AT+CSSLCFG=\"clientkey\",1,\"key.pem\"",
            "AT+CMQTTSSLCFG=0,1",
        ];
        assert_eq!(set, settings, "{held:?}");
        let last = script.lines.iter().rposition(|line| line.contains("SSLCFG="));
        let connect = script
            .lines
            .iter()
            .position(|line| line.starts_with("AT+CMQTTCONNECT=0"));
        assert!(last < connect);
        let step = |told: &&Progress| matches!(told, Progress::Step { step: Step::Tls, .. });
        assert_eq!(script.progress.iter().filter(step).count(), 1);
    }
    // A setting that is refused is why it fails.
    let mut script = holding(Config::A76XX, OK, IDLE, OK);
    script.says("AT+CSSLCFG=\"clientcert\"", [ERROR]);
    assert_eq!(
        cause(bring_up(&mut script, &wanted)),
        Some(Cause::Refused(Refusal::Error))
    );
    assert_eq!(script.steps(), [""; 0]);
}

/// What comes before CONNECT is refused by a busy client, too, and is as good a reason to wait.
#[test]
fn a_busy_client_refuses_its_will_and_is_waited_for() {
    let wanted = Plan {
        will: Some(cmqtt_core::Will {
            topic: at_proto::cmqtt::Topic::new("gone").unwrap(),
            message: b"by",
            qos: at_proto::cmqtt::QoS::AtMostOnce,
        }),
        ..plan()
    };
    let busy = refusal("WILLTOPIC", 14);
    for (held, code, waits) in [(OURS, 14, true), (OK, 14, false), (OURS, 3, false)] {
        let mut script = holding(Config::SIM7028, held, IDLE, OK);
        script.says("AT+CMQTTWILLTOPIC=0", [&refusal("WILLTOPIC", code), OK]);
        let end = bring_up(&mut script, &wanted);
        assert_eq!(end.is_ok(), waits, "{held:?} {code}");
        assert_eq!(seconds(&script), if waits { 10 } else { 0 });
    }
    let mut script = holding(Config::SIM7028, OURS, IDLE, OK);
    script.says("AT+CMQTTWILLTOPIC=0", [&busy]);
    assert_eq!(cause(bring_up(&mut script, &wanted)), refused(14));
    assert_eq!(seconds(&script), 130);
    assert_eq!(script.count("AT+CMQTTCONNECT=0"), 0);
}

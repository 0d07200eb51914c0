//! Bringing a client up from whatever a modem holds: what is asked and done for each answer, and when it is given up.

use at_proto::tls::FileName;
use at_proto::{MqttVersion, Refusal};
use cmqtt_core::{Cause, Config, Failure, Plan, Progress, Step, TlsConfig};

use crate::script::{ERROR, OK, Script, cause, filters, plan};

pub(crate) const OURS: &str = "\r\n+CMQTTACCQ: 0,\"client test0\",0\r\n\r\nOK\r\n";
pub(crate) const OURS_BY_TLS: &str = "\r\n+CMQTTACCQ: 0,\"client test0\",1\r\n\r\nOK\r\n";
pub(crate) const ANOTHER: &str = "\r\n+CMQTTACCQ: 0,\"another\",0\r\n\r\nOK\r\n";
pub(crate) const NEIGHBOUR: &str =
    "\r\n+CMQTTACCQ: 0,\"\",0\r\n+CMQTTACCQ: 1,\"client test0\",0\r\n\r\nOK\r\n";
pub(crate) const CONNECTED: &str = "\r\n+CMQTTDISC: 0,0\r\n+CMQTTDISC: 1,1\r\n\r\nOK\r\n";
pub(crate) const IDLE: &str = "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,0\r\n\r\nOK\r\n";
pub(crate) const SAME: &str =
    "\r\n+CMQTTCONNECT: 0,\"tcp://test.mosquitto.org:1883\",60,1\r\n+CMQTTCONNECT: 1\r\n\r\nOK\r\n";
pub(crate) const ELSEWHERE: &str = "\r\n+CMQTTCONNECT: 0,\"tcp://example.org:1883\",60,1\r\n\r\nOK\r\n";
pub(crate) const NEIGHBOURS: &str =
    "\r\n+CMQTTCONNECT: 0\r\n+CMQTTCONNECT: 1,\"tcp://test.mosquitto.org:1883\",60,1\r\n\r\nOK\r\n";

/// A modem that holds this.
pub(crate) fn holding(config: Config, held: &str, state: &str, connection: &str) -> Script {
    let mut script = Script::with(config);
    script
        .says("AT+CMQTTACCQ?", [held])
        .says("AT+CMQTTDISC?", [state])
        .says("AT+CMQTTCONNECT?", [connection]);
    script
}

pub(crate) fn bring_up(script: &mut Script, plan: &Plan<'_>) -> Result<(), Failure> {
    script.run(|session| session.bring_up(plan))
}

pub(crate) const fn refused(code: u16) -> Option<Cause> {
    Some(Cause::Refused(Refusal::Code(code)))
}

/// The result of an asynchronous command, and of one that has none.
pub(crate) fn result(command: &str, code: u16) -> String {
    format!("\r\nOK\r\n\r\n+CMQTT{command}: 0,{code}\r\n")
}

pub(crate) fn refusal(command: &str, code: u16) -> String {
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

/// Nor is a connection kept that is wanted, or a will that a dead host may have set, where nothing is to be taken over.
#[test]
fn what_is_held_is_taken_down_for_who_wants_it_anew() {
    for (state, steps) in [
        (CONNECTED, &["DISC", "REL", "ACCQ", "CONNECT"][..]),
        (IDLE, &["REL", "ACCQ", "CONNECT"]),
    ] {
        let mut script = holding(Config::SIM7028, OURS, state, SAME);
        assert_eq!(script.run(|session| session.bring_up_anew(&plan())), Ok(()));
        assert_eq!(script.steps(), steps);
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
        [&result("SUB", 0), &result("SUB", 11), &result("SUB", 0)],
    );
    assert_eq!(cause(bring_up(&mut script, &wanted)), refused(11));
    assert_eq!(script.steps(), ["SUB", "SUB"]);
}

#[test]
fn subscriptions_are_repeated_while_the_client_is_busy() {
    let wanted = Plan {
        filters: filters(&["a", "b"]),
        ..plan()
    };
    let (busy, done) = (result("SUB", 14), result("SUB", 0));
    let mut script = holding(Config::SIM7028, OURS, CONNECTED, SAME);
    script.says("AT+CMQTTSUB=0", [&busy, &busy, &done, &busy, &done]);
    assert_eq!(bring_up(&mut script, &wanted), Ok(()));
    assert_eq!(script.steps(), ["SUB"; 5]);
    // The modem may have wiped the cached filters: each is subscribed to by itself.
    let mut script = holding(Config::A76XX, OURS, CONNECTED, SAME);
    script
        .says("AT+CMQTTSUBTOPIC=", [&refusal("SUBTOPIC", 14), OK])
        .says("AT+CMQTTSUB=0", [&busy, &busy, &done]);
    assert_eq!(bring_up(&mut script, &wanted), Ok(()));
    let steps = ["SUBTOPIC", "SUBTOPIC", "SUBTOPIC", "SUB", "SUB", "SUB", "SUB"];
    assert_eq!(script.steps(), steps);
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
        Some(Cause::SettingRefused {
            key: "clientcert",
            refusal: Refusal::Error,
        })
    );
    assert_eq!(script.steps(), [""; 0]);
}

#[test]
fn bring_up_goes_on_without_optional_tls_settings_that_the_modem_refuses() {
    let wanted = Plan {
        tls: Some(TlsConfig {
            server_name: Some(true),
            check_clock: Some(true),
            ..TlsConfig::unverified(0)
        }),
        ..plan()
    };
    for key in ["enableSNI", "ignorelocaltime"] {
        let mut script = holding(Config::A76XX, OK, IDLE, OK);
        script.says(&format!("AT+CSSLCFG=\"{key}\""), [ERROR]);
        assert_eq!(bring_up(&mut script, &wanted), Ok(()), "{key}");
        let told = script.progress.iter();
        let told = told.filter(|progress| **progress == Progress::SettingRefused { key });
        assert_eq!(told.count(), 1, "{key}");
    }
    let mut script = holding(Config::A76XX, OK, IDLE, OK);
    script.says("AT+CSSLCFG=\"authmode\"", [ERROR]);
    let failure = bring_up(&mut script, &wanted).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "the modem refuses the TLS setting \"authmode\": ERROR"
    );
    assert!(failure.is_refusal());
}

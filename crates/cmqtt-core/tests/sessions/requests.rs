//! One request at a time, and what each leaves behind.

use std::time::Duration;

use at_proto::cmqtt::ClientId;
use at_proto::{Family, OtherCommands, Recognition};
use cmqtt_core::{Cause, Config, Network, Plan, Progress, RequestError, RequestId, Session, WaitReason};

use crate::script::{ERROR, OK, Script, cause, connection, filters, plan};

const SECOND: Duration = Duration::from_secs(1);
const NOT_READY: &str = "\r\n+CPIN: NOT READY\r\n\r\nOK\r\n";

/// Whatever a request is at, another is refused: while it waits for an answer, while it pauses, and when it has ended and
/// nobody was told.
#[test]
fn one_request_runs_at_a_time() {
    type Request = fn(&mut Session<Vec<u8>>) -> Result<RequestId, RequestError>;
    let requests: [Request; 5] = [
        |session| session.identify(None),
        |session| session.wait_for_network(&Network::default()),
        |session| session.bring_up(&plan()),
        |session| session.take_down(0),
        |session| session.client()?.stop(),
    ];
    let refuses_all = |script: &mut Script, when: &str| {
        assert!(!script.session.is_idle(), "{when}");
        for request in requests {
            assert_eq!(request(&mut script.session), Err(RequestError::Busy), "{when}");
        }
        let kept = script
            .session
            .keep(&plan(), &Network::default(), &cmqtt_core::Healing::new(1));
        assert_eq!(kept, Err(RequestError::Busy), "{when}");
    };
    let mut script = Script::new();
    script.says("AT+CPIN?", [NOT_READY, ""]);
    script.begin(|session| session.wait_for_network(&Network::default()));
    refuses_all(&mut script, "it has just begun");
    script.turn();
    refuses_all(&mut script, "it pauses");
    script.wait(3 * SECOND);
    assert_eq!(script.count("AT+CPIN?"), 2);
    refuses_all(&mut script, "it waits for an answer");
    script.session.handle_reset(script.now);
    refuses_all(&mut script, "it has ended, and its end was not told");
    script.turn();
    assert!(script.session.is_idle());
    assert_eq!(script.ends.len(), 1);

    // What the modem itself offers is a request like any other.
    script.begin(|session| session.client()?.stop());
    refuses_all(&mut script, "the client is at work");
}

/// What is waited for may be told of: then the pause before the next question ends.
#[test]
fn what_the_modem_tells_is_not_waited_for() {
    let mut script = Script::new();
    script.says("AT+CPIN?", [NOT_READY, "\r\n+CPIN: READY\r\n\r\nOK\r\n"]);
    script.begin(|session| session.wait_for_network(&Network::default()));
    script.turn();
    assert_eq!(script.count("AT+CPIN?"), 1);
    script.wait(SECOND / 2);
    assert_eq!(script.count("AT+CPIN?"), 1, "it pauses");
    script.hear("\r\n+CPIN: READY\r\n");
    assert_eq!(script.count("AT+CPIN?"), 2, "{:?}", script.lines);
    assert_eq!(script.ends.len(), 1, "and so all the way");
}

/// Only a client that was brought up counts as connected, and only until something is heard of it.
#[test]
fn what_was_not_brought_up_is_connected_anew_when_it_is_kept() {
    // The broker refused it.
    let mut script = Script::new();
    script.says("AT+CMQTTCONNECT=0", ["\r\nOK\r\n\r\n+CMQTTCONNECT: 0,5\r\n"]);
    script.run(|session| session.bring_up(&plan())).unwrap_err();
    script.keep(&plan());
    script.turn();
    assert_eq!(script.told(), [""; 0]);

    // It was connected, and is lost; that the modem was found since does not make it connected.
    let mut script = Script::new();
    script.run(|session| session.bring_up(&plan())).unwrap();
    script.hear("\r\n+CMQTTCONNLOST: 0,1\r\n");
    script.run(|session| session.identify(None)).unwrap();
    script.keep(&plan());
    assert!(!script.session.is_connected());
    script.says("AT+CMQTTCONNECT=0", [""]);
    script.wait(10 * SECOND);
    assert_eq!(script.told(), [""; 0]);
}

/// A plan that differs in anything is another one: what is connected by one is not kept by the other.
#[test]
fn what_was_brought_up_by_another_plan_is_connected_anew() {
    let first = plan();
    for second in [
        Plan {
            id: ClientId::new("another").unwrap(),
            ..first
        },
        Plan {
            filters: filters(&["a"]),
            ..first
        },
        Plan {
            connection: cmqtt_core::Connection {
                clean_session: false,
                ..connection()
            },
            ..first
        },
    ] {
        let mut script = Script::new();
        script.run(|session| session.bring_up(&first)).unwrap();
        script.keep(&second);
        assert!(!script.session.is_connected(), "{second:?}");
        script.says("AT+CMQTTACCQ", [""]);
        script.wait(5 * SECOND);
        assert_eq!(script.told(), [""; 0], "{second:?}");
    }
}

/// A step is told with the time that it may take; so is a family that is only believed.
#[test]
fn a_family_that_nobody_told_is_said_to_be_so() {
    for (model, recognised) in [("\r\n+CGMM: A7670E\r\n\r\nOK\r\n", true), (OK, false)] {
        let mut script = Script::with(Config::A76XX);
        script.says("AT+CGMM", [model]).says("ATI", [OK]);
        script.run(|session| session.identify(None)).unwrap();
        assert_eq!(
            script.progress.last(),
            Some(&Progress::Family {
                family: Family::A76xx,
                recognised
            })
        );
    }
}

/// A client that is not the modem's is none to take down.
#[test]
fn a_client_that_there_is_not_is_not_taken_down() {
    let mut script = Script::new();
    let refused = script.session.take_down(7);
    assert!(
        matches!(refused, Err(RequestError::OutOfRange { value: 7, .. })),
        "{refused:?}"
    );
    assert!(script.session.is_idle());
    let end = script.run(|session| session.take_down(0));
    assert_eq!(cause(end), None);
}

/// What the modem states on the way may rule out what is wanted: then that is why it fails, and it does fail.
#[test]
fn what_the_modem_turns_out_not_to_take_fails() {
    let mut script = Script::new();
    let stated = "\r\n+CMQTTCONNECT: (0-0),(1-128),(600-64800),(0-1)\r\n\r\nOK\r\n";
    script.says("AT+CMQTTCONNECT=?", [stated]);
    let failure = script.run(|session| session.bring_up(&plan())).unwrap_err();
    assert_eq!(failure.command, "+CMQTTCONNECT");
    assert!(
        matches!(
            failure.cause,
            Cause::NotSent(RequestError::OutOfRange { value: 60, .. })
        ),
        "{failure:?}"
    );
    assert_eq!(script.count("AT+CMQTTCONNECT=0"), 0);
}

/// A modem that falls silent in the middle was not found, whatever it said before.
#[test]
fn a_modem_that_falls_silent_is_not_found() {
    for (silent, name) in [
        ("ATE0", "ATE"),
        ("AT+CMEE", "+CMEE"),
        ("AT+CGMM", "+CGMM"),
        ("ATI", "ATI"),
    ] {
        let mut script = Script::new();
        script.says("AT+CGMM", [OK]).says(silent, [""]);
        let failure = script.run(|session| session.identify(None)).unwrap_err();
        assert_eq!(
            failure.cause,
            Cause::TimedOut(WaitReason::FinalResult),
            "{silent}"
        );
        assert_eq!(failure.command, name);
        assert!(script.session.is_idle());
    }
    // One that does not know a question was.
    for unknown in ["ATE0", "AT+CMEE", "AT+CGMM", "ATI"] {
        let mut script = Script::new();
        script.says("AT+CGMM", [OK]).says(unknown, [ERROR]);
        assert_eq!(script.run(|session| session.identify(None)), Ok(()), "{unknown}");
    }
}

/// The second question is for firmware that answers the first with something else than a model.
#[test]
fn what_a_modem_says_of_itself_counts() {
    for model in [OK, ERROR, "\r\n+CGMM: another maker's\r\n\r\nOK\r\n"] {
        let mut script = Script::new();
        script.says("AT+CGMM", [model]).says(
            "ATI",
            ["\r\nManufacturer: SIMCOM INCORPORATED\r\nModel: SIM7600G-H\r\n\r\nOK\r\n"],
        );
        script.run(|session| session.identify(None)).unwrap();
        assert_eq!(script.session.family(), Family::Sim7600, "{model:?}");
        let recognised = Progress::Family {
            family: Family::Sim7600,
            recognised: true,
        };
        assert_eq!(script.progress.last(), Some(&recognised));
    }
}

/// The model's name decides before the network is waited for and before any MQTT command is sent.
#[test]
fn model_with_other_mqtt_commands_is_refused_before_any_mqtt_command() {
    for (model, commands) in [
        ("SIM7080G", OtherCommands::Sm),
        ("SIMCOM_SIM7000G", OtherCommands::Sm),
        ("SIM7020E", OtherCommands::Cmq),
        ("A7790C", OtherCommands::Unnamed),
        ("SIM8200EA-M2", OtherCommands::Unnamed),
    ] {
        let mut script = Script::new();
        script.says("AT+CGMM", [&format!("\r\n{model}\r\n\r\nOK\r\n")]);
        script.run(|session| session.identify(None)).unwrap();
        assert_eq!(script.session.recognition(), Recognition::Other(commands));
        assert!(matches!(
            script.progress.last(),
            Some(Progress::Family {
                recognised: false,
                ..
            })
        ));
        let asked = script.lines.len();
        for end in [
            script.run(|session| session.wait_for_network(&Network::default())),
            script.run(|session| session.bring_up(&plan())),
        ] {
            let failure = end.unwrap_err();
            assert_eq!(failure.cause, Cause::NoMqtt(Some(commands)), "{model}");
            assert!(failure.is_final());
        }
        assert_eq!(cause(script.run(|session| session.take_down(0))), None);
        script.keep(&plan());
        script.wait(5 * SECOND);
        assert!(
            script.told().iter().any(|told| told.starts_with("GaveUp")),
            "{:?}",
            script.told()
        );
        assert_eq!(
            script.lines.len(),
            2 * asked,
            "only the second identification: {:?}",
            script.lines
        );

        // A family that the caller names overrides the name.
        let mut script = Script::new();
        script.says("AT+CGMM", [&format!("\r\n{model}\r\n\r\nOK\r\n")]);
        script
            .run(|session| session.identify(Some(Family::A76xx)))
            .unwrap();
        assert_eq!(cause(script.run(|session| session.bring_up(&plan()))), None);
    }
}

/// An unknown model is tried with the configured family's values, and is not blamed when it works.
#[test]
fn unknown_model_that_refuses_mqtt_is_said_to_have_no_such_commands() {
    let mut script = Script::new();
    script.says("AT+CGMM", ["\r\nFOO123\r\n\r\nOK\r\n"]);
    script.run(|session| session.identify(None)).unwrap();
    assert_eq!(script.session.recognition(), Recognition::Unknown);
    assert_eq!(cause(script.run(|session| session.bring_up(&plan()))), None);

    script.says("AT+CMQTT", [ERROR]);
    let failure = script.run(|session| session.bring_up_anew(&plan())).unwrap_err();
    assert_eq!(
        (failure.command, failure.cause),
        ("+CMQTTSTART", Cause::NoMqtt(None))
    );

    let mut script = Script::new();
    script.says("AT+CMQTT", [ERROR]);
    script.run(|session| session.identify(None)).unwrap();
    let failure = script.run(|session| session.bring_up(&plan())).unwrap_err();
    assert_eq!(
        failure.cause,
        Cause::Refused(at_proto::Refusal::Error),
        "SIM7028 has them"
    );
}

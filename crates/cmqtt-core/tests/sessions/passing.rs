//! Result codes that pass by themselves, as soon after power-up: START and CONNECT are tried again for a bounded time.

use std::time::Duration;

use cmqtt_core::{Config, Progress};

use crate::bring_up::{CONNECTED, IDLE, SAME, bring_up, holding, refusal, refused, result};
use crate::script::{ERROR, OK, Script, cause, plan};

const SECOND: Duration = Duration::from_secs(1);

fn seconds(script: &Script) -> u64 {
    script.now.as_micros() / 1_000_000
}

#[test]
fn start_is_tried_again_when_its_code_passes() {
    let started = "\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n";
    for code in [1, 7] {
        for refusal in [
            format!("\r\n+CMQTTSTART: {code}\r\n\r\nERROR\r\n"),
            format!("\r\nOK\r\n\r\n+CMQTTSTART: {code}\r\n"),
        ] {
            let mut script = holding(Config::SIM7028, ERROR, IDLE, OK);
            script.says("AT+CMQTTSTART", [&refusal, &refusal, &refusal, started]);
            assert_eq!(bring_up(&mut script, &plan()), Ok(()), "{refusal:?}");
            assert_eq!(
                script.steps(),
                ["START", "START", "START", "START", "ACCQ", "CONNECT"]
            );
            assert_eq!(seconds(&script), 6);
            // It does not pass.
            let mut script = holding(Config::SIM7028, ERROR, IDLE, OK);
            script.says("AT+CMQTTSTART", [&refusal]);
            assert_eq!(cause(bring_up(&mut script, &plan())), refused(code));
            assert_eq!(seconds(&script), 30);
        }
    }
}

#[test]
fn connect_is_tried_again_when_its_code_passes() {
    for code in [1, 3, 7, 9, 14, 17, 25] {
        for refusal in [refusal("CONNECT", code), result("CONNECT", code)] {
            let mut script = holding(Config::SIM7028, OK, IDLE, OK);
            script.says(
                "AT+CMQTTCONNECT=0",
                [&refusal, &refusal, &refusal, &result("CONNECT", 0)],
            );
            assert_eq!(bring_up(&mut script, &plan()), Ok(()), "{refusal:?}");
            assert_eq!(script.count("AT+CMQTTCONNECT=0"), 4);
            assert_eq!(seconds(&script), 6);
            let told = script
                .progress
                .iter()
                .filter_map(|told| match told {
                    Progress::TryingAgain {
                        command,
                        code,
                        budget,
                    } => Some((*command, code.0, *budget)),
                    _ => None,
                })
                .collect::<Vec<_>>();
            let expected = [30, 28, 26].map(|left| ("+CMQTTCONNECT", code, left * SECOND));
            assert_eq!(told, expected);
        }
    }
}

/// A host name that is wrong is reported within the time that the configuration allows.
#[test]
fn a_code_that_does_not_pass_is_reported_when_the_retry_time_is_over() {
    for retry_time in [0, 5, 30] {
        let config = Config {
            retry_time: Duration::from_secs(retry_time),
            ..Config::SIM7028
        };
        let mut script = holding(config, OK, IDLE, OK);
        script.says("AT+CMQTTCONNECT=0", [&result("CONNECT", 25)]);
        assert_eq!(cause(bring_up(&mut script, &plan())), refused(25));
        assert_eq!(seconds(&script), retry_time);
    }
    // What does not pass is reported at once.
    for code in [4, 6, 12, 26, 29, 30, 32, 34] {
        let mut script = holding(Config::SIM7028, OK, IDLE, OK);
        script.says("AT+CMQTTCONNECT=0", [&result("CONNECT", code)]);
        assert_eq!(cause(bring_up(&mut script, &plan())), refused(code));
        assert_eq!(seconds(&script), 0, "{code}");
    }
}

/// A client that is kept is connected by the pauses of its policy, not by a burst of attempts in each.
#[test]
fn a_kept_client_leaves_the_pauses_to_its_policy() {
    let mut script = Script::new();
    script.says("AT+CMQTTCONNECT=0", [&result("CONNECT", 3)]);
    script.keep(&plan());
    script.wait(20 * SECOND);
    let attempts = script.count("AT+CMQTTCONNECT=0");
    assert!((4..=6).contains(&attempts), "{attempts}");
    script.says("AT+CMQTTCONNECT=0", [&result("CONNECT", 0)]);
    script.wait(40 * SECOND);
    assert_eq!(script.told(), ["Connected { client: 0 }"]);
}

/// CONNECT 13, and 19 on A7672: connected already.
#[test]
fn a_client_that_is_connected_already_is_disconnected_and_connected() {
    for code in [13, 19] {
        for refusal in [refusal("CONNECT", code), result("CONNECT", code)] {
            let done = result("CONNECT", 0);
            let mut script = holding(Config::SIM7028, OK, CONNECTED, SAME);
            script.says("AT+CMQTTCONNECT=0", [&refusal, &done]);
            assert_eq!(bring_up(&mut script, &plan()), Ok(()), "{refusal:?}");
            let steps = ["ACCQ", "CONNECT", "DISC", "REL", "ACCQ", "CONNECT"];
            assert_eq!(script.steps(), steps);
            assert_eq!(seconds(&script), 0);
            // The modem says that it is not connected: the client is made new.
            let mut script = holding(Config::SIM7028, OK, IDLE, SAME);
            script.says("AT+CMQTTCONNECT=0", [&refusal, &done]);
            assert_eq!(bring_up(&mut script, &plan()), Ok(()), "{refusal:?}");
            assert_eq!(script.steps(), ["ACCQ", "CONNECT", "REL", "ACCQ", "CONNECT"]);
            // It always says so.
            let mut script = holding(Config::SIM7028, OK, CONNECTED, SAME);
            script.says("AT+CMQTTCONNECT=0", [&refusal]);
            assert_eq!(cause(bring_up(&mut script, &plan())), refused(code));
            assert_eq!(seconds(&script), 30);
        }
    }
}

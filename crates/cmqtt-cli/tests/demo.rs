//! `cmqtt demo`, run as a user runs it.

use std::process::{Command, Output};

use serde_json::Value;

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cmqtt"))
        .arg("demo")
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn objects(output: &Output) -> Vec<Value> {
    let text = str::from_utf8(&output.stdout).expect("UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object a line"))
        .collect()
}

/// The vendor's note, section 4.1, from `AT+CSQ` to `AT+CMQTTSTOP`.
const SESSION: [&str; 17] = [
    "AT+CSQ",
    "AT+CGREG?",
    r#"AT+CGDCONT=1,"IP","apn""#,
    "AT+CMQTTSTART",
    r#"AT+CMQTTACCQ=0,"client test0""#,
    "AT+CMQTTWILLTOPIC=0,10",
    "AT+CMQTTWILLMSG=0,6,1",
    r#"AT+CMQTTCONNECT=0,"tcp://test.mosquitto.org:1883",60,1"#,
    "AT+CMQTTSUB=0,9,1",
    "AT+CMQTTTOPIC=0,9",
    "AT+CMQTTPAYLOAD=0,60",
    "AT+CMQTTPUB=0,1,60",
    "AT+CMQTTSUB=0",
    "AT+CMQTTUNSUB=0,9,0",
    "AT+CMQTTDISC=0,120",
    "AT+CMQTTREL=0",
    "AT+CMQTTSTOP",
];

#[test]
fn every_family_plays_the_notes_session() {
    for family in ["sim7028", "sim7022", "a76xx", "sim7600", "sim767x"] {
        let output = demo(&["--json", "--family", family]);
        let objects = objects(&output);
        assert!(
            output.status.success(),
            "{family}: {}",
            str::from_utf8(&output.stderr).unwrap()
        );
        let commands: Vec<&str> = objects
            .iter()
            .filter(|object| object["kind"] == "command")
            .filter_map(|object| object["text"].as_str())
            .collect();
        assert_eq!(commands, SESSION, "{family}");
        assert!(
            objects.iter().all(|object| object["kind"] != "unknown"),
            "{family}: every line is understood"
        );
        let summary = &objects.last().expect("a summary")["summary"];
        assert_eq!(summary["unchanged"], true);
        assert_eq!(
            (&summary["published"], &summary["received"]),
            (&1.into(), &1.into())
        );
        assert_eq!(summary["bytes_to_modem"], 444);
    }
}

#[test]
fn people_see_who_says_what() {
    let output = demo(&[]);
    let text = str::from_utf8(&output.stdout).expect("UTF-8");
    assert!(output.status.success());
    assert!(!text.contains('\x1b'), "no colour where no terminal is");
    for expected in [
        "> AT+CMQTTCONNECT=0,\"tcp://test.mosquitto.org:1883\",60,1",
        "< +CMQTTRXSTART: 0,9,60",
        "The 60 bytes came back unchanged.",
    ] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
}

#[test]
fn what_is_no_family_or_speed_is_refused() {
    for (arguments, words) in [
        (["--family", "sim900"], "no such family: there are SIM7028"),
        (["--baud", "0"], "0 is not in 300..=4000000"),
    ] {
        let output = demo(&arguments);
        let error = str::from_utf8(&output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(1));
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("the device that is always full");
    let output = Command::new(env!("CARGO_BIN_EXE_cmqtt"))
        .args(["demo", "--json"])
        .stdout(full)
        .output()
        .expect("the program runs");
    let error = str::from_utf8(&output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.starts_with("cmqtt demo: cannot write the output: "),
        "{error}"
    );
}

//! Text of others: a terminal shows it and obeys none of it, and a program gets it as it is.

use std::process::Command;

use cmqtt_sim::Family;
use cmqtt_tests::mosquitto::Mosquitto;
use serde_json::Value;

use super::bench::{Bench, bare, plain};
use super::scripted::scripted;
use super::tool::Tool;

#[track_caller]
fn objects(json: &[u8]) -> Vec<Value> {
    let objects = serde_json::Deserializer::from_slice(json).into_iter();
    objects.collect::<Result<_, _>>().expect("objects")
}

#[test]
fn gateway_escapes_topics_and_keys_in_its_complaints() {
    let broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let mut tool = bench.start(&format!("gateway {} --spool spool", plain(&broker)), &["-q", "1"]);
    let lines: [&[u8]; 4] = [
        br#"{"topic":"a/#\u001b]0;title\u0007","payload":"x"}"#,
        br#"{"topic":"\ncmqtt gateway: message 99 is delivered/#","payload":"x"}"#,
        br#"{"topic":"t","payload":"x","\u001b[2J\u009b2J\u202e":1}"#,
        b"\x1b[2J/# x",
    ];
    for line in lines {
        tool.write(&[line, b"\n"].concat());
    }
    let ended = tool.end().with(1, &["\\x1b[2J\\u{9b}2J\\u{202e}"]);
    let is_obeyed = |character: char| character.is_control() && character != '\n' || character == '\u{202e}';
    assert!(!ended.err.chars().any(is_obeyed), "{:?}", ended.err);
    let complaints = ended
        .err
        .lines()
        .filter(|line| line.starts_with("cmqtt gateway: line "));
    assert_eq!(
        (complaints.count(), ended.err.lines().count()),
        (lines.len(), lines.len()),
        "{:?}",
        ended.err
    );
}

#[test]
fn sub_escapes_messages_for_a_terminal_unless_raw_output_is_asked_for() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let payload = b"\x1b]0;title\x07\nother/topic forged \"\xc3\xbc\" \xff";
    let shown = "t/1 \\x1b]0;title\\x07\\nother/topic forged \"\u{fc}\" \\xff";
    for (options, expected) in [
        ("-v", shown.as_bytes()),
        ("-v --raw", b"\x1b]0;title\x07\r\nother/topic forged"),
        ("-F '%t %p'", shown.as_bytes()),
    ] {
        let line = format!(
            "{} sub {} -t t/# -i me -C 1 {options} --device {}",
            env!("CARGO_BIN_EXE_cmqtt"),
            plain(&broker),
            bench.device
        );
        let mut command = Command::new("script");
        command
            .args(["-qec", &line, "/dev/null"])
            .current_dir(bench.folder.path())
            .env("HOME", bench.folder.path());
        let tool = Tool::start(&mut command);
        broker.wait_for("Sending SUBACK to me");
        broker.publish("t/1", payload, 1, false);
        tool.out.wait_for(0, expected, 0);
        broker.wait_for("Received DISCONNECT from me");
        tool.end();
    }
}

#[test]
fn json_of_at_and_decode_holds_each_text_once_and_as_it_is() {
    let said: [&[u8]; 4] = [
        "+XTEXT: \"Gr\u{fc}\u{df}e\"".as_bytes(),
        b"+XTEXT: \"C:\\new\\x41\"",
        b"+XTEXT: \x1b[2J 'it'",
        b"+XTEXT: \xff\xfe",
    ];
    let lines = [b"\r\n", said.join(&b"\r\n\r\n"[..]).as_slice(), b"\r\n"].concat();
    let folder = cmqtt_tests::programs::folder();
    let log = folder.path().join("log");
    std::fs::write(&log, &lines).expect("a file");
    let (device, _open) = scripted([b"\r\nOK\r\n", lines.as_slice()].concat(), b"");
    let mut at = bare(folder.path());
    let tool = Tool::start(at.args(["at", "AT", "--listen", "1", "--json", "--device", &device]));
    let mut decode = bare(folder.path());
    let decoded = Tool::start(decode.args(["decode", "--json"]).arg(log))
        .end()
        .well();
    for json in [tool.end().well(), decoded] {
        let texts: Vec<Value> = objects(&json)
            .into_iter()
            .filter(|object| object["kind"] == "unknown")
            .map(|object| match object.get("text") {
                Some(text) => text.clone(),
                None => Value::from(vec![object["text_hex"].clone()]),
            })
            .collect();
        let expected = [
            Value::from("+XTEXT: \"Gr\u{fc}\u{df}e\""),
            "+XTEXT: \"C:\\new\\x41\"".into(),
            "+XTEXT: \u{1b}[2J 'it'".into(),
            vec![Value::from("2b58544558543a20fffe")].into(),
        ];
        assert_eq!(texts, expected, "{}", String::from_utf8_lossy(&json));
    }
    // For people a quotation mark is one.
    let mut decode = bare(folder.path());
    let columns = Tool::start(decode.args(["decode", "log"])).end().text();
    assert!(columns.contains("+XTEXT: \"Gr\u{fc}\u{df}e\""), "{columns}");
    assert!(columns.contains("+XTEXT: \\x1b[2J 'it'"), "{columns}");
    assert!(columns.contains("+XTEXT: \\xff\\xfe"), "{columns}");
}

//! The forms that a log can have, made by hand: marks, stamps, lost bytes, blocks that fit and blocks that do not.

mod support;

use std::fmt::Write;

use serde_json::Value;
use support::{cmqtt_decode, run};

/// `line kind from text`, then the fields that the test is about.
fn frames(log: &[u8], fields: &[&str]) -> String {
    let mut out = String::new();
    for frame in cmqtt_decode(&["--json"], log).lines() {
        let frame: Value = serde_json::from_str(frame).expect("an object");
        let from = frame["from"].as_str().unwrap_or("-");
        let (kind, text) = (
            frame["kind"].as_str().unwrap(),
            text(&frame).escape_ascii().to_string(),
        );
        write!(out, "{} {kind} {from} {text}", frame["line"]).unwrap();
        for field in fields {
            if let Some(value) = frame.get(*field) {
                write!(out, " | {field}: {value}").unwrap();
            }
        }
        out.push('\n');
    }
    out
}

/// What was said: bytes that are not UTF-8 stand there in hexadecimal digits.
fn text(frame: &Value) -> Vec<u8> {
    match &frame["text_hex"] {
        Value::String(digits) => {
            let pairs = digits
                .as_bytes()
                .chunks(2)
                .map(|pair| str::from_utf8(pair).unwrap());
            pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
        }
        _ => frame["text"].as_str().unwrap().into(),
    }
}

const SIZES: [&str; 3] = ["len", "announced", "note"];

#[test]
fn the_bytes_of_the_wire() {
    let log = b"AT+CMQTTTOPIC=0,9\r\r\n>simcommsg\r\nOK\r\n\
        AT+CMQTTPAYLOAD=0,8\r\r\n>a\r\nOK\r\nb\r\nOK\r\n\
        AT+CMQTTPUB=0,1,60\r\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n\
        \r\n+CMQTTRXSTART: 0,9,8\r\n+CMQTTRXTOPIC: 0,9\r\nsimcommsg\r\n+CMQTTRXPAYLOAD: 0,8\r\na\r\nOK\r\nb\r\n+CMQTTRXEND: 0\r\n";
    insta::assert_snapshot!(frames(log, &SIZES), @r#"
    1 command host AT+CMQTTTOPIC=0,9 | len: 9
    2 prompt modem > | announced: 9
    2 data host simcommsg | len: 9
    3 final modem OK
    4 command host AT+CMQTTPAYLOAD=0,8 | len: 8
    5 prompt modem > | announced: 8
    5 data host a\r\nOK\r\nb | len: 8
    8 final modem OK
    9 command host AT+CMQTTPUB=0,1,60
    10 final modem OK
    12 urc modem +CMQTTPUB: 0,0
    14 urc modem +CMQTTRXSTART: 0,9,8
    15 urc modem +CMQTTRXTOPIC: 0,9 | len: 9
    16 data modem simcommsg | len: 9
    17 urc modem +CMQTTRXPAYLOAD: 0,8 | len: 8
    18 data modem a\r\nOK\r\nb | len: 8
    21 urc modem +CMQTTRXEND: 0
    "#);
}

#[test]
fn several_commands_on_a_line_all_answer() {
    let log = b"AT+CSQ;+CMQTTDISC?\r\n+CSQ: 1,0\r\n+CMQTTDISC: 0,1\r\nOK\r\n\
        AT+CMQTTDISC?;+CMQTTDISC=0,60\r\n+CMQTTDISC: 0,1\r\nOK\r\n+CMQTTDISC: 0,11\r\n\
        AT+CMQTTACCQ=0,\"c1\";+CSQ\r\n+CMQTTACCQ: 0,19\r\nERROR\r\n\
        AT+CMQTTREL=0;+CMQTTSTOP\r\n+CMQTTREL: 0,20\r\nERROR\r\n\
        AT+CREG?;+CSQ\r\n+CREG: 1\r\n+CREG: 0,1\r\n+CSQ: 1,0\r\nOK\r\n\
        AT+CMQTTREL=0;+CMQTTSTOP\r\nOK\r\n+CMQTTSTOP: 0\r\n";
    insta::assert_snapshot!(frames(log, &["meaning", "note"]), @r#"
    1 command host AT+CSQ;+CMQTTDISC? | meaning: "several commands"
    2 information modem +CSQ: 1,0 | meaning: "signal of -111 dBm"
    3 information modem +CMQTTDISC: 0,1 | meaning: "not connected"
    4 final modem OK | meaning: "done"
    5 command host AT+CMQTTDISC?;+CMQTTDISC=0,60 | meaning: "several commands"
    6 information modem +CMQTTDISC: 0,1 | meaning: "not connected"
    7 final modem OK | meaning: "done"
    8 urc modem +CMQTTDISC: 0,11 | meaning: "no connection"
    9 command host AT+CMQTTACCQ=0,\"c1\";+CSQ | meaning: "several commands"
    10 information modem +CMQTTACCQ: 0,19 | meaning: "client in use"
    11 final modem ERROR | meaning: "refused"
    12 command host AT+CMQTTREL=0;+CMQTTSTOP | meaning: "several commands"
    13 information modem +CMQTTREL: 0,20 | meaning: "client not acquired"
    14 final modem ERROR | meaning: "refused"
    15 command host AT+CREG?;+CSQ | meaning: "several commands"
    16 urc modem +CREG: 1 | meaning: "registered, home network"
    17 information modem +CREG: 0,1 | meaning: "registered, home network"
    18 information modem +CSQ: 1,0 | meaning: "signal of -111 dBm"
    19 final modem OK | meaning: "done"
    20 command host AT+CMQTTREL=0;+CMQTTSTOP | meaning: "several commands"
    21 final modem OK | meaning: "done"
    22 urc modem +CMQTTSTOP: 0 | meaning: "success"
    "#);
}

#[test]
fn a_code_says_no_more_than_it_can() {
    let log = b"+CMQTTPING: 0,1\r\n+CMQTTPUB: 0,1\r\n+CMQTTSTART: 1\r\n+CMQTTNONET\r\n";
    insta::assert_snapshot!(frames(log, &["meaning", "likely_cause", "remedy"]), @r#"
    1 urc modem +CMQTTPING: 0,1 | meaning: "the keep alive failed" | likely_cause: "the broker did not answer the modem's ping: the connection is broken, or very slow" | remedy: "disconnect with AT+CMQTTDISC, then connect again with AT+CMQTTCONNECT"
    2 urc modem +CMQTTPUB: 0,1 | meaning: "failed" | likely_cause: "the modem does not say why; on START, too early after power-up, before the network is ready" | remedy: "check that the modem is registered (AT+CEREG?), then try again"
    3 urc modem +CMQTTSTART: 1 | meaning: "failed" | likely_cause: "the modem does not say why; on START, too early after power-up, before the network is ready" | remedy: "check that the modem is registered (AT+CEREG?), then try again"
    4 urc modem +CMQTTNONET | meaning: "the network is gone" | remedy: "once the modem is registered again, connect again with AT+CMQTTCONNECT; by the manual, start the service again first"
    "#);
}

#[test]
fn a_trace_of_the_simulated_modem() {
    let log = br#"[00:00:00.001] # opened
[00:00:01.000] > AT+CMQTTCONNECT=0,"tcp://h:1883",60,1,"me",[redacted]
[00:00:01.001] < OK
[00:00:01.002] < +CMQTTCONNECT: 0,0
[00:00:01.003] > AT+CMQTTCONNECT?
[00:00:01.004] < +CMQTTCONNECT: 0,"tcp://h:1883",60,1,"me",[redacted]
[00:00:01.005] < OK
[00:00:01.006] > AT+CPIN=[redacted]
[00:00:01.007] < OK
[00:00:01.008] > AT+CSSLCFG="password",0,[redacted]
[00:00:01.009] < OK
[00:00:02.000] > AT+CMQTTPAYLOAD=0,7
[00:00:02.001] < >
[00:00:02.002] > {\"a\":1}
[00:00:02.003] < {\"a\":1}
[00:00:02.004] < OK
[00:00:03.000] > AT+CCERTDOWN="key.pem",30
[00:00:03.001] < >
[00:00:03.002] > (30 bytes of a file)
[00:00:03.003] < (30 bytes of a file)
[00:00:03.004] < OK
[00:00:04.000] > AT+CCERTDOWN="key.pem",30
[00:00:04.001] < >
[00:00:04.002] > (12 bytes of a file)
[00:00:04.003] < ERROR
[00:00:05.000] < +CMQTTRXSTART: 0,1,4
[00:00:05.000] < +CMQTTRXTOPIC: 0,1
[00:00:05.000] < t
[00:00:05.000] < +CMQTTRXPAYLOAD: 0,4
[00:00:05.000] < a\r\n\x00
[00:00:05.000] < +CMQTTRXEND: 0
"#;
    insta::assert_snapshot!(frames(log, &["meaning", "password", "pin", "value", "len", "announced", "note"]), @r#"
    1 unknown - # opened | note: "a comment"
    2 command host AT+CMQTTCONNECT=0,\"tcp://h:1883\",60,1,\"me\",[redacted] | meaning: "connect to the broker" | password: "[redacted]"
    3 final modem OK | meaning: "done"
    4 urc modem +CMQTTCONNECT: 0,0 | meaning: "success"
    5 command host AT+CMQTTCONNECT? | meaning: "asks which clients are connected, and how"
    6 information modem +CMQTTCONNECT: 0,\"tcp://h:1883\",60,1,\"me\",[redacted] | meaning: "a connected client" | password: "[redacted]"
    7 final modem OK | meaning: "done"
    8 command host AT+CPIN=[redacted] | meaning: "give the SIM its PIN" | pin: "[redacted]"
    9 final modem OK | meaning: "done"
    10 command host AT+CSSLCFG=\"password\",0,[redacted] | meaning: "configure a TLS context" | value: "[redacted]"
    11 final modem OK | meaning: "done"
    12 command host AT+CMQTTPAYLOAD=0,7 | meaning: "set the payload to publish" | len: 7
    13 prompt modem > | meaning: "the modem waits for data" | announced: 7
    14 data host {\"a\":1} | len: 7 | note: "written with escapes"
    15 echo modem {\"a\":1} | meaning: "the data, sent back" | len: 7 | note: "written with escapes"
    16 final modem OK | meaning: "done"
    17 command host AT+CCERTDOWN=\"key.pem\",30 | meaning: "store a file" | len: 30
    18 prompt modem > | meaning: "the modem waits for data" | announced: 30
    19 data host (30 bytes of a file) | len: 30 | note: "the log tells the file's length alone"
    20 echo modem (30 bytes of a file) | meaning: "the data, sent back" | len: 30
    21 final modem OK | meaning: "done"
    22 command host AT+CCERTDOWN=\"key.pem\",30 | meaning: "store a file" | len: 30
    23 prompt modem > | meaning: "the modem waits for data" | announced: 30
    24 data host (12 bytes of a file) | len: 12 | announced: 30 | note: "the log tells the file's length alone; 18 bytes fewer than announced"
    25 final modem ERROR | meaning: "refused"
    26 urc modem +CMQTTRXSTART: 0,1,4 | meaning: "a received message begins"
    27 urc modem +CMQTTRXTOPIC: 0,1 | meaning: "a part of its topic follows" | len: 1
    28 data modem t | len: 1
    29 urc modem +CMQTTRXPAYLOAD: 0,4 | meaning: "a part of its payload follows" | len: 4
    30 data modem a\r\n\x00 | len: 4 | note: "written with escapes"
    31 urc modem +CMQTTRXEND: 0 | meaning: "the received message is complete"
    "#);
}

#[test]
fn data_that_look_like_something_else() {
    let log = b"AT+CMQTTPAYLOAD=0,19\r\n>+CMQTTCONNLOST: 0,1\r\n\r\nOK\r\n\
        +CMQTTRXSTART: 0,2,14\r\n+CMQTTRXTOPIC: 0,2\r\nOK\r\n+CMQTTRXPAYLOAD: 0,14\r\n+CMQTTRXEND: 0\r\n+CMQTTRXEND: 0\r\n";
    insta::assert_snapshot!(frames(log, &SIZES), @r#"
    1 command host AT+CMQTTPAYLOAD=0,19 | len: 19
    2 prompt modem > | announced: 19
    2 data host +CMQTTCONNLOST: 0,1 | len: 19
    4 final modem OK
    5 urc modem +CMQTTRXSTART: 0,2,14
    6 urc modem +CMQTTRXTOPIC: 0,2 | len: 2
    7 data modem OK | len: 2
    8 urc modem +CMQTTRXPAYLOAD: 0,14 | len: 14
    9 data modem +CMQTTRXEND: 0 | len: 14
    10 urc modem +CMQTTRXEND: 0
    "#);
}

#[test]
fn line_ends_that_were_lost_in_a_payload() {
    let log = b"+CMQTTRXSTART: 0,1,10\n+CMQTTRXTOPIC: 0,1\nt\n+CMQTTRXPAYLOAD: 0,10\n{\n \"a\":1\n}\n+CMQTTRXEND: 0\n";
    insta::assert_snapshot!(frames(log, &SIZES), @r#"
    1 urc modem +CMQTTRXSTART: 0,1,10
    2 urc modem +CMQTTRXTOPIC: 0,1 | len: 1
    3 data modem t | len: 1
    4 urc modem +CMQTTRXPAYLOAD: 0,10 | len: 10
    5 data modem {\n \"a\":1\n} | len: 10 | announced: 10 | note: "the line ends in or behind it may not be as they were sent"
    8 urc modem +CMQTTRXEND: 0
    "#);
    let log = b"+CMQTTRXPAYLOAD: 0,12\n{\n \"a\":1\n}\n+CMQTTRXEND: 0\n";
    insta::assert_snapshot!(frames(log, &SIZES), @r#"
    1 urc modem +CMQTTRXPAYLOAD: 0,12 | len: 12 | note: "the message's beginning is not in this log"
    2 data modem {\n \"a\":1\n} | len: 10 | announced: 12 | note: "the line ends in or behind it may not be as they were sent"
    5 urc modem +CMQTTRXEND: 0 | note: "its beginning is not in this log"
    "#);
}

#[test]
fn payloads_that_were_edited() {
    let short = b"+CMQTTRXPAYLOAD: 0,100\n{\"edited\"}\n+CMQTTRXEND: 0\n";
    insta::assert_snapshot!(frames(short, &SIZES), @r#"
    1 urc modem +CMQTTRXPAYLOAD: 0,100 | len: 100 | note: "the message's beginning is not in this log"
    2 data modem {\"edited\"} | len: 10 | announced: 100 | note: "the log holds 90 bytes fewer than announced"
    3 urc modem +CMQTTRXEND: 0 | note: "its beginning is not in this log"
    "#);
    let long = b"+CMQTTRXPAYLOAD: 0,5\n{\"edited\"}\n+CMQTTRXEND: 0\n";
    insta::assert_snapshot!(frames(long, &SIZES), @r#"
    1 urc modem +CMQTTRXPAYLOAD: 0,5 | len: 5 | note: "the message's beginning is not in this log"
    2 data modem {\"edited\"} | len: 10 | announced: 5 | note: "the log holds 5 bytes more than announced"
    3 urc modem +CMQTTRXEND: 0 | note: "its beginning is not in this log"
    "#);
    let gone = b"+CMQTTRXPAYLOAD: 0,5\n+CMQTTRXEND: 0\n";
    insta::assert_snapshot!(frames(gone, &SIZES), @r#"
    1 urc modem +CMQTTRXPAYLOAD: 0,5 | len: 5 | note: "the message's beginning is not in this log; the 5 bytes are not in this log"
    2 urc modem +CMQTTRXEND: 0 | note: "its beginning is not in this log"
    "#);
    let doubtful = b"+CMQTTRXPAYLOAD: 0,5\nreceived something\nmore words\nOK\n";
    insta::assert_snapshot!(frames(doubtful, &SIZES), @r#"
    1 urc modem +CMQTTRXPAYLOAD: 0,5 | len: 5 | note: "the message's beginning is not in this log"
    2 unknown - received something | announced: 5 | note: "5 bytes of data were announced, but the log does not hold them so"
    3 unknown - more words
    4 final modem OK
    "#);
    let lines = b"+CMQTTRXPAYLOAD: 0,50\nfirst\nOK then\n\nthird\nAT+CSQ\n";
    insta::assert_snapshot!(frames(lines, &SIZES), @r#"
    1 urc modem +CMQTTRXPAYLOAD: 0,50 | len: 50 | note: "the message's beginning is not in this log"
    2 data modem first | len: 5 | announced: 50 | note: "the log holds 45 bytes fewer than announced, unless more lines belong to it"
    3 unknown - OK then | note: "may belong to the block in front of it"
    5 unknown - third | note: "may belong to the block in front of it"
    6 command host AT+CSQ
    "#);
}

#[test]
fn a_message_in_chunks_that_does_not_add_up() {
    let log = b"+CMQTTRXSTART: 0,1,5\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,2\r\nab\r\n+CMQTTRXPAYLOAD: 0,2\r\ncd\r\n+CMQTTRXEND: 0\r\n";
    insta::assert_snapshot!(frames(log, &SIZES), @r#"
    1 urc modem +CMQTTRXSTART: 0,1,5
    2 urc modem +CMQTTRXTOPIC: 0,1 | len: 1
    3 data modem t | len: 1
    4 urc modem +CMQTTRXPAYLOAD: 0,2 | len: 2
    5 data modem ab | len: 2
    6 urc modem +CMQTTRXPAYLOAD: 0,2 | len: 2
    7 data modem cd | len: 2
    8 urc modem +CMQTTRXEND: 0 | note: "4 of 5 payload bytes were announced in parts"
    "#);
    insta::assert_snapshot!(frames(b"+CMQTTRXEND: 0\n+CMQTTRXSTART: 0,1,0\n+CMQTTRXSTART: 0,1,0\n", &SIZES), @r#"
    1 urc modem +CMQTTRXEND: 0 | note: "its beginning is not in this log"
    2 urc modem +CMQTTRXSTART: 0,1,0
    3 urc modem +CMQTTRXSTART: 0,1,0 | note: "the message before it has no end in this log"
    "#);
}

#[test]
fn no_data_behind_the_prompt() {
    let log =
        b"AT+CMQTTTOPIC=0,2\r\n\r\n>\r\n\r\nOK\r\nAT+CMQTTTOPIC=0,2\r\n\r\n>\r\n\r\n+CGEV: X\r\n\r\nOK\r\n";
    insta::assert_snapshot!(frames(log, &SIZES), @r#"
    1 command host AT+CMQTTTOPIC=0,2 | len: 2
    3 prompt modem > | announced: 2 | note: "the 2 bytes are not in this log"
    5 final modem OK
    6 command host AT+CMQTTTOPIC=0,2 | len: 2
    8 prompt modem > | announced: 2 | note: "the 2 bytes are not in this log"
    10 urc modem +CGEV: X
    12 final modem OK
    "#);
    let log = b"AT+CMQTTTOPIC=0,2\n>OK\nOK\nAT+CMQTTTOPIC=0,3\n> abc\nOK\nAT+CMQTTTOPIC=0,3\n> \nOK\nAT+CMQTTTOPIC=0,4\r\n>abc\r\nOK\r\n";
    insta::assert_snapshot!(frames(log, &SIZES), @r#"
    1 command host AT+CMQTTTOPIC=0,2 | len: 2
    2 prompt modem > | announced: 2
    2 data host OK | len: 2
    3 final modem OK
    4 command host AT+CMQTTTOPIC=0,3 | len: 3
    5 prompt modem > | announced: 3
    5 data host abc | len: 3
    6 final modem OK
    7 command host AT+CMQTTTOPIC=0,3 | len: 3
    8 prompt modem > | announced: 3 | note: "the 3 bytes are not in this log"
    9 final modem OK
    10 command host AT+CMQTTTOPIC=0,4 | len: 4
    11 prompt modem > | announced: 4
    11 data host abc | len: 3 | announced: 4 | note: "the log holds 1 byte fewer than announced"
    12 final modem OK
    "#);
}

#[test]
fn data_that_come_back() {
    let log = b"AT+CMQTTTOPIC=0,3\n>\na/b\na/b\nOK\nAT+CMQTTTOPIC=0,3\n>a/ba/b\nOK\n";
    insta::assert_snapshot!(frames(log, &SIZES), @r#"
    1 command host AT+CMQTTTOPIC=0,3 | len: 3
    2 prompt modem > | announced: 3
    3 data host a/b | len: 3
    4 echo modem a/b | len: 3
    5 final modem OK
    6 command host AT+CMQTTTOPIC=0,3 | len: 3
    7 prompt modem > | announced: 3
    7 data host a/b | len: 3
    7 echo modem a/b | len: 3
    8 final modem OK
    "#);
}

#[test]
fn marks() {
    let log = b"> AT\n< AT\n< OK\n> AT+CMQTTTOPIC=0,9\n< >\n> simcommsg\n< OK\n> AT+CMQTTPAYLOAD=0,3\n> abc\n< OK\n\
        < +CMQTTRXPAYLOAD: 0,4\n< a\n< b\n< +CMQTTRXEND: 0\n> hello\n< what\nwhat\n";
    insta::assert_snapshot!(frames(log, &SIZES), @r#"
    1 command host AT
    2 echo modem AT
    3 final modem OK
    4 command host AT+CMQTTTOPIC=0,9 | len: 9
    5 prompt modem > | announced: 9
    6 data host simcommsg | len: 9
    7 final modem OK
    8 command host AT+CMQTTPAYLOAD=0,3 | len: 3
    9 data host abc | len: 3
    10 final modem OK
    11 urc modem +CMQTTRXPAYLOAD: 0,4 | len: 4 | note: "the message's beginning is not in this log"
    12 data modem a\nb | len: 3 | announced: 4 | note: "the line ends in or behind it may not be as they were sent"
    14 urc modem +CMQTTRXEND: 0 | note: "its beginning is not in this log"
    15 unknown host hello
    16 unknown modem what
    17 unknown - what
    "#);
}

#[test]
fn stamps() {
    let log = b"10:39:37.199 -> AT+CMQTTTOPIC=0,9\r\n10:39:37.199 -> \r\n10:39:37.201 -> >\r\n10:39:37.245 -> simcommsg\r\n10:39:37.300 -> OK\r\n\
        [10:39:38.001] +CMQTTRXPAYLOAD: 0,4\n[10:39:38.002] a\n[10:39:38.003] b\n[10:39:38.004] +CMQTTRXEND: 0\n";
    insta::assert_snapshot!(frames(log, &["time", "len", "announced", "note"]), @r#"
    1 command host AT+CMQTTTOPIC=0,9 | time: "10:39:37.199" | len: 9
    3 prompt modem > | time: "10:39:37.201" | announced: 9
    4 data host simcommsg | time: "10:39:37.201" | len: 9
    5 final modem OK | time: "10:39:37.300"
    6 urc modem +CMQTTRXPAYLOAD: 0,4 | time: "10:39:38.001" | len: 4 | note: "the message's beginning is not in this log"
    7 data modem a\nb | time: "10:39:38.001" | len: 3 | announced: 4 | note: "the line ends in or behind it may not be as they were sent"
    9 urc modem +CMQTTRXEND: 0 | time: "10:39:38.004" | note: "its beginning is not in this log"
    "#);
}

#[test]
fn the_modems_lines_alone() {
    let log = b"RDY\n+CPIN: READY\n+CSQ: 17,0\n\nOK\n+CGREG: 0,5\nOK\n+CGREG: 1\n>\nOK\n+CMQTTSTART: 23\nERROR\n+CMQTTACCQ: 0,19\nERROR\n\
        +CMQTTPUB: 0,6\n+CMQTTCONNLOST: 0,1\n+CMQTTNONET\n+CMQTTCONNECT: 0,77\n+CME ERROR: SIM not inserted\nCMQTTSTART: 0\n+CMQTTFOO: 1\n";
    insta::assert_snapshot!(frames(log, &["code", "cause", "stat", "meaning"]), @r#"
    1 urc modem RDY | meaning: "the modem has booted; everything in it is gone"
    2 urc modem +CPIN: READY | meaning: "the SIM is ready"
    3 information modem +CSQ: 17,0 | meaning: "signal of -79 dBm"
    5 final modem OK | meaning: "done"
    6 information modem +CGREG: 0,5 | stat: 5 | meaning: "registered, roaming"
    7 final modem OK | meaning: "done"
    8 urc modem +CGREG: 1 | stat: 1 | meaning: "registered, home network"
    9 prompt modem > | meaning: "the modem waits for data"
    10 final modem OK | meaning: "done"
    11 urc modem +CMQTTSTART: 23 | code: 23 | meaning: "network already opened"
    12 final modem ERROR | meaning: "refused"
    13 urc modem +CMQTTACCQ: 0,19 | code: 19 | meaning: "client in use"
    14 final modem ERROR | meaning: "refused"
    15 urc modem +CMQTTPUB: 0,6 | code: 6 | meaning: "message receive failed"
    16 urc modem +CMQTTCONNLOST: 0,1 | cause: 1 | meaning: "connection lost: closed by the peer"
    17 urc modem +CMQTTNONET | meaning: "the network is gone"
    18 urc modem +CMQTTCONNECT: 0,77 | code: 77 | meaning: "not in the manual"
    19 final modem +CME ERROR: SIM not inserted | meaning: "SIM not inserted"
    20 unknown - CMQTTSTART: 0
    21 unknown - +CMQTTFOO: 1
    "#);
}

#[test]
fn an_answer_that_never_came() {
    let log = b"AT+CMQTTCONNECT=0,\"tcp://h\",60,1\nOK\nAT+CSQ\n+CMQTTCONNECT: 0,0\n+CSQ: 20,0\nOK\n+CSQ: 21,0\nAT+CREG?\n+CREG: 2\n+CREG: 0,1\nOK\n";
    insta::assert_snapshot!(frames(log, &["code", "stat", "rssi"]), @r#"
    1 command host AT+CMQTTCONNECT=0,\"tcp://h\",60,1
    2 final modem OK
    3 command host AT+CSQ
    4 urc modem +CMQTTCONNECT: 0,0 | code: 0
    5 information modem +CSQ: 20,0 | rssi: 20
    6 final modem OK
    7 urc modem +CSQ: 21,0
    8 command host AT+CREG?
    9 urc modem +CREG: 2 | stat: 2
    10 information modem +CREG: 0,1 | stat: 1
    11 final modem OK
    "#);
}

#[test]
fn a_command_that_is_sent_again() {
    let log = b"ATE0\nATE0\nOK\nAT\nAT\nOK\n\nRDY\nAT\nAT\nOK\n";
    insta::assert_snapshot!(frames(log, &[]), @r#"
    1 command host ATE0
    2 echo modem ATE0
    3 final modem OK
    4 command host AT
    5 command host AT
    6 final modem OK
    8 urc modem RDY
    9 command host AT
    10 echo modem AT
    11 final modem OK
    "#);
    let silent = b"AT\nOK\nAT+CSQ\n+CSQ: 1,0\nOK\nAT+CREG?\nAT+CREG?\n+CREG: 0,1\nOK\n";
    insta::assert_snapshot!(frames(silent, &[]), @r#"
    1 command host AT
    2 final modem OK
    3 command host AT+CSQ
    4 information modem +CSQ: 1,0
    5 final modem OK
    6 command host AT+CREG?
    7 command host AT+CREG?
    8 information modem +CREG: 0,1
    9 final modem OK
    "#);
}

#[test]
fn lines_run_together() {
    let log = b"AT+CMQTTREL=0\nAT+CMQTTREL=0OK\nAT+CSQ\n+CSQ: 27,99OK\nAT+CMQTTDISC?\n+CMQTTDISC: 0,0AT+CSQ\nOKAT+CSQ\nAT+CSQ\n+CSQ: 27,99\nOK\n\
        AT+CMQTTTOPIC=0,3>abc\nOK+CMQTTSTART: 0\n";
    insta::assert_snapshot!(frames(log, &["note"]), @r#"
    1 command host AT+CMQTTREL=0
    2 unknown - AT+CMQTTREL=0OK | note: "the command's echo and an answer run together"
    3 command host AT+CSQ
    4 unknown - +CSQ: 27,99OK | note: "an answer and a final result run together"
    5 command host AT+CMQTTDISC?
    6 unknown - +CMQTTDISC: 0,0AT+CSQ | note: "two lines run together, the second of them a command"
    7 unknown - OKAT+CSQ | note: "two lines run together, the second of them a command"
    8 echo modem AT+CSQ
    9 information modem +CSQ: 27,99
    10 final modem OK
    11 unknown - AT+CMQTTTOPIC=0,3>abc
    12 unknown - OK+CMQTTSTART: 0
    "#);
}

#[test]
fn every_line_end() {
    let log = b"AT+CSQ\r\r\n+CSQ: 27,99\r\n\r\nOK\r\nAT+CSQ\n+CSQ: 27,99\nOK\rAT\rOK";
    insta::assert_snapshot!(frames(log, &["dbm"]), @r#"
    1 command host AT+CSQ
    2 information modem +CSQ: 27,99 | dbm: -59
    4 final modem OK
    5 command host AT+CSQ
    6 information modem +CSQ: 27,99 | dbm: -59
    7 final modem OK
    7 command host AT
    7 final modem OK
    "#);
}

#[test]
fn passwords_are_hidden() {
    let log = b"AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",\"hush\"\nAT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",\"hush\"\n\
        +CMQTTCONNECT: 0,\"tcp://h\",60,1,\"me\",\"hush\"\nsent AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",\"hush\"\n\
        AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",\"hu\nsh\"\nOK\nAT+CPIN=\"1234\"\nOK\nAT+CSSLCFG=\"password\",0,\"hush\"\nOK\n";
    let hidden = frames(log, &["password", "pin", "value"]);
    assert!(
        !hidden.contains("hush") && !hidden.contains("sh\"") && !hidden.contains("1234"),
        "{hidden}"
    );
    insta::assert_snapshot!(hidden, @r#"
    1 command host AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",[redacted] | password: "[redacted]"
    2 echo modem AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",[redacted] | password: "[redacted]"
    3 information modem +CMQTTCONNECT: 0,\"tcp://h\",60,1,\"me\",[redacted] | password: "[redacted]"
    4 unknown - sent AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",[redacted]
    5 command host AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",[redacted]
    6 unknown - [redacted]
    7 final modem OK
    8 command host AT+CPIN=[redacted] | pin: "[redacted]"
    9 final modem OK
    10 command host AT+CSSLCFG=\"password\",0,[redacted] | value: "[redacted]"
    11 final modem OK
    "#);
    let shown = cmqtt_decode(&["--json", "--show-secrets"], log);
    assert!(
        shown.contains(r#""password":"hush""#) && shown.contains(r#""pin":"1234""#),
        "{shown}"
    );
}

#[test]
fn keys_are_hidden() {
    let key = "-----BEGIN PRIVATE KEY-----\nMIIhush\n-----END PRIVATE KEY-----";
    for log in [
        format!("AT+CCERTDOWN=\"key.pem\",{}\n>{key}\nOK\n", key.len()),
        format!("AT+CCERTDOWN=\"key.pem\",{}\n>{key}\nOK\n", key.len() + 2),
        format!("AT+CCERTDOWN=\"key.pem\",1000\n>{key}\nOK\n"),
        format!("AT+CCERTDOWN=\"key.pem\",3\n>\n{key}\nOK\n"),
        format!("AT+CCERTDOWN=\"ca.pem\",90000\n>\n{key}\nOK\n"),
        format!("{key}\n"),
    ] {
        let hidden = frames(log.as_bytes(), &[]);
        assert!(
            !hidden.contains("hush") && hidden.contains("[redacted]"),
            "{log}{hidden}"
        );
    }
    let certificate = "-----BEGIN CERTIFICATE-----";
    let log = format!(
        "AT+CCERTDOWN=\"ca.pem\",{}\n>{certificate}\nOK\n",
        certificate.len()
    );
    assert!(frames(log.as_bytes(), &[]).contains(certificate));
}

#[test]
fn whatever_the_bytes() {
    let long = vec![b'x'; 3_000_000];
    let nuls = vec![0; 300_000];
    let logs: [&[u8]; 7] = [
        b"",
        b"\n\r\r\n\n",
        b"\xff\xfe\x00OK\x00\nOK",
        &[b"AT\n".as_slice(), &long, b"\nOK\n"].concat(),
        &nuls,
        b"+CMQTTRXPAYLOAD: 0,4294967295\nabc\nOK\n",
        b"\xef\xbb\xbfAT\nOK\n",
    ];
    let decoded: Vec<String> = logs
        .map(|log| {
            frames(log, &["note"])
                .replace(&"x".repeat(65536), "(x)")
                .replace(&"\\x00".repeat(65536), "(NUL)")
        })
        .into();
    insta::assert_snapshot!(decoded.join("---\n"), @r#"
    ---
    ---
    1 unknown - \xff\xfe\x00OK\x00
    2 final modem OK
    ---
    1 command host AT
    2 unknown - (x) | note: "a line of 3000000 bytes, of which 65536 are shown"
    3 final modem OK
    ---
    1 unknown - (NUL) | note: "a line of 300000 bytes, of which 65536 are shown"
    ---
    1 urc modem +CMQTTRXPAYLOAD: 0,4294967295 | note: "the message's beginning is not in this log; more bytes than a modem sends or takes at a time: these 4294967295 are not looked for"
    2 unknown - abc
    3 final modem OK
    ---
    1 command host AT
    2 final modem OK
    "#);
}

#[test]
fn what_cannot_be_read_is_named() {
    let missing = run(&["/nonexistent/log.txt"], b"");
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("/nonexistent/log.txt"));
    let directory = run(&[env!("CARGO_MANIFEST_DIR")], b"");
    assert_eq!(directory.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&directory.stderr).contains("directory"));
    assert_eq!(run(&["--no-such-option"], b"").status.code(), Some(1));
}

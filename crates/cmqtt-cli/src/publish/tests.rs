//! What `cmqtt pub` takes and refuses, without a modem. The words are pinned.

use std::os::unix::ffi::OsStringExt;

use clap::{CommandFactory, Parser};
use cmqtt_host::config_file::{ConfigFile, Hidden};

use super::*;

#[derive(Debug, Parser)]
#[command(name = "cmqtt pub")]
struct Program {
    #[command(flatten)]
    arguments: Arguments,
}

/// As if typed; no file is looked for.
fn plan_of<I: Into<OsString> + Clone>(arguments: &[I], file: Option<Found>) -> Result<Plan, String> {
    let typed = std::iter::once(OsString::from("cmqtt pub")).chain(arguments.iter().cloned().map(Into::into));
    let program = Program::try_parse_from(typed).map_err(|error| first_line(&error.to_string()))?;
    program
        .arguments
        .plan_with(file.as_ref())
        .map_err(|error| error.to_string())
}

fn plan(line: &str) -> Result<Plan, String> {
    plan_of(&line.split_whitespace().collect::<Vec<_>>(), None)
}

fn first_line(error: &str) -> String {
    error.split("\n\n").next().unwrap_or_default().replace('\n', " ")
}

#[track_caller]
fn refused(line: &str) -> String {
    format!("{line}\n    {}", plan(line).expect_err(line))
}

fn file(text: &str) -> Option<Found> {
    let path = PathBuf::from("cmqtt.toml");
    Some(Found {
        config: ConfigFile::parse(text, &path).expect("a file"),
        path,
        warning: None,
    })
}

#[test]
fn the_definition_is_consistent() {
    Program::command().debug_assert();
}

#[test]
fn help() {
    let mut command = Program::command().term_width(100);
    insta::assert_snapshot!(command.render_long_help());
    // As in mosquitto, -h is the host.
    assert!(refused("--help").contains("Publish messages"));
}

#[test]
fn as_fingers_know_it() {
    let plan = plan("-h broker.example -p 1884 -u me -P pw -i device-7 -t a/b -m -5 -q 1 -r -k 120 -c --will-topic w --will-payload gone --will-qos 2 --repeat 3 --repeat-delay 0.5 -V mqttv31 -d").expect("a plan");
    assert_eq!(plan.broker.address, "tcp://broker.example:1884");
    assert_eq!(plan.source, Source::Message(b"-5".to_vec()));
    insta::assert_debug_snapshot!(plan);
}

#[test]
fn urls_and_tls() {
    let plan = |line| plan(line).expect("a plan");
    let url = plan("-L mqtt://me:p:w@broker.example/a/b -m x");
    assert_eq!(
        (url.broker.address.as_str(), url.topic.as_str()),
        ("tcp://broker.example:1883", "a/b")
    );
    assert_eq!(url.broker.user.as_deref(), Some("me"));
    assert_eq!(url.broker.password.as_ref().map(Hidden::reveal), Some("p:w"));
    let tls = plan("-L mqtts://[2001:db8::1]:8884/a --cafile ca.pem -m x -t b");
    assert_eq!(
        (tls.broker.address.as_str(), tls.topic.as_str()),
        ("tcp://[2001:db8::1]:8884", "b")
    );
    assert!(tls.broker.tls.is_some_and(|tls| tls.paths.ca.is_some()));
    assert_eq!(
        plan("-h 2001:db8::1 -t a -m x").broker.address,
        "tcp://[2001:db8::1]:1883"
    );
    let unverified = plan("-h b --insecure -t a -m x");
    assert_eq!(unverified.broker.address, "tcp://b:8883");
    assert!(unverified.broker.tls.is_some_and(|tls| tls.paths.ca.is_none()));
}

#[test]
fn what_is_refused() {
    let long = |option: &str, len: usize| format!("{option} {}", "x".repeat(len));
    let cases = [
        "-t a -m x".to_owned(),
        "-h b -m x".to_owned(),
        "-h b -t a".to_owned(),
        "-h b -t a -m x -l".to_owned(),
        "-h b -t a -m x -q 3".to_owned(),
        "-h b -t a -m x -q one".to_owned(),
        "-h b -t a -m x -k 0".to_owned(),
        "-h b -t a -m x -p 0".to_owned(),
        "-h b -t a -m x -p -1".to_owned(),
        "-h b -t a -m x -q -1".to_owned(),
        "-h b -t a -m x -p 70000".to_owned(),
        "-h b -t a/+/c -m x".to_owned(),
        "-h b -t a/# -m x".to_owned(),
        "-h b_/c -t a -m x".to_owned(),
        "-h b\"c -t a -m x".to_owned(),
        "-h b:1884 -t a -m x".to_owned(),
        "-h [::1]:1884 -t a -m x".to_owned(),
        "-h [::1 -t a -m x".to_owned(),
        "-h ::g -t a -m x".to_owned(),
        "-h http://b -t a -m x".to_owned(),
        "-h b -t a -n".to_owned(),
        "-h b -t a -n --repeat 2".to_owned(),
        "-h b -t a -m x --repeat 0".to_owned(),
        "-h b -t a -m x --repeat-delay 1".to_owned(),
        "-h b -t a -m x --repeat 2 --repeat-delay -1".to_owned(),
        "-h b -t a -m x -c".to_owned(),
        "-h b -t a -m x -i a -I b".to_owned(),
        "-h b -t a -m x -P pw".to_owned(),
        "-h b -t a -m x -u a\"b".to_owned(),
        "-h b -t a -m x -u a -P secret\"".to_owned(),
        "-h b -t a -m x -i a\"b".to_owned(),
        "-h b -t a -m x -V mqttv5".to_owned(),
        "-h b -t a -m x -V 4".to_owned(),
        "-h b -t a -m x -p 8883".to_owned(),
        "-h b -t a -m x --cert c.pem".to_owned(),
        "-h b -t a -m x --key k.pem".to_owned(),
        "-h b -t a -m x --cert c.pem --key k.pem".to_owned(),
        "-L mqtts://b/a -m x".to_owned(),
        "-L mqtt://b:8883/a -m x".to_owned(),
        "-L http://secret@b/a -m x".to_owned(),
        "-L mqtt://u:secret@:1883/a -m x".to_owned(),
        "-L mqtt://u:secret@b:x/a -m x".to_owned(),
        "-L mqtt://b -m x".to_owned(),
        "-L mqtt://b/a -h c -m x".to_owned(),
        "-h b -t a -m x --will-payload y".to_owned(),
        "-h b -t a -m x --will-topic w".to_owned(),
        "-h b -t a -m x --will-topic w/# --will-payload y".to_owned(),
        "-h b -t a -m x --will-topic w --will-payload y --will-qos 3".to_owned(),
        "-h b -t a -m x --family SIM800".to_owned(),
        "-h b -t a -m x --family SIM7028 --client 1".to_owned(),
        "-h b -t a -m x --client 2".to_owned(),
        "-h b -t a -m x --pin 12".to_owned(),
        "-h b -t a -m x --pin 12a4".to_owned(),
        "-h b -t a -m x --apn a\"b".to_owned(),
        "-h b -t a -m x --baud 0".to_owned(),
        "-h b -t a -m x --nonsense".to_owned(),
    ];
    let words: Vec<_> = cases.iter().map(|case| refused(case)).collect();
    let words = words.join("\n");
    assert!(
        !words
            .lines()
            .any(|line| line.starts_with(' ') && line.contains("secret")),
        "{words}"
    );
    insta::assert_snapshot!(words);
    let lengths = [
        long("-h b -m x -t", 1025),
        long("-h b -m x --family A76XX -t", 1025),
        long("-h b -t a -m", 10_241),
        long("-h b -t a --family SIM7022 -m", 1025),
        long("-h b -t a --family SIM767X -m", 4097),
        long("-t a -m x --family SIM7028 -h", 118),
        long("-t a -m x --family A76XX -i", 129).replace("-t", "-h b -t"),
        long("-t a -m x -i", 257).replace("-t", "-h b -t"),
        long("-h b -t a -m x -u", 257),
        long("-h b -t a -m x -u me -P", 257),
        long("-h b -t a -m x --will-topic w --will-payload", 1025),
        long("-h b -t a -m x --apn", 101),
        format!("{} {}", long("-h b -t a -m x -u", 256), long("-P", 256)),
        format!(
            "{} {} {}",
            long("-t a -m x -h", 240),
            long("-u", 256),
            long("-P", 256)
        ),
    ];
    let words = lengths.map(|case| plan(&case).map_or_else(|words| words, |_| "taken".to_owned()));
    insta::assert_snapshot!(words.join("\n"));
}

#[test]
fn what_a_modem_does_not_carry() {
    let words: Vec<_> = PubRefusals::rows()
        .map(|row| {
            let values = " x".repeat(row.values);
            let long = refused(&format!("-h b -t a -m x {}{values}", row.name()));
            if let Some(short) = row.short {
                let short = plan(&format!("-h b -t a -m x -{short}{values}")).expect_err("refused too");
                assert!(long.ends_with(&short), "{short}");
            }
            long
        })
        .collect();
    insta::assert_snapshot!(words.join("\n"));
}

#[test]
fn bytes_that_no_command_line_holds() {
    let mut words = Vec::new();
    for option in [
        "-h",
        "-t",
        "-i",
        "-I",
        "-u",
        "-P",
        "-L",
        "--apn",
        "--pin",
        "--will-topic",
    ] {
        for value in [&b"a\xffb"[..], b"a\r\nAT+CFUN=0", b"a\x1bb", b"", b"\x7f"] {
            let mut arguments: Vec<_> = "-m x".split(' ').map(OsString::from).collect();
            for (other, value) in [("-h", "b"), ("-t", "a"), ("-u", "me"), ("--will-payload", "y")] {
                let needs = !matches!(
                    (option, other),
                    ("-L", "-h" | "-u") | ("-t", "-t") | ("-h", "-h") | ("-u", "-u")
                ) && (other != "--will-payload" || option == "--will-topic");
                if needs {
                    arguments.extend([other.into(), value.into()]);
                }
            }
            arguments.extend([OsString::from(option), OsString::from_vec(value.to_vec())]);
            let result = match plan_of(&arguments, None) {
                Ok(_) => "taken".to_owned(),
                Err(words) => words,
            };
            words.push(format!(
                "{option} {:<18} {result}",
                value.escape_ascii().to_string()
            ));
        }
    }
    insta::assert_snapshot!(words.join("\n"));
    // A message is any bytes.
    let arguments = [&b"-h"[..], b"b", b"-t", b"a", b"-m", b"\xff\r\n\"\x1a"]
        .map(|bytes| OsString::from_vec(bytes.to_vec()));
    let plan = plan_of(&arguments, None).expect("a plan");
    assert_eq!(plan.source, Source::Message(b"\xff\r\n\"\x1a".to_vec()));
}

#[test]
fn arguments_count_before_the_file() {
    let text = "device = '/dev/modem'\nbaud = 9600\nfamily = 'a76xx'\napn = 'iot'\npin = '1234'\nclient = 1\nhost = 'file.example'\nport = 1000\nuser = 'filer'\npassword = 'of the file'\nid = 'file'\nkeep-alive = 100\nqos = 2\n";
    let with = |line: &str| plan_of(&line.split(' ').collect::<Vec<_>>(), file(text)).expect("a plan");
    let all = with("-t a -m x --device /dev/modem");
    insta::assert_debug_snapshot!(all);
    let none = with(
        "-t a -m x --device d --baud 1200 --family SIM7600 --apn b --pin 99999 --client 0 -h b -p 2 -u me -P mine -i id -k 9 -q 0",
    );
    assert_eq!(none.modem.device.as_deref(), Some("d".as_ref()));
    assert_eq!((none.modem.baud, none.modem.client), (1200, 0));
    assert_eq!(
        none.modem.pin.map(|pin| pin.reveal().to_owned()).as_deref(),
        Some("99999")
    );
    assert_eq!(
        (none.broker.address.as_str(), none.broker.client_id.as_str()),
        ("tcp://b:2", "id")
    );
    assert_eq!(
        none.broker
            .password
            .map(|password| password.reveal().to_owned())
            .as_deref(),
        Some("mine")
    );
    assert_eq!((none.broker.keep_alive.as_secs(), none.qos), (9, QoS::AtMostOnce));
    // The file's password goes to nobody else.
    let other = with("-t a -m x -u me");
    assert_eq!(
        (other.broker.user.as_deref(), other.broker.password),
        (Some("me"), None)
    );
    let words = [
        "family = 'SIM800'",
        "apn = 'a\"b'",
        "pin = 'abcd'",
        "client = 3",
        "baud = 0",
        "host = 'a b'",
        "user = '\"'",
        "password = 'hunter2'",
        "user = 'a'\npassword = 'hunter2\"'",
        "id = ''",
        "keep-alive = 0",
        "qos = 3",
        "port = 8883",
        "cert = 'c.pem'",
    ]
    .map(|text| {
        let text = if text.starts_with("host") {
            text.to_owned()
        } else {
            format!("host = 'b'\n{text}")
        };
        plan_of(&["-t", "a", "-m", "x"], file(&text)).expect_err("refused")
    });
    let words = words.join("\n");
    assert!(!words.contains("hunter2"), "{words}");
    insta::assert_snapshot!(words);
}

#[test]
fn nothing_prints_a_secret() {
    let typed = "cmqtt-pub -h b -t a -m x -u me -P hunter2 --pin 13579".split(' ');
    let program = Program::try_parse_from(typed).expect("arguments");
    let plan = program.arguments.plan_with(None).expect("a plan");
    let url =
        Program::try_parse_from("cmqtt-pub -L mqtt://me:hunter2@b/a -m x".split(' ')).expect("arguments");
    for shown in [format!("{program:?}"), format!("{plan:?}"), format!("{url:?}")] {
        assert!(!shown.contains("hunter2") && !shown.contains("13579"), "{shown}");
    }
}

#[test]
fn new_identifiers_differ() {
    let id = || plan("-h b -t a -m x").expect("a plan").broker.client_id;
    let (one, other) = (id(), id());
    assert_eq!(one.len(), "cmqtt-0123456789abcdef".len());
    assert_ne!(one, other);
    let prefixed = plan("-h b -t a -m x -I dev-").expect("a plan").broker.client_id;
    assert_eq!(prefixed, format!("dev-{}", std::process::id()));
}

#[test]
fn a_spool_holds_what_is_sent() {
    let spooled = |line: &str| plan(line).expect(line);
    let spool = spooled("-h x --spool s -t t -l --drain 2")
        .spool
        .expect("a spool");
    assert_eq!(spool.dir, PathBuf::from("s"));
    assert_eq!(spool.limits, cmqtt_outbox::Limits::default());
    assert_eq!(spool.drain, Some(Duration::from_secs(2)));
    assert_eq!(spooled("-h x --spool s").source, Source::Spool);
    insta::assert_snapshot!(refused("-h x --spool s -t t"), @r#"-h x --spool s -t t
    no message is given: -m MESSAGE, -f FILE, -l or -s for standard input, or -n for an empty one"#);
    insta::assert_snapshot!(refused("-h x --spool s -m x"), @r#"-h x --spool s -m x
    no topic is named: -t TOPIC"#);
    insta::assert_snapshot!(refused("-h x -t t -m x --drain 1"), @r#"-h x -t t -m x --drain 1
    there is no spool to which that applies: --spool DIR"#);
    insta::assert_snapshot!(refused("-h x --spool s -t t -m x --repeat 2 --repeat-delay 1"), @r#"-h x --spool s -t t -m x --repeat 2 --repeat-delay 1
    error: the argument '--spool <DIR>' cannot be used with '--repeat-delay <SECONDS>'"#);
}

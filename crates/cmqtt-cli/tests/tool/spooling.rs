//! `--spool` and `cmqtt gateway`: what waits on disk, and when it goes.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

use cmqtt_outbox::{Limits, Outbox};
use cmqtt_sim::host::{ModemServer, Pty, ServerOptions};
use cmqtt_sim::{Family, Modem, Profile};
use cmqtt_tests::mosquitto::{Listener, Mosquitto};
use rustix::process::Signal;

use super::bench::{Bench, NONE, at, bare, plain};
use super::collected::PATIENCE;
use super::tool::{Ended, Tool};

/// What waits in the spool of a folder: payloads, the oldest first.
pub(crate) fn spooled(folder: &Path) -> Vec<String> {
    let mut outbox = Outbox::open(folder.join("spool"), &Limits::default()).expect("an outbox");
    let messages = outbox.messages().expect("messages");
    messages
        .into_iter()
        .map(|stored| String::from_utf8(stored.message.payload).expect("text"))
        .collect()
}

/// Connects to a gateway that starts.
#[track_caller]
pub(crate) fn connect(folder: &Path) -> UnixStream {
    let begin = Instant::now();
    loop {
        match UnixStream::connect(folder.join("socket")) {
            Ok(stream) => return stream,
            Err(error) => assert!(begin.elapsed() < PATIENCE, "{error}"),
        }
        std::thread::yield_now();
    }
}

/// Runs it with a modem that is not there.
#[track_caller]
fn away(folder: &Path, line: &str) -> Ended {
    let mut command = bare(folder);
    command.args(line.split_whitespace());
    command.args(["-h", "x", "--spool", "spool", "--device", "away"]);
    Tool::start(&mut command).end()
}

#[test]
fn what_waits_goes_first_when_the_modem_is_there_again() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let folder = bench.folder.path();
    for payload in ["first", "second"] {
        away(folder, &format!("pub -t late -q 1 --drain 0 -m {payload}")).with(27, &["still in spool"]);
    }
    assert_eq!(spooled(folder), ["first", "second"]);
    let watcher = broker.subscribe("late", 4);
    let line = format!("pub {} --spool spool", plain(&broker));
    bench.run(&format!("{line} -t late -q 1 -m third"), NONE).well();
    let mut tool = bench.start(&format!("{line} -t late -l"), NONE);
    tool.write(b"fourth\n");
    tool.end().well();
    let received: Vec<_> = watcher
        .messages()
        .into_iter()
        .map(|message| (String::from_utf8(message.payload).expect("text"), message.qos))
        .collect();
    let expected = [("first", 1), ("second", 1), ("third", 1), ("fourth", 0)];
    assert_eq!(received, expected.map(|(payload, qos)| (payload.to_owned(), qos)));
    assert_eq!(spooled(folder), [""; 0]);
    // Nothing is left to do.
    bench.run(&line, NONE).well();
    bench.is_free();
}

#[test]
fn the_gateway_takes_lines_and_objects_and_names_what_is_wrong() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let watcher = broker.subscribe("in/#", 4);
    let line = format!("gateway {} --spool spool -q 1", plain(&broker));
    let mut tool = bench.start(&line, NONE);
    tool.write(b"in/plain two words\nnothing\n");
    tool.write(b"{\"topic\": \"in/json\", \"payload\": {\"x\": 1.50}, \"qos\": 2}\n{\"topic\": 7}\n");
    tool.write(b"{\"topic\": \"in/base64\", \"payload_base64\": \"AP8=\", \"qos\": 0}\nin/+ x\n");
    tool.write(b"in/last no line end");
    tool.end().with(
        1,
        &[
            "cmqtt gateway: line 2 of standard input: it has no payload",
            "cmqtt gateway: line 4 of standard input: invalid type: integer `7`, expected a string",
            "cmqtt gateway: line 6 of standard input: topic: byte `+` at 3 cannot be sent",
        ],
    );
    // The watcher prints one with QoS 2 at the end of its handshake, perhaps after those behind it.
    let received: BTreeSet<_> = watcher
        .messages()
        .into_iter()
        .map(|message| (message.topic, message.payload, message.qos))
        .collect();
    let expected: [(&str, &[u8], u8); 4] = [
        ("in/plain", b"two words", 1),
        ("in/json", b"{\"x\": 1.50}", 2),
        ("in/base64", b"\0\xff", 0),
        ("in/last", b"no line end", 1),
    ];
    let expected = expected.map(|(topic, payload, qos)| (topic.to_owned(), payload.to_vec(), qos));
    assert_eq!(received, BTreeSet::from(expected));
    bench.is_free();
}

/// Answers to lines, from a gateway without a modem.
fn answers(options: &str, lines: &str) -> Vec<String> {
    let folder = cmqtt_tests::programs::folder();
    let mut command = bare(folder.path());
    command.args("gateway -h x --spool spool --listen socket --device away".split(' '));
    command.args(options.split_whitespace());
    let tool = Tool::start(&mut command);
    let mut stream = connect(folder.path());
    let reader = BufReader::new(stream.try_clone().expect("a stream"));
    stream.write_all(lines.as_bytes()).expect("it listens");
    let answers = reader.lines().take(lines.lines().count());
    let answers = answers.map(|answer| answer.expect("an answer")).collect();
    tool.signal(Signal::TERM);
    tool.end().with(0, &["still in spool: the next run"]);
    assert!(!folder.path().join("socket").exists());
    answers
}

#[test]
fn the_socket_answers_each_line() {
    assert_eq!(
        answers("", "t a\n\nt b\n#/x c\n"),
        [
            "accepted 1",
            "refused: line 2: it is empty; a line is TOPIC PAYLOAD or a JSON object",
            "accepted 2",
            "refused: line 4: topic: byte `#` at 0 cannot be sent",
        ]
    );
}

#[test]
fn a_full_spool_does_what_was_chosen() {
    let lines = "t a\nt b\nt c\nt d\n";
    let full = "refused: the outbox is full: 2 messages with 4 bytes wait to be delivered";
    let limit = "--spool-messages 2 --spool-full";
    assert_eq!(
        answers(&format!("{limit} refuse"), lines),
        ["accepted 1", "accepted 2", full, full]
    );
    let dropped = "dropped: the spool is full";
    assert_eq!(
        answers(&format!("{limit} drop-newest"), lines),
        ["accepted 1", "accepted 2", dropped, dropped]
    );
    let oldest = answers(&format!("{limit} drop-oldest"), lines);
    assert_eq!(oldest[..2], ["accepted 1", "accepted 2"]);
    // The first is in hand, unless the lines were quicker.
    assert!(oldest[2].starts_with("accepted 3, dropped "), "{oldest:?}");
    assert!(oldest[3].starts_with("accepted 4, dropped "), "{oldest:?}");
}

#[test]
fn a_spool_has_one_program_and_a_socket_one_gateway() {
    let folder = cmqtt_tests::programs::folder();
    let mut command = bare(folder.path());
    command.args("gateway -h x --spool spool --listen socket --device away".split(' '));
    let tool = Tool::start(&mut command);
    drop(connect(folder.path()));
    away(folder.path(), "pub -t t -m x").with(1, &["the outbox spool is in use by another program"]);
    let mut command = bare(folder.path());
    command.args("gateway -h x --spool other --listen socket --device away".split(' '));
    Tool::start(&mut command).end().with(1, &["socket: "]);
    // What a killed one leaves is taken over; what is no socket is not.
    tool.kill();
    assert!(folder.path().join("socket").exists());
    let mut command = bare(folder.path());
    command.args("gateway -h x --spool spool --listen socket --device away".split(' '));
    let tool = Tool::start(&mut command);
    drop(connect(folder.path()));
    tool.signal(Signal::INT);
    tool.end().with(0, &[]);
    std::fs::write(folder.path().join("socket"), "mine").expect("a file");
    let mut command = bare(folder.path());
    command.args("gateway -h x --spool spool --listen socket --device away".split(' '));
    Tool::start(&mut command).end().with(1, &["socket: "]);
    assert_eq!(
        std::fs::read(folder.path().join("socket")).expect("a file"),
        b"mine"
    );
}

#[test]
fn a_broker_that_restarts_costs_nothing() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7600);
    let watcher = broker.subscribe("t", 1);
    let line = format!("pub {} --spool spool -t t -q 1 -l --trace", plain(&broker));
    let mut tool = bench.start(&line, NONE);
    tool.write(b"before\n");
    assert_eq!(watcher.messages()[0].payload, b"before");
    // What the broker has and the modem does not know is sent again.
    tool.err.wait_for(0, b"+CMQTTPUB: 0,0", 0);
    broker.kill();
    tool.write(b"meanwhile\n");
    tool.err.wait_for(0, b"the connection is lost: ", 0);
    broker.restart();
    let watcher = broker.subscribe("t", 1);
    assert_eq!(watcher.messages()[0].payload, b"meanwhile");
    tool.end().with(0, &[]);
    bench.is_free();
}

#[test]
fn a_modem_that_is_unplugged_costs_nothing() {
    let mut broker = Mosquitto::start();
    let folder = cmqtt_tests::programs::folder();
    let plug_in = || {
        let pty = Pty::open(Some(&folder.path().join("modem"))).expect("a pseudo-terminal");
        let modem = Modem::new(Profile::of(Family::Sim7028).at_once());
        ModemServer::spawn(modem, pty, ServerOptions::default()).expect("a thread")
    };
    let modem = plug_in();
    let watcher = broker.subscribe("t", 1);
    let mut command = bare(folder.path());
    let line = format!(
        "gateway {} --spool spool -q 1 --device modem --trace",
        plain(&broker)
    );
    let mut tool = Tool::start(command.args(line.split_whitespace()));
    tool.write(b"t before\n");
    assert_eq!(watcher.messages()[0].payload, b"before");
    // A result that the modem still owes would be waited for.
    tool.err.wait_for(0, b"+CMQTTPUB: 0,0", 0);
    drop(modem);
    tool.err.wait_for(0, b"the modem's port is gone", 0);
    tool.write(b"t meanwhile\n");
    let watcher = broker.subscribe("t", 1);
    let _modem = plug_in();
    assert_eq!(watcher.messages()[0].payload, b"meanwhile");
    tool.end().with(0, &["the modem's port is back"]);
}

#[test]
fn a_password_that_is_refused_is_final_and_the_message_stays() {
    let broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let place = at(&broker, Listener::Password);
    let ended = bench.run(
        &format!("pub {place} -u nobody -P wrong --spool spool -t t -q 1 -m kept"),
        NONE,
    );
    ended.with(5, &["1 message is still in spool"]);
    assert_eq!(spooled(bench.folder.path()), ["kept"]);
}

/// Nobody but those that come behind it to its own topic: they go in order.
#[test]
fn a_message_that_this_modem_cannot_send_keeps_its_topic_waiting() {
    let mut broker = Mosquitto::start();
    let folder = cmqtt_tests::programs::folder();
    let mut outbox = Outbox::open(folder.path().join("spool"), &Limits::default()).expect("an outbox");
    let large = cmqtt_outbox::Message::new("t", vec![b'x'; 20_000]).expect("a message");
    let behind = cmqtt_outbox::Message::new("t", "x").expect("a message");
    let other = cmqtt_outbox::Message::new("u", "y").expect("a message");
    outbox.accept_all([&large, &behind, &other]).expect("room");
    drop(outbox);
    let bench = Bench::new(Family::Sim7028);
    let spool = folder.path().join("spool");
    let watcher = broker.subscribe("u", 1);
    let line = format!("pub {} --spool {}", plain(&broker), spool.display());
    bench.run(&line, NONE).with(
        1,
        &[
            "message 1 stays in the spool, and what follows it to t, for 60 s at least",
            "2 messages are still in",
        ],
    );
    assert_eq!(watcher.messages()[0].payload, b"y");
}

/// The third wrong one blocks the SIM, and the answer to the first was lost on the line.
#[test]
fn a_pin_whose_answer_was_lost_is_not_given_again() {
    // Behind the answers that find the modem, and the question whether the SIM is ready.
    let nowhere = ([127, 0, 0, 1], 1).into();
    let bench = Bench::faulty(Family::Sim7028, "0s +6 final-lost", nowhere);
    bench.server.with_modem(|_, modem| {
        modem.set_sim(cmqtt_sim::Sim::Locked { pin: "1234".into() });
    });
    let ended = bench.run("pub -h x -t t -m x --spool spool --pin 9999", NONE);
    let given = bench
        .lines(0)
        .iter()
        .filter(|line| line.starts_with("AT+CPIN="))
        .count();
    assert_eq!(given, 1, "{}", ended.err);
    ended.with(
        1,
        &["has not accepted the PIN that it was given, and still wants one"],
    );
}

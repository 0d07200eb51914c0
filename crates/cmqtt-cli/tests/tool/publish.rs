//! `cmqtt pub` and what `mosquitto_sub` hears.

use cmqtt_sim::Family;
use cmqtt_sim::broker::{Broker, Limits, Policy};
use cmqtt_sim::host::BrokerServer;
use cmqtt_tests::certificates::Certificates;
use cmqtt_tests::mosquitto::{Listener, Mosquitto, Received};

use super::bench::{Bench, NONE, at, bytes, longest, plain, tls};

#[test]
fn every_byte_arrives_at_every_quality_of_service() {
    let mut broker = Mosquitto::start();
    for family in Family::ALL {
        let bench = Bench::new(family);
        for qos in 0..=2 {
            for len in [1, 2, 300, longest(family)] {
                let watcher = broker.subscribe("out/\u{e9} b", 1);
                let line = format!("pub {} -q {qos} -s", plain(&broker));
                let mut tool = bench.start(&line, &["-t", "out/\u{e9} b"]);
                tool.write(&bytes(len));
                tool.end().well();
                let expected = Received {
                    topic: "out/\u{e9} b".into(),
                    payload: bytes(len),
                    qos,
                    retained: false,
                };
                assert_eq!(watcher.messages(), [expected], "{family}");
            }
        }
        bench.is_free();
    }
}

#[test]
fn what_is_longer_than_the_modem_itself_says_is_refused() {
    let mut broker = Mosquitto::start();
    for family in Family::ALL {
        let bench = Bench::new(family);
        let longest = longest(family);
        let line = format!("pub {} -t t -s", plain(&broker));
        let mut tool = bench.start(&line, NONE);
        tool.write(&bytes(longest + 1));
        let ended = tool.end();
        let place = if longest == 10_240 {
            "standard input: "
        } else {
            "publish to t: not sent: "
        };
        ended.with(1, &[place, &longest.to_string()]);
        bench.works(&mut broker);
    }
}

#[test]
fn a_retained_message_waits_and_an_empty_one_is_refused() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    bench
        .run(&format!("pub {} -t kept -m x -r -q 1", plain(&broker)), NONE)
        .well();
    let message = &broker.subscribe("kept", 1).messages()[0];
    assert_eq!((message.payload.as_slice(), message.retained), (&b"x"[..], true));
    let begin = bench.heard.len();
    bench
        .run(&format!("pub {} -t kept -n -r", plain(&broker)), NONE)
        .with(1, &["-n: an empty message"]);
    assert_eq!(bench.heard.len(), begin);
}

#[test]
fn lines_are_messages_and_a_bad_one_stops_nothing() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let watcher = broker.subscribe("lines", 4);
    let mut tool = bench.start(&format!("pub {} -t lines -q 2 -l", plain(&broker)), NONE);
    let long = "x".repeat(10_241);
    tool.write(format!("one\n\n{long}\ntwo\r\n\"OK\"\0\n").as_bytes());
    tool.write(b"no line end");
    tool.end().with(
        1,
        &[
            "cmqtt pub: line 2 of standard input: an empty message",
            "cmqtt pub: line 3 of standard input: more than 10240 bytes",
        ],
    );
    let payloads: Vec<_> = watcher
        .messages()
        .into_iter()
        .map(|message| message.payload)
        .collect();
    assert_eq!(payloads, [&b"one"[..], b"two\r", b"\"OK\"\0", b"no line end"]);
    // One session carried them all.
    let connects = bench
        .lines(0)
        .iter()
        .filter(|line| line.starts_with("AT+CMQTTCONNECT=0"))
        .count();
    assert_eq!(connects, 1);
    bench.works(&mut broker);
}

#[test]
fn a_message_is_repeated() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7022);
    let watcher = broker.subscribe("again", 3);
    let line = format!(
        "pub {} -t again -m x -q 1 --repeat 3 --repeat-delay 0.01",
        plain(&broker)
    );
    bench.run(&line, NONE).well();
    assert!(watcher.messages().iter().all(|message| message.payload == b"x"));
}

#[test]
fn no_secret_is_printed() {
    let mut broker = Mosquitto::start();
    let served =
        BrokerServer::bind("127.0.0.1:0", Broker::new(Policy::default(), Limits::default())).expect("a port");
    let bench = Bench::new(Family::Sim7600);
    let login = format!(
        "-h 127.0.0.1 -p {} -u user -P s3cret -t t --trace",
        served.address().port()
    );
    for line in [format!("pub {login} -m x"), format!("sub {login} -W 1")] {
        let ended = bench.run(&line, NONE);
        assert!(ended.err.contains("\"user\",[redacted]"), "{}", ended.err);
        assert!(!ended.err.contains("s3cret"), "{}", ended.err);
    }
    let key = String::from_utf8(Certificates::get().read("client.key")).expect("PEM");
    let secret = key.lines().nth(1).expect("base64");
    let place = at(&broker, Listener::Mutual);
    let files = tls(&["ca.pem", "client.pem", "client.key"]);
    let ended = bench
        .run(&format!("pub {place} {files} -t t -m x --trace"), NONE)
        .with(0, &["CCERTDOWN"]);
    assert!(!ended.err.contains(secret), "{}", ended.err);
    let line = format!(
        "cert add {} --role key --trace",
        Certificates::get().path("stranger.key").display()
    );
    let ended = bench.run(&line, NONE).with(0, &["bytes of a file"]);
    assert!(!ended.err.contains("PRIVATE KEY"), "{}", ended.err);
    bench.works(&mut broker);
}

//! `mosquitto_pub` and what `cmqtt sub` prints.

use cmqtt_sim::Family;
use cmqtt_tests::mosquitto::Mosquitto;
use serde_json::Value;

use super::bench::{Bench, NONE, bytes, plain};

/// What is printed with these options of what is published meanwhile.
#[track_caller]
fn printed(bench: &Bench, broker: &mut Mosquitto, options: &[&str], messages: &[(&str, &[u8])]) -> Vec<u8> {
    let count = messages.len().to_string();
    let line = format!("sub {} -i reader -C {count} -q 1", plain(broker));
    let tool = bench.start(&line, options);
    broker.wait_for("Sending SUBACK to reader");
    for (topic, payload) in messages {
        broker.publish(topic, payload, 1, false);
    }
    tool.end().well()
}

#[test]
fn any_byte_is_printed_as_it_came() {
    let mut broker = Mosquitto::start();
    for family in Family::ALL {
        let bench = Bench::new(family);
        for len in [0, 1, 2, 300, 1500, 1501, 10_240] {
            let sent = bytes(len);
            let out = printed(
                &bench,
                &mut broker,
                &["-t", "in/#", "-N"],
                &[("in/\u{e9}", &sent)],
            );
            assert_eq!(out, sent, "{family}: {len} bytes");
        }
        bench.is_free();
    }
}

#[test]
fn a_message_that_is_larger_than_a_modem_could_send() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let sent = bytes(20_000);
    let tool = bench.start(&format!("sub {} -i reader -t t -N -C 2", plain(&broker)), NONE);
    broker.wait_for("Sending SUBACK to reader");
    broker.publish("t", b"first", 1, false);
    tool.out.wait_for(0, b"first", 0);
    let mut message =
        b"+CMQTTRXSTART: 0,1,20000\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,20000\r\n".to_vec();
    message.extend_from_slice(&sent);
    message.extend_from_slice(b"\r\n+CMQTTRXEND: 0");
    bench
        .server
        .with_modem(|now, modem| modem.inject_line(now, &message));
    assert_eq!(tool.end().well(), [b"first", sent.as_slice()].concat());
}

#[test]
fn what_another_client_of_the_modem_receives_is_not_printed() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let tool = bench.start(&format!("sub {} -i reader -t t -C 1", plain(&broker)), NONE);
    broker.wait_for("Sending SUBACK to reader");
    let message =
        b"+CMQTTRXSTART: 1,1,5\r\n+CMQTTRXTOPIC: 1,1\r\nt\r\n+CMQTTRXPAYLOAD: 1,5\r\nother\r\n+CMQTTRXEND: 1";
    bench
        .server
        .with_modem(|now, modem| modem.inject_line(now, message));
    broker.publish("t", b"ours", 1, false);
    assert_eq!(tool.end().well(), b"ours\n");
}

#[test]
fn every_way_to_print() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7600);
    let messages: [(&str, &[u8]); 2] = [("a/b", b"one"), ("a/c", b"\0\"\r\n")];
    let cases: [(&[&str], &[u8]); 5] = [
        (&["-t", "a/+"], b"one\n\0\"\r\n\n"),
        (&["-t", "a/+", "-v"], b"a/b one\na/c \0\"\r\n\n"),
        (
            &["-t", "a/b", "-t", "a/c", "-F", "%l:%x:%t\\t"],
            b"3:6f6e65:a/b\t\n4:00220d0a:a/c\t\n",
        ),
        (&["-t", "a/b", "-t", "a/c", "-N", "-F", "%p,"], b"one,\0\"\r\n,"),
        (&["-t", "other", "-t", "a/#"], b"one\n\0\"\r\n\n"),
    ];
    for (options, expected) in cases {
        let out = printed(&bench, &mut broker, options, &messages);
        assert_eq!(
            out.escape_ascii().to_string(),
            expected.escape_ascii().to_string(),
            "{options:?}"
        );
    }
    let out = printed(
        &bench,
        &mut broker,
        &["-t", "a/+", "--json"],
        &[("a/b", b"\"one\"\n"), ("a/c", b"2")],
    );
    let objects: Vec<Value> = serde_json::Deserializer::from_slice(&out)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("objects");
    let said = |object: &Value| {
        (
            object["topic"].clone(),
            object["payload"].clone(),
            object["payloadlen"].clone(),
        )
    };
    assert_eq!(said(&objects[0]), ("a/b".into(), "\"one\"\n".into(), 6.into()));
    assert_eq!(said(&objects[1]), ("a/c".into(), "2".into(), 1.into()));
}

#[test]
fn what_is_filtered_out_does_not_count() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let tool = bench.start(
        &format!("sub {} -i reader -t a/# -T a/b/+ -T a/c -C 2 -v", plain(&broker)),
        NONE,
    );
    broker.wait_for("Sending SUBACK to reader");
    for topic in ["a/b/1", "a/1", "a/c", "a/b", "a/2"] {
        broker.publish(topic, b"x", 1, false);
    }
    assert_eq!(tool.end().text(), "a/1 x\na/b x\n");
}

#[test]
fn many_filters_long_ones_and_what_is_retained() {
    let broker = Mosquitto::start();
    for family in Family::ALL {
        let bench = Bench::new(family);
        broker.publish("kept/1", b"since before", 1, true);
        let mut options: Vec<String> = (0..20)
            .flat_map(|number| ["-t".to_owned(), format!("many/{number}")])
            .collect();
        options.extend([
            "-t".to_owned(),
            "l".repeat(1024),
            "-t".to_owned(),
            "kept/+".to_owned(),
        ]);
        let tool = bench.start(&format!("sub {} -C 3 -q 2", plain(&broker)), &options);
        tool.out.wait_for(0, b"since before\n", 0);
        broker.publish("many/19", b"last", 2, false);
        broker.publish(&"l".repeat(1024), b"long", 0, false);
        assert_eq!(tool.end().text(), "since before\nlast\nlong\n", "{family}");
    }
}

#[test]
fn a_session_that_is_kept_hears_what_came_meanwhile() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim767x);
    let session = format!("sub {} -i keeper -q 1", plain(&broker));
    bench
        .run(&format!("{session} -c -t kept -t dropped -E"), NONE)
        .well();
    broker.publish("kept", b"meanwhile", 1, false);
    broker.publish("dropped", b"meanwhile too", 1, false);
    let out = bench.run(&format!("{session} -c -t kept -C 2"), NONE).text();
    let mut lines: Vec<_> = out.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["meanwhile", "meanwhile too"]);
    // And one that is unsubscribed from is not kept.
    let done = format!("{session} -c -U dropped -E");
    bench.run(&done, NONE).well();
    broker.wait_for("Sending UNSUBACK to keeper");
    broker.publish("dropped", b"nobody", 1, false);
    broker.publish("kept", b"somebody", 1, false);
    assert_eq!(
        bench.run(&format!("{session} -c -t kept -C 1"), NONE).text(),
        "somebody\n"
    );
    bench.is_free();
}

#[test]
fn time_that_is_over_is_27() {
    let broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let ended = bench.run(&format!("sub {} -t t -W 1", plain(&broker)), NONE);
    assert_eq!(ended.with(27, &[]).err, "");
    bench.is_free();
}

#[test]
fn nothing_is_lost_of_what_comes_at_once() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let messages: Vec<String> = (0..200).map(|number| format!("message {number}")).collect();
    let tool = bench.start(
        &format!("sub {} -i reader -t burst -q 1 -C 200", plain(&broker)),
        NONE,
    );
    broker.wait_for("Sending SUBACK to reader");
    broker.publish_lines("burst", &messages);
    assert_eq!(tool.end().text(), messages.join("\n") + "\n");
}

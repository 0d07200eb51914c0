//! Received messages: every layout, any bytes, whole and in pieces, and what is damaged.

use at_proto::cmqtt::{QoS, TopicFilter};
use cmqtt_core::Config;

use crate::talk::Talk;

fn message(topic: &str, payload: &str) -> String {
    format!("Message {{ client: 0, topic: \"{topic}\", payload: \"{payload}\" }}")
}

#[test]
fn both_layouts() {
    let mut talk = Talk::new();
    talk.hear("\r\n+CMQTTRXSTART: 0,6,2\r\n+CMQTTRXTOPIC: 0,6\r\ntest1z\r\n+CMQTTRXPAYLOAD: 0,2\r\nhi\r\n+CMQTTRXEND: 0\r\n");
    talk.hear("\r\n+CMQTTRXSTART: 0,6,2\r\n\r\n+CMQTTRXTOPIC: 0,6\r\ntest1z\r\n\r\n+CMQTTRXPAYLOAD: 0,2\r\nhi\r\n\r\n+CMQTTRXEND: 0\r\n");
    talk.events(&[&message("test1z", "hi"), &message("test1z", "hi")])
        .rests();
}

#[test]
fn chunks_and_no_payload() {
    let mut talk = Talk::new();
    talk.hear("\r\n+CMQTTRXSTART: 0,4,3\r\n+CMQTTRXTOPIC: 0,2\r\nab\r\n+CMQTTRXTOPIC: 0,2\r\ncd\r\n");
    talk.hear("+CMQTTRXPAYLOAD: 0,1\r\n1\r\n+CMQTTRXPAYLOAD: 0,2\r\n23\r\n+CMQTTRXEND: 0\r\n");
    talk.hear("\r\n+CMQTTRXSTART: 0,1,0\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXEND: 0\r\n");
    talk.events(&[&message("abcd", "123"), &message("t", "")]);
}

#[test]
fn a_payload_is_bytes_and_nothing_else() {
    for payload in [
        "\r\nOK\r\n",
        "\r\nERROR\r\n",
        "\r\n>",
        "\r\n+CMQTTCONNLOST: 0,1\r\n",
        "\r\n+CMQTTSUB: 0,0\r\n",
        "\0\0\0",
        "\r\n+CMQTTRXEND: 0\r\n",
        "\r\n+CMQTTRXPAYLOAD: 0,5\r\n",
        "\r\nRDY\r\n",
    ] {
        let frame = format!(
            "\r\n+CMQTTRXSTART: 0,1,{len}\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,{len}\r\n{payload}\r\n+CMQTTRXEND: 0\r\n",
            len = payload.len(),
        );
        let mut talk = Talk::new();
        let filter = TopicFilter::new("t").unwrap();
        talk.ask(|client| client.subscribe(0, filter, QoS::AtMostOnce))
            .wrote("AT+CMQTTSUB=0,1,0\r");
        let expected = message("t", &payload.as_bytes().escape_ascii().to_string());
        // Before the prompt, before the OK, between OK and result: it triggers nothing anywhere.
        talk.hear(&frame)
            .wrote("")
            .hear("\r\n>")
            .wrote("t")
            .hear(&frame)
            .hear("\r\nOK\r\n")
            .hear(&frame);
        talk.events(&[&expected, &expected, &expected]);
        talk.hear("\r\n+CMQTTSUB: 0,0\r\n")
            .events(&["Done { id: 0, information: [] }"]);
    }
}

#[test]
fn one_larger_than_the_memory_comes_in_pieces() {
    let mut talk = Talk::with(Config::SIM7028, 4);
    talk.hear("\r\n+CMQTTRXSTART: 0,2,3\r\n+CMQTTRXTOPIC: 0,2\r\nab\r\n+CMQTTRXPAYLOAD: 0,3\r\nx");
    talk.hear("yz\r\n+CMQTTRXEND: 0\r\n");
    talk.events(&[
        "MessageStart { client: 0, topic_len: 2, payload_len: 3 }",
        "MessagePiece { client: 0, part: Topic, offset: 0, data: \"ab\" }",
        "MessagePiece { client: 0, part: Payload, offset: 0, data: \"x\" }",
        "MessagePiece { client: 0, part: Payload, offset: 1, data: \"yz\" }",
        "MessageEnd { client: 0 }",
    ]);
}

#[test]
fn a_message_whose_rest_does_not_come_is_dropped() {
    let mut talk = Talk::new();
    talk.hear("\r\n+CMQTTRXSTART: 0,1,9\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,9\r\nfour");
    talk.waits(5000, "the rest of a received message").pass_deadline();
    talk.events(&["MessageBroken { client: 0, cause: Unfinished }"])
        .rests();
    talk.hear("\r\n+CMQTTCONNLOST: 0,2\r\n")
        .events(&["ConnectionLost { client: 0, cause: Reset }"]);
}

#[test]
fn a_message_that_comes_slowly_is_whole() {
    let mut talk = Talk::new();
    talk.hear("\r\n+CMQTTRXSTART: 0,1,6\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,6\r\n");
    for piece in ["ab", "cd", "ef"] {
        talk.pass(4000).hear(piece);
    }
    talk.pass(4000)
        .hear("\r\n+CMQTTRXEND: 0\r\n")
        .events(&[&message("t", "abcdef")]);
}

#[test]
fn a_message_that_is_interrupted_or_inconsistent_is_dropped() {
    let broken = |cause: &str| format!("MessageBroken {{ client: 0, cause: {cause} }}");
    let start = "\r\n+CMQTTRXSTART: 0,1,1\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n";
    let rest = "+CMQTTRXPAYLOAD: 0,1\r\np\r\n+CMQTTRXEND: 0\r\n";
    let mut talk = Talk::new();
    talk.hear(start)
        .hear(start)
        .hear(rest)
        .events(&[&broken("Interrupted"), &message("t", "p")]);
    talk.hear(start)
        .hear("+CMQTTRXEND: 0\r\n")
        .events(&[&broken("Inconsistent")]);
    // Longer than announced: dropped, but skipped by its length, so no byte of it is read as a line.
    talk.hear(start)
        .hear("+CMQTTRXPAYLOAD: 0,7\r\nRDY\r\nOK\r\n+CMQTTRXEND: 0\r\n");
    talk.events(&[&broken("Inconsistent")]).rests();
    talk.hear("\r\n+CMQTTRXSTART: 0,1,4294967295\r\n+CMQTTRXTOPIC: 0,4294967295\r\nOK\r\n");
    talk.events(&[
        "MessageStart { client: 0, topic_len: 1, payload_len: 4294967295 }",
        &broken("Inconsistent"),
        "Unclaimed(\"OK\")",
    ]);
    talk.hear(start).hear(rest).events(&[&message("t", "p")]);
}

/// What nobody wants is counted as far as it can be a message; what cannot is no reason to be deaf.
#[test]
fn a_chunk_of_nobodys_is_skipped_as_far_as_it_can_be_one() {
    let broken = "MessageBroken { client: 0, cause: Inconsistent }";
    let mut talk = Talk::new();
    talk.hear("\r\n+CMQTTRXPAYLOAD: 0,65535\r\n")
        .waits(5000, "the rest of a received message")
        .hear("\r\nOK\r\n".repeat(10_922))
        .hear("\r\nA");
    talk.events(&[broken]).rests();
    talk.hear("\r\nOK\r\n").events(&["Unclaimed(\"OK\")"]);
    talk.hear("\r\n+CMQTTRXPAYLOAD: 0,65536\r\n")
        .rests()
        .hear("\r\nOK\r\n")
        .events(&["Unclaimed(\"OK\")"]);
    // Told once, until a message ends or another begins.
    talk.hear("\r\n+CMQTTRXEND: 0\r\n").events(&[]);
    talk.hear("\r\n+CMQTTRXEND: 0\r\n").events(&[broken]);
    talk.hear("\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n")
        .events(&[broken, broken]);
}

#[test]
fn an_answer_behind_a_long_message_is_waited_for() {
    let mut talk = Talk::new();
    talk.ask(|client| client.release(0)).pass(14_000);
    talk.hear("\r\n+CMQTTRXSTART: 0,1,8\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,8\r\nhalf")
        .pass(4000);
    talk.hear("half\r\n+CMQTTRXEND: 0\r\n")
        .events(&[&message("t", "halfhalf")])
        .pass(2000)
        .events(&[]);
    talk.hear("\r\nOK\r\n")
        .events(&["Done { id: 0, information: [] }"]);
}

#[test]
fn an_overlong_line_is_reported_and_the_next_is_whole() {
    let mut talk = Talk::new();
    talk.hear("x".repeat(5000))
        .hear("\r\n\r\n+CMQTTNONET\r\n")
        .events(&["Overlong { dropped: 5000 }", "NoNetwork"]);
}

/// Lost bytes let a chunk take in what stands behind it, added ones let it end too early: either way the line behind it does
/// not begin where a line can. No such message is handed out as if it were whole.
#[test]
fn a_chunk_of_another_length_than_announced_is_seen_by_what_stands_behind_it() {
    let damaged = [
        // A byte of the payload is missing, or two, or more.
        ("to", "payl"),
        ("to", "pay"),
        ("to", "pa"),
        ("to", ""),
        // A URC was spliced into the payload, or into the topic.
        ("to", "pa\r\n+CREG: 1\r\nyload"),
        ("\r\n+CREG: 1\r\nto", "paylo"),
        ("to", "paylo and more"),
        // The topic has lost a byte, or both of them.
        ("t", "paylo"),
        ("", "paylo"),
        // A byte came twice.
        ("too", "paylo"),
        ("to", "payylo"),
    ];
    for (topic, payload) in damaged {
        let mut talk = Talk::new();
        talk.hear(format!(
            "\r\n+CMQTTRXSTART: 0,2,5\r\n+CMQTTRXTOPIC: 0,2\r\n{topic}\r\n+CMQTTRXPAYLOAD: 0,5\r\n{payload}\r\n+CMQTTRXEND: 0\r\n"
        ));
        let events = talk.take_events();
        let told = events
            .iter()
            .filter(|event| event.starts_with("MessageBroken"))
            .count();
        assert!(
            told == 1 && !events.iter().any(|event| event.starts_with("Message {")),
            "{topic:?} {payload:?}: {events:?}"
        );
        talk.rests();
        talk.hear("\r\n+CMQTTRXSTART: 0,1,1\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,1\r\np\r\n+CMQTTRXEND: 0\r\n")
            .events(&[&message("t", "p")]);
    }
}

/// No capture shows it, but what stands behind a chunk decides nothing as long as it is the same behind all.
#[test]
fn chunks_without_a_line_end_behind_them() {
    let mut talk = Talk::new();
    talk.hear(
        "\r\n+CMQTTRXSTART: 0,1,5\r\n+CMQTTRXTOPIC: 0,1\r\nt+CMQTTRXPAYLOAD: 0,5\r\npaylo+CMQTTRXEND: 0\r\n",
    )
    .events(&[&message("t", "paylo")]);
}

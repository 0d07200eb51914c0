//! What a trace shows, and what it hides.

use std::io::Write as _;

use anstream::StripStream;
use proptest::prelude::*;

use super::*;

/// Plays a conversation, each step `>` for the host's bytes or `<` for the modem's, in pieces of some length.
fn traced(conversation: &[(char, &[u8])], piece: usize) -> String {
    let mut out = vec![];
    let mut tracer = Tracer::new(StripStream::new(&mut out));
    for (side, bytes) in conversation {
        for bytes in bytes.chunks(piece) {
            let event = match side {
                '>' => LineEvent::FromHost(bytes),
                _ => LineEvent::ToHost(bytes),
            };
            tracer.hear(Duration::from_millis(3_723_004), event);
        }
    }
    drop(tracer);
    out.flush().expect("memory");
    String::from_utf8(out).expect("text")
}

#[track_caller]
fn check(conversation: &[(char, &[u8])], expect: &[&str]) {
    for piece in [1, 3, 10_000] {
        let found = traced(conversation, piece);
        let found: Vec<_> = found
            .lines()
            .map(|line| line.strip_prefix("[01:02:03.004] ").expect("a stamp"))
            .collect();
        assert_eq!(found, expect, "in pieces of {piece}");
    }
}

#[test]
fn lines_of_both_sides() {
    check(
        &[
            ('>', b"AT+CSQ\r\n"),
            ('<', b"AT+CSQ\r\r\n+CSQ: 23,0\r\n\r\nOK\r\n"),
        ],
        &["> AT+CSQ", "< AT+CSQ", "< +CSQ: 23,0", "< OK"],
    );
}

#[test]
fn data_and_received_messages_are_escaped_whatever_they_look_like() {
    check(
        &[
            ('>', b"AT+CMQTTPAYLOAD=0,9\r"),
            ('<', b"\r\n>"),
            ('>', b"\r\nOK\r\n\0\xff>"),
            ('<', b"\r\nOK\r\n"),
            ('>', b"AT\r"),
        ],
        &[
            "> AT+CMQTTPAYLOAD=0,9",
            "< >",
            r"> \r\nOK\r\n\x00\xff>",
            "< OK",
            "> AT",
        ],
    );
    let received = b"\r\n+CMQTTRXSTART: 0,1,8\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,8\r\nxx\r\nOK\r\n\r\n+CMQTTRXEND: 0\r\n";
    let found = traced(&[('<', received)], 10_000);
    assert!(found.contains("] < xx\\r\\nOK\\r\\n\n"), "{found}");
}

#[test]
fn data_typed_ahead_of_the_prompt_are_data() {
    check(
        &[
            ('>', b"AT+CMQTTTOPIC=0,3\ra\rb"),
            ('<', b"\r\n>"),
            ('<', b"\r\nOK\r\n"),
        ],
        &["> AT+CMQTTTOPIC=0,3", "< >", "> a\\rb", "< OK"],
    );
    check(
        &[
            ('>', b"AT+CMQTTTOPIC=0,3\rabc"),
            ('<', b"\r\n>\r\nOK\r\n"),
            ('>', b"AT\r"),
        ],
        &["> AT+CMQTTTOPIC=0,3", "< >", "> abc", "< OK", "> AT"],
    );
}

#[test]
fn a_modem_that_gives_up_waiting_is_believed() {
    check(
        &[
            ('>', b"AT+CMQTTTOPIC=0,9\r"),
            ('<', b"\r\n>"),
            ('>', b"abc"),
            ('<', b"\r\nERROR\r\n"),
            ('>', b"AT\r"),
        ],
        &["> AT+CMQTTTOPIC=0,9", "< >", "< ERROR", "> abc", "> AT"],
    );
}

#[test]
fn passwords_and_keys_are_hidden() {
    let connect = b"AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",\"s3cret\"\r";
    check(
        &[('>', connect), ('<', connect), ('<', b"\r\nOK\r\n")],
        &[
            "> AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",[redacted]",
            "< AT+CMQTTCONNECT=0,\"tcp://h\",60,1,\"me\",[redacted]",
            "< OK",
        ],
    );
    check(
        &[
            ('>', b"AT+CSQ;+CCERTDOWN=\"a+b,c.pem\",6\r"),
            ('<', b"\r\n+CSQ: 1,0\r\n\r\n>"),
            ('>', b"s3\rret"),
            ('<', b"\r\nOK\r\n"),
        ],
        &[
            "> AT+CSQ;+CCERTDOWN=\"a+b,c.pem\",6",
            "< +CSQ: 1,0",
            "< >",
            "> (6 bytes of a file)",
            "< OK",
        ],
    );
    // In data mode by mistake.
    check(
        &[
            ('>', b"AT+CMQTTPAYLOAD=0,11\r"),
            ('<', b"\r\n>"),
            ('>', b"AT+CPIN=123"),
        ],
        &["> AT+CMQTTPAYLOAD=0,11", "< >", "> AT+CPIN=[redacted]"],
    );
    // The file is refused and sent all the same, with echo.
    check(
        &[
            ('>', b"AT+CCERTDOWN=\"k\",99999\r"),
            ('<', b"\r\nERROR\r\n"),
            ('>', b"-----BEGIN\rs3cret\r"),
            ('<', b"-----BEGIN\rs3cret\r"),
            ('>', b"AT\r"),
        ],
        &[
            "> AT+CCERTDOWN=\"k\",99999",
            "< ERROR",
            "> (10 bytes of a file)",
            "> (6 bytes of a file)",
            "< (10 bytes of a file)",
            "< (6 bytes of a file)",
            "> AT",
        ],
    );
}

#[test]
fn what_happens_to_the_line() {
    let mut out = vec![];
    let mut tracer = Tracer::new(StripStream::new(&mut out));
    for event in [
        LineEvent::Opened,
        LineEvent::Refused,
        LineEvent::Overrun(7),
        LineEvent::Closed,
    ] {
        tracer.hear(Duration::ZERO, event);
    }
    drop(tracer);
    assert_eq!(
        String::from_utf8(out).expect("text"),
        "[00:00:00.000] # opened\n\
         [00:00:00.000] # a second host was turned away\n\
         [00:00:00.000] # 7 bytes lost: the host does not read\n\
         [00:00:00.000] # closed\n"
    );
}

proptest! {
    #[test]
    fn any_bytes_can_be_traced(
        conversation in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..20),
    ) {
        let conversation: Vec<_> = conversation
            .iter()
            .map(|(host, bytes)| (if *host { '>' } else { '<' }, bytes.as_slice()))
            .collect();
        for line in traced(&conversation, 7).lines() {
            prop_assert!(line.is_ascii() && !line.chars().any(|char| char.is_ascii_control()), "{line:?}");
        }
    }
}

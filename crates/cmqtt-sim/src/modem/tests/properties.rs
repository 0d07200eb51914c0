//! What holds for any bytes.

use std::time::Duration;

use proptest::prelude::*;

use super::script::{Desk, connected};
use crate::{Family, Profile};

/// What the modem does with these bytes, given in these pieces.
fn heard(profile: &Profile, pieces: &[&[u8]]) -> Vec<u8> {
    let mut desk = Desk::new(profile.clone());
    desk.answering = true;
    for piece in pieces {
        desk.modem.handle_received(Duration::ZERO, piece);
    }
    desk.pass(Duration::from_secs(1000));
    desk.heard
}

/// Bytes that look like a host's more often than chance would have it.
fn host_bytes() -> impl Strategy<Value = Vec<u8>> {
    let words: [&'static [u8]; 17] = [
        b"AT",
        b"\r",
        b"\r\n",
        b"\n",
        b"AT+CMQTTSTART\r",
        b"AT+CMQTTACCQ=0,\"id\"\r\n",
        b"AT+CMQTTCONNECT=0,\"tcp://a\",60,1\r",
        b"AT+CMQTTTOPIC=0,3\rabc",
        b"AT+CMQTTPAYLOAD=0,4\r\n\r\n\r\n",
        b"AT+CMQTTPUB=0,1,60\r",
        b"AT+CMQTTSUB=0,2,1\r\r\n",
        b"AT+CMQTTSUB=0;+CSQ\r",
        b"AT+CMQTTDISC=0,60;+CMQTTREL=0\r",
        b"ATE0\r",
        b"ATE1;+CSQ\r",
        b"AT+CRESET\r",
        b"AT+CCERTDOWN=\"a.pem\",3\rxyz",
    ];
    let any = proptest::collection::vec(any::<u8>(), 1..4);
    let piece = prop_oneof![4 => proptest::sample::select(words.to_vec()).prop_map(<[u8]>::to_vec), 1 => any];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn profiles() -> impl Strategy<Value = Profile> {
    (
        proptest::sample::select(&Family::ALL[..]),
        any::<bool>(),
        any::<u64>(),
    )
        .prop_map(|(family, at_once, seed)| {
            let mut profile = Profile::of(family);
            profile.seed = seed;
            if at_once { profile.at_once() } else { profile }
        })
}

proptest! {
    #[test]
    fn any_split_of_the_hosts_bytes_gives_the_same_answer(
        profile in profiles(),
        bytes in host_bytes(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let whole = heard(&profile, &[&bytes]);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut rest = &bytes[..];
        let mut at = 0;
        for cut in cuts {
            let (piece, behind) = rest.split_at(cut - at);
            pieces.push(piece);
            (rest, at) = (behind, cut);
        }
        pieces.push(rest);
        prop_assert_eq!(heard(&profile, &pieces).escape_ascii().to_string(), whole.escape_ascii().to_string());
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(heard(&profile, &single).escape_ascii().to_string(), whole.escape_ascii().to_string());
    }

    #[test]
    fn any_bytes_at_any_time_leave_a_modem_that_answers(
        profile in profiles(),
        steps in proptest::collection::vec((host_bytes(), 0u64..100_000), 0..8),
    ) {
        let mut desk = Desk::new(profile);
        desk.answering = true;
        for (bytes, milliseconds) in steps {
            desk.modem.handle_received(desk.now, &bytes);
            desk.pass(Duration::from_millis(milliseconds));
        }
        // Whatever data it waits for: the longest there are, as line ends, which mean nothing outside.
        desk.pass(Duration::from_secs(100));
        for _ in 0..40 {
            desk.send(&[b'\r'; 1024]);
        }
        desk.pass(Duration::from_secs(100));
        desk.heard.clear();
        desk.send(b"AT\r");
        prop_assert!(desk.heard.ends_with(b"\r\nOK\r\n"), "{}", desk.heard.escape_ascii());
    }

    #[test]
    fn a_message_is_shown_whole_whatever_is_in_it(
        topic in proptest::collection::vec(any::<u8>(), 1..40),
        payload in proptest::collection::vec(any::<u8>(), 0..400),
        chunk in 1usize..100,
    ) {
        let mut profile = Profile::SIM7028;
        profile.switches.rx_chunk = crate::RxChunk(Some(chunk));
        let mut desk = connected(profile);
        desk.tell(0, crate::NetworkEvent::Message { topic: topic.clone(), payload: payload.clone() });
        let (shown_topic, shown_payload) = read_message(&desk.heard);
        prop_assert_eq!(shown_topic, topic);
        prop_assert_eq!(shown_payload, payload);
    }
}

/// Reads a message with at-proto's framer-free counterpart: by the lengths that its headers announce.
fn read_message(mut bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut parts = [Vec::new(), Vec::new()];
    loop {
        bytes = bytes.trim_ascii_start();
        let end = bytes.windows(2).position(|pair| pair == b"\r\n").expect("a line");
        let line = std::str::from_utf8(&bytes[..end]).expect("text");
        bytes = &bytes[end + 2..];
        let (name, fields) = line.split_once(": ").expect("a header");
        let len = fields
            .rsplit(',')
            .next()
            .and_then(|len| len.parse().ok())
            .unwrap_or(0);
        let part = match name {
            "+CMQTTRXSTART" => continue,
            "+CMQTTRXTOPIC" => 0,
            "+CMQTTRXPAYLOAD" => 1,
            _ => {
                assert_eq!((line, bytes), ("+CMQTTRXEND: 0", &b""[..]));
                return parts.into();
            }
        };
        parts[part].extend(&bytes[..len]);
        assert_eq!(&bytes[len..len + 2], b"\r\n");
        bytes = &bytes[len + 2..];
    }
}

#[test]
fn what_is_typed_ahead_and_what_waits_is_bounded() {
    let mut desk = connected(Profile::SIM7028);
    desk.modem.handle_received(desk.now, b"AT+CSQ\r");
    for _ in 0..100 {
        desk.modem.handle_received(desk.now, &[b'x'; 4096]);
    }
    assert!(desk.modem.typed_ahead.len() <= super::super::reading::TYPED_AHEAD);
    desk.send(b"\r");
    desk.heard.clear();
    desk.send(b"\rAT+CMQTTTOPIC=0,9\r");
    assert!(desk.heard.ends_with(b"\r\n>"));
    desk.heard.clear();
    for _ in 0..1000 {
        desk.tell(
            0,
            crate::NetworkEvent::Message {
                topic: b"t".to_vec(),
                payload: vec![0; 1000],
            },
        );
    }
    desk.send(b"simcommsg");
    assert!(
        desk.heard
            .starts_with(b"\r\nOK\r\n\r\n+CMQTTRXSTART: 0,1,1000\r\n")
    );
    assert!(desk.heard.ends_with(b"\r\n+CMQTTRXEND: 0\r\n"));
    assert!(desk.heard.len() < 300 * 1024);
}

//! Whatever the modem sends unasked, and however it is split: every line has one owner, every message comes out as it
//! went in, and nothing in a message triggers anything.

use cmqtt_core::{Client, Config, Event, Instant, Output, Storage};
use proptest::collection::vec;
use proptest::prelude::*;

/// Something that the modem sends.
#[derive(Clone, Debug)]
enum Item {
    /// A message, in chunks of at most so many bytes, with blank lines between its parts or not.
    Message {
        topic: Vec<u8>,
        payload: Vec<u8>,
        chunk: usize,
        blank_lines: bool,
    },
    /// A line, and the event that it becomes.
    Line(&'static str, &'static str),
}

const LINES: [(&str, &str); 9] = [
    (
        "+CMQTTCONNLOST: 0,1",
        "ConnectionLost { client: 0, cause: ClosedByPeer }",
    ),
    ("+CMQTTNONET", "NoNetwork"),
    (
        "+CMQTTPING: 1,17",
        "KeepAliveFailed { client: 1, code: ResultCode(17) }",
    ),
    ("SMS DONE", "Network(SmsDone)"),
    ("PB DONE", "Network(PhonebookDone)"),
    ("+CGEV: EPS PDN ACT 1", "Network(PacketEvent(\"EPS PDN ACT 1\"))"),
    ("OK", "Unclaimed(\"OK\")"),
    ("+CMQTTPUB: 0,0", "Unclaimed(\"+CMQTTPUB: 0,0\")"),
    (">", "Unclaimed(\">\")"),
];

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let nasty = prop::sample::select(vec![
        &b"\r\nOK\r\n"[..],
        b"\r\nERROR\r\n",
        b"\r\n>",
        b"\r\nRDY\r\n",
        b"\r\n+CMQTTCONNLOST: 0,1\r\n",
        b"\r\n+CMQTTRXEND: 0\r\n",
        b"\r\n+CMQTTRXPAYLOAD: 0,3\r\n",
        b"\0",
        b"\r",
        b"\n",
    ]);
    vec(
        prop_oneof![nasty.prop_map(<[u8]>::to_vec), vec(any::<u8>(), 1..12)],
        1..6,
    )
    .prop_map(|parts| parts.concat())
}

fn item() -> impl Strategy<Value = Item> {
    let message = (
        bytes(),
        prop_oneof![Just(Vec::new()), bytes()],
        1..40usize,
        any::<bool>(),
    )
        .prop_map(|(topic, payload, chunk, blank_lines)| Item::Message {
            topic,
            payload,
            chunk,
            blank_lines,
        });
    let line = prop::sample::select(LINES.to_vec()).prop_map(|(line, event)| Item::Line(line, event));
    prop_oneof![message, line]
}

impl Item {
    fn send(&self, out: &mut Vec<u8>) {
        out.extend(b"\r\n");
        match self {
            Self::Line(line, _) => out.extend(line.as_bytes()),
            Self::Message {
                topic,
                payload,
                chunk,
                blank_lines,
            } => {
                let between: &[u8] = if *blank_lines { b"\r\n\r\n" } else { b"\r\n" };
                out.extend(format!("+CMQTTRXSTART: 0,{},{}", topic.len(), payload.len()).bytes());
                for (name, part) in [("TOPIC", topic), ("PAYLOAD", payload)] {
                    for piece in part.chunks(*chunk) {
                        out.extend(between);
                        out.extend(format!("+CMQTTRX{name}: 0,{}\r\n", piece.len()).bytes());
                        out.extend(piece);
                    }
                }
                out.extend(between);
                out.extend(b"+CMQTTRXEND: 0");
            }
        }
        out.extend(b"\r\n");
    }

    fn event(&self) -> String {
        match self {
            Self::Line(_, event) => (*event).to_owned(),
            Self::Message { topic, payload, .. } => {
                format!(
                    "{:?}",
                    Event::Message {
                        client: 0,
                        topic,
                        payload
                    }
                )
            }
        }
    }
}

/// The events of a client that hears these parts one after the other.
fn events<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let storage = Storage::new(vec![0; 128], vec![0; 1024], vec![0; 1024], vec![0; 64]).expect("room enough");
    let mut client = Client::new(Config::SIM7028, storage);
    let mut events = Vec::new();
    for mut part in parts {
        loop {
            match client.poll() {
                Output::Event(event) => events.push(format!("{event:?}")),
                Output::Transmit(bytes) => panic!("nothing was asked for, but {}", bytes.escape_ascii()),
                Output::Wait(_) if part.is_empty() => break,
                Output::Wait(_) => {
                    let taken = client.handle_received(Instant::ZERO, part);
                    part = &part[taken..];
                }
            }
        }
    }
    events
}

proptest! {
    #[test]
    fn every_line_has_one_owner_and_every_message_comes_out_as_it_went_in(
        items in vec(item(), 1..12),
        cuts in vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let mut stream = Vec::new();
        for item in &items {
            item.send(&mut stream);
        }
        let expected: Vec<String> = items.iter().map(Item::event).collect();
        prop_assert_eq!(&events([&stream[..]]), &expected, "whole");
        prop_assert_eq!(&events(stream.chunks(1)), &expected, "byte by byte");
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let parts = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]);
        prop_assert_eq!(&events(parts), &expected, "cut at {:?}", cuts);
    }
}

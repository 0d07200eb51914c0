//! A line of the gateway's input: `TOPIC PAYLOAD`, or a JSON object.

use std::io::{BufReader, Read};

use at_proto::cmqtt::QoS;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cmqtt_core::Limits;
use cmqtt_outbox::Message;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Plan;
use crate::arguments::within;
use crate::payloads::{LineReader, Payloads};
use crate::spool::{Bad, Input};

/// What lines are read as.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) payloads: Payloads,
    pub(super) limits: Limits,
}

/// Lines, each a message.
pub(super) struct Lines<R> {
    lines: LineReader<BufReader<R>>,
    rules: Rules,
    number: usize,
    /// `line 3{of}`
    of: &'static str,
    failed: bool,
}

impl Rules {
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            qos: plan.qos,
            retain: plan.retain,
            payloads: Payloads::of(&plan.modem),
            limits: plan.modem.limits(),
        }
    }

    /// The message of a line without its end. The error says what is wrong with it.
    pub(super) fn message(&self, line: &[u8]) -> Result<Message, String> {
        let message = match line.first() {
            None => return Err("it is empty; a line is TOPIC PAYLOAD or a JSON object".to_owned()),
            Some(b'{') => self.json(line)?,
            Some(_) => self.plain(line)?,
        };
        let range = self.limits.topic_len;
        within("topic", message.topic().len(), range.min(), range.max())
            .map_err(|error| error.to_string())?;
        self.payloads
            .check("", message.payload.len())
            .map_err(|error| error.reason())?;
        Ok(message)
    }

    fn plain(&self, line: &[u8]) -> Result<Message, String> {
        let Some((topic, payload)) = memchr::memchr(b' ', line).and_then(|at| {
            let (topic, rest) = line.split_at_checked(at)?;
            Some((topic, rest.get(1..)?))
        }) else {
            return Err("it has no payload; a line is TOPIC PAYLOAD or a JSON object".to_owned());
        };
        let topic = std::str::from_utf8(topic)
            .map_err(|error| format!("topic: byte at {} is not UTF-8", error.valid_up_to()))?;
        self.of_parts(topic, payload.to_vec(), None, None)
    }

    fn json(&self, line: &[u8]) -> Result<Message, String> {
        let object: Object<'_> = serde_json::from_slice(line).map_err(|error| no_object(&error))?;
        let payload = match (object.payload, object.payload_base64, object.payload_hex) {
            (Some(payload), None, None) => match serde_json::from_str::<String>(payload.get()) {
                Ok(text) => text.into_bytes(),
                // As mosquitto_sub prints an empty one.
                Err(_) if payload.get() == "null" => Vec::new(),
                Err(error) if payload.get().starts_with('"') => {
                    return Err(format!("payload: {}", no_object(&error)));
                }
                Err(_) => payload.get().to_owned().into_bytes(),
            },
            (None, Some(text), None) => STANDARD
                .decode(&text)
                .map_err(|error| format!("payload_base64: {error}"))?,
            (None, None, Some(text)) => {
                from_hex(&text).ok_or("payload_hex: it has other than pairs of hexadecimal digits")?
            }
            (None, None, None) => {
                return Err("one of payload, payload_base64 and payload_hex has to be there".to_owned());
            }
            _ => return Err("only one of payload, payload_base64 and payload_hex may be there".to_owned()),
        };
        let qos = match object.qos {
            Some(number) => Some(QoS::try_from(number).map_err(|error| error.to_string())?),
            None => None,
        };
        let retain = match object.retain {
            Some(Flag::Bool(retain)) => Some(retain),
            Some(Flag::Number(number @ (0 | 1))) => Some(number == 1),
            Some(Flag::Number(number)) => {
                return Err(format!("retain is {number}; expected true, false, 1 or 0"));
            }
            None => None,
        };
        self.of_parts(&object.topic, payload, qos, retain)
    }

    fn of_parts(
        &self,
        topic: &str,
        payload: Vec<u8>,
        qos: Option<QoS>,
        retain: Option<bool>,
    ) -> Result<Message, String> {
        let message = Message::new(topic, payload).map_err(|error| error.to_string())?;
        Ok(message
            .qos(qos.unwrap_or(self.qos))
            .retain(retain.unwrap_or(self.retain)))
    }
}

impl<R: Read> Lines<R> {
    /// The lines of an input; `of` follows their number in a complaint.
    pub(super) fn new(input: R, rules: Rules, of: &'static str) -> Self {
        Self {
            lines: LineReader::new(BufReader::new(input), LONGEST),
            rules,
            number: 0,
            of,
            failed: false,
        }
    }
}

impl<R: Read> Input for Lines<R> {
    fn next(&mut self) -> Option<Result<Message, Bad>> {
        if self.failed {
            return None;
        }
        let line = self.lines.next_line().transpose()?;
        self.number += 1;
        let message = match line {
            Ok(line) if line.len() > LONGEST => Err(format!("more than {LONGEST} bytes")),
            Ok(line) => self.rules.message(&line),
            Err(error) => {
                // An input that failed once may fail for ever.
                self.failed = true;
                Err(format!("cannot be read: {error}"))
            }
        };
        Some(message.map_err(|what| Bad(format!("line {}{}: {what}", self.number, self.of))))
    }

    fn is_next_here(&self) -> bool {
        self.lines.is_next_here()
    }
}

/// The names are mosquitto's where it has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object<'a> {
    topic: String,
    #[serde(borrow, default, deserialize_with = "present")]
    payload: Option<&'a RawValue>,
    payload_base64: Option<String>,
    payload_hex: Option<String>,
    qos: Option<u8>,
    retain: Option<Flag>,
    /// What mosquitto_sub knows of a message beside that.
    #[serde(rename = "tst")]
    _time: Option<serde::de::IgnoredAny>,
    #[serde(rename = "mid")]
    _packet_id: Option<serde::de::IgnoredAny>,
    #[serde(rename = "payloadlen")]
    _len: Option<serde::de::IgnoredAny>,
}

/// A value that is there, `null` too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "retain: expected true, false, 1 or 0")]
enum Flag {
    Bool(bool),
    Number(u8),
}

/// What is wrong with the text of an object. Which line of the input it is the caller knows, and it is one.
fn no_object(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "the JSON object does not end".to_owned();
    }
    let what = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match what.strip_suffix(&place) {
        Some(what) => format!("{what}, at byte {}", error.column()),
        None => what,
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    match rest {
        [] => pairs
            .iter()
            .map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?))
            .collect(),
        _ => None,
    }
}

/// The most bytes of a line: the longest topic and payload that a modem takes, each byte escaped, have fewer.
const LONGEST: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use cmqtt_core::Config;

    use super::*;

    fn rules() -> Rules {
        Rules {
            qos: QoS::AtLeastOnce,
            retain: false,
            payloads: Payloads {
                max: 10_240,
                empty: false,
            },
            limits: Config::SIM7028.limits,
        }
    }

    fn read(input: &[u8]) -> Vec<Result<Message, Bad>> {
        let mut lines = Lines::new(input, rules(), " of standard input");
        std::iter::from_fn(|| lines.next()).collect()
    }

    #[track_caller]
    fn message(line: &str) -> Message {
        rules().message(line.as_bytes()).expect(line)
    }

    #[track_caller]
    fn wrong(line: &[u8]) -> String {
        rules().message(line).expect_err("it is wrong")
    }

    fn expected(topic: &str, payload: &[u8]) -> Message {
        Message::new(topic, payload)
            .expect("a topic")
            .qos(QoS::AtLeastOnce)
    }

    #[test]
    fn a_topic_and_what_follows_the_blank() {
        assert_eq!(message("a/b x"), expected("a/b", b"x"));
        assert_eq!(message("a/b  two  words "), expected("a/b", b" two  words "));
        assert_eq!(
            rules().message(b"t \0\xff\r").expect("any bytes"),
            expected("t", b"\0\xff\r")
        );
        assert_eq!(
            message("k\u{fc}che 21,5\u{b0}"),
            expected("k\u{fc}che", "21,5\u{b0}".as_bytes())
        );
    }

    #[test]
    fn an_object_says_more() {
        assert_eq!(
            message(r#"{"topic":"a b","payload":"x\n\u00e9"}"#),
            expected("a b", "x\n\u{e9}".as_bytes())
        );
        // Numbers keep their digits, objects their order.
        assert_eq!(
            message(r#"{"topic":"t","payload":{"b":1.50, "a":[]}}"#),
            expected("t", br#"{"b":1.50, "a":[]}"#)
        );
        for (payload, sent) in [("1.0", "1.0"), ("true", "true"), ("[null]", "[null]")] {
            assert_eq!(
                message(&format!(r#"{{"topic":"t","payload":{payload}}}"#)),
                expected("t", sent.as_bytes())
            );
        }
        assert_eq!(
            message(r#"{"topic":"t","payload_base64":"AP8="}"#),
            expected("t", b"\0\xff")
        );
        assert_eq!(
            message(r#"{"topic":"t","payload_hex":"00fF"}"#),
            expected("t", b"\0\xff")
        );
        let whole = message(r#"{"topic":"t","payload":"x","qos":2,"retain":true}"#);
        assert_eq!(whole, expected("t", b"x").qos(QoS::ExactlyOnce).retain(true));
        let empty = Rules {
            payloads: Payloads {
                empty: true,
                ..rules().payloads
            },
            ..rules()
        };
        assert_eq!(
            empty.message(br#"{"topic":"t","payload":null}"#).expect("empty"),
            expected("t", b"")
        );
        // What mosquitto_sub -F %j prints.
        let theirs = r#"{"tst":"2026-11-24T20:00:00.0+0000","topic":"t","qos":0,"retain":1,"payloadlen":1,"mid":7,"payload":"x"}"#;
        assert_eq!(
            message(theirs),
            expected("t", b"x").qos(QoS::AtMostOnce).retain(true)
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut said = String::new();
        for line in [
            &b""[..],
            b"topic",
            b" x",
            b"t ",
            b"a/# x",
            b"\xff x",
            b"{",
            b"{}",
            br#"{"topic":"t"}"#,
            br#"{"topic":"t","payload":"x","payload_hex":"00"}"#,
            br#"{"topic":"t","payload":null}"#,
            br#"{"topic":"t","payload":"\ud83d"}"#,
            br#"{"topic":"t","payload_hex":"0"}"#,
            br#"{"topic":"t","payload_hex":"0g"}"#,
            br#"{"topic":"t","payload_base64":"?"}"#,
            br#"{"topic":"t","payload":"x","qos":3}"#,
            br#"{"topic":"t","payload":"x","retain":2}"#,
            br#"{"topic":"t","payload":"x","retain":"yes"}"#,
            br#"{"topic":"t","payload":"x","retian":true}"#,
            br#"{"topic":"t","payload":"x"} trailing"#,
            br#"{"topic":"","payload":"x"}"#,
        ] {
            said += &format!("{}\n    {}\n", line.escape_ascii(), wrong(line));
        }
        insta::assert_snapshot!(said);
        let long = format!("{} x", "t".repeat(1025));
        insta::assert_snapshot!(wrong(long.as_bytes()), @"topic: 1025 bytes, but 1 to 1024 are allowed");
        let long = format!("t {}", "x".repeat(10_241));
        insta::assert_snapshot!(wrong(long.as_bytes()), @"more than 10240 bytes, the most that the modem takes in a message; send it in parts");
    }

    #[test]
    fn a_bad_line_is_named_and_costs_itself_alone() {
        let input = [
            b"t 1\nbad\n".to_vec(),
            vec![b'x'; LONGEST + 5000],
            b"\nt 2".to_vec(),
        ]
        .concat();
        let read = read(&input);
        assert_eq!(read[0], Ok(expected("t", b"1")));
        insta::assert_snapshot!(read[1].as_ref().unwrap_err().0, @"line 2 of standard input: it has no payload; a line is TOPIC PAYLOAD or a JSON object");
        insta::assert_snapshot!(read[2].as_ref().unwrap_err().0, @"line 3 of standard input: more than 262144 bytes");
        assert_eq!(read[3..], [Ok(expected("t", b"2"))]);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(input: Vec<u8>) {
            let lines = input.split_inclusive(|&byte| byte == b'\n').count();
            proptest::prop_assert_eq!(read(&input).len(), lines);
        }
    }
}

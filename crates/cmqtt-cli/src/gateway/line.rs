//! A line of the gateway's input: `TOPIC PAYLOAD`, or a JSON object.

use std::io::{BufReader, Read};

use at_proto::cmqtt::QoS;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cmqtt_core::Limits;
use cmqtt_outbox::Message;
use serde::Deserialize;
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
        let object: Object<'_> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let payload = match (object.payload, object.payload_base64, object.payload_hex) {
            (Some(payload), None, None) => serde_json::from_str::<String>(payload.get())
                .unwrap_or_else(|_| payload.get().to_owned())
                .into_bytes(),
            (None, Some(text), None) => STANDARD
                .decode(&text)
                .map_err(|error| format!("payload_base64: {error}"))?,
            (None, None, Some(text)) => {
                from_hex(&text).ok_or("payload_hex: it has other than pairs of hexadecimal digits")?
            }
            _ => return Err("one of payload, payload_base64 and payload_hex has to be there".to_owned()),
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
    #[serde(borrow)]
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

#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Number(u8),
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

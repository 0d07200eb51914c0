//! The JSON object of `%j`, `%J` and `--json`: mosquitto's, without `qos` and `retain`, which the modem does not tell.
//! A payload that is no UTF-8 stands as `payload_hex`.

use std::io::{self, Write};

use serde::Serialize;
use serde::de::IgnoredAny;

use super::{Payload, Printed};

/// Whether the bytes are JSON. The error is the place.
pub(super) fn check(payload: &[u8]) -> Result<(), usize> {
    match serde_json::from_slice::<IgnoredAny>(payload) {
        // What is skipped is not looked at closely: text in it has to be UTF-8 all the same.
        Ok(_) => std::str::from_utf8(payload)
            .map(drop)
            .map_err(|error| error.valid_up_to()),
        Err(error) => Err(place(payload, error.line(), error.column())),
    }
}

/// Prints the object, on one line.
pub(super) fn print(message: Printed<'_>, payload: Payload, out: &mut impl Write) -> io::Result<()> {
    let Printed {
        topic,
        payload: bytes,
        time,
        ..
    } = message;
    let head = Head {
        tst: time.strftime("%Y-%m-%dT%H:%M:%S.%6f%z").to_string(),
        topic: String::from_utf8_lossy(topic),
        payloadlen: bytes.len(),
    };
    let head = crate::json::line(&head)?;
    write!(out, "{},", head.strip_suffix('}').unwrap_or(&head))?;
    match (payload, std::str::from_utf8(bytes)) {
        (Payload::Json, Ok(text)) => write!(out, "\"payload\":{}", crate::json::safe(&one_line(text)))?,
        (Payload::Text, Ok(text)) => write!(out, "\"payload\":{}", crate::json::line(&text)?)?,
        (_, Err(_)) => {
            write!(out, "\"payload_hex\":\"{}\"", crate::json::hex(bytes))?;
        }
    }
    out.write_all(b"}")
}

#[derive(Serialize)]
struct Head<'a> {
    tst: String,
    topic: std::borrow::Cow<'a, str>,
    payloadlen: usize,
}

/// JSON without the blanks between its tokens: numbers keep their digits, objects their order.
fn one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    let (mut quoted, mut escaped) = (false, false);
    for character in json.chars() {
        if !quoted && matches!(character, ' ' | '\t' | '\r' | '\n') {
            continue;
        }
        quoted ^= character == '"' && !escaped;
        escaped = quoted && character == '\\' && !escaped;
        line.push(character);
    }
    line
}

/// The byte that serde_json means by line and column, both counted from 1; a column of 0 is the end of the line before.
fn place(payload: &[u8], line: usize, column: usize) -> usize {
    let lines = payload.split(|&byte| byte == b'\n').take(line.saturating_sub(1));
    let before: usize = lines.map(|line| line.len() + 1).sum();
    (before + column.saturating_sub(1)).min(payload.len())
}

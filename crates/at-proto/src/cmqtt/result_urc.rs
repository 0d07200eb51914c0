//! The line that says how a command of the MQTT service ended, read without knowing that command: for tools that
//! read a log. A driver knows its command, and asks [`Dialogue::result`](crate::Dialogue::result).

use crate::encode::Encoder;

use super::ResultCode;
use super::urc::{PREFIX, number, split};

/// `+CMQTT<NAME>: [<client_index>,]<err>`. Bytes alone do not tell it from a line of `AT+CMQTTDISC?`, which answers
/// `+CMQTTDISC: 0,1` for "not connected".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultUrc {
    /// The command's name: `+CMQTTPUB`.
    pub command: &'static str,
    /// The client index. START and STOP have none.
    pub client: Option<u8>,
    /// How the command ended.
    pub code: ResultCode,
}

impl ResultUrc {
    /// Reads a line. `None` for any other.
    #[inline]
    pub fn decode(line: &[u8]) -> Option<Self> {
        let (name, mut fields) = split(line.trim_ascii_start().strip_prefix(PREFIX)?)?;
        let command = command(name)?;
        let client = if matches!(name, b"START" | b"STOP") {
            None
        } else {
            Some(number(&mut fields)?)
        };
        let code = ResultCode(number(&mut fields)?);
        fields.end().ok()?;
        Some(Self {
            command,
            client,
            code,
        })
    }

    /// Writes the line.
    pub fn emit(&self, out: &mut Encoder<'_>) {
        out.text(self.command).text(": ");
        if let Some(client) = self.client {
            out.number(client).text(",");
        }
        out.number(self.code.0);
    }
}

/// The commands that have a result URC, or a line before `ERROR` that says why. SSLCFG and CFG have neither.
#[inline]
fn command(name: &[u8]) -> Option<&'static str> {
    Some(match name {
        b"START" => "+CMQTTSTART",
        b"STOP" => "+CMQTTSTOP",
        b"ACCQ" => "+CMQTTACCQ",
        b"REL" => "+CMQTTREL",
        b"WILLTOPIC" => "+CMQTTWILLTOPIC",
        b"WILLMSG" => "+CMQTTWILLMSG",
        b"CONNECT" => "+CMQTTCONNECT",
        b"DISC" => "+CMQTTDISC",
        b"TOPIC" => "+CMQTTTOPIC",
        b"PAYLOAD" => "+CMQTTPAYLOAD",
        b"PUB" => "+CMQTTPUB",
        b"SUBTOPIC" => "+CMQTTSUBTOPIC",
        b"SUB" => "+CMQTTSUB",
        b"UNSUBTOPIC" => "+CMQTTUNSUBTOPIC",
        b"UNSUB" => "+CMQTTUNSUB",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(line: &str, client: Option<u8>, code: u16) {
        let result = ResultUrc::decode(line.as_bytes()).expect("a result line");
        assert_eq!((result.client, result.code), (client, ResultCode(code)));
        let mut memory = [0; 64];
        let mut out = Encoder::new(&mut memory);
        result.emit(&mut out);
        assert_eq!(out.finish(), Ok(line.as_bytes()));
        let padded = format!("  {line} ");
        assert_eq!(ResultUrc::decode(padded.as_bytes()), Some(result));
    }

    #[test]
    fn lines_from_captures() {
        check("+CMQTTSTART: 0", None, 0);
        check("+CMQTTSTART: 23", None, 23);
        check("+CMQTTSTOP: 21", None, 21);
        check("+CMQTTACCQ: 0,19", Some(0), 19);
        check("+CMQTTREL: 0,20", Some(0), 20);
        check("+CMQTTCONNECT: 0,26", Some(0), 26);
        check("+CMQTTDISC: 1,1", Some(1), 1);
        check("+CMQTTPUB: 0,6", Some(0), 6);
        check("+CMQTTSUB: 0,0", Some(0), 0);
        assert_eq!(
            ResultUrc::decode(b"+CMQTTSUB:0, 0"),
            ResultUrc::decode(b"+CMQTTSUB: 0,0")
        );
    }

    #[test]
    fn what_is_no_result() {
        for line in [
            &b""[..],
            b"OK",
            b"+CSQ: 23,0",
            b"+CMQTTSTART: 0,0",
            b"+CMQTTPUB: 0",
            b"+CMQTTPUB: 0,0,0",
            b"+CMQTTPUB: 0,65536",
            b"+CMQTTSSLCFG: 0,0",
            b"+CMQTTCONNLOST: 0,1",
            b"+CMQTTPING: 0,1",
            b"+CMQTTRXTOPIC: 0,9",
            b"+CMQTTACCQ: 0,\"a12mmmm\",0",
            b"+CMQTTSUB:",
        ] {
            assert_eq!(ResultUrc::decode(line), None, "{}", line.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn every_result_comes_back(client: u8, code: u16) {
            for name in ["ACCQ", "REL", "WILLTOPIC", "WILLMSG", "CONNECT", "DISC", "TOPIC", "PAYLOAD", "PUB",
                "SUBTOPIC", "SUB", "UNSUBTOPIC", "UNSUB"] {
                check(&format!("+CMQTT{name}: {client},{code}"), Some(client), code);
            }
            for name in ["START", "STOP"] {
                check(&format!("+CMQTT{name}: {code}"), None, code);
            }
        }
    }
}

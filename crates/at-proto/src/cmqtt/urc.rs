//! What the MQTT service says unasked (the vendor's note, section 3.3.2).

use crate::damage::behind_damaged;
use crate::encode::Encoder;
use crate::grammar::Fields;

use super::{LostCause, ResultCode};

/// A URC of the MQTT service. The set is closed: these are all that the manual lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urc {
    /// `+CMQTTCONNLOST: <client_index>,<cause>`: the connection is gone, client and service are kept.
    ConnectionLost {
        /// The client index.
        client: u8,
        /// Why.
        cause: LostCause,
    },
    /// `+CMQTTNONET`: the network is gone. Not listed for SIM7028.
    NoNetwork,
    /// `+CMQTTPING: <client_index>,<err>`: the keep alive failed; DISC, then CONNECT. SIM7500/7600 alone.
    Ping {
        /// The client index.
        client: u8,
        /// Why.
        code: ResultCode,
    },
    /// `+CMQTTRXSTART: <client_index>,<topic_total_len>,<payload_total_len>`: a message begins.
    MessageStart {
        /// The client index.
        client: u8,
        /// The whole topic's length in bytes.
        topic_len: u32,
        /// The whole payload's length in bytes. With 0 no payload line follows.
        payload_len: u32,
    },
    /// `+CMQTTRXTOPIC: <client_index>,<sub_topic_len>`: so many bytes of the topic follow the line.
    MessageTopic {
        /// The client index.
        client: u8,
        /// The bytes that follow.
        len: u32,
    },
    /// `+CMQTTRXPAYLOAD: <client_index>,<sub_payload_len>`: so many bytes of the payload follow the line.
    MessagePayload {
        /// The client index.
        client: u8,
        /// The bytes that follow.
        len: u32,
    },
    /// `+CMQTTRXEND: <client_index>`: the message is complete.
    MessageEnd {
        /// The client index.
        client: u8,
    },
}

impl Urc {
    /// Reads a line. `None` for any other, so that the URCs of several families can be tried one after another.
    /// Blanks around the line, after the colon and around commas count for nothing.
    #[inline]
    pub fn decode(line: &[u8]) -> Option<Self> {
        match line.trim_ascii_start().strip_prefix(PREFIX)? {
            [b'R', b'X', message @ ..] => Self::message(message),
            event => Self::event(event),
        }
    }

    /// Writes the line.
    pub fn emit(&self, out: &mut Encoder<'_>) {
        match *self {
            Self::ConnectionLost { client, cause } => {
                out.text("+CMQTTCONNLOST: ").number(client).then(cause.number())
            }
            Self::NoNetwork => out.text("+CMQTTNONET"),
            Self::Ping { client, code } => out.text("+CMQTTPING: ").number(client).then(code.0),
            Self::MessageStart {
                client,
                topic_len,
                payload_len,
            } => out
                .text("+CMQTTRXSTART: ")
                .number(client)
                .then(topic_len)
                .then(payload_len),
            Self::MessageTopic { client, len } => out.text("+CMQTTRXTOPIC: ").number(client).then(len),
            Self::MessagePayload { client, len } => out.text("+CMQTTRXPAYLOAD: ").number(client).then(len),
            Self::MessageEnd { client } => out.text("+CMQTTRXEND: ").number(client),
        };
    }

    /// The bytes that follow a line which is this announcement of a chunk with one byte lost, added or altered: no more than
    /// it states, and as many where the number was hit. `None` for any other line, and for other URCs.
    pub fn damaged_len_in(&self, line: &[u8]) -> Option<u32> {
        let (Self::MessageTopic { len, .. } | Self::MessagePayload { len, .. }) = *self else {
            return None;
        };
        let mut room = [0; LONGEST];
        let mut out = Encoder::new(&mut room);
        self.emit(&mut out);
        let whole = out.finish().ok()?;
        let comma = whole.iter().rposition(|&byte| byte == b',')?;
        let head = whole.get(..=comma)?;
        if let Some(number) = line.strip_prefix(head) {
            let others = number.iter().filter(|byte| !byte.is_ascii_digit());
            return (others.count() <= 1).then_some(len);
        }
        let number = |digits| core::str::from_utf8(digits).ok()?.parse::<u32>().ok();
        let number = behind_damaged(line, head)
            .into_iter()
            .flatten()
            .find_map(number)?;
        Some(number.min(len))
    }

    /// What stands behind `+CMQTTRX`.
    #[inline]
    fn message(rest: &[u8]) -> Option<Self> {
        let (name, mut fields) = split(rest)?;
        let client = number(&mut fields)?;
        let urc = match name {
            b"START" => Self::MessageStart {
                client,
                topic_len: number(&mut fields)?,
                payload_len: number(&mut fields)?,
            },
            b"TOPIC" => Self::MessageTopic {
                client,
                len: number(&mut fields)?,
            },
            b"PAYLOAD" => Self::MessagePayload {
                client,
                len: number(&mut fields)?,
            },
            b"END" => Self::MessageEnd { client },
            _ => return None,
        };
        fields.end().ok()?;
        Some(urc)
    }

    /// What stands behind `+CMQTT`.
    fn event(rest: &[u8]) -> Option<Self> {
        if rest.trim_ascii_end() == b"NONET" {
            return Some(Self::NoNetwork);
        }
        let (name, mut fields) = split(rest)?;
        let urc = match name {
            b"CONNLOST" => Self::ConnectionLost {
                client: number(&mut fields)?,
                cause: LostCause::from(number::<u16>(&mut fields)?),
            },
            b"PING" => Self::Ping {
                client: number(&mut fields)?,
                code: ResultCode(number(&mut fields)?),
            },
            _ => return None,
        };
        fields.end().ok()?;
        Some(urc)
    }
}

/// `name ":" fields`
#[inline]
pub(super) fn split(rest: &[u8]) -> Option<(&[u8], Fields<'_>)> {
    let colon = rest.iter().position(|&byte| byte == b':')?;
    let (name, fields) = rest.split_at_checked(colon)?;
    Some((name, Fields::new(fields.get(1..)?.trim_ascii_start())))
}

#[inline]
pub(super) fn number<T: TryFrom<u32>>(fields: &mut Fields<'_>) -> Option<T> {
    fields.number("a number").ok()
}

/// What every line of the service begins with.
pub(super) const PREFIX: &[u8] = b"+CMQTT";

/// The bytes of the longest announcement of a chunk, and one.
const LONGEST: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(urc: Urc, line: &[u8]) {
        let mut memory = [0; 64];
        let mut out = Encoder::new(&mut memory);
        urc.emit(&mut out);
        let emitted = out.finish().unwrap();
        if !line.is_empty() {
            assert_eq!(
                emitted.escape_ascii().to_string(),
                line.escape_ascii().to_string()
            );
        }
        assert_eq!(Urc::decode(emitted), Some(urc));
        assert_eq!(Urc::decode(&[b" ", emitted, b"  "].concat()), Some(urc));
    }

    #[test]
    fn the_manuals_lines() {
        check(
            Urc::ConnectionLost {
                client: 0,
                cause: LostCause::Reset,
            },
            b"+CMQTTCONNLOST: 0,2",
        );
        check(Urc::NoNetwork, b"+CMQTTNONET");
        check(
            Urc::Ping {
                client: 0,
                code: ResultCode(17),
            },
            b"+CMQTTPING: 0,17",
        );
        check(
            Urc::MessageStart {
                client: 0,
                topic_len: 9,
                payload_len: 60,
            },
            b"+CMQTTRXSTART: 0,9,60",
        );
        check(Urc::MessageTopic { client: 0, len: 9 }, b"+CMQTTRXTOPIC: 0,9");
        check(
            Urc::MessagePayload { client: 0, len: 60 },
            b"+CMQTTRXPAYLOAD: 0,60",
        );
        check(Urc::MessageEnd { client: 0 }, b"+CMQTTRXEND: 0");
    }

    #[test]
    fn blanks_may_be_missing_or_many() {
        let start = Urc::MessageStart {
            client: 0,
            topic_len: 9,
            payload_len: 60,
        };
        assert_eq!(Urc::decode(b"+CMQTTRXSTART:0,9,60"), Some(start));
        assert_eq!(Urc::decode(b"+CMQTTRXSTART:  0, 9 , 60 "), Some(start));
    }

    #[test]
    fn what_is_not_mine() {
        for line in [
            &b""[..],
            b"OK",
            b"RDY",
            b"+CSQ: 23,0",
            b"+CMQTT",
            b"+CMQTTPUB: 0,0",
            b"+CMQTTCONNECT: 0,0",
            b"+CMQTTNONETS",
            b"+CMQTTCONNLOST",
            b"+CMQTTCONNLOST: 0",
            b"+CMQTTCONNLOST: 0,1,2",
            b"+CMQTTRXSTART: 0,9",
            b"+CMQTTRXSTART: 256,9,60",
            b"+CMQTTRXTOPIC: 0,4294967296",
            b"+CMQTTRXEND: 0,1",
            b"+CMQTTRXEND:",
            b"CMQTTRXEND: 0",
        ] {
            assert_eq!(Urc::decode(line), None, "{}", line.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn every_urc_comes_back(client: u8, first: u32, second: u32, code: u16) {
            check(Urc::ConnectionLost { client, cause: LostCause::from(code) }, b"");
            check(Urc::Ping { client, code: ResultCode(code) }, b"");
            check(Urc::MessageStart { client, topic_len: first, payload_len: second }, b"");
            check(Urc::MessageTopic { client, len: first }, b"");
            check(Urc::MessagePayload { client, len: first }, b"");
            check(Urc::MessageEnd { client }, b"");
        }

        #[test]
        fn any_line_is_mine_or_not(tail: Vec<u8>) {
            let line = [PREFIX, &tail].concat();
            if let Some(urc) = Urc::decode(&line) {
                check(urc, b"");
            }
        }
    }

    #[test]
    fn a_damaged_announcement_still_counts_its_bytes() {
        let payload = Urc::MessagePayload { client: 0, len: 54 };
        for (line, len) in [
            ("+CMQTTRXPAYLOAD 0,53", Some(53)),
            ("+CMQTTRXXAYLOAD: 0,53", Some(53)),
            ("+CMQTTRXPPAYLOAD: 0,53", Some(53)),
            ("+CMQTTRXPAYLOAD: 053", Some(53)),
            ("+CMQTTRXXAYLOAD: 0,55", Some(54)),
            ("+CMQTTRXPAYLOAD: 0,5x", Some(54)),
            ("+CMQTTRXPAYLOAD: 0,", Some(54)),
            ("+CMQTTRXPAYLOAD: 0,x5x", None),
            ("+CMQTTRXTOPIC: 0,53", None),
            ("+CMQTTPUB: 0,0", None),
            ("OK", None),
            ("", None),
        ] {
            assert_eq!(payload.damaged_len_in(line.as_bytes()), len, "{line}");
        }
        let topic = Urc::MessageTopic {
            client: 1,
            len: u32::MAX,
        };
        assert_eq!(
            topic.damaged_len_in(b"+CMQTTRXTOPI: 1,4294967295"),
            Some(u32::MAX)
        );
        assert_eq!(
            Urc::MessageEnd { client: 0 }.damaged_len_in(b"+CMQTTRXEN: 0"),
            None
        );
    }
}

//! What comes from the modem beside the answers, owned.

use cmqtt_core::at_proto::cmqtt::{LostCause, ResultCode};
use cmqtt_core::at_proto::{Encoder, network};
use cmqtt_core::{Broken, Event as Lent, Part};

/// A received message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The client index.
    pub client: u8,
    /// The topic's bytes, UTF-8 unless the modem was told not to check.
    pub topic: Vec<u8>,
    /// The payload, whatever its bytes are.
    pub payload: Vec<u8>,
}

/// Something that happened without being asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A message was received.
    Message(Message),
    /// A message larger than [`Memory::message`](crate::Memory::message) begins; its pieces follow.
    MessageStart {
        /// The client index.
        client: u8,
        /// The topic's bytes in all.
        topic_len: u32,
        /// The payload's bytes in all.
        payload_len: u32,
    },
    /// The next piece of it.
    MessagePiece {
        /// The client index.
        client: u8,
        /// The part that it belongs to.
        part: Part,
        /// The bytes of the part that came before.
        offset: u32,
        /// The bytes.
        data: Vec<u8>,
    },
    /// It is complete.
    MessageEnd {
        /// The client index.
        client: u8,
    },
    /// A message was damaged on its way from the modem and is dropped.
    MessageBroken {
        /// The client index.
        client: u8,
        /// What was wrong.
        cause: Broken,
    },
    /// So many events came while nobody read them that these were dropped: the oldest are kept.
    Overflow {
        /// How many.
        dropped: usize,
    },
    /// The connection to the broker is gone; CONNECT is enough to get it back.
    ConnectionLost {
        /// The client index.
        client: u8,
        /// Why.
        cause: LostCause,
    },
    /// The network is gone, and every connection with it.
    NoNetwork,
    /// The keep-alive packet could not be sent: disconnect, then connect.
    KeepAliveFailed {
        /// The client index.
        client: u8,
        /// The modem's result code.
        code: ResultCode,
    },
    /// The modem said something about the network, its SIM or its power: [`Event::network`] reads it.
    Network(Vec<u8>),
    /// The modem has restarted: everything in it is gone.
    Restarted,
    /// The result of a command that was given up.
    LateResult {
        /// The command's name.
        command: &'static str,
        /// The client index, for the commands that have one.
        client: Option<u8>,
        /// The result.
        code: ResultCode,
    },
    /// A line that belongs to nobody.
    Unclaimed(Vec<u8>),
    /// A line that was too long, and was skipped.
    Overlong {
        /// Its bytes.
        dropped: usize,
    },
}

impl Event {
    /// What an [`Event::Network`] says.
    pub fn network(&self) -> Option<network::Urc<'_>> {
        match self {
            Self::Network(line) => network::Urc::decode(line),
            _ => None,
        }
    }

    /// Takes what the core lends. `None` for the ends of requests, which belong to their callers.
    pub(crate) fn own(lent: &Lent<'_>) -> Option<Self> {
        Some(match *lent {
            Lent::Message {
                client,
                topic,
                payload,
            } => Self::Message(Message {
                client,
                topic: topic.to_vec(),
                payload: payload.to_vec(),
            }),
            Lent::MessageStart {
                client,
                topic_len,
                payload_len,
            } => Self::MessageStart {
                client,
                topic_len,
                payload_len,
            },
            Lent::MessagePiece {
                client,
                part,
                offset,
                data,
            } => Self::MessagePiece {
                client,
                part,
                offset,
                data: data.to_vec(),
            },
            Lent::MessageEnd { client } => Self::MessageEnd { client },
            Lent::MessageBroken { client, cause } => Self::MessageBroken { client, cause },
            Lent::ConnectionLost { client, cause } => Self::ConnectionLost { client, cause },
            Lent::NoNetwork => Self::NoNetwork,
            Lent::KeepAliveFailed { client, code } => Self::KeepAliveFailed { client, code },
            Lent::Network(urc) => Self::Network(line(urc)),
            Lent::Restarted => Self::Restarted,
            Lent::LateResult {
                command,
                client,
                code,
            } => Self::LateResult {
                command,
                client,
                code,
            },
            Lent::Unclaimed(line) => Self::Unclaimed(line.to_vec()),
            Lent::Overlong { dropped } => Self::Overlong { dropped },
            _ => return None,
        })
    }
}

fn line(urc: network::Urc<'_>) -> Vec<u8> {
    let mut memory = [0; 2048];
    let mut out = Encoder::new(&mut memory);
    urc.emit(&mut out);
    out.finish().map(<[u8]>::to_vec).unwrap_or_default()
}

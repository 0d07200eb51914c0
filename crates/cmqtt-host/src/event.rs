//! What comes from the modem beside the answers, owned.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use cmqtt_core::at_proto::cmqtt::{LostCause, ResultCode};
use cmqtt_core::at_proto::{Escaped, network};
use cmqtt_core::{Broken, Event as Lent, Failure, Loss, Part, Progress, RequestId};

/// A received message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The client index.
    pub client: u8,
    /// The topic's bytes, UTF-8 unless the modem was told not to check.
    pub topic: Vec<u8>,
    /// The payload, whatever its bytes are.
    pub payload: Vec<u8>,
}

/// Something that happened without being asked for.
#[derive(Clone, PartialEq, Eq)]
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
    /// So much came while nobody read it that these were dropped, the first of them here: see
    /// [`Memory`](crate::Memory) for the bounds.
    Overflow {
        /// How many messages.
        messages: usize,
        /// How many other events.
        events: usize,
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
    /// The modem said something about the network, its SIM or its power: the line as it came, which
    /// [`Event::network`] reads.
    Network(Vec<u8>),
    /// The modem has restarted: everything in it is gone.
    Restarted,
    /// How far a request of the session's has come.
    Progress(Progress),
    /// A client that is kept is connected and subscribed for the first time.
    Connected {
        /// The client index.
        client: u8,
    },
    /// It is not connected any more. The driver works on that.
    Lost {
        /// The client index.
        client: u8,
        /// Why.
        why: Loss,
    },
    /// It is connected and subscribed again.
    Restored {
        /// The client index.
        client: u8,
        /// How long it was not.
        after: Duration,
    },
    /// It cannot be connected, and is kept no more.
    GaveUp {
        /// The client index.
        client: u8,
        /// Why the last attempt failed.
        why: Failure,
    },
    /// Nothing else has helped: switch the modem's power off and on, or press its power key. See
    /// [`Healing::power_key`](cmqtt_core::Healing::power_key).
    PowerKey,
    /// A message for whose end nobody waits has reached the broker, with QoS 0 the modem's socket.
    Delivered {
        /// What was told when it was taken.
        id: RequestId,
        /// An earlier attempt may have reached it, too.
        maybe_duplicate: bool,
    },
    /// A message for whose end nobody waits was given up. [`Failure::is_unknown`] says whether it may have reached the
    /// broker all the same.
    NotDelivered {
        /// What was told when it was taken.
        id: RequestId,
        /// Why.
        failure: Failure,
    },
    /// The port is gone, and the driver waits until it can be opened again; what the operating system says.
    PortLost(String),
    /// The port is back.
    PortBack {
        /// How long it was gone.
        after: Duration,
    },
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

    /// The event as the core lends it. `None` for what only the driver knows.
    fn lend(&self) -> Option<Lent<'_>> {
        Some(match *self {
            Self::MessageStart {
                client,
                topic_len,
                payload_len,
            } => Lent::MessageStart {
                client,
                topic_len,
                payload_len,
            },
            Self::MessagePiece {
                client,
                part,
                offset,
                ref data,
            } => Lent::MessagePiece {
                client,
                part,
                offset,
                data,
            },
            Self::MessageEnd { client } => Lent::MessageEnd { client },
            Self::MessageBroken { client, cause } => Lent::MessageBroken { client, cause },
            Self::ConnectionLost { client, cause } => Lent::ConnectionLost { client, cause },
            Self::NoNetwork => Lent::NoNetwork,
            Self::KeepAliveFailed { client, code } => Lent::KeepAliveFailed { client, code },
            Self::Restarted => Lent::Restarted,
            Self::Progress(progress) => Lent::Progress(progress),
            Self::Connected { client } => Lent::Connected { client },
            Self::Lost { client, why } => Lent::Lost { client, why },
            Self::Restored { client, after } => Lent::Restored { client, after },
            Self::GaveUp { client, why } => Lent::GaveUp { client, why },
            Self::PowerKey => Lent::PowerKey,
            Self::Delivered { id, maybe_duplicate } => Lent::Delivered { id, maybe_duplicate },
            Self::LateResult {
                command,
                client,
                code,
            } => Lent::LateResult {
                command,
                client,
                code,
            },
            Self::Unclaimed(ref line) => Lent::Unclaimed(line),
            Self::Overlong { dropped } => Lent::Overlong { dropped },
            Self::Message(_)
            | Self::Network(_)
            | Self::Overflow { .. }
            | Self::NotDelivered { .. }
            | Self::PortLost(_)
            | Self::PortBack { .. } => return None,
        })
    }

    /// Takes what the core lends. `None` for the ends of requests and of messages, which belong to their callers.
    pub fn own(lent: &Lent<'_>) -> Option<Self> {
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
            Lent::Network { line, .. } => Self::Network(line.to_vec()),
            Lent::Restarted => Self::Restarted,
            Lent::Progress(progress) => Self::Progress(progress),
            Lent::Connected { client } => Self::Connected { client },
            Lent::Lost { client, why } => Self::Lost { client, why },
            Lent::Restored { client, after } => Self::Restored { client, after },
            Lent::GaveUp { client, why } => Self::GaveUp { client, why },
            Lent::PowerKey => Self::PowerKey,
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

impl Debug for Message {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("client", &self.client)
            .field("topic", &Escaped(&self.topic))
            .field("payload", &Escaped(&self.payload))
            .finish()
    }
}

impl Debug for Event {
    /// As the core's event, with passwords hidden.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => message.fmt(f),
            Self::Overflow { messages, events } => f
                .debug_struct("Overflow")
                .field("messages", messages)
                .field("events", events)
                .finish(),
            Self::NotDelivered { id, failure } => f
                .debug_struct("NotDelivered")
                .field("id", &id.get())
                .field("failure", failure)
                .finish(),
            Self::PortLost(why) => f.debug_tuple("PortLost").field(why).finish(),
            Self::PortBack { after } => f.debug_struct("PortBack").field("after", after).finish(),
            Self::Network(line) => match network::Urc::decode(line) {
                Some(urc) => Lent::Network { urc, line }.fmt(f),
                None => Lent::Unclaimed(line).fmt(f),
            },
            other => other.lend().map_or(Ok(()), |event| event.fmt(f)),
        }
    }
}

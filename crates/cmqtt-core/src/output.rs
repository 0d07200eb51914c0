//! What the client wants of its caller.

use core::fmt::{self, Debug, Formatter};

use at_proto::cmqtt::{LostCause, ResultCode};
use at_proto::{Escaped, InfoLines, Redacted, network};

use crate::inbox::{Broken, Part};
use crate::request::{Failure, RequestId};
use crate::session::Progress;
use crate::timer::Deadline;

/// What to do next.
#[must_use = "a Transmit that is not written and reported stops the client, an Event that is not read is lost"]
pub enum Output<'a> {
    /// Write these bytes, or some of them, and say how many with
    /// [`Client::handle_transmitted`](crate::Client::handle_transmitted).
    Transmit(&'a [u8]),
    /// Something happened. What it lends is valid until the next call.
    Event(Event<'a>),
    /// Nothing to do before bytes come or this moment has come.
    Wait(Option<Deadline>),
}

/// Something that happened.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The request has succeeded. For a publish with QoS 1 or 2 this means that the broker acknowledged it.
    Done {
        /// The request.
        id: RequestId,
        /// The information lines of its answer: [`Command::decode`](at_proto::Command::decode) reads them.
        information: InfoLines<'a>,
    },
    /// The request has failed.
    Failed {
        /// The request.
        id: RequestId,
        /// How.
        failure: Failure,
    },
    /// A message was received.
    Message {
        /// The client index.
        client: u8,
        /// The topic's bytes, UTF-8 unless the modem was told not to check.
        topic: &'a [u8],
        /// The payload, whatever its bytes are.
        payload: &'a [u8],
    },
    /// A message larger than the memory begins; its pieces follow, then [`Event::MessageEnd`] or
    /// [`Event::MessageBroken`].
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
        /// The part that it belongs to: first the topic, then the payload.
        part: Part,
        /// The bytes of the part that came before.
        offset: u32,
        /// The bytes.
        data: &'a [u8],
    },
    /// It is complete.
    MessageEnd {
        /// The client index.
        client: u8,
    },
    /// A message was damaged on its way from the modem and is dropped, with the pieces that went out.
    MessageBroken {
        /// The client index.
        client: u8,
        /// What was wrong.
        cause: Broken,
    },
    /// The connection to the broker is gone. Client and service are still there: CONNECT is enough.
    ConnectionLost {
        /// The client index.
        client: u8,
        /// Why.
        cause: LostCause,
    },
    /// The network is gone, and every connection with it.
    NoNetwork,
    /// The keep-alive packet could not be sent (SIM7500/7600): disconnect, then connect.
    KeepAliveFailed {
        /// The client index.
        client: u8,
        /// The modem's result code.
        code: ResultCode,
    },
    /// The modem said something about the network, its SIM or its power.
    Network {
        /// What it said.
        urc: network::Urc<'a>,
        /// The line in which it said so.
        line: &'a [u8],
    },
    /// The modem has restarted: service, clients, connections and settings are gone, echo is back on.
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
    /// How far a request of a [`Session`](crate::Session) has come. A [`Client`](crate::Client) tells none.
    Progress(Progress),
    /// A line that belongs to nobody.
    Unclaimed(&'a [u8]),
    /// A line that was longer than the memory for received bytes, and was skipped.
    Overlong {
        /// Its bytes.
        dropped: usize,
    },
}

impl Debug for Output<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            // A CONNECT carries its password, data may be a key.
            Self::Transmit(bytes) => write!(f, "Transmit({} bytes)", bytes.len()),
            Self::Event(event) => f.debug_tuple("Event").field(event).finish(),
            Self::Wait(deadline) => f.debug_tuple("Wait").field(deadline).finish(),
        }
    }
}

impl Debug for Event<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { id, information } => f
                .debug_struct("Done")
                .field("id", &id.get())
                .field("information", information)
                .finish(),
            Self::Failed { id, failure } => f
                .debug_struct("Failed")
                .field("id", &id.get())
                .field("failure", failure)
                .finish(),
            Self::Message {
                client,
                topic,
                payload,
            } => f
                .debug_struct("Message")
                .field("client", client)
                .field("topic", &Escaped(topic))
                .field("payload", &Escaped(payload))
                .finish(),
            Self::MessageStart {
                client,
                topic_len,
                payload_len,
            } => f
                .debug_struct("MessageStart")
                .field("client", client)
                .field("topic_len", topic_len)
                .field("payload_len", payload_len)
                .finish(),
            Self::MessagePiece {
                client,
                part,
                offset,
                data,
            } => f
                .debug_struct("MessagePiece")
                .field("client", client)
                .field("part", part)
                .field("offset", offset)
                .field("data", &Escaped(data))
                .finish(),
            Self::MessageEnd { client } => f.debug_struct("MessageEnd").field("client", client).finish(),
            Self::MessageBroken { client, cause } => f
                .debug_struct("MessageBroken")
                .field("client", client)
                .field("cause", cause)
                .finish(),
            Self::ConnectionLost { client, cause } => f
                .debug_struct("ConnectionLost")
                .field("client", client)
                .field("cause", cause)
                .finish(),
            Self::NoNetwork => f.write_str("NoNetwork"),
            Self::KeepAliveFailed { client, code } => f
                .debug_struct("KeepAliveFailed")
                .field("client", client)
                .field("code", code)
                .finish(),
            Self::Network { urc, .. } => f.debug_tuple("Network").field(urc).finish(),
            Self::Restarted => f.write_str("Restarted"),
            Self::LateResult {
                command,
                client,
                code,
            } => f
                .debug_struct("LateResult")
                .field("command", command)
                .field("client", client)
                .field("code", code)
                .finish(),
            Self::Progress(progress) => f.debug_tuple("Progress").field(progress).finish(),
            Self::Unclaimed(line) => write!(f, "Unclaimed(\"{}\")", Redacted(line)),
            Self::Overlong { dropped } => f.debug_struct("Overlong").field("dropped", dropped).finish(),
        }
    }
}

//! What the client wants of its caller.

use core::fmt::{self, Debug, Formatter};
use core::time::Duration;

use at_proto::cmqtt::{LostCause, ResultCode};
use at_proto::{Escaped, InfoLines, RedactedFragment, network};

use crate::inbox::{Broken, Part};
use crate::request::{Failure, RequestId};
use crate::session::{Loss, Progress};
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
    /// A message of [`Session::deliver`](crate::Session::deliver) has reached the broker, with QoS 0 the modem's socket.
    Delivered {
        /// The request.
        id: RequestId,
        /// An earlier attempt may have reached it, too: the broker may have the message twice.
        maybe_duplicate: bool,
    },
    /// A client that is kept ([`Session::keep`](crate::Session::keep)) is connected and subscribed for the first time.
    Connected {
        /// The client index.
        client: u8,
    },
    /// It is not connected any more. The session works on that.
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
    /// It cannot be connected, and is kept no more: what stands in the way does not pass by itself, or
    /// [`Healing::patience`](crate::Healing::patience) is over.
    GaveUp {
        /// The client index.
        client: u8,
        /// Why the last attempt failed.
        why: Failure,
    },
    /// Nothing else has helped: switch the modem's power off and on, or press its power key. Nothing needs to be reported
    /// back; the session looks for the modem after [`Healing::power_key`](crate::Healing::power_key).
    PowerKey,
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
            Self::Delivered { id, maybe_duplicate } => f
                .debug_struct("Delivered")
                .field("id", &id.get())
                .field("maybe_duplicate", maybe_duplicate)
                .finish(),
            Self::Connected { client } => f.debug_struct("Connected").field("client", client).finish(),
            Self::Lost { client, why } => f
                .debug_struct("Lost")
                .field("client", client)
                .field("why", why)
                .finish(),
            Self::Restored { client, after } => f
                .debug_struct("Restored")
                .field("client", client)
                .field("after", after)
                .finish(),
            Self::GaveUp { client, why } => f
                .debug_struct("GaveUp")
                .field("client", client)
                .field("why", why)
                .finish(),
            Self::PowerKey => f.write_str("PowerKey"),
            Self::Unclaimed(line) => write!(f, "Unclaimed(\"{}\")", RedactedFragment(line)),
            Self::Overlong { dropped } => f.debug_struct("Overlong").field("dropped", dropped).finish(),
        }
    }
}

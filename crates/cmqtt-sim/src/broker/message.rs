//! What goes in and out of the broker: messages, the content of a CONNECT, and the packets of MQTT as plain data.

use std::sync::Arc;

use super::Secret;
use crate::network::{Connect, MqttVersion, QoS};

/// A message on its way; a copy shares topic and payload.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The topic name.
    pub topic: Arc<[u8]>,
    /// The payload.
    pub payload: Arc<[u8]>,
    /// The quality of service that it travels with.
    pub qos: QoS,
    /// From a client: keep it for later subscribers. To a client: it was kept for you.
    pub retain: bool,
}

impl Message {
    /// A message that is not retained.
    #[must_use]
    pub fn new(topic: impl AsRef<[u8]>, payload: impl AsRef<[u8]>, qos: QoS) -> Self {
        Self {
            topic: topic.as_ref().into(),
            payload: payload.as_ref().into(),
            qos,
            retain: false,
        }
    }

    /// The same message, to be kept for later subscribers.
    #[must_use]
    pub fn retained(self) -> Self {
        Self { retain: true, ..self }
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("topic", &self.topic.escape_ascii().to_string())
            .field("payload", &self.payload.escape_ascii().to_string())
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .finish()
    }
}

/// What a client says of itself when it connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// MQTT 3.1 or 3.1.1.
    pub version: MqttVersion,
    /// The client identifier; empty asks the broker for one (3.1.1 with a clean session only).
    pub client_id: Vec<u8>,
    /// Seconds; the broker gives up after one and a half times this. 0 means never.
    pub keep_alive: u16,
    /// Whether an older session is forgotten, and this one at its end.
    pub clean_session: bool,
    /// The user name.
    pub user: Option<Vec<u8>>,
    /// The password.
    pub password: Option<Secret>,
    /// What to publish when the client vanishes.
    pub will: Option<Message>,
}

impl From<&Connect> for Login {
    fn from(connect: &Connect) -> Self {
        Self {
            version: connect.version,
            client_id: connect.client_id.clone(),
            keep_alive: connect.keep_alive,
            clean_session: connect.clean_session,
            user: connect.user.clone(),
            password: connect.password.clone().map(Secret::new),
            will: connect
                .will
                .as_ref()
                .map(|will| Message::new(&will.topic, &will.message, will.qos)),
        }
    }
}

/// A packet identifier: 1 to 65535. Zero is not one, and is answered as a breach of the protocol.
pub type PacketId = u16;

/// A packet from a client, after its CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromClient {
    /// PUBLISH. The identifier is there for QoS 1 and 2 only.
    Publish(Option<PacketId>, Message),
    /// PUBACK: the client has the QoS 1 message.
    Puback(PacketId),
    /// PUBREC: the client has the QoS 2 message.
    Pubrec(PacketId),
    /// PUBREL: the client forgets its QoS 2 message and asks the same of the broker.
    Pubrel(PacketId),
    /// PUBCOMP: the client has forgotten the identifier.
    Pubcomp(PacketId),
    /// SUBSCRIBE: topic filters, each with the QoS asked for.
    Subscribe(PacketId, Vec<(Vec<u8>, QoS)>),
    /// UNSUBSCRIBE: topic filters.
    Unsubscribe(PacketId, Vec<Vec<u8>>),
    /// PINGREQ.
    Pingreq,
    /// DISCONNECT: the will is forgotten.
    Disconnect,
}

/// A packet to a client, after its CONNACK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToClient {
    /// PUBLISH.
    Publish {
        /// For QoS 1 and 2 only.
        id: Option<PacketId>,
        /// Sent before, on an earlier connection.
        dup: bool,
        /// The message, with the QoS and the retain flag of this delivery.
        message: Message,
    },
    /// PUBACK.
    Puback(PacketId),
    /// PUBREC.
    Pubrec(PacketId),
    /// PUBREL.
    Pubrel(PacketId),
    /// PUBCOMP.
    Pubcomp(PacketId),
    /// SUBACK: for each filter the QoS granted; `None` is the refusal 0x80.
    Suback(PacketId, Vec<Option<QoS>>),
    /// UNSUBACK.
    Unsuback(PacketId),
    /// PINGRESP.
    Pingresp,
    /// No packet: the broker closes the connection. It is the last that comes.
    Close(CloseReason),
}

/// Why the broker closed a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// DISCONNECT came.
    Disconnected,
    /// Nothing came for one and a half times the keep alive.
    KeepAlive,
    /// Another connection took the same client identifier.
    TakenOver,
    /// The client broke a rule of MQTT, or a bound of [`Limits`](super::Limits).
    Violation,
    /// The policy denies what the client published.
    Denied,
    /// The broker stopped.
    Stopped,
}

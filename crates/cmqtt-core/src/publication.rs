//! A message on its way out.

use at_proto::cmqtt::{QoS, Topic};

/// A message to be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication<'a> {
    /// The client index.
    pub client: u8,
    /// The topic.
    pub topic: Topic<'a>,
    /// The message's bytes, whatever they are: 1 to 10240 of them by the manual, see
    /// [`Limits::payload_len`](crate::Limits::payload_len).
    pub payload: &'a [u8],
    /// The quality of service.
    pub qos: QoS,
    /// Whether the broker keeps the message for later subscribers.
    pub retain: bool,
    /// How long the modem waits for the broker, in seconds: 60 to 180, on A76XX 1 to 180.
    pub timeout: u32,
}

//! A message, and how it lies on disk.

use std::fmt;

use at_proto::ValueError;
use at_proto::cmqtt::{QoS, Topic};

/// A message that is to be delivered.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    topic: String,
    /// What is sent: any bytes.
    pub payload: Vec<u8>,
    /// The quality of service.
    pub qos: QoS,
    /// Whether the broker keeps it for later subscribers.
    pub retain: bool,
}

/// A message that has been accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its number.
    pub id: Id,
    /// The message.
    pub message: Message,
}

/// The number of a message that has been accepted. Later messages have greater numbers; none ever comes again in the same
/// outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub(crate) u64);

impl Message {
    /// A message with quality of service 0 that the broker does not keep.
    ///
    /// # Errors
    /// The topic cannot be sent: its length, or a byte and its place.
    pub fn new(topic: impl Into<String>, payload: impl Into<Vec<u8>>) -> Result<Self, ValueError> {
        let topic = topic.into();
        Topic::new(&topic)?;
        Ok(Self {
            topic,
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retain: false,
        })
    }

    /// With this quality of service.
    #[must_use]
    pub fn qos(mut self, qos: QoS) -> Self {
        self.qos = qos;
        self
    }

    /// Whether the broker is to keep it.
    #[must_use]
    pub fn retain(mut self, retain: bool) -> Self {
        self.retain = retain;
        self
    }

    /// The topic.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// What counts towards [`Limits::bytes`](crate::Limits::bytes): topic and payload.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.topic.len() as u64 + self.payload.len() as u64
    }

    /// One byte (quality of service, and 4 if the broker keeps it), two for the topic's length with the high one first,
    /// the topic, the payload.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let flags = u8::from(self.qos) | if self.retain { RETAIN } else { 0 };
        // A topic has 65535 bytes at most: it was checked.
        let len = u16::try_from(self.topic.len()).unwrap_or(u16::MAX).to_be_bytes();
        let mut bytes = Vec::with_capacity(3 + self.topic.len() + self.payload.len());
        bytes.extend([flags, len[0], len[1]]);
        bytes.extend(self.topic.as_bytes());
        bytes.extend(&self.payload);
        bytes
    }

    /// What [`to_bytes`](Self::to_bytes) wrote. `None` if it did not write this.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[flags, high, low], rest) = bytes.split_first_chunk()?;
        let (topic, payload) = rest.split_at_checked(u16::from_be_bytes([high, low]).into())?;
        if flags & !(RETAIN | 3) != 0 {
            return None;
        }
        let message = Self::new(std::str::from_utf8(topic).ok()?, payload).ok()?;
        let qos = QoS::try_from(flags & 3).ok()?;
        Some(message.qos(qos).retain(flags & RETAIN != 0))
    }

    /// [`size`](Self::size) of the message that lies in so many bytes.
    pub(crate) fn size_of(bytes: &[u8]) -> u64 {
        (bytes.len() as u64).saturating_sub(3)
    }
}

impl Id {
    /// The number: 1 for the first message of an outbox.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<u64> for Id {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("topic", &self.topic)
            .field("payload", &format_args!("\"{}\"", self.payload.escape_ascii()))
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .finish()
    }
}

const RETAIN: u8 = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn how_it_lies_on_disk() {
        let message = Message::new("a/b", *b"\0\xff")
            .unwrap()
            .qos(QoS::ExactlyOnce)
            .retain(true);
        assert_eq!(message.to_bytes(), b"\x06\x00\x03a/b\x00\xff");
        assert_eq!(message.size(), 5);
        assert_eq!(Message::from_bytes(b"\x06\x00\x03a/b\x00\xff"), Some(message));
    }

    #[test]
    fn what_was_never_written() {
        for bytes in [
            &b""[..],
            b"\x00\x00",
            b"\x00\x00\x00",
            b"\x00\x00\x04a/b",
            b"\x03\x00\x01a",
            b"\x08\x00\x01a",
            b"\x00\x00\x01#",
            b"\x00\x00\x01\xff",
        ] {
            assert_eq!(Message::from_bytes(bytes), None, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_is_printed_of_it() {
        let message = Message::new("t", *b"\r\n\x80").unwrap();
        insta::assert_snapshot!(
            format!("{message:?}"),
            @r#"Message { topic: "t", payload: "\r\n\x80", qos: AtMostOnce, retain: false }"#
        );
        let wrong = Message::new("a/#", "").unwrap_err();
        insta::assert_snapshot!(wrong, @"topic: byte `#` at 2 cannot be sent");
    }

    proptest! {
        #[test]
        fn any_message_comes_back(topic in "[^+#\0]{1,40}", payload: Vec<u8>, qos in 0_u8..3, retain: bool) {
            let qos = QoS::try_from(qos).unwrap();
            let message = Message::new(topic, payload).unwrap().qos(qos).retain(retain);
            prop_assert_eq!(Message::size_of(&message.to_bytes()), message.size());
            prop_assert_eq!(Message::from_bytes(&message.to_bytes()), Some(message));
        }

        #[test]
        fn any_bytes_are_a_message_or_none(bytes: Vec<u8>) {
            if let Some(message) = Message::from_bytes(&bytes) {
                prop_assert_eq!(message.to_bytes(), bytes);
            }
        }
    }
}

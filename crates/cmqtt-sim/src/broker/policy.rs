//! Whom the broker lets in and what it lets them do, and the bounds of what it keeps.

use std::collections::{BTreeMap, BTreeSet};

use super::{Login, TopicFilter};
use crate::network::MqttVersion;

/// Bytes that are never printed: a password.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Wraps the bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, for a comparison or for the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What the broker refuses. The default refuses nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Refuses every CONNECT with return code 3.
    pub unavailable: bool,
    /// Client identifiers refused with return code 2.
    pub refused_client_ids: BTreeSet<Vec<u8>>,
    /// User names and their passwords; anything else is refused with return code 4. `None` asks for neither.
    pub users: Option<BTreeMap<Vec<u8>, Secret>>,
    /// Client identifiers that are refused with return code 5, whatever their password.
    pub unauthorised_client_ids: BTreeSet<Vec<u8>>,
    /// Publishing to one of these ends the connection: MQTT 3.1.1 has no other answer that a client would notice.
    pub denied_publishes: Vec<TopicFilter>,
    /// Subscribing to one of these, to the letter, is answered by 0x80.
    pub refused_filters: BTreeSet<TopicFilter>,
}

impl Policy {
    /// Judges a CONNECT.
    pub(super) fn judge(&self, login: &Login) -> Result<(), Refusal> {
        if self.unavailable {
            return Err(Refusal::Unavailable);
        }
        let nameless = login.version == MqttVersion::V3_1 || !login.clean_session;
        if login.client_id.is_empty() && nameless
            || std::str::from_utf8(&login.client_id).is_err()
            || self.refused_client_ids.contains(&login.client_id)
        {
            return Err(Refusal::Identifier);
        }
        if let Some(users) = &self.users {
            let known = login.user.as_ref().and_then(|user| users.get(user));
            if known.is_none() || known != login.password.as_ref() {
                return Err(Refusal::Credentials);
            }
        }
        if self.unauthorised_client_ids.contains(&login.client_id) {
            return Err(Refusal::NotAuthorised);
        }
        Ok(())
    }

    pub(super) fn denies_publish(&self, topic: &[u8]) -> bool {
        self.denied_publishes.iter().any(|filter| filter.matches(topic))
    }
}

/// Why the broker refused a CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Return code 2: the client identifier.
    Identifier,
    /// Return code 3: the server is unavailable, or full.
    Unavailable,
    /// Return code 4: user name or password.
    Credentials,
    /// Return code 5: not authorised.
    NotAuthorised,
    /// The CONNECT breaks MQTT (a will topic with a wildcard): the connection is closed with no CONNACK.
    Malformed,
}

impl Refusal {
    /// CONNACK's return code; `None` where no CONNACK is sent.
    #[must_use]
    pub fn return_code(self) -> Option<u8> {
        match self {
            Self::Identifier => Some(2),
            Self::Unavailable => Some(3),
            Self::Credentials => Some(4),
            Self::NotAuthorised => Some(5),
            Self::Malformed => None,
        }
    }
}

/// How much the broker keeps. With the bound on one packet (at the TCP port, 256 KiB) they bound its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sessions, live and kept; one more is refused with return code 3.
    pub sessions: usize,
    /// Filters a session; one more is answered by 0x80.
    pub subscriptions: usize,
    /// Retained messages; one more is delivered but not kept.
    pub retained: usize,
    /// Messages that wait for a session, connected or not; one more is dropped, whatever its QoS.
    pub queued: usize,
    /// QoS 1 and 2 messages on their way to a client at once; the others wait.
    pub in_flight: usize,
    /// QoS 2 messages from a client that wait for its PUBREL; one more ends the connection.
    pub held: usize,
    /// Answers that the owner of a connection has not fetched; one more ends the connection.
    pub unfetched: usize,
    /// Messages that an observer has not fetched; one more drops the oldest.
    pub observed: usize,
}

impl Default for Limits {
    /// `queued` and `in_flight` are mosquitto's defaults; the others are generous for tests.
    fn default() -> Self {
        Self {
            sessions: 1_000,
            subscriptions: 1_000,
            retained: 10_000,
            queued: 1_000,
            in_flight: 20,
            held: 1_000,
            unfetched: 10_000,
            observed: 65_536,
        }
    }
}

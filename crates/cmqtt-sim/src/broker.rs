//! A broker in memory: MQTT 3.1.1's behaviour without its bytes, sans-IO, with no clock of its own.
//!
//! It takes the packets of its clients as plain data together with the time (a [`Duration`] since any moment that
//! the owner keeps to), and gives back packets. So one broker has two faces: under virtual time behind the
//! simulated modem ([`MemoryNetwork`](crate::MemoryNetwork)), and on a TCP port behind a codec (feature `host`).
//!
//! ```
//! use std::time::Duration;
//! use cmqtt_sim::broker::{Broker, FromClient, Login, Message, ToClient};
//! use cmqtt_sim::{MqttVersion, QoS};
//!
//! let mut broker = Broker::default();
//! let login = Login {
//!     version: MqttVersion::V3_1_1,
//!     client_id: b"meter".to_vec(),
//!     keep_alive: 60,
//!     clean_session: true,
//!     user: None,
//!     password: None,
//!     will: None,
//! };
//! let now = Duration::ZERO;
//! let meter = broker.connect(now, login)?.connection;
//! broker.handle_packet(now, meter, FromClient::Subscribe(1, vec![(b"cmd/+".to_vec(), QoS::AtLeastOnce)]));
//! assert_eq!(broker.poll(meter), Some(ToClient::Suback(1, vec![Some(QoS::AtLeastOnce)])));
//!
//! broker.publish_from_outside(now, Message::new("cmd/go", "1", QoS::AtMostOnce)).unwrap();
//! assert!(matches!(broker.poll(meter), Some(ToClient::Publish { id: None, .. })));
//! assert_eq!(broker.poll(meter), None);
//! # Ok::<(), cmqtt_sim::broker::Refusal>(())
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

mod conduct;

mod message;
pub use message::{CloseReason, FromClient, Login, Message, PacketId, ToClient};

mod observer;
pub use observer::{Observed, ObserverId};

mod policy;
pub use policy::{Limits, Policy, Refusal, Secret};

mod session;

mod topic;
pub use topic::{TopicError, TopicFilter, check_topic_name};

use crate::network::QoS;
use observer::Observers;
use session::Session;

/// Names a connection of one broker; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnectionId(u64);

/// What CONNACK says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The connection, until [`ToClient::Close`] or [`Broker::abort`].
    pub connection: ConnectionId,
    /// Whether the broker still had the client's session.
    pub session_present: bool,
}

/// The broker. Sessions, retained messages, wills and keep-alive, within [`Limits`].
#[derive(Debug, Default)]
pub struct Broker {
    policy: Policy,
    limits: Limits,
    sessions: BTreeMap<ClientId, Session>,
    connections: BTreeMap<ConnectionId, Connection>,
    /// Connections that the broker closed and whose owners have not yet fetched the news.
    closed: BTreeMap<ConnectionId, CloseReason>,
    retained: BTreeMap<Arc<[u8]>, Message>,
    observers: Observers,
    last_connection: u64,
}

impl Broker {
    /// An empty broker that refuses what the policy says and keeps what the limits allow.
    #[must_use]
    pub fn new(policy: Policy, limits: Limits) -> Self {
        Self {
            policy,
            limits,
            ..Self::default()
        }
    }

    /// The policy, to be changed at any time: it judges what comes from then on.
    pub fn policy_mut(&mut self) -> &mut Policy {
        &mut self.policy
    }

    /// CONNECT. A client of the same identifier is closed first, and its will published.
    ///
    /// # Errors
    /// The refusal. Nothing has changed then: an older connection of the same client goes on.
    pub fn connect(&mut self, now: Duration, login: Login) -> Result<Accepted, Refusal> {
        if login
            .will
            .as_ref()
            .is_some_and(|will| check_topic_name(&will.topic).is_err())
        {
            return Err(Refusal::Malformed);
        }
        self.policy.judge(&login)?;
        self.last_connection += 1;
        let id = ConnectionId(self.last_connection);
        let client_id = if login.client_id.is_empty() {
            format!("auto-{}", id.0).into_bytes().into()
        } else {
            ClientId::from(login.client_id)
        };
        if !self.sessions.contains_key(&client_id) && self.sessions.len() >= self.limits.sessions {
            return Err(Refusal::Unavailable);
        }
        if let Some(older) = self
            .sessions
            .get(&client_id)
            .and_then(|session| session.connection)
        {
            self.end(now, older, Some(CloseReason::TakenOver), Will::Published);
        }
        if login.clean_session {
            self.sessions.remove(&client_id);
        }
        let session_present = self.sessions.contains_key(&client_id);
        let session = self.sessions.entry(client_id.clone());
        let session = session.or_insert_with(|| Session::new(login.clean_session));
        session.connection = Some(id);
        let connection = Connection {
            client_id,
            patience: match login.keep_alive {
                0 => None,
                seconds => Some(Duration::from_secs(seconds.into()) * 3 / 2),
            },
            last_heard: now,
            will: login.will,
            answers: session.resend().collect(),
        };
        self.connections.insert(id, connection);
        Ok(Accepted {
            connection: id,
            session_present,
        })
    }

    /// A packet came from a client. What it leads to is fetched by [`poll`](Self::poll), from every connection. A
    /// packet on a connection that has ended means nothing.
    pub fn handle_packet(&mut self, now: Duration, id: ConnectionId, packet: FromClient) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        connection.last_heard = now;
        let client_id = connection.client_id.clone();
        if let Err(reason) = self.obey(now, id, &client_id, packet) {
            let will = match reason {
                CloseReason::Disconnected => Will::Forgotten,
                _ => Will::Published,
            };
            self.end(now, id, Some(reason), will);
        }
    }

    /// The connection broke, or its owner gives it up: the will is published, nothing more comes for it.
    pub fn abort(&mut self, now: Duration, id: ConnectionId) {
        self.end(now, id, None, Will::Published);
        self.closed.remove(&id);
    }

    /// Gives up connections whose keep alive has lapsed.
    pub fn handle_timeout(&mut self, now: Duration) {
        let silent = self.connections.iter();
        let silent = silent.filter(|(_, connection)| connection.deadline().is_some_and(|at| at <= now));
        let silent: Vec<ConnectionId> = silent.map(|(&id, _)| id).collect();
        for id in silent {
            self.end(now, id, Some(CloseReason::KeepAlive), Will::Published);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do: the next keep alive to lapse.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        self.connections.values().filter_map(Connection::deadline).min()
    }

    /// The next packet for a connection; call until `None`. The owner that stops calling holds the queue back, and
    /// [`Limits`] say how far it may grow.
    #[must_use = "what is polled is gone: a packet that is not sent is lost"]
    pub fn poll(&mut self, id: ConnectionId) -> Option<ToClient> {
        let Some(connection) = self.connections.get_mut(&id) else {
            return self.closed.remove(&id).map(ToClient::Close);
        };
        if let Some(answer) = connection.answers.pop_front() {
            return Some(answer);
        }
        self.sessions
            .get_mut(&connection.client_id)?
            .next_publish(&self.limits)
    }

    /// Closes every connection as a broker does that is switched off: no will is published; persistent sessions and
    /// retained messages stay.
    pub fn stop(&mut self, now: Duration) {
        let all: Vec<ConnectionId> = self.connections.keys().copied().collect();
        for id in all {
            self.end(now, id, Some(CloseReason::Stopped), Will::Forgotten);
        }
    }

    /// Publishes a message that no client sent.
    ///
    /// # Errors
    /// The topic is not a topic name.
    pub fn publish_from_outside(&mut self, now: Duration, message: Message) -> Result<(), TopicError> {
        check_topic_name(&message.topic)?;
        self.route(now, None, message);
        Ok(())
    }

    /// From now on, records every message that the filter matches.
    pub fn observe(&mut self, filter: TopicFilter) -> ObserverId {
        self.observers.add(filter)
    }

    /// What an observer saw since it was asked last, oldest first.
    pub fn take_observed(&mut self, id: ObserverId) -> Vec<Observed> {
        self.observers.take(id)
    }

    /// Whether a client of this identifier is connected.
    #[must_use]
    pub fn is_connected(&self, client_id: &[u8]) -> bool {
        self.sessions
            .get(client_id)
            .is_some_and(|session| session.connection.is_some())
    }

    /// What a client is subscribed to, with the QoS granted, in the filters' byte order. Empty where there is no session.
    pub fn subscriptions(&self, client_id: &[u8]) -> impl Iterator<Item = (&TopicFilter, QoS)> {
        let session = self.sessions.get(client_id).into_iter();
        session.flat_map(|session| session.subscriptions.iter().map(|(filter, &qos)| (filter, qos)))
    }

    /// The message kept for later subscribers of a topic.
    #[must_use]
    pub fn retained(&self, topic: &[u8]) -> Option<&Message> {
        self.retained.get(topic)
    }
}

/// Shared by a session's key and its connection.
type ClientId = Arc<[u8]>;

/// One client's connection.
#[derive(Debug)]
struct Connection {
    client_id: ClientId,
    /// One and a half times the keep alive.
    patience: Option<Duration>,
    last_heard: Duration,
    will: Option<Message>,
    answers: VecDeque<ToClient>,
}

impl Connection {
    fn deadline(&self) -> Option<Duration> {
        Some(self.last_heard + self.patience?)
    }
}

/// What becomes of the will.
#[derive(Clone, Copy)]
enum Will {
    Published,
    Forgotten,
}

#[cfg(test)]
mod tests;

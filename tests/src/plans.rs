//! What tests of the session ask for, and what they look at.

use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
use cmqtt_core::{Connection, Plan, Publication};

use crate::pair::{End, Pair};

/// The note's client identifier.
pub const ID: &str = "client test0";

/// The note's broker.
pub const SERVER: &str = "tcp://test.mosquitto.org:1883";

/// A connection as the note makes it.
///
/// # Panics
/// Never: the values are right.
#[must_use]
pub fn connection() -> Connection<'static> {
    Connection {
        client: 0,
        server: ServerAddress::new(SERVER).expect("an address"),
        keep_alive: KeepAlive::new(60).expect("a time"),
        clean_session: true,
        login: None,
    }
}

/// That connection, subscribed to these.
///
/// # Panics
/// Never: the values are right.
#[must_use]
pub fn plan(filters: &'static [(TopicFilter<'static>, QoS)]) -> Plan<'static> {
    Plan {
        id: ClientId::new(ID).expect("an identifier"),
        connection: connection(),
        version: None,
        tls: None,
        will: None,
        filters,
    }
}

/// Filters with QoS 1.
///
/// # Panics
/// When a name is none.
#[must_use]
pub fn filters(names: &[&'static str]) -> &'static [(TopicFilter<'static>, QoS)] {
    names
        .iter()
        .map(|name| (TopicFilter::new(name).expect("a filter"), QoS::AtLeastOnce))
        .collect::<Vec<_>>()
        .leak()
}

/// A message of client 0.
///
/// # Panics
/// When the topic is none.
#[must_use]
pub fn publication<'a>(topic: &'a str, payload: &'a [u8], qos: QoS) -> Publication<'a> {
    Publication {
        client: 0,
        topic: Topic::new(topic).expect("a topic"),
        payload,
        qos,
        retain: false,
        timeout: 60,
    }
}

/// Publishes `payload` with QoS 1.
///
/// # Errors
/// The failure.
#[track_caller]
pub fn try_publish(pair: &mut Pair, topic: &str) -> End {
    pair.ask(|client| client.publish(&publication(topic, b"payload", QoS::AtLeastOnce)))
}

/// The same, where it has to succeed.
///
/// # Panics
/// When it does not.
#[track_caller]
pub fn publish(pair: &mut Pair, topic: &str) {
    try_publish(pair, topic).expect("published");
}

/// What went to the modem, a command line each.
#[must_use]
pub fn commands(pair: &Pair) -> Vec<String> {
    pair.sent
        .split(|&byte| byte == b'\r')
        .filter(|line| line.starts_with(b"AT"))
        .map(|line| line.escape_ascii().to_string())
        .collect()
}

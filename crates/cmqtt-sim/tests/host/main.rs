//! The real MQTT client and the broker's TCP port: against each other, and each against a peer that the test plays
//! byte by byte. Everything is on loopback, every wait is for the thing itself.

mod client_bytes;
mod server_bytes;
mod session;
mod tls;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use cmqtt_sim::broker::{Broker, Limits, Policy};
use cmqtt_sim::host::{BrokerServer, ClientOptions, MqttClient, Resolver};
use cmqtt_sim::{Connect, MqttVersion, NetworkEvent, NetworkRequest, QoS};

/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

struct Client {
    client: MqttClient,
    events: Receiver<NetworkEvent>,
}

impl Client {
    /// A client for which every host is at this address.
    fn to(address: SocketAddr) -> Self {
        let resolver = Resolver::default().send_all_to(address.into());
        Self::with(ClientOptions {
            resolver,
            ..ClientOptions::default()
        })
    }

    fn with(options: ClientOptions) -> Self {
        let (sink, events) = mpsc::channel();
        let sink = move |event| drop(sink.send(event));
        let client = MqttClient::spawn(options, sink).expect("a thread");
        Self { client, events }
    }

    fn ask(&mut self, request: NetworkRequest) {
        self.client.handle_request(request);
    }

    fn next(&self) -> NetworkEvent {
        self.events.recv_timeout(PATIENCE).expect("an event")
    }

    #[track_caller]
    fn expect(&self, expect: &[NetworkEvent]) {
        for expect in expect {
            assert_eq!(self.next(), *expect);
        }
    }

    #[track_caller]
    fn connect(&mut self, details: Connect) {
        self.ask(connect(details));
        self.expect(&[NetworkEvent::Connected]);
    }

    #[track_caller]
    fn subscribe(&mut self, filter: &str, qos: QoS) {
        self.ask(subscribe(filter, qos));
        self.expect(&[NetworkEvent::Subscribed { granted: true }]);
    }

    #[track_caller]
    fn publish(&mut self, topic: &str, payload: &str, qos: QoS) {
        self.ask(publish(topic, payload, qos));
        self.expect(&[NetworkEvent::Published]);
    }
}

fn serve(policy: Policy) -> BrokerServer {
    let broker = Broker::new(policy, Limits::default());
    BrokerServer::bind("127.0.0.1:0", broker).expect("a port on loopback")
}

fn details(client_id: &str) -> Connect {
    Connect {
        host: "test.mosquitto.org".into(),
        port: 1883,
        version: MqttVersion::V3_1_1,
        client_id: client_id.into(),
        keep_alive: 60,
        clean_session: true,
        first: false,
        user: None,
        password: None,
        will: None,
        tls: None,
    }
}

fn connect(details: Connect) -> NetworkRequest {
    NetworkRequest::Connect(Box::new(details))
}

fn subscribe(filter: &str, qos: QoS) -> NetworkRequest {
    NetworkRequest::Subscribe {
        filters: vec![(filter.into(), qos)],
    }
}

fn publish(topic: &str, payload: &str, qos: QoS) -> NetworkRequest {
    let (topic, payload) = (topic.into(), payload.into());
    NetworkRequest::Publish {
        topic,
        payload,
        qos,
        retain: false,
        dup: false,
    }
}

fn arrived(topic: &str, payload: &str) -> NetworkEvent {
    NetworkEvent::Message {
        topic: topic.into(),
        payload: payload.into(),
    }
}

fn users() -> BTreeMap<Vec<u8>, cmqtt_sim::broker::Secret> {
    BTreeMap::from([(b"user".to_vec(), cmqtt_sim::broker::Secret::new("pass"))])
}

/// A peer that the test plays.
struct Peer(TcpStream);

impl Peer {
    fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        Self(stream)
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("sent");
    }

    #[track_caller]
    fn expect(&mut self, expect: &[u8]) {
        let mut found = vec![0; expect.len()];
        self.0.read_exact(&mut found).expect("bytes from the peer");
        assert_eq!(
            found.escape_ascii().to_string(),
            expect.escape_ascii().to_string()
        );
    }

    /// Nothing more comes, and the connection ends, in order or not.
    #[track_caller]
    fn expect_end(&mut self) {
        let mut rest = vec![];
        let end = self.0.read_to_end(&mut rest);
        assert!(
            !matches!(&end, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock),
            "still open"
        );
        assert_eq!(rest.escape_ascii().to_string(), "");
    }
}

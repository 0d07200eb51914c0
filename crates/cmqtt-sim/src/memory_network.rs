//! The network of a simulated modem under virtual time: any number of modem clients, a [`Broker`], and between them a
//! line with a latency that a test can cut at either end.
//!
//! The time is a [`Duration`] since any moment that the owner keeps to. The loop: pass each request with the time, ask
//! [`next_deadline`](MemoryNetwork::next_deadline), let that much time pass, call
//! [`handle_timeout`](MemoryNetwork::handle_timeout), and after every call poll until `None`.
//!
//! ```
//! use std::time::Duration;
//! use cmqtt_sim::{ClientKey, Connect, MemoryNetwork, MqttVersion, NetworkEvent, NetworkRequest};
//!
//! let mut network = MemoryNetwork::default();
//! let connect = Connect {
//!     host: "broker.example".into(),
//!     port: 1883,
//!     version: MqttVersion::V3_1_1,
//!     client_id: b"client test0".to_vec(),
//!     keep_alive: 60,
//!     clean_session: true,
//!     first: true,
//!     user: None,
//!     password: None,
//!     will: None,
//!     tls: None,
//! };
//! network.handle_request(Duration::ZERO, ClientKey(0), NetworkRequest::Connect(Box::new(connect)));
//! assert_eq!(network.poll_event(), Some((ClientKey(0), NetworkEvent::Connected)));
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

mod client;

mod faults;

use crate::broker::{Broker, ConnectionId, FromClient, Login, Refusal, ToClient};
use crate::network::{Connect, ConnectError, HandshakeError, LostCause, NetworkEvent, NetworkRequest};
use client::{Client, Effects};

/// Names one client of one modem; the owner chooses the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(pub u32);

/// Modem clients and a broker, with the line between them.
#[derive(Debug)]
pub struct MemoryNetwork {
    broker: Broker,
    clients: BTreeMap<ClientKey, Client>,
    /// The broker's ends of connections, by attempt. One may outlive its client: the broker has not heard of it yet.
    links: BTreeMap<u64, (ClientKey, ConnectionId)>,
    /// What is under way, by arrival; the number keeps the order of what arrives together.
    under_way: BTreeMap<(Duration, u64), Step>,
    events: VecDeque<(ClientKey, NetworkEvent)>,
    latency: Duration,
    connect_timeout: Duration,
    faulty_hosts: BTreeMap<String, ConnectError>,
    /// `None`: whoever speaks TLS is answered in TLS.
    tls_ports: Option<BTreeSet<u16>>,
    network_up: bool,
    broker_up: bool,
    now: Duration,
    /// Nothing arrives before this: packets do not overtake each other when the latency is lowered.
    horizon: Duration,
    serial: u64,
}

impl Default for MemoryNetwork {
    /// A broker that refuses nothing, no latency, no fault.
    fn default() -> Self {
        Self::new(Broker::default())
    }
}

impl MemoryNetwork {
    /// Puts the broker behind every host and port.
    #[must_use]
    pub fn new(broker: Broker) -> Self {
        Self {
            broker,
            clients: BTreeMap::new(),
            links: BTreeMap::new(),
            under_way: BTreeMap::new(),
            events: VecDeque::new(),
            latency: Duration::ZERO,
            connect_timeout: Duration::from_secs(75),
            faulty_hosts: BTreeMap::new(),
            tls_ports: None,
            network_up: true,
            broker_up: true,
            now: Duration::ZERO,
            horizon: Duration::ZERO,
            serial: 0,
        }
    }

    /// The modem asks something for one of its clients.
    pub fn handle_request(&mut self, now: Duration, key: ClientKey, request: NetworkRequest) {
        self.advance(now);
        let client = self.clients.entry(key).or_default();
        match request {
            NetworkRequest::Connect(connect) if client.is_idle() => self.connect(key, &connect),
            NetworkRequest::Connect(_) => {
                self.tell(key, NetworkEvent::ConnectFailed(ConnectError::Protocol));
            }
            NetworkRequest::Disconnect => {
                if client.is_connected() {
                    self.send(key, FromClient::Disconnect);
                } else if !client.is_idle() {
                    self.hang_up(key);
                    self.tell(key, NetworkEvent::ConnectFailed(ConnectError::Closed));
                }
                self.leave(key);
                self.tell(key, NetworkEvent::Disconnected);
            }
            NetworkRequest::Abort => {
                self.hang_up(key);
                self.leave(key);
                self.events.retain(|(of, _)| *of != key);
            }
            request if client.is_connected() => {
                let mut effects = Effects::default();
                client.request(request, &mut effects);
                self.apply(key, effects);
            }
            _ => {}
        }
        self.advance(now);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.advance(now);
    }

    /// The next event for one of the clients; call until `None`.
    #[must_use = "what is polled is gone: the modem never hears of an event that is dropped"]
    pub fn poll_event(&mut self) -> Option<(ClientKey, NetworkEvent)> {
        self.events.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do: a packet arrives, a PINGREQ is due, a keep
    /// alive lapses. `None`: not before something is asked.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let arrival = self.under_way.first_key_value().map(|(&(at, _), _)| at);
        let ping = self.next_ping().map(|(at, _)| at);
        [arrival, ping, self.broker.next_deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    /// The broker, for what a test wants to know of it.
    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// Lets a test act on the broker (publish from outside, observe, change the policy), then delivers what came of it.
    pub fn with_broker<T>(&mut self, now: Duration, act: impl FnOnce(&mut Broker) -> T) -> T {
        self.advance(now);
        let result = act(&mut self.broker);
        self.fetch_from_broker();
        self.advance(now);
        result
    }

    fn connect(&mut self, key: ClientKey, connect: &Connect) {
        self.serial += 1;
        let attempt = self.serial;
        let client = self.clients.entry(key).or_default();
        client.connecting(attempt, connect);
        let fault = match self.faulty_hosts.get(&connect.host) {
            _ if !self.network_up => Some(ConnectError::Unreachable),
            None if !self.broker_up => Some(ConnectError::Unreachable),
            None => self.misunderstanding(connect),
            fault => fault.copied(),
        };
        match fault {
            None => self.put_under_way(Step::Login(key, attempt, Login::from(connect))),
            Some(error) => {
                let wait = match error {
                    ConnectError::TimedOut => self.connect_timeout,
                    _ => self.latency * 2,
                };
                self.serial += 1;
                let step = Step::Connack(key, attempt, Err(error));
                self.under_way.insert((self.now + wait, self.serial), step);
            }
        }
    }

    /// What comes of speaking TLS to a port that speaks plainly, or the other way round.
    fn misunderstanding(&self, connect: &Connect) -> Option<ConnectError> {
        let ports = self.tls_ports.as_ref()?;
        match (ports.contains(&connect.port), &connect.tls) {
            (true, None) => Some(ConnectError::Closed),
            (false, Some(_)) => Some(ConnectError::Handshake(HandshakeError::NotTls)),
            (true, Some(_)) | (false, None) => None,
        }
    }

    /// Lets time pass up to `now`, one happening after another, each at its own time.
    fn advance(&mut self, now: Duration) {
        while let Some(at) = self.next_deadline().filter(|&at| at <= now) {
            self.now = self.now.max(at);
            if let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= at) {
                let step = entry.remove();
                self.arrive(step);
            } else if let Some((_, key)) = self.next_ping().filter(|&(due, _)| due <= at) {
                self.send(key, FromClient::Pingreq);
            } else {
                self.broker.handle_timeout(self.now);
                self.fetch_from_broker();
            }
        }
        self.now = self.now.max(now);
    }

    fn arrive(&mut self, step: Step) {
        match step {
            Step::Login(key, attempt, login) => {
                let outcome = if self.broker_up {
                    self.broker.connect(self.now, login).map_err(refused)
                } else {
                    Err(ConnectError::Unreachable)
                };
                if let Ok(accepted) = outcome {
                    self.links.insert(attempt, (key, accepted.connection));
                }
                let outcome = outcome.map(|accepted| accepted.session_present);
                self.put_under_way(Step::Connack(key, attempt, outcome));
                self.fetch_from_broker();
            }
            Step::Up(attempt, packet) => {
                if let Some(&(_, connection)) = self.links.get(&attempt) {
                    self.broker.handle_packet(self.now, connection, packet);
                    self.fetch_from_broker();
                }
            }
            Step::HangUp(attempt) => {
                if let Some((_, connection)) = self.links.remove(&attempt) {
                    self.broker.abort(self.now, connection);
                    self.fetch_from_broker();
                }
            }
            Step::Connack(key, attempt, outcome) => {
                let now = self.now;
                let mut effects = Effects::default();
                if let Some(client) = self.client_of(key, attempt) {
                    client.connack(now, outcome, &mut effects);
                }
                self.apply(key, effects);
            }
            Step::Down(key, attempt, ToClient::Close(_)) => {
                // After a DISCONNECT the client has left already.
                if self.client_of(key, attempt).is_some() {
                    self.lose(key, LostCause::ClosedByPeer);
                }
            }
            Step::Down(key, attempt, packet) => {
                let mut effects = Effects::default();
                if let Some(client) = self.client_of(key, attempt) {
                    client.packet(packet, &mut effects);
                }
                self.apply(key, effects);
            }
        }
    }

    /// Puts on the line whatever the broker has for anyone.
    fn fetch_from_broker(&mut self) {
        let links: Vec<(u64, ClientKey, ConnectionId)> = self
            .links
            .iter()
            .map(|(&attempt, &(key, connection))| (attempt, key, connection))
            .collect();
        for (attempt, key, connection) in links {
            while let Some(packet) = self.broker.poll(connection) {
                if matches!(packet, ToClient::Close(_)) {
                    self.links.remove(&attempt);
                }
                self.put_under_way(Step::Down(key, attempt, packet));
            }
        }
    }

    fn apply(&mut self, key: ClientKey, effects: Effects) {
        for packet in effects.packets {
            self.send(key, packet);
        }
        for event in effects.events {
            self.tell(key, event);
        }
    }

    fn send(&mut self, key: ClientKey, packet: FromClient) {
        let now = self.now;
        if let Some(client) = self.clients.get_mut(&key) {
            client.sent(now);
            let step = Step::Up(client.attempt, packet);
            self.put_under_way(step);
        }
    }

    fn put_under_way(&mut self, step: Step) {
        self.serial += 1;
        self.horizon = self.horizon.max(self.now + self.latency);
        self.under_way.insert((self.horizon, self.serial), step);
    }

    /// The client's end of the TCP connection is gone; the broker hears of it one latency later.
    fn hang_up(&mut self, key: ClientKey) {
        if let Some(client) = self.clients.get(&key).filter(|client| !client.is_idle()) {
            let step = Step::HangUp(client.attempt);
            self.put_under_way(step);
        }
    }

    /// From here on nothing that is under way to the client reaches it.
    fn leave(&mut self, key: ClientKey) {
        if let Some(client) = self.clients.get_mut(&key) {
            client.ended();
        }
    }

    fn lose(&mut self, key: ClientKey, cause: LostCause) {
        let Some(client) = self.clients.get(&key) else {
            return;
        };
        let event = if client.is_connected() {
            NetworkEvent::Lost(cause)
        } else if client.is_idle() {
            return;
        } else {
            NetworkEvent::ConnectFailed(ConnectError::Unreachable)
        };
        self.leave(key);
        self.tell(key, event);
    }

    fn tell(&mut self, key: ClientKey, event: NetworkEvent) {
        self.events.push_back((key, event));
    }

    /// The client, if it still uses this attempt.
    fn client_of(&mut self, key: ClientKey, attempt: u64) -> Option<&mut Client> {
        let client = self.clients.get_mut(&key)?;
        (client.attempt == attempt && !client.is_idle()).then_some(client)
    }

    fn next_ping(&self) -> Option<(Duration, ClientKey)> {
        self.clients
            .iter()
            .filter_map(|(&key, client)| Some((client.ping_at()?, key)))
            .min()
    }
}

/// Something on the line: it happens when it arrives. The number is the attempt to connect that it belongs to.
#[derive(Debug)]
enum Step {
    Login(ClientKey, u64, Login),
    Up(u64, FromClient),
    HangUp(u64),
    Connack(ClientKey, u64, Result<bool, ConnectError>),
    Down(ClientKey, u64, ToClient),
}

fn refused(refusal: Refusal) -> ConnectError {
    refusal
        .return_code()
        .map_or(ConnectError::Closed, ConnectError::Refused)
}

#[cfg(test)]
mod tests;

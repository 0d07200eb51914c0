//! One TCP connection of the broker's port: its bytes, its packets, and its place in the broker.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{ConnectionOptions, Event};
use mqtt_protocol_core::mqtt::prelude::*;
use mqtt_protocol_core::mqtt::{Connection, Version, role};
use rustix::event::PollFlags;

use super::super::mqisdp::{Beginning, upgrade};
use super::super::packets::{Received, connack, received, to_client};
use super::super::stream::Stream;
use super::Shared;
use crate::broker::{Broker, ConnectionId, Login, ToClient};
use crate::network::MqttVersion;

pub(super) struct Peer {
    stream: Stream,
    mqtt: Connection<role::Server>,
    /// The first bytes, until it is known which revision they are.
    beginning: Option<Vec<u8>>,
    version: MqttVersion,
    place: Option<ConnectionId>,
    /// Until CONNECT came, and after the last word: when to give up.
    patience: Option<Duration>,
    gone: bool,
}

impl Peer {
    pub(super) fn new(socket: TcpStream, now: Duration) -> io::Result<Self> {
        let options = ConnectionOptions::new().maximum_packet_size_recv(LONGEST_PACKET);
        Ok(Self {
            stream: Stream::new(socket)?,
            mqtt: Connection::with_options(Version::V3_1_1, options),
            beginning: Some(Vec::new()),
            version: MqttVersion::V3_1_1,
            place: None,
            patience: Some(now + CONNECT_WITHIN),
            gone: false,
        })
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    /// A peer that does not take what waits for it is not read from.
    pub(super) fn interest(&self) -> PollFlags {
        self.stream.interest(self.stream.queued() < HIGH_WATER)
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.patience
    }

    /// Reads once, and does what the packets ask.
    pub(super) fn read(&mut self, shared: &Shared, buffer: &mut [u8]) {
        if self.gone || self.stream.queued() >= HIGH_WATER {
            return;
        }
        match self.stream.read(buffer) {
            Ok(None) => {}
            Ok(Some(_)) if self.stream.is_leaving() => {}
            Ok(Some(count)) => {
                let now = shared.now();
                self.take(now, &mut shared.broker(), &buffer[..count]);
            }
            Err(_) => self.vanish(shared.now(), &mut shared.broker()),
        }
    }

    /// Sends what the broker has for the peer, as far as the peer takes it.
    pub(super) fn write(&mut self, now: Duration, broker: &mut Broker) {
        loop {
            self.fetch(now, broker);
            if self.stream.flush().is_err() {
                return self.vanish(now, broker);
            }
            // A full stream waits for the peer; an empty one may have hidden more in the broker.
            let Some(packet) = self
                .place
                .filter(|_| self.stream.queued() == 0)
                .and_then(|place| broker.poll(place))
            else {
                return;
            };
            self.send(now, broker, packet);
        }
    }

    pub(super) fn give_up_if_due(&mut self, now: Duration, broker: &mut Broker) {
        if self.patience.is_some_and(|at| at <= now) {
            self.vanish(now, broker);
        }
    }

    fn take(&mut self, now: Duration, broker: &mut Broker, bytes: &[u8]) {
        let Some(mut beginning) = self.beginning.take() else {
            return self.decode(now, broker, bytes);
        };
        beginning.extend_from_slice(bytes);
        match upgrade(&beginning) {
            Beginning::Incomplete => self.beginning = Some(beginning),
            // The length in its words could keep the broker waiting for the rest.
            Beginning::Foreign => self.leave(now, broker),
            Beginning::Other => self.decode(now, broker, &beginning),
            Beginning::Old { replace, with } => {
                self.version = MqttVersion::V3_1;
                self.decode(now, broker, &with);
                self.decode(now, broker, &beginning[replace..]);
            }
        }
    }

    fn decode(&mut self, now: Duration, broker: &mut Broker, bytes: &[u8]) {
        let mut cursor = Cursor::new(bytes);
        while !self.stream.is_leaving() && !self.gone && cursor.position() < bytes.len() as u64 {
            let events = self.mqtt.recv(&mut cursor);
            self.obey(now, broker, events);
        }
    }

    fn obey(&mut self, now: Duration, broker: &mut Broker, events: Vec<Event>) {
        let mut close = false;
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => self.stream.queue(&packet.to_continuous_buffer()),
                Event::NotifyPacketReceived(packet) => match (received(&packet, self.version), self.place) {
                    (Some(Received::Connect(login)), None) => self.connect(now, broker, login),
                    (Some(Received::Packet(packet)), Some(place)) => {
                        broker.handle_packet(now, place, packet);
                        // Each packet's answers at once: a burst of packets does not fill the broker's queue.
                        self.fetch(now, broker);
                    }
                    _ => close = true,
                },
                Event::NotifyError(_) | Event::RequestClose => close = true,
                // The broker keeps its own time and its own identifiers.
                Event::RequestTimerReset { .. }
                | Event::RequestTimerCancel(_)
                | Event::NotifyPacketIdReleased(_) => {}
            }
        }
        if close && !self.stream.is_leaving() {
            self.leave(now, broker);
        }
    }

    fn connect(&mut self, now: Duration, broker: &mut Broker, login: Login) {
        let (code, session_present) = match broker.connect(now, login) {
            Ok(accepted) => {
                self.place = Some(accepted.connection);
                self.patience = None;
                // A reserved byte in MQTT 3.1.
                (0, accepted.session_present && self.version == MqttVersion::V3_1_1)
            }
            Err(refusal) => match refusal.return_code() {
                Some(code) => (code, false),
                None => return self.leave(now, broker),
            },
        };
        match connack(code, session_present) {
            Ok(connack) => {
                let events = self.mqtt.checked_send(connack);
                self.obey(now, broker, events);
            }
            Err(_) => self.leave(now, broker),
        }
    }

    fn fetch(&mut self, now: Duration, broker: &mut Broker) {
        while let Some(place) = self.place
            && self.stream.queued() < HIGH_WATER
            && let Some(packet) = broker.poll(place)
        {
            self.send(now, broker, packet);
        }
    }

    fn send(&mut self, now: Duration, broker: &mut Broker, packet: ToClient) {
        if let ToClient::Close(_) = packet {
            return self.leave(now, broker);
        }
        if let ToClient::Publish { id: Some(id), .. } | ToClient::Pubrel(id) = packet {
            // The broker chose it. After a PUBREC it is registered already, which is no news.
            let _ = self.mqtt.register_packet_id(id);
        }
        let events = match to_client(packet) {
            Ok(packet) => self.mqtt.send(packet),
            Err(_) => return self.leave(now, broker),
        };
        for event in events {
            if let Event::RequestSendPacket { packet, .. } = event {
                self.stream.queue(&packet.to_continuous_buffer());
            }
        }
    }

    /// Ends the connection in order: what waits is sent, and the peer gets a moment to close its side.
    fn leave(&mut self, now: Duration, broker: &mut Broker) {
        if let Some(place) = self.place.take() {
            broker.abort(now, place);
        }
        self.stream.leave();
        self.patience = Some(now + LINGER);
    }

    /// The connection is no more.
    fn vanish(&mut self, now: Duration, broker: &mut Broker) {
        if let Some(place) = self.place.take() {
            broker.abort(now, place);
        }
        self.patience = None;
        self.gone = true;
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer")
            .field("stream", &self.stream)
            .field("version", &self.version)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// How long a connection may take to send its CONNECT.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long the peer may take to close its side of a connection that the broker has ended.
const LINGER: Duration = Duration::from_secs(2);
/// How many bytes may wait for a peer before it is neither read from nor written to.
const HIGH_WATER: usize = 256 * 1024;
/// The longest packet that is accepted, in bytes.
const LONGEST_PACKET: u32 = 256 * 1024;

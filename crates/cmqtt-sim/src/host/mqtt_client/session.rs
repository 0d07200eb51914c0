//! The client's MQTT without its socket: requests and bytes in, bytes and events out, time as an argument. The packets
//! are `mqtt-protocol-core`'s; here is what it leaves to its user.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use mqtt_protocol_core::mqtt::common::{Cursor, HashSet};
use mqtt_protocol_core::mqtt::connection::{ConnectionOptions, Event, TimerKind};
use mqtt_protocol_core::mqtt::packet::{Packet, Qos, StorePacket, v3_1_1};
use mqtt_protocol_core::mqtt::prelude::*;
use mqtt_protocol_core::mqtt::result_code::{ConnectReturnCode, MqttError, SubackReturnCode};
use mqtt_protocol_core::mqtt::{self, role};

use super::requests;
use crate::host::mqisdp::downgrade;
use crate::host::packets::publish;
use crate::host::stream::End;
use crate::network::{
    Connect, ConnectError, HandshakeError, LostCause, MqttVersion, NetworkEvent, NetworkRequest, QoS,
};

/// One connection's MQTT, from CONNECT to its end.
pub(super) struct Session {
    client_id: Vec<u8>,
    version: MqttVersion,
    clean: bool,
    mqtt: mqtt::Connection<role::Client>,
    phase: Phase,
    /// The first bytes that came, until they are a CONNACK.
    connack: Vec<u8>,
    /// Publishes that the modem waits for, oldest first: the identifier, if any, and whether each is settled.
    asked: VecDeque<(Option<u16>, bool)>,
    ping_at: Option<Instant>,
    pong_by: Option<Instant>,
    connack_by: Instant,
    outgoing: Vec<u8>,
    events: VecDeque<NetworkEvent>,
}

/// What a persistent session keeps between two connections.
#[derive(Default)]
pub(super) struct Kept {
    client_id: Vec<u8>,
    packets: Vec<StorePacket>,
    /// QoS 2 messages that came and are not yet released.
    received: HashSet<u16>,
}

impl Session {
    /// Begins with a CONNECT.
    ///
    /// # Errors
    /// What a broker would answer to a CONNECT that cannot be written.
    pub(super) fn start(
        connect: &Connect,
        kept: Kept,
        ping_timeout: Duration,
        connack_by: Instant,
        now: Instant,
    ) -> Result<Self, ConnectError> {
        let options = ConnectionOptions::new().maximum_packet_size_recv(LONGEST_PACKET);
        let mut mqtt = mqtt::Connection::with_options(mqtt::Version::V3_1_1, options);
        if kept.client_id == connect.client_id && !connect.clean_session && !connect.first {
            mqtt.restore_packets(kept.packets);
            mqtt.restore_qos2_publish_handled(kept.received);
        }
        let keep_alive = Duration::from_secs(connect.keep_alive.into());
        let pong_within = ping_timeout.min(keep_alive).as_millis();
        mqtt.set_pingresp_recv_timeout(u64::try_from(pong_within).unwrap_or(u64::MAX));
        let mut session = Self {
            client_id: connect.client_id.clone(),
            version: connect.version,
            clean: connect.clean_session,
            mqtt,
            phase: Phase::Connecting,
            connack: Vec::with_capacity(CONNACK_LEN),
            asked: VecDeque::new(),
            ping_at: None,
            pong_by: None,
            connack_by,
            outgoing: Vec::new(),
            events: VecDeque::new(),
        };
        let connect = requests::connect(connect)?;
        let events = session.mqtt.checked_send(connect);
        session.obey(events, now);
        Ok(session)
    }

    /// The modem asks for a publish, a subscribe or an unsubscribe; anything else is not for a live connection. What
    /// cannot be written, a topic that is not UTF-8 for one, ends the connection: so does a broker that reads it.
    pub(super) fn handle_request(&mut self, request: NetworkRequest, now: Instant) {
        if self.phase != Phase::Connected {
            return;
        }
        let sent = match request {
            NetworkRequest::Publish {
                topic,
                payload,
                qos,
                retain,
                dup,
            } => self.publish(&topic, payload, qos, retain, dup),
            NetworkRequest::Subscribe { filters } => self
                .mqtt
                .acquire_packet_id()
                .and_then(|id| requests::subscribe(id, &filters))
                .map(|packet| self.mqtt.checked_send(packet)),
            NetworkRequest::Unsubscribe { filters } => self
                .mqtt
                .acquire_packet_id()
                .and_then(|id| requests::unsubscribe(id, &filters))
                .map(|packet| self.mqtt.checked_send(packet)),
            NetworkRequest::Connect(_) | NetworkRequest::Disconnect | NetworkRequest::Abort => return,
        };
        match sent {
            Ok(events) => self.obey(events, now),
            Err(_) => self.handle_end(End::Closed),
        }
        self.tell_settled();
    }

    /// Says goodbye: the last bytes are a DISCONNECT. No event comes of it.
    pub(super) fn disconnect(&mut self, now: Instant) {
        if self.phase == Phase::Connected {
            let events = self.mqtt.checked_send(v3_1_1::Disconnect::new());
            self.phase = Phase::Over;
            self.obey(events, now);
        }
    }

    /// Bytes came.
    pub(super) fn handle_received(&mut self, bytes: &[u8], now: Instant) {
        if self.phase != Phase::Connecting {
            return self.decode(bytes, now);
        }
        let (first, rest) = bytes.split_at(bytes.len().min(CONNACK_LEN - self.connack.len()));
        self.connack.extend_from_slice(first);
        // Whoever begins otherwise does not speak MQTT; a length in its words could keep us waiting for the rest.
        if !CONNACK.starts_with(&self.connack[..self.connack.len().min(CONNACK.len())]) {
            return self.finish(Why::Nonsense);
        }
        if self.connack.len() == CONNACK_LEN {
            let mut connack = std::mem::take(&mut self.connack);
            // MQTT 3.1 cannot say that the session is there, and has the client send again in any case.
            if self.version == MqttVersion::V3_1 && !self.clean && connack[3] == 0 {
                connack[2] = 1;
            }
            self.decode(&connack, now);
            self.decode(rest, now);
        }
    }

    /// The connection ended.
    pub(super) fn handle_end(&mut self, end: End) {
        self.finish(match end {
            End::Closed => Why::Closed,
            End::Reset => Why::Reset,
            End::Insecure(reason) => Why::Insecure(reason),
        });
    }

    /// Time has passed.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.phase == Phase::Connecting && self.connack_by <= now {
            self.finish(Why::NoConnack);
        }
        if self.pong_by.is_some_and(|at| at <= now) {
            self.finish(Why::NoPingresp);
        }
        if self.phase == Phase::Connected && self.ping_at.is_some_and(|at| at <= now) {
            self.ping_at = None;
            let events = self.mqtt.notify_timer_fired(TimerKind::PingreqSend);
            self.obey(events, now);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Connecting => Some(self.connack_by),
            Phase::Connected => self.ping_at.into_iter().chain(self.pong_by).min(),
            Phase::Over => None,
        }
    }

    /// Bytes to send.
    pub(super) fn take_outgoing(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }

    pub(super) fn poll_event(&mut self) -> Option<NetworkEvent> {
        self.events.pop_front()
    }

    /// The connection is of no more use.
    pub(super) fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    pub(super) fn is_connecting(&self) -> bool {
        self.phase == Phase::Connecting
    }

    /// What the next connection of the same client needs.
    pub(super) fn keep(mut self) -> Kept {
        // Only for its effect on what is kept: a clean session keeps nothing.
        let _ = self.mqtt.notify_closed();
        Kept {
            client_id: self.client_id,
            packets: self.mqtt.get_stored_packets(),
            received: self.mqtt.get_qos2_publish_handled(),
        }
    }

    fn decode(&mut self, bytes: &[u8], now: Instant) {
        let mut cursor = Cursor::new(bytes);
        while self.phase != Phase::Over && cursor.position() < bytes.len() as u64 {
            let events = self.mqtt.recv(&mut cursor);
            self.obey(events, now);
        }
    }

    fn publish(
        &mut self,
        topic: &[u8],
        payload: Vec<u8>,
        qos: QoS,
        retain: bool,
        dup: bool,
    ) -> Result<Vec<Event>, MqttError> {
        let topic = requests::text(topic)?;
        let id = match qos {
            QoS::AtMostOnce => None,
            QoS::AtLeastOnce | QoS::ExactlyOnce => Some(self.mqtt.acquire_packet_id()?),
        };
        let packet = publish(topic, payload.into(), qos, retain, dup, id)?;
        self.asked.push_back((id, id.is_none()));
        Ok(self.mqtt.checked_send(packet))
    }

    /// Does what the library says, and what that leads to in turn.
    fn obey(&mut self, events: Vec<Event>, now: Instant) {
        let mut events = VecDeque::from(events);
        while let Some(event) = events.pop_front() {
            match event {
                Event::RequestSendPacket { packet, .. } => self.write(&packet),
                Event::NotifyPacketReceived(packet) if self.phase != Phase::Over => {
                    events.extend(self.packet(packet));
                }
                Event::NotifyPacketReceived(_) | Event::NotifyPacketIdReleased(_) => {}
                Event::RequestTimerReset { kind, duration_ms } => {
                    *self.timer(kind) = now.checked_add(Duration::from_millis(duration_ms));
                }
                Event::RequestTimerCancel(kind) => *self.timer(kind) = None,
                Event::NotifyError(_) | Event::RequestClose => self.finish(Why::Nonsense),
            }
        }
    }

    fn timer(&mut self, kind: TimerKind) -> &mut Option<Instant> {
        match kind {
            TimerKind::PingreqSend => &mut self.ping_at,
            // A client waits for no PINGREQ: the library asks for this one timer only.
            TimerKind::PingrespRecv | TimerKind::PingreqRecv => &mut self.pong_by,
        }
    }

    fn write(&mut self, packet: &Packet) {
        let bytes = packet.to_continuous_buffer();
        let old = matches!(packet, Packet::V3_1_1Connect(_)) && self.version == MqttVersion::V3_1;
        match old.then(|| downgrade(&bytes)).flatten() {
            Some(bytes) => self.outgoing.extend(bytes),
            None => self.outgoing.extend(bytes),
        }
    }

    /// A packet came; gives what the library makes of the answer.
    fn packet(&mut self, packet: Packet) -> Vec<Event> {
        if let Packet::V3_1_1Connack(connack) = packet {
            self.connack(&connack);
            return Vec::new();
        }
        if self.phase != Phase::Connected {
            self.finish(Why::Nonsense);
            return Vec::new();
        }
        let answer: Result<Packet, MqttError> = match packet {
            Packet::V3_1_1Publish(publish) => match self.message(&publish) {
                Some(answer) => answer,
                None => return Vec::new(),
            },
            Packet::V3_1_1Pubrec(ack) => v3_1_1::Pubrel::builder()
                .packet_id(ack.packet_id())
                .build()
                .map(Into::into),
            Packet::V3_1_1Pubrel(ack) => v3_1_1::Pubcomp::builder()
                .packet_id(ack.packet_id())
                .build()
                .map(Into::into),
            other => {
                match other {
                    Packet::V3_1_1Puback(ack) => self.settle(ack.packet_id()),
                    Packet::V3_1_1Pubcomp(ack) => self.settle(ack.packet_id()),
                    Packet::V3_1_1Suback(ack) => {
                        let granted = ack.return_codes().iter().all(SubackReturnCode::is_success);
                        self.events.push_back(NetworkEvent::Subscribed { granted });
                    }
                    Packet::V3_1_1Unsuback(_) => self.events.push_back(NetworkEvent::Unsubscribed),
                    _ => {}
                }
                return Vec::new();
            }
        };
        match answer {
            Ok(answer) => self.mqtt.send(answer),
            Err(_) => {
                self.finish(Why::Nonsense);
                Vec::new()
            }
        }
    }

    fn connack(&mut self, connack: &v3_1_1::Connack) {
        if !self.is_connecting() {
            return self.finish(Why::Nonsense);
        }
        match connack.return_code() {
            ConnectReturnCode::Accepted => {
                if !connack.session_present() {
                    // The library forgets the rest by itself.
                    self.mqtt.restore_qos2_publish_handled(HashSet::default());
                }
                self.phase = Phase::Connected;
                self.events.push_back(NetworkEvent::Connected);
            }
            code => self.finish(Why::Refused(code as u8)),
        }
    }

    /// A message came; gives its acknowledgement, if it has one. The library drops a QoS 2 message that came before.
    fn message(&mut self, publish: &v3_1_1::Publish) -> Option<Result<Packet, MqttError>> {
        let answer = match (publish.qos(), publish.packet_id()) {
            (Qos::AtMostOnce, _) => None,
            // The library takes the identifier 0 from a peer, but not from us.
            (_, None | Some(0)) => Some(Err(MqttError::PacketIdentifierInvalid)),
            (Qos::AtLeastOnce, Some(id)) => {
                Some(v3_1_1::Puback::builder().packet_id(id).build().map(Into::into))
            }
            (Qos::ExactlyOnce, Some(id)) => {
                Some(v3_1_1::Pubrec::builder().packet_id(id).build().map(Into::into))
            }
        };
        if !matches!(answer, Some(Err(_))) {
            self.events.push_back(NetworkEvent::Message {
                topic: publish.topic_name().as_bytes().to_vec(),
                payload: publish.payload().as_slice().to_vec(),
            });
        }
        answer
    }

    fn settle(&mut self, id: u16) {
        for (asked, settled) in &mut self.asked {
            *settled |= *asked == Some(id);
        }
        self.tell_settled();
    }

    fn tell_settled(&mut self) {
        while self.phase == Phase::Connected && self.asked.pop_front_if(|(_, settled)| *settled).is_some() {
            self.events.push_back(NetworkEvent::Published);
        }
    }

    /// Says once why the connection is over.
    fn finish(&mut self, why: Why) {
        let event = match self.phase {
            Phase::Connecting => NetworkEvent::ConnectFailed(match why {
                Why::Refused(code) => ConnectError::Refused(code),
                Why::Closed | Why::Reset => ConnectError::Closed,
                Why::NoConnack | Why::NoPingresp => ConnectError::TimedOut,
                Why::Insecure(reason) => ConnectError::Handshake(reason),
                Why::Nonsense => ConnectError::Protocol,
            }),
            Phase::Connected => NetworkEvent::Lost(match why {
                Why::Closed => LostCause::ClosedByPeer,
                Why::Reset | Why::Insecure(_) | Why::Nonsense | Why::Refused(_) => LostCause::Reset,
                Why::NoConnack | Why::NoPingresp => LostCause::NetworkClosed,
            }),
            Phase::Over => return,
        };
        self.phase = Phase::Over;
        self.events.push_back(event);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Connecting,
    Connected,
    Over,
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug)]
enum Why {
    Closed,
    Reset,
    Insecure(HandshakeError),
    NoConnack,
    NoPingresp,
    Refused(u8),
    /// The peer breaks MQTT.
    Nonsense,
}

/// How every CONNACK begins: its type and its length.
const CONNACK: &[u8] = &[0x20, 2];
/// Type, length, flags, return code.
const CONNACK_LEN: usize = 4;
/// The longest packet that is accepted, in bytes; a modem could not take a longer message anyway.
const LONGEST_PACKET: u32 = 256 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start(version: MqttVersion, clean_session: bool, now: Instant) -> Session {
        let connect = Connect {
            host: "h".into(),
            port: 1883,
            version,
            client_id: b"a".to_vec(),
            keep_alive: 60,
            clean_session,
            first: false,
            user: None,
            password: None,
            will: None,
            tls: None,
        };
        let second = Duration::from_secs(1);
        Session::start(&connect, Kept::default(), second, now + second, now).expect("a CONNECT")
    }

    #[test]
    fn deadlines_follow_the_phase() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut session = start(MqttVersion::V3_1_1, true, now);
        assert_eq!(session.next_deadline(), Some(after(1)));
        session.handle_received(b"\x20\x02\x00\x00", now);
        assert_eq!(session.next_deadline(), Some(after(60)));
        session.take_outgoing();
        session.handle_timeout(after(59));
        assert_eq!(session.take_outgoing(), b"");
        session.handle_timeout(after(60));
        assert_eq!(session.take_outgoing(), b"\xc0\x00");
        assert_eq!(session.next_deadline(), Some(after(61)));
        session.handle_received(b"\xd0\x00", after(60));
        assert_eq!(session.next_deadline(), Some(after(120)));
        session.handle_timeout(after(120));
        session.handle_timeout(after(121));
        assert_eq!(session.poll_event(), Some(NetworkEvent::Connected));
        assert_eq!(
            session.poll_event(),
            Some(NetworkEvent::Lost(LostCause::NetworkClosed))
        );
        assert!(session.is_over() && session.next_deadline().is_none());
    }

    /// Packets as a broker might send them, right or wrong, and plain noise.
    fn any_packet() -> impl Strategy<Value = Vec<u8>> {
        let id = || 0..4u8;
        prop_oneof![
            4 => (0x30..0x40u8, id(), prop::collection::vec(any::<u8>(), 0..4)).prop_map(|(first, id, payload)| {
                let body = if first & 6 == 0 { vec![0, 1, b't'] } else { vec![0, 1, b't', 0, id] };
                let length = u8::try_from(body.len() + payload.len()).unwrap();
                [vec![first, length], body, payload].concat()
            }),
            4 => (prop::sample::select(vec![0x40, 0x50, 0x62, 0x70, 0xb0]), id())
                .prop_map(|(first, id)| vec![first, 2, 0, id]),
            1 => (id(), prop::sample::select(vec![0u8, 1, 2, 3, 0x80])).prop_map(|(id, code)| vec![0x90, 3, 0, id, code]),
            1 => Just(vec![0xd0, 0]),
            1 => Just(vec![0x20, 2, 0, 0]),
            1 => prop::collection::vec(any::<u8>(), 0..8),
        ]
    }

    proptest! {
        /// Whatever a broker sends and however it is cut, nothing panics, the end is told once and last, and a new
        /// connection can be made of what is kept.
        #[test]
        fn any_broker_is_survived(
            packets in prop::collection::vec(any_packet(), 0..20),
            asked in prop::collection::vec(0..5u8, 0..10),
            cut in 1..9usize,
            old in any::<bool>(),
            clean in any::<bool>(),
        ) {
            let now = Instant::now();
            let version = if old { MqttVersion::V3_1 } else { MqttVersion::V3_1_1 };
            let mut session = start(version, clean, now);
            session.handle_received(b"\x20\x02\x00\x00", now);
            let mut asked = asked.into_iter();
            for chunk in packets.concat().chunks(cut) {
                let filter = b"t".to_vec();
                match asked.next() {
                    Some(3) => session.handle_request(NetworkRequest::Subscribe { filters: vec![(filter, QoS::ExactlyOnce)] }, now),
                    Some(4) => session.handle_request(NetworkRequest::Unsubscribe { filters: vec![filter] }, now),
                    Some(number) => {
                        let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(number)];
                        let publish = NetworkRequest::Publish { topic: filter, payload: vec![], qos, retain: false, dup: true };
                        session.handle_request(publish, now);
                    }
                    None => {}
                }
                session.handle_received(chunk, now);
            }
            let over = session.is_over();
            let events: Vec<_> = std::iter::from_fn(|| session.poll_event()).collect();
            let ends = events.iter().filter(|event| matches!(event, NetworkEvent::Lost(_))).count();
            prop_assert_eq!(ends, usize::from(over));
            prop_assert!(!over || matches!(events.last(), Some(NetworkEvent::Lost(_))));
            let kept = session.keep();
            prop_assert!(!clean || kept.packets.is_empty() && kept.received.is_empty());
            let connect = Connect {
                host: "h".into(), port: 1883, version, client_id: b"a".to_vec(), keep_alive: 0,
                clean_session: false, first: false, user: None, password: None, will: None,
                tls: None,
            };
            let mut next = Session::start(&connect, kept, Duration::ZERO, now, now).unwrap();
            next.handle_received(b"\x20\x02\x01\x00", now);
            prop_assert_eq!(next.poll_event(), Some(NetworkEvent::Connected));
        }
    }
}

//! One modem client's half of the connection: the duties that a real MQTT client has and the modem does not see.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::broker::{FromClient, Message, PacketId, ToClient};
use crate::network::{Connect, ConnectError, NetworkEvent, NetworkRequest, QoS};

/// What a call led to.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub(super) packets: Vec<FromClient>,
    pub(super) events: Vec<NetworkEvent>,
}

#[derive(Debug, Default)]
pub(super) struct Client {
    /// The number of the connection that it uses or tries to get; what belongs to an older one is ignored.
    pub(super) attempt: u64,
    state: State,
    keep_alive: Option<Duration>,
    last_sent: Duration,
    /// Publishes that the modem waits for, oldest first: the flag says whether each is settled.
    asked: VecDeque<(PacketId, bool)>,
    session: Session,
}

impl Client {
    pub(super) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    pub(super) fn is_connected(&self) -> bool {
        self.state == State::Connected
    }

    /// A CONNECT goes out.
    pub(super) fn connecting(&mut self, attempt: u64, connect: &Connect) {
        self.attempt = attempt;
        self.state = State::Connecting;
        self.keep_alive = (connect.keep_alive > 0).then(|| Duration::from_secs(connect.keep_alive.into()));
        if connect.clean_session || self.session.client_id != connect.client_id {
            self.session = Session {
                client_id: connect.client_id.clone(),
                ..Session::default()
            };
        } else if connect.first {
            self.session.forget();
        }
    }

    /// CONNACK came, or what stands in its place.
    pub(super) fn connack(&mut self, now: Duration, outcome: Result<bool, ConnectError>, out: &mut Effects) {
        if self.state != State::Connecting {
            return;
        }
        match outcome {
            Ok(session_present) => {
                self.state = State::Connected;
                self.last_sent = now;
                if session_present {
                    out.packets.extend(self.session.resend());
                } else {
                    self.session.forget();
                }
                out.events.push(NetworkEvent::Connected);
            }
            Err(error) => {
                self.state = State::Idle;
                out.events.push(NetworkEvent::ConnectFailed(error));
            }
        }
    }

    /// A request on a live connection; [`NetworkRequest::Connect`] and the two that end it are the network's.
    pub(super) fn request(&mut self, request: NetworkRequest, out: &mut Effects) {
        match request {
            NetworkRequest::Publish {
                topic,
                payload,
                qos,
                retain,
                dup: _,
            } => {
                let message = Message {
                    retain,
                    ..Message::new(topic, payload, qos)
                };
                if qos == QoS::AtMostOnce {
                    out.packets.push(FromClient::Publish(None, message));
                    // Settled at once, but told in turn.
                    self.asked.push_back((0, true));
                    self.tell_settled(out);
                } else {
                    let id = self.session.next_id();
                    self.session.outgoing.push_back(Outgoing {
                        id,
                        message: Some(message.clone()),
                    });
                    self.asked.push_back((id, false));
                    out.packets.push(FromClient::Publish(Some(id), message));
                }
            }
            NetworkRequest::Subscribe { filters } => {
                out.packets
                    .push(FromClient::Subscribe(self.session.next_id(), filters));
            }
            NetworkRequest::Unsubscribe { filters } => {
                out.packets
                    .push(FromClient::Unsubscribe(self.session.next_id(), filters));
            }
            NetworkRequest::Connect(_) | NetworkRequest::Disconnect | NetworkRequest::Abort => {}
        }
    }

    /// A packet came from the broker.
    pub(super) fn packet(&mut self, packet: ToClient, out: &mut Effects) {
        match packet {
            ToClient::Publish { id, message, .. } => {
                let fresh = match (message.qos, id) {
                    (QoS::AtLeastOnce, Some(id)) => {
                        out.packets.push(FromClient::Puback(id));
                        true
                    }
                    (QoS::ExactlyOnce, Some(id)) => {
                        out.packets.push(FromClient::Pubrec(id));
                        self.session.received.insert(id)
                    }
                    _ => true,
                };
                if fresh {
                    out.events.push(NetworkEvent::Message {
                        topic: message.topic.to_vec(),
                        payload: message.payload.to_vec(),
                    });
                }
            }
            ToClient::Puback(id) | ToClient::Pubcomp(id) => {
                self.session.outgoing.retain(|outgoing| outgoing.id != id);
                for (asked, settled) in &mut self.asked {
                    *settled |= *asked == id;
                }
                self.tell_settled(out);
            }
            ToClient::Pubrec(id) => {
                for outgoing in self
                    .session
                    .outgoing
                    .iter_mut()
                    .filter(|outgoing| outgoing.id == id)
                {
                    outgoing.message = None;
                }
                out.packets.push(FromClient::Pubrel(id));
            }
            ToClient::Pubrel(id) => {
                self.session.received.remove(&id);
                out.packets.push(FromClient::Pubcomp(id));
            }
            ToClient::Suback(_, granted) => {
                let granted = granted.iter().all(Option::is_some);
                out.events.push(NetworkEvent::Subscribed { granted });
            }
            ToClient::Unsuback(_) => out.events.push(NetworkEvent::Unsubscribed),
            ToClient::Pingresp | ToClient::Close(_) => {}
        }
    }

    /// The connection is no more; what the session must keep stays.
    pub(super) fn ended(&mut self) {
        self.state = State::Idle;
        self.asked.clear();
    }

    pub(super) fn sent(&mut self, now: Duration) {
        self.last_sent = now;
    }

    /// When a PINGREQ is due.
    pub(super) fn ping_at(&self) -> Option<Duration> {
        let keep_alive = self.keep_alive.filter(|_| self.is_connected())?;
        Some(self.last_sent + keep_alive)
    }

    fn tell_settled(&mut self, out: &mut Effects) {
        while self.asked.pop_front_if(|(_, settled)| *settled).is_some() {
            out.events.push(NetworkEvent::Published);
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    Connecting,
    Connected,
}

/// What outlives a connection where the broker keeps its half too.
#[derive(Debug, Default)]
struct Session {
    client_id: Vec<u8>,
    outgoing: VecDeque<Outgoing>,
    /// QoS 2 messages that came and are not yet released.
    received: BTreeSet<PacketId>,
    last_id: PacketId,
}

impl Session {
    fn resend(&self) -> impl Iterator<Item = FromClient> {
        self.outgoing.iter().map(|outgoing| match &outgoing.message {
            Some(message) => FromClient::Publish(Some(outgoing.id), message.clone()),
            None => FromClient::Pubrel(outgoing.id),
        })
    }

    fn forget(&mut self) {
        self.outgoing.clear();
        self.received.clear();
    }

    /// The next identifier that no unsettled publish has; where 65535 are unsettled (a modem has one) it is one of
    /// theirs.
    fn next_id(&mut self) -> PacketId {
        for _ in 0..=PacketId::MAX {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if self.outgoing.iter().all(|outgoing| outgoing.id != self.last_id) {
                break;
            }
        }
        self.last_id
    }
}

/// A QoS 1 or 2 publish that the broker has not settled.
#[derive(Debug)]
struct Outgoing {
    id: PacketId,
    /// `None` once PUBREC came: what is owed then is PUBREL.
    message: Option<Message>,
}

//! A session: what a client subscribed to and what is on its way to it, which a clean session's end forgets and a
//! persistent one's keeps (MQTT 3.1.1, section 4.1).

use std::collections::{BTreeMap, VecDeque};

use super::{ConnectionId, Limits, Message, PacketId, ToClient, TopicFilter};
use crate::network::QoS;

#[derive(Debug)]
pub(super) struct Session {
    /// The connection that uses it; `None` while the client is away.
    pub(super) connection: Option<ConnectionId>,
    pub(super) clean: bool,
    pub(super) subscriptions: BTreeMap<TopicFilter, QoS>,
    /// QoS 2 messages from the client, delivered to others when its PUBREL comes.
    pub(super) held: BTreeMap<PacketId, Message>,
    waiting: VecDeque<Message>,
    in_flight: VecDeque<InFlight>,
    last_id: PacketId,
}

impl Session {
    pub(super) fn new(clean: bool) -> Self {
        Self {
            connection: None,
            clean,
            subscriptions: BTreeMap::new(),
            held: BTreeMap::new(),
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            last_id: 0,
        }
    }

    /// The QoS of a message for this session: the highest that a matching filter was granted, at most its own.
    /// `None`: no filter matches. However many match, it is delivered once.
    pub(super) fn wants(&self, message: &Message) -> Option<QoS> {
        let granted = self.subscriptions.iter();
        let granted = granted.filter(|(filter, _)| filter.matches(&message.topic));
        Some(*granted.map(|(_, qos)| qos).max()?.min(&message.qos))
    }

    /// Puts a message at the end of what waits. QoS 0 is not kept for a client that is away.
    pub(super) fn enqueue(&mut self, message: Message, limits: &Limits) {
        let kept = self.connection.is_some() || message.qos != QoS::AtMostOnce;
        if kept && self.waiting.len() < limits.queued {
            self.waiting.push_back(message);
        }
    }

    /// The next message to send, in the order they came: QoS 1 and 2 only while fewer than the bound are on their
    /// way, and nothing overtakes them.
    pub(super) fn next_publish(&mut self, limits: &Limits) -> Option<ToClient> {
        let qos = self.waiting.front()?.qos;
        let window = limits.in_flight.min(usize::from(PacketId::MAX) - 1);
        if qos != QoS::AtMostOnce && self.in_flight.len() >= window {
            return None;
        }
        let message = self.waiting.pop_front()?;
        let id = match qos {
            QoS::AtMostOnce => None,
            QoS::AtLeastOnce | QoS::ExactlyOnce => {
                let id = self.free_id();
                self.in_flight.push_back(InFlight {
                    id,
                    stage: Stage::Sent,
                    message: message.clone(),
                });
                Some(id)
            }
        };
        Some(ToClient::Publish {
            id,
            dup: false,
            message,
        })
    }

    /// What a new connection must send again, in the order it was sent first (section 4.4).
    pub(super) fn resend(&self) -> impl Iterator<Item = ToClient> {
        self.in_flight.iter().map(|flight| match flight.stage {
            Stage::Sent => ToClient::Publish {
                id: Some(flight.id),
                dup: true,
                message: flight.message.clone(),
            },
            Stage::Released => ToClient::Pubrel(flight.id),
        })
    }

    /// PUBACK. An identifier that is not on its way means nothing: it is a late answer to an older session.
    pub(super) fn acknowledged(&mut self, id: PacketId) {
        self.in_flight
            .retain(|flight| flight.id != id || flight.message.qos != QoS::AtLeastOnce);
    }

    /// PUBREC, answered by PUBREL even when the identifier is unknown: else a client would repeat it for ever.
    pub(super) fn received(&mut self, id: PacketId) -> ToClient {
        for flight in &mut self.in_flight {
            if flight.id == id && flight.message.qos == QoS::ExactlyOnce {
                flight.stage = Stage::Released;
            }
        }
        ToClient::Pubrel(id)
    }

    /// PUBCOMP.
    pub(super) fn completed(&mut self, id: PacketId) {
        self.in_flight
            .retain(|flight| flight.id != id || flight.stage != Stage::Released);
    }

    /// Never zero, never one in use; `next_publish` leaves one free.
    fn free_id(&mut self) -> PacketId {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if self.in_flight.iter().all(|flight| flight.id != self.last_id) {
                return self.last_id;
            }
        }
    }
}

/// A QoS 1 or 2 message that the client has not settled.
#[derive(Debug)]
struct InFlight {
    id: PacketId,
    stage: Stage,
    message: Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// PUBLISH is out: PUBACK or PUBREC is due.
    Sent,
    /// PUBREL is out: PUBCOMP is due.
    Released,
}

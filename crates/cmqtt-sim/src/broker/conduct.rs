//! What the broker does for each packet: acknowledge, grant, hand on, keep.

use std::time::Duration;

use super::{
    Broker, ClientId, CloseReason, ConnectionId, FromClient, Message, PacketId, ToClient, TopicFilter, Will,
    check_topic_name,
};
use crate::network::QoS;

impl Broker {
    /// Does what a packet asks; an error closes the connection.
    pub(super) fn obey(
        &mut self,
        now: Duration,
        id: ConnectionId,
        client_id: &ClientId,
        packet: FromClient,
    ) -> Result<(), CloseReason> {
        let session = self.sessions.get_mut(client_id).ok_or(CloseReason::Violation)?;
        match packet {
            FromClient::Publish(packet_id, message) => self.publish(now, id, client_id, packet_id, message),
            FromClient::Puback(packet_id) => {
                session.acknowledged(packet_id);
                Ok(())
            }
            FromClient::Pubrec(packet_id) => {
                let pubrel = session.received(packet_id);
                self.answer(id, pubrel)
            }
            FromClient::Pubrel(packet_id) => {
                let message = session.held.remove(&packet_id);
                self.answer(id, ToClient::Pubcomp(packet_id))?;
                if let Some(message) = message {
                    self.route(now, Some(client_id), message);
                }
                Ok(())
            }
            FromClient::Pubcomp(packet_id) => {
                session.completed(packet_id);
                Ok(())
            }
            FromClient::Subscribe(packet_id, filters) => self.subscribe(id, client_id, packet_id, filters),
            FromClient::Unsubscribe(packet_id, filters) => {
                if packet_id == 0 || filters.is_empty() {
                    return Err(CloseReason::Violation);
                }
                for filter in filters {
                    let filter = TopicFilter::new(filter).map_err(|_| CloseReason::Violation)?;
                    session.subscriptions.remove(&filter);
                }
                self.answer(id, ToClient::Unsuback(packet_id))
            }
            FromClient::Pingreq => self.answer(id, ToClient::Pingresp),
            FromClient::Disconnect => Err(CloseReason::Disconnected),
        }
    }

    fn publish(
        &mut self,
        now: Duration,
        id: ConnectionId,
        client_id: &ClientId,
        packet_id: Option<PacketId>,
        message: Message,
    ) -> Result<(), CloseReason> {
        check_topic_name(&message.topic).map_err(|_| CloseReason::Violation)?;
        if self.policy.denies_publish(&message.topic) {
            return Err(CloseReason::Denied);
        }
        match (message.qos, packet_id) {
            (QoS::AtMostOnce, _) => {}
            (_, None | Some(0)) => return Err(CloseReason::Violation),
            // The acknowledgement goes ahead of the message's own echo.
            (QoS::AtLeastOnce, Some(packet_id)) => self.answer(id, ToClient::Puback(packet_id))?,
            (QoS::ExactlyOnce, Some(packet_id)) => {
                let session = self.sessions.get_mut(client_id).ok_or(CloseReason::Violation)?;
                let known = session.held.contains_key(&packet_id);
                if !known && session.held.len() >= self.limits.held {
                    return Err(CloseReason::Violation);
                }
                session.held.entry(packet_id).or_insert(message);
                return self.answer(id, ToClient::Pubrec(packet_id));
            }
        }
        self.route(now, Some(client_id), message);
        Ok(())
    }

    fn subscribe(
        &mut self,
        id: ConnectionId,
        client_id: &ClientId,
        packet_id: PacketId,
        filters: Vec<(Vec<u8>, QoS)>,
    ) -> Result<(), CloseReason> {
        if packet_id == 0 || filters.is_empty() {
            return Err(CloseReason::Violation);
        }
        let session = self.sessions.get_mut(client_id).ok_or(CloseReason::Violation)?;
        let mut granted = Vec::with_capacity(filters.len());
        let mut fresh = Vec::with_capacity(filters.len());
        for (filter, qos) in filters {
            let filter = TopicFilter::new(filter).map_err(|_| CloseReason::Violation)?;
            let full = session.subscriptions.len() >= self.limits.subscriptions
                && !session.subscriptions.contains_key(&filter);
            if full || self.policy.refused_filters.contains(&filter) {
                granted.push(None);
                continue;
            }
            granted.push(Some(qos));
            session.subscriptions.insert(filter.clone(), qos);
            fresh.push((filter, qos));
        }
        for message in self.retained.values() {
            let matching = fresh.iter().filter(|(filter, _)| filter.matches(&message.topic));
            if let Some(&qos) = matching.map(|(_, qos)| qos).max() {
                let kept = Message {
                    qos: qos.min(message.qos),
                    retain: true,
                    ..message.clone()
                };
                session.enqueue(kept, &self.limits);
            }
        }
        self.answer(id, ToClient::Suback(packet_id, granted))
    }

    /// Hands a message to everyone who wants it, and keeps it if it is to be retained.
    pub(super) fn route(&mut self, now: Duration, from: Option<&[u8]>, message: Message) {
        self.observers.record(now, from, &message, self.limits.observed);
        for session in self.sessions.values_mut() {
            if let Some(qos) = session.wants(&message) {
                let copy = Message {
                    qos,
                    retain: false,
                    ..message.clone()
                };
                session.enqueue(copy, &self.limits);
            }
        }
        if !message.retain {
            return;
        }
        if message.payload.is_empty() {
            self.retained.remove(&message.topic);
        } else if self.retained.len() < self.limits.retained || self.retained.contains_key(&message.topic) {
            self.retained.insert(message.topic.clone(), message);
        }
    }

    fn answer(&mut self, id: ConnectionId, answer: ToClient) -> Result<(), CloseReason> {
        let connection = self.connections.get_mut(&id).ok_or(CloseReason::Violation)?;
        if connection.answers.len() >= self.limits.unfetched {
            return Err(CloseReason::Violation);
        }
        connection.answers.push_back(answer);
        Ok(())
    }

    pub(super) fn end(&mut self, now: Duration, id: ConnectionId, reason: Option<CloseReason>, will: Will) {
        let Some(connection) = self.connections.remove(&id) else {
            return;
        };
        if let Some(reason) = reason {
            self.closed.insert(id, reason);
        }
        if let Some(session) = self.sessions.get_mut(&connection.client_id) {
            session.connection = None;
            if session.clean {
                self.sessions.remove(&connection.client_id);
            }
        }
        if let (Will::Published, Some(message)) = (will, connection.will)
            && !self.policy.denies_publish(&message.topic)
        {
            self.route(now, Some(&connection.client_id), message);
        }
    }
}

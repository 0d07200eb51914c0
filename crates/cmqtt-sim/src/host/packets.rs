//! Between the packets of `mqtt-protocol-core` and the broker's plain data.

use std::sync::Arc;

use mqtt_protocol_core::mqtt::packet::{Packet, Qos, v3_1_1};
use mqtt_protocol_core::mqtt::result_code::{ConnectReturnCode, MqttError, SubackReturnCode};

use crate::broker::{FromClient, Login, Message, Secret, ToClient};
use crate::network::{MqttVersion, QoS};

/// A packet that a client may send.
#[derive(Debug)]
pub(super) enum Received {
    Connect(Login),
    Packet(FromClient),
}

/// Reads a client's packet; the version is what its CONNECT said before it was rewritten. `None`: no client may send it.
pub(super) fn received(packet: &Packet, version: MqttVersion) -> Option<Received> {
    Some(Received::Packet(match packet {
        Packet::V3_1_1Connect(connect) => return Some(Received::Connect(login(connect, version))),
        Packet::V3_1_1Publish(publish) => FromClient::Publish(publish.packet_id(), message(publish)),
        Packet::V3_1_1Puback(ack) => FromClient::Puback(ack.packet_id()),
        Packet::V3_1_1Pubrec(ack) => FromClient::Pubrec(ack.packet_id()),
        Packet::V3_1_1Pubrel(ack) => FromClient::Pubrel(ack.packet_id()),
        Packet::V3_1_1Pubcomp(ack) => FromClient::Pubcomp(ack.packet_id()),
        Packet::V3_1_1Subscribe(subscribe) => {
            let entries = subscribe.entries().iter();
            let filters = entries.map(|entry| {
                (
                    entry.topic_filter().as_bytes().to_vec(),
                    from_qos(entry.sub_opts().qos()),
                )
            });
            FromClient::Subscribe(subscribe.packet_id(), filters.collect())
        }
        Packet::V3_1_1Unsubscribe(unsubscribe) => {
            let filters = unsubscribe.entries().iter();
            // `MqttString::as_bytes` would include the length.
            let filters = filters.map(|filter| filter.as_str().as_bytes().to_vec());
            FromClient::Unsubscribe(unsubscribe.packet_id(), filters.collect())
        }
        Packet::V3_1_1Pingreq(_) => FromClient::Pingreq,
        Packet::V3_1_1Disconnect(_) => FromClient::Disconnect,
        _ => return None,
    }))
}

/// Builds a packet for a client.
pub(super) fn to_client(packet: ToClient) -> Result<Packet, MqttError> {
    Ok(match packet {
        ToClient::Publish { id, dup, message } => {
            let topic = std::str::from_utf8(&message.topic).map_err(|_| MqttError::TopicNameInvalid)?;
            publish(
                topic,
                Arc::clone(&message.payload),
                message.qos,
                message.retain,
                dup,
                id,
            )?
            .into()
        }
        ToClient::Puback(id) => v3_1_1::Puback::builder().packet_id(id).build()?.into(),
        ToClient::Pubrec(id) => v3_1_1::Pubrec::builder().packet_id(id).build()?.into(),
        ToClient::Pubrel(id) => v3_1_1::Pubrel::builder().packet_id(id).build()?.into(),
        ToClient::Pubcomp(id) => v3_1_1::Pubcomp::builder().packet_id(id).build()?.into(),
        ToClient::Suback(id, granted) => {
            let codes = granted.into_iter().map(|granted| match granted {
                Some(QoS::AtMostOnce) => SubackReturnCode::SuccessMaximumQos0,
                Some(QoS::AtLeastOnce) => SubackReturnCode::SuccessMaximumQos1,
                Some(QoS::ExactlyOnce) => SubackReturnCode::SuccessMaximumQos2,
                None => SubackReturnCode::Failure,
            });
            v3_1_1::Suback::builder()
                .packet_id(id)
                .return_codes(codes.collect())
                .build()?
                .into()
        }
        ToClient::Unsuback(id) => v3_1_1::Unsuback::builder().packet_id(id).build()?.into(),
        ToClient::Pingresp => v3_1_1::Pingresp::builder().build()?.into(),
        ToClient::Close(_) => return Err(MqttError::PacketNotAllowedToSend),
    })
}

/// Builds a PUBLISH. DUP belongs to QoS 1 and 2 alone.
pub(super) fn publish(
    topic: &str,
    payload: Arc<[u8]>,
    qos: QoS,
    retain: bool,
    dup: bool,
    id: Option<u16>,
) -> Result<v3_1_1::Publish, MqttError> {
    let builder = v3_1_1::Publish::builder()
        .topic_name(topic)?
        .qos(to_qos(qos))
        .retain(retain);
    let builder = builder.payload(payload);
    match id {
        Some(id) => builder.packet_id(id).dup(dup).build(),
        None => builder.build(),
    }
}

/// Builds a CONNACK; return codes that MQTT does not have become 3.
pub(super) fn connack(return_code: u8, session_present: bool) -> Result<v3_1_1::Connack, MqttError> {
    let code = ConnectReturnCode::try_from(return_code).unwrap_or(ConnectReturnCode::ServerUnavailable);
    v3_1_1::Connack::builder()
        .return_code(code)
        .session_present(session_present)
        .build()
}

pub(super) fn to_qos(qos: QoS) -> Qos {
    match qos {
        QoS::AtMostOnce => Qos::AtMostOnce,
        QoS::AtLeastOnce => Qos::AtLeastOnce,
        QoS::ExactlyOnce => Qos::ExactlyOnce,
    }
}

fn from_qos(qos: Qos) -> QoS {
    match qos {
        Qos::AtMostOnce => QoS::AtMostOnce,
        Qos::AtLeastOnce => QoS::AtLeastOnce,
        Qos::ExactlyOnce => QoS::ExactlyOnce,
    }
}

fn message(publish: &v3_1_1::Publish) -> Message {
    let message = Message::new(
        publish.topic_name(),
        publish.payload().as_slice(),
        from_qos(publish.qos()),
    );
    Message {
        retain: publish.retain(),
        ..message
    }
}

fn login(connect: &v3_1_1::Connect, version: MqttVersion) -> Login {
    let will = connect.will_topic().map(|topic| {
        let payload = connect.will_payload().unwrap_or_default();
        let message = Message::new(topic, payload, from_qos(connect.will_qos()));
        Message {
            retain: connect.will_retain(),
            ..message
        }
    });
    Login {
        version,
        client_id: connect.client_id().as_bytes().to_vec(),
        keep_alive: connect.keep_alive(),
        clean_session: connect.clean_session(),
        user: connect.user_name().map(|user| user.as_bytes().to_vec()),
        password: connect.password().map(Secret::new),
        will,
    }
}

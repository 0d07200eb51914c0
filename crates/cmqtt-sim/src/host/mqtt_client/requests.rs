//! What the modem asks for, as packets. An error is a packet that MQTT has no way to write.

use mqtt_protocol_core::mqtt::packet::{SubEntry, SubOpts, v3_1_1};
use mqtt_protocol_core::mqtt::result_code::MqttError;

use crate::host::packets::to_qos;
use crate::network::{Connect, ConnectError, QoS};

/// The CONNECT, or what a broker would answer if it could be written.
pub(super) fn connect(connect: &Connect) -> Result<v3_1_1::Connect, ConnectError> {
    let client_id = text(&connect.client_id).map_err(|_| ConnectError::Refused(2))?;
    let builder = v3_1_1::Connect::builder()
        .client_id(client_id)
        .map_err(|_| ConnectError::Refused(2))?;
    let mut builder = builder
        .keep_alive(connect.keep_alive)
        .clean_session(connect.clean_session);
    if let Some(user) = &connect.user {
        let user = text(user).map_err(|_| ConnectError::Refused(4))?;
        builder = builder.user_name(user).map_err(|_| ConnectError::Refused(4))?;
    }
    if let Some(password) = &connect.password {
        builder = builder.password(password).map_err(|_| ConnectError::Refused(4))?;
    }
    if let Some(will) = &connect.will {
        let topic = text(&will.topic).map_err(|_| ConnectError::Closed)?;
        let will = builder.will_message(topic, &will.message, to_qos(will.qos), false);
        builder = will.map_err(|_| ConnectError::Closed)?;
    }
    builder.build().map_err(|_| ConnectError::Protocol)
}

/// SUBSCRIBE.
pub(super) fn subscribe(id: u16, filters: &[(Vec<u8>, QoS)]) -> Result<v3_1_1::Subscribe, MqttError> {
    let entry =
        |(filter, qos): &(Vec<u8>, QoS)| SubEntry::new(text(filter)?, SubOpts::new().set_qos(to_qos(*qos)));
    let entries = filters.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    v3_1_1::Subscribe::builder()
        .packet_id(id)
        .entries(entries)
        .build()
}

/// UNSUBSCRIBE.
pub(super) fn unsubscribe(id: u16, filters: &[Vec<u8>]) -> Result<v3_1_1::Unsubscribe, MqttError> {
    let filters = filters
        .iter()
        .map(|filter| text(filter))
        .collect::<Result<Vec<_>, _>>()?;
    v3_1_1::Unsubscribe::builder()
        .packet_id(id)
        .entries(filters)?
        .build()
}

/// The library takes text only, as MQTT does.
pub(super) fn text(bytes: &[u8]) -> Result<&str, MqttError> {
    std::str::from_utf8(bytes).map_err(|_| MqttError::MalformedPacket)
}

//! What follows a prompt.

use super::{Asynchronous, Context, DataFor, Mqtt, Outcome, ResultCode, conclude};
use crate::network::QoS;

impl Mqtt {
    /// The data are whole.
    pub(in crate::modem) fn handle_data(
        &mut self,
        cx: &mut Context<'_>,
        data_for: DataFor,
        data: Vec<u8>,
    ) -> Outcome {
        match data_for {
            DataFor::WillTopic { client } => {
                let result = self.check_utf8(client, &data).and_then(|()| {
                    self.acquired(client)?.will_topic = Some(data);
                    Ok(Outcome::Ok)
                });
                conclude("+CMQTTWILLTOPIC", client, result)
            }
            DataFor::WillMessage { client, qos: level } => {
                let result = self.acquired(client).map(|held| {
                    held.will_message = Some((data, qos(level)));
                    Outcome::Ok
                });
                conclude("+CMQTTWILLMSG", client, result)
            }
            DataFor::Topic { client } => {
                let result = self.check_utf8(client, &data).and_then(|()| {
                    self.acquired(client)?.topic = Some(data);
                    Ok(Outcome::Ok)
                });
                conclude("+CMQTTTOPIC", client, result)
            }
            DataFor::Payload { client } => {
                let result = self.acquired(client).map(|held| {
                    held.payload = Some(data);
                    Outcome::Ok
                });
                conclude("+CMQTTPAYLOAD", client, result)
            }
            DataFor::SubscribeTopic { client, qos: level } => {
                let result = self.check_utf8(client, &data).and_then(|()| {
                    self.acquired(client)?.filters.push((data, qos(level)));
                    Ok(Outcome::Ok)
                });
                conclude("+CMQTTSUBTOPIC", client, result)
            }
            DataFor::UnsubscribeTopic { client } => {
                let result = self.check_utf8(client, &data).and_then(|()| {
                    self.acquired(client)?.unsubscriptions.push(data);
                    Ok(Outcome::Ok)
                });
                conclude("+CMQTTUNSUBTOPIC", client, result)
            }
            DataFor::Subscribe { client, qos: level } => match self.check_utf8(client, &data) {
                Ok(()) => self.send_subscribe(cx, client, vec![(data, qos(level))]),
                Err(code) => cx.ended(Asynchronous::Subscribe, Some(client), code),
            },
            DataFor::Unsubscribe { client } => match self.check_utf8(client, &data) {
                Ok(()) => self.send_unsubscribe(cx, client, vec![data]),
                Err(code) => cx.ended(Asynchronous::Unsubscribe, Some(client), code),
            },
            // A certificate is the TLS files' affair.
            DataFor::File { .. } => Outcome::Error,
        }
    }

    fn check_utf8(&mut self, client: u8, topic: &[u8]) -> Result<(), ResultCode> {
        let client = self.acquired(client)?;
        if client.settings.check_utf8 && std::str::from_utf8(topic).is_err() {
            return Err(ResultCode::BAD_UTF8);
        }
        Ok(())
    }
}

/// A level that was checked before.
pub(super) const fn qos(level: u8) -> QoS {
    match level {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}

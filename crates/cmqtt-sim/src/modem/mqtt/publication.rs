//! TOPIC, PAYLOAD and PUB (the vendor's note, sections 3.2.10 to 3.2.12).

use std::time::Duration;

use at_proto::Ranges;
use at_proto::cmqtt::{LengthRanges, Publish, PublishRanges, SetPayload, SetTopic};

use super::client::{About, Pending, State};
use super::data::qos;
use super::{Asynchronous, Context, DataFor, Mqtt, Outcome, ResultCode, check_len, check_max, conclude};
use super::{conclude_asynchronous, prompt};
use crate::network::NetworkRequest;
use crate::switches::EmptyPayload;

impl Mqtt {
    pub(super) fn set_topic(&mut self, cx: &Context<'_>, command: SetTopic) -> Outcome {
        let SetTopic { client, len } = command;
        let result = self
            .free(cx, client)
            .and_then(|_| check_len(len, cx.profile.limits.topic))
            .map(|()| prompt(len, DataFor::Topic { client }));
        conclude("+CMQTTTOPIC", client, result)
    }

    pub(super) fn set_payload(&mut self, cx: &Context<'_>, command: SetPayload) -> Outcome {
        let SetPayload { client, len } = command;
        let result = self
            .free(cx, client)
            .and_then(|_| check_len(len, cx.profile.switches.payload_max.0))
            .map(|()| prompt(len, DataFor::Payload { client }));
        conclude("+CMQTTPAYLOAD", client, result)
    }

    pub(super) fn publish(&mut self, cx: &mut Context<'_>, command: Publish) -> Outcome {
        let result = self.try_publish(cx, command);
        conclude_asynchronous(cx, Asynchronous::Publish, command.client, result)
    }

    fn try_publish(&mut self, cx: &mut Context<'_>, command: Publish) -> Result<Outcome, ResultCode> {
        let client = self.free(cx, command.client)?;
        let allowed = cx.profile.switches.publish_timeout;
        check_max(command.qos, 2)?;
        check_max(command.retained.unwrap_or(0), 1)?;
        check_max(command.dup.unwrap_or(0), 1)?;
        if !(allowed.min..=allowed.max).contains(&command.timeout) {
            return Err(ResultCode::INVALID_PARAMETER);
        }
        if client.pending.is_some() {
            return Err(ResultCode::CLIENT_BUSY);
        }
        if client.state != State::Connected {
            return Err(ResultCode::NO_CONNECTION);
        }
        if client.payload.is_none() && cx.profile.switches.empty_payload == EmptyPayload::Refused {
            return Err(if client.topic.is_none() {
                ResultCode::TOPIC_EMPTY
            } else {
                ResultCode::INVALID_PARAMETER
            });
        }
        let topic = client.topic.take().ok_or(ResultCode::TOPIC_EMPTY)?;
        let payload = client.payload.take().unwrap_or_default();
        if cx.profile.switches.refusals.topics.deny(&topic) {
            client.pending = Some(Pending {
                command: Asynchronous::Publish,
                deadline: Some(cx.now.saturating_add(ROUND_TRIP)),
                about: About::Denied(qos(command.qos)),
            });
            return Ok(Outcome::Begun(Asynchronous::Publish, Some(command.client)));
        }
        let timeout = Duration::from_secs(command.timeout.into());
        client.pending = Some(Pending {
            command: Asynchronous::Publish,
            deadline: Some(cx.now.saturating_add(timeout)),
            about: About::Message {
                topic: topic.clone(),
                payload: payload.clone(),
            },
        });
        let request = NetworkRequest::Publish {
            topic,
            payload,
            qos: qos(command.qos),
            retain: command.retained == Some(1),
            dup: command.dup == Some(1),
        };
        cx.requests.push_back((command.client, request));
        Ok(Outcome::Begun(Asynchronous::Publish, Some(command.client)))
    }
}

pub(super) fn test_topic(cx: &mut Context<'_>, client: Ranges, len: Ranges) {
    cx.information(&LengthRanges::<SetTopic>::new(client, len));
}

pub(super) fn test_payload(cx: &mut Context<'_>, client: Ranges) {
    let len = Ranges::span(1, cx.profile.switches.payload_max.0);
    cx.information(&LengthRanges::<SetPayload>::new(client, len));
}

pub(super) fn test_publish(cx: &mut Context<'_>, client: Ranges, qos: Ranges, flag: Ranges) {
    let allowed = cx.profile.switches.publish_timeout;
    cx.information(&PublishRanges {
        client,
        qos,
        timeout: Ranges::span(allowed.min, allowed.max),
        retained: flag,
        dup: flag,
    });
}

/// After what time a broker ends a connection whose publish its policy forbids.
const ROUND_TRIP: Duration = Duration::from_millis(200);

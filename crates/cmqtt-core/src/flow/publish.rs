//! A publish: TOPIC, PAYLOAD, PUB (the vendor's note, sections 3.2.10 to 3.2.12). PUB wipes both, so each publish
//! sends both.

use at_proto::cmqtt::{self, ResultCode, SetPayload, SetTopic};
use at_proto::{EncodeError, Refusal};

use super::{Next, Step, step};
use crate::request::Effect;

/// The data are the topic, then the payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Publish {
    stage: Stage,
    topic_len: usize,
    payload_len: usize,
    publish: cmqtt::Publish,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Topic,
    Payload,
    Publish,
}

impl Publish {
    pub(crate) const fn new(topic_len: usize, payload_len: usize, publish: cmqtt::Publish) -> Self {
        Self {
            stage: Stage::Topic,
            topic_len,
            payload_len,
            publish,
        }
    }

    pub(super) fn write(&self, line: &mut [u8]) -> Result<Step, EncodeError> {
        let client = self.publish.client;
        let end = self.topic_len.saturating_add(self.payload_len);
        match self.stage {
            Stage::Topic => step(
                &SetTopic {
                    client,
                    len: len(self.topic_len),
                },
                (0, self.topic_len),
                line,
            ),
            Stage::Payload => step(
                &SetPayload {
                    client,
                    len: len(self.payload_len),
                },
                (self.topic_len, end),
                line,
            ),
            Stage::Publish => step(&self.publish, (0, 0), line),
        }
    }

    pub(super) const fn next(&mut self) -> Next {
        self.stage = match self.stage {
            // Nothing to give: the modem takes no length of 0.
            Stage::Topic if self.payload_len == 0 => Stage::Publish,
            Stage::Topic => Stage::Payload,
            Stage::Payload => Stage::Publish,
            Stage::Publish => return Next::Done,
        };
        Next::Command
    }

    /// PUB may have wiped topic and payload although the client was busy. Set twice, they are overwritten.
    pub(super) const fn repeat(&mut self) {
        if matches!(self.stage, Stage::Publish) {
            self.stage = Stage::Topic;
        }
    }

    /// A code that comes once the message may have been on its way says that it was not acknowledged, not that the broker
    /// does not have it. So does `ERROR` alone, with which a publish may fail at any time.
    pub(super) const fn effect_of(&self, refusal: Refusal) -> Effect {
        let before_it_was_sent = match refusal {
            Refusal::Code(code) => ResultCode(code).precedes_sending(),
            Refusal::Error => false,
            _ => true,
        };
        match self.stage {
            Stage::Publish if !before_it_was_sent => Effect::Unknown,
            _ => Effect::None,
        }
    }

    pub(super) const fn effect(&self) -> Effect {
        match self.stage {
            Stage::Topic | Stage::Payload => Effect::None,
            Stage::Publish => Effect::Unknown,
        }
    }
}

/// A length as a command carries it. What is longer was refused before.
fn len(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

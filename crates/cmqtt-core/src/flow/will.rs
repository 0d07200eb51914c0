//! A will: WILLTOPIC, WILLMSG (the vendor's note, sections 3.2.6 and 3.2.7).

use at_proto::EncodeError;
use at_proto::cmqtt::{SetWillMessage, SetWillTopic};

use super::{Next, Step, step};
use crate::request::Effect;

/// The data are the topic, then the message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Will {
    topic_given: bool,
    topic: SetWillTopic,
    message: SetWillMessage,
}

impl Will {
    pub(crate) const fn new(topic: SetWillTopic, message: SetWillMessage) -> Self {
        Self {
            topic_given: false,
            topic,
            message,
        }
    }

    pub(super) fn write(&self, line: &mut [u8]) -> Result<Step, EncodeError> {
        let topic_len = self.topic.len as usize;
        if self.topic_given {
            step(
                &self.message,
                (topic_len, topic_len.saturating_add(self.message.len as usize)),
                line,
            )
        } else {
            step(&self.topic, (0, topic_len), line)
        }
    }

    pub(super) const fn next(&mut self) -> Next {
        if self.topic_given {
            return Next::Done;
        }
        self.topic_given = true;
        Next::Command
    }

    pub(super) const fn effect(&self) -> Effect {
        Effect::Unknown
    }
}

//! The ranges that the modem itself states, by the test forms: firmware differs from its manual, and what the modem
//! says counts. A test form that it does not know leaves the limit as it is. What is news is asked for until it comes twice: a
//! digit that gets lost on the line would lock requests out.

use at_proto::cmqtt::{
    Acquire, AcquireRanges, Connect, ConnectRanges, Disconnect, DisconnectRanges, LengthRanges,
    MessageRanges, Publish, PublishRanges, SetPayload, SetSslContext, SetTopic, SetWillMessage, SetWillTopic,
    SslContextRanges, Subscribe, SubscriptionRanges,
};
use at_proto::{Encode, EncodeError, InfoLines, Ranges, Test, Testable};

use super::{Next, Step, step};
use crate::config::Limits;

/// The question that is asked now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LearnLimits {
    question: Question,
    /// How often it was asked.
    asked: u8,
}

#[derive(Clone, Copy, Debug)]
enum Question {
    Acquire,
    Connect,
    WillTopic,
    WillMessage,
    Topic,
    Payload,
    Publish,
    Subscribe,
    Disconnect,
    SslContext,
}

impl LearnLimits {
    pub(crate) const fn new() -> Self {
        Self {
            question: Question::Acquire,
            asked: 0,
        }
    }

    pub(super) fn write(&self, line: &mut [u8]) -> Result<Step, EncodeError> {
        let question: &dyn Encode = match self.question {
            Question::Acquire => &Test::<Acquire<'_>>::new(),
            Question::Connect => &Test::<Connect<'_>>::new(),
            Question::WillTopic => &Test::<SetWillTopic>::new(),
            Question::WillMessage => &Test::<SetWillMessage>::new(),
            Question::Topic => &Test::<SetTopic>::new(),
            Question::Payload => &Test::<SetPayload>::new(),
            Question::Publish => &Test::<Publish>::new(),
            Question::Subscribe => &Test::<Subscribe>::new(),
            Question::Disconnect => &Test::<Disconnect>::new(),
            Question::SslContext => &Test::<SetSslContext>::new(),
        };
        step(question, (0, 0), line)
    }

    pub(super) fn next(&mut self, information: InfoLines<'_>, limits: &mut Limits) -> Next {
        let known = *limits;
        // An answer that cannot be read is as good as none.
        let _ = self.learn(information, limits);
        self.asked = self.asked.saturating_add(1);
        if *limits != known && self.asked < MOST {
            return Next::Command;
        }
        self.skip()
    }

    pub(super) const fn skip(&mut self) -> Next {
        self.asked = 0;
        self.question = match self.question {
            Question::Acquire => Question::Connect,
            Question::Connect => Question::WillTopic,
            Question::WillTopic => Question::WillMessage,
            Question::WillMessage => Question::Topic,
            Question::Topic => Question::Payload,
            Question::Payload => Question::Publish,
            Question::Publish => Question::Subscribe,
            Question::Subscribe => Question::Disconnect,
            Question::Disconnect => Question::SslContext,
            Question::SslContext => return Next::Done,
        };
        Next::Command
    }

    fn learn(&self, information: InfoLines<'_>, limits: &mut Limits) -> Option<()> {
        match self.question {
            Question::Acquire => {
                let AcquireRanges { client, id_len, .. } = answer::<Acquire<'_>>(information)?;
                limits.client = client;
                limits.client_id_len = usable(id_len)?;
            }
            Question::Connect => {
                let ConnectRanges {
                    server_len,
                    keep_alive,
                    ..
                } = answer::<Connect<'_>>(information)?;
                limits.server_len = usable(server_len)?;
                limits.keep_alive = usable(keep_alive)?;
            }
            Question::WillTopic => {
                let LengthRanges { len, .. } = answer::<SetWillTopic>(information)?;
                limits.will_topic_len = usable(len)?;
            }
            Question::WillMessage => {
                let MessageRanges { len, .. } = answer::<SetWillMessage>(information)?;
                limits.will_message_len = usable(len)?;
            }
            Question::Topic => {
                let LengthRanges { len, .. } = answer::<SetTopic>(information)?;
                limits.topic_len = usable(len)?;
            }
            Question::Payload => {
                let LengthRanges { len, .. } = answer::<SetPayload>(information)?;
                limits.payload_len = usable(len)?;
            }
            Question::Publish => {
                let PublishRanges { timeout, .. } = answer::<Publish>(information)?;
                limits.publish_timeout = usable(timeout)?;
            }
            Question::Subscribe => {
                let SubscriptionRanges { len, .. } = answer::<Subscribe>(information)?;
                limits.filter_len = usable(len)?;
            }
            Question::Disconnect => {
                let DisconnectRanges { timeout, .. } = answer::<Disconnect>(information)?;
                limits.disconnect_timeout = usable(timeout)?;
            }
            Question::SslContext => {
                let SslContextRanges { context, .. } = answer::<SetSslContext>(information)?;
                limits.ssl_context = context;
            }
        }
        Some(())
    }
}

/// How often a question is asked at most.
const MOST: u8 = 3;

/// A range that some value of 1 or more is in. Another would lock every request out, and is no range.
fn usable(ranges: Ranges) -> Option<Ranges> {
    let max = ranges.max();
    (max > 0 && ranges.contains(max)).then_some(ranges)
}

fn answer<C: Testable>(information: InfoLines<'_>) -> Option<C::Reply<'_>> {
    C::decode_test(information).ok()
}

//! WILLTOPIC and WILLMSG (the vendor's note, sections 3.2.6 and 3.2.7).

use at_proto::Ranges;
use at_proto::cmqtt::{LengthRanges, MessageRanges, SetWillMessage, SetWillTopic};

use super::{Context, DataFor, Mqtt, Outcome, ResultCode, check_len, check_max, conclude, prompt};

impl Mqtt {
    pub(super) fn set_will_topic(&mut self, cx: &Context<'_>, command: SetWillTopic) -> Outcome {
        let SetWillTopic { client, len } = command;
        let result = self
            .may_set_will(client)
            .and_then(|()| check_len(len, cx.profile.limits.will))
            .map(|()| prompt(len, DataFor::WillTopic { client }));
        conclude("+CMQTTWILLTOPIC", client, result)
    }

    pub(super) fn set_will_message(&mut self, cx: &Context<'_>, command: SetWillMessage) -> Outcome {
        let SetWillMessage { client, len, qos } = command;
        let result = self
            .may_set_will(client)
            .and_then(|()| check_len(len, cx.profile.limits.will))
            .and_then(|()| check_max(qos, 2))
            .map(|()| prompt(len, DataFor::WillMessage { client, qos }));
        conclude("+CMQTTWILLMSG", client, result)
    }

    /// Between ACCQ and CONNECT alone: the CONNECT carries it.
    fn may_set_will(&mut self, client: u8) -> Result<(), ResultCode> {
        match self.acquired(client)?.has_connection() {
            true => Err(ResultCode::NOT_SUPPORTED),
            false => Ok(()),
        }
    }
}

pub(super) fn test_topic(cx: &mut Context<'_>, client: Ranges, len: Ranges) {
    cx.information(&LengthRanges::<SetWillTopic>::new(client, len));
}

pub(super) fn test_message(cx: &mut Context<'_>, client: Ranges, len: Ranges, qos: Ranges) {
    cx.information(&MessageRanges::<SetWillMessage>::new(client, len, qos));
}

//! The message that the broker publishes when the connection breaks.

use std::ffi::OsString;

use at_proto::ValueError;
use at_proto::cmqtt::{QoS, Topic};
use cmqtt_core::Limits;

use super::{Given, Usage, qos};

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "The will")]
pub(crate) struct WillArguments {
    /// Where the broker publishes the will when the connection breaks.
    #[arg(long, value_name = "TOPIC", allow_hyphen_values = true)]
    pub(crate) will_topic: Option<OsString>,
    /// The will's message: 1 to 1024 bytes, the modem takes no empty one.
    #[arg(long, value_name = "MESSAGE", allow_hyphen_values = true)]
    pub(crate) will_payload: Option<OsString>,
    /// The will's quality of service; 0 by default.
    #[arg(long, value_name = "0|1|2", allow_negative_numbers = true, value_parser = qos)]
    pub(crate) will_qos: Option<QoS>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WillPlan {
    pub(crate) topic: String,
    pub(crate) message: Vec<u8>,
    pub(crate) qos: QoS,
}

impl WillArguments {
    pub(crate) fn plan(&self, limits: &Limits) -> Result<Option<WillPlan>, Usage> {
        let Some(topic) = &self.will_topic else {
            if self.will_payload.is_some() || self.will_qos.is_some() {
                return Err(Usage::Missing("a will needs a topic: --will-topic TOPIC"));
            }
            return Ok(None);
        };
        let topic = Given::option("--will-topic", topic.clone()).text()?;
        topic.checked(|topic| {
            Topic::new(topic)?;
            within(
                "will topic",
                topic.len(),
                limits.will_topic_len.min(),
                limits.will_topic_len.max(),
            )
        })?;
        let Some(message) = &self.will_payload else {
            return Err(Usage::Missing(
                "a will needs a message: --will-payload MESSAGE (the modem takes no empty one)",
            ));
        };
        let message = Given::option("--will-payload", message.as_encoded_bytes().to_vec());
        let range = limits.will_message_len;
        message.checked(|message| within("will message", message.len(), range.min(), range.max()))?;
        Ok(Some(WillPlan {
            topic: topic.value,
            message: message.value,
            qos: self.will_qos.unwrap_or_default(),
        }))
    }
}

/// A family's limit on a length.
pub(crate) fn within(what: &'static str, len: usize, min: u32, max: u32) -> Result<(), ValueError> {
    let (min, max) = (min as usize, max as usize);
    if (min..=max).contains(&len) {
        return Ok(());
    }
    Err(ValueError::InvalidLength { what, len, min, max })
}

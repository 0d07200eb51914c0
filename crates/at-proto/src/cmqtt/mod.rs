//! The MQTT service: each command in a file of its own, in the order of a session.
//!
//! | the manual's name | file | types |
//! |---|---|---|
//! | `AT+CMQTTSTART` | `start.rs` | [`Start`] |
//! | `AT+CMQTTACCQ` | `acquire.rs` | [`Acquire`], [`AcquiredClient`], [`AcquireRanges`] |
//! | `AT+CMQTTSSLCFG` | `ssl_context.rs` | [`SetSslContext`], [`SslContext`], [`SslContextRanges`] |
//! | `AT+CMQTTCFG` | `configure.rs` | [`Configure`], [`Setting`], [`ClientConfig`], [`ConfigRanges`] |
//! | `AT+CMQTTWILLTOPIC` | `will_topic.rs` | [`SetWillTopic`] |
//! | `AT+CMQTTWILLMSG` | `will_message.rs` | [`SetWillMessage`] |
//! | `AT+CMQTTCONNECT` | `connect.rs` | [`Connect`], [`Credentials`], [`ConnectionInfo`], [`ConnectRanges`] |
//! | `AT+CMQTTSUBTOPIC` | `subscribe_topic.rs` | [`SubscribeTopic`] |
//! | `AT+CMQTTSUB` | `subscribe.rs` | [`Subscribe`], [`Subscription`] |
//! | `AT+CMQTTTOPIC` | `topic.rs` | [`SetTopic`] |
//! | `AT+CMQTTPAYLOAD` | `payload.rs` | [`SetPayload`] |
//! | `AT+CMQTTPUB` | `publish.rs` | [`Publish`], [`PublishRanges`] |
//! | `AT+CMQTTUNSUBTOPIC` | `unsubscribe_topic.rs` | [`UnsubscribeTopic`] |
//! | `AT+CMQTTUNSUB` | `unsubscribe.rs` | [`Unsubscribe`] |
//! | `AT+CMQTTDISC` | `disconnect.rs` | [`Disconnect`], [`ConnectionState`], [`DisconnectRanges`] |
//! | `AT+CMQTTREL` | `release.rs` | [`Release`], [`ReleaseRanges`] |
//! | `AT+CMQTTSTOP` | `stop.rs` | [`Stop`] |
//!
//! Test answers that several commands share are [`LengthRanges`], [`MessageRanges`] and [`SubscriptionRanges`].
//!
//! Commands hold plain fields, for the modem's side reads whatever was sent. A host makes what goes into them with the
//! checked types of `value/`: [`ClientId`], [`Topic`], [`TopicFilter`], [`QoS`], [`KeepAlive`], [`ServerAddress`],
//! [`UserName`], [`Password`].
//!
//! What the service says unasked is a [`Urc`]; how a command ended is a [`ResultCode`].

mod start;
pub use start::Start;

mod acquire;
pub use acquire::{Acquire, AcquireRanges, AcquiredClient};

mod ssl_context;
pub use ssl_context::{SetSslContext, SslContext, SslContextRanges};

mod configure;
pub use configure::{ClientConfig, ConfigRanges, Configure, Setting};

mod will_topic;
pub use will_topic::SetWillTopic;

mod will_message;
pub use will_message::SetWillMessage;

mod connect;
pub use connect::{Connect, ConnectRanges, ConnectionInfo, Credentials};

mod subscribe_topic;
pub use subscribe_topic::SubscribeTopic;

mod subscribe;
pub use subscribe::{Subscribe, Subscription};

mod topic;
pub use topic::SetTopic;

mod payload;
pub use payload::SetPayload;

mod publish;
pub use publish::{Publish, PublishRanges};

mod unsubscribe_topic;
pub use unsubscribe_topic::UnsubscribeTopic;

mod unsubscribe;
pub use unsubscribe::Unsubscribe;

mod disconnect;
pub use disconnect::{ConnectionState, Disconnect, DisconnectRanges};

mod release;
pub use release::{Release, ReleaseRanges};

mod stop;
pub use stop::Stop;

mod length_ranges;
pub use length_ranges::LengthRanges;

mod qos_ranges;
pub use qos_ranges::{MessageRanges, SubscriptionRanges};

mod value;
pub use value::{ClientId, KeepAlive, Password, QoS, ServerAddress, Topic, TopicFilter, UserName};

mod urc;
pub use urc::Urc;

mod lost_cause;
pub use lost_cause::LostCause;

mod result_urc;
pub use result_urc::ResultUrc;

mod result_code;
pub use result_code::{Outlook, ResultCode, Subject};

pub mod budget;

#[cfg(test)]
mod examples;

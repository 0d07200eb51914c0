//! (being written)

mod network;
pub use network::{Connect, ConnectError, LostCause, MqttVersion, NetworkEvent, NetworkRequest, QoS, Will};

mod broker;
pub use broker::{
    Accepted, Broker, CloseReason, ConnectionId, FromClient, Limits, Login, Message, Observed, ObserverId,
    PacketId, Policy, Refusal, Secret, ToClient, TopicError, TopicFilter, check_topic_name,
};

mod memory_network;
pub use memory_network::{ClientKey, MemoryNetwork};

#[cfg(feature = "host")]
pub mod host;

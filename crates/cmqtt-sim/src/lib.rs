//! (being written)

mod network;
pub use network::{Connect, ConnectError, LostCause, MqttVersion, NetworkEvent, NetworkRequest, QoS, Will};

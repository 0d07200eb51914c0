//! What a host adds to a driver for the MQTT client inside SIMCom modems, and is nobody's protocol.

#[cfg(feature = "tls")]
pub mod tls;

#[cfg(feature = "config")]
pub mod config_file;

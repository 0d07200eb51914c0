//! Real ends, behind the feature `host`: an MQTT client over TCP that answers a modem's requests, and the in-memory
//! broker on a TCP port. Both keep MQTT's bytes to `mqtt-protocol-core` and add threads, sockets and time.

mod broker_server;
pub use broker_server::BrokerServer;

mod mqisdp;

mod mqtt_client;
pub use mqtt_client::{ClientOptions, HostNetwork, MqttClient};

mod packets;

mod resolver;
pub use resolver::{Redirect, ResolveError, Resolver, Target};

mod stream;

mod wait;

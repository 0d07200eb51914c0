//! Real ends, behind the feature `host`: a modem on a line that programs can open, an MQTT client over TCP and TLS that
//! answers the modem's requests, a folder for its files, and the in-memory broker on a TCP port. All add threads, sockets and time, and no
//! decision: the modem's stay in [`Modem`](crate::Modem), MQTT's bytes in `mqtt-protocol-core`.
//!
//! ```
//! use std::io::{Read, Write};
//! use cmqtt_sim::host::{ModemServer, ServerOptions};
//! use cmqtt_sim::{Modem, Profile};
//!
//! let (server, mut host) = ModemServer::pair(Modem::new(Profile::SIM7028), ServerOptions::default())?;
//! host.write_all(b"ATE0\r")?;
//! let mut heard = [0; 11];
//! host.read_exact(&mut heard)?;
//! assert_eq!(&heard, b"ATE0\r\r\nOK\r\n");
//! server.with_modem(|now, modem| modem.inject_line(now, b"+CGEV: NW PDN DEACT 1"));
//! let mut heard = [0; 25];
//! host.read_exact(&mut heard)?;
//! assert_eq!(&heard, b"\r\n+CGEV: NW PDN DEACT 1\r\n");
//! # Ok::<(), std::io::Error>(())
//! ```

mod modem_server;
pub use modem_server::{Faults, LineEvent, ModemServer, ServerOptions, Trace};

mod line;
pub use line::{Line, Pty, PtyError, TcpLine};

mod broker_server;
pub use broker_server::BrokerServer;

mod folder;
pub use folder::FolderFiles;

mod mqisdp;

mod mqtt_client;
pub use mqtt_client::{ClientOptions, HostNetwork, MqttClient};

mod packets;

mod resolver;
pub use resolver::{Redirect, ResolveError, Resolver, Target};

mod stream;

mod tls;

mod wait;

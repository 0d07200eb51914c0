//! The seam between the simulated modem and whatever carries its MQTT traffic: plain requests one way, plain
//! events the other. The in-memory broker answers them in virtual time, a real MQTT client answers them over TCP;
//! the modem cannot tell which.

pub use at_proto::MqttVersion;
pub use at_proto::cmqtt::QoS;
use thiserror::Error;

mod faults;
pub use faults::{Crossing, NetworkFaults};

mod tls;
pub use tls::{HandshakeError, TlsFile, TlsIdentity, TlsRequest, TlsVersion};

/// The message that the broker publishes when the client vanishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will {
    /// The topic name.
    pub topic: Vec<u8>,
    /// The message's bytes.
    pub message: Vec<u8>,
    /// Its quality of service.
    pub qos: QoS,
}

/// What a CONNECT carries.
#[derive(Clone, PartialEq, Eq)]
pub struct Connect {
    /// The host's name or address, as the DTE gave it between `tcp://` and the port.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// MQTT 3.1 or 3.1.1.
    pub version: MqttVersion,
    /// The client identifier.
    pub client_id: Vec<u8>,
    /// Seconds between two packets at most; the modem allows 1 to 64800.
    pub keep_alive: u16,
    /// Whether the broker forgets the session.
    pub clean_session: bool,
    /// Whether it is the client's first CONNECT since it was acquired: what it had not settled went with REL, or with the
    /// modem's power. Not printed.
    pub first: bool,
    /// The user name.
    pub user: Option<Vec<u8>>,
    /// The password; never printed.
    pub password: Option<Vec<u8>>,
    /// The will.
    pub will: Option<Will>,
    /// How to speak TLS; `None` speaks plainly.
    pub tls: Option<Box<TlsRequest>>,
}

impl std::fmt::Debug for Connect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Connect");
        shown
            .field("host", &self.host)
            .field("port", &self.port)
            .field("version", &self.version)
            .field("client_id", &self.client_id.escape_ascii().to_string())
            .field("keep_alive", &self.keep_alive)
            .field("clean_session", &self.clean_session)
            .field(
                "user",
                &self.user.as_ref().map(|user| user.escape_ascii().to_string()),
            )
            .field("password", &self.password.as_ref().map(|_| "[redacted]"))
            .field("will", &self.will);
        // A plain one says nothing of TLS.
        if let Some(tls) = &self.tls {
            shown.field("tls", tls);
        }
        shown.finish()
    }
}

/// What the modem asks of the network for one of its clients. Each is answered by exactly one [`NetworkEvent`] of
/// the kind that its doc names, unless the connection ends first: then by [`NetworkEvent::Lost`] alone, or by
/// [`NetworkEvent::Disconnected`] where the modem asked for the end itself. A publish, subscribe or unsubscribe that
/// crosses the news of the end on its way is dropped: that news has answered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkRequest {
    /// Answered by [`NetworkEvent::Connected`] or [`NetworkEvent::ConnectFailed`]. While the client is connected or
    /// connecting (no modem asks then) it replaces nothing and fails with [`ConnectError::Protocol`].
    Connect(Box<Connect>),
    /// Answered by [`NetworkEvent::Published`]: at once for QoS 0, after PUBACK or PUBCOMP otherwise.
    Publish {
        /// The topic name.
        topic: Vec<u8>,
        /// The message's bytes.
        payload: Vec<u8>,
        /// The quality of service.
        qos: QoS,
        /// Whether the broker keeps it for later subscribers.
        retain: bool,
        /// The duplicate flag, passed on as the DTE gave it.
        dup: bool,
    },
    /// Answered by [`NetworkEvent::Subscribed`].
    Subscribe {
        /// Topic filters, each with the QoS asked for.
        filters: Vec<(Vec<u8>, QoS)>,
    },
    /// Answered by [`NetworkEvent::Unsubscribed`].
    Unsubscribe {
        /// Topic filters.
        filters: Vec<Vec<u8>>,
    },
    /// Answered by [`NetworkEvent::Disconnected`], also when nothing was connected. A CONNECT that is still under way
    /// fails first, with [`ConnectError::Closed`].
    Disconnect,
    /// The modem lost its power or was reset: drop the connection without a DISCONNECT, answer nothing.
    Abort,
}

/// What the network tells one of the modem's clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkEvent {
    /// The broker accepted the CONNECT.
    Connected,
    /// There is no connection, and why.
    ConnectFailed(ConnectError),
    /// The oldest publish that was not yet answered is settled.
    Published,
    /// The broker answered SUBSCRIBE: whether it granted every filter.
    Subscribed {
        /// `false` when a return code was 0x80.
        granted: bool,
    },
    /// The broker answered UNSUBSCRIBE.
    Unsubscribed,
    /// The DISCONNECT was sent and the connection is closed.
    Disconnected,
    /// A message arrived for the client (its acknowledgement is the carrier's affair).
    Message {
        /// The topic name.
        topic: Vec<u8>,
        /// The message's bytes.
        payload: Vec<u8>,
    },
    /// The connection ended without being asked to.
    Lost(LostCause),
}

/// Why there is no connection. The modem turns each into a result code (the vendor's note, "Result codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// The host's name has no address.
    #[error("the host's name has no address")]
    Dns,
    /// The address does not answer, or refuses.
    #[error("nobody listens at the host's address")]
    Unreachable,
    /// The peer closed the connection before CONNACK.
    #[error("the broker closed the connection before it answered CONNECT")]
    Closed,
    /// Nothing came in the time allowed.
    #[error("nothing came in the time allowed")]
    TimedOut,
    /// CONNACK 1 to 5.
    #[error("the broker refuses with CONNACK return code {0}")]
    Refused(u8),
    /// What came back is not MQTT.
    #[error("what the broker says is no MQTT")]
    Protocol,
    /// TLS did not come about.
    #[error("{0}")]
    Handshake(HandshakeError),
    /// A file that TLS needs is no certificate or no key, or the two do not belong together.
    #[error("{0}")]
    UnusableFile(TlsFile),
}

/// Why a connection ended: the causes of `+CMQTTCONNLOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostCause {
    /// The peer closed it.
    ClosedByPeer = 1,
    /// It was reset.
    Reset = 2,
    /// The network went away beneath it.
    NetworkClosed = 3,
}

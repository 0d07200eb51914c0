//! How a connection speaks TLS: a context of `AT+CSSLCFG`, with the files' bytes in place of their names.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

/// What the modem asks of TLS for one connection. Certificates and keys are PEM or DER, whatever the file's name ends
/// in: the content tells.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsRequest {
    /// `sslversion`.
    pub version: TlsVersion,
    /// The certificates that the server's must descend from; `None` verifies nothing, neither chain, dates nor name.
    pub ca: Option<Vec<u8>>,
    /// What the client shows to a server that asks who it is.
    pub identity: Option<TlsIdentity>,
    /// Whether the server is told which host is meant.
    pub sni: bool,
    /// Whether the server's certificate must name the host.
    pub check_name: bool,
    /// The time since 1970 by the modem's clock, at which certificates must be valid; `None` looks at no dates.
    pub time: Option<Duration>,
    /// How long the handshake may take.
    pub negotiation_time: Duration,
}

/// The versions that may be spoken: the values of `sslversion`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsVersion {
    /// 0: SSL 3.0 alone.
    Ssl3,
    /// 1: TLS 1.0 alone.
    Tls10,
    /// 2: TLS 1.1 alone.
    Tls11,
    /// 3: TLS 1.2 alone.
    Tls12,
    /// 4: whichever is the newest that both sides have.
    All,
}

/// A certificate and its key.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsIdentity {
    /// The client's certificate, perhaps with those between it and its root.
    pub certificate: Vec<u8>,
    /// Its key; never printed.
    pub key: Vec<u8>,
    /// The key's password, empty for a key that has none; never printed.
    pub password: Vec<u8>,
}

impl Debug for TlsRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsRequest")
            .field("version", &self.version)
            .field("ca", &self.ca.as_ref().map(Vec::len))
            .field("identity", &self.identity)
            .field("sni", &self.sni)
            .field("check_name", &self.check_name)
            .field("time", &self.time)
            .field("negotiation_time", &self.negotiation_time)
            .finish()
    }
}

impl Debug for TlsIdentity {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity")
            .field("certificate", &self.certificate.len())
            .finish_non_exhaustive()
    }
}

//! How a connection speaks TLS: a context of `AT+CSSLCFG`, with the files' bytes in place of their names.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use thiserror::Error;

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

/// Why TLS did not come about. Modems answer 32 to each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// `sslversion` names none that is still spoken, or none that the server speaks.
    #[error("no version of TLS is spoken by both sides")]
    Version,
    /// `cacert` holds another authority.
    #[error("the server's certificate descends from none in cacert")]
    Issuer,
    /// The server's certificate is for other hosts.
    #[error("the server's certificate does not name the host")]
    Name,
    /// One of the server's certificates is too old or too new.
    #[error("the server's certificates are not of the time that the modem's clock shows")]
    Dates,
    /// The server asked for a certificate and got none, or none that it trusts.
    #[error("the server does not trust the client's certificate, or misses it")]
    Client,
    /// The server has another reason, by its number in TLS (RFC 8446, section 6.2).
    #[error("the server refuses with TLS alert {0}")]
    Alert(u8),
    /// `negotiatetime` is over.
    #[error("the negotiation took longer than negotiatetime")]
    TimedOut,
    /// The server ended the connection.
    #[error("the server closed the connection during the handshake")]
    Closed,
    /// Whoever answers does not speak TLS, or breaks it.
    #[error("what the server says is no TLS")]
    NotTls,
}

/// A file that TLS cannot use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TlsFile {
    /// The authority's.
    #[error("cacert is no certificate")]
    Authority,
    /// The client's.
    #[error("clientcert is no certificate")]
    Certificate,
    /// The client's, or its password is another.
    #[error("clientkey is no key, or not with this password")]
    Key,
    /// Each by itself is good.
    #[error("clientkey is not the key of clientcert")]
    Pair,
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

//! What a file is for.

use std::fmt::{self, Display, Formatter};

/// What a file is for. The set is closed: the modem's contexts have these three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The certificate that the broker's is checked against.
    Ca,
    /// The certificate that the client shows.
    ClientCertificate,
    /// The key of that certificate.
    ClientKey,
}

impl Role {
    /// The short word in a file's name on the modem.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::Ca => "ca",
            Self::ClientCertificate => "cert",
            Self::ClientKey => "key",
        }
    }
}

impl Display for Role {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ca => "CA certificate",
            Self::ClientCertificate => "client certificate",
            Self::ClientKey => "client key",
        })
    }
}

//! What is suspicious about a file, although it goes to the modem.

use std::path::PathBuf;

use super::clock::ModemTime;
use super::role::Role;

/// A doubt about one of the files, for the program to print.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{role} {}: {doubt}", path.display())]
pub struct TlsWarning {
    /// What the file is for.
    pub role: Role,
    /// Which file.
    pub path: PathBuf,
    /// What is suspicious about it.
    pub doubt: Doubt,
}

/// What is suspicious about a file. Nothing of a key is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// Whether key and certificate belong together could not be checked.
    #[error(
        "cannot be compared with the certificate of {certificate} ({key}): this kind of key is not read here; if the broker ends the handshake (result code 32), compare them with `openssl pkey -pubout` and `openssl x509 -pubkey`"
    )]
    PairUnchecked {
        /// The certificate's subject.
        certificate: String,
        /// The kind of the certificate's key.
        key: String,
    },
    /// The date is written in a form that some modems do not read.
    #[error(
        "the certificate of {subject} is valid until {not_after}, and some modems do not read dates past 2049 (result code 34 at CONNECT); if so, use a certificate that ends earlier"
    )]
    ValidPast2049 {
        /// Whose certificate it is.
        subject: String,
        /// Its last moment.
        not_after: ModemTime,
    },
}

//! What can be wrong with a file, where, and what to do about it.

use std::io;
use std::path::PathBuf;

use super::clock::ModemTime;
use super::role::Role;

/// A file that is not sent to the modem.
#[derive(Debug, thiserror::Error)]
#[error("{role} {}: {problem}", path.display())]
pub struct TlsFileError {
    /// What the file is for.
    pub role: Role,
    /// Which file.
    pub path: PathBuf,
    /// What is wrong, and what to do.
    pub problem: Problem,
}

/// What is wrong with a file. Nothing of a key is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// More or fewer bytes than `AT+CCERTDOWN` takes.
    #[error(
        "has {} bytes, but the modem takes {min} to {max}; {}",
        if len > max { format!("more than {max}") } else { len.to_string() },
        if *len == 0 { "write the file again" } else { "leave out the certificates that are not needed, or use DER" },
    )]
    Length {
        /// The file's bytes. Of a file that is far too long, those that were read.
        len: usize,
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// Neither PEM nor DER.
    #[error(
        "is neither PEM (no line `-----BEGIN …-----`) nor DER (byte 0 is {first:#04x}, not 0x30); convert it with `openssl x509` or `openssl pkey`"
    )]
    NeitherPemNorDer {
        /// The first byte.
        first: u8,
    },
    /// A PEM block that nothing ends.
    #[error(
        "line {line}: `-----BEGIN {label}-----` has no `-----END {label}-----`; the file is cut short, copy it again"
    )]
    PemUnended {
        /// The line of its beginning, counted from 1.
        line: usize,
        /// What the block says it holds.
        label: String,
    },
    /// A PEM block whose text is not base64.
    #[error("line {line}: not base64; the file is damaged, copy it again as it is")]
    PemBase64 {
        /// The line, counted from 1; the block's first where no single line is wrong.
        line: usize,
    },
    /// A PEM block that holds something else.
    #[error("line {line}: holds {found}, but a {expected} is wanted; name the right file")]
    WrongContent {
        /// The line of the block's beginning, counted from 1.
        line: usize,
        /// What it says it holds.
        found: String,
        /// What is wanted.
        expected: &'static str,
    },
    /// DER that ends too early, or goes on too long.
    #[error("{place}announces {announced} bytes of DER, {found} are there; the file is {}, copy it again", if found < announced { "cut short" } else { "followed by something else" })]
    DerLength {
        /// `line 1: ` for PEM, empty for DER.
        place: String,
        /// The bytes that its header announces, header included.
        announced: usize,
        /// The bytes that are there.
        found: usize,
    },
    /// DER that is not what it should be.
    #[error("{place}is no {expected}: {reason}; name the right file, or make it again")]
    Der {
        /// `line 1: ` for PEM, empty for DER.
        place: String,
        /// What is wanted.
        expected: &'static str,
        /// What the parser says.
        reason: String,
    },
    /// A key that a passphrase protects.
    #[error(
        "{place}the key is encrypted, and the modem cannot ask for the passphrase; decrypt it with `openssl pkey -in FILE -out NEW`"
    )]
    EncryptedKey {
        /// `line 1: ` for PEM, empty for DER.
        place: String,
    },
    /// A key that belongs to another certificate.
    #[error(
        "does not belong to the certificate of {certificate}; name the key that the certificate was made with"
    )]
    KeyMismatch {
        /// The certificate's subject.
        certificate: String,
    },
    /// A certificate without its key, or a key without its certificate.
    #[error("is of no use without the {missing}; name both, or neither")]
    Alone {
        /// What is missing.
        missing: Role,
    },
    /// A certificate that may not vouch for others.
    #[error(
        "{place}{subject} is no CA: it may not vouch for a broker (basicConstraints CA:FALSE); name the certificate of its issuer, {issuer}"
    )]
    NotCa {
        /// `line 1: ` for PEM, empty for DER.
        place: String,
        /// Whose certificate it is.
        subject: String,
        /// Who made it.
        issuer: String,
    },
    /// A certificate whose time is over.
    #[error(
        "{place}the certificate of {subject} expired at {not_after}, and the modem's clock says {now}; renew it, or set the clock if it is wrong"
    )]
    Expired {
        /// `line 1: ` for PEM, empty for DER.
        place: String,
        /// Whose certificate it is.
        subject: String,
        /// Its last moment.
        not_after: ModemTime,
        /// The modem's clock.
        now: ModemTime,
    },
    /// A certificate whose time has not come.
    #[error(
        "{place}the certificate of {subject} is valid from {not_before}, but the modem's clock says {now}; set the clock (a modem that no network told the time begins in 1970 or 1980), or wait"
    )]
    NotYetValid {
        /// `line 1: ` for PEM, empty for DER.
        place: String,
        /// Whose certificate it is.
        subject: String,
        /// Its first moment.
        not_before: ModemTime,
        /// The modem's clock.
        now: ModemTime,
    },
}

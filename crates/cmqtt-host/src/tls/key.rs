//! A file with a private key.

use std::fmt::{self, Debug, Formatter};

use rustls::crypto::ring;
use rustls_pki_types::PrivateKeyDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::certificate::CertificateFile;
use super::doubt::Doubt;
use super::error::Problem;
use super::name::modem_name;
use super::pem::{self, Block};
use super::role::Role;
use super::source;

/// A file with one private key, which no passphrase protects. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyFile {
    content: Vec<u8>,
    der: Vec<u8>,
}

impl KeyFile {
    /// Reads the content of a file.
    ///
    /// # Errors
    /// [`Problem`], with line or byte, unless it is a key that the modem can use.
    pub fn parse(content: Vec<u8>) -> Result<Self, Problem> {
        let content = pem::with_line_feeds(content);
        let blocks = source::blocks(&content)?;
        // `openssl ecparam -genkey` writes the curve before the key.
        let block = blocks
            .into_iter()
            .find(|block| block.label.as_deref() != Some("EC PARAMETERS"));
        let Some(block) = block else {
            return Err(Problem::WrongContent {
                line: 1,
                found: "EC PARAMETERS".to_owned(),
                expected: WHAT,
            });
        };
        let der = parse(block)?;
        Ok(Self { content, der })
    }

    /// The bytes that go to the modem.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The name under which they go there. See [`modem_name`].
    pub fn modem_name(&self) -> String {
        modem_name(Role::ClientKey, &self.content)
    }

    /// Compares the key with the file's first certificate, of any version. A key that cannot be compared here (RSA under
    /// 2048 bits, rare curves) is no error: [`Doubt::PairUnchecked`] is returned, and the broker decides.
    ///
    /// # Errors
    /// [`Problem::KeyMismatch`].
    pub fn check_pair(&self, certificate: &CertificateFile) -> Result<Option<Doubt>, Problem> {
        let Some((summary, der)) = certificate.first() else {
            return Ok(None);
        };
        let certificate = summary.subject.clone();
        match belongs(&self.der, der) {
            Some(true) => Ok(None),
            Some(false) => Err(Problem::KeyMismatch { certificate }),
            None => Ok(Some(Doubt::PairUnchecked {
                certificate,
                key: summary.key.clone(),
            })),
        }
    }
}

/// Whether the public key in the certificate is that of the private key. `None`: one of them cannot be read.
fn belongs(key: &[u8], certificate: &[u8]) -> Option<bool> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let key = ring::sign::any_supported_type(&PrivateKeyDer::try_from(key).ok()?).ok()?;
    let info = key.public_key()?;
    let (_, own) = SubjectPublicKeyInfo::from_der(info.as_ref()).ok()?;
    let shown = certificate.public_key();
    let (own_bits, shown_bits) = (&own.subject_public_key.data, &shown.subject_public_key.data);
    // An elliptic point can be written in a shorter form, which is the same key in other bytes.
    let same_kind = own.algorithm.algorithm == shown.algorithm.algorithm;
    let is_compressed = matches!(shown_bits.first(), Some(2 | 3)) && own_bits.first() == Some(&4);
    if same_kind && is_compressed {
        return None;
    }
    Some(same_kind && own_bits == shown_bits)
}

impl Debug for KeyFile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("KeyFile([redacted])")
    }
}

fn parse(block: Block) -> Result<Vec<u8>, Problem> {
    let place = block.place();
    if block.encrypted {
        return Err(Problem::EncryptedKey { place });
    }
    if let (Some(line), Some(label)) = (block.line, &block.label)
        && !label.ends_with("PRIVATE KEY")
    {
        return Err(Problem::WrongContent {
            line,
            found: label.clone(),
            expected: WHAT,
        });
    }
    source::check_length(&block)?;
    if is_encrypted(&block.der) {
        return Err(Problem::EncryptedKey { place });
    }
    match PrivateKeyDer::try_from(block.der) {
        Ok(key) => Ok(key.secret_der().to_vec()),
        Err(reason) => Err(Problem::Der {
            place,
            expected: WHAT,
            reason: reason.to_owned(),
        }),
    }
}

/// An encrypted PKCS #8 key begins with the name of its cipher, any other with a version (RFC 5958, section 3).
fn is_encrypted(der: &[u8]) -> bool {
    let header = match der.get(1) {
        Some(&first) if first > 0x80 => 2 + usize::from(first & 0x7f),
        _ => 2,
    };
    // A certificate begins with a sequence of sequences as well: its first is longer than any cipher's name.
    der.get(header) == Some(&0x30) && der.get(header + 1).is_some_and(|&len| len < 0x80)
}

const WHAT: &str = "private key";

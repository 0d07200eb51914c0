//! A file with a private key.

use std::fmt::{self, Debug, Formatter};

use rustls::crypto::ring;
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::certificate::CertificateFile;
use super::error::Problem;
use super::name::modem_name;
use super::pem::Block;
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

    /// The key belongs to the file's first certificate. A kind of key that cannot be compared here (RSA under 2048
    /// bits, rare curves) passes: the broker decides.
    ///
    /// # Errors
    /// [`Problem::KeyMismatch`].
    pub fn check_pair(&self, certificate: &CertificateFile) -> Result<(), Problem> {
        let Some((summary, der)) = certificate.first() else {
            return Ok(());
        };
        let Ok(key) = PrivateKeyDer::try_from(self.der.clone()) else {
            return Ok(());
        };
        let Ok(key) = ring::sign::any_supported_type(&key) else {
            return Ok(());
        };
        let pair = CertifiedKey::new(vec![CertificateDer::from(der.to_vec())], key);
        match pair.keys_match() {
            Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => {
                Err(Problem::KeyMismatch {
                    certificate: summary.subject.clone(),
                })
            }
            _ => Ok(()),
        }
    }
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

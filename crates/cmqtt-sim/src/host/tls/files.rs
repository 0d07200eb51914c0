//! Certificates and keys out of files, PEM or DER: the content tells which.

use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::parse_x509_certificate;

use crate::network::{ConnectError, TlsIdentity};

/// Every certificate in a file; at least one.
pub(super) fn certificates(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let certificates = if is_pem(file) {
        CertificateDer::pem_slice_iter(file)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| ConnectError::UnusableFile)?
    } else {
        vec![CertificateDer::from(file.to_vec())]
    };
    let whole = |der: &CertificateDer<'_>| matches!(parse_x509_certificate(der), Ok(([], _)));
    if certificates.is_empty() || !certificates.iter().all(whole) {
        return Err(ConnectError::UnusableFile);
    }
    Ok(certificates)
}

/// The client's certificate with its key, which must be a pair.
pub(super) fn identity(
    identity: &TlsIdentity,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, ConnectError> {
    let certificates = certificates(&identity.certificate)?;
    let key = private_key(&identity.key, &identity.password)?;
    let key = provider.key_provider.load_private_key(key);
    let key = key.map_err(|_| ConnectError::UnusableFile)?;
    if let (Some(public), Some(certificate)) = (key.public_key(), certificates.first()) {
        let (_, certificate) = parse_x509_certificate(certificate).map_err(|_| ConnectError::UnusableFile)?;
        if certificate.public_key().raw != public.as_ref() {
            return Err(ConnectError::UnusableFile);
        }
    }
    Ok(CertifiedKey::new(certificates, key))
}

/// PKCS #8, with or without a password, PKCS #1 or SEC 1. A key that OpenSSL has encrypted in its own old way
/// (`Proc-Type: 4,ENCRYPTED`) cannot be read.
fn private_key(file: &[u8], password: &[u8]) -> Result<PrivateKeyDer<'static>, ConnectError> {
    let unusable = ConnectError::UnusableFile;
    if !is_pem(file) {
        return match decrypted(file, password) {
            Some(key) => Ok(key),
            None => PrivateKeyDer::try_from(file.to_vec()).map_err(|_| unusable),
        };
    }
    if let Some(pem) = encrypted_section(file) {
        let (_, document) = SecretDocument::from_pem(pem).map_err(|_| unusable)?;
        return decrypted(document.as_bytes(), password).ok_or(unusable);
    }
    PrivateKeyDer::from_pem_slice(file).map_err(|_| unusable)
}

/// The key inside an `EncryptedPrivateKeyInfo`; `None` where it is none, or the password is another.
fn decrypted(der: &[u8], password: &[u8]) -> Option<PrivateKeyDer<'static>> {
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der).ok()?;
    let derivation = encrypted.encryption_algorithm.pbes2()?.kdf.pbkdf2()?;
    // Whoever wrote the file decides how long its password takes to try.
    if derivation.iteration_count > ITERATIONS {
        return None;
    }
    let key = encrypted.decrypt(password).ok()?;
    Some(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into())
}

fn encrypted_section(file: &[u8]) -> Option<&str> {
    const END: &str = "-----END ENCRYPTED PRIVATE KEY-----";
    let text = std::str::from_utf8(file).ok()?;
    let text = text.get(text.find("-----BEGIN ENCRYPTED PRIVATE KEY-----")?..)?;
    text.get(..text.find(END)? + END.len())
}

fn is_pem(file: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN ";
    file.windows(BEGIN.len()).any(|window| window == BEGIN)
}

/// OpenSSL's default is 2048, what is advised today some hundred thousand.
const ITERATIONS: u32 = 2_000_000;

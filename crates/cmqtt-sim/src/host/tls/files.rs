//! Certificates and keys out of files, PEM or DER: the content tells which.

use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::parse_x509_certificate;

use crate::network::{TlsFile, TlsIdentity};

/// Every certificate in a file, at least one; `None` for a file that holds anything else in their place.
pub(super) fn certificates(file: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let certificates = if is_pem(file) {
        CertificateDer::pem_slice_iter(file)
            .collect::<Result<Vec<_>, _>>()
            .ok()?
    } else {
        vec![CertificateDer::from(file.to_vec())]
    };
    let whole = |der: &CertificateDer<'_>| matches!(parse_x509_certificate(der), Ok(([], _)));
    (!certificates.is_empty() && certificates.iter().all(whole)).then_some(certificates)
}

/// The client's certificate with its key, which must be a pair.
pub(super) fn identity(identity: &TlsIdentity, provider: &CryptoProvider) -> Result<CertifiedKey, TlsFile> {
    let certificates = certificates(&identity.certificate).ok_or(TlsFile::Certificate)?;
    let key = private_key(&identity.key, &identity.password).ok_or(TlsFile::Key)?;
    let key = provider.key_provider.load_private_key(key);
    let key = key.map_err(|_| TlsFile::Key)?;
    let public = certificates
        .first()
        .and_then(|certificate| parse_x509_certificate(certificate).ok());
    match (key.public_key(), public) {
        (Some(of_key), Some((_, certificate))) if certificate.public_key().raw != of_key.as_ref() => {
            Err(TlsFile::Pair)
        }
        _ => Ok(CertifiedKey::new(certificates, key)),
    }
}

/// PKCS #8, with or without a password, PKCS #1 or SEC 1. A key that OpenSSL has encrypted in its own old way
/// (`Proc-Type: 4,ENCRYPTED`) cannot be read.
fn private_key(file: &[u8], password: &[u8]) -> Option<PrivateKeyDer<'static>> {
    if !is_pem(file) {
        let unlocked = || PrivateKeyDer::try_from(file.to_vec()).ok();
        return decrypted(file, password).or_else(unlocked);
    }
    match encrypted_section(file) {
        Some(pem) => {
            let (_, document) = SecretDocument::from_pem(pem).ok()?;
            decrypted(document.as_bytes(), password)
        }
        None => PrivateKeyDer::from_pem_slice(file).ok(),
    }
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
const ITERATIONS: u32 = 1_000_000;

#[cfg(test)]
mod tests {
    use pkcs8::der::Encode;
    use pkcs8::der::asn1::OctetStringRef;
    use pkcs8::pkcs5::pbes2::Parameters;
    use proptest::prelude::*;
    use rcgen::generate_simple_self_signed;

    use super::*;

    /// A key in a locked file whose password takes so many rounds to try.
    fn locked(rounds: u32, encrypted: &[u8]) -> Vec<u8> {
        let locked = EncryptedPrivateKeyInfoRef {
            encryption_algorithm: parameters(rounds).into(),
            encrypted_data: OctetStringRef::new(encrypted).expect("short"),
        };
        locked.to_der().expect("short")
    }

    fn parameters(rounds: u32) -> Parameters {
        Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, b"saltsalt", [0; 16]).expect("parameters")
    }

    #[test]
    fn a_password_that_takes_years_is_not_tried() {
        let key = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = key.signing_key.serialize_der();
        let encrypted = parameters(10).encrypt("s3cret", &key).expect("encrypted");
        let unlocked = private_key(&locked(10, &encrypted), b"s3cret").expect("the key");
        assert_eq!(unlocked.secret_der(), key);
        assert!(private_key(&locked(10, &encrypted), b"other").is_none());
        let endless = locked(100_000_000, &encrypted);
        EncryptedPrivateKeyInfoRef::try_from(&endless[..]).expect("well-formed");
        assert!(private_key(&endless, b"s3cret").is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_file(bytes: Vec<u8>, password: Vec<u8>) {
            let pem = [b"-----BEGIN CERTIFICATE-----\n", &bytes[..]].concat();
            for file in [&bytes, &pem] {
                let _ = certificates(file);
                let _ = private_key(file, &password);
            }
        }

        /// One wrong byte, or a missing end, is an error or another certificate, never a panic.
        #[test]
        fn a_damaged_file_is_an_error(place: prop::sample::Index, byte: u8, cut: bool) {
            let made = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
            let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
            for file in [pem.as_bytes(), made.cert.der(), key.as_bytes(), &made.signing_key.serialize_der()] {
                let mut file = file.to_vec();
                let place = place.index(file.len());
                file[place] = byte;
                if cut {
                    file.truncate(place);
                }
                let identity = TlsIdentity { certificate: file.clone(), key: file, password: Vec::new() };
                let _ = super::identity(&identity, &rustls::crypto::ring::default_provider());
            }
        }
    }
}

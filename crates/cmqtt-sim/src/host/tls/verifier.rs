//! What is verified of a server: nothing, or chain, name and dates.

use std::fmt::{self, Debug, Formatter};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use x509_parser::parse_x509_certificate;

use super::chain::Chain;
use super::files;
use crate::network::{ConnectError, TlsFile, TlsRequest};

/// One context's verification.
pub(super) struct Verifier {
    /// `None` verifies nothing.
    trusted: Option<Vec<CertificateDer<'static>>>,
    check_name: bool,
    /// In seconds since 1970; `None` looks at no dates.
    time: Option<u64>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// # Errors
    /// The authority's file is no certificate.
    pub(super) fn new(request: &TlsRequest, provider: &CryptoProvider) -> Result<Self, ConnectError> {
        let read =
            |file: &Vec<u8>| files::certificates(file).ok_or(ConnectError::UnusableFile(TlsFile::Authority));
        Ok(Self {
            trusted: request.ca.as_ref().map(read).transpose()?,
            check_name: request.check_name,
            time: request.time.map(|time| time.as_secs()),
            algorithms: provider.signature_verification_algorithms,
        })
    }

    /// Whether the server has the key of the certificate that it shows. Without `webpki`, for the reason that
    /// [`super::chain`] gives.
    fn verify_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.trusted.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let (_, certificate) =
            parse_x509_certificate(certificate).map_err(|_| CertificateError::BadEncoding)?;
        let key = &certificate.public_key().subject_public_key.data;
        let mut algorithms = self
            .algorithms
            .mapping
            .iter()
            .filter(|(scheme, _)| *scheme == signed.scheme)
            .flat_map(|(_, algorithms)| *algorithms);
        if algorithms.any(|algorithm| {
            algorithm
                .verify_signature(key, message, signed.signature())
                .is_ok()
        }) {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(CertificateError::BadSignature.into())
        }
    }
}

impl ServerCertVerifier for Verifier {
    /// `now` is this machine's time, which is not the modem's.
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(trusted) = &self.trusted else {
            return Ok(ServerCertVerified::assertion());
        };
        let chain = Chain::find(leaf, between, trusted).ok_or(CertificateError::UnknownIssuer)?;
        if self.check_name && !chain.names(host) {
            return Err(CertificateError::NotValidForName.into());
        }
        if self.time.is_some_and(|time| !chain.is_valid_at(time)) {
            return Err(CertificateError::Expired.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Debug for Verifier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("trusted", &self.trusted.as_ref().map(Vec::len))
            .field("check_name", &self.check_name)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

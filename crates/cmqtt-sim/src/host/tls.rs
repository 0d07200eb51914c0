//! TLS by `rustls`, as a context of the modem says: what it verifies, what it shows, and how long it may take.
//!
//! A context may ask for SSL 3.0, TLS 1.0 or TLS 1.1, which modems still have and `rustls` does not: such a handshake
//! fails, as it does at any broker of today. `sslversion` 4 offers TLS 1.2 and 1.3; that modems have the latter is
//! inferred.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, Error, PeerIncompatible,
    SignatureScheme,
};

mod chain;
mod files;
mod verifier;

use crate::network::{ConnectError, HandshakeError, TlsRequest, TlsVersion};
use verifier::Verifier;

/// What a context makes of its files, before there is anybody to talk to.
#[derive(Debug)]
pub(super) struct Prepared {
    config: ClientConfig,
    asked: Asked,
}

/// A connection that begins with its handshake.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) connection: ClientConnection,
    pub(super) asked: Asked,
}

/// Whether the server has asked who the client is.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked(Arc<AtomicBool>);

impl Asked {
    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Prepared {
    /// Reads the files.
    ///
    /// # Errors
    /// [`ConnectError::UnusableFile`]; [`ConnectError::Handshake`] for a version that nobody speaks.
    pub(super) fn new(request: &TlsRequest) -> Result<Box<Self>, ConnectError> {
        let provider = Arc::new(ring::default_provider());
        let versions = match request.version {
            TlsVersion::Ssl3 | TlsVersion::Tls10 | TlsVersion::Tls11 => &[][..],
            TlsVersion::Tls12 => &[&TLS12],
            TlsVersion::All => &[&TLS13, &TLS12],
        };
        let asked = Asked::default();
        let identity = Identity {
            key: match &request.identity {
                Some(identity) => {
                    let key = files::identity(identity, &provider);
                    Some(Arc::new(key.map_err(ConnectError::UnusableFile)?))
                }
                None => None,
            },
            asked: asked.clone(),
        };
        let verifier = Verifier::new(request, &provider)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(|_| ConnectError::Handshake(HandshakeError::Version))?;
        let mut config = config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(identity));
        config.enable_sni = request.sni;
        config.resumption = Resumption::disabled();
        Ok(Box::new(Self { config, asked }))
    }

    /// Begins with a server.
    ///
    /// # Errors
    /// [`ConnectError::Handshake`].
    pub(super) fn open(self: Box<Self>, host: &str) -> Result<Opening, ConnectError> {
        // What is no name is told to no server, and stands in no certificate.
        let name = ServerName::try_from(host.to_owned())
            .unwrap_or_else(|_| ServerName::from(IpAddr::from(Ipv4Addr::UNSPECIFIED)));
        let connection = ClientConnection::new(Arc::new(self.config), name);
        Ok(Opening {
            connection: connection.map_err(|error| ConnectError::Handshake(reason(&error)))?,
            asked: self.asked,
        })
    }
}

/// What `rustls` means by an error.
pub(super) fn reason(error: &Error) -> HandshakeError {
    match error {
        Error::AlertReceived(AlertDescription::ProtocolVersion)
        | Error::PeerIncompatible(
            PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::ServerDoesNotSupportTls12Or13,
        ) => HandshakeError::Version,
        Error::AlertReceived(alert) => HandshakeError::Alert((*alert).into()),
        Error::InvalidCertificate(CertificateError::NotValidForName) => HandshakeError::Name,
        Error::InvalidCertificate(CertificateError::Expired) => HandshakeError::Dates,
        Error::InvalidCertificate(_) => HandshakeError::Issuer,
        _ => HandshakeError::NotTls,
    }
}

/// Shows the client's certificate, if it has one, to whoever asks.
#[derive(Debug)]
struct Identity {
    key: Option<Arc<CertifiedKey>>,
    asked: Asked,
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.0.store(true, Ordering::Relaxed);
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}

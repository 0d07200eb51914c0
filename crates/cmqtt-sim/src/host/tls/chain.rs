//! Whether a server's certificate descends from one that the modem was given, is of its time, and names the host.
//!
//! The modems' own stacks take what OpenSSL's shortest recipes make: certificates of version 1, a host in the common
//! name alone, a server's certificate that is its own authority. `webpki`, which serves browsers' rules, takes none of
//! these, so the chain is walked here; every signature is checked by `x509-parser`.

use rustls::pki_types::{CertificateDer, IpAddr, ServerName};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::time::ASN1Time;

/// The server's certificate, those from it to a trusted one, and that: the authority's own is the last.
pub(super) struct Chain<'a>(Vec<X509Certificate<'a>>);

impl<'a> Chain<'a> {
    /// Finds it; `None` where there is none.
    pub(super) fn find(
        leaf: &'a CertificateDer<'_>,
        between: &'a [CertificateDer<'_>],
        trusted: &'a [CertificateDer<'_>],
    ) -> Option<Self> {
        let mut chain = vec![parse(leaf)?];
        if trusted.iter().any(|certificate| certificate == leaf) {
            return Some(Self(chain));
        }
        let trusted: Vec<_> = trusted.iter().filter_map(parse).collect();
        let between: Vec<_> = between.iter().filter_map(parse).collect();
        while chain.len() <= LONGEST {
            let last = chain.last()?;
            if let Some(issuer) = trusted.iter().find(|issuer| issued(issuer, last)) {
                chain.push(issuer.clone());
                return Some(Self(chain));
            }
            let issuer = between
                .iter()
                .find(|issuer| issuer.is_ca() && issued(issuer, last))?;
            chain.push(issuer.clone());
        }
        None
    }

    /// Whether all of it is valid at this time, in seconds since 1970.
    pub(super) fn is_valid_at(&self, seconds: u64) -> bool {
        let time = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| ASN1Time::from_timestamp(seconds).ok());
        time.is_some_and(|time| {
            self.0
                .iter()
                .all(|certificate| certificate.validity().is_valid_at(time))
        })
    }

    /// Whether the server's certificate is for this host.
    pub(super) fn names(&self, host: &ServerName<'_>) -> bool {
        self.0
            .first()
            .is_some_and(|leaf| names(leaf, host).unwrap_or(false))
    }
}

fn parse<'a>(der: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    parse_x509_certificate(der)
        .ok()
        .map(|(_, certificate)| certificate)
}

fn issued(issuer: &X509Certificate<'_>, certificate: &X509Certificate<'_>) -> bool {
    issuer.subject().as_raw() == certificate.issuer().as_raw()
        && certificate.verify_signature(Some(issuer.public_key())).is_ok()
}

/// By the alternative names, or where there are none by the common name (RFC 2818, section 3.1). `None` for a
/// certificate whose names cannot be read.
fn names(leaf: &X509Certificate<'_>, host: &ServerName<'_>) -> Option<bool> {
    let alternatives = leaf.subject_alternative_name().ok()?;
    let names = alternatives
        .as_ref()
        .map_or(&[][..], |names| &names.value.general_names);
    Some(match host {
        ServerName::IpAddress(address) => {
            let octets = match address {
                IpAddr::V4(address) => address.as_ref().to_vec(),
                IpAddr::V6(address) => address.as_ref().to_vec(),
            };
            let shown = std::net::IpAddr::from(*address).to_string();
            names
                .iter()
                .any(|name| matches!(name, GeneralName::IPAddress(found) if *found == octets))
                || alternatives.is_none() && common_names(leaf).any(|name| name == shown)
        }
        ServerName::DnsName(host) => {
            let host = host.as_ref();
            names
                .iter()
                .any(|name| matches!(name, GeneralName::DNSName(found) if is_for(found, host)))
                || alternatives.is_none() && common_names(leaf).any(|name| is_for(name, host))
        }
        _ => false,
    })
}

fn common_names<'a>(leaf: &'a X509Certificate<'_>) -> impl Iterator<Item = &'a str> {
    leaf.subject()
        .iter_common_name()
        .filter_map(|name| name.as_str().ok())
}

/// A star stands for the first label.
fn is_for(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    match pattern.strip_prefix("*.") {
        Some(domain) => host
            .split_once('.')
            .is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => pattern.eq_ignore_ascii_case(host),
    }
}

/// How many certificates may stand between the server's and the authority's.
const LONGEST: usize = 8;

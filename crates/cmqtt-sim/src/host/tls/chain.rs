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
use x509_parser::x509::X509Version;

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
            let issuer = between.iter().find(|issuer| issued(issuer, last))?;
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

/// Whether this is an authority, and the other's. Version 1 cannot say that one is none.
fn issued(issuer: &X509Certificate<'_>, certificate: &X509Certificate<'_>) -> bool {
    (issuer.is_ca() || issuer.version() != X509Version::V3)
        && issuer.subject().as_raw() == certificate.issuer().as_raw()
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

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

    use super::*;

    /// A certificate for these names, of this issuer or its own, and what it may issue others with.
    fn make(
        common: &str,
        names: &[&str],
        is_ca: bool,
        issuer: Option<&Issuer<'_, KeyPair>>,
    ) -> (CertificateDer<'static>, Issuer<'static, KeyPair>) {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.distinguished_name.push(DnType::CommonName, common);
        params.is_ca = if is_ca {
            IsCa::Ca(BasicConstraints::Unconstrained)
        } else {
            IsCa::ExplicitNoCa
        };
        let key = KeyPair::generate().expect("a key");
        let made = match issuer {
            Some(issuer) => params.signed_by(&key, issuer),
            None => params.self_signed(&key),
        };
        (
            made.expect("a certificate").der().clone(),
            Issuer::new(params, key),
        )
    }

    #[track_caller]
    fn check_name(common: &str, names: &[&str], host: &str, expect: bool) {
        let (leaf, _) = make(common, names, false, None);
        let trusted = [leaf.clone()];
        let chain = Chain::find(&leaf, &[], &trusted).expect("trusted itself");
        let host = ServerName::try_from(host).expect("a host");
        assert_eq!(chain.names(&host), expect, "{common} {names:?} {host:?}");
    }

    #[test]
    fn names() {
        check_name("x", &["broker.example"], "broker.example", true);
        check_name("x", &["a.example", "Broker.Example"], "bROKER.example.", true);
        check_name("x", &["broker.example"], "other.example", false);
        check_name("x", &["*.example"], "broker.example", true);
        check_name("x", &["*.example"], "a.broker.example", false);
        check_name("x", &["*.example"], "example", false);
        check_name("x", &["127.0.0.1"], "127.0.0.1", true);
        check_name("x", &["127.0.0.1"], "127.0.0.2", false);
        check_name("x", &["2001:db8::1"], "2001:db8:0::1", true);
        // The common name counts where there is no other.
        check_name("broker.example", &[], "broker.example", true);
        check_name("*.example", &[], "broker.example", true);
        check_name("127.0.0.1", &[], "127.0.0.1", true);
        check_name("broker.example", &["a.example"], "broker.example", false);
        check_name("broker.example", &["127.0.0.1"], "broker.example", false);
    }

    #[test]
    fn a_chain_goes_over_authorities_alone() {
        let (root, by_root) = make("root", &[], true, None);
        let (between, by_between) = make("between", &[], true, Some(&by_root));
        let (leaf, by_leaf) = make("leaf", &[], false, Some(&by_between));
        let (forged, _) = make("forged", &[], false, Some(&by_leaf));
        let (namesake, _) = make("root", &[], true, None);
        let length = |leaf, between: &[_], trusted: &[_]| {
            Chain::find(leaf, between, trusted).map(|chain| chain.0.len())
        };
        let root = [root];
        let known = [leaf.clone(), between.clone()];
        assert_eq!(length(&leaf, &known, &root), Some(3));
        assert_eq!(length(&leaf, &[], &root), None);
        assert_eq!(length(&leaf, &[], std::slice::from_ref(&between)), Some(2));
        assert_eq!(length(&leaf, &known, &[namesake]), None);
        assert_eq!(length(&forged, &known, &root), None);
        assert_eq!(length(&forged, &[], std::slice::from_ref(&leaf)), None);
        assert_eq!(length(&leaf, &[], std::slice::from_ref(&leaf)), Some(1));
        assert_eq!(
            length(&CertificateDer::from(vec![0x30, 0x80]), &known, &root),
            None
        );
    }

    #[test]
    fn an_endless_chain_has_an_end() {
        let (_, mut issuer) = make("0", &[], true, None);
        let mut between = Vec::new();
        for number in 1..=LONGEST + 2 {
            let (certificate, next) = make(&number.to_string(), &[], true, Some(&issuer));
            between.push(certificate);
            issuer = next;
        }
        let leaf = between.pop().expect("the last");
        let first = std::slice::from_ref(&between[0]);
        assert!(Chain::find(&leaf, &between[1..], first).is_none());
    }

    #[test]
    fn dates_are_the_whole_chain_s() {
        let (root, by_root) = make("root", &[], true, None);
        let (leaf, _) = make("leaf", &[], false, Some(&by_root));
        let trusted = [root];
        let chain = Chain::find(&leaf, &[], &trusted).expect("a chain");
        // 1975 to 4096.
        assert!(chain.is_valid_at(157_766_400) && chain.is_valid_at(1_795_536_000));
        assert!(!chain.is_valid_at(157_766_399) && !chain.is_valid_at(67_200_000_000));
        assert!(!chain.is_valid_at(u64::MAX));
    }
}

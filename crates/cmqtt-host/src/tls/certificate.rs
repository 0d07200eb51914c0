//! A file of certificates.

use std::fmt::{self, Display, Formatter};

use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::extensions::GeneralName;
use x509_parser::nom::Err as Nom;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Version;

use super::clock::ModemTime;
use super::doubt::Doubt;
use super::error::Problem;
use super::name::modem_name;
use super::pem::{self, Block};
use super::role::Role;
use super::source;

/// A file with one certificate or a chain, each of which could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFile {
    role: Role,
    content: Vec<u8>,
    certificates: Vec<Certificate>,
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Whose it is, as in `CN=broker, O=Example`.
    pub subject: String,
    /// Who made it.
    pub issuer: String,
    /// Its first moment.
    pub not_before: ModemTime,
    /// Its last moment.
    pub not_after: ModemTime,
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    /// The kind of its key: `RSA 2048`, `EC P-256`, `Ed25519`.
    pub key: String,
    /// Whether it may vouch for others.
    pub is_ca: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Certificate {
    place: String,
    summary: Summary,
    der: Vec<u8>,
}

impl CertificateFile {
    /// Reads the content of a file.
    ///
    /// # Errors
    /// [`Problem`], with line or byte, unless every block is a certificate that can be used for `role`.
    pub fn parse(role: Role, content: Vec<u8>) -> Result<Self, Problem> {
        let content = pem::with_line_feeds(content);
        let mut certificates = Vec::new();
        for block in source::blocks(&content)? {
            let certificate = Certificate::parse(block)?;
            if role == Role::Ca {
                certificate.check_ca()?;
            }
            certificates.push(certificate);
        }
        Ok(Self {
            role,
            content,
            certificates,
        })
    }

    /// What the file is for.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The bytes that go to the modem.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The name under which they go there. See [`modem_name`].
    pub fn modem_name(&self) -> String {
        modem_name(self.role, &self.content)
    }

    /// What each certificate says of itself, in the file's order. Never empty.
    pub fn summary(&self) -> Vec<&Summary> {
        self.certificates
            .iter()
            .map(|certificate| &certificate.summary)
            .collect()
    }

    /// Every certificate is valid at this moment.
    ///
    /// # Errors
    /// [`Problem::Expired`] and [`Problem::NotYetValid`].
    pub fn check_time(&self, now: ModemTime) -> Result<(), Problem> {
        self.certificates
            .iter()
            .try_for_each(|certificate| certificate.check_time(now))
    }

    /// What some modems do not read, although nothing is wrong with it.
    pub fn doubts(&self) -> impl Iterator<Item = Doubt> {
        let late = |summary: &&Summary| summary.not_after.as_unix() >= YEAR_2050;
        self.summary()
            .into_iter()
            .filter(late)
            .map(|summary| Doubt::ValidPast2049 {
                subject: summary.subject.clone(),
                not_after: summary.not_after,
            })
    }

    /// The certificate that the key belongs to, which comes first.
    pub(super) fn first(&self) -> Option<(&Summary, &[u8])> {
        let first = self.certificates.first()?;
        Some((&first.summary, &first.der))
    }
}

impl Certificate {
    fn parse(block: Block) -> Result<Self, Problem> {
        let place = block.place();
        if let (Some(line), Some(label)) = (block.line, &block.label)
            && !LABELS.contains(&label.as_str())
        {
            return Err(Problem::WrongContent {
                line,
                found: label.clone(),
                expected: WHAT,
            });
        }
        source::check_length(&block)?;
        let der = block.der;
        let summary = {
            let (_, certificate) = X509Certificate::from_der(&der).map_err(|error| Problem::Der {
                place: place.clone(),
                expected: WHAT,
                reason: reason(&error),
            })?;
            Summary::of(&certificate)
        };
        Ok(Self { place, summary, der })
    }

    /// It may vouch for others, or is its own issuer: a broker's self-signed certificate may be trusted as it is.
    fn check_ca(&self) -> Result<(), Problem> {
        let Summary {
            subject,
            issuer,
            is_ca,
            ..
        } = &self.summary;
        if *is_ca || subject == issuer {
            return Ok(());
        }
        Err(Problem::NotCa {
            place: self.place.clone(),
            subject: subject.clone(),
            issuer: issuer.clone(),
        })
    }

    fn check_time(&self, now: ModemTime) -> Result<(), Problem> {
        let Summary {
            not_before,
            not_after,
            ..
        } = self.summary;
        let (place, subject) = (self.place.clone(), self.summary.subject.clone());
        if now < not_before {
            return Err(Problem::NotYetValid {
                place,
                subject,
                not_before,
                now,
            });
        }
        if now > not_after {
            return Err(Problem::Expired {
                place,
                subject,
                not_after,
                now,
            });
        }
        Ok(())
    }
}

impl Summary {
    fn of(certificate: &X509Certificate<'_>) -> Self {
        let validity = certificate.validity();
        let names = match certificate.subject_alternative_name() {
            Ok(Some(names)) => names.value.general_names.iter().map(name).collect(),
            _ => Vec::new(),
        };
        Self {
            subject: shown(&certificate.subject().to_string()),
            issuer: shown(&certificate.issuer().to_string()),
            not_before: ModemTime::from_unix(validity.not_before.timestamp()),
            not_after: ModemTime::from_unix(validity.not_after.timestamp()),
            names,
            key: key(certificate),
            // A certificate of the first version has no extensions to say so.
            is_ca: certificate.is_ca() || certificate.version() != X509Version::V3,
        }
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "subject   {}", self.subject)?;
        writeln!(f, "issuer    {}", self.issuer)?;
        writeln!(f, "valid     {} to {}", self.not_before, self.not_after)?;
        if !self.names.is_empty() {
            writeln!(f, "names     {}", self.names.join(", "))?;
        }
        write!(f, "key       {}", self.key)?;
        if self.is_ca {
            f.write_str(", CA")?;
        }
        Ok(())
    }
}

fn name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => shown(name),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).map(|bytes| std::net::Ipv4Addr::from(bytes).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
        }
        .unwrap_or_else(|_| format!("an address of {} bytes", bytes.len())),
        other => shown(&other.to_string()),
    }
}

/// Text of a certificate, which is anybody's, without what a terminal would obey.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn key(certificate: &X509Certificate<'_>) -> String {
    let info = certificate.public_key();
    match info.parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA {}", key.key_size()),
        Ok(PublicKey::EC(point)) => match point.key_size() {
            // 65 bytes of an uncompressed point: its mark, and two numbers of 32.
            bits @ (256 | 384) => format!("EC P-{bits}"),
            _ => "EC".to_owned(),
        },
        _ if info.algorithm.algorithm.to_id_string() == ED25519 => "Ed25519".to_owned(),
        _ => info.algorithm.algorithm.to_id_string(),
    }
}

fn reason(error: &Nom<X509Error>) -> String {
    match error {
        Nom::Incomplete(_) => "it ends too early".to_owned(),
        Nom::Error(error) | Nom::Failure(error) => error.to_string(),
    }
}

/// RFC 7468, section 5; the others are what old programs write.
const LABELS: [&str; 3] = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];
const WHAT: &str = "certificate";
/// From here on dates are written as GeneralizedTime (RFC 5280, section 4.1.2.5).
const YEAR_2050: i64 = 2_524_608_000;
/// RFC 8410.
const ED25519: &str = "1.3.101.112";

//! Files of every kind, good and bad. The words of each refusal are pinned: somebody reads them with a modem on the
//! desk and no other clue.

use std::fs;
use std::path::Path;

use at_proto::network::Clock;
use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

use super::*;

mod warnings;

/// A CA and what it made, as PEM.
struct Made {
    ca: String,
    cert: String,
    cert_der: Vec<u8>,
    key: String,
    key_der: Vec<u8>,
}

fn params(name: &str) -> CertificateParams {
    let names = [String::from("broker.example"), String::from("192.0.2.7")];
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

fn made() -> Made {
    let ca_key = KeyPair::generate().expect("a key");
    let mut ca = params("test CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_cert = ca.self_signed(&ca_key).expect("a certificate");
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().expect("a key");
    let mut leaf = params("device 7");
    leaf.is_ca = IsCa::ExplicitNoCa;
    let cert = leaf.signed_by(&key, &issuer).expect("a certificate");
    Made {
        ca: ca_cert.pem(),
        cert: cert.pem(),
        cert_der: cert.der().to_vec(),
        key: key.serialize_pem(),
        key_der: key.serialize_der(),
    }
}

fn certificate(role: Role, content: impl Into<Vec<u8>>) -> Result<CertificateFile, Problem> {
    CertificateFile::parse(role, content.into())
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
    result.expect_err("it is refused").to_string()
}

#[test]
fn a_good_pair_in_each_encoding() {
    let made = made();
    let other_ends = |text: &str| text.replace('\n', "\r\n").into_bytes();
    for (cert, key) in [
        (made.cert.clone().into_bytes(), made.key.clone().into_bytes()),
        (other_ends(&made.cert), other_ends(&made.key)),
        (made.cert_der.clone(), made.key_der.clone()),
        (made.cert.clone().into_bytes(), made.key_der.clone()),
        // A chain, and comments around it.
        (
            format!("made by hand\n{}\n{}", made.cert, made.ca).into_bytes(),
            format!("# key\n{}", made.key).into_bytes(),
        ),
    ] {
        let cert = certificate(Role::ClientCertificate, cert).expect("a certificate");
        let key = KeyFile::parse(key).expect("a key");
        assert_eq!(key.check_pair(&cert).expect("a pair"), None);
    }
    certificate(Role::Ca, made.ca).expect("a CA");
}

#[test]
fn keys_of_every_kind() {
    let cert = certificate(Role::ClientCertificate, include_bytes!("fixtures/rsa.cert.pem")).expect("RSA");
    let key = KeyFile::parse(include_bytes!("fixtures/rsa.key.pem").to_vec()).expect("RSA");
    assert_eq!(key.check_pair(&cert).expect("a pair"), None);
    assert_eq!(cert.summary()[0].key, "RSA 2048");
    let ec = include_bytes!("fixtures/ec-with-parameters.key.pem").to_vec();
    let ec = KeyFile::parse(ec).expect("EC with its curve in front");
    insta::assert_snapshot!(refused(ec.check_pair(&cert)), @"does not belong to the certificate of O=Example, CN=rsa client; name the key that the certificate was made with");
    let ed = KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
    let cert = params("ed").self_signed(&ed).expect("a certificate");
    let cert = certificate(Role::ClientCertificate, cert.pem()).expect("a certificate");
    assert_eq!(cert.summary()[0].key, "Ed25519");
    let ed = KeyFile::parse(ed.serialize_pem().into_bytes()).expect("a key");
    assert_eq!(ed.check_pair(&cert).expect("a pair"), None);
}

#[test]
fn what_a_certificate_says() {
    let cert = certificate(Role::ClientCertificate, made().cert).expect("a certificate");
    insta::assert_snapshot!(cert.summary()[0], @"
    subject   CN=device 7
    issuer    CN=test CA
    valid     2025-01-01T00:00:00Z to 2027-01-01T00:00:00Z
    names     broker.example, 192.0.2.7
    key       EC P-256
    ");
}

#[test]
fn a_name_cannot_write_to_the_terminal() {
    let key = KeyPair::generate().expect("a key");
    let cert = params("a\x1b[2Jb\nc").self_signed(&key).expect("a certificate");
    let cert = certificate(Role::ClientCertificate, cert.pem()).expect("a certificate");
    let subject = &cert.summary()[0].subject;
    assert!(!subject.chars().any(char::is_control), "{subject:?}");
}

#[test]
fn damaged_and_mistaken_files() {
    let made = made();
    let pem = made.cert.as_str();
    let cut = pem.len() - 40;
    let mut damaged: Vec<_> = pem.lines().collect();
    damaged[2] = "MIIB!!";
    let damaged = damaged.join("\n");
    let mut longer = made.cert_der.clone();
    longer.extend_from_slice(b"more");
    let shorter = made.cert_der[..made.cert_der.len() - 9].to_vec();
    let mut inner = made.cert_der.clone();
    inner[4] = 0x02;
    let all = [
        refused(certificate(Role::Ca, b"".to_vec())),
        refused(certificate(Role::Ca, vec![b'x'; 10_241])),
        refused(certificate(Role::Ca, b"\x7fELF".to_vec())),
        refused(certificate(Role::Ca, &pem[..cut])),
        refused(certificate(Role::Ca, format!("\n{}\n{pem}", &pem[..cut]))),
        refused(certificate(Role::Ca, damaged)),
        refused(certificate(
            Role::Ca,
            "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n",
        )),
        refused(certificate(
            Role::Ca,
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        )),
        refused(certificate(Role::Ca, longer)),
        refused(certificate(Role::Ca, shorter))
            .replace(&made.cert_der.len().to_string(), "N")
            .replace(&(made.cert_der.len() - 9).to_string(), "N - 9"),
        refused(certificate(Role::Ca, inner)),
        refused(certificate(Role::Ca, made.key.clone())),
        refused(certificate(Role::Ca, made.key_der.clone())),
        refused(certificate(Role::Ca, made.cert.clone())),
        refused(certificate(Role::Ca, format!("{}{}", made.ca, made.cert))),
        refused(KeyFile::parse(made.cert.clone().into_bytes())),
        refused(KeyFile::parse(made.cert_der.clone())),
        refused(KeyFile::parse(
            b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n".to_vec(),
        )),
        refused(KeyFile::parse(
            include_bytes!("fixtures/encrypted.key.pem").to_vec(),
        )),
        refused(KeyFile::parse(
            include_bytes!("fixtures/encrypted.key.der").to_vec(),
        )),
        refused(KeyFile::parse(
            include_bytes!("fixtures/traditional-encrypted.key.pem").to_vec(),
        )),
    ];
    let all = all
        .join("\n")
        .replace(&format!("announces {}", made.cert_der.len()), "announces N")
        .replace(&format!("{} are", made.cert_der.len() + 4), "N + 4 are");
    insta::assert_snapshot!(all);
}

#[test]
fn a_pair_that_is_none() {
    let (one, other) = (made(), made());
    let cert = certificate(Role::ClientCertificate, one.cert).expect("a certificate");
    let key = KeyFile::parse(other.key.into_bytes()).expect("a key");
    insta::assert_snapshot!(refused(key.check_pair(&cert)), @"does not belong to the certificate of CN=device 7; name the key that the certificate was made with");
    assert_eq!(format!("{key:?}"), "KeyFile([redacted])");
}

#[test]
fn a_self_signed_certificate_may_be_trusted_as_it_is() {
    let key = KeyPair::generate().expect("a key");
    let mut params = params("broker");
    params.is_ca = IsCa::ExplicitNoCa;
    let cert = params.self_signed(&key).expect("a certificate");
    certificate(Role::Ca, cert.pem()).expect("it is its own issuer");
}

#[test]
fn the_time_is_the_modems() {
    let cert = certificate(Role::Ca, made().ca).expect("a CA");
    let at = |year, month, day, quarters| {
        let clock = Clock {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            quarters,
        };
        ModemTime::from_clock(&clock).expect("a date")
    };
    cert.check_time(at(26, 6, 1, None)).expect("valid");
    // To the second, both ends included, and by the zone that the modem tells.
    cert.check_time(at(25, 1, 1, Some(0))).expect("valid");
    cert.check_time(at(27, 1, 1, None)).expect("valid");
    cert.check_time(at(2025, 1, 1, Some(-4)))
        .expect("an hour later in UTC");
    let early = at(25, 1, 1, Some(4));
    insta::assert_snapshot!(refused(cert.check_time(early)), @"line 1: the certificate of CN=test CA is valid from 2025-01-01T00:00:00Z, but the modem's clock says 2024-12-31T23:00:00Z; set the clock (a modem that no network told the time begins in 1970 or 1980), or wait");
    let boot = at(80, 1, 6, Some(0));
    assert!(!boot.is_set() && early.is_set());
    assert!(matches!(cert.check_time(boot), Err(Problem::NotYetValid { .. })));
    insta::assert_snapshot!(refused(cert.check_time(at(27, 1, 2, None))), @"line 1: the certificate of CN=test CA expired at 2027-01-01T00:00:00Z, and the modem's clock says 2027-01-02T00:00:00Z; renew it, or set the clock if it is wrong");
    let none = Clock {
        year: 26,
        month: 13,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        quarters: None,
    };
    assert_eq!(ModemTime::from_clock(&none), None);
}

#[test]
fn files_by_their_paths() {
    let made = made();
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| Some(folder.path().join(name));
    fs::write(path("ca.pem").unwrap(), &made.ca).unwrap();
    fs::write(path("cert.pem").unwrap(), &made.cert).unwrap();
    fs::write(path("key.pem").unwrap(), &made.key).unwrap();
    let all = TlsPaths {
        ca: path("ca.pem"),
        client_cert: path("cert.pem"),
        client_key: path("key.pem"),
    };
    let files = TlsFiles::load(&all).expect("good files");
    let uploads: Vec<_> = files.uploads().collect();
    assert_eq!(uploads.len(), 3);
    assert_eq!(uploads[2].1, made.key.as_bytes());
    files
        .check_time(ModemTime::from_unix(1_780_000_000))
        .expect("valid in 2026");
    let words = |paths: TlsPaths| {
        let error = TlsFiles::load(&paths).expect_err("refused").to_string();
        error.replace(&folder.path().display().to_string(), "FOLDER")
    };
    let late = files
        .check_time(ModemTime::from_unix(1_900_000_000))
        .expect_err("late")
        .to_string();
    insta::assert_snapshot!(
        [
            words(TlsPaths {
                ca: path("no.pem"),
                ..TlsPaths::default()
            }),
            words(TlsPaths {
                ca: Some(folder.path().to_owned()),
                ..TlsPaths::default()
            }),
            words(TlsPaths {
                client_key: None,
                ..all.clone()
            }),
            words(TlsPaths {
                client_cert: None,
                ..all.clone()
            }),
            late.replace(&folder.path().display().to_string(), "FOLDER"),
        ]
        .join("\n")
    );
    // What never ends is not read to its end.
    assert!(
        TlsFiles::load(&TlsPaths {
            ca: Some(Path::new("/dev/zero").into()),
            ..TlsPaths::default()
        })
        .is_err()
    );
}

#[test]
fn names_tell_contents_apart() {
    let name = modem_name(Role::Ca, b"-----BEGIN CERTIFICATE-----\n");
    assert_eq!(name, "cq-ca-b93f51c3ac1bdd90.pem");
    assert_eq!(
        modem_name(Role::ClientKey, b"0\x82").len(),
        "cq-key-0123456789abcdef.der".len()
    );
    assert_ne!(modem_name(Role::Ca, b"0a"), modem_name(Role::Ca, b"0b"));
    for role in [Role::Ca, Role::ClientCertificate, Role::ClientKey] {
        at_proto::tls::FileName::new(&modem_name(role, b"0")).expect("our own names");
    }
}

proptest! {
    #[test]
    fn no_file_is_too_strange(content in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = certificate(Role::Ca, content.clone());
        let _ = KeyFile::parse(content);
    }

    #[test]
    fn nor_one_bit_wrong(at in 0_usize..1000, bit in 0_u8..8) {
        let mut der = x509_parser::pem::Pem::iter_from_buffer(include_bytes!("fixtures/rsa.cert.pem"))
            .next().expect("a block").expect("PEM").contents;
        let at = at % der.len();
        der[at] ^= 1 << bit;
        let _ = certificate(Role::Ca, der);
    }
}

//! What passes with a warning, and what the pair check reads.

use std::path::Path;
use std::process::Command;

use super::*;

/// Runs `openssl` in a directory.
#[track_caller]
fn openssl(directory: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(directory)
        .output()
        .expect("openssl runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments}: {error}");
}

/// A key, and a certificate of version 1 for it, as the shortest commands make them.
fn make_v1(directory: &Path, key: &str) {
    openssl(directory, &format!("{key} -out a.key"));
    openssl(directory, "req -new -key a.key -out a.csr -subj /CN=device");
    openssl(
        directory,
        "x509 -req -in a.csr -signkey a.key -days 10 -out a.pem",
    );
    let der = fs::read(directory.join("a.pem")).expect("a certificate");
    let (_, pem) = x509_parser::pem::parse_x509_pem(&der).expect("PEM");
    // Newer versions of openssl make version 3 unless they are told otherwise.
    if pem.parse_x509().expect("X.509").version() != x509_parser::x509::X509Version::V1 {
        openssl(
            directory,
            "x509 -req -x509v1 -in a.csr -signkey a.key -days 10 -out a.pem",
        );
    }
    openssl(directory, &format!("{key} -out other.key"));
}

fn load(directory: &Path, key: &str) -> Result<TlsFiles, TlsFileError> {
    TlsFiles::load(&TlsPaths {
        ca: None,
        client_cert: Some(directory.join("a.pem")),
        client_key: Some(directory.join(key)),
    })
}

#[test]
fn pair_check_reads_certificates_of_version_1() {
    let rsa = "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048";
    for key in [rsa, "ecparam -genkey -name prime256v1"] {
        let directory = tempfile::tempdir().expect("a directory");
        make_v1(directory.path(), key);
        let files = load(directory.path(), "a.key").expect("a pair");
        assert_eq!(files.warnings, []);
        let error = load(directory.path(), "other.key").expect_err("another key");
        assert!(matches!(error.problem, Problem::KeyMismatch { .. }), "{error}");
    }
}

#[test]
fn pair_check_that_cannot_be_made_is_a_warning() {
    let directory = tempfile::tempdir().expect("a directory");
    make_v1(
        directory.path(),
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024",
    );
    let files = load(directory.path(), "a.key").expect("it is not refused");
    let [warning] = files.warnings.as_slice() else {
        panic!("one warning: {:?}", files.warnings);
    };
    assert_eq!(warning.role, Role::ClientKey);
    insta::assert_snapshot!(warning.doubt, @"cannot be compared with the certificate of CN=device (RSA 1024): this kind of key is not read here; if the broker ends the handshake (result code 32), compare them with `openssl pkey -pubout` and `openssl x509 -pubkey`");
}

#[test]
fn pem_with_cr_lf_is_stored_with_lf() {
    let made = made();
    let cr_lf = |text: &str| text.replace('\n', "\r\n").into_bytes();
    let ca = certificate(Role::Ca, cr_lf(&made.ca)).expect("a CA");
    assert_eq!(ca.content(), made.ca.replace("\r\n", "\n").as_bytes());
    let key = KeyFile::parse(cr_lf(&made.key)).expect("a key");
    assert_eq!(key.content(), made.key.replace("\r\n", "\n").as_bytes());
    // DER is no text.
    let der = certificate(Role::ClientCertificate, made.cert_der.clone()).expect("a certificate");
    assert_eq!(der.content(), made.cert_der);
}

#[test]
fn certificate_valid_past_2049_is_a_warning() {
    let directory = tempfile::tempdir().expect("a directory");
    for (year, warned) in [(2049, false), (2050, true), (9999, true)] {
        let key = KeyPair::generate().expect("a key");
        let mut long = params("long");
        long.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        long.not_after = date_time_ymd(year, 12, 31);
        let path = directory.path().join("ca.pem");
        fs::write(&path, long.self_signed(&key).expect("a certificate").pem()).expect("a file");
        let files = TlsFiles::load(&TlsPaths {
            ca: Some(path.clone()),
            ..TlsPaths::default()
        });
        let warnings = files.expect("it is not refused").warnings;
        assert_eq!(!warnings.is_empty(), warned, "{year}: {warnings:?}");
        let upload = Upload::load(Role::Ca, &path).expect("it is not refused");
        assert_eq!(!upload.doubts().is_empty(), warned, "{year}");
    }
}

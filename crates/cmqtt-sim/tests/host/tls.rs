//! The client's TLS against a server that the test plays.

use std::net::{Shutdown, TcpListener};
use std::sync::Arc;

use cmqtt_sim::{ConnectError, HandshakeError, LostCause, TlsFile, TlsIdentity, TlsRequest, TlsVersion};
use rcgen::generate_simple_self_signed;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use super::*;

const CONNECT_A: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
const CONNACK: &[u8] = b"\x20\x02\x00\x00";
const LOCKED: &[u8] = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
const DISCONNECT: &[u8] = b"\xe0\x00";

/// A certificate for `localhost` and the key that belongs to it.
struct Pair {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

fn pair() -> Pair {
    let made = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    Pair {
        certificate: made.cert.der().clone(),
        key: made.signing_key.serialize_der(),
    }
}

/// A server's port, and a client that will come to it.
struct Stage {
    listener: TcpListener,
    client: Client,
}

fn stage() -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let client = Client::to(listener.local_addr().expect("an address"));
    Stage { listener, client }
}

impl Stage {
    /// Asks for a connection to `localhost`, as client `a`.
    fn ask(&mut self, tls: TlsRequest) {
        self.ask_at("localhost", tls);
    }

    fn ask_at(&mut self, host: &str, tls: TlsRequest) {
        self.client.ask(connect(Connect {
            host: host.into(),
            tls: Some(Box::new(tls)),
            ..details("a")
        }));
    }

    fn accept(&self) -> TcpStream {
        let stream = self.listener.accept().expect("a connection").0;
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        stream
    }

    fn accept_tls(&self, config: ServerConfig) -> StreamOwned<ServerConnection, TcpStream> {
        let connection = ServerConnection::new(Arc::new(config)).expect("a server");
        StreamOwned::new(connection, self.accept())
    }

    /// A connection that the server has accepted.
    fn connected(
        &mut self,
        tls: TlsRequest,
        config: ServerConfig,
    ) -> StreamOwned<ServerConnection, TcpStream> {
        self.ask(tls);
        let mut server = self.accept_tls(config);
        expect(&mut server, CONNECT_A);
        server.write_all(CONNACK).expect("sent");
        self.client.expect(&[NetworkEvent::Connected]);
        server
    }

    #[track_caller]
    fn fails(&self, reason: HandshakeError) {
        let error = ConnectError::Handshake(reason);
        self.client.expect(&[NetworkEvent::ConnectFailed(error)]);
    }
}

#[track_caller]
fn expect(stream: &mut impl Read, expect: &[u8]) {
    let mut found = vec![0; expect.len()];
    stream.read_exact(&mut found).expect("bytes from the client");
    assert_eq!(
        found.escape_ascii().to_string(),
        expect.escape_ascii().to_string()
    );
}

fn server(pair: &Pair, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .expect("versions")
        .with_no_client_auth();
    let key = PrivateKeyDer::try_from(pair.key.clone()).expect("a key");
    config
        .with_single_cert(vec![pair.certificate.clone()], key)
        .expect("a certificate")
}

/// The same, for clients that show a certificate.
fn server_for(pair: &Pair, client: &Pair, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
    let mut roots = RootCertStore::empty();
    roots.add(client.certificate.clone()).expect("a certificate");
    let provider = Arc::new(default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_client_cert_verifier(verifier.build().expect("a verifier"));
    let key = PrivateKeyDer::try_from(pair.key.clone()).expect("a key");
    config
        .with_single_cert(vec![pair.certificate.clone()], key)
        .expect("a certificate")
}

/// Verifies nothing.
fn unverified() -> TlsRequest {
    TlsRequest {
        version: TlsVersion::All,
        ca: None,
        identity: None,
        sni: false,
        check_name: false,
        time: None,
        negotiation_time: PATIENCE,
    }
}

fn verified(pair: &Pair) -> TlsRequest {
    TlsRequest {
        ca: Some(pair.certificate.to_vec()),
        check_name: true,
        ..unverified()
    }
}

const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

#[test]
fn a_session_in_both_versions_and_its_end() {
    let pair = pair();
    for (version, versions) in [
        (TlsVersion::All, BOTH),
        (TlsVersion::Tls12, BOTH),
        (TlsVersion::All, &BOTH[1..]),
    ] {
        let mut stage = stage();
        let tls = TlsRequest {
            version,
            ..verified(&pair)
        };
        let mut server = stage.connected(tls, server(&pair, versions));
        stage.client.ask(publish("t", "hello", QoS::AtMostOnce));
        expect(&mut server, b"\x30\x08\x00\x01thello");
        stage.client.expect(&[NetworkEvent::Published]);
        stage.client.ask(NetworkRequest::Disconnect);
        // The end is TLS's own: a cut line would be an error here.
        let mut rest = Vec::new();
        server.read_to_end(&mut rest).expect("an end in order");
        assert_eq!(rest, DISCONNECT);
        drop(server);
        stage.client.expect(&[NetworkEvent::Disconnected]);
    }
}

#[test]
fn the_server_is_told_the_name_where_the_context_says_so() {
    let pair = pair();
    for (sni, expect) in [(false, None), (true, Some("localhost"))] {
        let mut stage = stage();
        let server = stage.connected(
            TlsRequest {
                sni,
                ..verified(&pair)
            },
            server(&pair, BOTH),
        );
        assert_eq!(server.conn.server_name(), expect);
    }
}

#[test]
fn what_does_not_verify_is_a_failed_handshake_with_an_alert() {
    let (right, wrong) = (pair(), pair());
    let elsewhere = TlsRequest {
        ca: Some(right.certificate.to_vec()),
        ..verified(&right)
    };
    for (host, tls, reason) in [
        ("localhost", verified(&wrong), HandshakeError::Issuer),
        ("127.0.0.1", elsewhere.clone(), HandshakeError::Name),
        // What is no name stands in no certificate.
        ("local_host", elsewhere, HandshakeError::Name),
        // Before the certificate's time.
        (
            "localhost",
            TlsRequest {
                time: Some(Duration::ZERO),
                ..verified(&right)
            },
            HandshakeError::Dates,
        ),
    ] {
        let mut stage = stage();
        stage.ask_at(host, tls);
        let mut server = stage.accept_tls(server(&right, BOTH));
        let error = server.read(&mut [0]).expect_err("an alert");
        assert!(error.to_string().contains("received fatal alert"), "{error}");
        stage.fails(reason);
    }
}

#[test]
fn a_server_that_wants_to_know_the_client_says_so_after_the_handshake() {
    let (pair, client, stranger) = (pair(), pair(), pair());
    let identity = |pair: &Pair| TlsIdentity {
        certificate: pair.certificate.to_vec(),
        key: pair.key.clone(),
        password: Vec::new(),
    };
    for versions in [BOTH, &BOTH[1..]] {
        for identity in [None, Some(identity(&stranger))] {
            let mut stage = stage();
            stage.ask(TlsRequest {
                identity,
                ..unverified()
            });
            let mut server = stage.accept_tls(server_for(&pair, &client, versions));
            server.read(&mut [0]).expect_err("no such client");
            drop(server);
            stage.fails(HandshakeError::Client);
        }
        let mut stage = stage();
        let tls = TlsRequest {
            identity: Some(identity(&client)),
            ..unverified()
        };
        stage.connected(tls, server_for(&pair, &client, versions));
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up_and_so_is_one_that_speaks_no_tls() {
    let mut stage = stage();
    stage.ask(TlsRequest {
        negotiation_time: Duration::from_millis(50),
        ..unverified()
    });
    let silent = stage.accept();
    stage.fails(HandshakeError::TimedOut);
    drop(silent);
    for (words, reason) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], HandshakeError::NotTls),
        (CONNACK, HandshakeError::NotTls),
        (b"\x15\x03\x03\x00\x02\x02\x28", HandshakeError::Alert(40)),
        (b"\x15\x03\x03\x00\x02\x02\x46", HandshakeError::Version),
        (b"", HandshakeError::Closed),
    ] {
        stage.ask(unverified());
        let mut server = stage.accept();
        server.write_all(words).expect("sent");
        // Closed with bytes that it has not read, it would reset the connection.
        server.shutdown(Shutdown::Write).expect("shut down");
        stage.fails(reason);
    }
}

#[test]
fn a_handshake_can_be_left() {
    let mut stage = stage();
    stage.ask(unverified());
    let _silent = stage.accept();
    stage.client.ask(NetworkRequest::Disconnect);
    stage.client.expect(&[
        NetworkEvent::ConnectFailed(ConnectError::Closed),
        NetworkEvent::Disconnected,
    ]);
    stage.ask(unverified());
    let _silent = stage.accept();
    stage.client.ask(NetworkRequest::Abort);
    let pair = pair();
    stage.connected(verified(&pair), server(&pair, BOTH));
}

#[test]
fn files_that_are_of_no_use_are_said_to_be_so_before_anybody_is_called() {
    let (pair, other) = (pair(), pair());
    let identity = |certificate: &[u8], key: &[u8]| {
        Some(TlsIdentity {
            certificate: certificate.to_vec(),
            key: key.to_vec(),
            password: b"s3cret".to_vec(),
        })
    };
    let nonsense = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let mut longer = pair.certificate.to_vec();
    longer.push(0);
    let mut stage = stage();
    for (ca, identity, file) in [
        (Some(&b""[..]), None, TlsFile::Authority),
        (Some(nonsense), None, TlsFile::Authority),
        (Some(b"-----BEGIN CERTIFICATE-----\n"), None, TlsFile::Authority),
        (Some(&longer), None, TlsFile::Authority),
        (None, identity(nonsense, &pair.key), TlsFile::Certificate),
        (None, identity(&pair.certificate, nonsense), TlsFile::Key),
        (None, identity(&pair.certificate, LOCKED), TlsFile::Key),
        (None, identity(&pair.certificate, &other.key), TlsFile::Pair),
    ] {
        let ca = ca.map(<[u8]>::to_vec);
        stage.ask(TlsRequest {
            ca,
            identity,
            ..unverified()
        });
        let error = ConnectError::UnusableFile(file);
        stage.client.expect(&[NetworkEvent::ConnectFailed(error)]);
    }
    for version in [TlsVersion::Ssl3, TlsVersion::Tls10, TlsVersion::Tls11] {
        stage.ask(TlsRequest {
            version,
            ..unverified()
        });
        stage.fails(HandshakeError::Version);
    }
}

#[test]
fn more_than_is_read_at_once_arrives_whole() {
    let pair = pair();
    let mut stage = stage();
    let mut server = stage.connected(verified(&pair), server(&pair, BOTH));
    let payload = "x".repeat(200);
    let mut burst = Vec::new();
    for _ in 0..1000 {
        burst.extend(b"\x30\xcb\x01\x00\x01t");
        burst.extend(payload.as_bytes());
    }
    server.write_all(&burst).expect("sent");
    server.flush().expect("sent");
    for _ in 0..1000 {
        stage.client.expect(&[arrived("t", &payload)]);
    }
    drop(server);
    stage
        .client
        .expect(&[NetworkEvent::Lost(LostCause::ClosedByPeer)]);
}

#[test]
fn what_is_no_tls_breaks_a_live_connection() {
    let pair = pair();
    let mut stage = stage();
    let mut server = stage.connected(verified(&pair), server(&pair, BOTH));
    server.sock.write_all(b"in the clear").expect("sent");
    stage.client.expect(&[NetworkEvent::Lost(LostCause::Reset)]);
}

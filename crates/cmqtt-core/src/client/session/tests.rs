//! A client as a session sees it.

use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic};
use at_proto::tls::FileName;

use super::*;
use crate::output::{Event, Output};
use crate::session::Doubt;
use crate::storage::Storage;
use crate::{Connection, Publication, TlsConfig, Will};

fn client() -> Client<Vec<u8>> {
    let storage = Storage::new(vec![0; 256], vec![], vec![0; 1024], vec![0; 64]);
    Client::new(Config::SIM7028, storage.expect("room enough"))
}

/// Sends all that the client wants sent, hears `answer`, and does what comes of it.
fn hear(client: &mut Client<Vec<u8>>, answer: &[u8]) {
    settle(client);
    assert_eq!(client.handle_received(Instant::ZERO, answer), answer.len());
    while let Output::Event(_) = client.poll() {}
}

fn settle(client: &mut Client<Vec<u8>>) {
    while let Output::Transmit(bytes) = client.poll() {
        let len = bytes.len();
        client.handle_transmitted(Instant::ZERO, len);
    }
}

#[test]
fn a_file_says_how_much_of_it_has_gone() {
    let mut client = client();
    let name = FileName::new("ca.pem").unwrap();
    client.provide_file(name, b"a file").unwrap();
    assert_eq!(client.file_progress(), None);
    hear(&mut client, b"\r\nOK\r\n");
    assert_eq!(client.file_progress(), None, "its name has gone, no byte of it");
    hear(&mut client, b"\r\n>");
    assert_eq!(client.file_progress(), Some((0, 6)));
    client.handle_transmitted(Instant::ZERO, 4);
    assert_eq!(client.file_progress(), Some((4, 6)));
    client.handle_transmitted(Instant::ZERO, 2);
    assert_eq!(client.file_progress(), None, "nothing of it is left");
}

#[test]
fn other_data_are_no_file() {
    let mut client = client();
    client
        .publish(&Publication {
            client: 0,
            topic: Topic::new("topic").unwrap(),
            payload: b"payload",
            qos: QoS::AtMostOnce,
            retain: false,
            timeout: 60,
        })
        .unwrap();
    hear(&mut client, b"\r\n>");
    assert_eq!((client.unsent(), client.file_progress()), (&b"topic"[..], None));
}

#[test]
fn a_doubt_is_asked_about_first() {
    let mut client = client();
    client.doubt(Doubt::Step);
    client.release(0).unwrap();
    assert_eq!(client.unsent(), b"AT+CSQ\r");
    let mut client = self::client();
    client.doubt(Doubt::Data);
    client.release(0).unwrap();
    let mut returns = 0;
    while client.unsent().starts_with(b"\r") {
        let len = client.unsent().len();
        returns += len;
        client.handle_transmitted(Instant::ZERO, len);
    }
    assert_eq!((returns, client.unsent()), (10_240, &b"AT+CSQ\r"[..]));
}

#[test]
fn a_client_is_busy_until_the_end_was_told() {
    let mut client = client();
    assert!(!client.is_busy());
    let first = client.take_id();
    let id = client.release(0).unwrap();
    assert_ne!((first, id), (id, client.take_id()));
    assert!(client.is_busy());
    settle(&mut client);
    let answer = b"\r\nERROR\r\n\r\nRDY\r\n";
    assert_eq!(client.handle_received(Instant::ZERO, answer), answer.len());
    assert!(client.is_busy());
    assert!(matches!(client.poll(), Output::Event(Event::Failed { .. })));
    assert!(!client.is_busy());
    // A reset ends it at once, and tells later.
    client.release(0).unwrap();
    client.handle_reset(Instant::ZERO);
    assert!(client.is_busy());
}

#[test]
fn a_plan_is_checked_as_a_whole() {
    let plan = || Plan {
        id: ClientId::new("client test0").unwrap(),
        connection: Connection {
            client: 0,
            server: ServerAddress::new("tcp://h:1883").unwrap(),
            keep_alive: KeepAlive::new(60).unwrap(),
            clean_session: true,
            login: None,
        },
        version: None,
        tls: None,
        will: None,
        filters: &[],
    };
    let client = client();
    assert_eq!(client.check_plan(&plan()), Ok(()));
    let refused = |plan: &Plan<'_>| client.check_plan(plan).unwrap_err().to_string();
    let mut other = plan();
    other.connection.client = 1;
    assert_eq!(refused(&other), "the client index is 1, but this modem takes 0");
    let context = TlsConfig::unverified(2);
    let tls = Some(context);
    assert_eq!(
        refused(&Plan { tls, ..plan() }),
        "the TLS context is 2, but this modem takes 0 to 1"
    );
    let hasty = TlsConfig {
        negotiation: Some(9),
        ..TlsConfig::unverified(0)
    };
    assert_eq!(
        refused(&Plan {
            tls: Some(hasty),
            ..plan()
        }),
        "the negotiation time is 9, but this modem takes 10 to 300"
    );
    let long = "t".repeat(1025);
    let will = Will {
        topic: Topic::new(&long).unwrap(),
        message: b"gone",
        qos: QoS::AtMostOnce,
    };
    assert_eq!(
        refused(&Plan {
            will: Some(will),
            ..plan()
        }),
        "the will topic's length is 1025, but this modem takes 1 to 1024"
    );
    let filters = [(TopicFilter::new(&long).unwrap(), QoS::AtMostOnce)];
    assert_eq!(
        refused(&Plan {
            filters: &filters,
            ..plan()
        }),
        "the topic filter's length is 1025, but this modem takes 1 to 1024"
    );
    let id = "i".repeat(256);
    let mut a76xx = self::client();
    *a76xx.config_and_information().0 = Config::A76XX;
    let long = Plan {
        id: ClientId::new(&id).unwrap(),
        ..plan()
    };
    assert_eq!(client.check_plan(&long), Ok(()));
    assert_eq!(
        a76xx.check_plan(&long).unwrap_err().to_string(),
        "the client identifier's length is 256, but this modem takes 1 to 128"
    );
    let address = format!("tcp://{}", "h".repeat(123));
    let mut far = plan();
    far.connection.server = ServerAddress::new(&address).unwrap();
    assert_eq!(
        refused(&far),
        "the server address' length is 129, but this modem takes 1 to 128"
    );
}

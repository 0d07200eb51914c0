//! The client against the simulated modem under virtual time.

use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Subscribe, Topic, TopicFilter};
use at_proto::network::Signal;
use at_proto::tls::{Configure, Setting, StoreFile};
use at_proto::{Quoted, Refusal};
use cmqtt_core::{Cause, Config, Connection, Publication, Transport};
use cmqtt_sim::{Direction, Profile};
use cmqtt_tests::pair::Pair;

const PAYLOAD: &[u8] = b"012345678901234567890123456789012345678901234567890123456789";

fn publication(payload: &[u8]) -> Publication<'_> {
    Publication {
        client: 0,
        topic: Topic::new("simcommsg").unwrap(),
        payload,
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

fn connected(config: Config, profile: Profile, baud: Option<u32>) -> Pair {
    let mut pair = Pair::new(config, profile, baud);
    pair.ask(cmqtt_core::Client::start).unwrap();
    let id = ClientId::new("client test0").unwrap();
    pair.ask(|client| client.acquire(0, id, Transport::Tcp)).unwrap();
    let server = ServerAddress::new("tcp://test.mosquitto.org:1883").unwrap();
    let connect = Connection {
        client: 0,
        server,
        keep_alive: KeepAlive::new(60).unwrap(),
        clean_session: true,
        login: None,
    };
    pair.ask(|client| client.connect(&connect)).unwrap();
    pair
}

#[test]
fn the_notes_first_session() {
    let mut pair = Pair::new(Config::SIM7028, Profile::SIM7028, Some(115_200));
    let filter = TopicFilter::new("simcommsg").unwrap();
    let id = ClientId::new("client test0").unwrap();
    let server = ServerAddress::new("tcp://test.mosquitto.org:1883").unwrap();
    assert_eq!(pair.ask(|client| client.command(&Signal)).unwrap().len(), 1);
    pair.ask(cmqtt_core::Client::start).unwrap();
    pair.ask(|client| client.acquire(0, id, Transport::Tcp)).unwrap();
    pair.ask(|client| client.set_will(0, Topic::new("will topic").unwrap(), b"bye-by", QoS::AtLeastOnce))
        .unwrap();
    let connect = Connection {
        client: 0,
        server,
        keep_alive: KeepAlive::new(60).unwrap(),
        clean_session: true,
        login: None,
    };
    pair.ask(|client| client.connect(&connect)).unwrap();
    pair.ask(|client| client.subscribe(0, filter, QoS::AtLeastOnce))
        .unwrap();
    pair.ask(|client| client.publish(&publication(PAYLOAD))).unwrap();
    pair.ask(|client| client.command(&Subscribe::Cached { client: 0, dup: None }))
        .unwrap();
    assert_eq!(pair.messages, [(0, b"simcommsg".to_vec(), PAYLOAD.to_vec())]);
    pair.ask(|client| client.unsubscribe(0, filter)).unwrap();
    pair.ask(|client| client.disconnect(0, 120)).unwrap();
    pair.ask(|client| client.release(0)).unwrap();
    pair.ask(cmqtt_core::Client::stop).unwrap();
    assert_eq!(pair.events, [""; 0]);
}

#[test]
fn a_payload_that_looks_like_the_modems_own_words_comes_back_unchanged() {
    let mut pair = connected(Config::SIM7028, Profile::SIM7028, Some(115_200));
    let filter = TopicFilter::new("simcommsg").unwrap();
    pair.ask(|client| client.subscribe(0, filter, QoS::ExactlyOnce))
        .unwrap();
    let payloads: [&[u8]; 6] = [
        b"\r\nOK\r\n",
        b"ERROR",
        b">",
        b"\r\n+CMQTTCONNLOST: 0,1\r\n",
        b"\0\x1a\x1b",
        b"\r\n+CMQTTRXEND: 0\r\n\r\n+CMQTTRXSTART: 0,1,1\r\n",
    ];
    for payload in payloads {
        pair.ask(|client| client.publish(&publication(payload))).unwrap();
    }
    pair.pass(std::time::Duration::from_secs(1));
    let received: Vec<_> = pair.messages.iter().map(|(_, _, payload)| &payload[..]).collect();
    assert_eq!(received, payloads);
    assert_eq!(pair.events, [""; 0]);
}

#[test]
fn the_line_is_busy_while_messages_are_published() {
    let mut pair = connected(Config::SIM7028, Profile::SIM7028.at_once(), Some(115_200));
    pair.ask(|client| client.command(&at_proto::basic::Echo::OFF))
        .unwrap();
    let carried = |pair: &Pair| pair.wire.carried(Direction::ToModem) + pair.wire.carried(Direction::ToHost);
    let (begin, before) = (pair.now(), carried(&pair));
    for _ in 0..100 {
        pair.ask(|client| client.publish(&publication(PAYLOAD))).unwrap();
    }
    let bits = (carried(&pair) - before) as f64 * 10.0;
    let busy = bits / (115_200.0 * (pair.now() - begin).as_secs_f64());
    assert!(busy >= 0.98, "the line is busy {:.1} % of the time", busy * 100.0);
}

#[test]
fn tls_in_virtual_time() {
    let mut pair = Pair::new(Config::SIM7028, Profile::SIM7028, Some(115_200));
    pair.network.set_tls_ports([8883]);
    pair.ask(|client| client.command(&StoreFile::with(Quoted::new("ca.pem").unwrap(), b"any")))
        .unwrap();
    pair.ask(cmqtt_core::Client::start).unwrap();
    let id = ClientId::new("client test0").unwrap();
    pair.ask(|client| client.acquire(0, id, Transport::Tls)).unwrap();
    let connect = |pair: &mut Pair, server| {
        let connection = Connection {
            client: 0,
            server: ServerAddress::new(server).unwrap(),
            keep_alive: KeepAlive::new(60).unwrap(),
            clean_session: true,
            login: None,
        };
        let end = pair.ask(|client| client.connect(&connection));
        end.map_err(|failure| failure.cause)
    };
    let refused = |code| Err(Cause::Refused(Refusal::Code(code)));
    let set = |pair: &mut Pair, setting| {
        let command = Configure { context: 0, setting };
        pair.ask(|client| client.command(&command)).unwrap();
    };
    set(&mut pair, Setting::AuthMode(1));
    assert_eq!(connect(&mut pair, "tcp://a.example:8883"), refused(33));
    set(&mut pair, Setting::CaCert(Quoted::new("ca.pem").unwrap()));
    assert_eq!(connect(&mut pair, "tcp://a.example:1883"), refused(32));
    connect(&mut pair, "tcp://a.example:8883").unwrap();
    let end = pair.ask(|client| client.publish(&publication(PAYLOAD)));
    end.unwrap();
}

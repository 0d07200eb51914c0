//! The four sessions of the vendor's note, sections 4.1 to 4.4, every step in its order.

use cmqtt_blocking::at_proto::cmqtt::{QoS, Subscribe, Topic, TopicFilter};
use cmqtt_blocking::at_proto::network::{DefineContext, Packet, ReportRegistration, Signal};
use cmqtt_blocking::at_proto::{Quoted, Read};
use cmqtt_blocking::{Outcome, Transport};
use cmqtt_sim::Family;
use cmqtt_tests::certificates::Certificates;
use cmqtt_tests::mosquitto::{Listener, Mosquitto, Received};

use super::bench::{Bench, PATIENCE, localhost, publication};

#[test]
fn section_4_1_plain() {
    let mut broker = Mosquitto::start();
    for family in Family::ALL {
        let mut bench = Bench::new(family, &broker);
        prepare_network(&mut bench);
        begin(&mut bench, Transport::Tcp, None, "tcp://test.mosquitto.org:1883");
        let watcher = broker.subscribe("simcommsg", 1);
        subscribe(&mut bench);
        publish(&mut bench, "simcommsg");
        let message = bench
            .modem
            .receive(PATIENCE)
            .expect("the port")
            .expect("the message");
        assert_eq!(
            (&message.topic[..], &message.payload[..]),
            (&b"simcommsg"[..], PAYLOAD)
        );
        subscribe_to_nothing(&mut bench);
        end(&mut bench);
        assert_eq!(watcher.messages(), [received("simcommsg")], "{family}");
    }
}

#[test]
fn section_4_2_tls_without_verification() {
    let mut broker = Mosquitto::start();
    for family in Family::ALL {
        let mut bench = Bench::new(family, &broker);
        prepare_network(&mut bench);
        bench.set(0, "authmode=0");
        begin(&mut bench, Transport::Tls, None, "tcp://test.mosquitto.org:8883");
        traffic_with_tls(&mut bench, &mut broker);
    }
}

#[test]
fn section_4_3_server_verified() {
    let mut broker = Mosquitto::start();
    for family in Family::ALL {
        let mut bench = Bench::new(family, &broker);
        bench.store_as("server_ca.pem", &Certificates::get().read("ca.pem"));
        prepare_network(&mut bench);
        bench.set(0, "sslversion=4 authmode=1 cacert=server_ca.pem");
        let server = localhost(&broker, Listener::Tls);
        begin(&mut bench, Transport::Tls, Some(0), &server);
        traffic_with_tls(&mut bench, &mut broker);
    }
}

#[test]
fn section_4_4_both_verified() {
    let mut broker = Mosquitto::start();
    let certificates = Certificates::get();
    for family in Family::ALL {
        let mut bench = Bench::new(family, &broker);
        bench.store_as("ca_cert.pem", &certificates.read("ca.pem"));
        bench.store_as("cert.pem", &certificates.read("client.pem"));
        bench.store_as("key_cert.pem", &certificates.read("client.key"));
        prepare_network(&mut bench);
        bench.set(
            0,
            "sslversion=4 authmode=2 cacert=ca_cert.pem clientcert=cert.pem clientkey=key_cert.pem",
        );
        begin(&mut bench, Transport::Tls, Some(0), "tcp://hooleeping.com:8883");
        traffic_with_tls(&mut bench, &mut broker);
    }
}

/// CSQ, CGREG? until registered, CGDCONT.
#[track_caller]
fn prepare_network(bench: &mut Bench) {
    let strength = bench
        .modem
        .command(&Signal, |quality| quality.dbm())
        .expect("a signal");
    assert!(strength.is_some());
    let registered = bench
        .modem
        .command(&Read::<ReportRegistration<Packet>>::new(), |registration| {
            registration.state.is_registered()
        })
        .expect("a state");
    assert!(registered);
    let context = DefineContext {
        cid: 1,
        kind: Some(Quoted::new("IP").expect("quotable")),
        apn: Some(Quoted::new("CMNBIOT").expect("quotable")),
        address: None,
        options: [None; 4],
    };
    bench.modem.command(&context, |()| ()).expect("defined");
}

/// START, ACCQ, SSLCFG, WILLTOPIC, WILLMSG, CONNECT.
#[track_caller]
fn begin(bench: &mut Bench, transport: Transport, context: Option<u8>, server: &str) {
    bench.acquire(transport);
    if let Some(context) = context {
        bench.modem.use_ssl_context(0, context).expect("chosen");
    }
    let topic = Topic::new("0123456789").expect("a topic");
    bench
        .modem
        .set_will(0, topic, b"qwerty", QoS::AtLeastOnce)
        .expect("a will");
    bench.connect(server).expect("connected");
}

/// TOPIC, PAYLOAD, PUB, `SUB=0`, `SUB=0,9,1`, and the end.
#[track_caller]
fn traffic_with_tls(bench: &mut Bench, broker: &mut Mosquitto) {
    let watcher = broker.subscribe("#", 1);
    publish(bench, "simcommsg/tls");
    subscribe_to_nothing(bench);
    subscribe(bench);
    // What mosquitto_pub sends comes through TLS.
    broker.publish("simcommsg", PAYLOAD, 1, false);
    let message = bench
        .modem
        .receive(PATIENCE)
        .expect("the port")
        .expect("the message");
    assert_eq!(
        (&message.topic[..], &message.payload[..]),
        (&b"simcommsg"[..], PAYLOAD)
    );
    end(bench);
    assert_eq!(watcher.messages(), [received("simcommsg/tls")]);
}

#[track_caller]
fn publish(bench: &mut Bench, topic: &str) {
    let outcome = bench
        .modem
        .publish(&publication(0, topic, PAYLOAD))
        .expect("published");
    assert_eq!(outcome, Outcome::Delivered);
}

#[track_caller]
fn subscribe(bench: &mut Bench) {
    let filter = TopicFilter::new("simcommsg").expect("a filter");
    bench
        .modem
        .subscribe(0, filter, QoS::AtLeastOnce)
        .expect("subscribed");
}

/// `AT+CMQTTSUB=0`, though nothing was cached.
#[track_caller]
fn subscribe_to_nothing(bench: &mut Bench) {
    let command = Subscribe::Cached { client: 0, dup: None };
    bench.modem.command(&command, |()| ()).expect("done");
}

/// UNSUB, DISC, REL, STOP.
#[track_caller]
fn end(bench: &mut Bench) {
    let filter = TopicFilter::new("simcommsg").expect("a filter");
    bench.modem.unsubscribe(0, filter).expect("unsubscribed");
    bench.modem.disconnect(0, 120).expect("disconnected");
    bench.end();
}

fn received(topic: &str) -> Received {
    Received {
        topic: topic.into(),
        payload: PAYLOAD.into(),
        qos: 1,
        retained: false,
    }
}

/// Sixty bytes, as in the note.
const PAYLOAD: &[u8] = b"0123456789012345678901234567890123456789012345678901234567\r\n";

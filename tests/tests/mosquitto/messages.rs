//! Messages byte for byte, as mosquitto's own clients send and hear them, plain and through TLS.

use cmqtt_blocking::at_proto::cmqtt::{QoS, TopicFilter};
use cmqtt_blocking::{Outcome, Publication, Transport};
use cmqtt_sim::{Family, Profile};
use cmqtt_tests::mosquitto::{Listener, Mosquitto, Received};

use super::bench::{Bench, PATIENCE, localhost, payload, publication};

const ALL: [(Transport, Listener); 2] = [(Transport::Tcp, Listener::Plain), (Transport::Tls, Listener::Tls)];

fn longest(family: Family) -> usize {
    usize::try_from(Profile::of(family).switches.payload_max.0).expect("a length")
}

#[test]
fn what_a_modem_publishes_reaches_mosquitto_sub() {
    let mut broker = Mosquitto::start();
    for family in Family::ALL {
        for (transport, listener) in ALL {
            let mut bench = Bench::new(family, &broker);
            bench.acquire(transport);
            bench.connect(&localhost(&broker, listener)).expect("connected");
            let mut expect = Vec::new();
            for (number, qos) in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]
                .into_iter()
                .enumerate()
            {
                for len in [1, 2, 60, 1000, longest(family)] {
                    expect.push(Received {
                        topic: format!("out/{number}/{len}"),
                        payload: payload(len),
                        qos: u8::try_from(number).expect("0 to 2"),
                        retained: false,
                    });
                }
                // In order, so that the next one cannot overtake.
                let watcher = broker.subscribe("out/#", expect.len());
                for message in &expect {
                    let publication = Publication {
                        qos,
                        ..publication(0, &message.topic, &message.payload)
                    };
                    let outcome = bench.modem.publish(&publication).expect("published");
                    assert_eq!(outcome, Outcome::Delivered, "{family}");
                }
                assert_eq!(watcher.messages(), std::mem::take(&mut expect), "{family}");
            }
        }
    }
}

#[test]
fn what_mosquitto_pub_sends_reaches_a_modem() {
    let broker = Mosquitto::start();
    for family in Family::ALL {
        for (transport, listener) in ALL {
            let mut bench = Bench::new(family, &broker);
            bench.acquire(transport);
            bench.connect(&localhost(&broker, listener)).expect("connected");
            let filter = TopicFilter::new("in/+").expect("a filter");
            bench
                .modem
                .subscribe(0, filter, QoS::ExactlyOnce)
                .expect("subscribed");
            for (len, qos) in [(0, 1), (1, 0), (60, 1), (1500, 2), (1501, 0), (10_240, 2)] {
                let sent = payload(len);
                broker.publish(&format!("in/{len}"), &sent, qos, false);
                let message = bench
                    .modem
                    .receive(PATIENCE)
                    .expect("the port")
                    .expect("a message");
                assert_eq!(message.topic, format!("in/{len}").into_bytes(), "{family}");
                assert_eq!(message.payload, sent, "{family}");
            }
        }
    }
}

#[test]
fn what_is_retained_waits_at_the_broker() {
    let mut broker = Mosquitto::start();
    let mut bench = Bench::new(Family::Sim7028, &broker);
    bench.acquire(Transport::Tls);
    bench
        .connect(&localhost(&broker, Listener::Tls))
        .expect("connected");
    let publication = Publication {
        retain: true,
        ..publication(0, "state", b"on")
    };
    assert_eq!(
        bench.modem.publish(&publication).expect("published"),
        Outcome::Delivered
    );
    let expect = Received {
        topic: "state".into(),
        payload: b"on".into(),
        qos: 1,
        retained: true,
    };
    assert_eq!(broker.subscribe("state", 1).messages(), [expect]);
    broker.publish("other", b"\r\nOK\r\n\0\xff", 2, true);
    let filter = TopicFilter::new("other").expect("a filter");
    bench
        .modem
        .subscribe(0, filter, QoS::AtMostOnce)
        .expect("subscribed");
    let message = bench
        .modem
        .receive(PATIENCE)
        .expect("the port")
        .expect("a message");
    assert_eq!(message.payload, b"\r\nOK\r\n\0\xff");
}

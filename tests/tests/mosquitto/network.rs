//! What comes of brokers that are not there, do not want the client, or go away; and two clients at once.

use cmqtt_blocking::at_proto::cmqtt::{ClientId, LostCause, Password, QoS, Topic, TopicFilter, UserName};
use cmqtt_blocking::{Login, Transport};
use cmqtt_sim::{Family, Profile};
use cmqtt_tests::mosquitto::{Listener, Mosquitto, PASSWORD, USER};

use super::bench::{Bench, PATIENCE, connection, exchange, localhost, payload};

#[test]
fn who_is_not_there_has_its_code() {
    let mut broker = Mosquitto::start();
    let mut bench = Bench::new(Family::Sim7028, &broker);
    bench.acquire(Transport::Tcp);
    // Reserved never to exist (RFC 6761).
    bench.refused("tcp://broker.invalid:1883", 25);
    broker.kill();
    let plain = localhost(&broker, Listener::Plain);
    bench.refused(&plain, 3);
    broker.restart();
    bench.connect(&plain).expect("connected");
    bench.exchange();
    bench.end();
}

#[test]
fn a_wrong_password_is_what_the_broker_says_it_is() {
    let broker = Mosquitto::start();
    let mut bench = Bench::new(Family::Sim7028, &broker);
    bench.acquire(Transport::Tcp);
    let server = localhost(&broker, Listener::Password);
    let user = UserName::new(USER).expect("a name");
    let wrong = Login {
        user,
        password: Some(Password::new("wrong").expect("a password")),
    };
    // Mosquitto answers 5, not authorised, to either.
    for login in [None, Some(wrong)] {
        let error = bench.connect_as(&server, login).expect_err("refused");
        assert_eq!(error.code().map(|code| code.0), Some(31), "{error}");
        assert!(!format!("{error} {error:?}").contains("wrong"), "{error:?}");
    }
    let right = Login {
        user,
        password: Some(Password::new(PASSWORD).expect("a password")),
    };
    bench.connect_as(&server, Some(right)).expect("connected");
    bench.exchange();
}

#[test]
fn a_broker_that_is_killed_is_a_lost_connection_and_connect_is_enough() {
    let mut broker = Mosquitto::start();
    for (transport, listener) in [(Transport::Tcp, Listener::Plain), (Transport::Tls, Listener::Tls)] {
        let mut bench = Bench::new(Family::Sim7028, &broker);
        let server = localhost(&broker, listener);
        bench.acquire(transport);
        bench.connect(&server).expect("connected");
        exchange(&mut bench.modem, 0);
        broker.kill();
        // How the connection of a process that was killed ends is up to the system that it ran on.
        bench.expect_lost(&[LostCause::ClosedByPeer, LostCause::Reset]);
        bench.refused(&server, 3);
        broker.restart();
        bench.connect(&server).expect("connected again");
        bench.exchange();
        bench.end();
    }
}

#[test]
fn a_modem_that_loses_its_power_leaves_its_will() {
    let mut broker = Mosquitto::start();
    for (transport, listener) in [(Transport::Tcp, Listener::Plain), (Transport::Tls, Listener::Tls)] {
        let mut bench = Bench::new(Family::Sim7028, &broker);
        bench.acquire(transport);
        let topic = Topic::new("will").expect("a topic");
        let qos = QoS::AtLeastOnce;
        bench
            .modem
            .set_will(0, topic, b"gone\0\xff", qos)
            .expect("a will");
        bench.connect(&localhost(&broker, listener)).expect("connected");
        let watcher = broker.subscribe("will", 1);
        drop(bench);
        assert_eq!(watcher.messages()[0].payload, b"gone\0\xff");
    }
}

#[test]
fn two_clients_at_once_one_plain_and_one_with_tls() {
    let broker = Mosquitto::start();
    for family in Family::ALL {
        if Profile::of(family).limits.clients < 2 {
            continue;
        }
        let mut bench = Bench::new(family, &broker);
        bench.store("ca.pem");
        bench.set(1, "authmode=1 cacert=ca.pem");
        bench.acquire(Transport::Tcp);
        let id = ClientId::new("the other").expect("an identifier");
        bench.modem.acquire(1, id, Transport::Tls).expect("acquired");
        bench
            .connect(&localhost(&broker, Listener::Plain))
            .expect("connected");
        let server = localhost(&broker, Listener::Tls);
        bench
            .modem
            .connect(&connection(1, &server, None))
            .expect("connected");
        for client in [0, 1, 0, 1] {
            exchange(&mut bench.modem, client);
        }
        // What comes to both comes to each, whole and in order.
        for client in [0, 1] {
            let filter = TopicFilter::new("both").expect("a filter");
            bench
                .modem
                .subscribe(client, filter, QoS::AtLeastOnce)
                .expect("subscribed");
        }
        for len in MANY {
            broker.publish("both", &payload(len), 1, false);
        }
        let mut heard = [Vec::new(), Vec::new()];
        for _ in 0..2 * MANY.len() {
            let message = bench
                .modem
                .receive(PATIENCE)
                .expect("the port")
                .expect("a message");
            assert_eq!(message.topic, b"both");
            heard[usize::from(message.client)].push(message.payload);
        }
        assert_eq!(heard, [MANY.map(payload), MANY.map(payload)], "{family}");
        bench.modem.disconnect(0, 60).expect("disconnected");
        // The one is not the other.
        exchange(&mut bench.modem, 1);
        bench.modem.disconnect(1, 60).expect("disconnected");
        bench.modem.release(1).expect("released");
        bench.end();
    }
}

/// Lengths in bytes.
const MANY: [usize; 8] = [1, 60, 1500, 3, 4096, 2, 1024, 300];

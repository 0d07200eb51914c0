//! The client against a broker that the test plays: its bytes, and what it makes of brokers that misbehave.

use std::net::TcpListener;

use cmqtt_sim::{ConnectError, LostCause, Will};

use super::*;

const CONNECT_A: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
const RESUME_A: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x00\x00\x3c\x00\x01a";
const CONNACK: &[u8] = b"\x20\x02\x00\x00";
const CONNACK_PRESENT: &[u8] = b"\x20\x02\x01\x00";

/// A listening broker and a client that will come to it.
fn stage() -> (TcpListener, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let client = Client::to(listener.local_addr().expect("an address"));
    (listener, client)
}

fn accept(listener: &TcpListener) -> Peer {
    Peer::new(listener.accept().expect("a connection").0)
}

/// A client connected to a broker played by the test.
fn connected() -> (TcpListener, Client, Peer) {
    let (listener, mut client) = stage();
    client.ask(connect(details("a")));
    let mut broker = accept(&listener);
    broker.expect(CONNECT_A);
    broker.send(CONNACK);
    client.expect(&[NetworkEvent::Connected]);
    (listener, client, broker)
}

#[track_caller]
fn answered(answer: &[u8], expect: ConnectError) {
    let (listener, mut client) = stage();
    client.ask(connect(details("a")));
    let mut broker = accept(&listener);
    broker.expect(CONNECT_A);
    broker.send(answer);
    if expect == ConnectError::Closed {
        drop(broker);
    }
    client.expect(&[NetworkEvent::ConnectFailed(expect)]);
}

#[track_caller]
fn lost_after(bytes: &[u8]) {
    let (_listener, client, mut broker) = connected();
    broker.send(bytes);
    client.expect(&[NetworkEvent::Lost(LostCause::Reset)]);
    broker.expect_end();
}

#[test]
fn what_may_come_in_the_place_of_a_connack() {
    for code in 1..=5 {
        answered(&[0x20, 2, 0, code], ConnectError::Refused(code));
    }
    answered(b"", ConnectError::Closed);
    answered(b"\x20\x02", ConnectError::Closed);
    answered(b"HTTP/1.1 400 Bad Request\r\n", ConnectError::Protocol);
    answered(b"SSH-2.0-OpenSSH_9.2\r\n", ConnectError::Protocol);
    answered(b"\x15\x03\x03\x00\x02\x02\x46", ConnectError::Protocol);
    answered(b"\x20\x02\x00\x06", ConnectError::Protocol);
    answered(b"\x20\x03\x00\x00\x00", ConnectError::Protocol);
    answered(b"\x20\xff\xff\xff\xff\xff", ConnectError::Protocol);
    answered(b"\xd0\x00", ConnectError::Protocol);
}

#[test]
fn hosts_that_cannot_be_reached() {
    let (listener, mut client) = stage();
    drop(listener);
    client.ask(connect(details("a")));
    client.expect(&[NetworkEvent::ConnectFailed(ConnectError::Unreachable)]);

    let mut client = Client::with(ClientOptions::default());
    client.ask(connect(Connect {
        host: "no..such..name".into(),
        ..details("a")
    }));
    client.expect(&[NetworkEvent::ConnectFailed(ConnectError::Dns)]);
}

#[test]
fn a_broker_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let resolver = Resolver::default().send_all_to(listener.local_addr().expect("an address").into());
    let connect_timeout = Duration::from_millis(100);
    let mut client = Client::with(ClientOptions {
        resolver,
        connect_timeout,
        ..ClientOptions::default()
    });
    client.ask(connect(details("a")));
    client.expect(&[NetworkEvent::ConnectFailed(ConnectError::TimedOut)]);
    let mut broker = accept(&listener);
    broker.expect(CONNECT_A);
    broker.expect_end();
}

#[test]
fn a_connect_can_be_called_off() {
    let (listener, mut client) = stage();
    client.ask(connect(details("a")));
    let mut broker = accept(&listener);
    broker.expect(CONNECT_A);
    client.ask(NetworkRequest::Disconnect);
    broker.expect_end();
    drop(broker);
    client.expect(&[
        NetworkEvent::ConnectFailed(ConnectError::Closed),
        NetworkEvent::Disconnected,
    ]);
}

#[test]
fn a_full_connect_in_both_revisions() {
    let body = b"\xd6\x00\x3c\x00\x0cclient test0\x00\x02wt\x00\x02wm\x00\x04user\x00\x04pass";
    let (new, old) = (b"\x10\x2c\x00\x04MQTT\x04", b"\x10\x2e\x00\x06MQIsdp\x03");
    for (version, head) in [(MqttVersion::V3_1_1, &new[..]), (MqttVersion::V3_1, &old[..])] {
        let (listener, mut client) = stage();
        client.ask(connect(Connect {
            version,
            user: Some(b"user".to_vec()),
            password: Some(b"pass".to_vec()),
            will: Some(Will {
                topic: b"wt".to_vec(),
                message: b"wm".to_vec(),
                qos: QoS::ExactlyOnce,
            }),
            ..details("client test0")
        }));
        let mut broker = accept(&listener);
        broker.expect(head);
        broker.expect(body);
        broker.send(CONNACK);
        client.expect(&[NetworkEvent::Connected]);
        client.ask(NetworkRequest::Disconnect);
        broker.expect(b"\xe0\x00");
        broker.expect_end();
    }
}

#[test]
fn each_quality_of_service_has_its_handshake() {
    let (_listener, mut client, mut broker) = connected();
    client.ask(publish("t", "0", QoS::AtMostOnce));
    broker.expect(b"\x30\x04\x00\x01t0");
    client.expect(&[NetworkEvent::Published]);
    client.ask(publish("t", "2", QoS::ExactlyOnce));
    broker.expect(b"\x34\x06\x00\x01t\x00\x012");
    client.ask(NetworkRequest::Publish {
        topic: b"t".to_vec(),
        payload: b"1".to_vec(),
        qos: QoS::AtLeastOnce,
        retain: true,
        dup: true,
    });
    broker.expect(b"\x3b\x06\x00\x01t\x00\x021");
    // Settled out of order, told in order.
    broker.send(b"\x40\x02\x00\x02\x50\x02\x00\x01");
    broker.expect(b"\x62\x02\x00\x01");
    assert!(client.events.try_recv().is_err());
    broker.send(b"\x70\x02\x00\x01");
    client.expect(&[NetworkEvent::Published, NetworkEvent::Published]);

    broker.send(b"\x30\x04\x00\x01t0\x32\x06\x00\x01t\x00\x071");
    broker.expect(b"\x40\x02\x00\x07");
    client.expect(&[arrived("t", "0"), arrived("t", "1")]);
    broker.send(b"\x34\x06\x00\x01t\x00\x082");
    broker.expect(b"\x50\x02\x00\x08");
    broker.send(b"\x3c\x06\x00\x01t\x00\x082");
    broker.expect(b"\x50\x02\x00\x08");
    broker.send(b"\x62\x02\x00\x08");
    broker.expect(b"\x70\x02\x00\x08");
    client.expect(&[arrived("t", "2")]);
    assert!(client.events.try_recv().is_err());
}

#[test]
fn a_broker_that_breaks_mqtt_is_left() {
    // A QoS 1 and a QoS 2 message with the identifier 0, the latter twice.
    lost_after(b"\x32\x06\x00\x01t\x00\x00x");
    lost_after(b"\x34\x06\x00\x01t\x00\x00x\x34\x06\x00\x01t\x00\x00x");
    // Answers to what was never sent, packets of a client, a second CONNACK, an impossible QoS, a topic that is not UTF-8.
    lost_after(b"\x40\x02\x00\x01");
    lost_after(b"\x50\x02\x00\x01");
    lost_after(b"\x70\x02\x00\x01");
    lost_after(b"\x90\x03\x00\x01\x00");
    lost_after(CONNECT_A);
    lost_after(CONNACK_PRESENT);
    lost_after(b"\x36\x06\x00\x01t\x00\x01x");
    lost_after(b"\x30\x03\x00\x01\xff");
    lost_after(b"\x30\x02\x00\x05");
    // 256 MiB are announced: refused before any is kept.
    lost_after(b"\x30\xff\xff\xff\x7f");
    lost_after(b"\xf0\x00");
}

#[test]
fn the_two_ways_a_connection_is_lost() {
    let (_listener, client, broker) = connected();
    drop(broker);
    client.expect(&[NetworkEvent::Lost(LostCause::ClosedByPeer)]);

    let (_listener, mut client, broker) = connected();
    client.ask(publish("t", "unread", QoS::AtMostOnce));
    client.expect(&[NetworkEvent::Published]);
    // Closing with bytes unread resets the connection.
    broker.0.peek(&mut [0]).expect("a byte");
    drop(broker);
    client.expect(&[NetworkEvent::Lost(LostCause::Reset)]);
}

#[test]
fn an_idle_client_pings_and_misses_the_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let resolver = Resolver::default().send_all_to(listener.local_addr().expect("an address").into());
    let ping_timeout = Duration::from_millis(100);
    let mut client = Client::with(ClientOptions {
        resolver,
        ping_timeout,
        ..ClientOptions::default()
    });
    client.ask(connect(Connect {
        keep_alive: 1,
        ..details("a")
    }));
    let mut broker = accept(&listener);
    broker.expect(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x01\x00\x01a");
    broker.send(CONNACK);
    client.expect(&[NetworkEvent::Connected]);
    broker.expect(b"\xc0\x00");
    broker.send(b"\xd0\x00");
    broker.expect(b"\xc0\x00");
    client.expect(&[NetworkEvent::Lost(LostCause::NetworkClosed)]);
    broker.expect_end();
}

#[test]
fn a_persistent_session_sends_again_what_was_not_settled() {
    let (listener, mut client) = stage();
    let session = Connect {
        clean_session: false,
        ..details("a")
    };
    client.ask(connect(session.clone()));
    let mut broker = accept(&listener);
    broker.expect(RESUME_A);
    broker.send(CONNACK);
    client.expect(&[NetworkEvent::Connected]);
    client.ask(publish("t", "1", QoS::AtLeastOnce));
    broker.expect(b"\x32\x06\x00\x01t\x00\x011");
    client.ask(publish("t", "2", QoS::ExactlyOnce));
    broker.expect(b"\x34\x06\x00\x01t\x00\x022");
    client.ask(publish("t", "3", QoS::ExactlyOnce));
    broker.expect(b"\x34\x06\x00\x01t\x00\x033");
    broker.send(b"\x50\x02\x00\x02");
    broker.expect(b"\x62\x02\x00\x02");
    // A message of the broker's whose handshake is cut short, and half of another packet.
    broker.send(b"\x34\x06\x00\x01t\x00\x09!\x30\x7f");
    broker.expect(b"\x50\x02\x00\x09");
    drop(broker);
    client.expect(&[arrived("t", "!"), NetworkEvent::Lost(LostCause::ClosedByPeer)]);

    client.ask(connect(session.clone()));
    let mut broker = accept(&listener);
    broker.expect(RESUME_A);
    broker.send(CONNACK_PRESENT);
    client.expect(&[NetworkEvent::Connected]);
    broker.expect(b"\x3a\x06\x00\x01t\x00\x011");
    let rest = [&b"\x3c\x06\x00\x01t\x00\x033"[..], b"\x62\x02\x00\x02"].concat();
    broker.expect(&rest);
    broker.send(b"\x40\x02\x00\x01\x70\x02\x00\x02\x50\x02\x00\x03");
    broker.expect(b"\x62\x02\x00\x03");
    broker.send(b"\x70\x02\x00\x03\x3c\x06\x00\x01t\x00\x09!");
    // Known already: acknowledged, not told again. Nor are the old publishes, which the loss has answered.
    broker.expect(b"\x50\x02\x00\x09");
    client.ask(publish("t", "4", QoS::AtMostOnce));
    client.expect(&[NetworkEvent::Published]);
    broker.expect(b"\x30\x04\x00\x01t4");
    drop(broker);
    client.expect(&[NetworkEvent::Lost(LostCause::ClosedByPeer)]);

    // A broker that has forgotten the session: its identifier 9 is a new message.
    client.ask(connect(session));
    let mut broker = accept(&listener);
    broker.expect(RESUME_A);
    broker.send(CONNACK);
    broker.send(b"\x34\x06\x00\x01t\x00\x09?");
    broker.expect(b"\x50\x02\x00\x09");
    client.expect(&[NetworkEvent::Connected, arrived("t", "?")]);
}

#[test]
fn mqtt_3_1_sends_again_without_being_told_that_the_session_is_there() {
    let (listener, mut client) = stage();
    let session = Connect {
        clean_session: false,
        version: MqttVersion::V3_1,
        ..details("a")
    };
    let resume = b"\x10\x0f\x00\x06MQIsdp\x03\x00\x00\x3c\x00\x01a";
    client.ask(connect(session.clone()));
    let mut broker = accept(&listener);
    broker.expect(resume);
    broker.send(CONNACK);
    client.expect(&[NetworkEvent::Connected]);
    client.ask(publish("t", "2", QoS::ExactlyOnce));
    broker.expect(b"\x34\x06\x00\x01t\x00\x012");
    drop(broker);
    client.expect(&[NetworkEvent::Lost(LostCause::ClosedByPeer)]);

    client.ask(connect(session.clone()));
    let mut broker = accept(&listener);
    broker.expect(resume);
    broker.send(b"\x20\x02\x00\x05");
    client.expect(&[NetworkEvent::ConnectFailed(ConnectError::Refused(5))]);

    client.ask(connect(session));
    let mut broker = accept(&listener);
    broker.expect(resume);
    for byte in CONNACK {
        broker.send(&[*byte]);
    }
    client.expect(&[NetworkEvent::Connected]);
    broker.expect(b"\x3c\x06\x00\x01t\x00\x012");
}

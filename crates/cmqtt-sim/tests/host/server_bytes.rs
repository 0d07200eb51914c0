//! The broker's port against a client that the test plays: its bytes, and what it makes of clients that misbehave.

use cmqtt_sim::MqttVersion;
use cmqtt_sim::broker::TopicFilter;
use proptest::prelude::*;

use super::*;

const CONNECT_A: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
const CONNACK: &[u8] = b"\x20\x02\x00\x00";

fn call(server: &BrokerServer) -> Peer {
    Peer::new(TcpStream::connect(server.address()).expect("a connection"))
}

fn joined(server: &BrokerServer) -> Peer {
    let mut client = call(server);
    client.send(CONNECT_A);
    client.expect(CONNACK);
    client
}

#[test]
fn an_mqtt_3_1_client_may_send_byte_by_byte() {
    let server = serve(Policy::default());
    let mut client = call(&server);
    for byte in b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01a\x82\x06\x00\x01\x00\x01t\x01" {
        client.send(&[*byte]);
    }
    client.expect(CONNACK);
    client.expect(b"\x90\x03\x00\x01\x01");
    client.send(b"\x34\x06\x00\x01t\x00\x09x\xc0\x00");
    client.expect(b"\x50\x02\x00\x09\xd0\x00");
    client.send(b"\x62\x02\x00\x09");
    client.expect(b"\x70\x02\x00\x09\x32\x06\x00\x01t\x00\x01x");
    client.send(b"\x40\x02\x00\x01\xe0\x00");
    client.expect_end();
}

#[test]
fn a_3_1_client_without_a_name_is_refused() {
    let server = serve(Policy::default());
    let mut client = call(&server);
    client.send(b"\x10\x0e\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x00");
    client.expect(b"\x20\x02\x00\x02");
    client.expect_end();
    let mut client = call(&server);
    client.send(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00");
    client.expect(CONNACK);
}

#[test]
fn other_revisions_are_refused_with_their_code() {
    let server = serve(Policy::default());
    let mut client = call(&server);
    client.send(b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a");
    client.expect(b"\x20\x02\x00\x01");
    client.expect_end();
}

#[test]
fn clients_that_break_mqtt_are_left_and_their_will_is_published() {
    let server = serve(Policy::default());
    let observer =
        server.with_broker(|_, broker| broker.observe(TopicFilter::new("will").expect("a filter")));
    let wrongs: [&[u8]; 10] = [
        CONNECT_A,
        CONNACK,
        b"\x32\x06\x00\x01t\x00\x00x",
        b"\x34\x06\x00\x01t\x00\x00x\x34\x06\x00\x01t\x00\x00x",
        b"\x30\x05\x00\x03a/#",
        b"\x30\x03\x00\x01\x00",
        b"\x82\x07\x00\x01\x00\x02a#\x00",
        b"\x82\x06\x00\x00\x00\x01a\x00",
        b"\x40\x02\x00\x01",
        b"\x30\xff\xff\xff\x7f",
    ];
    for wrong in wrongs {
        let mut client = call(&server);
        client.send(b"\x10\x16\x00\x04MQTT\x04\x06\x00\x3c\x00\x01a\x00\x04will\x00\x01w");
        client.expect(CONNACK);
        client.send(wrong);
        client.expect_end();
        let wills = server.with_broker(|_, broker| broker.take_observed(observer));
        assert_eq!(wills.len(), 1, "{}", wrong.escape_ascii());
    }
    assert!(!server.with_broker(|_, broker| broker.is_connected(b"a")));
}

#[test]
fn what_is_no_connect_is_not_answered() {
    let server = serve(Policy::default());
    for nonsense in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\xc0\x00",
        b"\x10\xff\xff\xff\xff\x01",
        b"\x00\x00",
    ] {
        let mut client = call(&server);
        client.send(nonsense);
        client.expect_end();
    }
    joined(&server);
}

#[test]
fn a_silent_client_is_given_up_after_one_and_a_half_times_its_keep_alive() {
    let server = serve(Policy::default());
    let observer = server.with_broker(|_, broker| broker.observe(TopicFilter::new("w").expect("a filter")));
    let mut client = call(&server);
    client.send(b"\x10\x13\x00\x04MQTT\x04\x06\x00\x01\x00\x01a\x00\x01w\x00\x01w");
    client.expect(CONNACK);
    let joined = server.with_broker(|now, _| now);
    client.expect_end();
    let wills = server.with_broker(|_, broker| broker.take_observed(observer));
    assert_eq!(wills.len(), 1);
    let after = wills[0].at.saturating_sub(joined);
    assert!(
        after > Duration::from_millis(1_000) && after < PATIENCE,
        "{after:?}"
    );
}

#[test]
fn a_slow_reader_is_held_back_and_loses_no_qos_1_message() {
    let server = serve(Policy::default());
    let mut reader = joined(&server);
    reader.send(b"\x82\x06\x00\x01\x00\x01t\x01");
    reader.expect(b"\x90\x03\x00\x01\x01");
    let mut writer = Client::to(server.address());
    writer.connect(details("writer"));
    let payload = "x".repeat(100_000);
    for _ in 0..40 {
        writer.publish("t", &payload, QoS::AtLeastOnce);
    }
    for number in 1..=40u8 {
        reader.expect(b"\x32\xa5\x8d\x06\x00\x01t");
        reader.expect(&[0, number]);
        reader.expect(payload.as_bytes());
        reader.send(&[0x40, 2, 0, number]);
    }
}

#[test]
fn a_client_of_the_other_revision_resumes_its_session() {
    let server = serve(Policy::default());
    let mut client = Client::to(server.address());
    let session = Connect {
        clean_session: false,
        version: MqttVersion::V3_1,
        ..details("a")
    };
    client.connect(session);
    client.subscribe("t", QoS::AtLeastOnce);
    client.ask(NetworkRequest::Disconnect);
    client.expect(&[NetworkEvent::Disconnected]);
    let mut client = call(&server);
    client.send(b"\x10\x0d\x00\x04MQTT\x04\x00\x00\x3c\x00\x01a");
    client.expect(b"\x20\x02\x01\x00");
}

#[test]
fn dropping_the_server_ends_its_connections_and_frees_its_port() {
    let server = serve(Policy::default());
    let address = server.address();
    let mut client = joined(&server);
    drop(server);
    client.expect_end();
    assert!(TcpStream::connect(address).is_err());
}

/// Packets as a client might send them, right or wrong, and plain noise.
fn any_packet() -> impl Strategy<Value = Vec<u8>> {
    let id = || 0..3u8;
    prop_oneof![
        4 => (0x30..0x40u8, id(), prop::sample::select(vec![b't', b'#', 0, 0xff])).prop_map(|(first, id, topic)| {
            let body = if first & 6 == 0 { vec![0, 1, topic] } else { vec![0, 1, topic, 0, id] };
            [vec![first, u8::try_from(body.len()).expect("short")], body].concat()
        }),
        4 => (prop::sample::select(vec![0x40, 0x50, 0x62, 0x70]), id()).prop_map(|(first, id)| vec![first, 2, 0, id]),
        3 => (id(), 0..4u8).prop_map(|(id, qos)| vec![0x82, 6, 0, id, 0, 1, b't', qos]),
        1 => id().prop_map(|id| vec![0xa2, 5, 0, id, 0, 1, b't']),
        1 => Just(vec![0xc0, 0]),
        1 => Just(vec![0xe0, 0]),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ]
}

#[test]
fn any_conduct_of_clients_is_survived() {
    let server = serve(Policy::default());
    let hello = prop::sample::select(vec![
        CONNECT_A,
        b"\x10\x0d\x00\x04MQTT\x04\x00\x00\x3c\x00\x01a",
        b"",
    ]);
    let conduct = (hello, prop::collection::vec(any_packet(), 0..20));
    let mut runner = proptest::test_runner::TestRunner::default();
    let outcome = runner.run(&conduct, |(hello, packets)| {
        let mut client = call(&server);
        // The broker may close before all is sent.
        let _ = client.0.write_all(&[hello, &packets.concat()].concat());
        client.0.shutdown(std::net::Shutdown::Write)?;
        let mut answers = vec![];
        let end = client.0.read_to_end(&mut answers);
        prop_assert!(!matches!(&end, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock));
        Ok(())
    });
    outcome.expect("every connection ends");
    let mut client = Client::to(server.address());
    client.connect(details("after"));
    client.publish("t", "x", QoS::ExactlyOnce);
}

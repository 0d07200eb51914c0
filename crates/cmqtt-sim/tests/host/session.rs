//! The client against the broker.

use std::sync::mpsc;

use cmqtt_sim::broker::{Message, Policy, TopicFilter};
use cmqtt_sim::host::{ClientOptions, HostNetwork, Resolver};
use cmqtt_sim::{ClientKey, ConnectError, LostCause, MqttVersion, NetworkEvent, NetworkRequest, QoS, Will};

use super::*;

const ALL: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

#[test]
fn a_session_in_both_revisions() {
    let server = serve(Policy::default());
    for version in [MqttVersion::V3_1, MqttVersion::V3_1_1] {
        let mut client = Client::to(server.address());
        client.connect(Connect {
            version,
            ..details("client test0")
        });
        for qos in ALL {
            client.subscribe("simcommsg/+", qos);
            client.publish("simcommsg/x", "60 bytes", qos);
            client.expect(&[arrived("simcommsg/x", "60 bytes")]);
        }
        client.ask(NetworkRequest::Unsubscribe {
            filters: vec![b"simcommsg/+".to_vec()],
        });
        client.expect(&[NetworkEvent::Unsubscribed]);
        client.publish("simcommsg/x", "", QoS::ExactlyOnce);
        client.ask(NetworkRequest::Disconnect);
        client.expect(&[NetworkEvent::Disconnected]);
        client.ask(NetworkRequest::Disconnect);
        client.expect(&[NetworkEvent::Disconnected]);
        assert!(!server.with_broker(|_, broker| broker.is_connected(b"client test0")));
    }
}

#[test]
fn retained_messages_and_messages_from_outside() {
    let server = serve(Policy::default());
    let mut client = Client::to(server.address());
    client.connect(details("a"));
    client.ask(NetworkRequest::Publish {
        topic: b"state".to_vec(),
        payload: b"on".to_vec(),
        qos: QoS::AtLeastOnce,
        retain: true,
        dup: true,
    });
    client.expect(&[NetworkEvent::Published]);
    client.subscribe("#", QoS::AtMostOnce);
    client.expect(&[arrived("state", "on")]);
    let message = Message::new("cmd", b"\r\nOK\r\n\0\xff", QoS::ExactlyOnce);
    server
        .with_broker(|now, broker| broker.publish_from_outside(now, message))
        .expect("a topic name");
    let payload = b"\r\nOK\r\n\0\xff".to_vec();
    client.expect(&[NetworkEvent::Message {
        topic: b"cmd".to_vec(),
        payload,
    }]);
}

#[test]
fn wills_come_from_clients_that_vanish_alone() {
    let server = serve(Policy::default());
    let mut watcher = Client::to(server.address());
    watcher.connect(details("watcher"));
    watcher.subscribe("#", QoS::AtLeastOnce);
    let with_will = |client_id: &str| {
        let will = Will {
            topic: b"will".to_vec(),
            message: client_id.into(),
            qos: QoS::ExactlyOnce,
        };
        Connect {
            will: Some(will),
            ..details(client_id)
        }
    };

    let mut polite = Client::to(server.address());
    polite.connect(with_will("polite"));
    polite.ask(NetworkRequest::Disconnect);
    polite.expect(&[NetworkEvent::Disconnected]);

    let mut off = Client::to(server.address());
    off.connect(with_will("off"));
    off.ask(NetworkRequest::Abort);
    watcher.expect(&[arrived("will", "off")]);
    off.connect(with_will("dropped"));
    drop(off);
    watcher.expect(&[arrived("will", "dropped")]);

    let mut old = Client::to(server.address());
    old.connect(with_will("twice"));
    let mut new = Client::to(server.address());
    new.connect(with_will("twice"));
    old.expect(&[NetworkEvent::Lost(LostCause::ClosedByPeer)]);
    watcher.expect(&[arrived("will", "twice")]);
}

#[test]
fn refusals_have_their_codes() {
    let server = serve(Policy {
        refused_client_ids: [b"bad".to_vec()].into(),
        unauthorised_client_ids: [b"stranger".to_vec()].into(),
        users: Some(users()),
        ..Policy::default()
    });
    let mut client = Client::to(server.address());
    let known = |client_id| Connect {
        user: Some(b"user".to_vec()),
        password: Some(b"pass".to_vec()),
        ..details(client_id)
    };
    let mut refused = |details: Connect, error: ConnectError| {
        client.ask(connect(details));
        client.expect(&[NetworkEvent::ConnectFailed(error)]);
    };
    refused(known("bad"), ConnectError::Refused(2));
    refused(details("a"), ConnectError::Refused(4));
    refused(
        Connect {
            password: Some(b"word".to_vec()),
            ..known("a")
        },
        ConnectError::Refused(4),
    );
    refused(known("stranger"), ConnectError::Refused(5));
    // What cannot be written is refused as a broker would.
    refused(
        Connect {
            client_id: vec![0xff],
            ..known("a")
        },
        ConnectError::Refused(2),
    );
    refused(
        Connect {
            user: Some(vec![0xff]),
            ..known("a")
        },
        ConnectError::Refused(4),
    );
    for topic in ["#", ""] {
        let will = Some(Will {
            topic: topic.into(),
            message: vec![],
            qos: QoS::AtMostOnce,
        });
        refused(Connect { will, ..known("a") }, ConnectError::Closed);
    }
    server.with_broker(|_, broker| broker.policy_mut().unavailable = true);
    refused(known("a"), ConnectError::Refused(3));
    server.with_broker(|_, broker| broker.policy_mut().unavailable = false);
    client.connect(known("a"));
}

#[test]
fn what_a_broker_forbids() {
    let server = serve(Policy {
        denied_publishes: vec![TopicFilter::new("no/#").expect("a filter")],
        refused_filters: [TopicFilter::new("no").expect("a filter")].into(),
        ..Policy::default()
    });
    let mut client = Client::to(server.address());
    client.connect(details("a"));
    client.ask(subscribe("no", QoS::AtLeastOnce));
    client.expect(&[NetworkEvent::Subscribed { granted: false }]);
    let filters = vec![
        (b"yes".to_vec(), QoS::AtMostOnce),
        (b"no".to_vec(), QoS::AtMostOnce),
    ];
    client.ask(NetworkRequest::Subscribe { filters });
    client.expect(&[NetworkEvent::Subscribed { granted: false }]);
    for request in [
        publish("no/x", "x", QoS::AtLeastOnce),
        publish("a/+", "x", QoS::AtMostOnce),
        publish("", "x", QoS::AtMostOnce),
        subscribe("a#", QoS::AtMostOnce),
        NetworkRequest::Subscribe { filters: vec![] },
        NetworkRequest::Unsubscribe {
            filters: vec![vec![0xff]],
        },
    ] {
        client.ask(request.clone());
        // A QoS 0 publish is settled when it is sent; the broker answers by closing.
        let mut event = client.next();
        if event == NetworkEvent::Published {
            event = client.next();
        }
        assert_eq!(event, NetworkEvent::Lost(LostCause::ClosedByPeer), "{request:?}");
        client.connect(details("a"));
    }
}

#[test]
fn a_broker_that_goes_away_is_a_lost_connection_and_then_unreachable() {
    let server = serve(Policy::default());
    let mut client = Client::to(server.address());
    client.connect(details("a"));
    drop(server);
    client.expect(&[NetworkEvent::Lost(LostCause::ClosedByPeer)]);
    client.ask(publish("t", "x", QoS::AtLeastOnce));
    client.ask(connect(details("a")));
    client.expect(&[NetworkEvent::ConnectFailed(ConnectError::Unreachable)]);
}

#[test]
fn a_persistent_session_gets_what_it_missed() {
    let server = serve(Policy::default());
    let mut client = Client::to(server.address());
    let session = Connect {
        clean_session: false,
        ..details("a")
    };
    client.connect(session.clone());
    client.subscribe("t", QoS::ExactlyOnce);
    client.ask(NetworkRequest::Disconnect);
    client.expect(&[NetworkEvent::Disconnected]);
    for qos in ALL {
        let message = Message::new("t", format!("{}", qos as u8), qos);
        server
            .with_broker(|now, broker| broker.publish_from_outside(now, message))
            .expect("a topic name");
    }
    client.connect(session);
    client.expect(&[arrived("t", "1"), arrived("t", "2")]);
    client.publish("t", "live", QoS::ExactlyOnce);
    client.expect(&[arrived("t", "live")]);
    client.ask(NetworkRequest::Abort);
    client.connect(details("a"));
    client.publish("t", "unheard", QoS::AtLeastOnce);
    client.subscribe("t", QoS::AtMostOnce);
    client.publish("t", "heard", QoS::AtMostOnce);
    client.expect(&[arrived("t", "heard")]);
}

#[test]
fn a_burst_larger_than_every_buffer_arrives_whole_and_in_order() {
    const COUNT: usize = 150;
    let server = serve(Policy::default());
    let mut reader = Client::to(server.address());
    reader.connect(details("reader"));
    reader.subscribe("t", QoS::ExactlyOnce);
    let mut writer = Client::to(server.address());
    writer.connect(details("writer"));
    let payload = |number: usize| format!("{number:010240}");
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for number in 0..COUNT {
            writer.ask(publish("t", &payload(number), qos));
        }
        for number in 0..COUNT {
            writer.expect(&[NetworkEvent::Published]);
            assert!(
                reader.next() == arrived("t", &payload(number)),
                "{qos:?}, message {number}"
            );
        }
    }
}

#[test]
fn a_connect_on_a_live_connection_replaces_nothing() {
    let server = serve(Policy::default());
    let mut client = Client::to(server.address());
    client.connect(details("a"));
    client.ask(connect(details("b")));
    client.expect(&[NetworkEvent::ConnectFailed(ConnectError::Protocol)]);
    client.publish("t", "x", QoS::AtLeastOnce);
}

#[test]
fn several_clients_share_a_network() {
    let server = serve(Policy::default());
    let (sink, events) = mpsc::channel();
    let resolver = Resolver::default().send_all_to(server.address().into());
    let options = ClientOptions {
        resolver,
        ..ClientOptions::default()
    };
    let mut network = HostNetwork::new(options, move |key, event| drop(sink.send((key, event))));
    let mut ask = |key, request, expect: &[NetworkEvent]| {
        network.handle_request(ClientKey(key), request).expect("a thread");
        for expect in expect {
            let event = events.recv_timeout(PATIENCE).expect("an event");
            assert_eq!(event, (ClientKey(key), expect.clone()));
        }
    };
    ask(0, connect(details("a")), &[NetworkEvent::Connected]);
    ask(7, connect(details("b")), &[NetworkEvent::Connected]);
    ask(
        7,
        subscribe("t", QoS::AtMostOnce),
        &[NetworkEvent::Subscribed { granted: true }],
    );
    ask(0, publish("t", "x", QoS::AtMostOnce), &[]);
    let mut both = [0, 7].map(|_| events.recv_timeout(PATIENCE).expect("an event"));
    both.sort_by_key(|(key, _)| *key);
    assert_eq!(
        both,
        [
            (ClientKey(0), NetworkEvent::Published),
            (ClientKey(7), arrived("t", "x"))
        ]
    );
}

#[test]
fn an_aborted_connection_has_said_its_last_when_abort_returns() {
    let server = serve(Policy::default());
    let mut client = Client::to(server.address());
    for _ in 0..50 {
        client.connect(details("a"));
        client.subscribe("#", QoS::AtMostOnce);
        server.with_broker(|now, broker| {
            for _ in 0..500 {
                let message = Message::new("t", "m", QoS::AtMostOnce);
                broker.publish_from_outside(now, message).expect("a topic name");
            }
        });
        client.expect(&[arrived("t", "m")]);
        client.ask(NetworkRequest::Abort);
        // However many of the messages came before it.
        for event in client.events.try_iter() {
            assert_eq!(event, arrived("t", "m"));
        }
        // Next comes the next connection's first event.
    }
}

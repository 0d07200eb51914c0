//! Modem clients and the broker under virtual time: sessions, latency, and every fault a test can make.

use proptest::prelude::*;

use super::*;
use crate::broker::{Message, Policy, TopicFilter};
use crate::network::{MqttVersion, QoS, TlsRequest, TlsVersion, Will};

const A: ClientKey = ClientKey(0);
const B: ClientKey = ClientKey(1);
const ZERO: Duration = Duration::ZERO;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn details(client_id: &str) -> Connect {
    Connect {
        host: "broker.example".into(),
        port: 1883,
        version: MqttVersion::V3_1_1,
        client_id: client_id.into(),
        keep_alive: 60,
        clean_session: true,
        first: false,
        user: None,
        password: None,
        will: Some(Will {
            topic: b"will".to_vec(),
            message: client_id.into(),
            qos: QoS::AtLeastOnce,
        }),
        tls: None,
    }
}

fn connect(details: Connect) -> NetworkRequest {
    NetworkRequest::Connect(Box::new(details))
}

fn publish(topic: &str, payload: &str, qos: QoS) -> NetworkRequest {
    NetworkRequest::Publish {
        topic: topic.into(),
        payload: payload.into(),
        qos,
        retain: false,
        dup: false,
    }
}

fn subscribe(filter: &str, qos: QoS) -> NetworkRequest {
    NetworkRequest::Subscribe {
        filters: vec![(filter.into(), qos)],
    }
}

fn arrived(topic: &str, payload: &str) -> NetworkEvent {
    NetworkEvent::Message {
        topic: topic.into(),
        payload: payload.into(),
    }
}

fn events(network: &mut MemoryNetwork) -> Vec<(ClientKey, NetworkEvent)> {
    std::iter::from_fn(|| network.poll_event()).collect()
}

#[track_caller]
fn ask(
    network: &mut MemoryNetwork,
    now: Duration,
    key: ClientKey,
    request: NetworkRequest,
    expect: &[NetworkEvent],
) {
    network.handle_request(now, key, request);
    let expect: Vec<_> = expect.iter().cloned().map(|event| (key, event)).collect();
    assert_eq!(events(network), expect);
}

/// A network with client A connected at time zero.
fn connected() -> MemoryNetwork {
    let mut network = MemoryNetwork::default();
    ask(
        &mut network,
        ZERO,
        A,
        connect(details("a")),
        &[NetworkEvent::Connected],
    );
    network
}

#[test]
fn a_session_from_connect_to_disconnect() {
    let mut network = connected();
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let granted = [NetworkEvent::Subscribed { granted: true }];
        ask(&mut network, ZERO, A, subscribe("t/+", qos), &granted);
        let echo = [NetworkEvent::Published, arrived("t/x", "60 bytes")];
        ask(&mut network, ZERO, A, publish("t/x", "60 bytes", qos), &echo);
    }
    let unsubscribe = NetworkRequest::Unsubscribe {
        filters: vec![b"t/+".to_vec()],
    };
    ask(&mut network, ZERO, A, unsubscribe, &[NetworkEvent::Unsubscribed]);
    ask(
        &mut network,
        ZERO,
        A,
        publish("t/x", "", QoS::AtLeastOnce),
        &[NetworkEvent::Published],
    );
    ask(
        &mut network,
        ZERO,
        A,
        NetworkRequest::Disconnect,
        &[NetworkEvent::Disconnected],
    );
    ask(
        &mut network,
        ZERO,
        A,
        NetworkRequest::Disconnect,
        &[NetworkEvent::Disconnected],
    );
    assert!(!network.broker().is_connected(b"a"));
}

#[test]
fn every_step_takes_the_latency_and_a_qos_2_publish_two_round_trips() {
    let mut network = MemoryNetwork::default();
    network.set_latency(ms(50));
    network.handle_request(ZERO, A, connect(details("a")));
    assert_eq!(network.next_deadline(), Some(ms(50)));
    network.handle_timeout(ms(99));
    assert_eq!(events(&mut network), []);
    network.handle_timeout(ms(100));
    assert_eq!(events(&mut network), [(A, NetworkEvent::Connected)]);

    network.handle_request(ms(100), A, publish("t", "x", QoS::ExactlyOnce));
    network.handle_timeout(ms(299));
    assert_eq!(events(&mut network), []);
    network.handle_timeout(ms(300));
    assert_eq!(events(&mut network), [(A, NetworkEvent::Published)]);
    network.handle_request(ms(300), A, publish("t", "x", QoS::AtMostOnce));
    assert_eq!(events(&mut network), [(A, NetworkEvent::Published)]);
}

#[test]
fn a_lower_latency_lets_nothing_overtake() {
    let mut network = connected();
    let observer = network.with_broker(ZERO, |broker| broker.observe(TopicFilter::new("#").unwrap()));
    network.set_latency(ms(100));
    network.handle_request(ZERO, A, publish("t", "1", QoS::AtMostOnce));
    network.set_latency(ZERO);
    network.handle_request(ms(1), A, publish("t", "2", QoS::AtMostOnce));
    network.handle_timeout(ms(100));
    let seen = network.with_broker(ms(100), |broker| broker.take_observed(observer));
    let seen: Vec<_> = seen
        .iter()
        .map(|seen| (&*seen.message.payload, seen.at))
        .collect();
    assert_eq!(seen, [(&b"1"[..], ms(100)), (&b"2"[..], ms(100))]);
}

#[test]
fn publishes_are_settled_in_the_order_they_were_asked_for() {
    let mut network = connected();
    network.set_latency(ms(10));
    network.handle_request(ZERO, A, publish("t", "slow", QoS::ExactlyOnce));
    network.handle_request(ZERO, A, publish("t", "fast", QoS::AtLeastOnce));
    network.handle_request(ZERO, A, publish("t", "now", QoS::AtMostOnce));
    network.handle_timeout(ms(39));
    assert_eq!(events(&mut network), []);
    network.handle_timeout(ms(40));
    assert_eq!(events(&mut network), vec![(A, NetworkEvent::Published); 3]);
}

#[test]
fn pings_keep_an_idle_connection_alive() {
    let mut network = connected();
    assert_eq!(network.next_deadline(), Some(ms(60_000)));
    network.handle_timeout(ms(86_400_000));
    assert_eq!(events(&mut network), []);
    assert!(network.broker().is_connected(b"a"));
}

#[test]
fn the_faults_of_hosts() {
    let mut network = MemoryNetwork::default();
    for fault in [
        ConnectError::Dns,
        ConnectError::Unreachable,
        ConnectError::Closed,
        ConnectError::Refused(1),
        ConnectError::Protocol,
    ] {
        network.set_host_fault("broker.example", Some(fault));
        ask(
            &mut network,
            ZERO,
            A,
            connect(details("a")),
            &[NetworkEvent::ConnectFailed(fault)],
        );
    }
    network.set_host_fault("broker.example", Some(ConnectError::TimedOut));
    network.set_connect_timeout(ms(5_000));
    ask(&mut network, ZERO, A, connect(details("a")), &[]);
    assert_eq!(network.next_deadline(), Some(ms(5_000)));
    network.handle_timeout(ms(5_000));
    assert_eq!(
        events(&mut network),
        [(A, NetworkEvent::ConnectFailed(ConnectError::TimedOut))]
    );
    network.set_host_fault("broker.example", None);
    ask(
        &mut network,
        ms(5_000),
        A,
        connect(details("a")),
        &[NetworkEvent::Connected],
    );
}

#[test]
fn ports_with_tls_and_without() {
    let tls = || {
        Some(Box::new(TlsRequest {
            version: TlsVersion::All,
            ca: None,
            identity: None,
            sni: false,
            check_name: false,
            time: None,
            negotiation_time: ms(10_000),
        }))
    };
    let mut network = MemoryNetwork::default();
    let check = |network: &mut MemoryNetwork, port, tls, expect: NetworkEvent| {
        let details = Connect {
            port,
            tls,
            ..details("a")
        };
        network.handle_request(ZERO, A, connect(details));
        assert_eq!(events(network), [(A, expect)]);
        network.handle_request(ZERO, A, NetworkRequest::Disconnect);
        events(network);
    };
    let failed = NetworkEvent::ConnectFailed;
    check(&mut network, 1883, tls(), NetworkEvent::Connected);
    check(&mut network, 8883, None, NetworkEvent::Connected);
    network.set_tls_ports([8883]);
    check(&mut network, 1883, None, NetworkEvent::Connected);
    check(&mut network, 8883, tls(), NetworkEvent::Connected);
    check(&mut network, 8883, None, failed(ConnectError::Closed));
    let no_tls = ConnectError::Handshake(HandshakeError::NotTls);
    check(&mut network, 1883, tls(), failed(no_tls));
}

#[test]
fn the_brokers_refusals() {
    let policy = Policy {
        unavailable: true,
        ..Policy::default()
    };
    let mut network = MemoryNetwork::new(Broker::new(policy, crate::broker::Limits::default()));
    let refused = |code| [NetworkEvent::ConnectFailed(ConnectError::Refused(code))];
    ask(&mut network, ZERO, A, connect(details("a")), &refused(3));
    network.with_broker(ZERO, |broker| {
        *broker.policy_mut() = Policy {
            refused_client_ids: [b"a".to_vec()].into(),
            refused_filters: [TopicFilter::new("no").unwrap()].into(),
            denied_publishes: vec![TopicFilter::new("no").unwrap()],
            ..Policy::default()
        };
    });
    ask(&mut network, ZERO, A, connect(details("a")), &refused(2));
    let mut bad_will = details("b");
    bad_will.will = Some(Will {
        topic: b"#".to_vec(),
        message: vec![],
        qos: QoS::AtMostOnce,
    });
    let closed = [NetworkEvent::ConnectFailed(ConnectError::Closed)];
    ask(&mut network, ZERO, A, connect(bad_will), &closed);
    ask(
        &mut network,
        ZERO,
        A,
        connect(details("b")),
        &[NetworkEvent::Connected],
    );
    let mut filters = vec![(b"yes".to_vec(), QoS::AtMostOnce)];
    let granted = |granted| [NetworkEvent::Subscribed { granted }];
    ask(
        &mut network,
        ZERO,
        A,
        NetworkRequest::Subscribe {
            filters: filters.clone(),
        },
        &granted(true),
    );
    filters.push((b"no".to_vec(), QoS::AtMostOnce));
    ask(
        &mut network,
        ZERO,
        A,
        NetworkRequest::Subscribe { filters },
        &granted(false),
    );
    let lost = [NetworkEvent::Lost(LostCause::ClosedByPeer)];
    ask(&mut network, ZERO, A, publish("no", "x", QoS::AtLeastOnce), &lost);
}

/// A broker that hangs up at a message gets it again with every CONNECT of a persistent session, until the client is released.
#[test]
fn what_was_not_settled_goes_with_the_client() {
    let mut network = MemoryNetwork::default();
    let denied = TopicFilter::new("no").expect("a filter");
    network.with_broker(ZERO, |broker| broker.policy_mut().denied_publishes.push(denied));
    let mut kept = details("a");
    kept.clean_session = false;
    let lost = NetworkEvent::Lost(LostCause::ClosedByPeer);
    ask(
        &mut network,
        ZERO,
        A,
        connect(kept.clone()),
        &[NetworkEvent::Connected],
    );
    ask(
        &mut network,
        ZERO,
        A,
        publish("no", "x", QoS::AtLeastOnce),
        std::slice::from_ref(&lost),
    );
    ask(
        &mut network,
        ZERO,
        A,
        connect(kept.clone()),
        &[NetworkEvent::Connected, lost],
    );
    kept.first = true;
    ask(&mut network, ZERO, A, connect(kept), &[NetworkEvent::Connected]);
    let published = [NetworkEvent::Published];
    ask(
        &mut network,
        ZERO,
        A,
        publish("yes", "x", QoS::AtLeastOnce),
        &published,
    );
}

#[test]
fn a_broker_that_goes_away_takes_connections_but_no_persistent_session() {
    let mut network = connected();
    let mut kept = details("b");
    kept.clean_session = false;
    ask(
        &mut network,
        ZERO,
        B,
        connect(kept.clone()),
        &[NetworkEvent::Connected],
    );
    network.handle_request(ZERO, B, subscribe("t", QoS::AtLeastOnce));
    network.handle_request(ZERO, B, NetworkRequest::Disconnect);
    events(&mut network);

    network.set_broker_up(ZERO, false);
    assert_eq!(
        events(&mut network),
        [(A, NetworkEvent::Lost(LostCause::ClosedByPeer))]
    );
    let unreachable = [NetworkEvent::ConnectFailed(ConnectError::Unreachable)];
    ask(&mut network, ZERO, A, connect(details("a")), &unreachable);
    network.set_broker_up(ZERO, true);
    ask(
        &mut network,
        ZERO,
        A,
        connect(details("a")),
        &[NetworkEvent::Connected],
    );
    ask(
        &mut network,
        ZERO,
        A,
        publish("t", "kept", QoS::AtLeastOnce),
        &[NetworkEvent::Published],
    );
    ask(
        &mut network,
        ZERO,
        B,
        connect(kept),
        &[NetworkEvent::Connected, arrived("t", "kept")],
    );
}

#[test]
fn without_a_network_the_broker_learns_of_it_by_silence() {
    let mut network = connected();
    let observer = network.with_broker(ZERO, |broker| broker.observe(TopicFilter::new("will").unwrap()));
    network.set_network_up(ms(10_000), false);
    assert_eq!(
        events(&mut network),
        [(A, NetworkEvent::Lost(LostCause::NetworkClosed))]
    );
    let unreachable = [NetworkEvent::ConnectFailed(ConnectError::Unreachable)];
    ask(&mut network, ms(10_000), A, connect(details("a")), &unreachable);
    assert!(network.broker().is_connected(b"a"));
    assert_eq!(network.next_deadline(), Some(ms(90_000)));
    network.handle_timeout(ms(90_000));
    let wills = network.with_broker(ms(90_000), |broker| broker.take_observed(observer));
    assert_eq!((wills.len(), wills[0].at), (1, ms(90_000)));
    network.set_network_up(ms(95_000), true);
    ask(
        &mut network,
        ms(95_000),
        A,
        connect(details("a")),
        &[NetworkEvent::Connected],
    );
}

#[test]
fn a_modem_that_is_switched_off_leaves_its_will() {
    let mut network = connected();
    let observer = network.with_broker(ZERO, |broker| broker.observe(TopicFilter::new("will").unwrap()));
    network.handle_request(ZERO, A, publish("t", "x", QoS::AtMostOnce));
    ask(&mut network, ZERO, A, NetworkRequest::Abort, &[]);
    let wills = network.with_broker(ZERO, |broker| broker.take_observed(observer));
    assert_eq!(&*wills[0].message.payload, b"a");
    ask(
        &mut network,
        ZERO,
        A,
        connect(details("a")),
        &[NetworkEvent::Connected],
    );
}

#[test]
fn a_broken_connection_names_its_cause() {
    for cause in [
        LostCause::ClosedByPeer,
        LostCause::Reset,
        LostCause::NetworkClosed,
    ] {
        let mut network = connected();
        network.break_connection(ZERO, A, cause);
        network.break_connection(ZERO, A, cause);
        assert_eq!(events(&mut network), [(A, NetworkEvent::Lost(cause))]);
        assert!(!network.broker().is_connected(b"a"));
        ask(&mut network, ZERO, A, publish("t", "x", QoS::AtLeastOnce), &[]);
    }
}

#[test]
fn the_end_answers_what_was_under_way() {
    let mut network = connected();
    network.set_latency(ms(100));
    network.handle_request(ZERO, A, publish("t", "x", QoS::AtLeastOnce));
    network.break_connection(ms(150), A, LostCause::Reset);
    network.handle_timeout(ms(1_000));
    assert_eq!(events(&mut network), [(A, NetworkEvent::Lost(LostCause::Reset))]);

    network.handle_request(ms(1_000), A, connect(details("a")));
    network.handle_request(ms(1_000), A, NetworkRequest::Disconnect);
    network.handle_timeout(ms(2_000));
    let closed = NetworkEvent::ConnectFailed(ConnectError::Closed);
    assert_eq!(
        events(&mut network),
        [(A, closed), (A, NetworkEvent::Disconnected)]
    );
    assert!(!network.broker().is_connected(b"a"));
}

#[test]
fn a_connect_on_a_live_connection_replaces_nothing() {
    let mut network = connected();
    let refused = [NetworkEvent::ConnectFailed(ConnectError::Protocol)];
    ask(&mut network, ZERO, A, connect(details("a")), &refused);
    ask(
        &mut network,
        ZERO,
        A,
        publish("t", "x", QoS::AtLeastOnce),
        &[NetworkEvent::Published],
    );
}

#[test]
fn a_second_client_of_the_same_name_takes_over() {
    let mut network = connected();
    network.handle_request(ZERO, B, connect(details("a")));
    let lost = NetworkEvent::Lost(LostCause::ClosedByPeer);
    let mut found = events(&mut network);
    found.sort_by_key(|(key, _)| *key);
    assert_eq!(found, [(A, lost), (B, NetworkEvent::Connected)]);
}

#[derive(Clone, Debug)]
enum Fault {
    None,
    Break,
    Network,
}

fn any_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![4 => Just(Fault::None), 1 => Just(Fault::Break), 1 => Just(Fault::Network)]
}

proptest! {
    /// On a persistent session, whatever breaks: what was asked with QoS 2 reaches the broker once, with QoS 1 at
    /// least once, and every publish is answered by its own event or by the loss.
    #[test]
    fn persistent_sessions_deliver_through_faults(
        steps in prop::collection::vec((any::<bool>(), 0..40u64, any_fault()), 1..30),
    ) {
        let mut network = MemoryNetwork::default();
        let observer = network.with_broker(ZERO, |broker| broker.observe(TopicFilter::new("t").unwrap()));
        network.set_latency(ms(10));
        let mut session = details("a");
        session.clean_session = false;
        let mut now = ZERO;
        let mut asked = vec![];
        let reconnect = |network: &mut MemoryNetwork, now: &mut Duration| {
            network.handle_request(*now, A, connect(session.clone()));
            *now += ms(20);
            network.handle_timeout(*now);
            events(network).iter().any(|(_, event)| *event == NetworkEvent::Connected)
        };
        prop_assert!(reconnect(&mut network, &mut now));
        for (number, (twice, wait, fault)) in steps.into_iter().enumerate() {
            let qos = if twice { QoS::ExactlyOnce } else { QoS::AtLeastOnce };
            network.handle_request(now, A, publish("t", &number.to_string(), qos));
            asked.push((number.to_string(), qos));
            now += ms(wait);
            network.handle_timeout(now);
            match fault {
                Fault::None => now += ms(40),
                Fault::Break => network.break_connection(now, A, LostCause::Reset),
                Fault::Network => {
                    network.set_network_up(now, false);
                    network.set_network_up(now, true);
                }
            }
            network.handle_timeout(now);
            let answers: Vec<_> = events(&mut network).into_iter().map(|(_, event)| event).collect();
            let published = answers.iter().filter(|event| **event == NetworkEvent::Published).count();
            let lost = answers.iter().any(|event| matches!(event, NetworkEvent::Lost(_)));
            prop_assert!(published == 1 || published == 0 && lost, "{:?}", answers);
            if lost {
                prop_assert!(reconnect(&mut network, &mut now));
            }
        }
        now += ms(100);
        network.handle_timeout(now);
        let seen = network.with_broker(now, |broker| broker.take_observed(observer));
        for (payload, qos) in asked {
            let times = seen.iter().filter(|seen| &*seen.message.payload == payload.as_bytes()).count();
            prop_assert!(times == 1 || times > 1 && qos == QoS::AtLeastOnce, "{} {} times", payload, times);
        }
    }

    /// Messages from outside reach a subscriber unchanged, whatever their bytes.
    #[test]
    fn payloads_pass_unchanged(payload: Vec<u8>) {
        let mut network = connected();
        network.handle_request(ZERO, A, subscribe("#", QoS::ExactlyOnce));
        events(&mut network);
        let message = Message::new("t", &payload, QoS::ExactlyOnce);
        network.with_broker(ZERO, |broker| broker.publish_from_outside(ZERO, message)).unwrap();
        let expect = NetworkEvent::Message { topic: b"t".to_vec(), payload };
        prop_assert_eq!(events(&mut network), [(A, expect)]);
    }
}

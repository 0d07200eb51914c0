//! The broker's conduct, feature by feature and bound by bound, and whatever its clients do.

use proptest::prelude::*;

use super::*;
use crate::network::MqttVersion;
use QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};

const NOW: Duration = Duration::ZERO;

fn login(client_id: &str) -> Login {
    Login {
        version: MqttVersion::V3_1_1,
        client_id: client_id.into(),
        keep_alive: 60,
        clean_session: true,
        user: None,
        password: None,
        will: None,
    }
}

fn persistent(client_id: &str) -> Login {
    Login {
        clean_session: false,
        ..login(client_id)
    }
}

fn with_will(client_id: &str, topic: &str) -> Login {
    Login {
        will: Some(Message::new(topic, "gone", AtLeastOnce)),
        ..login(client_id)
    }
}

fn message(topic: &str, payload: &str, qos: QoS) -> Message {
    Message::new(topic, payload, qos)
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[track_caller]
fn join(broker: &mut Broker, login: Login) -> ConnectionId {
    broker.connect(NOW, login).expect("accepted").connection
}

#[track_caller]
fn subscribe(broker: &mut Broker, id: ConnectionId, filter: &str, qos: QoS) {
    broker.handle_packet(NOW, id, FromClient::Subscribe(1, vec![(filter.into(), qos)]));
    assert_eq!(broker.poll(id), Some(ToClient::Suback(1, vec![Some(qos)])));
}

fn publish(broker: &mut Broker, id: ConnectionId, message: Message) {
    let packet_id = (message.qos != AtMostOnce).then_some(7);
    broker.handle_packet(NOW, id, FromClient::Publish(packet_id, message));
}

fn drain(broker: &mut Broker, id: ConnectionId) -> Vec<ToClient> {
    std::iter::from_fn(|| broker.poll(id)).collect()
}

/// Fetches everything and answers as a client does; gives the messages.
fn receive(broker: &mut Broker, id: ConnectionId) -> Vec<(String, QoS, bool)> {
    let mut messages = vec![];
    while let Some(packet) = broker.poll(id) {
        match packet {
            ToClient::Publish {
                id: packet_id,
                message,
                ..
            } => {
                let answer = match message.qos {
                    AtMostOnce => None,
                    AtLeastOnce => packet_id.map(FromClient::Puback),
                    ExactlyOnce => packet_id.map(FromClient::Pubrec),
                };
                if let Some(answer) = answer {
                    broker.handle_packet(NOW, id, answer);
                }
                messages.push((
                    String::from_utf8_lossy(&message.payload).into_owned(),
                    message.qos,
                    message.retain,
                ));
            }
            ToClient::Pubrel(packet_id) => {
                broker.handle_packet(NOW, id, FromClient::Pubcomp(packet_id));
            }
            _ => {}
        }
    }
    messages
}

#[track_caller]
fn got(broker: &mut Broker, id: ConnectionId, expect: &[(&str, QoS, bool)]) {
    let found = receive(broker, id);
    let found: Vec<_> = found
        .iter()
        .map(|(payload, qos, retain)| (payload.as_str(), *qos, *retain))
        .collect();
    assert_eq!(found, expect);
}

#[test]
fn the_lower_quality_of_service_counts() {
    for (published, granted) in [
        (AtMostOnce, ExactlyOnce),
        (AtLeastOnce, AtMostOnce),
        (AtLeastOnce, ExactlyOnce),
        (ExactlyOnce, AtLeastOnce),
        (ExactlyOnce, ExactlyOnce),
    ] {
        let mut broker = Broker::default();
        let id = join(&mut broker, login("a"));
        subscribe(&mut broker, id, "t", granted);
        broker
            .publish_from_outside(NOW, message("t", "x", published))
            .unwrap();
        got(&mut broker, id, &[("x", published.min(granted), false)]);
    }
}

#[test]
fn overlapping_subscriptions_deliver_once_with_the_highest_qos() {
    let mut broker = Broker::default();
    let id = join(&mut broker, login("a"));
    subscribe(&mut broker, id, "t/#", AtMostOnce);
    subscribe(&mut broker, id, "t/+", ExactlyOnce);
    subscribe(&mut broker, id, "t/x", AtLeastOnce);
    broker
        .publish_from_outside(NOW, message("t/x", "x", ExactlyOnce))
        .unwrap();
    got(&mut broker, id, &[("x", ExactlyOnce, false)]);
}

#[test]
fn subscribing_again_replaces_the_grant_and_unsubscribing_ends_it() {
    let mut broker = Broker::default();
    let id = join(&mut broker, login("a"));
    subscribe(&mut broker, id, "t", ExactlyOnce);
    subscribe(&mut broker, id, "t", AtMostOnce);
    let held: Vec<_> = broker.subscriptions(b"a").map(|(_, qos)| qos).collect();
    assert_eq!(held, [AtMostOnce]);
    broker.handle_packet(
        NOW,
        id,
        FromClient::Unsubscribe(9, vec![b"t".into(), b"never/had".into()]),
    );
    assert_eq!(broker.poll(id), Some(ToClient::Unsuback(9)));
    broker
        .publish_from_outside(NOW, message("t", "x", AtMostOnce))
        .unwrap();
    got(&mut broker, id, &[]);
}

#[test]
fn the_acknowledgement_goes_ahead_of_the_own_echo() {
    let mut broker = Broker::default();
    let id = join(&mut broker, login("a"));
    subscribe(&mut broker, id, "t", AtMostOnce);
    publish(&mut broker, id, message("t", "x", AtLeastOnce));
    let packets = drain(&mut broker, id);
    assert!(
        matches!(
            packets[..],
            [ToClient::Puback(7), ToClient::Publish { id: None, .. }]
        ),
        "{packets:?}"
    );
}

#[test]
fn a_qos_2_publish_is_delivered_once_however_often_it_is_sent() {
    let mut broker = Broker::default();
    let sender = join(&mut broker, login("a"));
    let reader = join(&mut broker, login("b"));
    subscribe(&mut broker, reader, "t", AtMostOnce);
    for _ in 0..3 {
        publish(&mut broker, sender, message("t", "x", ExactlyOnce));
        assert_eq!(broker.poll(sender), Some(ToClient::Pubrec(7)));
    }
    got(&mut broker, reader, &[]);
    for _ in 0..3 {
        broker.handle_packet(NOW, sender, FromClient::Pubrel(7));
        assert_eq!(broker.poll(sender), Some(ToClient::Pubcomp(7)));
    }
    got(&mut broker, reader, &[("x", AtMostOnce, false)]);
}

#[test]
fn a_retained_message_comes_marked_after_the_suback_and_an_empty_one_deletes_it() {
    let mut broker = Broker::default();
    let early = join(&mut broker, login("early"));
    subscribe(&mut broker, early, "t/#", AtLeastOnce);
    broker
        .publish_from_outside(NOW, message("t/a", "1", AtLeastOnce).retained())
        .unwrap();
    broker
        .publish_from_outside(NOW, message("t/a", "2", AtLeastOnce).retained())
        .unwrap();
    broker
        .publish_from_outside(NOW, message("t/a", "3", AtLeastOnce))
        .unwrap();
    let live = [
        ("1", AtLeastOnce, false),
        ("2", AtLeastOnce, false),
        ("3", AtLeastOnce, false),
    ];
    got(&mut broker, early, &live);

    let late = join(&mut broker, login("late"));
    let filters = vec![(b"t/+".to_vec(), AtMostOnce), (b"t/#".to_vec(), ExactlyOnce)];
    broker.handle_packet(NOW, late, FromClient::Subscribe(1, filters));
    let granted = vec![Some(AtMostOnce), Some(ExactlyOnce)];
    assert_eq!(broker.poll(late), Some(ToClient::Suback(1, granted)));
    got(&mut broker, late, &[("2", AtLeastOnce, true)]);

    broker
        .publish_from_outside(NOW, message("t/a", "", AtMostOnce).retained())
        .unwrap();
    assert_eq!(broker.retained(b"t/a"), None);
    got(&mut broker, late, &[("", AtMostOnce, false)]);
    subscribe(&mut broker, late, "t/a", AtMostOnce);
    got(&mut broker, late, &[]);
}

#[test]
fn wills_are_published_when_a_client_vanishes_and_only_then() {
    let mut broker = Broker::default();
    let watcher = join(
        &mut broker,
        Login {
            keep_alive: 0,
            ..login("watcher")
        },
    );
    subscribe(&mut broker, watcher, "#", AtLeastOnce);

    let polite = join(&mut broker, with_will("polite", "will/polite"));
    broker.handle_packet(NOW, polite, FromClient::Disconnect);
    assert_eq!(
        drain(&mut broker, polite),
        [ToClient::Close(CloseReason::Disconnected)]
    );
    got(&mut broker, watcher, &[]);

    let broken = join(&mut broker, with_will("broken", "will/broken"));
    broker.abort(NOW, broken);
    assert_eq!(drain(&mut broker, broken), []);
    got(&mut broker, watcher, &[("gone", AtLeastOnce, false)]);

    let rude = join(&mut broker, with_will("rude", "will/rude"));
    publish(&mut broker, rude, message("a/#", "x", AtMostOnce));
    assert_eq!(
        drain(&mut broker, rude),
        [ToClient::Close(CloseReason::Violation)]
    );
    got(&mut broker, watcher, &[("gone", AtLeastOnce, false)]);

    let twice = join(&mut broker, with_will("twice", "will/twice"));
    join(&mut broker, login("twice"));
    assert_eq!(
        drain(&mut broker, twice),
        [ToClient::Close(CloseReason::TakenOver)]
    );
    got(&mut broker, watcher, &[("gone", AtLeastOnce, false)]);

    join(&mut broker, with_will("switched-off", "will/off"));
    let observer = broker.observe(TopicFilter::new("#").unwrap());
    broker.stop(NOW);
    assert_eq!(broker.take_observed(observer), []);
    assert_eq!(
        drain(&mut broker, watcher),
        [ToClient::Close(CloseReason::Stopped)]
    );
}

#[test]
fn a_silent_client_is_given_up_after_one_and_a_half_times_its_keep_alive() {
    let mut broker = Broker::default();
    let observer = broker.observe(TopicFilter::new("#").unwrap());
    let id = join(&mut broker, with_will("a", "will"));
    let patient = join(
        &mut broker,
        Login {
            keep_alive: 0,
            ..login("b")
        },
    );
    assert_eq!(broker.next_deadline(), Some(secs(90)));
    broker.handle_packet(secs(60), id, FromClient::Pingreq);
    assert_eq!(broker.poll(id), Some(ToClient::Pingresp));
    assert_eq!(broker.next_deadline(), Some(secs(150)));
    broker.handle_timeout(secs(149));
    assert!(broker.is_connected(b"a"));
    broker.handle_timeout(secs(150));
    assert_eq!(broker.poll(id), Some(ToClient::Close(CloseReason::KeepAlive)));
    let seen = broker.take_observed(observer);
    assert_eq!(seen[0].at, secs(150));
    assert_eq!(seen[0].from.as_deref(), Some(&b"a"[..]));
    assert_eq!(broker.next_deadline(), None);
    broker.handle_timeout(secs(1_000_000));
    assert_eq!(broker.poll(patient), None);
    assert!(broker.is_connected(b"b"));
}

#[test]
fn a_persistent_session_keeps_qos_1_and_2_for_an_absent_client() {
    let mut broker = Broker::default();
    let id = join(&mut broker, persistent("a"));
    subscribe(&mut broker, id, "t", ExactlyOnce);
    broker.handle_packet(NOW, id, FromClient::Disconnect);
    for (payload, qos) in [("0", AtMostOnce), ("1", AtLeastOnce), ("2", ExactlyOnce)] {
        broker
            .publish_from_outside(NOW, message("t", payload, qos))
            .unwrap();
    }
    let accepted = broker.connect(NOW, persistent("a")).unwrap();
    assert!(accepted.session_present);
    got(
        &mut broker,
        accepted.connection,
        &[("1", AtLeastOnce, false), ("2", ExactlyOnce, false)],
    );

    let accepted = broker.connect(NOW, login("a")).unwrap();
    assert!(!accepted.session_present);
    assert_eq!(broker.subscriptions(b"a").count(), 0);
    broker.abort(NOW, accepted.connection);
    assert!(!broker.connect(NOW, persistent("a")).unwrap().session_present);
}

#[test]
fn what_was_not_acknowledged_is_sent_again_in_order() {
    let mut broker = Broker::default();
    let id = join(&mut broker, persistent("a"));
    subscribe(&mut broker, id, "t", ExactlyOnce);
    for (payload, qos) in [("1", AtLeastOnce), ("2", ExactlyOnce), ("3", ExactlyOnce)] {
        broker
            .publish_from_outside(NOW, message("t", payload, qos))
            .unwrap();
    }
    assert_eq!(drain(&mut broker, id).len(), 3);
    broker.handle_packet(NOW, id, FromClient::Pubrec(2));
    assert_eq!(broker.poll(id), Some(ToClient::Pubrel(2)));
    broker.abort(NOW, id);

    let id = join(&mut broker, persistent("a"));
    let again = |packet_id, payload, qos| ToClient::Publish {
        id: Some(packet_id),
        dup: true,
        message: message("t", payload, qos),
    };
    let expect = [
        again(1, "1", AtLeastOnce),
        ToClient::Pubrel(2),
        again(3, "3", ExactlyOnce),
    ];
    assert_eq!(drain(&mut broker, id), expect);
    broker.handle_packet(NOW, id, FromClient::Puback(1));
    broker.handle_packet(NOW, id, FromClient::Pubcomp(2));
    broker.handle_packet(NOW, id, FromClient::Pubrec(3));
    broker.handle_packet(NOW, id, FromClient::Pubcomp(3));
    assert_eq!(drain(&mut broker, id), [ToClient::Pubrel(3)]);
    broker.abort(NOW, id);
    let id = join(&mut broker, persistent("a"));
    assert_eq!(drain(&mut broker, id), []);
}

#[test]
fn the_wrong_acknowledgement_settles_nothing() {
    let mut broker = Broker::default();
    let id = join(&mut broker, persistent("a"));
    subscribe(&mut broker, id, "t", ExactlyOnce);
    broker
        .publish_from_outside(NOW, message("t", "2", ExactlyOnce))
        .unwrap();
    assert_eq!(drain(&mut broker, id).len(), 1);
    for packet in [
        FromClient::Puback(1),
        FromClient::Pubcomp(1),
        FromClient::Puback(0),
    ] {
        broker.handle_packet(NOW, id, packet);
    }
    broker.abort(NOW, id);
    let id = join(&mut broker, persistent("a"));
    assert!(matches!(
        broker.poll(id),
        Some(ToClient::Publish {
            id: Some(1),
            dup: true,
            ..
        })
    ));
}

#[test]
fn only_so_many_are_in_flight_and_nothing_overtakes() {
    let limits = Limits {
        in_flight: 2,
        ..Limits::default()
    };
    let mut broker = Broker::new(Policy::default(), limits);
    let id = join(&mut broker, login("a"));
    subscribe(&mut broker, id, "t", AtLeastOnce);
    for payload in ["1", "2", "3"] {
        broker
            .publish_from_outside(NOW, message("t", payload, AtLeastOnce))
            .unwrap();
    }
    broker
        .publish_from_outside(NOW, message("t", "4", AtMostOnce))
        .unwrap();
    assert_eq!(drain(&mut broker, id).len(), 2);
    broker.handle_packet(NOW, id, FromClient::Puback(2));
    got(
        &mut broker,
        id,
        &[("3", AtLeastOnce, false), ("4", AtMostOnce, false)],
    );
}

#[test]
fn packet_identifiers_go_round_and_skip_what_is_in_flight() {
    let mut broker = Broker::default();
    let id = join(&mut broker, login("a"));
    subscribe(&mut broker, id, "t", AtLeastOnce);
    let mut next = || {
        broker
            .publish_from_outside(NOW, message("t", "x", AtLeastOnce))
            .unwrap();
        let Some(ToClient::Publish {
            id: Some(packet_id), ..
        }) = broker.poll(id)
        else {
            panic!("a QoS 1 publish")
        };
        if packet_id != 1 {
            broker.handle_packet(NOW, id, FromClient::Puback(packet_id));
        }
        packet_id
    };
    for expect in 1..=u16::MAX {
        assert_eq!(next(), expect);
    }
    assert_eq!(next(), 2);
}

#[test]
fn refusals_by_policy() {
    #[track_caller]
    fn refused(broker: &mut Broker, login: Login, expect: Refusal, code: Option<u8>) {
        let refusal = broker.connect(NOW, login).expect_err("refused");
        assert_eq!((refusal, refusal.return_code()), (expect, code));
    }
    let users = BTreeMap::from([(b"user".to_vec(), Secret::new("pass"))]);
    let policy = Policy {
        refused_client_ids: [b"bad".to_vec()].into(),
        users: Some(users),
        unauthorised_client_ids: [b"stranger".to_vec()].into(),
        ..Policy::default()
    };
    let mut broker = Broker::new(policy, Limits::default());
    let known = |client_id| Login {
        user: Some(b"user".to_vec()),
        password: Some(Secret::new("pass")),
        ..login(client_id)
    };
    refused(&mut broker, known("bad"), Refusal::Identifier, Some(2));
    refused(&mut broker, login("a"), Refusal::Credentials, Some(4));
    let wrong = Login {
        password: Some(Secret::new("word")),
        ..known("a")
    };
    refused(&mut broker, wrong, Refusal::Credentials, Some(4));
    refused(
        &mut broker,
        Login {
            password: None,
            ..known("a")
        },
        Refusal::Credentials,
        Some(4),
    );
    refused(&mut broker, known("stranger"), Refusal::NotAuthorised, Some(5));
    refused(
        &mut broker,
        Login {
            client_id: vec![0xff],
            ..known("a")
        },
        Refusal::Identifier,
        Some(2),
    );
    let will = Some(message("a/+", "x", AtMostOnce));
    refused(
        &mut broker,
        Login { will, ..known("a") },
        Refusal::Malformed,
        None,
    );
    assert!(broker.connect(NOW, known("a")).is_ok());
    broker.policy_mut().unavailable = true;
    refused(&mut broker, known("b"), Refusal::Unavailable, Some(3));
    assert!(broker.is_connected(b"a"));
}

#[test]
fn an_empty_client_identifier_is_for_clean_3_1_1_sessions_alone() {
    let mut broker = Broker::default();
    assert!(broker.connect(NOW, login("")).is_ok());
    assert!(broker.connect(NOW, login("")).is_ok());
    assert_eq!(broker.connect(NOW, persistent("")), Err(Refusal::Identifier));
    let old = Login {
        version: MqttVersion::V3_1,
        ..login("")
    };
    assert_eq!(broker.connect(NOW, old), Err(Refusal::Identifier));
}

#[test]
fn denied_topics_end_the_connection_and_refused_filters_do_not() {
    let policy = Policy {
        denied_publishes: vec![TopicFilter::new("secret/#").unwrap()],
        refused_filters: [TopicFilter::new("#").unwrap()].into(),
        ..Policy::default()
    };
    let mut broker = Broker::new(policy, Limits::default());
    let observer = broker.observe(TopicFilter::new("#").unwrap());
    let id = join(&mut broker, with_will("a", "secret/will"));
    let filters = vec![(b"#".to_vec(), AtLeastOnce), (b"t".to_vec(), AtLeastOnce)];
    broker.handle_packet(NOW, id, FromClient::Subscribe(3, filters));
    assert_eq!(
        drain(&mut broker, id),
        [ToClient::Suback(3, vec![None, Some(AtLeastOnce)])]
    );
    publish(&mut broker, id, message("secret/x", "x", AtLeastOnce));
    assert_eq!(drain(&mut broker, id), [ToClient::Close(CloseReason::Denied)]);
    assert_eq!(broker.take_observed(observer), []);
}

#[test]
fn breaches_of_the_protocol_end_the_connection() {
    #[track_caller]
    fn ends(packet: FromClient) {
        let mut broker = Broker::default();
        let id = join(&mut broker, login("a"));
        broker.handle_packet(NOW, id, packet.clone());
        assert_eq!(
            drain(&mut broker, id),
            [ToClient::Close(CloseReason::Violation)],
            "{packet:?}"
        );
        broker.handle_packet(NOW, id, FromClient::Pingreq);
        assert_eq!(drain(&mut broker, id), []);
    }
    ends(FromClient::Publish(None, message("", "x", AtMostOnce)));
    ends(FromClient::Publish(Some(0), message("t", "x", AtLeastOnce)));
    ends(FromClient::Publish(None, message("t", "x", ExactlyOnce)));
    ends(FromClient::Subscribe(0, vec![(b"t".to_vec(), AtMostOnce)]));
    ends(FromClient::Subscribe(1, vec![]));
    ends(FromClient::Subscribe(1, vec![(b"t#".to_vec(), AtMostOnce)]));
    ends(FromClient::Unsubscribe(1, vec![]));
    ends(FromClient::Unsubscribe(1, vec![b"#/t".to_vec()]));
}

#[test]
fn every_bound_holds() {
    let limits = Limits {
        sessions: 2,
        subscriptions: 1,
        retained: 1,
        queued: 2,
        in_flight: 1,
        held: 1,
        unfetched: 2,
        observed: 1,
    };
    let mut broker = Broker::new(Policy::default(), limits);
    let observer = broker.observe(TopicFilter::new("#").unwrap());
    let id = join(&mut broker, login("a"));
    let other = join(&mut broker, login("b"));
    assert_eq!(broker.connect(NOW, login("c")), Err(Refusal::Unavailable));

    let filters = vec![(b"t".to_vec(), AtLeastOnce), (b"u".to_vec(), AtLeastOnce)];
    broker.handle_packet(NOW, id, FromClient::Subscribe(1, filters));
    assert_eq!(
        broker.poll(id),
        Some(ToClient::Suback(1, vec![Some(AtLeastOnce), None]))
    );

    for topic in ["r/1", "r/2"] {
        broker
            .publish_from_outside(NOW, message(topic, "x", AtMostOnce).retained())
            .unwrap();
    }
    assert!(broker.retained(b"r/1").is_some() && broker.retained(b"r/2").is_none());
    assert_eq!(broker.take_observed(observer).len(), 1);

    for payload in ["1", "2", "3"] {
        broker
            .publish_from_outside(NOW, message("t", payload, AtLeastOnce))
            .unwrap();
    }
    got(
        &mut broker,
        id,
        &[("1", AtLeastOnce, false), ("2", AtLeastOnce, false)],
    );

    for packet_id in [1, 2] {
        let held = message("t", "x", ExactlyOnce);
        broker.handle_packet(NOW, id, FromClient::Publish(Some(packet_id), held));
    }
    assert_eq!(drain(&mut broker, id), [ToClient::Close(CloseReason::Violation)]);
    for _ in 0..3 {
        broker.handle_packet(NOW, other, FromClient::Pingreq);
    }
    assert_eq!(
        drain(&mut broker, other),
        [ToClient::Close(CloseReason::Violation)]
    );
}

#[test]
fn passwords_are_never_printed() {
    let login = Login {
        password: Some(Secret::new("hunter2")),
        ..login("a")
    };
    let users = BTreeMap::from([(b"user".to_vec(), Secret::new("hunter2"))]);
    let policy = Policy {
        users: Some(users),
        ..Policy::default()
    };
    let printed = format!("{login:?} {policy:?}");
    assert!(
        printed.contains("[redacted]") && !printed.contains("hunter2"),
        "{printed}"
    );
}

fn any_qos() -> impl Strategy<Value = QoS> {
    prop::sample::select(vec![AtMostOnce, AtLeastOnce, ExactlyOnce])
}

#[derive(Clone, Debug)]
enum Act {
    Join(u8, bool),
    Leave(u8, bool),
    Packet(u8, FromClient),
    Receive(u8),
    Wait(u64),
}

fn any_packet() -> impl Strategy<Value = FromClient> {
    let id = 0..4u16;
    let topic = prop::sample::select(vec!["t", "t/a", "", "#", "$x"]);
    let filter = prop::sample::select(vec!["t", "t/+", "#", "", "a#"]);
    let id_if_any = prop::option::of(id.clone());
    prop_oneof![
        4 => (id_if_any, topic, any_qos(), any::<bool>()).prop_map(|(id, topic, qos, retain)| {
            FromClient::Publish(id, Message { retain, ..Message::new(topic, "x", qos) })
        }),
        1 => id.clone().prop_map(FromClient::Puback),
        1 => id.clone().prop_map(FromClient::Pubrec),
        1 => id.clone().prop_map(FromClient::Pubrel),
        1 => id.clone().prop_map(FromClient::Pubcomp),
        2 => (id.clone(), filter.clone(), any_qos())
            .prop_map(|(id, filter, qos)| FromClient::Subscribe(id, vec![(filter.into(), qos)])),
        1 => (id, filter).prop_map(|(id, filter)| FromClient::Unsubscribe(id, vec![filter.into()])),
        1 => Just(FromClient::Pingreq),
        1 => Just(FromClient::Disconnect),
    ]
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (0..3u8, any::<bool>()).prop_map(|(who, clean)| Act::Join(who, clean)),
        1 => (0..3u8, any::<bool>()).prop_map(|(who, politely)| Act::Leave(who, politely)),
        6 => (0..3u8, any_packet()).prop_map(|(who, packet)| Act::Packet(who, packet)),
        2 => (0..3u8).prop_map(Act::Receive),
        1 => (0..100u64).prop_map(Act::Wait),
    ]
}

proptest! {
    /// Whatever clients do: a connection's packets end with one Close, identifiers in flight are never given twice,
    /// and nobody gets a message that no filter of theirs matched.
    #[test]
    fn any_conduct_of_clients_is_survived(acts in prop::collection::vec(any_act(), 1..80)) {
        let limits = Limits { in_flight: 2, queued: 5, held: 2, ..Limits::default() };
        let mut broker = Broker::new(Policy::default(), limits);
        let mut connections: [Option<ConnectionId>; 3] = [None; 3];
        let mut now = NOW;
        for act in acts {
            match act {
                Act::Join(who, clean) => {
                    let login = Login { clean_session: clean, ..with_will(&who.to_string(), "t") };
                    let older = connections[usize::from(who)];
                    connections[usize::from(who)] = Some(broker.connect(now, login).unwrap().connection);
                    if let Some(older) = older {
                        let left = drain(&mut broker, older);
                        prop_assert!(left.iter().all(|packet| matches!(packet, ToClient::Close(_))));
                    }
                }
                Act::Leave(who, politely) => if let Some(id) = connections[usize::from(who)].take() {
                    if politely {
                        broker.handle_packet(now, id, FromClient::Disconnect);
                    }
                    broker.abort(now, id);
                    prop_assert_eq!(broker.poll(id), None);
                }
                Act::Packet(who, packet) => if let Some(id) = connections[usize::from(who)] {
                    broker.handle_packet(now, id, packet);
                }
                Act::Receive(who) => if let Some(id) = connections[usize::from(who)] {
                    let name = who.to_string();
                    let packets = drain(&mut broker, id);
                    let closes = packets.iter().filter(|packet| matches!(packet, ToClient::Close(_))).count();
                    prop_assert!(closes <= 1);
                    if closes == 1 {
                        prop_assert!(matches!(packets.last(), Some(ToClient::Close(_))));
                        connections[usize::from(who)] = None;
                    }
                    prop_assert_eq!(broker.is_connected(name.as_bytes()), closes == 0);
                    let mut given = std::collections::BTreeSet::new();
                    for packet in packets {
                        if let ToClient::Publish { id: packet_id, message, .. } = packet {
                            prop_assert_eq!(packet_id.is_some(), message.qos != AtMostOnce);
                            prop_assert!(packet_id.is_none_or(|packet_id| packet_id != 0 && given.insert(packet_id)));
                        }
                    }
                }
                Act::Wait(seconds) => {
                    now += secs(seconds);
                    broker.handle_timeout(now);
                    prop_assert!(broker.next_deadline().is_none_or(|at| at > now));
                }
            }
        }
    }

    /// A reader that acknowledges gets every QoS 1 and 2 message once and in order, however often it reconnects.
    #[test]
    fn a_faithful_persistent_reader_misses_nothing(
        published in prop::collection::vec((prop::sample::select(vec![AtLeastOnce, ExactlyOnce]), any::<bool>()), 1..40),
    ) {
        let mut broker = Broker::default();
        let mut id = join(&mut broker, persistent("reader"));
        subscribe(&mut broker, id, "t", ExactlyOnce);
        let mut found = vec![];
        for (number, (qos, reconnect)) in published.iter().enumerate() {
            broker.publish_from_outside(NOW, message("t", &number.to_string(), *qos)).unwrap();
            if *reconnect {
                broker.abort(NOW, id);
                id = join(&mut broker, persistent("reader"));
                found.extend(receive(&mut broker, id));
            }
        }
        found.extend(receive(&mut broker, id));
        let expect: Vec<_> =
            published.iter().enumerate().map(|(number, (qos, _))| (number.to_string(), *qos, false)).collect();
        prop_assert_eq!(found, expect);
    }
}

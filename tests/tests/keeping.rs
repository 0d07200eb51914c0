//! A client that is kept: what comes back by itself, how long that takes, and what becomes of messages meanwhile.

use std::time::Duration;

use at_proto::Family;
use at_proto::cmqtt::{Password, QoS, Topic, UserName};
use cmqtt_core::{
    Config, Healing, Login, Network, OnUnknown, Overflow, Plan, Publication, RequestError, RequestId,
};
use cmqtt_sim::broker::{Broker, Refusal};
use cmqtt_sim::{Profile, Registration};
use cmqtt_tests::pair::Pair;
use cmqtt_tests::plans::{commands, filters, plan};

const SECOND: Duration = Duration::from_secs(1);

fn healing() -> Healing {
    Healing::new(7)
}

fn kept_by(profile: &Profile, healing: &Healing) -> Pair {
    let mut pair = Pair::new(Config::SIM7028, profile.clone(), Some(115_200));
    keep(&mut pair, &plan(filters(&["in/#"])), healing);
    pair.wait(20 * SECOND);
    assert_eq!(told(&pair), ["Connected { client: 0 }"], "{}", profile.family);
    pair.events.clear();
    pair
}

fn keep(pair: &mut Pair, plan: &Plan<'_>, healing: &Healing) {
    pair.session.keep(plan, &Network::default(), healing).unwrap();
}

/// What was told of the connection and of messages.
fn told(pair: &Pair) -> Vec<&str> {
    let of_ours = |event: &&String| {
        let name = event.split([' ', '(']).next().unwrap_or_default();
        ["Connected", "Lost", "Restored", "GaveUp", "PowerKey", "Delivered"].contains(&name)
    };
    pair.events.iter().filter(of_ours).map(String::as_str).collect()
}

fn restored(pair: &Pair) -> bool {
    told(pair)
        .last()
        .is_some_and(|event| event.starts_with("Restored"))
}

fn message(topic: &'static str, qos: QoS) -> Publication<'static> {
    Publication {
        client: 0,
        topic: Topic::new(topic).unwrap(),
        payload: b"payload",
        qos,
        retain: false,
        timeout: 60,
    }
}

fn deliver(pair: &mut Pair, topic: &'static str) -> RequestId {
    pair.session
        .deliver(&message(topic, QoS::AtLeastOnce), OnUnknown::ByQos)
        .unwrap()
}

/// A message that the session publishes to itself.
#[track_caller]
fn works(pair: &mut Pair) {
    pair.messages.clear();
    deliver(pair, "in/works");
    pair.wait(5 * SECOND);
    let topics: Vec<_> = pair.messages.iter().map(|(_, topic, _)| &topic[..]).collect();
    assert_eq!(topics, [b"in/works"], "{:?}", pair.events);
}

#[test]
fn every_loss_heals_in_every_family() {
    type Fault = fn(&mut Pair);
    let faults: [(&str, Fault); 6] = [
        ("restart", |pair| pair.modem.power_cycle(pair.now())),
        ("network lost", |pair| {
            pair.modem.lose_network(pair.now());
            pair.modem.restore_network(pair.now());
        }),
        ("PDN deactivated", |pair| {
            pair.modem.deactivate(pair.now());
            pair.modem.restore_network(pair.now());
        }),
        ("broker restarts", |pair| {
            let now = pair.now();
            pair.network.set_broker_up(now, false);
            pair.network.set_broker_up(now, true);
        }),
        ("registration lost", |pair| {
            let now = pair.now();
            pair.modem.set_registration(now, Registration::Searching);
            pair.modem.lose_network(now);
            pair.wait(400 * SECOND);
            pair.modem.set_registration(pair.now(), Registration::Home);
            pair.modem.restore_network(pair.now());
        }),
        ("port reset", |pair| pair.reset()),
    ];
    for profile in Family::ALL.map(Profile::of) {
        for (name, fault) in faults {
            let mut pair = kept_by(&profile, &healing());
            fault(&mut pair);
            pair.wait(180 * SECOND);
            assert!(restored(&pair), "{name}, {}: {:?}", profile.family, pair.events);
            works(&mut pair);
        }
    }
}

//! A client that is kept: what comes back by itself, how long that takes, and what becomes of messages meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use at_proto::Family;
use at_proto::cmqtt::{QoS, ResultCode, Topic};
use cmqtt_core::{
    Cause, Config, Effect, Failure, Healing, Network, OnUnknown, Overflow, Plan, Publication, RequestError,
    RequestId, Will,
};
use cmqtt_sim::broker::Policy;
use cmqtt_sim::{Profile, Registration};
use cmqtt_tests::pair::Pair;
use cmqtt_tests::plans::{ID, commands, filters, plan};

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

/// The modem is connected already, by the same plan: nothing is connected again, whatever the plan has.
#[test]
fn what_was_brought_up_is_kept_as_it_is() {
    for profile in Family::ALL.map(Profile::of) {
        let mut pair = Pair::new(Config::SIM7028, profile.clone(), Some(115_200));
        let mut plan = plan(filters(&["in/#"]));
        plan.will = Some(Will {
            topic: Topic::new("gone").unwrap(),
            message: b"by",
            qos: QoS::AtMostOnce,
        });
        pair.run(|session| session.identify(None)).unwrap();
        pair.run(|session| session.bring_up(&plan)).unwrap();
        let before = pair.sent.len();
        keep(&mut pair, &plan, &healing());
        assert_eq!(
            pair.session.bring_up(&plan).err(),
            Some(RequestError::Keeping),
            "another plan would take its place"
        );
        pair.wait(10 * SECOND);
        assert_eq!(told(&pair), ["Connected { client: 0 }"]);
        assert_eq!(
            pair.sent[before..].escape_ascii().to_string(),
            "AT+CMQTTDISC?\\r",
            "{}",
            profile.family
        );
        works(&mut pair);
    }
}

/// A broker that refuses the login is asked once, and a client that is given up says what happened to its messages.
#[test]
fn what_is_refused_for_good_is_not_tried_again() {
    type Refuse = fn(&mut Policy);
    let refusals: [(Refuse, u16); 3] = [
        (|policy| policy.users = Some(BTreeMap::new()), 30),
        (
            |policy| policy.refused_client_ids = BTreeSet::from([ID.into()]),
            28,
        ),
        (
            |policy| policy.unauthorised_client_ids = BTreeSet::from([ID.into()]),
            31,
        ),
    ];
    for (refuse, code) in refusals {
        let mut pair = Pair::new(Config::SIM7028, Profile::A76XX, Some(115_200));
        pair.network
            .with_broker(Duration::ZERO, |broker| refuse(broker.policy_mut()));
        keep(&mut pair, &plan(&[]), &healing());
        let id = deliver(&mut pair, "a");
        pair.wait(3600 * SECOND);
        let told = told(&pair);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("GaveUp") && told[0].contains(&format!("Code({code})")),
            "{told:?}"
        );
        let connects = commands(&pair)
            .iter()
            .filter(|line| line.starts_with("AT+CMQTTCONNECT=0"))
            .count();
        assert_eq!(connects, 1);
        let let_go = Failure {
            command: "+CMQTTPUB",
            cause: Cause::LetGo,
            effect: Effect::None,
        };
        assert_eq!(pair.failed, [(id, let_go)]);
        assert!(!pair.session.is_keeping() && pair.session.is_idle());
        assert_eq!(
            pair.session
                .deliver(&message("a", QoS::AtLeastOnce), OnUnknown::ByQos),
            Err(RequestError::NotKept)
        );
    }
}

/// The broker's acknowledgement gets lost: only QoS 1, or who asks for it, is sent twice, and says so.
#[test]
fn an_unknown_outcome_is_sent_again_by_qos_1_alone() {
    for (qos, on_unknown, again) in [
        (QoS::AtLeastOnce, OnUnknown::ByQos, true),
        (QoS::AtMostOnce, OnUnknown::ByQos, false),
        (QoS::ExactlyOnce, OnUnknown::ByQos, false),
        (QoS::AtMostOnce, OnUnknown::SendAgain, true),
        (QoS::ExactlyOnce, OnUnknown::SendAgain, true),
    ] {
        let mut pair = kept_by(&Profile::A76XX, &healing());
        let id = pair.session.deliver(&message("in/a", qos), on_unknown).unwrap();
        // Its PUB is on its way when the modem restarts.
        while !pair.sent.windows(13).any(|bytes| bytes == b"AT+CMQTTPUB=0") {
            pair.wait(Duration::from_millis(1));
        }
        pair.modem.power_cycle(pair.now());
        pair.wait(300 * SECOND);
        assert!(restored(&pair) || again, "{:?}", pair.events);
        let delivered = format!("Delivered {{ id: {}, maybe_duplicate: true }}", id.get());
        assert_eq!(
            told(&pair).contains(&&delivered[..]),
            again,
            "{qos:?} {:?}",
            pair.events
        );
        let effects: Vec<_> = pair.failed.iter().map(|(_, failure)| failure.effect).collect();
        assert_eq!(
            effects,
            if again { vec![] } else { vec![Effect::Unknown] },
            "{qos:?}"
        );
        works(&mut pair);
    }
}

/// The modem restarts while it is told a filter, and says nothing of it: the filter is told again at once, not when the result
/// of the first SUB can come no more.
#[test]
fn a_restart_in_silence_amid_a_subscribe_costs_seconds() {
    for family in Family::ALL {
        let mut pair = Pair::new(Config::of(family), Profile::of(family), Some(115_200));
        keep(&mut pair, &plan(filters(&["in/#"])), &healing());
        while !pair.sent.windows(13).any(|bytes| bytes == b"AT+CMQTTSUB=0") {
            pair.wait(Duration::from_millis(1));
        }
        let now = pair.now();
        let plan = format!("{}.{:06}s restart now silent", now.as_secs(), now.subsec_micros());
        pair.modem.set_faults(&plan.parse().unwrap());
        pair.wait(30 * SECOND);
        assert_eq!(
            told(&pair),
            ["Connected { client: 0 }"],
            "{family} {:?}",
            pair.events
        );
        works(&mut pair);
    }
}

/// Some brokers hang up at what a client may not publish: that message comes back, and those behind it get through.
#[test]
fn a_message_at_which_the_broker_hangs_up_does_not_stand_in_the_way() {
    for family in Family::ALL {
        let mut pair = kept_by(&Profile::of(family), &healing());
        let now = pair.now();
        let forbidden = cmqtt_sim::broker::TopicFilter::new("forbidden").unwrap();
        pair.network
            .with_broker(now, |broker| broker.policy_mut().denied_publishes.push(forbidden));
        let bad = deliver(&mut pair, "forbidden");
        let good = deliver(&mut pair, "in/good");
        pair.wait(60 * SECOND);
        let ends: Vec<_> = pair
            .failed
            .iter()
            .map(|(id, failure)| (*id, failure.cause, failure.effect))
            .collect();
        let cause = Cause::RefusedByBroker(Some(ResultCode::MESSAGE_RECEIVE_FAILED));
        assert_eq!(
            ends,
            [(bad, cause, Effect::Unknown)],
            "{family} {:?}",
            pair.events
        );
        let delivered = format!("Delivered {{ id: {}, maybe_duplicate: false }}", good.get());
        assert!(
            told(&pair).contains(&&delivered[..]),
            "{family} {:?}",
            pair.events
        );
        let lost = told(&pair)
            .iter()
            .filter(|event| event.starts_with("Lost"))
            .count();
        assert_eq!(lost, 3, "{family}");
        works(&mut pair);
    }
}

/// While the network is away the queue fills up, and what gives way is the caller's choice.
#[test]
fn a_full_queue_does_what_was_chosen() {
    let ends = |overflow| {
        let mut pair = kept_by(
            &Profile::A76XX,
            &Healing {
                overflow,
                ..healing()
            },
        );
        pair.modem.set_registration(pair.now(), Registration::Searching);
        pair.modem.lose_network(pair.now());
        pair.wait(SECOND);
        let payload = [b'x'; 9000];
        let mut refused = 0;
        for name in ["in/0", "in/1", "in/2", "in/3", "in/4"] {
            let publication = Publication {
                payload: &payload,
                ..message(name, QoS::AtLeastOnce)
            };
            match pair.session.deliver(&publication, OnUnknown::ByQos) {
                Ok(_) => {}
                Err(RequestError::QueueFull {
                    needed: 9017,
                    free: 5717,
                }) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        pair.wait(SECOND);
        let displaced = pair.failed.len();
        assert!(
            pair.failed
                .iter()
                .all(|(_, failure)| failure.cause == Cause::Displaced)
        );
        pair.modem.set_registration(pair.now(), Registration::Home);
        pair.modem.restore_network(pair.now());
        pair.wait(600 * SECOND);
        let came: String = pair
            .messages
            .iter()
            .map(|(_, topic, _)| char::from(topic[3]))
            .collect();
        assert!(!pair.session.is_delivering());
        (came, refused, displaced)
    };
    assert_eq!(ends(Overflow::Refuse), ("012".into(), 2, 0));
    assert_eq!(ends(Overflow::DropNewest), ("012".into(), 0, 2));
    assert_eq!(ends(Overflow::DropOldest), ("234".into(), 0, 2));
}

/// Nothing gentler helps a modem that never connects: it is restarted, and its power switched, in this order.
#[test]
fn the_ladder_is_climbed_step_by_step() {
    let healing = Healing {
        power_key: Some(30 * SECOND),
        ..healing()
    };
    let mut pair = kept_by(&Profile::A76XX, &healing);
    pair.modem.set_registration(pair.now(), Registration::Denied);
    pair.modem.lose_network(pair.now());
    pair.wait(3600 * SECOND);
    let said = commands(&pair);
    let step = |line: &str| said.iter().position(|said| said == line);
    let (stop, restart) = (step("AT+CMQTTSTOP"), step("AT+CRESET"));
    assert!(stop.is_some() && stop < restart, "{stop:?} {restart:?}");
    assert_eq!(told(&pair).last(), Some(&"PowerKey"), "{:?}", told(&pair));
    pair.modem.set_registration(pair.now(), Registration::Home);
    pair.modem.restore_network(pair.now());
    pair.wait(600 * SECOND);
    assert!(restored(&pair), "{:?}", pair.events);
}

/// A modem that does what it is told is not restarted because its broker is away for an hour.
#[test]
fn a_broker_that_is_away_costs_no_restart() {
    for profile in Family::ALL.map(Profile::of) {
        let mut pair = kept_by(&profile, &healing());
        pair.network.set_broker_up(pair.now(), false);
        pair.wait(3600 * SECOND);
        assert!(
            !commands(&pair).iter().any(|line| line == "AT+CRESET"),
            "{}",
            profile.family
        );
        let connects = commands(&pair)
            .iter()
            .filter(|line| line.starts_with("AT+CMQTTCONNECT=0"))
            .count();
        assert!((20..80).contains(&connects), "{connects} attempts in an hour");
        pair.network.set_broker_up(pair.now(), true);
        pair.wait(150 * SECOND);
        assert!(restored(&pair), "{}", profile.family);
        works(&mut pair);
    }
}

/// The modem restarts and its boot lines get lost: it says nothing, and nobody publishes. It is asked now and then.
#[test]
fn a_loss_that_nobody_tells_is_found() {
    for profile in Family::ALL.map(Profile::of) {
        let mut pair = kept_by(&profile, &healing());
        pair.modem.power_cycle(pair.now());
        pair.wait_deaf(30 * SECOND);
        pair.wait(120 * SECOND);
        assert!(restored(&pair), "{}: {:?}", profile.family, pair.events);
        works(&mut pair);
    }
}

#[test]
fn patience_has_an_end() {
    let healing = Healing {
        patience: Some(600 * SECOND),
        ..healing()
    };
    let mut pair = kept_by(&Profile::SIM7028, &healing);
    pair.network.set_broker_up(pair.now(), false);
    pair.wait(1200 * SECOND);
    let told = told(&pair);
    assert!(
        told[0].starts_with("Lost") && told[1].starts_with("GaveUp"),
        "{told:?}"
    );
    assert_eq!(told.len(), 2);
}

/// Whatever the session is at, letting go ends it, and every message that waits.
#[test]
fn letting_go_leaves_nothing_behind() {
    for pause in (0..40_000).step_by(617).map(Duration::from_millis) {
        let mut pair = Pair::new(Config::SIM7028, Profile::SIM7600, Some(115_200));
        keep(&mut pair, &plan(filters(&["in/#"])), &healing());
        let first = deliver(&mut pair, "in/a");
        pair.wait(pause);
        pair.session.let_go();
        pair.wait(300 * SECOND);
        assert!(pair.session.is_idle() && !pair.session.is_delivering());
        let delivered = format!("Delivered {{ id: {}, maybe_duplicate: false }}", first.get());
        let ends = pair.failed.len() + usize::from(told(&pair).contains(&&delivered[..]));
        assert_eq!(ends, 1, "{pause:?}: {:?} {:?}", pair.failed, pair.events);
        pair.run(|session| session.take_down(0)).unwrap();
    }
}

/// A byte of the range that the modem stated was lost, so that every message looks too long. The first that is refused has
/// the modem asked again.
#[test]
fn a_damaged_range_does_not_last() {
    let mut profile = Profile::A76XX;
    profile.switches.set("payload-max=1024").unwrap();
    let mut pair = kept_by(&profile, &healing());
    let long = [b'x'; 1500];
    let long = Publication {
        payload: &long,
        ..message("in/long", QoS::AtLeastOnce)
    };
    // What it states is 10240 in truth.
    pair.modem.switches_mut().set("payload-max=10240").unwrap();
    let refused = pair.session.deliver(&long, OnUnknown::ByQos);
    assert!(
        matches!(refused, Err(RequestError::OutOfRange { value: 1500, .. })),
        "{refused:?}"
    );
    pair.wait(5 * SECOND);
    assert!(pair.session.deliver(&long, OnUnknown::ByQos).is_ok());
    pair.wait(5 * SECOND);
    assert_eq!(pair.messages.len(), 1);
    assert_eq!(
        told(&pair).len(),
        1,
        "delivered, and no connection lost: {:?}",
        pair.events
    );
}

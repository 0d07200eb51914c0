//! The session against the simulated modem under virtual time: finding it, waiting for its network, and taking over
//! what it holds.

use std::time::Duration;

use at_proto::cmqtt::{
    ClientId, KeepAlive, Password, QoS, ServerAddress, Topic, TopicFilter, UserName,
};
use at_proto::network::{Apn, Pin, RegistrationState};
use at_proto::{Family, MqttVersion};
use cmqtt_core::{
    Cause, Config, Connection, Login, Network, Plan, Progress, Publication, RequestError, Step, Transport, Will,
};
use cmqtt_sim::Profile;
use cmqtt_tests::pair::Pair;

const ID: &str = "client test0";
const SERVER: &str = "tcp://test.mosquitto.org:1883";

fn connection() -> Connection<'static> {
    Connection {
        client: 0,
        server: ServerAddress::new(SERVER).unwrap(),
        keep_alive: KeepAlive::new(60).unwrap(),
        clean_session: true,
        login: None,
    }
}

fn plan(filters: &'static [(TopicFilter<'static>, QoS)]) -> Plan<'static> {
    Plan {
        id: ClientId::new(ID).unwrap(),
        connection: connection(),
        version: None,
        tls: None,
        will: None,
        filters,
    }
}

fn filters(names: &[&'static str]) -> &'static [(TopicFilter<'static>, QoS)] {
    names
        .iter()
        .map(|name| (TopicFilter::new(name).unwrap(), QoS::AtLeastOnce))
        .collect::<Vec<_>>()
        .leak()
}

fn profiles() -> [Profile; 5] {
    Family::ALL.map(|family| {
        let name = family.name().parse().expect("both know the same families");
        Profile::of(name)
    })
}

fn pair(profile: &Profile) -> Pair {
    Pair::new(Config::SIM7028, profile.clone(), Some(115_200))
}

/// What went to the modem, a command line each.
fn commands(pair: &Pair) -> Vec<String> {
    pair.sent
        .split(|&byte| byte == b'\r')
        .filter(|line| line.starts_with(b"AT"))
        .map(|line| line.escape_ascii().to_string())
        .collect()
}

fn messages(pair: &Pair) -> Vec<(&str, &[u8])> {
    pair.messages
        .iter()
        .map(|(_, topic, payload)| (std::str::from_utf8(topic).unwrap(), &payload[..]))
        .collect()
}

fn publish(pair: &mut Pair, topic: &str) {
    let topic = Topic::new(topic).unwrap();
    pair.ask(|client| {
        client.publish(&Publication {
            client: 0,
            topic,
            payload: b"payload",
            qos: QoS::AtLeastOnce,
            retain: false,
            timeout: 60,
        })
    })
    .unwrap();
}

#[test]
fn every_family_is_recognised_connected_and_subscribed() {
    for profile in profiles() {
        let mut pair = pair(&profile);
        pair.run(|session| session.identify(None)).unwrap();
        assert_eq!(pair.session.family().name(), profile.family.name());
        pair.run(|session| session.wait_for_network(&Network::default())).unwrap();
        let plan = plan(filters(&["a/#", "b/+"]));
        pair.run(|session| session.bring_up(&plan)).unwrap();
        publish(&mut pair, "a/1");
        publish(&mut pair, "b/1");
        pair.pass(Duration::from_secs(1));
        assert_eq!(messages(&pair), [("a/1", &b"payload"[..]), ("b/1", b"payload")], "{}", profile.family);
        pair.run(|session| session.take_down(0)).unwrap();
        let said = commands(&pair);
        assert_eq!(said.last().map(String::as_str), Some("AT+CMQTTSTOP"), "{}", profile.family);
    }
}

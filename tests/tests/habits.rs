//! Every habit of firmware that is known or suspected, in any combination: the driver publishes and receives the same.

use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
use cmqtt_core::Config;
use cmqtt_core::{Client, Connection, DataEcho, Publication, Transport};
use cmqtt_sim::broker::TopicFilter as BrokerFilter;
use cmqtt_sim::{Family, Profile};
use cmqtt_tests::pair::Pair;
use proptest::collection::vec;
use proptest::prelude::*;

/// Switches that change how things are said, and what they can be set to.
const HABITS: [(&str, &[&str]); 17] = [
    ("start-success", &["ok-first", "result-first"]),
    ("stop-success", &["ok-first", "result-first"]),
    ("connect-success", &["ok-first", "result-first"]),
    ("disc-success", &["ok-first", "result-first"]),
    ("pub-success", &["ok-first", "result-first"]),
    ("sub-success", &["ok-first", "result-first"]),
    ("unsub-success", &["ok-first", "result-first"]),
    ("prompt", &["plain", "blank", "crlf"]),
    ("data-echo", &["on", "off"]),
    ("leading-crlf", &["on", "off"]),
    ("colon-blank", &["on", "off"]),
    ("rx-layout", &["compact", "spaced"]),
    ("rx-chunk", &["whole", "1500"]),
    ("rx-order", &["after-pub", "as-it-comes"]),
    ("urcs", &["between-commands", "between-lines"]),
    ("command-delay", &["0", "250ms", "3-150ms", "2-5s"]),
    ("service-delay", &["0", "250ms", "3-150ms", "2-5s"]),
];

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let nasty = prop::sample::select(vec![
        &b"\r\nOK\r\n"[..],
        b"OK",
        b"ERROR",
        b">",
        b"\r\n+CMQTTCONNLOST: 0,1\r\n",
        b"\r\n+CMQTTRXEND: 0\r\n\r\n+CMQTTRXSTART: 0,1,1\r\n",
        b"\r\nRDY\r\n",
        b"\0\x1a\x1b",
    ]);
    vec(
        prop_oneof![nasty.prop_map(<[u8]>::to_vec), vec(any::<u8>(), 1..900)],
        1..4,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_comes_back_as_it_went_out(
        family in prop::sample::select(vec![Family::Sim7028, Family::Sim7022, Family::A76xx, Family::Sim7600, Family::Sim767x]),
        habits in vec(any::<prop::sample::Index>(), HABITS.len()),
        echo: bool,
        baud in prop::sample::select(vec![None, Some(9600), Some(115_200), Some(921_600)]),
        payloads in vec((payload(), 0..=2u8), 1..4),
    ) {
        let mut profile = Profile::of(family);
        let mut config = Config::of(family);
        let mut echoes = false;
        let mut prompt_ends_with: &[u8] = b"";
        for ((name, values), choice) in HABITS.iter().zip(&habits) {
            let value = choice.get(values);
            profile.switches.set(&format!("{name}={value}")).expect("a switch");
            match (*name, *value) {
                ("data-echo", value) => echoes = value == "on",
                ("prompt", "crlf") => prompt_ends_with = b"\r\n",
                ("prompt", "blank") => prompt_ends_with = b" ",
                _ => {}
            }
        }
        if echoes && !prompt_ends_with.is_empty() {
            // Such a modem (none is known) has to be told of, and data that begin like what belongs to its prompt stay
            // ambiguous on it.
            config.quirks.data_echo = DataEcho::On;
            prop_assume!(payloads.iter().all(|(payload, _)| !prompt_ends_with.contains(&payload[0]) && payload[0] != b'\n'));
        }
        config.baud = baud.unwrap_or(config.baud);

        let mut pair = Pair::new(config, profile, baud);
        let observer = pair.network.with_broker(std::time::Duration::ZERO, |broker| {
            broker.observe(BrokerFilter::new(b"#").expect("a filter"))
        });
        let (id, server) = (ClientId::new("id").unwrap(), ServerAddress::new("tcp://broker:1883").unwrap());
        let filter = TopicFilter::new("OK/+").unwrap();
        if !echo {
            pair.ask(|client| client.command(&at_proto::basic::Echo::OFF)).unwrap();
        }
        pair.ask(Client::learn_limits).unwrap();
        pair.ask(Client::start).unwrap();
        pair.ask(|client| client.acquire(0, id, Transport::Tcp)).unwrap();
        pair.ask(|client| client.connect(&Connection { client: 0, server, keep_alive: KeepAlive::new(600).unwrap(), clean_session: true, login: None })).unwrap();
        pair.ask(|client| client.subscribe(0, filter, QoS::ExactlyOnce)).unwrap();
        let mut sent = Vec::new();
        for (payload, qos) in &payloads {
            let room = pair.session.limits().payload_len.max() as usize;
            let payload = &payload[..payload.len().min(room)];
            pair.ask(|client| client.publish(&Publication {
                client: 0,
                topic: Topic::new("OK/topic").unwrap(),
                payload,
                qos: QoS::try_from(*qos).unwrap(),
                retain: false,
                timeout: 60,
            })).unwrap();
            sent.push(payload.to_vec());
        }
        pair.pass(std::time::Duration::from_secs(60));
        let received: Vec<Vec<u8>> = pair.messages.iter().map(|(_, _, payload)| payload.clone()).collect();
        prop_assert_eq!(&received, &sent);
        let at_broker: Vec<Vec<u8>> = pair
            .network
            .with_broker(pair.now(), |broker| broker.take_observed(observer))
            .into_iter()
            .map(|observed| observed.message.payload.to_vec())
            .collect();
        prop_assert_eq!(&at_broker, &sent);
        pair.ask(|client| client.unsubscribe(0, filter)).unwrap();
        pair.ask(|client| client.disconnect(0, 60)).unwrap();
        pair.ask(|client| client.release(0)).unwrap();
        pair.ask(Client::stop).unwrap();
        prop_assert_eq!(&pair.events, &[""; 0]);
    }
}

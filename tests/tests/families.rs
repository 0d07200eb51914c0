//! What each family does with each operation, and the scenarios that work on all of them.

use std::fmt::Write;
use std::time::Duration;

use at_proto::cmqtt::{ClientId, Password, QoS, Topic, TopicFilter, UserName};
use at_proto::tls::FileName;
use at_proto::{Family, MqttVersion, Refusal};
use cmqtt_core::{
    Cause, Client, Config, Connection, Failure, Login, Network, Plan, Progress, RequestError, RequestId,
    Session, TlsConfig, Transport, Will,
};
use cmqtt_sim::{ConnectError, Profile, Registration, Sim};
use cmqtt_tests::pair::{End, Pair};
use cmqtt_tests::plans::{ID, connection, filters, plan, publication};

type Requested = Result<RequestId, RequestError>;

/// A row of the matrix: an operation, and what comes of it, in a word.
type Operation = (&'static str, fn(&Profile) -> String);

#[test]
fn the_matrix_of_families_operations_and_outcomes() {
    let mut table = String::new();
    let mut row = |name: &str, cells: [&str; 5]| {
        let _ = write!(table, "{name:28}");
        for cell in cells {
            let _ = write!(table, " {cell:13}");
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    };
    row("", Family::ALL.map(Family::name));
    for (name, operation) in OPERATIONS {
        let cells = Family::ALL.map(|family| operation(&Profile::of(family)));
        row(name, cells.each_ref().map(String::as_str));
    }
    insta::assert_snapshot!(table);
}

const OPERATIONS: &[Operation] = &[
    ("identify", |profile| {
        let mut pair = Pair::new(Config::SIM7028, profile.clone(), Some(115_200));
        pair.run(|session| session.identify(None)).unwrap();
        pair.session.family().to_string()
    }),
    ("wait for the network", |profile| network(profile, |_| {})),
    ("  denied", |profile| {
        network(profile, |pair| {
            let now = pair.now();
            pair.modem.set_registration(now, Registration::Denied);
        })
    }),
    ("  without a SIM", |profile| {
        network(profile, |pair| pair.modem.set_sim(Sim::Absent))
    }),
    ("  PIN wanted", |profile| {
        network(profile, |pair| {
            pair.modem.set_sim(Sim::Locked { pin: "1234".into() });
        })
    }),
    ("bring up", |profile| bring_up(profile, &plan(filters(&["a"])))),
    ("  again: adopted?", |profile| {
        taken_over(profile, &plan(&[]), &plan(&[]))
    }),
    ("  over another: adopted?", |profile| {
        let another = Plan {
            id: ClientId::new("another").unwrap(),
            ..plan(&[])
        };
        taken_over(profile, &another, &plan(&[]))
    }),
    ("  with a will: adopted?", |profile| {
        taken_over(profile, &with_will(), &with_will())
    }),
    ("  while CONNECT is under way", |profile| {
        let mut pair = identified(profile);
        pair.network.set_latency(Duration::from_secs(10));
        pair.begin(|session| session.bring_up(&plan(&[])), Duration::from_secs(5));
        pair.network.set_latency(Duration::ZERO);
        adopted(pair, &plan(&[]))
    }),
    ("  while START is under way", |profile| {
        let mut profile = profile.clone();
        profile.switches.set("service-delay=8s").unwrap();
        let mut pair = identified(&profile);
        pair.begin(|session| session.bring_up(&plan(&[])), Duration::from_secs(2));
        adopted(pair, &plan(&[]))
    }),
    ("  by TLS: adopted?", |profile| {
        taken_over(profile, &secret(), &secret())
    }),
    ("  MQTT 3.1", |profile| {
        bring_up(
            profile,
            &Plan {
                version: Some(MqttVersion::V3_1),
                ..plan(&[])
            },
        )
    }),
    ("  a second client", |profile| {
        let mut pair = connected(profile);
        on_session(&mut pair, |session| session.bring_up(&second()))
    }),
    ("  name unknown", |profile| {
        broken_host(profile, ConnectError::Dns)
    }),
    ("  host out of reach", |profile| {
        broken_host(profile, ConnectError::TimedOut)
    }),
    ("  network away", |profile| {
        let mut pair = identified(profile);
        let now = pair.now();
        pair.modem.set_registration(now, Registration::None);
        pair.modem.lose_network(now);
        on_session(&mut pair, |session| session.bring_up(&plan(&[])))
    }),
    ("  wrong password", |profile| {
        let mut pair = identified(profile);
        let users = [(b"user".to_vec(), cmqtt_sim::broker::Secret::new(*b"right"))];
        let now = pair.now();
        pair.network
            .with_broker(now, |broker| broker.policy_mut().users = Some(users.into()));
        let login = Some(Login {
            user: UserName::new("user").unwrap(),
            password: Some(Password::new("wrong").unwrap()),
        });
        let plan = Plan {
            connection: Connection {
                login,
                ..connection()
            },
            ..plan(&[])
        };
        on_session(&mut pair, |session| session.bring_up(&plan))
    }),
    ("take down", |profile| {
        on_session(&mut connected(profile), |session| session.take_down(0))
    }),
    ("  nothing there", |profile| {
        on_session(&mut identified(profile), |session| session.take_down(0))
    }),
    ("START while it runs", |profile| {
        on_client(&mut connected(profile), Client::start)
    }),
    ("ACCQ of a client in use", |profile| {
        on_client(&mut connected(profile), |client| {
            client.acquire(0, ClientId::new(ID).unwrap(), Transport::Tcp)
        })
    }),
    ("ACCQ before START", |profile| {
        on_client(&mut identified(profile), |client| {
            client.acquire(0, ClientId::new(ID).unwrap(), Transport::Tcp)
        })
    }),
    ("CONNECT while connected", |profile| {
        on_client(&mut connected(profile), |client| client.connect(&connection()))
    }),
    ("DISC", |profile| {
        on_client(&mut connected(profile), |client| client.disconnect(0, 60))
    }),
    ("  of 5 s", |profile| {
        on_client(&mut connected(profile), |client| client.disconnect(0, 5))
    }),
    ("  twice", |profile| {
        let mut pair = connected(profile);
        pair.ask(|client| client.disconnect(0, 60)).unwrap();
        on_client(&mut pair, |client| client.disconnect(0, 60))
    }),
    ("REL while connected", |profile| {
        on_client(&mut connected(profile), |client| client.release(0))
    }),
    ("REL of nothing", |profile| {
        let mut pair = identified(profile);
        pair.ask(Client::start).unwrap();
        on_client(&mut pair, |client| client.release(0))
    }),
    ("STOP while a client is held", |profile| {
        let mut pair = connected(profile);
        pair.ask(|client| client.disconnect(0, 60)).unwrap();
        on_client(&mut pair, Client::stop)
    }),
    ("publish, QoS 0", |profile| {
        publishes(profile, QoS::AtMostOnce, b"payload")
    }),
    ("publish, QoS 1", |profile| {
        publishes(profile, QoS::AtLeastOnce, b"payload")
    }),
    ("publish, QoS 2", |profile| {
        publishes(profile, QoS::ExactlyOnce, b"payload")
    }),
    ("  of an empty payload", |profile| {
        publishes(profile, QoS::AtLeastOnce, b"")
    }),
    ("    with the quirk for it", |profile| {
        let mut config = Config::SIM7028;
        config.quirks.empty_payload = true;
        publishes_with(config, profile, QoS::AtLeastOnce, b"")
    }),
    ("  of the longest payload", |profile| {
        let max = connected(profile).session.limits().payload_len.max();
        let payload = vec![b'x'; max as usize];
        format!("{} of {max}", publishes(profile, QoS::AtLeastOnce, &payload))
    }),
    ("  of one byte more", |profile| {
        let max = connected(profile).session.limits().payload_len.max();
        publishes(profile, QoS::AtLeastOnce, &vec![b'x'; max as usize + 1])
    }),
    ("  of the longest topic", |profile| {
        let topic = "t".repeat(1024);
        on_client(&mut connected(profile), |client| {
            client.publish(&publication(&topic, b"x", QoS::AtLeastOnce))
        })
    }),
    ("  without a connection", |profile| {
        let mut pair = connected(profile);
        pair.ask(|client| client.disconnect(0, 60)).unwrap();
        on_client(&mut pair, |client| {
            client.publish(&publication("a", b"x", QoS::AtLeastOnce))
        })
    }),
    ("subscribe to one", |profile| {
        on_client(&mut connected(profile), |client| {
            client.subscribe(0, TopicFilter::new("a/+/#").unwrap(), QoS::AtLeastOnce)
        })
    }),
    ("subscribe to three", |profile| {
        let mut pair = identified(profile);
        let plan = plan(filters(&["a", "b", "c"]));
        let end = on_session(&mut pair, |session| session.bring_up(&plan));
        let said = pair.sent.escape_ascii().to_string();
        format!("{end} by {} SUB", said.matches("AT+CMQTTSUB=0").count())
    }),
    ("unsubscribe", |profile| {
        on_client(&mut connected(profile), |client| {
            client.unsubscribe(0, TopicFilter::new("a").unwrap())
        })
    }),
    ("provide a file", |profile| provided(profile, 1)),
    ("  twice", |profile| provided(profile, 2)),
    ("  over the limit", |profile| {
        on_client(&mut identified(profile), |client| {
            client.provide_file(FileName::new("ca.pem").unwrap(), &[b'x'; 10_241])
        })
    }),
    ("restart while it connects", |profile| {
        let mut pair = identified(profile);
        pair.network.set_latency(Duration::from_secs(10));
        let id = pair.session.bring_up(&plan(&[])).unwrap();
        pair.wait(Duration::from_secs(5));
        let now = pair.now();
        pair.modem.inject_line(now, b"RDY");
        outcome(pair.run(|_| Ok(id)))
    }),
];

fn identified(profile: &Profile) -> Pair {
    let mut pair = Pair::new(Config::SIM7028, profile.clone(), Some(115_200));
    pair.run(|session| session.identify(None)).unwrap();
    pair
}

/// With `a` subscribed.
fn connected(profile: &Profile) -> Pair {
    let mut pair = identified(profile);
    let plan = plan(filters(&["a"]));
    pair.run(|session| session.bring_up(&plan)).unwrap();
    pair
}

fn second() -> Plan<'static> {
    Plan {
        id: ClientId::new("second").unwrap(),
        connection: Connection {
            client: 1,
            ..connection()
        },
        ..plan(filters(&["b"]))
    }
}

fn with_will() -> Plan<'static> {
    Plan {
        will: Some(Will {
            topic: Topic::new("gone").unwrap(),
            message: b"x",
            qos: QoS::AtMostOnce,
        }),
        ..plan(&[])
    }
}

fn secret() -> Plan<'static> {
    Plan {
        tls: Some(TlsConfig::unverified(0)),
        ..plan(&[])
    }
}

fn network(profile: &Profile, prepare: impl FnOnce(&mut Pair)) -> String {
    let mut pair = identified(profile);
    prepare(&mut pair);
    on_session(&mut pair, |session| session.wait_for_network(&Network::default()))
}

fn bring_up(profile: &Profile, plan: &Plan<'_>) -> String {
    on_session(&mut identified(profile), |session| session.bring_up(plan))
}

/// One host brings up the first plan and restarts, the next one wants the second.
fn taken_over(profile: &Profile, first: &Plan<'_>, second: &Plan<'_>) -> String {
    let mut pair = identified(profile);
    pair.run(|session| session.bring_up(first)).unwrap();
    adopted(pair, second)
}

/// The host restarts and wants this.
fn adopted(mut pair: Pair, wanted: &Plan<'_>) -> String {
    pair.restart_host(Config::SIM7028);
    pair.run(|session| session.identify(None)).unwrap();
    let end = on_session(&mut pair, |session| session.bring_up(wanted));
    let adopted = pair.progress.contains(&Progress::Adopted { client: 0 });
    format!("{end}, {}", if adopted { "yes" } else { "no" })
}

fn broken_host(profile: &Profile, fault: ConnectError) -> String {
    let mut pair = identified(profile);
    pair.network.set_host_fault("test.mosquitto.org", Some(fault));
    on_session(&mut pair, |session| session.bring_up(&plan(&[])))
}

fn publishes(profile: &Profile, qos: QoS, payload: &[u8]) -> String {
    publishes_with(Config::SIM7028, profile, qos, payload)
}

fn publishes_with(config: Config, profile: &Profile, qos: QoS, payload: &[u8]) -> String {
    let mut pair = Pair::new(config, profile.clone(), Some(115_200));
    pair.run(|session| session.identify(None)).unwrap();
    let plan = plan(filters(&["a"]));
    pair.run(|session| session.bring_up(&plan)).unwrap();
    let end = on_client(&mut pair, |client| {
        client.publish(&publication("a", payload, qos))
    });
    pair.pass(Duration::from_secs(5));
    let came: Vec<_> = pair.messages.iter().map(|(_, _, came)| &came[..]).collect();
    let expected = if end == "ok" { vec![payload] } else { vec![] };
    assert_eq!(came, expected, "{}", profile.family);
    end
}

fn provided(profile: &Profile, times: usize) -> String {
    let mut pair = identified(profile);
    let name = FileName::new("ca.pem").unwrap();
    let mut end = String::new();
    for _ in 0..times {
        end = on_client(&mut pair, |client| client.provide_file(name, b"PEM"));
    }
    let said = pair.sent.escape_ascii().to_string();
    format!("{end} by {} DOWN", said.matches("AT+CCERTDOWN").count())
}

fn on_session(pair: &mut Pair, request: impl FnOnce(&mut Session<Vec<u8>>) -> Requested) -> String {
    match request(&mut pair.session) {
        Ok(id) => outcome(pair.run(|_| Ok(id))),
        Err(error) => not_taken(error),
    }
}

fn on_client(pair: &mut Pair, request: impl FnOnce(&mut Client<Vec<u8>>) -> Requested) -> String {
    on_session(pair, |session| request(session.client()?))
}

fn outcome(end: End) -> String {
    match end {
        Ok(_) => "ok".to_owned(),
        Err(Failure { cause, .. }) => match cause {
            Cause::Refused(Refusal::Code(code)) => format!("code {code}"),
            Cause::Refused(refusal) => refusal.to_string(),
            Cause::NotRegistered(Some(state)) => state.to_string(),
            Cause::NotSent(error) => not_taken(error),
            Cause::PinRequired => "PIN".to_owned(),
            Cause::NoSim => "no SIM".to_owned(),
            Cause::Restarted => "restarted".to_owned(),
            cause => format!("{cause:?}"),
        },
    }
}

/// What is refused before a byte is sent.
fn not_taken(error: RequestError) -> String {
    match error {
        RequestError::OutOfRange { .. } => "(range)".to_owned(),
        RequestError::EmptyPayload => "(empty)".to_owned(),
        RequestError::Unsupported { .. } => "(unsupported)".to_owned(),
        error => format!("({error})"),
    }
}

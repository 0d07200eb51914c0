//! The session against the simulated modem under virtual time: finding it, waiting for its network, and taking over
//! what it holds.

use std::time::Duration;

use at_proto::cmqtt::{ClientId, Password, QoS, ServerAddress, Topic, UserName};
use at_proto::network::{Apn, Pin, RegistrationState};
use at_proto::{Family, MqttVersion};
use cmqtt_core::{Cause, Config, Connection, Login, Network, Plan, Progress, RequestError, Will};
use cmqtt_sim::Profile;
use cmqtt_tests::pair::Pair;
use cmqtt_tests::plans::{commands, connection, filters, plan, publish};

fn profiles() -> [Profile; 5] {
    Family::ALL.map(Profile::of)
}

fn pair(profile: &Profile) -> Pair {
    Pair::new(Config::SIM7028, profile.clone(), Some(115_200))
}

fn messages(pair: &Pair) -> Vec<(&str, &[u8])> {
    pair.messages
        .iter()
        .map(|(_, topic, payload)| (std::str::from_utf8(topic).unwrap(), &payload[..]))
        .collect()
}

#[test]
fn every_family_is_recognised_connected_and_subscribed() {
    for profile in profiles() {
        let mut pair = pair(&profile);
        pair.run(|session| session.identify(None)).unwrap();
        assert_eq!(pair.session.family(), profile.family);
        pair.run(|session| session.wait_for_network(&Network::default()))
            .unwrap();
        let plan = plan(filters(&["a/#", "b/+"]));
        pair.run(|session| session.bring_up(&plan)).unwrap();
        publish(&mut pair, "a/1");
        publish(&mut pair, "b/1");
        pair.pass(Duration::from_secs(1));
        assert_eq!(
            messages(&pair),
            [("a/1", &b"payload"[..]), ("b/1", b"payload")],
            "{}",
            profile.family
        );
        pair.run(|session| session.take_down(0)).unwrap();
        let said = commands(&pair);
        assert_eq!(
            said.last().map(String::as_str),
            Some("AT+CMQTTSTOP"),
            "{}",
            profile.family
        );
    }
}

/// A pair that one host has brought up, before the host restarts.
fn taken_over(profile: &Profile, first: &Plan<'_>) -> Pair {
    let mut pair = pair(profile);
    pair.run(|session| session.identify(None)).unwrap();
    pair.run(|session| session.bring_up(first)).unwrap();
    pair.restart_host(Config::SIM7028);
    pair.run(|session| session.identify(None)).unwrap();
    pair
}

fn told(pair: &Pair, progress: Progress) -> bool {
    pair.progress.contains(&progress)
}

/// The modem holds just what is asked for: no START, no ACCQ, no CONNECT, and above all no STOP.
#[test]
fn what_is_wanted_is_adopted() {
    for profile in profiles() {
        let plan = plan(filters(&["a/#"]));
        let mut pair = taken_over(&profile, &plan);
        pair.run(|session| session.bring_up(&plan)).unwrap();
        assert!(told(&pair, Progress::Adopted { client: 0 }), "{}", profile.family);
        let changing = ["START", "ACCQ=", "CONNECT=", "STOP", "DISC=", "REL="];
        for line in commands(&pair) {
            let changes = changing
                .iter()
                .any(|name| line.starts_with(&format!("AT+CMQTT{name}")) && !line.ends_with("=?"));
            assert!(!changes, "{}: {line}", profile.family);
        }
        publish(&mut pair, "a/1");
        pair.pass(Duration::from_secs(1));
        assert_eq!(messages(&pair).last(), Some(&("a/1", &b"payload"[..])));
    }
}

/// The modem is connected as somebody else, elsewhere, otherwise: it is taken down in order, and service stays up.
#[test]
fn what_is_not_wanted_is_taken_down_in_order() {
    let login = Login {
        user: UserName::new("user").unwrap(),
        password: Some(Password::new("password").unwrap()),
    };
    let wanted = plan(filters(&["a/#"]));
    let other_id = Plan {
        id: ClientId::new("another").unwrap(),
        ..wanted
    };
    let other_server = Plan {
        connection: Connection {
            server: ServerAddress::new("tcp://example.org").unwrap(),
            ..connection()
        },
        ..wanted
    };
    let other_login = Plan {
        connection: Connection {
            login: Some(login),
            ..connection()
        },
        ..wanted
    };
    let with_will = Plan {
        will: Some(Will {
            topic: Topic::new("gone").unwrap(),
            // So that the next command begins a line of what was sent.
            message: b"x\r",
            qos: QoS::AtMostOnce,
        }),
        ..wanted
    };
    for profile in profiles() {
        for (first, second) in [
            (&other_id, &wanted),
            (&other_server, &wanted),
            (&other_login, &wanted),
            // The modem does not tell which will it holds.
            (&with_will, &with_will),
        ] {
            let mut pair = taken_over(&profile, first);
            pair.run(|session| session.bring_up(second)).unwrap();
            assert!(
                told(&pair, Progress::TakenDown { client: 0 }),
                "{}",
                profile.family
            );
            let order: Vec<_> = commands(&pair)
                .into_iter()
                .filter(|line| {
                    ["DISC=0", "REL=0", "ACCQ=0", "CONNECT=0", "STOP"]
                        .iter()
                        .any(|name| line.starts_with(&format!("AT+CMQTT{name}")))
                })
                .map(|line| line.split('=').next().unwrap_or_default().to_owned())
                .collect();
            assert_eq!(
                order,
                ["AT+CMQTTDISC", "AT+CMQTTREL", "AT+CMQTTACCQ", "AT+CMQTTCONNECT"],
                "{}",
                profile.family
            );
            publish(&mut pair, "a/1");
            pair.pass(Duration::from_secs(1));
            assert_eq!(messages(&pair).last(), Some(&("a/1", &b"payload"[..])));
        }
    }
}

/// The host restarts while the modem's CONNECT is under way. Its end comes late, looks like the new one's, and is what is
/// wanted.
#[test]
fn a_connect_that_was_begun_before_is_waited_for() {
    for profile in profiles() {
        let plan = plan(filters(&["a/#"]));
        let mut pair = pair(&profile);
        pair.run(|session| session.identify(None)).unwrap();
        // The broker answers this CONNECT after 20 s.
        pair.network.set_latency(Duration::from_secs(10));
        pair.begin(|session| session.bring_up(&plan), Duration::from_secs(5));
        assert!(
            commands(&pair).last().unwrap().starts_with("AT+CMQTTCONNECT=0"),
            "{:?}",
            commands(&pair).last()
        );
        pair.network.set_latency(Duration::ZERO);
        pair.restart_host(Config::SIM7028);
        pair.run(|session| session.identify(None)).unwrap();
        pair.run(|session| session.bring_up(&plan)).unwrap();
        // An A7670 answers nothing at all until its CONNECT has ended; the others refuse ours meanwhile.
        let busy = pair
            .progress
            .iter()
            .any(|progress| matches!(progress, Progress::StillBusy { client: 0, .. }));
        assert_eq!(busy, pair.session.family() != Family::A76xx, "{}", profile.family);
        assert!(told(&pair, Progress::Adopted { client: 0 }), "{}", profile.family);
        assert!(
            pair.now() < Duration::from_secs(60),
            "{}: {:?}",
            profile.family,
            pair.now()
        );
        publish(&mut pair, "a/1");
        pair.pass(Duration::from_secs(1));
        assert_eq!(messages(&pair).last(), Some(&("a/1", &b"payload"[..])));
    }
}

#[test]
fn two_clients_are_kept_apart() {
    for profile in profiles()
        .into_iter()
        .filter(|profile| profile.limits.clients == 2)
    {
        let mut pair = pair(&profile);
        pair.run(|session| session.identify(None)).unwrap();
        let first = plan(filters(&["both", "first"]));
        let second = Plan {
            id: ClientId::new("second").unwrap(),
            connection: Connection {
                client: 1,
                ..connection()
            },
            filters: filters(&["both", "second"]),
            ..first
        };
        pair.run(|session| session.bring_up(&first)).unwrap();
        pair.run(|session| session.bring_up(&second)).unwrap();
        for topic in ["both", "first", "second"] {
            publish(&mut pair, topic);
        }
        pair.pass(Duration::from_secs(1));
        let mut came: Vec<_> = pair
            .messages
            .iter()
            .map(|(client, topic, _)| (*client, String::from_utf8_lossy(topic).into_owned()))
            .collect();
        came.sort();
        let wanted = [(0, "both"), (0, "first"), (1, "both"), (1, "second")]
            .map(|(client, topic)| (client, topic.to_owned()));
        assert_eq!(came, wanted, "{}", profile.family);
        // The service goes on for the other one.
        pair.run(|session| session.take_down(0)).unwrap();
        assert!(!commands(&pair).iter().any(|line| line == "AT+CMQTTSTOP"));
        pair.run(|session| session.take_down(1)).unwrap();
        assert_eq!(commands(&pair).last().map(String::as_str), Some("AT+CMQTTSTOP"));
    }
}

#[test]
fn the_version_is_3_1_1_where_one_can_choose() {
    for profile in profiles() {
        let mut pair = pair(&profile);
        pair.run(|session| session.identify(None)).unwrap();
        let older = Plan {
            version: Some(MqttVersion::V3_1),
            ..plan(&[])
        };
        let choice = pair.session.family().facts().version_choice;
        if choice == at_proto::VersionChoice::None {
            assert_eq!(
                pair.session.bring_up(&older).unwrap_err(),
                RequestError::Unsupported {
                    what: "a choice of the MQTT version"
                }
            );
            continue;
        }
        for (plan, level) in [(plan(&[]), "4"), (older, "3")] {
            pair.run(|session| session.bring_up(&plan)).unwrap();
            let said = commands(&pair);
            let chosen = said
                .iter()
                .rfind(|line| line.starts_with("AT+CMQTTCFG=") || line.starts_with("AT+CMQTTACCQ=0,"))
                .unwrap();
            assert!(
                chosen.ends_with(&format!(",{level}")),
                "{}: {chosen}",
                profile.family
            );
            pair.run(|session| session.take_down(0)).unwrap();
        }
    }
}

/// SUBTOPIC caches the filters where it exists, and one SUB sends them all.
#[test]
fn filters_go_in_batches_where_there_are_batches() {
    for profile in profiles() {
        let mut pair = pair(&profile);
        pair.run(|session| session.identify(None)).unwrap();
        let plan = plan(filters(&["a", "b", "c"]));
        pair.run(|session| session.bring_up(&plan)).unwrap();
        let count = |pair: &Pair, name: &str| {
            let text = pair.sent.escape_ascii().to_string();
            text.matches(name).count()
        };
        let batches = pair.session.family().facts().cached_filters.is_some();
        let (topics, subs) = if batches { (3, 1) } else { (0, 3) };
        assert_eq!(count(&pair, "AT+CMQTTSUBTOPIC=0,"), topics, "{}", profile.family);
        assert_eq!(count(&pair, "AT+CMQTTSUB=0"), subs, "{}", profile.family);
    }
}

/// Firmware without SUBTOPIC in a family that has it: each filter by itself, and none is lost.
#[test]
fn a_missing_subtopic_is_made_up_for() {
    let mut profile = Profile::A76XX;
    profile.switches.subtopic = cmqtt_sim::Toggle::Off;
    let mut pair = pair(&profile);
    pair.run(|session| session.identify(None)).unwrap();
    let plan = plan(filters(&["a", "b"]));
    pair.run(|session| session.bring_up(&plan)).unwrap();
    publish(&mut pair, "a");
    publish(&mut pair, "b");
    pair.pass(Duration::from_secs(1));
    assert_eq!(pair.messages.len(), 2);
}

#[test]
fn a_sim_that_wants_its_pin_is_told_of_and_gets_it_once() {
    let locked = || {
        let mut pair = pair(&Profile::SIM7028);
        pair.modem.set_sim(cmqtt_sim::Sim::Locked { pin: "1234".into() });
        pair.run(|session| session.identify(None)).unwrap();
        pair
    };
    let network = |pin| Network {
        pin,
        ..Network::default()
    };
    let failure = locked()
        .run(|session| session.wait_for_network(&network(None)))
        .unwrap_err();
    assert_eq!(failure.cause, Cause::PinRequired);

    let mut pair = locked();
    let wrong = Pin::new("0000").unwrap();
    let failure = pair
        .run(|session| session.wait_for_network(&network(Some(wrong))))
        .unwrap_err();
    assert_eq!(failure.command, "+CPIN");
    assert_eq!(
        commands(&pair)
            .iter()
            .filter(|line| line.starts_with("AT+CPIN="))
            .count(),
        1
    );

    let mut pair = locked();
    let right = Pin::new("1234").unwrap();
    pair.run(|session| session.wait_for_network(&network(Some(right))))
        .unwrap();
}

#[test]
fn a_network_that_denies_is_named() {
    let mut pair = pair(&Profile::SIM7028);
    pair.run(|session| session.identify(None)).unwrap();
    pair.modem
        .set_registration(Duration::from_secs(1), cmqtt_sim::Registration::Denied);
    let begun = pair.now();
    let failure = pair
        .run(|session| session.wait_for_network(&Network::default()))
        .unwrap_err();
    assert_eq!(
        failure.cause,
        Cause::NotRegistered(Some(RegistrationState::Denied))
    );
    assert_eq!(failure.to_string(), "the network denied registration");
    let waited = pair.now() - begun;
    assert!((180..190).contains(&waited.as_secs()), "{waited:?}");
    assert!(pair.progress.iter().any(|progress| matches!(
        progress,
        Progress::Registration {
            state: RegistrationState::Denied,
            ..
        }
    )));
    // The line is free for the next request.
    pair.run(|session| session.identify(None)).unwrap();
}

/// What is waited for and for how long is told before it begins.
#[test]
fn each_step_is_told_with_its_budget() {
    let mut pair = pair(&Profile::SIM7600);
    pair.run(|session| session.identify(None)).unwrap();
    let apn = Apn::new("iot.example").unwrap();
    pair.run(|session| {
        session.wait_for_network(&Network {
            apn: Some(apn),
            ..Network::default()
        })
    })
    .unwrap();
    let plan = plan(filters(&["a"]));
    pair.run(|session| session.bring_up(&plan)).unwrap();
    pair.run(|session| session.take_down(0)).unwrap();
    let steps: Vec<String> = pair
        .progress
        .iter()
        .filter_map(|progress| match progress {
            Progress::Step { step, budget } => Some(format!("{step}: {} s", budget.as_secs())),
            _ => None,
        })
        .collect();
    insta::assert_snapshot!(steps.join("\n"), @"
    find the modem: 55 s
    wait for the SIM: 20 s
    set the access point: 18 s
    register with the network: 180 s
    attach to the packet service: 75 s
    get an address: 10 s
    look at what the modem holds: 9 s
    start the MQTT service: 120 s
    ask for the modem's limits: 9 s
    acquire the client: 15 s
    connect to the broker: 120 s
    subscribe: 120 s
    disconnect from the broker: 70 s
    release the client: 15 s
    stop the MQTT service: 120 s
    ");
    let defined = r#"AT+CGDCONT=1,\"IP\",\"iot.example\""#.to_owned();
    assert!(commands(&pair).contains(&defined));
}

/// A modem that was left in the middle of data takes whatever comes for data. It is found all the same.
#[test]
fn a_modem_in_data_mode_is_found() {
    for profile in profiles() {
        let mut pair = pair(&profile);
        pair.run(|session| session.identify(None)).unwrap();
        let first = plan(&[]);
        pair.run(|session| session.bring_up(&first)).unwrap();
        let topic = Topic::new("a").unwrap();
        // The host dies between the prompt and the data.
        pair.wire.send(
            pair.now(),
            cmqtt_sim::Direction::ToModem,
            b"AT+CMQTTTOPIC=0,1000\r",
        );
        pair.pass(Duration::from_secs(1));
        pair.restart_host(Config::SIM7028);
        pair.run(|session| session.identify(None)).unwrap();
        let plan = plan(filters(&["a"]));
        pair.run(|session| session.bring_up(&plan)).unwrap();
        publish(&mut pair, topic.as_str());
        pair.pass(Duration::from_secs(1));
        assert_eq!(messages(&pair), [("a", &b"payload"[..])], "{}", profile.family);
    }
}

#[test]
fn a_plan_that_this_modem_cannot_carry_is_refused_whole() {
    let mut pair = pair(&Profile::SIM7028);
    let second = Plan {
        connection: Connection {
            client: 1,
            ..connection()
        },
        ..plan(&[])
    };
    let error = pair.session.bring_up(&second).unwrap_err();
    insta::assert_snapshot!(error, @"the client index is 1, but this modem takes 0");
    let unverifiable = Plan {
        tls: Some(cmqtt_core::TlsConfig {
            verify: cmqtt_core::Verify::Server,
            ..cmqtt_core::TlsConfig::unverified(0)
        }),
        ..plan(&[])
    };
    let error = pair.session.bring_up(&unverifiable).unwrap_err();
    insta::assert_snapshot!(error, @"the certificate of the authority is missing");
    assert!(pair.sent.is_empty());
}

/// A file is stored once, its way there is told to its end, and what is listed afterwards is what counts.
#[test]
fn a_file_is_stored_once_and_told_of_to_its_end() {
    for profile in profiles() {
        let mut pair = pair(&profile);
        pair.run(|session| session.identify(None)).unwrap();
        let name = at_proto::tls::FileName::new("ca.pem").unwrap();
        let file = [b'x'; 3000];
        let provide =
            |session: &mut cmqtt_core::Session<Vec<u8>>| session.client()?.provide_file(name, &file);
        pair.run(provide).unwrap();
        assert!(
            told(&pair, Progress::Sending { sent: 3000, of: 3000 }),
            "{}",
            profile.family
        );
        pair.progress.clear();
        pair.sent.clear();
        pair.run(provide).unwrap();
        assert_eq!(commands(&pair), ["AT+CCERTLIST"], "{}", profile.family);
        assert_eq!(pair.progress, [], "{}", profile.family);
    }
}

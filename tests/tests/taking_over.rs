//! A host that finds a modem in whatever state a dead one has left it: what is under way is waited for, what is wanted is
//! kept, and nothing is taken for what it is not.

use std::time::Duration;

use at_proto::cmqtt::ClientId;
use at_proto::tls::{Configure, FileName, Setting};
use at_proto::{Family, MqttVersion};
use cmqtt_core::{Cause, Config, Connection, Plan, Progress, TlsConfig, TlsVersion};
use cmqtt_sim::{Direction, Profile};
use cmqtt_tests::pair::Pair;
use cmqtt_tests::plans::{commands, connection, filters, plan, publish};

fn profiles() -> [Profile; 5] {
    Family::ALL.map(Profile::of)
}

fn identified(profile: &Profile) -> Pair {
    let mut pair = Pair::new(Config::SIM7028, profile.clone(), Some(115_200));
    pair.run(|session| session.identify(None)).unwrap();
    pair
}

fn told(pair: &Pair, progress: Progress) -> bool {
    pair.progress.contains(&progress)
}

fn count(pair: &Pair, prefix: &str) -> usize {
    commands(pair)
        .iter()
        .filter(|line| line.starts_with(prefix))
        .count()
}

/// A CONNECT of before goes on until the broker answers it 20 s after it was sent.
fn connecting(profile: &Profile, first: &Plan<'_>) -> Pair {
    let mut pair = identified(profile);
    pair.network.set_latency(Duration::from_secs(10));
    pair.begin(|session| session.bring_up(first), Duration::from_secs(5));
    assert!(commands(&pair).last().unwrap().starts_with("AT+CMQTTCONNECT=0"));
    pair.network.set_latency(Duration::ZERO);
    pair.restart_host(Config::SIM7028);
    pair.run(|session| session.identify(None)).unwrap();
    pair
}

/// The host restarts while the modem's CONNECT for somebody else is under way: that cannot be released before it has
/// ended.
#[test]
fn a_connect_of_somebody_else_is_waited_for_and_taken_down() {
    let another = Plan {
        id: ClientId::new("another").unwrap(),
        ..plan(&[])
    };
    for profile in profiles() {
        let mut pair = connecting(&profile, &another);
        let wanted = plan(filters(&["a"]));
        let end = pair.run(|session| session.bring_up(&wanted));
        assert_eq!(end, Ok(vec![]), "{}: {:#?}", profile.family, commands(&pair));
        assert!(
            !told(&pair, Progress::Adopted { client: 0 }),
            "{}",
            profile.family
        );
        assert!(
            pair.now() < Duration::from_secs(60),
            "{}: {:?}",
            profile.family,
            pair.now()
        );
        publish(&mut pair, "a");
    }
}

/// "Taken down" is said of what is taken down.
#[test]
fn a_client_that_connects_is_not_said_to_be_taken_down() {
    for profile in profiles() {
        let mut pair = connecting(&profile, &plan(&[]));
        let end = pair.run(|session| session.take_down(0));
        pair.pass(Duration::from_secs(60));
        let connected = pair.network.broker().is_connected(b"client test0");
        assert_eq!(end.is_ok(), !connected, "{}: {end:?}", profile.family);
    }
}

/// The service of before is still starting: that takes seconds, and nothing else goes meanwhile.
#[test]
fn a_start_of_before_is_waited_for() {
    for mut profile in profiles() {
        profile.switches.set("service-delay=8s").unwrap();
        let mut pair = identified(&profile);
        pair.begin(|session| session.bring_up(&plan(&[])), Duration::from_secs(1));
        assert_eq!(commands(&pair).last().unwrap(), "AT+CMQTTSTART");
        pair.restart_host(Config::SIM7028);
        pair.run(|session| session.identify(None)).unwrap();
        let wanted = plan(filters(&["a"]));
        let end = pair.run(|session| session.bring_up(&wanted));
        assert_eq!(end, Ok(vec![]), "{}: {:#?}", profile.family, commands(&pair));
        publish(&mut pair, "a");
    }
}

fn secret(context: u8, version: TlsVersion) -> Plan<'static> {
    Plan {
        tls: Some(TlsConfig {
            version,
            ..TlsConfig::unverified(context)
        }),
        ..plan(filters(&["a"]))
    }
}

/// Another context may be just what is wanted and still not be what the connection was made with.
#[test]
fn a_connection_by_another_tls_context_is_not_adopted() {
    for profile in profiles() {
        let mut pair = identified(&profile);
        pair.run(|session| session.bring_up(&secret(0, TlsVersion::All)))
            .unwrap();
        pair.ask(|client| {
            client.command(&Configure {
                context: 1,
                setting: Setting::Version(TlsVersion::Tls1_2 as u8),
            })
        })
        .unwrap();
        pair.restart_host(Config::SIM7028);
        pair.run(|session| session.identify(None)).unwrap();
        let wanted = secret(1, TlsVersion::Tls1_2);
        pair.run(|session| session.bring_up(&wanted)).unwrap();
        assert!(
            !told(&pair, Progress::Adopted { client: 0 }),
            "{}",
            profile.family
        );

        // This one was made with it.
        pair.restart_host(Config::SIM7028);
        pair.run(|session| session.identify(None)).unwrap();
        pair.run(|session| session.bring_up(&wanted)).unwrap();
        assert!(told(&pair, Progress::Adopted { client: 0 }), "{}", profile.family);
        publish(&mut pair, "a");
    }
}

/// What a CONNECT of before was made with cannot be told once the context was set anew: it is not adopted.
#[test]
fn a_connect_with_other_tls_settings_is_not_adopted_when_it_ends() {
    for profile in profiles() {
        let mut pair = connecting(&profile, &secret(0, TlsVersion::All));
        pair.run(|session| session.bring_up(&secret(0, TlsVersion::Tls1_2)))
            .unwrap();
        assert!(
            !told(&pair, Progress::Adopted { client: 0 }),
            "{}",
            profile.family
        );
        publish(&mut pair, "a");
    }
}

/// A CONNECT of before that fails wipes the choice of the TLS context: it is made again before ours.
#[test]
fn the_tls_context_is_chosen_again_after_a_connect_of_before() {
    for profile in profiles() {
        let mut pair = connecting(&profile, &secret(0, TlsVersion::All));
        let now = pair.now();
        pair.network.set_latency(Duration::from_secs(20));
        pair.network.set_broker_up(now, false);
        pair.begin(
            |session| session.bring_up(&secret(1, TlsVersion::Tls1_2)),
            Duration::from_secs(8),
        );
        let now = pair.now();
        pair.network.set_broker_up(now, true);
        pair.network.set_latency(Duration::ZERO);
        pair.wait(Duration::from_secs(120));
        let lines = commands(&pair);
        let of = |prefix: &str| lines.iter().rposition(|line| line.starts_with(prefix));
        let (chosen, connect) = (of("AT+CMQTTSSLCFG=0,1"), of("AT+CMQTTCONNECT=0"));
        assert!(
            chosen.is_some() && chosen.map(|at| at + 1) == connect,
            "{}: {lines:#?}",
            profile.family
        );
    }
}

/// The version that a client speaks is not told: where a plan names one, nothing that was made before is good enough.
#[test]
fn a_version_that_was_asked_for_is_spoken() {
    for profile in [Profile::A76XX, Profile::SIM7600, Profile::SIM767X] {
        let older = Plan {
            version: Some(MqttVersion::V3_1),
            ..plan(&[])
        };
        let newer = Plan {
            version: Some(MqttVersion::V3_1_1),
            ..plan(&[])
        };
        let mut pair = identified(&profile);
        pair.run(|session| session.bring_up(&older)).unwrap();
        pair.restart_host(Config::SIM7028);
        pair.run(|session| session.identify(None)).unwrap();
        pair.run(|session| session.bring_up(&newer)).unwrap();
        assert!(
            !told(&pair, Progress::Adopted { client: 0 }),
            "{}",
            profile.family
        );
    }
}

const NAME: &str = "cmqtt-ca-0123456789abcdef.pem";
const FILE: &[u8] = &[b'x'; 2000];

/// A file whose upload broke off is made up for with CRs, and stands under its name then. It is not taken for the file.
#[test]
fn a_file_that_was_left_half_done_is_stored_again() {
    let name = FileName::new(NAME).unwrap();
    for profile in profiles() {
        let mut pair = identified(&profile);
        let now = pair.now();
        let line = format!("AT+CCERTDOWN=\"{NAME}\",2000\r");
        pair.wire.send(now, Direction::ToModem, line.as_bytes());
        pair.pass(Duration::from_secs(1));
        pair.restart_host(Config::SIM7028);
        pair.run(|session| session.identify(None)).unwrap();
        pair.sent.clear();
        pair.ask(|client| client.provide_file(name, FILE)).unwrap();
        assert!(
            pair.sent.windows(FILE.len()).any(|part| part == FILE),
            "{}: {:?}",
            profile.family,
            commands(&pair)
        );
    }
}

/// Somebody else's client is no concern of ours, and STOP would end it.
#[test]
fn another_client_is_left_alone() {
    for profile in [Profile::A76XX, Profile::SIM7600, Profile::SIM767X] {
        let mut pair = identified(&profile);
        pair.run(|session| session.bring_up(&plan(&[]))).unwrap();
        pair.restart_host(Config::SIM7028);
        pair.run(|session| session.identify(None)).unwrap();
        let second = Plan {
            id: ClientId::new("second").unwrap(),
            connection: Connection {
                client: 1,
                ..connection()
            },
            ..plan(filters(&["b"]))
        };
        pair.run(|session| session.bring_up(&second)).unwrap();
        pair.run(|session| session.take_down(1)).unwrap();
        assert!(pair.network.broker().is_connected(b"client test0"));
        for command in ["AT+CMQTTSTOP", "AT+CMQTTDISC=0", "AT+CMQTTREL=0"] {
            assert_eq!(count(&pair, command), 0, "{}: {command}", profile.family);
        }
    }
}

/// While a CONNECT that this host gave up may still end, its successor is not sent; it goes out when the bound has passed.
#[test]
fn a_late_result_of_our_own_is_waited_for() {
    for profile in profiles() {
        let mut pair = identified(&profile);
        pair.network.set_latency(Duration::from_secs(65));
        let failure = pair.run(|session| session.bring_up(&plan(&[]))).unwrap_err();
        assert!(
            matches!(failure.cause, Cause::TimedOut(_) | Cause::Refused(_)),
            "{failure:?}"
        );
        pair.network.set_latency(Duration::ZERO);
        let end = pair.run(|session| session.bring_up(&plan(filters(&["a"]))));
        assert_eq!(end, Ok(vec![]), "{}", profile.family);
        publish(&mut pair, "a");
    }
}

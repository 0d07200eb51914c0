//! The session under any switches, with hosts that die at any byte, modems that restart at any moment and networks that
//! fail: requests end, in time, once, and afterwards everything works again.

use std::time::Duration;

use at_proto::Family;
use at_proto::cmqtt::{ClientId, QoS, Topic};
use cmqtt_core::{Config, Connection, Network, Plan, RequestError, RequestId, Session, Will};
use cmqtt_sim::{Profile, SWITCHES};
use cmqtt_tests::pair::{End, Life, Pair};
use cmqtt_tests::plans::{connection, filters, plan, publication};
use proptest::prelude::*;
use proptest::sample::{Index, select};

type Requested = Result<RequestId, RequestError>;

/// What a host wants of the modem, a plan each.
fn plans() -> [Plan<'static>; 4] {
    let wanted = plan(filters(&["a/#"]));
    [
        wanted,
        Plan {
            filters: filters(&["a/#", "b", "c"]),
            ..wanted
        },
        Plan {
            id: ClientId::new("another").unwrap(),
            ..wanted
        },
        Plan {
            will: Some(Will {
                topic: Topic::new("gone").unwrap(),
                message: b"x",
                qos: QoS::AtLeastOnce,
            }),
            tls: Some(cmqtt_core::TlsConfig::unverified(1)),
            ..wanted
        },
    ]
}

/// A modem that is found, gets its network and is brought up, and publishes what comes back.
#[track_caller]
fn works(pair: &mut Pair, plan: &Plan<'_>) {
    // Firmware that answers a SUB in one go hears nothing until the broker has answered.
    eventually(pair, |session| session.identify(None)).expect("found");
    pair.run(|session| session.wait_for_network(&Network::default()))
        .expect("a network");
    pair.run(|session| session.bring_up(plan)).expect("brought up");
    pair.messages.clear();
    let id = loop {
        let publication = publication("a/1", b"payload", QoS::AtLeastOnce);
        match pair.session.client().expect("idle").publish(&publication) {
            // One of ours that was given up has its bound, too.
            Err(RequestError::LateResult { .. }) => pair.wait(Duration::from_secs(20)),
            id => break id.expect("taken"),
        }
    };
    pair.run(|_| Ok(id)).expect("published");
    pair.pass(Duration::from_secs(2));
    assert!(
        pair.messages
            .iter()
            .any(|(_, topic, payload)| (&topic[..], &payload[..]) == (b"a/1", b"payload")),
        "{:?}",
        pair.messages
    );
}

/// Makes a request until it succeeds, a few times.
#[track_caller]
fn eventually(pair: &mut Pair, request: impl Fn(&mut Session<Vec<u8>>) -> Requested) -> End {
    for _ in 0..3 {
        if let Ok(end) = pair.run(&request) {
            return Ok(end);
        }
        pair.wait(Duration::from_secs(60));
    }
    pair.run(request)
}

/// What never happens, whatever does.
#[track_caller]
fn check(pair: &Pair) {
    let heard = pair.heard.escape_ascii().to_string();
    for refused in ["+CMQTTSTOP: 21", "+CMQTTSTOP: 19"] {
        assert!(!heard.contains(refused), "STOP while a client is held");
    }
    // No more work than bytes and seconds give reason for.
    let seconds = usize::try_from(pair.now().as_secs()).unwrap();
    let allowed = 1000 + 4 * (pair.heard.len() + 11_000) + 200 * seconds;
    assert!(pair.polls < allowed, "{} polls in {seconds} s", pair.polls);
}

/// Switches that are what one firmware or another does, or may do.
fn switches() -> impl Strategy<Value = Vec<String>> {
    let words: Vec<String> = SWITCHES
        .iter()
        // A modem that says nothing when it restarts, that refuses what it says it takes, or gives data up: others' tests.
        .filter(|switch| !["boot", "power-off", "empty-payload", "tls-name", "delays"].contains(&switch.name))
        // A modem with which nothing can be published: others' tests, too.
        .filter(|switch| {
            let useless = [
                "cmqtt",
                "sim",
                "registration",
                "address",
                "ccertdown",
                "csslcfg-refused",
            ];
            !useless.contains(&switch.name)
        })
        .flat_map(|switch| {
            let allowed = switch.allowed();
            allowed
                .split(" | ")
                .filter(|word| !word.contains(['<', ',']) && !word.contains(".."))
                .map(|word| format!("{}={word}", switch.name))
                .collect::<Vec<_>>()
        })
        .chain(
            [
                "payload-max=100",
                "rx-chunk=3",
                "disc-timeout=1-180",
                "disc-timeout=100-180",
                "command-delay=0",
                "command-delay=1-2s",
                "service-delay=10s",
                "data-wait=5s",
            ]
            .map(str::to_owned),
        )
        .collect();
    prop::collection::vec(select(words), 0..8)
}

fn profile(family: Family, switches: &[String]) -> Profile {
    let mut profile = Profile::of(family);
    for switch in switches {
        profile.switches.set(switch).unwrap();
    }
    profile
}

fn pair(family: Family, switches: &[String], baud: u32) -> Pair {
    let config = Config {
        baud,
        ..Config::SIM7028
    };
    Pair::new(config, profile(family, switches), Some(baud))
}

/// What happens beside a request.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The host dies when it has sent so much of what it would have.
    HostSends(usize),
    /// The host dies when it has heard so much.
    HostHears(usize),
    /// The modem restarts after so long.
    ModemRestarts(u64),
    /// The caller resets the line.
    LineIsReset(u64),
    /// The network is away for so long.
    NetworkIsAway(u64, u64),
    /// The broker is down for so long.
    BrokerIsDown(u64, u64),
    /// The broker answers after so long.
    BrokerIsSlow(u64),
    /// A URC after so long.
    UrcComes(u64, &'static str),
}

fn faults() -> impl Strategy<Value = Fault> {
    let urcs = vec![
        "+CMQTTCONNLOST: 0,1",
        "+CMQTTCONNLOST: 0,3",
        "+CMQTTNONET",
        "+CGEV: NW PDN DEACT 1",
        "+CEREG: 1",
        "PB DONE",
        "+CMQTTRXSTART: 0,3,",
        "nonsense",
        "+CMQTTPING: 0,1",
    ];
    prop_oneof![
        4 => (1usize..900).prop_map(Fault::HostSends),
        4 => (1usize..1500).prop_map(Fault::HostHears),
        2 => (0u64..8000).prop_map(Fault::ModemRestarts),
        2 => (0u64..8000).prop_map(Fault::LineIsReset),
        1 => (0u64..8000, 0u64..200_000).prop_map(|(after, during)| Fault::NetworkIsAway(after, during)),
        1 => (0u64..8000, 0u64..200_000).prop_map(|(after, during)| Fault::BrokerIsDown(after, during)),
        2 => (0u64..150_000).prop_map(Fault::BrokerIsSlow),
        2 => (0u64..8000, select(urcs)).prop_map(|(after, urc)| Fault::UrcComes(after, urc)),
    ]
}

/// What the host is doing when it happens.
#[derive(Clone, Copy, Debug)]
enum Doing {
    Identify,
    BringUp,
    Publish,
    TakeDown,
}

fn suffer(pair: &mut Pair, config: Config, doing: Doing, plan: &Plan<'_>, fault: Fault) {
    let millis = Duration::from_millis;
    let request = |session: &mut Session<Vec<u8>>| match doing {
        Doing::Identify => session.identify(None),
        Doing::BringUp => session.bring_up(plan),
        Doing::Publish => {
            let publication = publication("a/0", b"lost", QoS::AtLeastOnce);
            session.client()?.publish(&publication)
        }
        Doing::TakeDown => session.take_down(0),
    };
    let life = match fault {
        Fault::HostSends(send) => Life {
            send,
            ..Life::ENDLESS
        },
        Fault::HostHears(hear) => Life {
            hear,
            ..Life::ENDLESS
        },
        _ => Life::ENDLESS,
    };
    if let Fault::BrokerIsSlow(latency) = fault {
        pair.network.set_latency(millis(latency));
    }
    if matches!(doing, Doing::Publish) {
        // A result that is owed is waited for.
        while let Err(RequestError::LateResult { .. }) =
            request(&mut pair.session).map(|id| pair.run(|_| Ok(id)))
        {
            pair.wait(Duration::from_secs(20));
        }
    }
    if life != Life::ENDLESS {
        if pair.run_for_life(life, request).is_none() {
            pair.restart_host(config);
        }
        return;
    }
    let begun = pair.now();
    let id = request(&mut pair.session).expect("taken");
    let mut end = None;
    let after = match fault {
        Fault::ModemRestarts(after)
        | Fault::LineIsReset(after)
        | Fault::NetworkIsAway(after, _)
        | Fault::BrokerIsDown(after, _)
        | Fault::UrcComes(after, _) => after,
        _ => 0,
    };
    end = end.or(pair.wait_for(id, millis(after)));
    let now = pair.now();
    match fault {
        Fault::ModemRestarts(_) => pair.modem.power_cycle(now),
        Fault::LineIsReset(_) => pair.reset(),
        Fault::NetworkIsAway(..) => pair.network.set_network_up(now, false),
        Fault::BrokerIsDown(..) => pair.network.set_broker_up(now, false),
        Fault::UrcComes(_, urc) => pair.modem.inject_line(now, urc.as_bytes()),
        _ => {}
    }
    if let Fault::NetworkIsAway(_, during) | Fault::BrokerIsDown(_, during) = fault {
        end = end.or(pair.wait_for(id, millis(during)));
        let now = pair.now();
        pair.network.set_network_up(now, true);
        pair.network.set_broker_up(now, true);
    }
    if end.is_none() {
        let _ = pair.run(|_| Ok(id));
    }
    pair.network.set_latency(Duration::ZERO);
    // START, what is held, TLS, ACCQ, CONNECT, what an earlier one may take, SUB.
    assert!(
        pair.now() - begun < Duration::from_secs(1500),
        "{:?}",
        pair.now() - begun
    );
}

proptest! {
    #[test]
    fn whatever_happens_it_works_again(
        family in select(Family::ALL.to_vec()),
        switches in switches(),
        baud in select(vec![9600u32, 115_200]),
        doing in select(vec![Doing::Identify, Doing::BringUp, Doing::BringUp, Doing::Publish, Doing::TakeDown]),
        before in any::<Index>(),
        during in any::<Index>(),
        after in any::<Index>(),
        held in any::<bool>(),
        faults in prop::collection::vec(faults(), 1..4),
    ) {
        let plans = plans();
        let mut pair = pair(family, &switches, baud);
        let config = Config { baud, ..Config::SIM7028 };
        pair.run(|session| session.identify(None)).expect("found");
        if held {
            pair.run(|session| session.bring_up(before.get(&plans))).expect("brought up");
        }
        let slow = faults.iter().any(|fault| matches!(fault, Fault::BrokerIsSlow(_)));
        for fault in faults {
            suffer(&mut pair, config, doing, during.get(&plans), fault);
            let now = pair.now();
            pair.network.set_latency(Duration::ZERO);
            pair.network.set_network_up(now, true);
            // What has failed elsewhere has its time.
            pair.wait(Duration::from_secs(5));
        }
        // What a slow broker was told or has said is on its way still.
        pair.wait(Duration::from_secs(if slow { 310 } else { 5 }));
        works(&mut pair, after.get(&plans));
        check(&pair);
    }

    /// Whatever becomes of hosts that look after one client, the other one stays connected.
    #[test]
    fn the_other_client_is_left_alone(
        family in select(vec![Family::A76xx, Family::Sim7600, Family::Sim767x]),
        switches in switches(),
        doing in select(vec![Doing::Identify, Doing::BringUp, Doing::Publish, Doing::TakeDown]),
        before in any::<Index>(),
        during in any::<Index>(),
        after in any::<Index>(),
        held in any::<bool>(),
        faults in prop::collection::vec(
            prop_oneof![
                (1usize..900).prop_map(Fault::HostSends),
                (1usize..1500).prop_map(Fault::HostHears),
                (0u64..8000).prop_map(Fault::LineIsReset),
            ],
            1..4,
        ),
    ) {
        let plans = plans();
        let mut pair = pair(family, &switches, 115_200);
        let other = Plan {
            id: ClientId::new("other").unwrap(),
            connection: Connection { client: 1, ..connection() },
            ..plan(&[])
        };
        pair.run(|session| session.identify(None)).expect("found");
        pair.run(|session| session.bring_up(&other)).expect("brought up");
        if held {
            pair.run(|session| session.bring_up(before.get(&plans))).expect("brought up");
        }
        pair.restart_host(Config::SIM7028);
        for fault in faults {
            suffer(&mut pair, Config::SIM7028, doing, during.get(&plans), fault);
            pair.wait(Duration::from_secs(5));
        }
        works(&mut pair, after.get(&plans));
        eventually(&mut pair, |session| session.take_down(0)).expect("taken down");
        prop_assert!(pair.network.broker().is_connected(b"other"));
        check(&pair);
    }
}

/// The host restarts after every single byte that it has sent, and every fifth that it has heard, of a bring-up and a publish.
fn dies_at_any_byte(family: Family) {
    let helds: &[Option<usize>] = match family {
        Family::Sim7600 | Family::Sim7028 => &[None, Some(0), Some(2)],
        _ => &[None],
    };
    for &held in helds {
        let plans = plans();
        let wanted = &plans[1];
        for hears in [false, true] {
            for bytes in (1..).step_by(if hears { 5 } else { 1 }) {
                let mut pair = pair(family, &[], 115_200);
                pair.run(|session| session.identify(None)).unwrap();
                if let Some(held) = held {
                    pair.run(|session| session.bring_up(&plans[held])).unwrap();
                }
                let life = if hears {
                    Life {
                        hear: bytes,
                        ..Life::ENDLESS
                    }
                } else {
                    Life {
                        send: bytes,
                        ..Life::ENDLESS
                    }
                };
                let Some(end) = pair.run_for_life(life, |session| session.bring_up(wanted)) else {
                    pair.restart_host(Config::SIM7028);
                    works(&mut pair, wanted);
                    check(&pair);
                    continue;
                };
                end.unwrap();
                break;
            }
        }
    }
    for hears in [false, true] {
        for bytes in (1..).step_by(if hears { 5 } else { 1 }) {
            let mut pair = pair(family, &[], 115_200);
            works(&mut pair, &plans()[0]);
            let life = if hears {
                Life {
                    hear: bytes,
                    ..Life::ENDLESS
                }
            } else {
                Life {
                    send: bytes,
                    ..Life::ENDLESS
                }
            };
            let ended = pair.run_for_life(life, |session| {
                let publication = publication("a/0", b"lost", QoS::AtLeastOnce);
                session.client()?.publish(&publication)
            });
            if ended.is_some() {
                break;
            }
            pair.restart_host(Config::SIM7028);
            works(&mut pair, &plans()[0]);
            check(&pair);
        }
    }
}

#[test]
fn a_host_that_dies_at_any_byte_of_a_sim7028_is_followed_by_one_that_works() {
    dies_at_any_byte(Family::Sim7028);
}

#[test]
fn a_host_that_dies_at_any_byte_of_a_sim7022_is_followed_by_one_that_works() {
    dies_at_any_byte(Family::Sim7022);
}

#[test]
fn a_host_that_dies_at_any_byte_of_an_a76xx_is_followed_by_one_that_works() {
    dies_at_any_byte(Family::A76xx);
}

#[test]
fn a_host_that_dies_at_any_byte_of_a_sim7600_is_followed_by_one_that_works() {
    dies_at_any_byte(Family::Sim7600);
}

#[test]
fn a_host_that_dies_at_any_byte_of_a_sim767x_is_followed_by_one_that_works() {
    dies_at_any_byte(Family::Sim767x);
}

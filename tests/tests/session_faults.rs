//! The session where things go wrong: hosts and modems that restart in the middle, commands of before that are still
//! under way, files and lines that were left half done.

use std::time::Duration;

use at_proto::MqttVersion;
use at_proto::cmqtt::{ClientId, QoS, Topic};
use at_proto::network::Pin;
use at_proto::tls::{Configure, FileName, Setting};
use at_proto::{Family, Refusal};
use cmqtt_core::{
    Cause, Config, Connection, Event, Instant, Network, Output, Plan, Progress, Session, Storage, TlsConfig,
    TlsVersion,
};
use cmqtt_sim::{Direction, Profile, Sim};
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

/// Ten thousand bytes take ten seconds on a slow line: the answer behind them is not late, and must not be taken for the
/// next command's.
#[test]
fn a_modem_in_data_mode_is_found_on_a_slow_line() {
    for baud in [2400, 9600] {
        let config = Config {
            baud,
            ..Config::SIM7028
        };
        let mut pair = Pair::new(config, Profile::SIM7600, Some(baud));
        pair.run(|session| session.identify(None)).unwrap();
        pair.run(|session| session.bring_up(&plan(&[]))).unwrap();
        let now = pair.now();
        pair.wire.send(now, Direction::ToModem, b"AT+CMQTTTOPIC=0,1000\r");
        pair.pass(Duration::from_secs(1));
        pair.restart_host(config);
        pair.run(|session| session.identify(None)).unwrap();
        assert_eq!(pair.session.family(), Family::Sim7600);
        // Every answer belongs to its command: nothing is left over.
        assert_eq!(count(&pair, "AT+CSQ"), 1, "{baud}");
        pair.run(|session| session.bring_up(&plan(filters(&["a"]))))
            .unwrap();
        publish(&mut pair, "a");
    }
}

const NOT_READY: &[u8] = b"\r\n+CPIN: NOT READY\r\n\r\nOK\r\n";

fn session() -> Session<Vec<u8>> {
    let storage = Storage::new(vec![0; 512], vec![0; 512], vec![0; 2048], vec![0; 512]).unwrap();
    Session::new(Config::SIM7028, storage, vec![0; 512])
}

/// Everything that a session wants until it waits: how many bytes it sends, and how requests ended.
fn poll(session: &mut Session<Vec<u8>>, now: Instant) -> (usize, Vec<Result<(), Cause>>) {
    let (mut sent, mut ends) = (0, Vec::new());
    loop {
        match session.poll() {
            Output::Transmit(bytes) => {
                let len = bytes.len();
                sent += len;
                session.handle_transmitted(now, len);
            }
            Output::Event(Event::Done { .. }) => ends.push(Ok(())),
            Output::Event(Event::Failed { failure, .. }) => ends.push(Err(failure.cause)),
            Output::Event(_) => {}
            Output::Wait(_) => return (sent, ends),
        }
    }
}

/// A reset ends the request, whatever it is at and whatever has come of it.
#[test]
fn a_reset_ends_the_request_at_every_moment() {
    let now = Instant::ZERO;
    // The first AT has not been answered: nothing is asked again.
    let mut waiting = session();
    waiting.identify(None).unwrap();
    poll(&mut waiting, now);
    waiting.handle_reset(now);
    assert_eq!(poll(&mut waiting, now), (0, vec![Err(Cause::Reset)]));
    assert!(waiting.is_idle());

    // Nothing of it has gone yet.
    let mut begun = session();
    begun.identify(None).unwrap();
    begun.handle_reset(now);
    assert_eq!(poll(&mut begun, now), (0, vec![Err(Cause::Reset)]));
    assert!(begun.is_idle());

    // The answer lies there and was not polled.
    let mut answered = session();
    answered.identify(None).unwrap();
    poll(&mut answered, now);
    assert_eq!(answered.handle_received(now, b"\r\nOK\r\n"), 6);
    answered.handle_reset(now);
    assert_eq!(poll(&mut answered, now), (0, vec![Err(Cause::Reset)]));
    assert!(answered.is_idle());

    // A pause between two questions.
    let mut pausing = session();
    pausing.wait_for_network(&Network::default()).unwrap();
    poll(&mut pausing, now);
    assert_eq!(pausing.handle_received(now, NOT_READY), NOT_READY.len());
    assert_eq!(poll(&mut pausing, now), (0, vec![]));
    pausing.handle_reset(now);
    assert_eq!(poll(&mut pausing, now), (0, vec![Err(Cause::Reset)]));
    assert!(pausing.is_idle());
}

/// A modem that restarts between two questions has forgotten what they are about.
#[test]
fn a_restart_in_a_pause_ends_the_request() {
    let now = Instant::ZERO;
    let mut pausing = session();
    pausing.wait_for_network(&Network::default()).unwrap();
    poll(&mut pausing, now);
    assert_eq!(pausing.handle_received(now, NOT_READY), NOT_READY.len());
    poll(&mut pausing, now);
    assert_eq!(pausing.handle_received(now, b"\r\nRDY\r\n"), 7);
    assert_eq!(poll(&mut pausing, now), (0, vec![Err(Cause::Restarted)]));
    assert!(pausing.is_idle());
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

/// A client that was acquired just now has no CONNECT of before: what the modem refuses, it refuses.
#[test]
fn a_connect_that_is_not_supported_fails_at_once() {
    let mut pair = identified(&Profile::SIM7028);
    // A context that does not exist: the modem says 13 where TLS is not there, and any code otherwise.
    pair.network
        .set_host_fault("test.mosquitto.org", Some(cmqtt_sim::ConnectError::Closed));
    let begun = pair.now();
    let failure = pair.run(|session| session.bring_up(&plan(&[]))).unwrap_err();
    assert!(
        matches!(failure.cause, Cause::Refused(Refusal::Code(_))),
        "{failure:?}"
    );
    assert!(pair.now() - begun < Duration::from_secs(10));
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

/// Three wrong PINs block the SIM. A program that tries again and again does not use them up.
#[test]
fn a_pin_that_was_wrong_is_not_given_again() {
    let mut pair = identified(&Profile::SIM7028);
    pair.modem.set_sim(Sim::Locked { pin: "1234".into() });
    let network = |pin| Network {
        pin: Some(Pin::new(pin).unwrap()),
        ..Network::default()
    };
    for _ in 0..4 {
        pair.run(|session| session.wait_for_network(&network("0000")))
            .unwrap_err();
    }
    assert_eq!(count(&pair, "AT+CPIN="), 1);
    pair.run(|session| session.wait_for_network(&network("1234")))
        .unwrap();
    assert_eq!(count(&pair, "AT+CPIN="), 2);
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

/// What the will is, the modem does not tell; a plan with one is never adopted.
#[test]
fn a_message_of_qos_0_1_and_2_goes_out_after_an_adoption() {
    for profile in profiles() {
        let mut pair = identified(&profile);
        let wanted = plan(filters(&["a"]));
        pair.run(|session| session.bring_up(&wanted)).unwrap();
        pair.run(|session| session.bring_up(&wanted)).unwrap();
        assert!(told(&pair, Progress::Adopted { client: 0 }), "{}", profile.family);
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let publication = cmqtt_core::Publication {
                client: 0,
                topic: Topic::new("a").unwrap(),
                payload: b"x",
                qos,
                retain: false,
                timeout: 60,
            };
            pair.ask(|client| client.publish(&publication)).unwrap();
        }
        pair.pass(Duration::from_secs(1));
        assert_eq!(pair.messages.len(), 3, "{}", profile.family);
    }
}

/// A modem that is busy for a while takes every probe meanwhile and answers them all when it is done: none of these answers
/// is the next command's.
#[test]
fn a_modem_that_answers_late_answers_every_probe() {
    for wait in [15, 25, 40, 70] {
        let mut profile = Profile::SIM7028;
        profile.switches.set("sub-success=result-first").unwrap();
        let mut pair = identified(&profile);
        pair.run(|session| session.bring_up(&plan(&[]))).unwrap();
        pair.network.set_latency(Duration::from_secs(wait));
        pair.run(|session| session.bring_up(&plan(filters(&["a"]))))
            .unwrap_err();
        pair.network.set_latency(Duration::ZERO);
        let _ = pair.run(|session| session.identify(None));
        pair.pass(Duration::from_secs(60));
        pair.run(|session| session.identify(None)).unwrap();
        pair.run(|session| session.wait_for_network(&Network::default()))
            .unwrap_or_else(|failure| panic!("after {wait} s: {failure}"));
    }
}

/// A session whose memories are so large.
fn with_memories(received: usize, information: usize, plan: usize) -> Session<Vec<u8>> {
    let storage = Storage::new(
        vec![0; received],
        vec![0; 512],
        vec![0; 2048],
        vec![0; information],
    );
    Session::new(Config::SIM7028, storage.unwrap(), vec![0; plan])
}

/// Answers that do not fit count as no answers: nothing is adopted by half a line, and nothing is stopped.
#[test]
fn little_memory_makes_more_work_and_no_mistakes() {
    for profile in profiles() {
        for information in [0, 1, 16, 32, 64, 128] {
            let mut pair = identified(&profile);
            let wanted = plan(filters(&["a"]));
            pair.session = with_memories(512, information, 512);
            pair.run(|session| session.identify(Some(profile.family)))
                .unwrap();
            for again in [false, true] {
                let end = pair.run(|session| session.bring_up(&wanted));
                // Two lines that tell who is connected have to fit before what is there can be taken over.
                assert!(
                    end.is_ok() || (again && information < 32),
                    "{} {information}: {end:?}",
                    profile.family
                );
                publish(&mut pair, "a");
            }
            let _ = pair.run(|session| session.take_down(0));
            let heard = pair.heard.escape_ascii().to_string();
            assert!(!heard.contains("+CMQTTSTOP: 21") && !heard.contains("+CMQTTSTOP: 19"));
        }
    }
}

/// A plan is kept whole or refused whole, and the one of before stays.
#[test]
fn a_plan_that_does_not_fit_is_refused() {
    let wanted = plan(filters(&["a", "b"]));
    let mut fits = None;
    for memory in 0..200 {
        let mut session = with_memories(512, 512, memory);
        match session.bring_up(&wanted) {
            Ok(_) => fits = fits.or(Some(memory)),
            Err(cmqtt_core::RequestError::NoRoomForPlan { needed, capacity }) => {
                assert!(capacity == memory && needed > memory && fits.is_none());
                assert!(session.is_idle());
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(
        fits,
        Some("client test0".len() + "tcp://test.mosquitto.org:1883".len() + 2 * 4)
    );
}

/// A modem that answers every command with this, but those that begin so.
fn answered(session: &mut Session<Vec<u8>>, answers: &[(&str, &str)], other: &str) -> Result<(), Cause> {
    let mut now = Instant::ZERO;
    for _ in 0..2000 {
        let mut said = Vec::new();
        loop {
            match session.poll() {
                Output::Transmit(bytes) => {
                    said.extend_from_slice(bytes);
                    let len = bytes.len();
                    session.handle_transmitted(now, len);
                }
                Output::Event(Event::Done { .. }) => return Ok(()),
                Output::Event(Event::Failed { failure, .. }) => return Err(failure.cause),
                Output::Event(_) => {}
                Output::Wait(deadline) => {
                    if said.is_empty() {
                        now = deadline.expect("it waits for something").at;
                        session.handle_timeout(now);
                    }
                    break;
                }
            }
        }
        let line = String::from_utf8(said).unwrap();
        if line.is_empty() {
            continue;
        }
        let answer = answers
            .iter()
            .find(|(command, _)| line.starts_with(command))
            .map_or(other, |(_, answer)| answer);
        let mut bytes = answer.as_bytes();
        while !bytes.is_empty() {
            let taken = session.handle_received(now, bytes);
            bytes = &bytes[taken..];
            if taken == 0 {
                let _ = session.poll();
            }
        }
    }
    panic!("a request that never ends");
}

const OK: &str = "\r\nOK\r\n";
const SIGNAL: (&str, &str) = ("AT+CSQ", "\r\n+CSQ: 20,0\r\n\r\nOK\r\n");

/// Firmware that knows none of the questions is taken for what the configuration says.
#[test]
fn firmware_that_knows_no_question_is_found() {
    for refusal in [
        "\r\nERROR\r\n",
        "\r\n+CME ERROR: unknown\r\n",
        "\r\n+CME ERROR: 100\r\n",
    ] {
        let mut session = session();
        session.identify(None).unwrap();
        let end = answered(&mut session, &[("AT\r", OK), SIGNAL], refusal);
        assert_eq!(end, Ok(()));
        assert_eq!(session.family(), Family::Sim7028);
        // It says nothing of its registration: that is waited for, and its end says that nothing was said.
        session.wait_for_network(&Network::default()).unwrap();
        let ready = ("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n");
        assert_eq!(
            answered(&mut session, &[ready], refusal),
            Err(Cause::NotRegistered(None))
        );
        // What is attached, and which address there is, it need not know.
        session.wait_for_network(&Network::default()).unwrap();
        let registered = ("AT+CGREG?", "\r\n+CGREG: 0,5\r\n\r\nOK\r\n");
        assert_eq!(answered(&mut session, &[ready, registered], refusal), Ok(()));
    }
}

/// A SIM that is blocked is no place for a PIN.
#[test]
fn a_blocked_sim_is_left_alone() {
    let mut session = session();
    session
        .wait_for_network(&Network {
            pin: Some(Pin::new("1234").unwrap()),
            ..Network::default()
        })
        .unwrap();
    let blocked = ("AT+CPIN?", "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n");
    let end = answered(&mut session, &[blocked], "a line that nobody may ask for\r\n");
    assert_eq!(end, Err(Cause::PukRequired));
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

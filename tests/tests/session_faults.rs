//! The session where things go wrong: lines that are slow or reset, modems that restart or answer late, firmware that knows
//! little, memory that is small.

use std::time::Duration;

use at_proto::network::Pin;
use at_proto::{Family, Refusal};
use cmqtt_core::{
    Cause, Config, Event, Instant, Network, Output, Progress, RequestError, Session, Storage, WaitReason,
};
use cmqtt_sim::{Direction, Profile, Sim};
use cmqtt_tests::pair::Pair;
use cmqtt_tests::plans::{commands, filters, plan, publish};

fn identified(profile: &Profile) -> Pair {
    let mut pair = Pair::new(Config::SIM7028, profile.clone(), Some(115_200));
    pair.run(|session| session.identify(None)).unwrap();
    pair
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
    Session::new(Config::SIM7028, storage, vec![0; 512], Vec::new())
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
        while pair.run(|session| session.identify(None)).is_err() {}
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
    Session::new(Config::SIM7028, storage.unwrap(), vec![0; plan], Vec::new())
}

/// Answers that do not fit count as no answers: nothing is adopted by half a line, and nothing is stopped.
#[test]
fn little_memory_makes_more_work_and_no_mistakes() {
    for profile in Family::ALL.map(Profile::of) {
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
            Err(RequestError::NoRoomForPlan { needed, capacity }) => {
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
                Output::Event(Event::Progress(Progress::StillBusy { .. })) => {
                    panic!("nobody else is at work")
                }
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

/// A client that was acquired just now has no CONNECT of before: what the modem refuses, it refuses.
#[test]
fn a_connect_that_is_not_supported_fails_at_once() {
    let refused = "\r\n+CMQTTCONNECT: 0,13\r\n\r\nERROR\r\n";
    let answers = [
        ("AT+CMQTTACCQ?", "\r\nERROR\r\n"),
        ("AT+CMQTTSTART", "\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n"),
        ("AT+CMQTTCONNECT=0", refused),
    ];
    let mut session = session();
    session.bring_up(&plan(&[])).unwrap();
    let end = answered(&mut session, &answers, OK);
    assert_eq!(end, Err(Cause::Refused(Refusal::Code(13))));
}

/// A PIN whose answer never came may have been a wrong one.
#[test]
fn a_pin_without_an_answer_is_not_given_again() {
    let locked = ("AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n");
    let mut session = session();
    let network = Network {
        pin: Some(Pin::new("1234").unwrap()),
        ..Network::default()
    };
    session.wait_for_network(&network).unwrap();
    let end = answered(&mut session, &[locked, ("AT+CPIN=", ""), SIGNAL], OK);
    assert_eq!(end, Err(Cause::TimedOut(WaitReason::FinalResult)));
    session.wait_for_network(&network).unwrap();
    let end = answered(&mut session, &[locked, SIGNAL], "a PIN that nobody may give\r\n");
    assert_eq!(end, Err(Cause::PinNotAccepted));
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

/// A SUB that was given up still owes its result, which looks like the next one's: that is waited for, and no longer.
#[test]
fn the_late_result_of_a_sub_is_waited_for() {
    let mut pair = identified(&Profile::SIM7028);
    pair.run(|session| session.bring_up(&plan(&[]))).unwrap();
    pair.network.set_latency(Duration::from_secs(40));
    let wanted = plan(filters(&["a"]));
    let begun = pair.now();
    pair.begin(|session| session.bring_up(&wanted), Duration::from_secs(30));
    pair.reset();
    pair.wait(Duration::from_secs(1));
    pair.run(|session| session.bring_up(&wanted)).unwrap();
    assert!(pair.now() - begun > Duration::from_secs(130));
    pair.network.set_latency(Duration::ZERO);
    pair.wait(Duration::from_secs(80));
    publish(&mut pair, "a");
    pair.pass(Duration::from_secs(1));
    assert_eq!(pair.messages.len(), 1);
}

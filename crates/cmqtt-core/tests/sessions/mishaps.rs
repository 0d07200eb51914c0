//! Answers that get lost, restarts that are cut short, and what a session must not make of them.

use std::time::Duration;

use at_proto::network::Pin;
use cmqtt_core::{
    Cause, Config, Healing, Network, OnUnknown, Overflow, Publication, RequestError, Session, Storage,
};

use crate::script::{ERROR, OK, Script, cause, message, plan};

const SECOND: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_millis(100);
const READY: &str = "\r\n+CPIN: READY\r\n\r\nOK\r\n";
const LOCKED: &str = "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n";

/// A modem that had to be restarted, and is restarting now.
fn restarting() -> Script {
    let mut script = Script::new();
    script.says("AT+CPIN?", ["\r\n+CME ERROR: 10\r\n"]);
    script.keep(&plan());
    for _ in 0..36_000 {
        if script.count("AT+CRESET") > 0 {
            break;
        }
        script.wait(MOMENT);
    }
    assert_eq!(script.count("AT+CRESET"), 1, "{:?}", script.lines);
    script.says("AT+CPIN?", [READY]);
    script
}

/// As that of every modem on USB does. What helped is not done again.
#[test]
fn a_port_that_goes_away_with_the_restart_does_not_begin_it_anew() {
    let mut script = restarting();
    for _ in 0..2 {
        script.wait(MOMENT);
        script.session.handle_reset(script.now);
    }
    script.wait(60 * SECOND);
    assert_eq!(script.count("AT+CRESET"), 1, "{:?}", script.lines);
    assert_eq!(script.told(), ["Connected { client: 0 }"]);
}

/// It says that the network is gone while it shuts down, and still answers for a moment.
#[test]
fn a_line_on_the_way_down_does_not_begin_the_restart_anew() {
    let mut script = restarting();
    script.hear("\r\n+CEREG: 0\r\n");
    script.wait(5 * SECOND);
    script.hear("\r\nRDY\r\n");
    script.wait(60 * SECOND);
    assert_eq!(script.count("AT+CRESET"), 1, "{:?}", script.lines);
    assert_eq!(script.told(), ["Connected { client: 0 }"]);
}

/// To have waited for a result that is owed is no success: what it was owed for is asked again.
#[test]
fn a_start_that_is_owed_is_no_connection() {
    let mut script = Script::new();
    script.says("AT+CMQTTACCQ?", [ERROR]);
    script.says("AT+CMQTTSTART", [OK, "\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n"]);
    let first = script.run(|session| session.bring_up(&plan()));
    assert!(matches!(cause(first), Some(Cause::TimedOut(_))), "{first:?}");
    assert_eq!(script.run(|session| session.bring_up(&plan())), Ok(()));
    assert_eq!(script.count("AT+CMQTTSTART"), 2);
    assert_eq!(script.count("AT+CMQTTCONNECT=0"), 1);
}

#[test]
fn a_disconnection_that_is_owed_is_asked_for_again() {
    let mut script = Script::new();
    script.holds("another", true);
    script.says("AT+CMQTTDISC=0", [OK, "\r\nOK\r\n\r\n+CMQTTDISC: 0,0\r\n"]);
    let first = script.run(|session| session.bring_up(&plan()));
    assert!(matches!(cause(first), Some(Cause::TimedOut(_))), "{first:?}");
    assert_eq!(script.run(|session| session.bring_up(&plan())), Ok(()));
    assert_eq!(script.count("AT+CMQTTDISC=0"), 2);
}

/// The `OK` to it was lost, and weeks later the modem restarts.
#[test]
fn a_pin_that_unlocked_the_sim_may_be_given_again() {
    let pin = Pin::new("1234").expect("a PIN");
    let network = Network {
        pin: Some(pin),
        ..Network::default()
    };
    let mut script = Script::new();
    script.says("AT+CPIN=", [""]).says("AT+CPIN?", [LOCKED, READY]);
    let first = script.run(|session| session.wait_for_network(&network));
    assert!(matches!(cause(first), Some(Cause::TimedOut(_))), "{first:?}");
    assert_eq!(script.run(|session| session.wait_for_network(&network)), Ok(()));
    script.says("AT+CPIN=", [OK]).says("AT+CPIN?", [LOCKED, READY]);
    assert_eq!(script.run(|session| session.wait_for_network(&network)), Ok(()));
    assert_eq!(script.count("AT+CPIN="), 2);
}

#[test]
fn what_is_kept_keeps_its_pin() {
    let mut script = Script::new();
    script.keep(&plan());
    script.wait(20 * SECOND);
    let other = script.session.wait_for_network(&Network::default());
    assert_eq!(other, Err(RequestError::Keeping));
}

/// Nothing is given up for a message that would find no room even so.
#[test]
fn the_oldest_give_way_only_if_that_is_enough() {
    let mut script = Script::new();
    let healing = Healing {
        overflow: Overflow::DropOldest,
        ..Healing::new(7)
    };
    let kept = script.session.keep(&plan(), &Network::default(), &healing);
    assert_eq!(kept, Ok(()));
    let mut deliver = |payload: &[u8]| {
        let publication = Publication {
            payload,
            ..message("a")
        };
        script.session.deliver(&publication, OnUnknown::ByQos)
    };
    for _ in 0..9 {
        assert!(deliver(b"x").is_ok());
    }
    let large = deliver(&[b'x'; 180]);
    assert!(matches!(large, Err(RequestError::QueueFull { .. })), "{large:?}");
    script.says("AT", [""]);
    script.wait(SECOND);
    assert_eq!(script.ends, []);
}

/// A digit too many in what the modem states is enough for that.
#[test]
fn a_message_too_long_for_the_queue_is_refused_and_not_cut() {
    let storage = Storage::new(vec![0; 1024], vec![0; 1024], vec![0; 100_000], vec![0; 2048]);
    let mut script = Script::new();
    let storage = storage.expect("it is enough");
    script.session = Session::new(Config::SIM7028, storage, vec![0; 4096], vec![0; 200_000]);
    let range = "\r\n+CMQTTPAYLOAD: (0-0),(1-102400)\r\n\r\nOK\r\n";
    script.says("AT+CMQTTPAYLOAD=?", [range]);
    script.keep(&plan());
    script.wait(20 * SECOND);
    let payload = vec![b'x'; 70_000];
    let long = Publication {
        payload: &payload,
        ..message("a")
    };
    let refused = script.session.deliver(&long, OnUnknown::ByQos);
    assert!(
        matches!(refused, Err(RequestError::OutOfRange { value: 70_000, .. })),
        "{refused:?}"
    );
    assert!(script.session.deliver(&message("b"), OnUnknown::ByQos).is_ok());
    script.wait(10 * SECOND);
    assert_eq!(delivered(&script), 1, "{:?}", script.lines);
}

/// It takes 2 minutes there (the sibling manual's START).
#[test]
fn a_service_that_still_starts_is_waited_for_and_the_version_stays_as_it_was_chosen() {
    let mut script = Script::with(Config::SIM7600);
    script.says("AT+CMQTTSTART", [ERROR]);
    script.says("AT+CMQTTACCQ?", [ERROR, ERROR, OK]);
    script.says("AT+CMQTTACCQ=0", [ERROR, ERROR, OK]);
    assert_eq!(script.run(|session| session.bring_up(&plan())), Ok(()));
    let acquired: Vec<_> = script
        .lines
        .iter()
        .filter(|line| line.starts_with("AT+CMQTTACCQ=0"))
        .collect();
    assert!(
        acquired.iter().all(|line| line.ends_with(",0,4")) && acquired.len() > 1,
        "{acquired:?}"
    );
    let mut script = Script::with(Config::SIM7600);
    script
        .says("AT+CMQTTSTART", [ERROR])
        .says("AT+CMQTTACCQ", [ERROR]);
    let begun = script.now;
    assert!(script.run(|session| session.bring_up(&plan())).is_err());
    let waited = script.now.saturating_duration_since(begun);
    assert!(waited >= Config::SIM7600.service_budget, "{waited:?}");
}

/// It would lock every message out.
#[test]
fn a_range_that_lost_a_digit_is_asked_for_again_and_one_that_stands_is_believed() {
    for (said, believed) in [
        ([10, 10240, 10240], 10240),
        ([512, 512, 10240], 512),
        ([10, 20, 512], 512),
    ] {
        let mut script = Script::new();
        let said = said.map(|most| format!("\r\n+CMQTTPAYLOAD: (0-0),(1-{most})\r\n\r\nOK\r\n"));
        let [first, second, third] = &said;
        script.says("AT+CMQTTPAYLOAD=?", [first, second, third]);
        assert_eq!(script.run(|session| session.bring_up(&plan())), Ok(()));
        assert_eq!(script.session.limits().payload_len.max(), believed);
    }
    // A modem that says something else each time is not asked for ever.
    let mut script = Script::new();
    let said = [10, 20, 30, 40].map(|most| format!("\r\n+CMQTTPAYLOAD: (0-0),(1-{most})\r\n\r\nOK\r\n"));
    script.says("AT+CMQTTPAYLOAD=?", said.each_ref().map(String::as_str));
    assert_eq!(script.run(|session| session.bring_up(&plan())), Ok(()));
    assert_eq!(script.session.limits().payload_len.max(), 30);
}

/// A digit of a range gets lost: what was accepted is not given up for that.
#[test]
fn a_message_that_waits_outlives_a_damaged_range() {
    let mut script = Script::kept();
    let range = |most| format!("\r\n+CMQTTPAYLOAD: (0-0),(1-{most})\r\n\r\nOK\r\n");
    let publication = Publication {
        payload: &[b'x'; 100],
        ..message("a")
    };
    script
        .session
        .deliver(&publication, OnUnknown::ByQos)
        .expect("there is room");
    // The modem restarts before it is delivered.
    script.says("AT+CMQTTPAYLOAD=?", [&range(10), &range(10), &range(10240)]);
    script.hear("\r\nRDY\r\n");
    script.wait(60 * SECOND);
    assert_eq!((delivered(&script), &script.ends[..]), (1, &[][..]));
}

/// What the modem took a moment ago it takes no more: the message is not tried for ever.
#[test]
fn a_message_that_a_modem_takes_no_more_fails() {
    let mut script = Script::kept();
    let publication = Publication {
        payload: &[b'x'; 100],
        ..message("a")
    };
    let id = script
        .session
        .deliver(&publication, OnUnknown::ByQos)
        .expect("there is room");
    script.says(
        "AT+CMQTTPAYLOAD=?",
        ["\r\n+CMQTTPAYLOAD: (0-0),(1-10)\r\n\r\nOK\r\n"],
    );
    script.hear("\r\nRDY\r\n");
    script.wait(120 * SECOND);
    let [(failed, Err(failure))] = &script.ends[..] else {
        panic!("{:?}", script.ends)
    };
    assert_eq!(*failed, id);
    assert!(
        matches!(
            failure.cause,
            Cause::NotSent(RequestError::OutOfRange { value: 100, .. })
        ),
        "{failure}"
    );
}

/// Every CONNECT succeeds, and no PUB: that is no connection, and the modem is restarted for it in the end.
#[test]
fn a_modem_that_connects_and_publishes_nothing_is_restarted() {
    let mut script = Script::kept();
    script.says("AT+CMQTTPUB=0", ["\r\n+CMQTTPUB: 0,11\r\n\r\nERROR\r\n"]);
    for _ in 0..360 {
        if !script.session.is_delivering() {
            script.deliver("a");
        }
        script.wait(10 * SECOND);
        if script.count("AT+CRESET") > 0 {
            return;
        }
    }
    panic!("{:?}", script.told());
}

/// A restart in silence shows in the middle of the next attempt: what was owed before is not waited for after it.
#[test]
fn nothing_is_held_back_for_a_result_that_a_restart_has_wiped_out() {
    let mut script = Script::kept();
    script.says("AT+CMQTTPUB=0", [OK, "\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n"]);
    script.deliver("a");
    // Until the publish is given up and the connection looked for.
    script.wait(75 * SECOND);
    assert_eq!(
        script.count("AT+CMQTTDISC?"),
        1,
        "{:?} {:?}",
        script.lines,
        script.deadline
    );
    script
        .says("AT+CMQTTACCQ?", [ERROR])
        .says("AT+CMQTTDISC?", [ERROR, "\r\n+CMQTTDISC: 0,0\r\n\r\nOK\r\n"]);
    script.wait(90 * SECOND);
    assert_eq!(script.count("AT+CMQTTCONNECT=0"), 1, "{:?}", script.lines);
    assert_eq!(delivered(&script), 1, "{:?}", script.lines);
}

/// Found after a reset, a modem is first brought back into step.
#[test]
fn a_modem_that_does_not_answer_is_given_up_within_what_was_announced() {
    for reset in [false, true] {
        let mut script = Script::new();
        script.says("AT", [""]);
        if reset {
            script.session.handle_reset(script.now);
        }
        let begun = script.now;
        assert!(script.run(|session| session.identify(None)).is_err());
        let took = script.now.saturating_duration_since(begun);
        let announced = script.progress.iter().find_map(|progress| match progress {
            cmqtt_core::Progress::Step { budget, .. } => Some(*budget),
            _ => None,
        });
        assert!(Some(took) <= announced, "{took:?} of {announced:?}");
    }
}

/// It says that it has booted, and answers nothing for some seconds.
#[test]
fn a_modem_that_boots_while_it_is_looked_for_is_waited_for() {
    let mut script = Script::new();
    script.says("AT", [""]);
    let id = script.begin(|session| session.identify(None));
    script.wait(SECOND);
    script.hear("\r\n*ATREADY: 1\r\n");
    script.wait(10 * SECOND);
    assert_eq!(script.ends, []);
    script.answers_again("AT");
    script.wait(20 * SECOND);
    assert_eq!(script.ends, [(id, Ok(()))]);
    // It is in no data mode, of which it would have to be brought out.
    assert!(
        script.lines.iter().all(|line| line.starts_with("AT")),
        "{:?}",
        script.lines
    );
}

fn delivered(script: &Script) -> usize {
    let told = script.told();
    told.iter().filter(|told| told.starts_with("Delivered")).count()
}

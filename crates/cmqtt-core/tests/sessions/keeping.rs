//! A client that is kept: what is told of it and when, and what becomes of its messages.

use std::time::Duration;

use at_proto::Refusal;
use at_proto::cmqtt::{ClientId, QoS, Topic};
use cmqtt_core::{
    Cause, Config, Connection, Effect, Healing, Network, OnUnknown, Plan, Publication, RequestError, Will,
};

use crate::bring_up::SAME;
use crate::script::{ERROR, OK, Script, connection, filters, message, plan};

const SECOND: Duration = Duration::from_secs(1);

/// What the modem says of its own accord about this client is told at once, with its reason; what it says about another
/// changes nothing.
#[test]
fn a_loss_is_told_when_the_modem_tells_it() {
    for (said, why) in [
        ("\r\n+CMQTTCONNLOST: 0,1\r\n", "Connection(ClosedByPeer)"),
        ("\r\n+CMQTTNONET\r\n", "NoNetwork"),
        ("\r\n+CMQTTPING: 0,7\r\n", "KeepAlive(ResultCode(7))"),
        ("\r\n+CGEV: NW PDN DEACT 1\r\n", "Deactivated"),
        ("\r\nRDY\r\n", "Restarted"),
    ] {
        let mut script = Script::kept();
        script.hear(said);
        let lost = format!("Lost {{ client: 0, why: {why} }}");
        assert_eq!(script.told(), ["Connected { client: 0 }", &lost]);
        assert!(!script.session.is_connected() && script.session.is_keeping());
        script.wait(10 * SECOND);
        assert!(
            script.told()[2].starts_with("Restored { client: 0, "),
            "{:?}",
            script.told()
        );
        assert!(script.session.is_connected());
    }
    for said in [
        "\r\n+CMQTTCONNLOST: 1,1\r\n",
        "\r\n+CMQTTPING: 1,7\r\n",
        "\r\n+CEREG: 1\r\n",
        "\r\n+CGEV: ME PDN ACT 1\r\n",
    ] {
        let mut script = Script::kept();
        script.hear(said).wait(10 * SECOND);
        assert_eq!(script.told(), ["Connected { client: 0 }"], "{said:?}");
        assert!(script.session.is_connected());
        assert_eq!(script.lines, [""; 0], "nobody is asked: {said:?}");
    }
}

/// Whether a client is kept, and whether it is connected, are two questions.
#[test]
fn kept_and_connected_are_told_apart() {
    let mut script = Script::new();
    let states = |script: &Script| (script.session.is_keeping(), script.session.is_connected());
    assert_eq!(states(&script), (false, false));
    script.run(|session| session.bring_up(&plan())).unwrap();
    assert_eq!(states(&script), (false, false), "nobody keeps it");
    script.hear("\r\n+CMQTTCONNLOST: 0,1\r\n");
    script.keep(&plan());
    assert_eq!(states(&script), (true, false));
    script.wait(10 * SECOND);
    assert_eq!(states(&script), (true, true));
    script.session.let_go();
    assert_eq!(states(&script), (false, false));
    script.wait(1000 * SECOND);
    assert_eq!(script.count("AT+CMQTTDISC?"), 0, "nobody looks after it");
}

/// What was let go ends with the command that it is at: nothing more is sent, whatever comes of it.
#[test]
fn what_is_let_go_asks_for_nothing_more() {
    for silent in ["AT\r", "ATE0", "AT+CPIN?", "AT+CMQTTACCQ?", "AT+CMQTTCONNECT=0"] {
        let mut script = Script::new();
        script.says(silent, [""]);
        script.keep(&plan());
        script.turn();
        let asked = script.lines.len();
        assert!(
            script.lines[asked - 1].starts_with(silent.trim()),
            "{:?}",
            script.lines
        );
        assert!(!script.session.is_idle(), "it waits for the answer: {silent}");
        script.session.let_go();
        script.hear("\r\nOK\r\n").hear("\r\n+CMQTTCONNECT: 0,0\r\n");
        script.wait(300 * SECOND);
        assert_eq!(script.lines.len(), asked, "{:?}", script.lines);
        assert!(script.session.is_idle(), "{silent}");
        assert_eq!(script.told(), [""; 0]);
        script.says(silent, [OK]);
        script.run(|session| session.client()?.stop()).unwrap();
    }
}

/// A pause of the session's own is no reason to wait.
#[test]
fn what_is_let_go_in_a_pause_ends_at_once() {
    let mut script = Script::new();
    script.says("AT+CPIN?", ["\r\n+CPIN: NOT READY\r\n\r\nOK\r\n"]);
    script.keep(&plan());
    script.wait(SECOND);
    assert!(!script.session.is_idle());
    script.session.let_go();
    assert!(script.session.is_idle());
    // A request of somebody's own is none of it.
    let id = script.begin(|session| session.identify(None));
    script.session.let_go();
    script.turn();
    assert_eq!(script.ends, [(id, Ok(()))]);
}

/// Another plan may take the place of the one that is kept, but messages are for the client that they were taken for.
#[test]
fn messages_that_wait_keep_their_client() {
    let second = Plan {
        connection: Connection {
            client: 1,
            ..connection()
        },
        id: ClientId::new("second").unwrap(),
        ..plan()
    };
    let keep = |script: &mut Script, plan: &Plan<'_>| {
        script.session.keep(plan, &Network::default(), &Healing::new(1))
    };
    let mut script = Script::with(Config::A76XX);
    script.says("AT\r", [""]);
    keep(&mut script, &plan()).unwrap();
    keep(&mut script, &second).unwrap();
    let refused = script.session.deliver(&message("a"), OnUnknown::ByQos);
    assert_eq!(
        refused,
        Err(RequestError::NotKept),
        "a message of the first client"
    );
    let publication = Publication {
        client: 1,
        ..message("a")
    };
    assert!(!script.session.is_delivering());
    script.session.deliver(&publication, OnUnknown::ByQos).unwrap();
    assert!(script.session.is_delivering());
    assert_eq!(keep(&mut script, &plan()), Err(RequestError::Keeping));
    keep(&mut script, &second).unwrap();
    assert!(script.session.is_delivering());
}

/// A request of the caller's has its turn while one message after the other is delivered.
#[test]
fn who_asks_for_a_turn_gets_it() {
    let mut script = Script::kept();
    for topic in ["a", "b"] {
        script.deliver(topic);
    }
    script.session.give_way(true);
    script.wait(100 * SECOND);
    assert!(script.session.is_idle());
    assert_eq!(script.lines, [""; 0], "nothing was begun, not even a check");
    script.session.give_way(false);
    script.wait(SECOND);
    let delivered = |script: &Script| {
        script
            .told()
            .iter()
            .filter(|told| told.starts_with("Delivered"))
            .count()
    };
    assert_eq!(delivered(&script), 2);
    assert!(!script.session.is_delivering());
}

/// A subscription is part of being connected.
#[test]
fn connected_is_connected_and_subscribed() {
    let mut script = Script::new();
    script.says("AT+CMQTTSUB=0", ["\r\nOK\r\n\r\n+CMQTTSUB: 0,14\r\n"]);
    script.keep(&Plan {
        filters: filters(&["a"]),
        ..plan()
    });
    script.wait(5 * SECOND);
    assert_eq!(script.told(), [""; 0]);
    assert!(!script.session.is_connected());
    assert!(script.count("AT+CMQTTSUB=0") > 1, "it is tried again");
}

/// What nobody knows of an early attempt is not forgotten for a later one that was refused.
#[test]
fn a_message_that_may_have_gone_out_once_says_so_when_it_fails() {
    const RESULT: &str = "\r\nOK\r\n\r\n+CMQTTPUB: 0,12\r\n";
    for (first, effect) in [("\r\nOK\r\n", Effect::Unknown), (RESULT, Effect::None)] {
        let mut script = Script::kept();
        script.says("AT+CMQTTPUB=0", [first, RESULT]);
        let id = script.deliver("a");
        script.wait(1000 * SECOND);
        let [(ended, Err(failure))] = script.ends[..] else {
            panic!("{:?}", script.ends)
        };
        assert_eq!((ended, failure.effect), (id, effect), "{failure:?}");
        assert_eq!(failure.cause, Cause::Refused(Refusal::Code(12)));
        assert!(!script.session.is_delivering());
    }
}

/// Who takes down the client that is kept keeps it no more; another's is no concern of it.
#[test]
fn what_is_taken_down_is_not_kept() {
    let mut script = Script::with(Config::A76XX);
    script.says("AT+CGMM", ["\r\n+CGMM: A7670E\r\n\r\nOK\r\n"]);
    script.keep(&plan());
    script.wait(10 * SECOND);
    script.holds("client test0", true);
    script.run(|session| session.take_down(1)).unwrap();
    assert!(script.session.is_connected());
    script.run(|session| session.take_down(0)).unwrap();
    assert!(!script.session.is_keeping());
    script.holds("", false).wait(1000 * SECOND);
    assert_eq!(script.told(), ["Connected { client: 0 }"]);
}

/// Not every loss is told: a modem that is asked, and is not connected, has lost its connection.
#[test]
fn a_loss_that_was_not_told_is_found_within_a_minute() {
    for state in [
        "\r\n+CMQTTDISC: 0,1\r\n\r\nOK\r\n",
        "\r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,0\r\n\r\nOK\r\n",
        "\r\nOK\r\n",
        "\r\nERROR\r\n",
    ] {
        let mut script = Script::kept();
        script.wait(120 * SECOND);
        assert_eq!(script.count("AT+CMQTTDISC?"), 2, "each minute");
        script.says("AT+CMQTTDISC?", [state]).wait(61 * SECOND);
        let told = script.told();
        assert!(
            told.len() > 1 && told[1].starts_with("Lost { client: 0, why: Found("),
            "{told:?}"
        );
    }
}

/// What broke a message may have hit the line that told of the loss: the modem is asked at once.
#[test]
fn a_message_that_broke_is_a_reason_to_ask() {
    let mut script = Script::kept();
    script.hear("\r\n+CMQTTRXSTART: 0,1,5\r\n\r\n+CMQTTRXEND: 0\r\n");
    script.wait(Duration::from_millis(10));
    assert_eq!(script.count("AT+CMQTTDISC?"), 1, "{:?}", script.lines);
}

/// What was published shows that it is connected: nobody has to ask.
#[test]
fn a_modem_that_publishes_is_not_asked() {
    let mut script = Script::kept();
    for _ in 0..10 {
        script.deliver("a");
        script.wait(30 * SECOND);
    }
    assert_eq!(script.count("AT+CMQTTPUB="), 10);
    assert_eq!(script.count("AT+CMQTTDISC?"), 0);
}

/// A modem that restarts is asked for when it has said so, or after the time that it takes; one that refuses to restart has
/// not restarted.
#[test]
fn a_restart_is_waited_for() {
    const BOOT: Duration = Duration::from_secs(20);
    const MOMENT: Duration = Duration::from_millis(100);
    /// A modem whose SIM is gone until it is told to restart.
    fn restarting(answer: &str) -> Script {
        let mut script = Script::new();
        script
            .says("AT+CPIN?", ["\r\n+CME ERROR: 10\r\n"])
            .says("AT+CRESET", [answer]);
        script.keep(&plan());
        while script.count("AT+CRESET") == 0 {
            script.wait(MOMENT);
        }
        script
    }
    let restarts = |script: &Script| script.lines.last().is_some_and(|line| line == "AT+CRESET");
    let mut script = restarting(OK);
    script.wait(BOOT - 2 * MOMENT);
    assert!(restarts(&script), "it boots: {:?}", script.lines);
    script.wait(3 * MOMENT);
    assert!(!restarts(&script), "it has booted");

    let mut script = restarting(OK);
    script.hear("\r\nRDY\r\n");
    assert!(!restarts(&script), "it says that it has");

    let script = restarting("\r\nRDY\r\n");
    assert!(!restarts(&script), "it says so instead of OK");

    let mut script = restarting(ERROR);
    let asked = script.lines.len();
    script.wait(MOMENT);
    assert!(
        restarts(&script),
        "it has not, and that is an attempt that failed: {:?}",
        script.lines
    );
    script.wait(200 * SECOND);
    assert_eq!(script.lines[asked], "AT+CPIN?", "it is what it was");
}

/// A message whose result is still owed waits for that: it goes out again as soon as the result has come.
#[test]
fn a_late_result_is_waited_for_and_no_longer() {
    let mut script = Script::kept();
    script.says("AT+CMQTTPUB=0", [OK, "\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n"]);
    let id = script.deliver("a");
    // The client gives it up, and the modem says that it is connected.
    while script.count("AT+CMQTTDISC?") == 0 {
        script.wait(SECOND);
    }
    script.wait(SECOND);
    assert_eq!(script.count("AT+CMQTTPUB="), 1, "{:?}", script.deadline);
    let until = script.deadline.unwrap();
    assert!(until.at > script.now + SECOND, "{until:?}");
    script.hear("\r\n+CMQTTPUB: 0,0\r\n");
    assert_eq!(script.count("AT+CMQTTPUB="), 2);
    let delivered = format!("Delivered {{ id: {}, maybe_duplicate: true }}", id.get());
    assert_eq!(script.told().last(), Some(&&delivered[..]));
}

/// The modem says that it has no connection, again and again: that is not the message's fault.
#[test]
fn a_connection_that_is_lost_four_times_fails_no_message() {
    let mut script = Script::kept();
    script.says("AT+CMQTTPUB=0", ["\r\nOK\r\n\r\n+CMQTTPUB: 0,11\r\n"]);
    script.deliver("a");
    for round in 0..6 {
        script.holds("client test0", false);
        while script.count("AT+CMQTTCONNECT=") == round {
            script.wait(Duration::from_millis(100));
        }
    }
    assert_eq!(script.ends, []);
    script.answers_again("AT+CMQTTPUB=0");
    script.holds("client test0", true);
    script.wait(Duration::from_secs(300));
    let told = script.told();
    assert!(told.iter().any(|told| told.starts_with("Delivered")), "{told:?}");
}

/// The modem keeps a will until the client is released.
#[test]
fn a_will_of_before_is_not_connected_with() {
    let will = Will {
        topic: Topic::new("gone").unwrap(),
        message: b"by",
        qos: QoS::AtMostOnce,
    };
    for (will, steps) in [
        (None, &["CONNECT"][..]),
        (Some(will), &["REL", "ACCQ", "CONNECT"]),
    ] {
        let mut script = Script::new();
        script.keep(&Plan { will, ..plan() });
        script.wait(Duration::from_secs(10));
        script.holds("client test0", false);
        script.hear("\r\n+CMQTTCONNLOST: 0,1\r\n");
        script.lines.clear();
        script.keep(&plan());
        script.wait(Duration::from_secs(10));
        assert_eq!(script.steps(), steps);
    }
}

/// Nor a filter that the new plan lacks; a plan with more of them takes the connection as it is.
#[test]
fn a_filter_of_before_is_not_kept() {
    let anew = &["DISC", "REL", "ACCQ", "CONNECT", "SUB"][..];
    for (before, now, steps) in [
        (&["a", "b"][..], &["a"][..], anew),
        (&["a"], &["b"], anew),
        (&["a"], &["a", "b"], &["SUB", "SUB"]),
    ] {
        // The second time it is what is to be kept already.
        for times in [1, 2] {
            let mut script = Script::new();
            script.keep(&Plan {
                filters: filters(before),
                ..plan()
            });
            script.wait(Duration::from_secs(10));
            script.holds("client test0", true);
            script.says("AT+CMQTTCONNECT?", [SAME]);
            script.lines.clear();
            for _ in 0..times {
                script.keep(&Plan {
                    filters: filters(now),
                    ..plan()
                });
            }
            script.wait(Duration::from_secs(10));
            assert_eq!(script.steps(), steps, "{before:?}, {now:?} {times} times");
        }
    }
}

/// Whoever connected it may have published, and the result may still come: it would pass for that of another message.
#[test]
fn what_another_host_connected_is_connected_anew() {
    let mut script = Script::new();
    script
        .holds("client test0", true)
        .says("AT+CMQTTCONNECT?", [SAME]);
    script.keep(&plan());
    script.wait(Duration::from_secs(10));
    assert_eq!(script.steps(), ["DISC", "REL", "ACCQ", "CONNECT"]);
    // What it has connected itself it knows.
    script.lines.clear();
    script.session.handle_reset(script.now);
    script.wait(Duration::from_secs(20));
    assert_eq!(script.told().last().map(|told| &told[..8]), Some("Restored"));
    assert_eq!(script.steps(), [""; 0]);
}

/// A byte of the filter was lost, and one was made up for it.
#[test]
fn a_filter_that_was_cut_off_is_not_left_subscribed() {
    let mut script = Script::new();
    script.says("AT+CMQTTSUB=0", ["", "\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n"]);
    script.keep(&Plan {
        filters: filters(&["in/#"]),
        ..plan()
    });
    script.wait(Duration::from_secs(4));
    script
        .holds("client test0", true)
        .says("AT+CMQTTCONNECT?", [SAME]);
    script.lines.clear();
    script.wait(Duration::from_secs(200));
    assert_eq!(script.steps(), ["DISC", "REL", "ACCQ", "CONNECT", "SUB"]);
}

/// The result lay in the port behind more than the memory for lines takes at once.
#[test]
fn delivery_ends_with_the_result_that_came_while_the_program_was_stopped() {
    let mut script = Script::kept();
    script.says("AT+CMQTTPUB=0", [OK]);
    script.deliver("t");
    script.wait(Duration::from_secs(1));
    script.now = script.now + Duration::from_secs(75);
    let unasked = "\r\n+CGEV: ME PDN ACT 1\r\n".repeat(100);
    script.hear(&format!("{unasked}\r\n+CMQTTPUB: 0,0\r\n"));
    let told = script.told();
    assert!(
        matches!(told[..], [_, delivered] if delivered.contains("maybe_duplicate: false")),
        "{told:?}"
    );
    assert_eq!(script.count("AT+CMQTTPUB"), 1);
}

/// A client that is kept with patience for half a minute by a modem that answers a command so, when it was given up.
#[track_caller]
fn impatient(command: &str, answer: &str, messages: usize) -> Script {
    let mut script = Script::new();
    script.says(command, [answer]);
    let healing = Healing {
        patience: Some(30 * SECOND),
        ..Healing::new(7)
    };
    script
        .session
        .keep(&plan(), &Network::default(), &healing)
        .unwrap();
    for _ in 0..messages {
        script.deliver("t");
    }
    script.wait(30 * SECOND - Duration::from_micros(1));
    let gave_up = |script: &Script| script.told().iter().any(|told| told.starts_with("GaveUp"));
    assert!(!gave_up(&script), "{:?}", script.told());
    script.wait(Duration::from_micros(1));
    assert!(gave_up(&script), "{:?} {:?}", script.told(), script.lines);
    assert_eq!(script.ends.len(), messages, "they have ended");
    assert!(script.session.is_idle() && !script.session.is_keeping());
    script
}

#[test]
fn patience_ends_on_time_whatever_the_modem_is_at() {
    // It says nothing, or stops to in the middle.
    for command in ["AT", "AT+CEREG?", "AT+CMQTTACCQ=0", "AT+CMQTTCONNECT=0"] {
        for messages in [0, 2] {
            impatient(command, "", messages);
        }
    }
    // Its network is away, or the broker.
    for (command, answer) in [
        ("AT+CEREG?", "\r\n+CEREG: 0,2\r\n\r\nOK\r\n"),
        ("AT+CMQTTCONNECT=0", OK),
        ("AT+CMQTTCONNECT=0", "\r\nOK\r\n\r\n+CMQTTCONNECT: 0,3\r\n"),
    ] {
        for messages in [0, 2] {
            impatient(command, answer, messages);
        }
    }
}

/// To be connected again is no delivery.
#[test]
fn patience_ends_on_time_where_a_modem_connects_and_takes_nothing() {
    for (command, answer) in [
        ("AT+CMQTTTOPIC=0", ""),
        ("AT+CMQTTPUB=0", ""),
        ("AT+CMQTTPUB=0", OK),
        ("AT+CMQTTPUB=0", "\r\nOK\r\n\r\n+CMQTTPUB: 0,9\r\n"),
        (
            "AT+CMQTTPUB=0",
            "\r\nOK\r\n\r\n+CMQTTPUB: 0,11\r\n\r\n+CMQTTCONNLOST: 0,1\r\n",
        ),
    ] {
        let script = impatient(command, answer, 1);
        let told = script.told();
        assert!(told.contains(&"Connected { client: 0 }"), "{told:?}");
    }
}

#[test]
fn patience_counts_from_the_last_delivery_and_does_not_end_while_nothing_waits() {
    let mut script = Script::new();
    let healing = Healing {
        patience: Some(30 * SECOND),
        ..Healing::new(7)
    };
    script
        .session
        .keep(&plan(), &Network::default(), &healing)
        .unwrap();
    script.wait(20 * SECOND);
    script.holds("client test0", true);
    script.wait(3600 * SECOND);
    script.deliver("t");
    script.wait(20 * SECOND);
    script.says("AT+CMQTTPUB", [""]);
    script.deliver("t");
    script.wait(29 * SECOND);
    let gave_up = |script: &Script| script.told().iter().any(|told| told.starts_with("GaveUp"));
    assert!(!gave_up(&script), "{:?}", script.told());
    script.wait(SECOND);
    assert!(gave_up(&script), "{:?}", script.told());
}

/// The line is left to be resynchronised: what is asked next is not answered by what the modem says late.
#[test]
fn line_is_resynchronised_after_an_attempt_was_cut() {
    let mut script = impatient("AT+CMQTTCONNECT=0", "", 0);
    script.lines.clear();
    script.answers_again("AT+CMQTTCONNECT=0");
    script.holds("client test0", false);
    script.run(|session| session.take_down(0)).unwrap();
    assert_eq!(
        script.lines.first().map(String::as_str),
        Some("AT+CSQ"),
        "{:?}",
        script.lines
    );
}

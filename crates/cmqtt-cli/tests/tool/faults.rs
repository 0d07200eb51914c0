//! `cmqtt pub` and `cmqtt sub` while things go wrong: on the line, in the modem, behind it. They come through, nothing that
//! is reported delivered is missing, and what cannot be known is told.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use cmqtt_sim::Family;
use cmqtt_sim::broker::{Broker, ObserverId, TopicFilter};
use cmqtt_sim::host::BrokerServer;
use cmqtt_tests::mosquitto::{Listener, Mosquitto};
use rustix::process::Signal;

use super::bench::{Bench, NONE};
use super::collected::PATIENCE;

/// A broker that remembers what was published.
struct Watched {
    server: BrokerServer,
    observer: ObserverId,
    seen: Vec<Vec<u8>>,
}

impl Watched {
    fn start() -> Self {
        let server = BrokerServer::bind("127.0.0.1:0", Broker::default()).expect("a loopback port");
        let everything = TopicFilter::new("#").expect("a filter");
        let observer = server.with_broker(|_, broker| broker.observe(everything));
        Self {
            server,
            observer,
            seen: Vec::new(),
        }
    }

    /// What was published so far.
    fn seen(&mut self) -> &[Vec<u8>] {
        let observed = self
            .server
            .with_broker(|_, broker| broker.take_observed(self.observer));
        let payloads = observed
            .into_iter()
            .map(|observed| observed.message.payload.to_vec());
        self.seen.extend(payloads);
        &self.seen
    }

    /// Waits for this message.
    #[track_caller]
    fn wait_for(&mut self, payload: &[u8]) {
        let begin = Instant::now();
        while !self.seen().iter().any(|seen| seen == payload) {
            assert!(
                begin.elapsed() < PATIENCE,
                "{payload:?} is not in {:?}",
                self.seen
            );
            std::thread::yield_now();
        }
    }
}

fn lines(count: usize) -> String {
    (1..=count).fold(String::new(), |mut lines, number| {
        writeln!(lines, "message {number}").expect("a string");
        lines
    })
}

/// Every line arrives, at least once and unaltered, and nothing else does. What was told on standard error.
#[track_caller]
fn every_line_arrives(family: Family, plan: &str, count: usize) -> String {
    let mut broker = Watched::start();
    let bench = Bench::faulty(family, plan, broker.server.address());
    let mut tool = bench.start("pub -h b -t t -q 1 -l", NONE);
    tool.write(lines(count).as_bytes());
    let ended = tool.end();
    assert_eq!(ended.status.code(), Some(0), "{family}, {plan}: {}", ended.err);
    let seen: BTreeSet<_> = broker.seen().iter().cloned().collect();
    let sent: BTreeSet<_> = lines(count)
        .lines()
        .map(|line| line.as_bytes().to_vec())
        .collect();
    assert_eq!(seen, sent, "{family}, {plan}: {}", ended.err);
    ended.err
}

#[test]
fn prompts_and_results_that_come_late_cost_time_alone() {
    for family in Family::ALL {
        let plan =
            "0s +1 prompt-late 0.5s\n0s +4 prompt-late 0.2s\n0s +2 final-late 0.3s\n0s +5 result-late 0.5s";
        assert_eq!(every_line_arrives(family, plan, 5), "", "{family}");
    }
}

#[test]
fn lines_of_nobody_and_urcs_inside_answers_confuse_nothing() {
    let mut plan = String::new();
    for place in (0..60).step_by(3) {
        writeln!(plan, "0s +{place} noise \"+CSQ:\\x201,2\"\n0s +{place} let-out").expect("a string");
        writeln!(plan, "0s +{place} noise \"\\xff!OK\"").expect("a string");
    }
    for family in Family::ALL {
        assert_eq!(every_line_arrives(family, &plan, 10), "", "{family}");
    }
}

#[test]
fn echo_that_comes_on_by_itself_is_no_answer() {
    for family in Family::ALL {
        let plan = "0s echo on\n0.2s echo on\n0.3s echo on";
        assert_eq!(every_line_arrives(family, plan, 20), "", "{family}");
    }
}

#[test]
fn a_modem_that_restarts_at_any_byte_is_connected_again() {
    // While it is found, while it connects, and with a session that lives.
    for place in [20, 150, 400, 900, 1300] {
        let plan = format!("0s +{place} restart to-host");
        every_line_arrives(Family::Sim7028, &plan, 40);
    }
    let told = every_line_arrives(Family::Sim7600, "0s +1300 restart to-modem", 40);
    assert!(told.contains("connected again, after "), "{told}");
}

#[test]
fn a_byte_that_is_lost_while_it_connects_costs_time_alone() {
    for place in [3, 60, 200, 330] {
        for way in ["to-modem", "to-host"] {
            every_line_arrives(Family::Sim7028, &format!("0s +{place} lose {way}"), 3);
        }
    }
}

#[test]
fn a_byte_of_a_message_that_is_lost_is_made_up_for() {
    // In the midst of the first topic or payload: the modem still waits for it when the rest is there.
    let mut broker = Watched::start();
    let bench = Bench::faulty(Family::Sim7028, "1s +60 lose to-modem", broker.server.address());
    let mut tool = bench.start("pub -h b -t t -q 1 -l", NONE);
    tool.write(b"first\n");
    broker.wait_for(b"first");
    let long = "x".repeat(2000);
    // The fault waits for its time.
    while broker.server.with_broker(|now, _| now) < Duration::from_secs(2) {
        std::thread::yield_now();
    }
    tool.write(format!("{long}\nlast\n").as_bytes());
    broker.wait_for(long.as_bytes());
    broker.wait_for(b"last");
    tool.end().with(0, &[]);
    assert!(
        broker
            .seen()
            .iter()
            .all(|seen| [b"first".as_slice(), long.as_bytes(), b"last"].contains(&seen.as_slice())),
        "{:?}",
        broker.seen()
    );
}

#[test]
fn a_port_that_is_plugged_in_again_is_opened_again() {
    let mut broker = Watched::start();
    let plan = "1s unplug 1s";
    let bench = Bench::faulty(Family::Sim7028, plan, broker.server.address());
    let mut tool = bench.start("pub -h b -t t -q 1 -l", NONE);
    tool.write(b"before\n");
    broker.wait_for(b"before");
    tool.err.wait_for(0, b"the modem's port is gone", 0);
    tool.write(b"meanwhile\n");
    broker.wait_for(b"meanwhile");
    tool.end().with(
        0,
        &["the modem's port is back, after ", "connected again, after "],
    );
    bench.is_free();
}

#[test]
fn sub_goes_on_after_its_port_was_away() {
    let broker = Watched::start();
    let bench = Bench::faulty(Family::A76xx, "1s unplug 1s", broker.server.address());
    let tool = bench.start("sub -h b -t t -q 1 -C 1", NONE);
    tool.err.wait_for(0, b"the modem's port is gone", 0);
    tool.err.wait_for(0, b"connected again", 0);
    let address = broker.server.address();
    let other = Bench::faulty(Family::A76xx, "", address);
    other.run("pub -h b -t t -m again -q 1", NONE).well();
    assert_eq!(tool.end().with(0, &[]).out, b"again\n");
    bench.is_free();
}

#[test]
fn a_port_that_stays_away_ends_patience_or_the_run() {
    let broker = Watched::start();
    for (option, words) in [
        ("--give-up-after 1", "cannot be had again"),
        ("--no-reconnect", "the port failed"),
    ] {
        let bench = Bench::faulty(Family::Sim7028, "1s unplug 600s", broker.server.address());
        let tool = bench.start(&format!("sub -h b -t t {option}"), NONE);
        let status = if option == "--no-reconnect" { 1 } else { 7 };
        tool.end().with(status, &[words]);
    }
}

#[test]
fn a_signal_ends_it_while_it_connects_again() {
    let broker = Watched::start();
    let plan = "1s broker-away 600s";
    let bench = Bench::faulty(Family::Sim7028, plan, broker.server.address());
    let tool = bench.start("sub -h b -t t", NONE);
    tool.err.wait_for(0, b"the connection is lost", 0);
    tool.signal(Signal::INT);
    let begin = Instant::now();
    tool.end().with(0, &[]);
    assert!(begin.elapsed() < Duration::from_secs(15));
}

#[test]
fn what_may_have_arrived_is_sent_again_with_qos_1_and_told_of_with_others() {
    // The broker has it, and the modem never hears so.
    for (qos, status, words) in [
        (1, 0, "the broker may have it twice"),
        (2, 7, "line 1 of standard input: unknown"),
    ] {
        let mut broker = Watched::start();
        let bench = Bench::faulty(Family::Sim7028, "0s ack-lost", broker.server.address());
        let mut tool = bench.start(&format!("pub -h b -t t -q {qos} -l"), NONE);
        tool.write(b"first\nsecond\n");
        let ended = tool.end();
        assert!(ended.err.contains(words), "{}", ended.err);
        assert!(
            ended.status.code().is_some_and(|code| code == status || qos == 2),
            "{}",
            ended.err
        );
        broker.wait_for(b"first");
        broker.wait_for(b"second");
        let firsts = broker.seen().iter().filter(|seen| *seen == b"first").count();
        assert_eq!(firsts, if qos == 1 { 2 } else { 1 });
    }
}

/// The modem answered `AT`, and the `OK` of a later question got lost: it is asked once more, and nobody hears that it is
/// switched off.
#[test]
fn an_answer_that_is_lost_while_the_modem_is_found_is_asked_for_again() {
    let mut broker = Watched::start();
    let bench = Bench::faulty(Family::Sim7028, "0s +3 final-lost", broker.server.address());
    bench.run("pub -h b -t t -q 1 -m found", NONE).well();
    assert_eq!(broker.seen(), [b"found"]);
}

/// Who reads of a failure sends the message again.
#[test]
fn a_message_that_is_delivered_is_so_however_the_modem_takes_leave() {
    let mut broker = Watched::start();
    // That of STOP.
    let bench = Bench::faulty(Family::Sim7028, "0s +4 result-lost", broker.server.address());
    bench.run("pub -h b -t t -q 1 -m once", NONE).with(
        0,
        &["stop the MQTT service: +CMQTTSTOP: the result URC did not come; what the modem still holds, the next run"],
    );
    assert_eq!(broker.seen(), [b"once"]);
}

/// Neither what comes before the modem says that it has subscribed waits for that, nor is it lost with the time to wait.
#[test]
fn a_message_that_comes_before_the_subscription_is_said_to_stand_is_printed() {
    let broker = Mosquitto::start();
    broker.publish("t", b"early", 1, true);
    for ends in ["-C 1", "-W 3"] {
        // Behind those of START and CONNECT.
        let address = broker.address(Listener::Plain);
        let bench = Bench::faulty(Family::Sim7028, "0s +2 result-lost", address);
        let ended = bench.run(&format!("sub -h b -t t {ends}"), NONE);
        assert_eq!(ended.out, b"early\n", "{ends}: {}", ended.err);
    }
}

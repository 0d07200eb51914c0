//! How a run ends before its work is done: signals, a reader that has gone, time that is over, a crash. And how the next
//! run finds the modem.

use std::io;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use cmqtt_sim::host::Resolver;
use cmqtt_sim::{Family, Modem, Profile};
use cmqtt_tests::mosquitto::Mosquitto;
use rustix::process::Signal;

use super::bench::{Bench, NONE, bytes, plain};
use super::collected::{Collected, PATIENCE};
use super::tool::Tool;

/// A broker that takes connections and says nothing. The connections stay open as long as it does.
struct Silent(std::net::SocketAddr);

impl Silent {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || listener.incoming().collect::<Vec<_>>());
        Self(address)
    }

    fn options(&self) -> String {
        format!("-h 127.0.0.1 -p {}", self.0.port())
    }
}

/// The service is never stopped while a client of it is connected (on A7672 that can reboot the modem).
#[track_caller]
fn is_in_order(bench: &Bench) {
    let mut connected = false;
    for line in bench.lines(0) {
        if line.starts_with("AT+CMQTTCONNECT=0") {
            connected = true;
        } else if line.starts_with("AT+CMQTTDISC=0") {
            connected = false;
        }
        assert!(
            !(connected && line.starts_with("AT+CMQTTSTOP")),
            "{:?}",
            bench.lines(0)
        );
    }
}

#[test]
fn sub_ends_at_a_signal_and_leaves_the_modem_free() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    for signal in [Signal::INT, Signal::TERM] {
        let id = format!("signal {}", signal.as_raw());
        let line = format!("sub {} -t t", plain(&broker));
        let tool = bench.start(&line, &["-i", &id]);
        broker.wait_for(&format!("Sending SUBACK to {id}"));
        tool.signal(signal);
        assert_eq!(tool.end().well(), b"");
        broker.wait_for(&format!("Received DISCONNECT from {id}"));
        bench.works(&mut broker);
    }
}

#[test]
fn pub_that_a_signal_ends_has_not_delivered_everything() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let watcher = broker.subscribe("t", 1);
        let mut tool = bench.start(&format!("pub {} -t t -q 1 -l -i me", plain(&broker)), NONE);
        tool.write(b"first\n");
        assert_eq!(watcher.messages()[0].payload, b"first");
        tool.signal(signal);
        broker.wait_for("Received DISCONNECT from me");
        tool.end().with(status, &[]);
        bench.works(&mut broker);
    }
}

#[test]
fn a_second_signal_ends_at_once_and_the_next_run_takes_over() {
    let mut broker = Mosquitto::start();
    let silent = Silent::start();
    let bench = Bench::new(Family::Sim7028);
    let mut tool = bench.start(&format!("sub {} -t t", silent.options()), NONE);
    bench.heard.wait_for(0, b"AT+CMQTTCONNECT=0,", 20);
    let begin = Instant::now();
    // One that comes before the first is heard counts with it.
    while tool.is_running() {
        tool.signal(Signal::INT);
        assert!(begin.elapsed() < PATIENCE / 4, "it goes on waiting for the modem");
    }
    tool.end().with(0, &[]);
    // The modem still connects. Its network takes that away.
    bench.server.with_modem(|now, modem| {
        modem.lose_network(now);
        modem.restore_network(now);
    });
    bench.works(&mut broker);
    is_in_order(&bench);
}

#[test]
fn time_that_is_over_counts_for_a_broker_that_says_nothing_too() {
    let silent = Silent::start();
    let bench = Bench::new(Family::Sim7028);
    bench
        .run(&format!("sub {} -t t -W 1", silent.options()), NONE)
        .with(27, &["still busy", "the next run takes over"]);
}

#[test]
fn a_reader_that_has_gone_ends_it_quietly() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let mut command = bench.command(&format!("sub {} -t t -i me", plain(&broker)));
    let (reader, writer) = io::pipe().expect("a pipe");
    let mut child = command
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // It holds the other end of the pipe.
    drop(command);
    broker.wait_for("Sending SUBACK to me");
    drop(reader);
    broker.publish("t", b"nobody reads this", 0, false);
    let said = Collected::of(child.stderr.take().expect("a pipe"));
    broker.wait_for("Received DISCONNECT from me");
    assert!(said.ends());
    assert_eq!(
        (child.wait().expect("it ends").code(), said.text().as_str()),
        (Some(0), "")
    );
    bench.works(&mut broker);
    for line in ["info", "at ATI", "cert list"] {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let mut child = bench
            .command(line)
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let said = Collected::of(child.stderr.take().expect("a pipe"));
        assert!(said.ends());
        assert_eq!(
            (child.wait().expect("it ends").code(), said.text().as_str()),
            (Some(0), ""),
            "{line}"
        );
    }
}

#[test]
fn a_crash_in_mid_session_is_taken_over_in_order() {
    let mut broker = Mosquitto::start();
    for family in Family::ALL {
        let bench = Bench::new(family);
        let watcher = broker.subscribe("t", 1);
        let mut tool = bench.start(&format!("pub {} -t t -q 1 -l -i me", plain(&broker)), NONE);
        tool.write(b"first\n");
        assert_eq!(watcher.messages()[0].payload, b"first");
        tool.kill();
        let info = bench.info();
        assert_eq!(info["clients"][0]["connected"], true, "{info}");
        assert_eq!(info["clients"][0]["id"], "me");
        bench.works(&mut broker);
        is_in_order(&bench);
    }
}

/// It may owe the result of a publish, which would pass for that of another message. Who only listens takes it as it is.
#[test]
fn nothing_is_published_by_a_connection_that_another_run_has_left() {
    let mut broker = Mosquitto::start();
    let plain = plain(&broker);
    let spool = "pub {} -t t -q 1 -i me --spool spool -m second";
    for (next, is_taken_down) in [
        ("pub {} -t t -q 1 -i me -m second", true),
        (spool, true),
        ("sub {} -t u -i me -E", false),
    ] {
        let bench = Bench::new(Family::Sim7028);
        let watcher = broker.subscribe("t", 1);
        let mut tool = bench.start(&format!("pub {plain} -t t -q 1 -l -i me"), NONE);
        tool.write(b"first\n");
        assert_eq!(watcher.messages()[0].payload, b"first");
        tool.kill();
        let begin = bench.heard.len();
        bench.run(&next.replace("{}", &plain), NONE).well();
        let lines = bench.lines(begin);
        let place = |command: &str| lines.iter().position(|line| line.starts_with(command));
        let (down, work) = (
            place("AT+CMQTTDISC=0"),
            place("AT+CMQTTTOPIC=0").or(place("AT+CMQTTSUB=0")),
        );
        assert!(work.is_some() && down.is_some(), "{next}: {lines:?}");
        assert_eq!(down < work, is_taken_down, "{next}: {lines:?}");
        is_in_order(&bench);
    }
}

#[test]
fn a_crash_while_it_connects_is_taken_over() {
    let mut broker = Mosquitto::start();
    let silent = Silent::start();
    // SIM7028 answers while it connects, A76XX as simulated does not before it knows how the CONNECT ends.
    for (family, question) in [(Family::Sim7028, "AT+CMQTTDISC?"), (Family::A76xx, "AT+CSQ")] {
        let bench = Bench::new(family);
        let tool = bench.start(&format!("pub {} -t t -m x", silent.options()), NONE);
        bench.heard.wait_for(0, b"AT+CMQTTCONNECT=0,", 20);
        tool.kill();
        let begin = bench.heard.len();
        let watcher = broker.subscribe("works", 1);
        let tool = bench.start(&format!("pub {} -t works -m yes", plain(&broker)), NONE);
        // It looks, and waits: nothing may be begun while a CONNECT is under way.
        bench.heard.wait_for(begin, question.as_bytes(), 0);
        bench.server.with_modem(|now, modem| {
            modem.lose_network(now);
            modem.restore_network(now);
        });
        tool.end().well();
        assert_eq!(watcher.messages()[0].payload, b"yes");
        bench.is_free();
        is_in_order(&bench);
    }
}

#[test]
fn a_crash_in_the_middle_of_data_is_made_up_for() {
    let mut broker = Mosquitto::start();
    let modem = Modem::new(Profile::SIM7028.at_once());
    // So slow that most of the data lies before the modem when the program ends.
    let bench = Bench::at(modem, Resolver::default(), Some(230_400));
    let file = bench.file("data", &bytes(10_240));
    let line = format!("pub {} -t t -q 1 -i me", plain(&broker));
    let tool = bench.start(&line, &["-f".as_ref(), file.as_os_str()]);
    bench.heard.wait_for(0, b"AT+CMQTTPAYLOAD=0,10240\r", 100);
    tool.kill();
    bench.works(&mut broker);
    is_in_order(&bench);
}

#[test]
fn a_power_cut_publishes_the_will() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7600);
    let watcher = broker.subscribe("t", 1);
    let will = [
        "--will-topic",
        "gone",
        "--will-payload",
        "\"power\"\r\nOK",
        "--will-qos",
        "1",
    ];
    let mut tool = bench.start(&format!("pub {} -t t -q 1 -l -i me", plain(&broker)), &will);
    tool.write(b"first\n");
    let _first = watcher.messages();
    let watcher = broker.subscribe("gone", 1);
    tool.kill();
    bench.server.with_modem(|now, modem| modem.power_cycle(now));
    let message = &watcher.messages()[0];
    assert_eq!(
        (message.payload.as_slice(), message.qos),
        (&b"\"power\"\r\nOK"[..], 1)
    );
    bench.works(&mut broker);
}

#[test]
fn two_programs_do_not_share_a_line() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let tool = bench.start(&format!("sub {} -t t -i me", plain(&broker)), NONE);
    broker.wait_for("Sending SUBACK to me");
    let begin = bench.heard.len();
    for line in [
        "info",
        "at AT",
        "cert list",
        "sub -h b -t t",
        "pub -h b -t t -m x",
    ] {
        bench.run(line, NONE).with(
            1,
            &[
                &bench.device,
                "it is in use; cmqtt (process ",
                ") has it open: close that first",
            ],
        );
    }
    // The one that is connected asks whether it still is.
    for line in bench.lines(begin) {
        assert!(
            ["AT+CMQTTDISC?", ""].contains(&line.as_str()),
            "the modem has heard of them: {line}"
        );
    }
    tool.signal(Signal::INT);
    tool.end().well();
    bench.works(&mut broker);
}

#[test]
fn a_modem_that_restarts_in_mid_session_is_connected_again() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7600);
    let tool = bench.start(&format!("sub {} -t t -C 2 -i me", plain(&broker)), NONE);
    broker.wait_for("Sending SUBACK to me");
    broker.publish("t", b"first", 1, false);
    tool.out.wait_for(0, b"first\n", 0);
    bench.server.with_modem(|now, modem| modem.power_cycle(now));
    broker.wait_for("Sending SUBACK to me");
    broker.publish("t", b"again", 1, false);
    let ended = tool.end().with(
        0,
        &[
            "the connection is lost: the modem restarted; connecting again",
            "connected again, after ",
        ],
    );
    assert_eq!(ended.out, b"first\nagain\n");
    bench.works(&mut broker);
}

#[test]
fn a_broker_that_stays_away_ends_patience() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let words = [
        "the connection is lost: ",
        "+CMQTTCONNECT: result code 3",
        "cannot be had again",
    ];
    let tool = bench.start(&format!("sub -t t --give-up-after 4 {}", plain(&broker)), NONE);
    bench.heard.wait_for(0, b"AT+CMQTTSUB=0", 5);
    broker.publish("t", b"first", 1, true);
    tool.out.wait_for(0, b"first\n", 0);
    broker.kill();
    tool.end().with(7, &words);
    broker.restart();
    bench.works(&mut broker);

    let watcher = broker.subscribe("t", 1);
    let line = format!("pub -t t -l -q 1 --give-up-after 4 {}", plain(&broker));
    let mut tool = bench.start(&line, NONE);
    tool.write(b"first\n");
    let _first = watcher.messages();
    broker.kill();
    // Its input is still open: it does not wait for a line.
    assert!(tool.err.ends());
    tool.end().with(7, &words);
    broker.restart();
    bench.works(&mut broker);
}

#[test]
fn a_broker_that_dies_ends_who_does_not_want_it_back() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let tool = bench.start(&format!("sub -t t --no-reconnect {}", plain(&broker)), NONE);
    bench.heard.wait_for(0, b"AT+CMQTTSUB=0", 5);
    broker.publish("t", b"first", 1, true);
    tool.out.wait_for(0, b"first\n", 0);
    broker.kill();
    tool.end().with(7, &["the connection is lost: "]);
    broker.restart();
    bench.works(&mut broker);
}

#[test]
fn progress_is_shown_on_a_terminal_alone() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let line = format!(
        "{} pub {} -t t -m x --device {}",
        env!("CARGO_BIN_EXE_cmqtt"),
        plain(&broker),
        bench.device
    );
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .current_dir(bench.folder.path())
        .env("TERM", "xterm");
    let ended = Tool::start(&mut command).end();
    let shown = String::from_utf8_lossy(&ended.out);
    assert!(shown.contains("find the modem at"), "{shown}");
    bench.works(&mut broker);
}

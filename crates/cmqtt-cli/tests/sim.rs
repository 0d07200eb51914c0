//! `cmqtt sim`, run as a user runs it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use cmqtt_sim::broker::{Broker, Limits, Policy};
use cmqtt_sim::host::BrokerServer;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};

/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The program, while it runs.
struct Sim {
    child: Child,
    /// What it printed on standard output.
    place: String,
    trace: Receiver<String>,
}

impl Sim {
    #[track_caller]
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cmqtt"))
            .arg("sim")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let out = lines(child.stdout.take().expect("a pipe"));
        let trace = lines(child.stderr.take().expect("a pipe"));
        let place = out.recv_timeout(PATIENCE).expect("the program says where it is");
        Self { child, place, trace }
    }

    fn open(&self) -> Host {
        Host::open(Path::new(&self.place))
    }

    /// Sends the signal and waits for the end; the exit status.
    #[track_caller]
    fn stop(mut self, signal: Signal) -> Option<i32> {
        let id = i32::try_from(self.child.id()).expect("a process id");
        kill_process(Pid::from_raw(id).expect("a process id"), signal).expect("it runs");
        let (sender, ended) = mpsc::channel();
        thread::spawn(move || sender.send(self.child.wait()));
        let status = ended.recv_timeout(PATIENCE).expect("it ends").expect("a status");
        status.code()
    }

    #[track_caller]
    fn wait_for(&self, end: &str) -> String {
        loop {
            let line = self
                .trace
                .recv_timeout(PATIENCE)
                .expect("it has not printed that in time");
            if line.ends_with(end) {
                return line;
            }
        }
    }
}

/// Another program on the line.
struct Host(OwnedFd);

impl Host {
    fn open(device: &Path) -> Self {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        Self(rustix::fs::open(device, flags, Mode::empty()).expect("the device opens"))
    }

    /// Sends, and hears exactly this.
    #[track_caller]
    fn ask(&mut self, send: &str, expect: &str) {
        assert_eq!(rustix::io::write(&self.0, send.as_bytes()), Ok(send.len()));
        let deadline = Instant::now() + PATIENCE;
        let mut heard = vec![];
        while heard.len() < expect.len() {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).expect("a short time");
            let mut ends = [PollFd::new(&self.0, PollFlags::IN)];
            let ready = poll(&mut ends, Some(&left)).expect("it can be waited for");
            let mut byte = [0];
            if ready == 0 || rustix::io::read(&self.0, &mut byte).unwrap_or(0) == 0 {
                break;
            }
            heard.extend(byte);
        }
        let (heard, expect) = (heard.escape_ascii(), expect.as_bytes().escape_ascii());
        assert_eq!(
            heard.to_string(),
            expect.to_string(),
            "after {send:?}, within {PATIENCE:?}"
        );
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("cmqtt-sim-{}-{name}", std::process::id()))
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cmqtt"))
        .arg("sim")
        .args(arguments)
        .output()
        .expect("the program runs")
}

#[test]
fn it_serves_a_pseudo_terminal_until_a_signal_and_takes_its_link_with_it() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let link = temporary(&format!("link-{}", signal.as_raw()));
        let sim = Sim::start(&["--pty", link.to_str().expect("UTF-8")]);
        assert_eq!(fs::read_link(&link).expect("a link"), Path::new(&sim.place));
        Host::open(&link).ask("AT\r", "AT\r\r\nOK\r\n");
        sim.open().ask("AT+CGMM\r", "AT+CGMM\r\r\nSIM7028\r\n\r\nOK\r\n");
        assert_eq!(sim.stop(signal), Some(0));
        assert!(fs::symlink_metadata(&link).is_err(), "the link is left");
    }
}

#[test]
fn it_replaces_a_link_that_was_left_and_no_file() {
    let link = temporary("left");
    std::os::unix::fs::symlink("/dev/gone", &link).expect("a link");
    let sim = Sim::start(&["--pty", link.to_str().expect("UTF-8")]);
    assert_eq!(fs::read_link(&link).expect("a link"), Path::new(&sim.place));
    assert_eq!(sim.stop(Signal::TERM), Some(0));

    fs::write(&link, "a file").expect("a file");
    let output = run(&["--pty", link.to_str().expect("UTF-8")]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("exists and is no symbolic link"), "{error}");
    assert_eq!(fs::read(&link).expect("the file"), b"a file");
    fs::remove_file(&link).expect("the file");
}

#[test]
fn it_serves_a_tcp_port_as_another_family_with_switches() {
    let sim = Sim::start(&[
        "--tcp",
        "127.0.0.1:0",
        "--family",
        "a76xx",
        "--set",
        "delays=none",
        "--set",
        "colon-blank=off",
    ]);
    let mut host = Host(TcpStream::connect(&sim.place).expect("a connection").into());
    host.ask("AT+CSQ\r", "AT+CSQ\r\r\n+CSQ:23,0\r\n\r\nOK\r\n");
    host.ask("AT+CGMM\r", "AT+CGMM\r\r\nA7670E\r\n\r\nOK\r\n");
    assert_eq!(sim.stop(Signal::INT), Some(0));
}

#[test]
fn it_leads_connections_where_it_is_told_and_traces_without_passwords() {
    let broker =
        BrokerServer::bind("127.0.0.1:0", Broker::new(Policy::default(), Limits::default())).expect("a port");
    let address = broker.address().to_string();
    let redirect = format!("broker.example:1884={address}");
    for place in [["--resolve", &redirect], ["--broker", &address]] {
        let sim = Sim::start(&[
            place[0],
            place[1],
            "--trace",
            "--set",
            "delays=none",
            "--baud",
            "115200",
        ]);
        let mut host = sim.open();
        host.ask("ATE0\r", "ATE0\r\r\nOK\r\n");
        host.ask("AT+CMQTTSTART\r", "\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n");
        host.ask("AT+CMQTTACCQ=0,\"a\"\r", "\r\nOK\r\n");
        host.ask(
            "AT+CMQTTCONNECT=0,\"tcp://Broker.example:1884\",60,1,\"me\",\"s3cret\"\r",
            "\r\nOK\r\n\r\n+CMQTTCONNECT: 0,0\r\n",
        );
        assert!(broker.with_broker(|_, broker| broker.is_connected(b"a")));
        let line = sim.wait_for("[redacted]");
        assert!(
            line.ends_with("> AT+CMQTTCONNECT=0,\"tcp://Broker.example:1884\",60,1,\"me\",[redacted]"),
            "{line}"
        );
        sim.wait_for("< +CMQTTCONNECT: 0,0");
        assert_eq!(sim.stop(Signal::INT), Some(0));
    }
}

#[test]
fn it_keeps_files_in_a_folder_and_traces_none() {
    let folder = temporary("files");
    let place = folder.join("made");
    let place = place.to_str().expect("UTF-8");
    let arguments = ["--files", place, "--trace", "--set", "delays=none"];
    let sim = Sim::start(&arguments);
    let mut host = sim.open();
    host.ask("ATE0\r", "ATE0\r\r\nOK\r\n");
    host.ask("AT+CCERTDOWN=\"key.pem\",6\r", "\r\n>");
    host.ask("s3cret", "\r\nOK\r\n");
    host.ask("AT+CSSLCFG=\"password\",0,\"s3cret\"\r", "\r\nOK\r\n");
    for end in ["> (6 bytes of a file)", "AT+CSSLCFG=\"password\",0,[redacted]"] {
        let line = sim.wait_for(end);
        assert!(!line.contains("s3cret"), "{line}");
    }
    assert_eq!(sim.stop(Signal::INT), Some(0));
    assert_eq!(
        fs::read(folder.join("made/key.pem")).expect("the file"),
        b"s3cret"
    );
    // Another modem, the same files.
    let sim = Sim::start(&arguments);
    sim.open().ask(
        "ATE0;+CCERTLIST\r",
        "ATE0;+CCERTLIST\r\r\n+CCERTLIST: \"key.pem\"\r\n\r\nOK\r\n",
    );
    assert_eq!(sim.stop(Signal::INT), Some(0));
    let key = folder.join("made/key.pem");
    let output = run(&["--files", key.to_str().expect("UTF-8")]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("key.pem cannot hold the modem's files"), "{error}");
    fs::remove_dir_all(&folder).expect("the folder");
}

#[test]
fn it_does_not_mind_that_nobody_reads_what_it_prints() {
    let mut sim = Sim::start(&["--trace"]);
    // The reader of the pipe ends at the next line, and the pipe with it.
    sim.trace = mpsc::channel().1;
    let mut host = sim.open();
    for _ in 0..3 {
        host.ask("AT\r", "AT\r\r\nOK\r\n");
    }
    assert_eq!(sim.stop(Signal::INT), Some(0));
}

#[test]
fn faults_happen_and_the_trace_says_them_in_a_line_that_a_plan_takes() {
    let plan = temporary("faults.plan");
    let text = "# a byte\n0s +2 flip to-host 0\n0s +1 noise \"~\\x20x\"\n";
    fs::write(&plan, text).expect("a file");
    let sim = Sim::start(&["--trace", "--fault-plan", plan.to_str().expect("text")]);
    let mut host = sim.open();
    host.ask("AT\r", "AT\x0c\r\n~ x\r\n\r\nOK\r\n");
    let line = sim.wait_for("# fault: 0s +2 flip to-host 0");
    assert!(line.starts_with("[00:00:0"), "{line}");
    sim.wait_for(r#"# fault: 0s +1 noise "~\x20x""#);
    assert_eq!(sim.stop(Signal::INT), Some(0));

    fs::write(&plan, "0s\n1s loose to-host\n").expect("a file");
    let output = run(&["--fault-plan", plan.to_str().expect("text")]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains("is no plan of faults: line 1: expected a kind of fault, found the line's end"),
        "{error}"
    );
    fs::remove_file(&plan).expect("it is there");
}

#[test]
fn a_seed_is_a_bad_day() {
    // Of this kind thirty happen in ten minutes; this seed has its first soon.
    let sim = Sim::start(&["--trace", "--faults", "120:echo"]);
    sim.wait_for("# fault: 0.416s echo off");
    sim.open().ask("AT\r", "\r\nOK\r\n");
    assert_eq!(sim.stop(Signal::INT), Some(0));
}

#[test]
fn every_fault_is_explained() {
    let output = run(&["--list-faults"]);
    let list = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0));
    for kind in cmqtt_sim::FaultKind::ALL {
        assert!(list.contains(&format!("\n  {} ", kind.name())), "{kind}: {list}");
    }
}

#[test]
fn every_switch_is_explained() {
    let output = run(&["--list-switches", "--family", "SIM7600"]);
    let list = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0));
    for switch in cmqtt_sim::SWITCHES {
        assert!(list.contains(&format!("\n{}=", switch.name)), "{}", switch.name);
    }
    assert!(list.contains("\nstart-success=result-first\n"), "{list}");
}

#[test]
fn wrong_arguments_end_with_2_and_words() {
    let check = |arguments: &[&str], words: &str| {
        let output = run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.contains(words), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    };
    check(&["--set", "promt=blank"], "did you mean prompt?");
    check(&["--set", "prompt"], "prompt takes plain | blank | crlf");
    check(&["--set", "prompt=none"], "expected plain | blank | crlf");
    check(&["--family", "SIM800"], "there are SIM7028");
    check(&["--tcp", "7028"], "expected ADDR:PORT");
    check(
        &["--tcp", "127.0.0.1:70000"],
        "expected a port from 0 to 65535, found \"70000\"",
    );
    check(&["--set", "foo=1"], "--list-switches names all");
    check(&["--set", "rx-chunk=0"], "expected whole | 1..10240");
    check(&["--resolve", "broker"], "expected HOST:PORT=HOST:PORT");
    check(&["--tcp", "127.0.0.1:0", "--pty"], "cannot be used with");
    check(&["--baud", "0"], "0 is not in");
    check(&["--baud", "fast"], "invalid digit");
    check(&["--resolve", "broker=127.0.0.1:1883"], "expected HOST:PORT");
    check(&["--broker", "127.0.0.1"], "expected HOST:PORT");
    check(
        &["--faults", "x"],
        "expected a number from 0 to 18446744073709551615, found \"x\"",
    );
    check(
        &["--faults", "1:loose"],
        "no kind of fault is named \"loose\"; there are lose,",
    );
    check(&["--faults", "1", "--fault-plan", "file"], "cannot be used with");
    check(&["modem"], "unexpected argument");
}

#[test]
fn a_port_that_is_taken_ends_with_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = run(&["--tcp", &address]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains(&format!("cannot listen on {address}")), "{error}");
}

#[test]
fn the_help_says_what_a_user_of_the_line_meets() {
    let output = run(&["--help"]);
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    let words: Vec<_> = help.split_whitespace().collect();
    let help = words.join(" ");
    for said in [
        "starts already booted",
        "Boot lines come after AT+CRESET, after AT+CPOF",
        "A half-typed line survives a change of host",
        "--resolve <HOST:PORT=HOST:PORT>",
        "--broker <HOST:PORT>",
        "--files <DIR>",
        "--faults <SEED[:KIND,KIND...]>",
        "--fault-plan <FILE>",
    ] {
        assert!(help.contains(said), "{said}: {help}");
    }
}

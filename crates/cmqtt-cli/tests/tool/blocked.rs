//! Readers that do not read: what the program prints never delays the modem, nor the end of the program.

use std::io::{self, PipeReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use cmqtt_sim::Family;
use cmqtt_tests::mosquitto::Mosquitto;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process};

use super::bench::{Bench, NONE, bare, plain};
use super::collected::{Collected, PATIENCE};
use super::scripted::scripted;
use super::tool::Tool;

/// The bound is 2 s after a signal; a slow machine has some more.
const BOUND: Duration = Duration::from_secs(6);

/// The program, which a test that fails does not leave behind.
struct Running(Child);

impl Running {
    /// Starts it. The command's copies of the pipes are closed.
    #[track_caller]
    fn start(mut command: Command) -> Self {
        Self(command.spawn().expect("the program runs"))
    }

    #[track_caller]
    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.0.id()).expect("a process id");
        kill_process(Pid::from_raw(id).expect("a process id"), signal).expect("it runs");
    }

    /// Waits for the end, which has to come within this time since then.
    #[track_caller]
    fn ends(mut self, begin: Instant, bound: Duration) -> ExitStatus {
        let id = i32::try_from(self.0.id()).expect("a process id");
        let (waiting, over) = channel::<()>();
        // A run that does not end is killed, and the test fails.
        let watch = thread::spawn(move || {
            if over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let _ = kill_process(Pid::from_raw(id).expect("a process id"), Signal::KILL);
            }
        });
        let status = self.0.wait().expect("it can be waited for");
        drop(waiting);
        watch.join().expect("no panic");
        let took = begin.elapsed();
        assert!(took < bound, "it took {took:?}");
        status
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A pipe that takes no byte more, and the end that is not read.
fn full() -> (PipeReader, Stdio) {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    let flags = fcntl_getfl(&writer).expect("flags");
    fcntl_setfl(&writer, flags | OFlags::NONBLOCK).expect("a pipe has it");
    for chunk in [4096, 1] {
        while writer.write(&vec![b'.'; chunk]).is_ok() {}
    }
    fcntl_setfl(&writer, flags).expect("a pipe has it");
    (reader, writer.into())
}

#[test]
fn sub_ends_at_a_signal_though_neither_of_its_outputs_is_read() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    for number in [Signal::TERM, Signal::INT, Signal::HUP] {
        let ((_out, stdout), (_err, stderr)) = (full(), full());
        let id = format!("signal {}", number.as_raw());
        let mut command = bench.command(&format!("sub {} -t t --trace", plain(&broker)));
        command.args(["-i", &id]).stdout(stdout).stderr(stderr);
        let child = Running::start(command);
        broker.wait_for(&format!("Sending SUBACK to {id}"));
        broker.publish("t", b"nobody reads this", 1, false);
        broker.wait_for(&format!("Sending PUBLISH to {id}"));
        let begin = Instant::now();
        child.signal(number);
        let status = child.ends(begin, BOUND);
        assert!(status.code().is_some(), "{status}");
        broker.wait_for(&format!("Received DISCONNECT from {id}"));
    }
    bench.works(&mut broker);
}

#[test]
fn sub_ends_after_its_time_though_nothing_is_read() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let ((_out, stdout), (_err, stderr)) = (full(), full());
    let mut command = bench.command(&format!("sub {} -t t -i me -W 2", plain(&broker)));
    command.stdout(stdout).stderr(stderr);
    let begin = Instant::now();
    let child = Running::start(command);
    broker.wait_for("Sending SUBACK to me");
    broker.publish("t", b"nobody reads this", 0, false);
    let status = child.ends(begin, Duration::from_secs(2) + BOUND);
    assert_eq!(status.code(), Some(27));
}

#[test]
fn sub_counts_and_tells_the_messages_that_a_slow_reader_misses() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7600);
    let (out, stdout) = full();
    let mut command = bench.command(&format!("sub {} -t t -i me -q 1", plain(&broker)));
    // Two million bytes a message: two of them fit.
    let payload = [b'x'; 10_000];
    let format = format!("message %l{}\\n", "%x".repeat(100));
    command
        .args(["-F", &format, "--trace"])
        .stdout(stdout)
        .stderr(Stdio::piped());
    let mut child = Running::start(command);
    let err = Collected::of(child.0.stderr.take().expect("a pipe"));
    broker.wait_for("Sending SUBACK to me");
    let sent = 6;
    for _ in 0..sent {
        broker.publish("t", &payload, 1, false);
    }
    // The port is read, though nobody reads what is printed.
    let received = |bytes: &[u8]| bytes.windows(11).filter(|&part| part == b"+CMQTTRXEND").count();
    assert!(err.becomes(|bytes| received(bytes) == sent), "{}", err.text());
    // And it is told as soon as somebody does.
    let out = Collected::of(out);
    err.wait_for(0, b"not printed: the reader of standard output is too slow", 0);
    let begin = Instant::now();
    child.signal(Signal::TERM);
    let status = child.ends(begin, BOUND);
    assert!(out.ends() && err.ends());
    assert_eq!(status.code(), Some(1), "losses are no success");
    let printed = out.text().matches("message ").count();
    let lost: usize = err
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("cmqtt sub: ")?.split_once(" message"))
        .filter(|(_, rest)| rest.contains("not printed"))
        .map(|(count, _)| count.parse::<usize>().expect("a number"))
        .sum();
    assert!(lost >= 1, "{}", err.text());
    assert_eq!(printed + lost, sent, "{}", err.text());
    bench.works(&mut broker);
}

#[test]
fn gateway_publishes_though_its_complaints_are_not_read() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let watcher = broker.subscribe("t", 1);
    let (_err, stderr) = full();
    let mut command = bench.command(&format!("gateway {} --spool spool -q 1 --trace", plain(&broker)));
    command.stdin(Stdio::piped()).stderr(stderr);
    let mut child = Running::start(command);
    let mut stdin = child.0.stdin.take().expect("a pipe");
    stdin.write_all(b"bad\nt good\n").expect("it reads");
    assert_eq!(watcher.messages()[0].payload, b"good");
    let begin = Instant::now();
    child.signal(Signal::TERM);
    assert!(child.ends(begin, BOUND).code().is_some());
    bench.works(&mut broker);
}

#[test]
fn at_ends_though_its_answers_are_not_read() {
    let bench = Bench::new(Family::A76xx);
    let ((_out, stdout), (_err, stderr)) = (full(), full());
    let mut command = bench.command("at AT+CSQ --listen 1");
    command.stdout(stdout).stderr(stderr);
    let begin = Instant::now();
    let child = Running::start(command);
    assert_eq!(child.ends(begin, Duration::from_secs(1) + BOUND).code(), Some(1));
}

#[test]
fn at_ends_in_time_though_the_modem_never_falls_silent() {
    let folder = cmqtt_tests::programs::folder();
    for flood in [&b"\r\n+CSQ: 12,99\r\n"[..], b"without end "] {
        let (device, _open) = scripted(b"\r\nOK\r\n".to_vec(), flood);
        let mut at = bare(folder.path());
        let begin = Instant::now();
        let tool = Tool::start(at.args(["at", "AT", "--listen", "2", "--device", &device]));
        // The second kind is never a line.
        let lines = tool.end().text().lines().count();
        assert!(lines >= 2, "{lines} lines");
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(2) + BOUND, "it took {took:?}");
    }
}

#[test]
fn sim_serves_and_ends_though_its_trace_is_not_read() {
    let folder = cmqtt_tests::programs::folder();
    let (_err, stderr) = full();
    let mut sim = bare(folder.path());
    sim.args(["sim", "--trace", "--pty", "modem", "--set", "delays=none"]);
    sim.stdout(Stdio::piped()).stderr(stderr);
    let mut child = Running::start(sim);
    let out = Collected::of(child.0.stdout.take().expect("a pipe"));
    out.wait_for(0, b"\n", 0);
    let mut info = bare(folder.path());
    Tool::start(info.args(["info", "--device", "modem"])).end().well();
    let begin = Instant::now();
    child.signal(Signal::TERM);
    assert_eq!(child.ends(begin, BOUND).code(), Some(0));
}

#[test]
fn a_hangup_ends_it_as_a_signal_does_unless_it_was_started_with_nohup() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let line = format!("{} -t t -i me --device {}", plain(&broker), bench.device);
    let tool = bench.start(&format!("sub {} -t t -i me", plain(&broker)), NONE);
    broker.wait_for("Sending SUBACK to me");
    tool.signal(Signal::HUP);
    assert_eq!(tool.end().well(), b"");
    broker.wait_for("Received DISCONNECT from me");
    let mut nohup = Command::new("nohup");
    nohup
        .arg(env!("CARGO_BIN_EXE_cmqtt"))
        .arg("sub")
        .args(line.split_whitespace())
        .current_dir(bench.folder.path())
        .env("HOME", bench.folder.path());
    let tool = Tool::start(&mut nohup);
    broker.wait_for("Sending SUBACK to me");
    tool.signal(Signal::HUP);
    // It listens on.
    broker.publish("t", b"after the hangup", 1, false);
    tool.out.wait_for(0, b"after the hangup\n", 0);
    tool.signal(Signal::TERM);
    tool.end().with(0, &[]);
    bench.works(&mut broker);
}

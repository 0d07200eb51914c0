//! A real broker for a test: `mosquitto` with a listener of each kind, and its own clients beside it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::certificates::Certificates;
use crate::programs;

/// Where the broker listens: each has a port of its own on loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// Lets everybody in.
    Plain,
    /// Lets in who knows [`USER`] and [`PASSWORD`].
    Password,
    /// TLS with `server.pem`.
    Tls,
    /// The same, for clients that show a certificate of the authority.
    Mutual,
    /// TLS with `old_server.pem`.
    Old,
    /// TLS with `expired.pem`.
    Expired,
    /// TLS with `wrong_name.pem`.
    WrongName,
    /// TLS with `self_signed.pem`.
    SelfSigned,
    /// TLS 1.3 alone.
    Tls13,
}

/// The one user of [`Listener::Password`].
pub const USER: &str = "user";
/// And its password.
pub const PASSWORD: &str = "pass";

/// A broker that runs until it is dropped.
#[derive(Debug)]
pub struct Mosquitto {
    folder: TempDir,
    ports: Vec<u16>,
    running: Option<Running>,
    /// What it has said while nobody waited for anything, if that is wanted.
    record: Option<Vec<String>>,
    /// How many subscribers there have been.
    subscribers: usize,
}

#[derive(Debug)]
struct Running {
    child: Child,
    log: Receiver<String>,
}

impl Mosquitto {
    /// Starts one, with a port for every [`Listener`].
    ///
    /// # Panics
    /// It does not start: its log is shown.
    #[must_use]
    pub fn start() -> Self {
        // Somebody else may take a port between the system's word and the broker's start.
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            let ports = free_ports(ALL.len());
            let mut mosquitto = Self {
                folder: programs::folder(),
                ports,
                running: None,
                record: None,
                subscribers: 0,
            };
            mosquitto.configure();
            match mosquitto.run() {
                Ok(()) => return mosquitto,
                Err(found) => log = found,
            }
        }
        panic!("mosquitto did not start in {ATTEMPTS} attempts; it said:\n{log}");
    }

    /// The port of a listener.
    ///
    /// # Panics
    /// Never: each has one.
    #[must_use]
    pub fn port(&self, listener: Listener) -> u16 {
        let index = ALL.iter().position(|known| *known == listener);
        index
            .and_then(|index| self.ports.get(index))
            .copied()
            .expect("every listener has a port")
    }

    /// The address of a listener.
    #[must_use]
    pub fn address(&self, listener: Listener) -> SocketAddr {
        ([127, 0, 0, 1], self.port(listener)).into()
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            // It fails if it has ended already.
            let _ = running.child.kill();
            let _ = running.child.wait();
            if let Some(record) = &mut self.record {
                // Until the end of its log.
                record.extend(running.log.iter());
            }
        }
    }

    /// From now on, what it says is kept for [`Mosquitto::published`], also what it says before it is killed.
    pub fn record(&mut self) {
        self.record = Some(Vec::new());
    }

    /// The topics of the messages that it has received since it was last asked, one for each PUBLISH: [`Mosquitto::record`].
    /// It is listened to for so long.
    pub fn published(&mut self, time: Duration) -> Vec<String> {
        let deadline = Instant::now() + time;
        let mut lines = self.record.as_mut().map(std::mem::take).unwrap_or_default();
        while let Some(running) = &self.running
            && let Ok(line) = running
                .log
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            lines.push(line);
        }
        lines
            .into_iter()
            .filter_map(|line| published(&line).map(str::to_owned))
            .collect()
    }

    /// Starts it again, on the same ports. It has forgotten everything.
    ///
    /// # Panics
    /// It does not start: its log is shown.
    pub fn restart(&mut self) {
        self.kill();
        if let Err(log) = self.run() {
            panic!("mosquitto did not start again; it said:\n{log}");
        }
    }

    /// Publishes with `mosquitto_pub` through the plain listener.
    ///
    /// # Panics
    /// It fails: its own words are shown.
    pub fn publish(&self, topic: &str, payload: &[u8], qos: u8, retain: bool) {
        let mut command = programs::command("mosquitto_pub");
        command.args(["-h", "127.0.0.1", "-p", &self.port(Listener::Plain).to_string()]);
        command.args(["-t", topic, "-q", &qos.to_string()]);
        command.args(retain.then_some("-r"));
        // From its standard input it takes no empty message.
        command.arg(if payload.is_empty() { "-n" } else { "-s" });
        give(command, payload);
    }

    /// Publishes each text with `mosquitto_pub`, as fast as it does.
    ///
    /// # Panics
    /// It fails: its own words are shown.
    pub fn publish_lines(&self, topic: &str, texts: &[String]) {
        let mut command = programs::command("mosquitto_pub");
        command.args(["-h", "127.0.0.1", "-p", &self.port(Listener::Plain).to_string()]);
        command.args(["-t", topic, "-q", "1", "-l"]);
        give(command, (texts.join("\n") + "\n").as_bytes());
    }

    /// Starts `mosquitto_sub` on the plain listener; when this returns, it is subscribed. It waits for so many messages.
    ///
    /// # Panics
    /// It does not come to subscribe: the broker's log is shown.
    #[must_use]
    pub fn subscribe(&mut self, filter: &str, count: usize) -> Subscriber {
        self.subscribers += 1;
        let id = format!("subscriber {}", self.subscribers);
        let mut command = programs::command("mosquitto_sub");
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &self.port(Listener::Plain).to_string(),
            "-i",
            &id,
        ]);
        command.args([
            "-t",
            filter,
            "-q",
            "2",
            "-C",
            &count.to_string(),
            "-W",
            &PATIENCE.as_secs().to_string(),
        ]);
        command.args(["-F", "%x %q %r %t"]);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("mosquitto_sub starts");
        self.wait_for(&format!("Sending SUBACK to {id}"));
        Subscriber {
            child: Some(child),
            count,
        }
    }

    /// Waits until the broker's log holds these words, from where the last wait ended.
    ///
    /// # Panics
    /// They do not come: what came instead is shown.
    pub fn wait_for(&mut self, words: &str) {
        let running = self.running.as_ref().expect("the broker runs");
        if let Err(log) = running.wait_for(words) {
            panic!("mosquitto did not say \"{words}\", but:\n{log}");
        }
    }

    fn configure(&self) {
        let folder = self.folder.path();
        let certificates = Certificates::get();
        let file = |name: &str| certificates.path(name).display().to_string();
        let mut lines = vec![
            "per_listener_settings true".to_owned(),
            "persistence false".to_owned(),
            "log_dest stderr".to_owned(),
            "log_type all".to_owned(),
        ];
        if programs::is_root(&self.folder) {
            // Otherwise it becomes somebody who may not read the keys.
            lines.push("user root".to_owned());
        }
        let passwords = folder.join("passwords");
        fs::write(&passwords, format!("{USER}:{PASSWORD}\n")).expect("a file");
        let mut command = programs::command("mosquitto_passwd");
        let output = command
            .arg("-U")
            .arg(&passwords)
            .output()
            .expect("mosquitto_passwd starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        for (listener, port) in ALL.iter().zip(&self.ports) {
            lines.push(format!("listener {port} 127.0.0.1"));
            lines.push(match listener {
                Listener::Password => format!("allow_anonymous false\npassword_file {}", passwords.display()),
                _ => "allow_anonymous true".to_owned(),
            });
            if let Some(name) = listener.certificate() {
                lines.push(format!("certfile {}", file(&format!("{name}.pem"))));
                lines.push(format!("keyfile {}", file(&format!("{name}.key"))));
            }
            if *listener == Listener::Mutual {
                lines.push(format!("cafile {}\nrequire_certificate true", file("ca.pem")));
            }
            if *listener == Listener::Tls13 {
                lines.push("tls_version tlsv1.3".to_owned());
            }
        }
        fs::write(folder.join("mosquitto.conf"), lines.join("\n") + "\n").expect("a file");
    }

    /// Until it listens; if it ends instead, its log.
    fn run(&mut self) -> Result<(), String> {
        let mut command = programs::command("mosquitto");
        command.arg("-c").arg(self.folder.path().join("mosquitto.conf"));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("mosquitto starts");
        let log = read_lines(child.stderr.take().expect("a pipe"));
        let running = Running { child, log };
        let listens = running.wait_for(" running");
        self.running = Some(running);
        if listens.is_err() {
            self.kill();
        }
        listens
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Running {
    fn wait_for(&self, words: &str) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            match self
                .log
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) if line.contains(words) => return Ok(()),
                Ok(line) => seen.push(line),
                Err(RecvTimeoutError::Timeout) => seen.push(format!("(nothing more within {PATIENCE:?})")),
                Err(RecvTimeoutError::Disconnected) => seen.push("(it has ended)".to_owned()),
            }
            if seen.last().is_some_and(|line| line.starts_with('(')) {
                return Err(seen.join("\n"));
            }
        }
    }
}

/// What `mosquitto_sub` received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The topic name.
    pub topic: String,
    /// The payload, byte for byte.
    pub payload: Vec<u8>,
    /// 0 to 2.
    pub qos: u8,
    /// Whether it had lain at the broker.
    pub retained: bool,
}

/// A `mosquitto_sub` that is subscribed.
#[derive(Debug)]
pub struct Subscriber {
    child: Option<Child>,
    count: usize,
}

impl Subscriber {
    /// Waits for the messages.
    ///
    /// # Panics
    /// Fewer have come within a time that only a failing test waits for.
    #[must_use]
    #[track_caller]
    pub fn messages(mut self) -> Vec<Received> {
        let child = self.child.take().expect("it is asked once");
        let output = child.wait_with_output().expect("mosquitto_sub ends");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let messages: Vec<_> = text
            .lines()
            .map(|line| received(line).expect("four fields"))
            .collect();
        assert_eq!(
            messages.len(),
            self.count,
            "mosquitto_sub heard {messages:?} ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        messages
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// `Received PUBLISH from me (d0, q1, r0, m1, 'the topic', ... (3 bytes))`
fn published(line: &str) -> Option<&str> {
    let (_, what) = line.split_once("Received PUBLISH from ")?;
    Some(what.split_once(", '")?.1.split_once("', ...")?.0)
}

/// `<payload in hexadecimal> <qos> <retained> <topic>`
fn received(line: &str) -> Option<Received> {
    let mut fields = line.splitn(4, ' ');
    let digits = fields.next()?.as_bytes();
    let payload = digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    Some(Received {
        payload: payload.collect::<Option<_>>()?,
        qos: fields.next()?.parse().ok()?,
        retained: fields.next()? == "1",
        topic: fields.next()?.to_owned(),
    })
}

impl Listener {
    /// The certificate that it shows.
    const fn certificate(self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::Password => None,
            Self::Tls | Self::Mutual | Self::Tls13 => Some("server"),
            Self::Old => Some("old_server"),
            Self::Expired => Some("expired"),
            Self::WrongName => Some("wrong_name"),
            Self::SelfSigned => Some("self_signed"),
        }
    }
}

/// Runs `mosquitto_pub` with this on its standard input.
fn give(mut command: Command, input: &[u8]) {
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("mosquitto_pub starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    // It does not read where it has nothing to read.
    if !input.is_empty() {
        pipe.write_all(input).expect("mosquitto_pub reads");
    }
    drop(pipe);
    let output = child.wait_with_output().expect("mosquitto_pub ends");
    assert!(
        output.status.success(),
        "mosquitto_pub: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The lines as they come; the receiver hears of the end.
fn read_lines(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Ports that nobody listens on at this moment: all are held at once, so that none comes twice. They lie below those
/// that systems give to whoever asks for any, so that a broker that is killed finds its own again, and each process
/// begins elsewhere.
fn free_ports(count: usize) -> Vec<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let begin = std::process::id().wrapping_mul(STRIDE);
    let mut held = Vec::new();
    for _ in 0..PORTS {
        let offset = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS;
        let port = u16::try_from(FIRST_PORT + offset).expect("a port");
        held.extend(TcpListener::bind(("127.0.0.1", port)));
        if held.len() == count {
            break;
        }
    }
    let ports = held
        .iter()
        .map(|held| held.local_addr().map(|address| address.port()));
    let ports: Vec<_> = ports.collect::<Result<_, _>>().expect("an address");
    assert_eq!(ports.len(), count, "ports on loopback that nobody holds");
    ports
}

const FIRST_PORT: u32 = 15_000;
const PORTS: u32 = 17_000;
/// More than one test asks for.
const STRIDE: u32 = 32;

const ALL: [Listener; 9] = [
    Listener::Plain,
    Listener::Password,
    Listener::Tls,
    Listener::Mutual,
    Listener::Old,
    Listener::Expired,
    Listener::WrongName,
    Listener::SelfSigned,
    Listener::Tls13,
];

const ATTEMPTS: usize = 5;

/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

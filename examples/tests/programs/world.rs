//! A modem at a serial device with a broker behind it, and a program on it.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use cmqtt_sim::broker::{Broker, Message};
use cmqtt_sim::host::{
    BrokerServer, ClientOptions, LineEvent, ModemServer, Pty, Resolver, ServerOptions, Target, Trace,
};
use cmqtt_sim::{Family, Modem, Profile};
use rustix::process::{Pid, Signal, kill_process};

/// How long something may take that takes milliseconds when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) device: String,
    /// The command lines that the modem got.
    commands: Arc<Mutex<Vec<u8>>>,
    _modem: ModemServer,
    broker: Option<BrokerServer>,
}

impl World {
    /// A modem that reaches a broker of its own.
    pub(crate) fn new(family: Family) -> Self {
        let broker = BrokerServer::bind("127.0.0.1:0", Broker::default()).expect("a port on loopback");
        let mut world = Self::with_broker(family, broker.address());
        world.broker = Some(broker);
        world
    }

    /// A modem for which every broker is this one.
    pub(crate) fn with_broker(family: Family, broker: SocketAddr) -> Self {
        let commands = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&commands);
        let target: Target = broker.to_string().parse().expect("an address");
        let options = ServerOptions {
            network: ClientOptions {
                resolver: Resolver::default().send_all_to(target),
                ..ClientOptions::default()
            },
            trace: Some(Trace::new(move |_, event| {
                if let LineEvent::FromHost(bytes) = event {
                    heard.lock().expect("no panic").extend_from_slice(bytes);
                }
            })),
            ..ServerOptions::default()
        };
        let pty = Pty::open(None).expect("a pseudo-terminal");
        Self {
            device: pty.device().to_str().expect("UTF-8").to_owned(),
            commands,
            _modem: ModemServer::spawn(Modem::new(Profile::of(family).at_once()), pty, options)
                .expect("a thread"),
            broker: None,
        }
    }

    /// The last command lines.
    pub(crate) fn last_commands(&self, count: usize) -> Vec<String> {
        let heard = self.commands.lock().expect("no panic");
        let lines = heard
            .split(|&byte| byte == b'\r')
            .filter(|line| line.starts_with(b"AT"));
        let lines: Vec<_> = lines.map(|line| line.escape_ascii().to_string()).collect();
        lines[lines.len().saturating_sub(count)..].to_vec()
    }

    /// The broker publishes.
    pub(crate) fn publish(&self, message: Message) {
        let broker = self.broker.as_ref().expect("a broker of its own");
        broker
            .with_broker(|now, broker| broker.publish_from_outside(now, message))
            .expect("a topic");
    }

    /// The broker closes every connection, and listens on.
    pub(crate) fn cut_connections(&self) {
        let broker = self.broker.as_ref().expect("a broker of its own");
        broker.with_broker(|now, broker| broker.stop(now));
    }
}

/// A program that runs, and what it printed.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<String>,
    heard: Vec<String>,
}

impl Program {
    pub(crate) fn start(path: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(path)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                // It fails when the test has ended.
                let _ = sender.send(line);
            }
        });
        Self {
            child,
            lines,
            heard: Vec::new(),
        }
    }

    /// The next line that begins so.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, words: &str) -> String {
        self.wait(words, |line| line.starts_with(words))
    }

    /// The next line that has these words in it.
    #[track_caller]
    pub(crate) fn wait_for_part(&mut self, words: &str) -> String {
        self.wait(words, |line| line.contains(words))
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let id = i32::try_from(self.child.id()).expect("a process id");
        kill_process(Pid::from_raw(id).expect("a process id"), Signal::INT).expect("it runs");
    }

    #[track_caller]
    pub(crate) fn succeeds(&mut self) {
        let (success, words) = self.end();
        assert!(success, "{words}");
    }

    /// What it says when it fails.
    #[track_caller]
    pub(crate) fn fails(&mut self) -> String {
        let (success, words) = self.end();
        assert!(!success, "it succeeded");
        words
    }

    #[track_caller]
    fn wait(&mut self, words: &str, wanted: impl Fn(&str) -> bool) -> String {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let left = give_up.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if wanted(&line) => return line,
                Ok(line) => self.heard.push(line),
                Err(_) => {
                    // It may hang: what it said tells more.
                    let _ = self.child.kill();
                    let (_, error) = self.end();
                    panic!(
                        "no line with \"{words}\" in {PATIENCE:?}, but:\n{}\n{error}",
                        self.heard.join("\n")
                    );
                }
            }
        }
    }

    /// Whether it succeeded, and what it said on standard error.
    fn end(&mut self) -> (bool, String) {
        // Until it has ended nothing is missing: the lines end with it.
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.heard.push(line);
        }
        let _ = self.child.kill();
        let status = self.child.wait().expect("its end");
        let mut words = String::new();
        let mut stderr = self.child.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut words).expect("text");
        (status.success(), words)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It fails when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

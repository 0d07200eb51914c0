//! A modem that the program can open, and a broker behind it.

use std::ffi::OsStr;
use std::fmt::Write;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;

use cmqtt_sim::host::{ClientOptions, Faults, LineEvent, ModemServer, Pty, Resolver, ServerOptions, Trace};
use cmqtt_sim::{Family, Modem, Profile};
use cmqtt_tests::certificates::Certificates;
use cmqtt_tests::mosquitto::{Listener, Mosquitto};
use cmqtt_tests::programs;
use tempfile::TempDir;

use super::collected::Collected;
use super::tool::{Ended, Tool};

/// A modem on a pseudo-terminal of its own.
pub(crate) struct Bench {
    pub(crate) device: String,
    pub(crate) server: ModemServer,
    /// What the modem has got from its hosts.
    pub(crate) heard: Collected,
    /// Where the program runs: it finds no configuration of the user's.
    pub(crate) folder: TempDir,
}

impl Bench {
    /// One that answers at once.
    pub(crate) fn new(family: Family) -> Self {
        Self::with(Modem::new(Profile::of(family).at_once()))
    }

    pub(crate) fn with(modem: Modem) -> Self {
        Self::at(modem, Resolver::default(), None)
    }

    /// The line has this pace, and the resolver sends connections elsewhere.
    pub(crate) fn at(modem: Modem, resolver: Resolver, baud: Option<u32>) -> Self {
        Self::serve(modem, resolver, baud, None)
    }

    /// One for which these things go wrong. All connections go to this address.
    pub(crate) fn faulty(family: Family, plan: &str, broker: SocketAddr) -> Self {
        let modem = Modem::new(Profile::of(family).at_once());
        let resolver = Resolver::default().send_all_to(broker.to_string().parse().expect("an address"));
        let faults = Faults::plan(plan.parse().expect("a plan"));
        Self::serve(modem, resolver, None, Some(faults))
    }

    fn serve(modem: Modem, resolver: Resolver, baud: Option<u32>, faults: Option<Faults>) -> Self {
        let heard = Collected::default();
        let theirs = heard.clone();
        let trace = Trace::new(move |_, event| {
            if let LineEvent::FromHost(bytes) = event {
                theirs.push(bytes);
            }
        });
        let options = ServerOptions {
            network: ClientOptions {
                resolver,
                ..ClientOptions::default()
            },
            baud: baud.and_then(NonZeroU32::new),
            trace: Some(trace),
            faults,
        };
        let folder = programs::folder();
        // A port that is plugged in again has another device, and the same name.
        let device = folder.path().join("modem");
        let pty = Pty::open(Some(&device)).expect("a pseudo-terminal");
        let server = ModemServer::spawn(modem, pty, options).expect("a thread");
        Self {
            device: device.to_str().expect("UTF-8").to_owned(),
            server,
            heard,
            folder,
        }
    }

    /// Sets the modem's clock, by which it judges certificates from now on.
    #[track_caller]
    pub(crate) fn set_clock(&self) {
        let words = self.run("clock set", NONE).text();
        assert!(words.ends_with("this computer's clock\n"), "{words}");
    }

    /// The program with this modem: a subcommand and its options, divided by blanks.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = bare(self.folder.path());
        command.args(line.split_whitespace());
        command.args(["--device", &self.device]);
        command
    }

    /// Starts it with more arguments, which may hold blanks.
    #[track_caller]
    pub(crate) fn start(&self, line: &str, arguments: &[impl AsRef<OsStr>]) -> Tool {
        Tool::start(self.command(line).args(arguments))
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn run(&self, line: &str, arguments: &[impl AsRef<OsStr>]) -> Ended {
        self.start(line, arguments).end()
    }

    /// A session that works, and leaves a modem that holds nothing.
    #[track_caller]
    pub(crate) fn works(&self, broker: &mut Mosquitto) {
        let watcher = broker.subscribe("works", 1);
        self.run(&format!("pub {} -t works -m yes -q 1", plain(broker)), NONE)
            .well();
        assert_eq!(watcher.messages()[0].payload, b"yes");
        self.is_free();
    }

    /// The modem's service is stopped, and no client is held.
    #[track_caller]
    pub(crate) fn is_free(&self) {
        let info = self.info();
        assert_eq!(info["mqtt_service"], false, "{info}");
    }

    #[track_caller]
    pub(crate) fn info(&self) -> serde_json::Value {
        let out = self.run("info --json", NONE).text();
        serde_json::from_str(&out).expect("JSON")
    }

    /// The command lines that came from there, one a line; data among them.
    pub(crate) fn lines(&self, begin: usize) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.heard.bytes()[begin..]).into_owned();
        text.split('\r').map(str::to_owned).collect()
    }

    /// A file in the program's folder.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path
    }
}

/// No more arguments.
pub(crate) const NONE: &[&str] = &[];

/// The program in a folder, and nothing of the user's.
pub(crate) fn bare(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cmqtt"));
    command.current_dir(folder);
    for variable in ["DEVICE", "CONFIG", "USERNAME", "PASSWORD"] {
        command.env_remove(format!("CMQTT_{variable}"));
    }
    command.env("HOME", folder).env("XDG_CONFIG_HOME", folder);
    command
}

/// The options for the broker's plain listener.
pub(crate) fn plain(broker: &Mosquitto) -> String {
    at(broker, Listener::Plain)
}

/// The options for a listener.
pub(crate) fn at(broker: &Mosquitto, listener: Listener) -> String {
    format!("-h localhost -p {}", broker.port(listener))
}

/// `--cafile … --cert … --key …`, as many as there are names.
pub(crate) fn tls(files: &[&str]) -> String {
    let mut options = String::new();
    for (option, file) in ["--cafile", "--cert", "--key"].iter().zip(files) {
        let path = Certificates::get().path(file);
        write!(options, "{option} {} ", path.display()).expect("a string");
    }
    options
}

/// Every byte, and what looks like the modem's own words.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    let words = b"\r\nOK\r\n>\r\n\"+CMQTTCONNLOST: 0,1\r\n+CMQTTRXEND: 0\r\nERROR\r\n";
    words.iter().copied().chain((0..=255).cycle()).take(len).collect()
}

/// The most bytes that a family's modem takes in a message.
pub(crate) fn longest(family: Family) -> usize {
    usize::try_from(Profile::of(family).switches.payload_max.0).expect("a length")
}

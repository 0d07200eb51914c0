//! The modem, in a process of its own: at a pseudo-terminal, with a network that answers everything at once.

use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use cmqtt_sim::{Modem, NetworkEvent, NetworkRequest, Output, Profile};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// Makes this program the modem.
pub(crate) const ARGUMENT: &str = "modem";

/// A modem that runs until it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) device: String,
    _stdout: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start() -> Self {
        let program = env::current_exe().expect("this program's path");
        let mut child = Command::new(program)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut device = String::new();
        stdout.read_line(&mut device).expect("the modem's device");
        Self {
            child,
            device: device.trim_end().to_owned(),
            _stdout: stdout,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It fails when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says where it is, and is a modem until it is killed.
pub(crate) fn serve() {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&master).expect("its device");
    unlockpt(&master).expect("its device");
    let device = ptsname(&master, Vec::new()).expect("its name");
    // Held open, so that contestants may come and go.
    let _held = raw(&device);
    println!("{}", device.to_str().expect("UTF-8"));
    let mut port = File::from(master);
    let mut modem = Modem::new(Profile::SIM7028.at_once());
    let begin = Instant::now();
    let mut buffer = [0; 4096];
    loop {
        let now = begin.elapsed();
        modem.handle_timeout(now);
        let deadline = loop {
            match modem.poll() {
                Output::Transmit(bytes) => port.write_all(&bytes).expect("the terminal"),
                Output::Network(client, request) => answer(&mut modem, begin, client, request),
                Output::Wait(deadline) => break deadline,
            }
        };
        let wait = deadline.map(|deadline| deadline.saturating_sub(begin.elapsed()));
        let wait = wait.map(|wait| Timespec::try_from(wait).expect("no age of the world"));
        let mut ends = [PollFd::new(&port, PollFlags::IN)];
        if poll(&mut ends, wait.as_ref()).is_ok_and(|ready| ready > 0) {
            let len = port.read(&mut buffer).expect("the terminal");
            modem.handle_received(begin.elapsed(), &buffer[..len]);
        }
    }
}

fn raw(device: &std::ffi::CStr) -> OwnedFd {
    let held = rustix::fs::open(device, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("the device");
    let mut settings = tcgetattr(&held).expect("its settings");
    settings.make_raw();
    tcsetattr(&held, OptionalActions::Now, &settings).expect("its settings");
    held
}

/// A network that does at once whatever it is asked. A publish to `burst` brings as many messages as its payload says.
fn answer(modem: &mut Modem, begin: Instant, client: u8, request: NetworkRequest) {
    let mut burst = 0;
    let event = match request {
        NetworkRequest::Connect(_) => NetworkEvent::Connected,
        NetworkRequest::Publish { topic, payload, .. } => {
            if topic == b"burst" {
                let count = String::from_utf8(payload).expect("a number");
                burst = count.parse().expect("a number");
            }
            NetworkEvent::Published
        }
        NetworkRequest::Subscribe { .. } => NetworkEvent::Subscribed { granted: true },
        NetworkRequest::Unsubscribe { .. } => NetworkEvent::Unsubscribed,
        NetworkRequest::Disconnect => NetworkEvent::Disconnected,
        NetworkRequest::Abort => return,
    };
    modem.handle_network(begin.elapsed(), client, event);
    for _ in 0..burst {
        let event = NetworkEvent::Message {
            topic: b"simcommsg".to_vec(),
            payload: crate::contestants::PAYLOAD.to_vec(),
        };
        modem.handle_network(begin.elapsed(), client, event);
    }
}

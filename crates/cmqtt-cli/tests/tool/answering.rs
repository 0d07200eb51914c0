//! A modem that answers as a test says, by the first letters of the command: for answers that the simulated modem never
//! gives.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use cmqtt_tests::programs;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tempfile::TempDir;

use super::bench::bare;
use super::tool::{Ended, Tool};

/// A modem on a pseudo-terminal whose answers are a table. What the table does not name is answered `OK`.
pub(crate) struct Scripted {
    device: String,
    folder: TempDir,
    lines: Arc<Mutex<Vec<String>>>,
    /// While it is open, the other end of the terminal can be read.
    _open: OwnedFd,
}

/// What a healthy modem answers, where that is more than `OK`.
const HEALTHY: [(&str, &str); 9] = [
    ("AT+CGMM", "SIM7028"),
    ("AT+CPIN?", "+CPIN: READY"),
    ("AT+CSQ", "+CSQ: 20,0"),
    ("AT+CEREG?", "+CEREG: 0,1"),
    ("AT+CGATT?", "+CGATT: 1"),
    ("AT+CGPADDR", "+CGPADDR: 1,10.0.0.1"),
    ("AT+CMQTTSTART", "OK|+CMQTTSTART: 0"),
    ("AT+CMQTTCONNECT=0", "OK|+CMQTTCONNECT: 0,0"),
    ("AT+CMQTTDISC=0", "OK|+CMQTTDISC: 0,0"),
];

impl Scripted {
    /// Each entry: how the command begins, and the lines of its answer, separated by `|`. Unless one of them is a final
    /// result, `OK` follows.
    pub(crate) fn new(answers: &[(&'static str, &'static str)]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&master).expect("the device is ours");
        unlockpt(&master).expect("the device can be opened");
        let device = ptsname(&master, Vec::new()).expect("a name");
        let device = device.into_string().expect("UTF-8");
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let open = rustix::fs::open(Path::new(&device), flags, Mode::empty()).expect("it opens");
        let mut settings = tcgetattr(&open).expect("its settings");
        settings.make_raw();
        tcsetattr(&open, OptionalActions::Now, &settings).expect("it can be raw");
        let lines = Arc::default();
        let modem = Modem {
            port: File::from(master),
            answers: answers.to_vec(),
            lines: Arc::clone(&lines),
        };
        thread::spawn(|| modem.serve());
        Self {
            device,
            folder: programs::folder(),
            lines,
            _open: open,
        }
    }

    /// Runs the program with these arguments until it ends.
    #[track_caller]
    pub(crate) fn run(&self, line: &str) -> Ended {
        self.start(line).end()
    }

    /// Starts the program with these arguments.
    #[track_caller]
    pub(crate) fn start(&self, line: &str) -> Tool {
        let mut command = bare(self.folder.path());
        command
            .args(line.split_whitespace())
            .args(["--device", &self.device]);
        Tool::start(&mut command)
    }

    /// The commands that came, in their order.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many of them begin so.
    pub(crate) fn count(&self, command: &str) -> usize {
        self.lines()
            .iter()
            .filter(|line| line.starts_with(command))
            .count()
    }
}

struct Modem {
    port: File,
    answers: Vec<(&'static str, &'static str)>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Modem {
    /// Answers until the device is closed everywhere.
    fn serve(mut self) {
        while let Some(line) = self.line() {
            let answer = self.answer(&line);
            let asks = line.ends_with('?') || answer.contains("ERROR");
            let data = (!asks).then(|| data_of(&line)).flatten();
            self.lines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
            if let Some(len) = data {
                let mut data = vec![0; len];
                let sent = self.port.write_all(b"\r\n>");
                if sent.and_then(|()| self.port.read_exact(&mut data)).is_err() {
                    return;
                }
            }
            if self.port.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            self.port.read_exact(&mut byte).ok()?;
            match byte {
                [b'\r'] if line.is_empty() => {}
                [b'\r'] => return String::from_utf8(line).ok(),
                [byte] => line.push(byte),
            }
        }
    }

    fn answer(&self, line: &str) -> String {
        let given = self.answers.iter().chain(&HEALTHY);
        let mut matching = given.filter(|(command, _)| line.starts_with(command));
        let answer = matching.next().map_or("OK", |(_, answer)| answer);
        let ended = |line: &str| line == "OK" || line.contains("ERROR");
        let mut lines: Vec<&str> = answer.split('|').collect();
        if !lines.iter().any(|line| ended(line)) {
            lines.push("OK");
        }
        lines.iter().map(|line| format!("\r\n{line}\r\n")).collect()
    }
}

/// How many bytes of data follow a command.
fn data_of(line: &str) -> Option<usize> {
    const WITH_DATA: [&str; 4] = [
        "AT+CCERTDOWN=",
        "AT+CMQTTTOPIC=",
        "AT+CMQTTPAYLOAD=",
        "AT+CMQTTSUB=0,",
    ];
    if !WITH_DATA.iter().any(|command| line.starts_with(command)) {
        return None;
    }
    line.split(',').nth(1)?.parse().ok()
}

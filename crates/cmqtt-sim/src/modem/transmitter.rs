//! What leaves for the host: answers at once, URCs when there is room between lines.

use std::collections::VecDeque;

use at_proto::cmqtt::ResultUrc;
use at_proto::{EncodeError, Encoder, Information};

use super::code::{Ending, FinalResult};
use super::mischief::{Coming, Mischief};
use crate::faults::{Place, What};
use crate::switches::{Prompt, Switches, Toggle};

/// Lines on their way to the host.
#[derive(Debug, Default)]
pub(super) struct Transmitter {
    out: Vec<u8>,
    /// URCs and received messages, each whole with its line ends.
    waiting: VecDeque<Vec<u8>>,
    waiting_bytes: usize,
    /// An information line of the running command stands right before.
    in_information: bool,
    /// The echo of a command line stands right before.
    after_echo: bool,
    /// What it does wrong.
    pub(super) mischief: Mischief,
}

impl Transmitter {
    /// All that may leave now.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        (!self.out.is_empty()).then(|| std::mem::take(&mut self.out))
    }

    /// Where echo is written.
    pub(super) fn echo(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// A command line has been echoed whole.
    pub(super) fn echoed(&mut self) {
        self.after_echo = true;
    }

    /// The next command of the line begins: its information is a block of its own.
    pub(super) fn begin_command(&mut self) {
        self.in_information = false;
    }

    /// An information line. The first of a command has an empty line before it, the others none.
    pub(super) fn information<'a, T: Information<'a>>(&mut self, switches: &Switches, line: &T) {
        let line = emit(|out| line.emit(out));
        self.information_bytes(switches, &line);
    }

    /// The same of any bytes.
    pub(super) fn information_bytes(&mut self, switches: &Switches, line: &[u8]) {
        self.gap(switches);
        if !self.in_information {
            self.lead(switches);
        }
        self.in_information = true;
        self.text(switches, line);
    }

    /// A line by itself: a final result code, or the verdict before it.
    pub(super) fn line(&mut self, switches: &Switches, line: &[u8]) {
        self.gap(switches);
        self.in_information = false;
        self.lead(switches);
        self.text(switches, line);
    }

    fn verdict(&mut self, switches: &Switches, verdict: ResultUrc) {
        if let Some(line) = self.comes(verdict) {
            self.line(switches, &line);
        }
    }

    pub(super) fn prompt(&mut self, switches: &Switches) {
        self.gap(switches);
        self.in_information = false;
        self.lead(switches);
        self.out.extend(match switches.prompt {
            Prompt::Plain => &b">"[..],
            Prompt::Blank => b"> ",
            Prompt::LineEnd => b">\r\n",
        });
    }

    /// A line that waits for room between lines.
    pub(super) fn urc(&mut self, switches: &Switches, line: &[u8]) {
        self.wait(between_lines(switches, line));
    }

    pub(super) fn verdict_urc(&mut self, switches: &Switches, verdict: ResultUrc) {
        if let Some(line) = self.comes(verdict) {
            self.urc(switches, &line);
        }
    }

    /// The verdict's line, unless it is lost or comes later.
    fn comes(&mut self, verdict: ResultUrc) -> Option<Vec<u8>> {
        let line = emit(|out| verdict.emit(out));
        match self.mischief.come(Place::Result) {
            Coming { times: 0, .. } => None,
            Coming { late, .. } if late.is_zero() => Some(line),
            Coming { late, .. } => {
                self.mischief.delay(late, line);
                None
            }
        }
    }

    /// Verdicts that were late wait for room now.
    pub(super) fn say_late(&mut self, switches: &Switches) {
        for line in self.mischief.take_late() {
            self.urc(switches, &line);
        }
    }

    /// A line is about to begin: others may come before it.
    fn gap(&mut self, switches: &Switches) {
        for what in self.mischief.gap() {
            match what {
                What::Noise(line) => {
                    self.out.extend(between_lines(switches, &line));
                    self.after_echo = false;
                }
                _ => self.flush(),
            }
        }
    }

    /// A verdict, in its place beside the final result code that follows at once: a line before it, or the URC after it,
    /// which is queued now so that nothing that the same event brings comes before it.
    pub(super) fn ending(&mut self, switches: &Switches, verdict: ResultUrc, ending: Ending) -> FinalResult {
        match ending {
            Ending::OkThenVerdict | Ending::ErrorThenVerdict => self.verdict_urc(switches, verdict),
            Ending::VerdictThenOk | Ending::VerdictThenError => self.verdict(switches, verdict),
            Ending::Error => {}
        }
        match ending {
            Ending::OkThenVerdict | Ending::VerdictThenOk => FinalResult::Ok,
            Ending::VerdictThenError | Ending::ErrorThenVerdict | Ending::Error => FinalResult::Error,
        }
    }

    /// A received message, framed. `false` when the modem has no room left for it.
    pub(super) fn message(&mut self, frame: Vec<u8>) -> bool {
        let fits = self.waiting_bytes + frame.len() <= MESSAGE_ROOM;
        if fits {
            self.wait(frame);
        }
        fits
    }

    /// Whether something waits.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Lets out what waits.
    pub(super) fn flush(&mut self) {
        for bytes in self.waiting.drain(..) {
            self.out.extend(bytes);
            self.after_echo = false;
        }
        self.waiting_bytes = 0;
    }

    /// The modem has lost its power: what waited is gone.
    pub(super) fn forget_waiting(&mut self) {
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.mischief.forget();
        self.after_echo = false;
        self.in_information = false;
    }

    fn wait(&mut self, bytes: Vec<u8>) {
        self.waiting_bytes += bytes.len();
        self.waiting.push_back(bytes);
    }

    fn lead(&mut self, switches: &Switches) {
        let dropped = std::mem::take(&mut self.after_echo) && switches.leading_line_end == Toggle::Off;
        if !dropped {
            self.out.extend(b"\r\n");
        }
    }

    fn text(&mut self, switches: &Switches, line: &[u8]) {
        self.out.extend(dress(switches, line));
        self.out.extend(b"\r\n");
    }
}

/// The line that at-proto writes. What the modem says was read from the host or stands in a profile, so it can be
/// written; a value that cannot leaves an empty line, which means nothing to anybody.
pub(super) fn emit(write: impl Fn(&mut Encoder<'_>)) -> Vec<u8> {
    let mut memory = vec![0; USUAL_LINE];
    loop {
        let mut out = Encoder::new(&mut memory);
        write(&mut out);
        match out.finish() {
            Ok(line) => return line.to_vec(),
            Err(EncodeError::NoRoom { needed, .. }) => memory.resize(needed, 0),
            Err(_) => return Vec::new(),
        }
    }
}

/// A line with the line ends around it.
fn between_lines(switches: &Switches, line: &[u8]) -> Vec<u8> {
    [b"\r\n", &dress(switches, line)[..], b"\r\n"].concat()
}

/// Takes the blank after the colon away where the firmware prints none.
pub(super) fn dress(switches: &Switches, line: &[u8]) -> Vec<u8> {
    let mut line = line.to_vec();
    if switches.colon_blank == Toggle::Off
        && matches!(line.first(), Some(b'+' | b'*'))
        && let Some(colon) = line.iter().position(|&byte| byte == b':')
        && line.get(colon + 1) == Some(&b' ')
    {
        line.remove(colon + 1);
    }
    line
}

/// Most lines are shorter.
const USUAL_LINE: usize = 128;

/// Received messages that wait, say while the host has not sent the data that it announced. Hardware drops what comes
/// beyond its room too; how much that is, nobody documents.
const MESSAGE_ROOM: usize = 256 * 1024;

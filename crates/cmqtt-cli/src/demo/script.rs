//! The conversation, written down as it happens: who says what, and what it means.

use std::cell::RefCell;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use anstyle::{AnsiColor, Style};
use at_proto::Printable;
use cmqtt_sim::Family;
use serde_json::{Value, json as value};

use super::session::Done;
use super::talk::{Line, Talk};
use crate::decode::frame::{Kind, Side};
use crate::json;

/// Prints the conversation. Clones write into the same script.
#[derive(Clone, Debug)]
pub(super) struct Script(Rc<RefCell<Inner>>);

#[derive(Debug)]
struct Inner {
    colour: bool,
    json: bool,
    started: Instant,
    steps: usize,
    talk: Talk,
    /// Why the output could not be written.
    failed: Option<io::Error>,
}

impl Script {
    pub(super) fn new(colour: bool, json: bool, started: Instant) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            colour,
            json,
            started,
            steps: 0,
            talk: Talk::new(),
            failed: None,
        })))
    }

    /// What plays, and where.
    pub(super) fn scene(&self, family: Family, device: &str, broker: SocketAddr) {
        let mut inner = self.0.borrow_mut();
        if inner.json {
            return inner.print_json(
                &value!({ "scene": { "family": family.to_string(), "device": device, "broker": broker.to_string() } }),
            );
        }
        inner.print(&format!(
            "A simulated {family} on {device}, a broker on {broker} that stands for {}.\n\
             > is the host (DTE), < the modem (DCE).",
            super::session::BROKER
        ));
    }

    /// The next step begins.
    pub(super) fn step(&self, title: &str) {
        let mut inner = self.0.borrow_mut();
        inner.steps += 1;
        let number = inner.steps;
        if inner.json {
            return inner.print_json(&value!({ "step": number, "title": title }));
        }
        let bold = inner.style(Style::new().bold());
        inner.print(&format!("\n{bold}{number:>2}. {title}{bold:#}"));
    }

    /// The steps so far.
    pub(super) fn steps(&self) -> usize {
        self.0.borrow().steps
    }

    /// Why the output could not be written, if it could not. A reader that has seen enough is no reason.
    pub(super) fn failure(&self) -> Option<io::Error> {
        let failed = self.0.borrow_mut().failed.take();
        failed.filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    /// The host wrote these bytes.
    pub(super) fn host_wrote(&self, bytes: &[u8]) {
        let mut inner = self.0.borrow_mut();
        let lines = inner.talk.host_wrote(bytes);
        inner.print_lines(&lines);
    }

    /// The modem wrote these bytes.
    pub(super) fn modem_wrote(&self, bytes: &[u8]) {
        let mut inner = self.0.borrow_mut();
        let lines = inner.talk.modem_wrote(bytes);
        inner.print_lines(&lines);
    }

    /// What was done.
    pub(super) fn summary(&self, done: &Done) {
        let mut inner = self.0.borrow_mut();
        let seconds = inner.started.elapsed().as_secs_f64();
        let Done {
            steps,
            outcome,
            received,
            to_modem,
            to_host,
        } = done;
        let sent = usize::from(outcome.is_delivered());
        let unchanged = done.unchanged();
        if inner.json {
            return inner.print_json(&value!({ "summary": {
                "steps": steps,
                "published": sent,
                "outcome": outcome.to_string(),
                "received": received.len(),
                "unchanged": unchanged,
                "bytes_to_modem": to_modem,
                "bytes_to_host": to_host,
                "seconds": (seconds * 1000.0).round() / 1000.0,
            } }));
        }
        let verdict = match unchanged {
            true => inner.style(Style::new().bold().fg_color(Some(AnsiColor::Green.into()))),
            false => inner.style(Style::new().bold().fg_color(Some(AnsiColor::Red.into()))),
        };
        let words = if unchanged {
            "came back unchanged"
        } else {
            "did NOT come back as they were sent"
        };
        inner.print(&format!(
            "\n{verdict}The 60 bytes {words}.{verdict:#}\n\
             {steps} steps in {seconds:.1} s: service started and stopped, client acquired, connected, disconnected and released.\n\
             Messages: {sent} published ({outcome}), {} received. Bytes: {to_modem} to the modem, {to_host} from it.",
            received.len(),
        ));
    }
}

impl Inner {
    fn print_lines(&mut self, lines: &[Line]) {
        for line in lines {
            let millis = self.started.elapsed().as_millis();
            if self.json {
                self.print_json(&line.json(millis));
            } else {
                self.print_line(line, millis);
            }
        }
    }

    fn print_line(&mut self, line: &Line, millis: u128) {
        let (arrow, colour) = match line.from {
            Side::Host => ('>', AnsiColor::Cyan),
            Side::Modem => ('<', AnsiColor::Yellow),
        };
        let style = match line.kind {
            Kind::Echo => Style::new().dimmed(),
            _ => Style::new().fg_color(Some(colour.into())),
        };
        let (style, dim) = (self.style(style), self.style(Style::new().dimmed()));
        let text = Printable(&line.text).to_string();
        let meaning = line.meaning();
        let (seconds, rest) = (millis / 1000, millis % 1000);
        self.print(&format!(
            "{seconds:>4}.{rest:03} {style}{arrow} {text:<WIDTH$}{style:#}  {dim}{meaning}{dim:#}"
        ));
    }

    fn print_json(&mut self, value: &Value) {
        self.print(&json::safe(&value.to_string()));
    }

    /// A line on standard output. The session goes on without it, should it fail.
    fn print(&mut self, line: &str) {
        if let Err(error) = writeln!(anstream::stdout(), "{line}") {
            self.failed.get_or_insert(error);
        }
    }

    const fn style(&self, style: Style) -> Style {
        if self.colour { style } else { Style::new() }
    }
}

const WIDTH: usize = 62;

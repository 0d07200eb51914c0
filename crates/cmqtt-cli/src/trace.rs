//! `--trace`: the conversation, one line for each of the host's and the modem's, as `cmqtt decode` reads it.

use std::io::Write;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use at_proto::cmqtt::Urc;
use at_proto::{Awaiting, Frame, Framer, Line, Redacted, Step};
use cmqtt_sim::host::LineEvent;

mod announced;
use announced::{Announced, Data, announced};

/// Puts what comes in pieces together to lines and prints them. Nothing is printed before its line is whole: half a
/// line may hold half a password.
#[derive(Debug)]
pub(crate) struct Tracer<W> {
    out: W,
    /// What the host has typed of its line.
    typed: Vec<u8>,
    /// What it has sent while the modem was to prompt.
    ahead: Vec<u8>,
    /// What the host's last line announced.
    announced: Announced,
    /// The data that it sends now, and what of them has come.
    data: Option<(Data, Vec<u8>)>,
    framer: Framer,
    said: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Side {
    Host,
    Modem,
    /// Neither: what happened to the line.
    Line,
}

impl<W: Write> Tracer<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            out,
            typed: vec![],
            ahead: vec![],
            announced: Announced::default(),
            data: None,
            framer: Framer::new(MAX_LINE),
            said: vec![],
        }
    }

    pub(crate) fn hear(&mut self, at: Duration, event: LineEvent<'_>) {
        match event {
            LineEvent::FromHost(bytes) => self.host(at, bytes),
            LineEvent::ToHost(bytes) => self.modem(at, bytes),
            LineEvent::Overrun(count) => {
                self.print(
                    at,
                    Side::Line,
                    format_args!("{count} bytes lost: the host does not read"),
                );
            }
            LineEvent::Opened => self.print(at, Side::Line, format_args!("opened")),
            LineEvent::Closed => self.print(at, Side::Line, format_args!("closed")),
            LineEvent::Refused => self.print(at, Side::Line, format_args!("a second host was turned away")),
            LineEvent::NotConnected(client, error) => {
                self.print(
                    at,
                    Side::Line,
                    format_args!("client {client} does not connect: {error}"),
                );
            }
            _ => {}
        }
    }

    fn host(&mut self, at: Duration, bytes: &[u8]) {
        for &byte in bytes {
            if let Some((_, data)) = &mut self.data {
                data.push(byte);
                self.data_grew(at);
                continue;
            }
            if !self.announced.data.is_empty() {
                // The modem holds no more of them either.
                if self.ahead.len() < MAX_LINE {
                    self.ahead.push(byte);
                }
                continue;
            }
            match byte {
                b'\r' => self.typed_line(at),
                // It belongs to the CR before it.
                b'\n' if self.typed.is_empty() => {}
                byte => {
                    self.typed.push(byte);
                    if self.typed.len() > MAX_LINE {
                        self.typed.clear();
                        let text = format_args!("({MAX_LINE} bytes without a line end)");
                        self.print(at, Side::Host, text);
                    }
                }
            }
        }
    }

    fn typed_line(&mut self, at: Duration) {
        let line = std::mem::take(&mut self.typed);
        if line.is_empty() {
            return;
        }
        match announced(&line) {
            Some(announced) => self.announced = announced,
            // A file that was refused and is sent all the same.
            None if self.announced.file => return self.print_data(at, Side::Host, true, &line),
            None => {}
        }
        self.print_line(at, Side::Host, &line);
    }

    fn data_grew(&mut self, at: Duration) {
        let Some((Data { len, secret }, data)) = &mut self.data else {
            return;
        };
        if let [_] = data.as_slice() {
            self.framer.expect_echo(data, *len, false);
        }
        if data.len() < *len {
            return;
        }
        let (secret, data) = (*secret, std::mem::take(data));
        self.data = None;
        self.print_data(at, Side::Host, secret, &data);
    }

    fn modem(&mut self, at: Duration, bytes: &[u8]) {
        self.said.extend(bytes);
        let mut said = std::mem::take(&mut self.said);
        let mut start = 0;
        loop {
            let awaiting = match self.announced.data.front() {
                Some(_) => Awaiting::Prompt,
                None => Awaiting::Line,
            };
            let rest = said.get(start..).unwrap_or_default();
            match self.framer.step(rest, awaiting) {
                Step::Complete { value, consumed } => {
                    self.frame(at, value);
                    start += consumed;
                }
                Step::Incomplete { consumed } => {
                    said.drain(..start + consumed);
                    break;
                }
            }
        }
        self.said = said;
    }

    fn frame(&mut self, at: Duration, frame: Frame<'_>) {
        match frame {
            Frame::Prompt => {
                self.print(at, Side::Modem, format_args!(">"));
                self.prompted(at);
            }
            Frame::Line(line) => self.said_line(at, line),
            Frame::Block { data, .. } => self.print_data(at, Side::Modem, false, data),
            Frame::Echo { data, .. } => {
                let secret = self.data.as_ref().is_some_and(|(data, _)| data.secret);
                self.print_data(at, Side::Modem, secret, data);
            }
            Frame::Overlong { dropped } => {
                self.print(at, Side::Modem, format_args!("(a line of {dropped} bytes)"));
            }
        }
    }

    /// What the host typed ahead of the prompt are data too.
    fn prompted(&mut self, at: Duration) {
        let Some(data) = self.announced.data.pop_front() else {
            return;
        };
        self.data = Some((data, vec![]));
        self.catch_up(at);
    }

    /// Now it is known what the host has sent ahead.
    fn catch_up(&mut self, at: Duration) {
        let ahead = std::mem::take(&mut self.ahead);
        // The LF of the command line's own end.
        let ahead = ahead.strip_prefix(b"\n").unwrap_or(&ahead);
        self.host(at, ahead);
    }

    fn said_line(&mut self, at: Duration, line: &[u8]) {
        let classified = Line::classify(line);
        if self.announced.file && matches!(classified, Line::Text(_)) && announced(line).is_none() {
            // The echo of a file that was refused.
            return self.print_data(at, Side::Modem, true, line);
        }
        self.print_line(at, Side::Modem, line);
        if let Line::Final(_) = classified {
            self.announced.data.clear();
            // The modem has given up waiting for the rest.
            if let Some((Data { secret, .. }, data)) = self.data.take() {
                self.print_data(at, Side::Host, secret, &data);
            }
            self.catch_up(at);
        }
        if let Some(Urc::MessageTopic { len, .. } | Urc::MessagePayload { len, .. }) = Urc::decode(line) {
            self.framer
                .expect_block(usize::try_from(len).unwrap_or(usize::MAX));
        }
    }

    /// Quotation marks stay as they are: lines are full of them, and only data need an escape that can be undone.
    fn print_line(&mut self, at: Duration, side: Side, line: &[u8]) {
        let text = Redacted(line).to_string().replace("\\\"", "\"");
        self.print(at, side, format_args!("{text}"));
    }

    fn print_data(&mut self, at: Duration, side: Side, secret: bool, data: &[u8]) {
        if secret {
            self.print(at, side, format_args!("({} bytes of a file)", data.len()));
        } else {
            // A host that takes data mode for command mode sends its passwords there.
            self.print(at, side, format_args!("{}", Redacted(data)));
        }
    }

    /// One line, in one write, so that what others print stays apart.
    fn print(&mut self, at: Duration, side: Side, text: std::fmt::Arguments<'_>) {
        let seconds = at.as_secs();
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let (mark, style) = match side {
            Side::Host => ("> ", AnsiColor::Cyan.on_default()),
            Side::Modem => ("< ", AnsiColor::Green.on_default()),
            Side::Line => ("# ", Style::new().dimmed()),
        };
        let line = format!(
            "[{hours:02}:{minutes:02}:{seconds:02}.{:03}] {style}{mark}{text}{style:#}\n",
            at.subsec_millis()
        );
        // Nobody may be reading; the modem goes on.
        let _ = self
            .out
            .write_all(line.as_bytes())
            .and_then(|()| self.out.flush());
    }
}

/// The longest line that is shown, in bytes.
const MAX_LINE: usize = 64 * 1024;

#[cfg(test)]
mod tests;

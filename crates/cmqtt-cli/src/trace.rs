//! `--trace`: the conversation, one line for each of the host's and the modem's, as `cmqtt decode` reads it.

use std::io::Write;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use at_proto::Printable;
use cmqtt_host::{Conversation, Said, Side};
use cmqtt_sim::host::LineEvent;

/// Prints a conversation with the time of each line.
#[derive(Debug)]
pub(crate) struct Tracer<W> {
    out: W,
    conversation: Conversation,
}

impl<W: Write> Tracer<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            out,
            conversation: Conversation::default(),
        }
    }

    pub(crate) fn hear(&mut self, at: Duration, event: LineEvent<'_>) {
        let Self { out, conversation } = self;
        let mut show = |side, said: Said<'_>| print(out, at, Some(side), format_args!("{said}"));
        match event {
            LineEvent::FromHost(bytes) => conversation.hear(Side::Host, bytes, &mut show),
            LineEvent::ToHost(bytes) => conversation.hear(Side::Modem, bytes, &mut show),
            LineEvent::Overrun(count) => {
                print(
                    out,
                    at,
                    None,
                    format_args!("{count} bytes lost: the host does not read"),
                );
            }
            LineEvent::Opened => print(out, at, None, format_args!("opened")),
            LineEvent::Closed => print(out, at, None, format_args!("closed")),
            LineEvent::Refused => print(out, at, None, format_args!("a second host was turned away")),
            LineEvent::Fault(happened) => print(out, at, None, format_args!("fault: {}", happened.fault)),
            LineEvent::Unplugged => print(out, at, None, format_args!("the port is gone")),
            LineEvent::Plugged => print(out, at, None, format_args!("the port is back")),
            LineEvent::NotPlugged(error) => {
                print(
                    out,
                    at,
                    None,
                    format_args!("the port does not come back: {error}"),
                );
            }
            LineEvent::NotConnected(client, error) => {
                print(
                    out,
                    at,
                    None,
                    format_args!("client {client} does not connect: {error}"),
                );
            }
            _ => {}
        }
    }
}

/// One line, in one write, so that what others print stays apart. Of no side is what happened to the line itself.
fn print(out: &mut impl Write, at: Duration, side: Option<Side>, text: std::fmt::Arguments<'_>) {
    let text = text.to_string();
    let text = Printable(text.as_bytes());
    let seconds = at.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let (mark, style) = match side {
        Some(Side::Host) => ("> ", AnsiColor::Cyan.on_default()),
        Some(Side::Modem) => ("< ", AnsiColor::Green.on_default()),
        None => ("# ", Style::new().dimmed()),
    };
    let line = format!(
        "[{hours:02}:{minutes:02}:{seconds:02}.{:03}] {style}{mark}{text}{style:#}\n",
        at.subsec_millis()
    );
    // Nobody may be reading; the modem goes on.
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests;

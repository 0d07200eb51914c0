//! What is on its way to the modem: a command line, then perhaps data. Both lie in one lent memory, so that a request
//! is taken whole and the caller's buffers are free again at once.

use core::fmt::{self, Debug, Formatter};

use at_proto::{EncodeError, LINE_ROOM};

use crate::flow::{Flow, Step};
use crate::storage::copy;

/// The command line at the front of the memory, the data of the request behind it.
pub(crate) struct Outgoing<M> {
    memory: M,
    /// The command line's bytes, its CR included.
    line_len: usize,
    sending: Sending,
}

/// What is being sent, and how much of it has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    Nothing,
    /// A command line that waits for its time.
    Held,
    Line {
        sent: usize,
    },
    Data {
        from: usize,
        to: usize,
    },
    Returns {
        left: usize,
    },
    Probe {
        sent: usize,
    },
}

/// What has just gone out completely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Not everything yet.
    Part,
    /// A command line.
    Line,
    /// The data after a prompt.
    Data,
}

/// The command that shows whether host and modem are in step: it always has an information line, so an `OK` without
/// one answers an earlier command.
const PROBE_LINE: &[u8] = b"AT+CSQ\r";

/// Ends what a modem in data mode still waits for. Surplus ones are empty command lines.
const RETURNS: &[u8] = &[b'\r'; 64];

impl<M: AsRef<[u8]> + AsMut<[u8]>> Outgoing<M> {
    pub(crate) const fn new(memory: M) -> Self {
        Self {
            memory,
            line_len: 0,
            sending: Sending::Nothing,
        }
    }

    /// The data bytes that there is room for.
    pub(crate) fn data_capacity(&self) -> usize {
        self.memory.as_ref().len().saturating_sub(LINE_ROOM)
    }

    /// Keeps the data of a request. The caller has checked that there is room.
    pub(crate) fn keep(&mut self, parts: [&[u8]; 2]) {
        let mut at = LINE_ROOM;
        for part in parts {
            let copied = copy(self.memory.as_mut().get_mut(at..).unwrap_or_default(), part);
            at = at.saturating_add(copied);
        }
    }

    /// Data that were kept.
    pub(crate) fn data(&self, from: usize, to: usize) -> &[u8] {
        let place = |offset: usize| LINE_ROOM.saturating_add(offset);
        self.memory
            .as_ref()
            .get(place(from)..place(to))
            .unwrap_or_default()
    }

    /// All that was kept, and what is behind it.
    pub(crate) fn all_data(&self) -> &[u8] {
        self.memory.as_ref().get(LINE_ROOM..).unwrap_or_default()
    }

    /// Writes the command line of a flow's present step.
    pub(crate) fn write(&mut self, flow: &Flow) -> Result<Step, EncodeError> {
        let (line, data) = self
            .memory
            .as_mut()
            .split_at_mut_checked(LINE_ROOM)
            .unwrap_or_default();
        let step = flow.write(data, line)?;
        self.line_len = step.line_len;
        Ok(step)
    }

    /// The room in which a command of the caller's is written.
    pub(crate) fn line_room(&mut self) -> &mut [u8] {
        self.memory.as_mut().get_mut(..LINE_ROOM).unwrap_or_default()
    }

    pub(crate) const fn send_line(&mut self) {
        self.sending = Sending::Line { sent: 0 };
    }

    pub(crate) const fn send_data(&mut self, from: usize, to: usize) {
        self.sending = Sending::Data { from, to };
    }

    /// Sends what a modem in data mode is owed, then the probe.
    pub(crate) const fn send_probe(&mut self, owed: usize) {
        self.sending = match owed {
            0 => Sending::Probe { sent: 0 },
            left => Sending::Returns { left },
        };
    }

    /// No byte of the present command is on its way, and none goes until it is sent again.
    pub(crate) const fn hold(&mut self) {
        self.sending = Sending::Held;
    }

    pub(crate) const fn stop(&mut self) {
        self.sending = Sending::Nothing;
    }

    /// Whether a byte of the present command line has gone.
    pub(crate) const fn has_begun(&self) -> bool {
        !matches!(self.sending, Sending::Line { sent: 0 } | Sending::Held)
    }

    /// Whether the whole of the command line has gone: before that nothing can answer it.
    pub(crate) const fn line_sent(&self) -> bool {
        matches!(self.sending, Sending::Nothing | Sending::Data { .. })
    }

    /// Whether data are on their way that have not all gone.
    pub(crate) const fn in_data(&self) -> bool {
        matches!(self.sending, Sending::Data { .. })
    }

    /// The command line that the modem may echo, without its CR.
    pub(crate) fn echo(&self, probing: bool) -> &[u8] {
        let line = if probing {
            PROBE_LINE
        } else {
            self.memory.as_ref().get(..self.line_len).unwrap_or_default()
        };
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// The bytes to write now.
    pub(crate) fn unsent(&self) -> &[u8] {
        match self.sending {
            Sending::Nothing | Sending::Held => &[],
            Sending::Line { sent } => self.memory.as_ref().get(sent..self.line_len).unwrap_or_default(),
            Sending::Data { from, to } => self.data(from, to),
            Sending::Returns { left } => RETURNS.get(..left).unwrap_or(RETURNS),
            Sending::Probe { sent } => PROBE_LINE.get(sent..).unwrap_or_default(),
        }
    }

    /// So many of them were written.
    pub(crate) fn sent(&mut self, count: usize) -> Sent {
        let complete = count >= self.unsent().len();
        match &mut self.sending {
            Sending::Nothing | Sending::Held => return Sent::Part,
            Sending::Line { sent } | Sending::Probe { sent } if !complete => {
                *sent = sent.saturating_add(count);
            }
            Sending::Data { from, .. } if !complete => *from = from.saturating_add(count),
            Sending::Returns { left } => {
                *left = left.saturating_sub(count.min(RETURNS.len()));
                if *left == 0 {
                    self.sending = Sending::Probe { sent: 0 };
                }
            }
            Sending::Line { .. } | Sending::Probe { .. } => {
                self.sending = Sending::Nothing;
                return Sent::Line;
            }
            Sending::Data { .. } => {
                self.sending = Sending::Nothing;
                return Sent::Data;
            }
        }
        Sent::Part
    }
}

impl<M> Debug for Outgoing<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // The line or the data may be a password or a key.
        f.debug_struct("Outgoing")
            .field("line_len", &self.line_len)
            .field("sending", &self.sending)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_go_out_in_as_many_writes_as_the_port_likes() {
        let mut outgoing = Outgoing::new([0; LINE_ROOM + 8]);
        assert_eq!(outgoing.data_capacity(), 8);
        outgoing.keep([b"abc", b"defgh"]);
        outgoing.send_data(3, 8);
        assert_eq!(outgoing.unsent(), b"defgh");
        assert_eq!(outgoing.sent(2), Sent::Part);
        assert_eq!(outgoing.unsent(), b"fgh");
        assert_eq!(outgoing.sent(3), Sent::Data);
        assert_eq!(outgoing.unsent(), b"");
        assert_eq!(outgoing.sent(1), Sent::Part);
    }

    #[test]
    fn owed_data_are_made_up_before_the_probe() {
        let mut outgoing = Outgoing::new([0; LINE_ROOM]);
        outgoing.send_probe(70);
        assert_eq!(outgoing.unsent().len(), 64);
        assert_eq!(outgoing.sent(60), Sent::Part);
        assert_eq!(outgoing.unsent().len(), 10);
        assert_eq!(outgoing.sent(10), Sent::Part);
        assert_eq!(outgoing.unsent(), PROBE_LINE);
        assert_eq!(outgoing.sent(3), Sent::Part);
        assert_eq!(outgoing.sent(4), Sent::Line);
        assert_eq!(outgoing.echo(true), b"AT+CSQ");
    }
}

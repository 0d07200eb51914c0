//! How the modem reads: byte by byte, as part of a command line or of data, or later, where it is busy.

use at_proto::CommandLine;

use super::{Modem, Phase, Task};
use crate::switches::Toggle;

impl Modem {
    /// One byte of the host.
    pub(super) fn hear(&mut self, byte: u8) {
        if self.hang.is_some() {
            return self.defer_byte(byte);
        }
        if self.survives_hearing() {
            self.typed_at = self.now;
            self.receive(byte);
            // What a byte brings about at this very moment comes before the next byte, in one call or in two.
            self.advance(self.now);
        }
    }

    fn receive(&mut self, byte: u8) {
        if !self.power.is_on() {
            return;
        }
        match self.phase {
            Phase::Typing | Phase::Data { .. } => self.read(byte, false),
            Phase::Working { .. } | Phase::Holding => {
                let line_end = self.typed_ahead.is_empty() && self.collector.completes_line_end(byte, false);
                if !line_end && self.typed_ahead.len() < TYPED_AHEAD {
                    self.typed_ahead.push_back(byte);
                }
            }
        }
    }

    /// The modem reads a byte. `early`: it came before the modem could read it, so before any prompt.
    pub(super) fn read(&mut self, byte: u8, early: bool) {
        let prompted = matches!(self.phase, Phase::Data { .. }) && !early;
        if self.collector.completes_line_end(byte, prompted) {
            return;
        }
        match &mut self.phase {
            Phase::Data { len, data, .. } => {
                data.push(byte);
                let complete = data.len() >= *len;
                if self.profile.switches.data_echo == Toggle::On {
                    self.tx.echo().push(byte);
                }
                if complete {
                    self.data_complete();
                }
            }
            _ => self.read_command(byte),
        }
    }

    fn read_command(&mut self, byte: u8) {
        let mut echo = Vec::new();
        let typed = self.collector.push(byte, &mut echo);
        if self.basic.echo {
            self.tx.echo().extend(echo);
        }
        let Some(typed) = typed else { return };
        // What is no command line gets no answer.
        let understood = match CommandLine::new(&typed.bytes) {
            None => return,
            Some(line) => line.is_ok() && !typed.overlong,
        };
        if self.basic.echo {
            self.tx.echoed();
        }
        let task = if understood { Task::Line } else { Task::Refuse };
        self.line = typed.bytes;
        self.commands_run = 0;
        self.start(task);
    }

    fn data_complete(&mut self) {
        if let Phase::Data { data_for, data, .. } = std::mem::take(&mut self.phase) {
            self.collector.data_ended();
            self.start(Task::Data(data_for, data));
        }
    }
}

/// What may be typed ahead: the longest payload and its commands.
pub(super) const TYPED_AHEAD: usize = 16 * 1024;

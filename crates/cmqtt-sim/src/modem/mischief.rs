//! What a modem does wrong, at the points where only it knows what it does: before a prompt, a result, a line. From
//! outside these points could only be guessed from bytes.

use std::collections::VecDeque;
use std::time::Duration;

use super::context::DataFor;
use super::{Modem, Phase, Task};
use crate::faults::{BootLines, FaultPlan, Happened, Hearing, Layer, Pending, Place, RestartAt, What};
use crate::network::NetworkEvent;
use crate::wire::Direction;

/// The modem's part of a plan, and what has begun of it.
#[derive(Debug, Default)]
pub(super) struct Mischief {
    pending: Pending,
    /// The modem's time.
    pub(super) now: Duration,
    /// Result URCs that come late.
    late: Vec<(Duration, Vec<u8>)>,
    /// Bytes heard and said since the beginning.
    heard: u64,
    said: u64,
}

/// How something comes that is said once.
#[derive(Debug)]
pub(super) struct Coming {
    pub(super) times: usize,
    pub(super) late: Duration,
}

/// The modem does nothing.
#[derive(Debug)]
pub(super) struct Hang {
    /// When it goes on; `None` not before its power is switched.
    pub(super) until: Option<Duration>,
    hearing: Hearing,
    deferred: VecDeque<Deferred>,
}

#[derive(Debug)]
enum Deferred {
    Byte(u8),
    Network(u8, NetworkEvent),
}

impl Modem {
    /// Takes the modem's part of a plan, in the place of any other.
    pub fn set_faults(&mut self, plan: &FaultPlan) {
        self.tx.mischief.pending.set(plan, Layer::Modem);
    }

    /// A fault that has happened, oldest first; call until `None`.
    #[must_use = "what is polled is gone"]
    pub fn poll_happened(&mut self) -> Option<Happened> {
        self.tx.mischief.pending.poll_happened()
    }

    /// What of the plan happens at its time, and is due.
    pub(super) fn misbehave(&mut self) {
        while let Some((_, what)) = self.tx.mischief.pending.reach_timed(self.now, Place::TimeOfModem) {
            match what {
                What::Echo(on) => self.basic.echo = on,
                What::Noise(line) if self.power.is_on() => self.tx.urc(&self.profile.switches, &line),
                What::Restart(_, lines) => self.power_up(self.now, lines),
                What::Hang(time, hearing) if self.power.is_on() => self.begin_hang(time, hearing),
                _ => {}
            }
        }
        self.tx.say_late(&self.profile.switches);
    }

    /// One that hangs already does so for longer.
    fn begin_hang(&mut self, time: Option<Duration>, hearing: Hearing) {
        let until = time.map(|time| self.now.saturating_add(time));
        match &mut self.hang {
            Some(hang) => hang.until = hang.until.zip(until).map(|(first, second)| first.max(second)),
            None => {
                self.hang = Some(Hang {
                    until,
                    hearing,
                    deferred: VecDeque::new(),
                });
            }
        }
    }

    /// When the modem does wrong by itself.
    pub(super) fn next_mischief(&self) -> Option<Duration> {
        let mischief = &self.tx.mischief;
        let late = mischief.late.iter().map(|&(due, _)| due).min();
        let timed = mischief.pending.next_at(Place::TimeOfModem);
        late.into_iter().chain(timed).min()
    }

    /// A prompt is due.
    pub(super) fn prompt(&mut self, len: usize, data_for: DataFor) {
        let Coming { times, late } = self.tx.mischief.come(Place::Prompt);
        if late.is_zero() {
            return self.prompt_now(times, len, data_for);
        }
        self.phase = Phase::Working {
            due: self.now.saturating_add(late),
            task: Task::Prompt(times, len, data_for),
        };
    }

    /// The modem hears a byte. Whether it still runs then.
    pub(super) fn survives_hearing(&mut self) -> bool {
        let byte = self.tx.mischief.heard;
        self.tx.mischief.heard += 1;
        match self.tx.mischief.restart(Direction::ToModem, byte) {
            None => true,
            Some(lines) => {
                self.power_up(self.now, lines);
                self.advance(self.now);
                false
            }
        }
    }

    /// What comes out of these bytes. The modem may restart amid them.
    pub(super) fn say(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        let first = self.tx.mischief.said;
        self.tx.mischief.said += bytes.len() as u64;
        if !self.tx.mischief.pending.is_due(self.now, Place::Said) {
            return bytes;
        }
        for index in 0..bytes.len() {
            if let Some(lines) = self.tx.mischief.restart(Direction::ToHost, first + index as u64) {
                bytes.truncate(index);
                self.tx.mischief.said = first + index as u64;
                self.power_up(self.now, lines);
                self.advance(self.now);
                break;
            }
        }
        bytes
    }

    /// The modem hangs: it takes a byte as it hears meanwhile.
    pub(super) fn defer_byte(&mut self, byte: u8) {
        if let Some(hang) = &mut self.hang
            && hang.hearing == Hearing::Later
            && hang.until.is_some()
            && hang.deferred.len() < DEFERRED
        {
            hang.deferred.push_back(Deferred::Byte(byte));
        }
    }

    /// The modem hangs: what the network says waits, for its answers are counted. Nobody will ask for them where only
    /// the power ends the hang.
    pub(super) fn defer_event(&mut self, client: u8, event: NetworkEvent) {
        if let Some(hang) = self.hang.as_mut().filter(|hang| hang.until.is_some()) {
            hang.deferred.push_back(Deferred::Network(client, event));
        }
    }

    /// The modem goes on with what it has missed.
    pub(super) fn go_on(&mut self) {
        let Some(hang) = self.hang.take() else { return };
        for deferred in hang.deferred {
            match deferred {
                Deferred::Byte(byte) => self.hear(byte),
                Deferred::Network(client, event) => self.handle_network(self.now, client, event),
            }
        }
    }
}

impl Mischief {
    /// How what is due at this place comes.
    pub(super) fn come(&mut self, place: Place) -> Coming {
        let mut coming = Coming {
            times: 1,
            late: Duration::ZERO,
        };
        for what in self.pending.reach(self.now, place, None) {
            match what {
                What::PromptLost | What::FinalLost | What::ResultLost => coming.times = 0,
                What::PromptTwice => coming.times *= 2,
                What::PromptLate(time) | What::FinalLate(time) | What::ResultLate(time) => {
                    coming.late = coming.late.saturating_add(time);
                }
                _ => {}
            }
        }
        coming
    }

    /// Whether a command that begins gives its result first.
    pub(super) fn gives_result_first(&mut self) -> bool {
        !self.pending.reach(self.now, Place::Begin, None).is_empty()
    }

    /// What comes in this gap between lines.
    pub(super) fn gap(&mut self) -> Vec<What> {
        self.pending.reach(self.now, Place::Gap, None)
    }

    /// A result URC comes later.
    pub(super) fn delay(&mut self, late: Duration, line: Vec<u8>) {
        self.late.push((self.now.saturating_add(late), line));
    }

    /// The result URCs that were late and are due, in the order of their times.
    pub(super) fn take_late(&mut self) -> Vec<Vec<u8>> {
        self.late.sort_by_key(|&(due, _)| due);
        let due = self.late.partition_point(|&(due, _)| due <= self.now);
        self.late.drain(..due).map(|(_, line)| line).collect()
    }

    /// The modem has restarted: it owes nothing.
    pub(super) fn forget(&mut self) {
        self.late.clear();
    }

    /// Whether the modem restarts at this byte.
    fn restart(&mut self, way: Direction, byte: u64) -> Option<BootLines> {
        let place = What::Restart(RestartAt::Byte(way), BootLines::Said).place();
        let reached = self.pending.reach(self.now, place, Some(byte));
        reached.into_iter().find_map(|what| match what {
            What::Restart(_, lines) => Some(lines),
            _ => None,
        })
    }
}

/// What a modem that hangs keeps of what it hears: the longest payload and its commands.
const DEFERRED: usize = 16 * 1024;

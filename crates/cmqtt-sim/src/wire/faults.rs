//! What goes wrong between two ends that both do right: bytes are lost, doubled, flipped, late or torn apart, and the
//! line is cut or gone. The line knows no lines and no blocks, so nothing here depends on what a byte means; what may
//! only stand between lines is the modem's to put there.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Direction, Wire};
use crate::faults::{FaultPlan, Happened, Layer, Pending, Place, What};

/// A port that came or went. The host's program sees its port vanish, and finds it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// It is gone, with all that was under way.
    Gone,
    /// It is there again.
    Back,
}

/// The line's part of a plan.
#[derive(Clone, Debug, Default)]
pub(super) struct LineFaults {
    pending: Pending,
    /// The line carries nothing before this.
    cut_until: Duration,
    /// The port is gone until this.
    gone_until: Option<Duration>,
    ports: VecDeque<Port>,
    to_modem: Pieces,
    to_host: Pieces,
}

/// Reads that are torn apart.
#[derive(Clone, Copy, Debug, Default)]
struct Pieces {
    every: u32,
    times: u32,
    /// Bytes of the piece that has begun.
    bytes: u32,
}

impl Wire {
    /// Takes the line's part of a plan, in the place of any other.
    pub fn set_faults(&mut self, plan: &FaultPlan) {
        let faults = self.faults.get_or_insert_default();
        faults.pending.set(plan, Layer::Line);
    }

    /// When, if nothing is sent, the next fault happens, or something that a fault began ends. By then
    /// [`Wire::poll_port`] has something to do.
    #[must_use]
    pub fn next_fault(&self) -> Option<Duration> {
        let faults = self.faults.as_ref()?;
        let begins = faults.pending.next_at(Place::TimeOfLine);
        begins.into_iter().chain(faults.gone_until).min()
    }

    /// What has become of the port by now; call until `None`.
    #[must_use = "what is polled is gone"]
    pub fn poll_port(&mut self, now: Duration) -> Option<Port> {
        self.pass(now);
        self.faults.as_mut()?.ports.pop_front()
    }

    /// A fault that has happened, oldest first; call until `None`.
    #[must_use = "what is polled is gone"]
    pub fn poll_happened(&mut self) -> Option<Happened> {
        self.faults.as_mut()?.pending.poll_happened()
    }

    pub(super) fn send_with_faults(&mut self, now: Duration, way: Direction, bytes: &[u8]) {
        self.pass(now);
        let Some(faults) = &mut self.faults else { return };
        let (lane, pieces) = match way {
            Direction::ToModem => (&mut self.to_modem, &mut faults.to_modem),
            Direction::ToHost => (&mut self.to_host, &mut faults.to_host),
        };
        let place = Place::byte(way);
        let dead = now < faults.cut_until || faults.gone_until.is_some();
        if !dead && pieces.times == 0 && !faults.pending.is_due(now, place) {
            lane.carried += bytes.len() as u64;
            return lane.send(now, bytes);
        }
        for &byte in bytes {
            let mut sent = vec![byte];
            for what in faults.pending.reach(now, place, Some(lane.carried)) {
                match what {
                    What::Lose(_) => sent.clear(),
                    What::Double(_) => sent = sent.repeat(2),
                    What::Flip(_, bit) => sent.iter_mut().for_each(|byte| *byte ^= 1 << (bit % 8)),
                    What::Garbage(_, bytes) => sent.splice(..0, bytes).for_each(drop),
                    What::Pause(_, pause) => lane.pause(now, pause),
                    What::Split(_, every, times) => {
                        *pieces = Pieces {
                            every,
                            times,
                            bytes: every,
                        };
                    }
                    _ => {}
                }
            }
            lane.carried += 1;
            if dead {
                continue;
            }
            if pieces.ends_before_byte() {
                lane.split();
            }
            lane.send(now, &sent);
        }
    }

    /// What happens at its time happens.
    fn pass(&mut self, now: Duration) {
        let Some(faults) = &mut self.faults else { return };
        loop {
            let begins = faults.pending.next_at(Place::TimeOfLine);
            // In the order of time: a port that comes back may go again.
            if let Some(until) = faults.gone_until.filter(|&until| until <= now)
                && begins.is_none_or(|at| until <= at)
            {
                faults.gone_until = None;
                faults.ports.push_back(Port::Back);
                continue;
            }
            let Some((at, what)) = faults.pending.reach_timed(now, Place::TimeOfLine) else {
                return;
            };
            match what {
                What::Cut(time) => faults.cut_until = faults.cut_until.max(at.saturating_add(time)),
                What::Unplug(time) => {
                    if faults.gone_until.is_none() {
                        faults.ports.push_back(Port::Gone);
                    }
                    faults.gone_until = faults.gone_until.max(Some(at.saturating_add(time)));
                    self.to_modem.clear();
                    self.to_host.clear();
                }
                _ => {}
            }
        }
    }
}

impl Pieces {
    /// Counts a byte. Whether it begins a piece.
    fn ends_before_byte(&mut self) -> bool {
        if self.times == 0 {
            return false;
        }
        let ends = self.bytes >= self.every;
        if ends {
            self.times -= 1;
            self.bytes = 0;
        }
        self.bytes += 1;
        ends
    }
}

#[cfg(test)]
mod tests;

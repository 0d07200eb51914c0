//! Plans from a seed.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{BootLines, Fault, FaultClass, FaultKind, FaultPlan, Hearing, RestartAt, What};
use crate::network::LostCause;
use crate::random::Random;
use crate::wire::Direction;

/// How many faults of which kinds are drawn, and how bad each may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The earliest time of a fault.
    pub from: Duration,
    /// None is later, and what lasts (no network, a modem that hangs) has ended by then. Results that are late may
    /// come later still, by as much as [`late`](Self::late).
    pub until: Duration,
    /// How many of each kind.
    pub counts: BTreeMap<FaultKind, u32>,
    /// The longest pause before bytes, a prompt or a final result code. 20 s at first: more than a host waits for most
    /// of them.
    pub pause: Duration,
    /// How late a result may come. 180 s at first: what a host has to reckon with.
    pub late: Duration,
    /// The longest time for which anything is away. An hour at first.
    pub away: Duration,
    /// How many bytes a fault on a byte may pass over. 2000 at first: the length of a publish and what leads to it.
    pub bytes: u32,
    /// Whether a modem may hang until its power is switched. Not at first.
    pub forever: bool,
}

impl Forecast {
    /// Nothing, from the beginning until a time.
    #[must_use]
    pub fn calm(until: Duration) -> Self {
        Self {
            from: Duration::ZERO,
            until,
            counts: BTreeMap::new(),
            pause: Duration::from_secs(20),
            late: Duration::from_secs(180),
            away: Duration::from_secs(3600),
            bytes: 2000,
            forever: false,
        }
    }

    /// So many of each kind of a class.
    #[must_use]
    pub fn of(class: FaultClass, count: u32, until: Duration) -> Self {
        FaultKind::of(class).fold(Self::calm(until), |forecast, kind| forecast.with(kind, count))
    }

    /// The same with so many of this kind.
    #[must_use]
    pub fn with(mut self, kind: FaultKind, count: u32) -> Self {
        self.counts.insert(kind, count);
        self
    }

    /// The same with fewer: a kind in two is left out, and of each other at least one remains. Worlds that differ in
    /// what never happens find more than worlds that all have a little of everything.
    #[must_use]
    pub fn varied(mut self, seed: u64) -> Self {
        let mut random = Random::new(seed);
        for count in self.counts.values_mut() {
            *count = match random.below(2) {
                0 => 0,
                _ => one_to(&mut random, *count),
            };
        }
        self
    }

    /// The plan of this seed.
    #[must_use]
    pub fn draw(&self, seed: u64) -> FaultPlan {
        let mut faults = Vec::new();
        for (&kind, &count) in &self.counts {
            // Each kind by itself: one more or less, in a forecast or in a later version, changes no other.
            let mut random = Random::new(seed ^ number_of(kind.name()));
            for _ in 0..count {
                faults.push(self.draw_fault(kind, &mut random));
            }
        }
        faults.sort_by_key(|fault| fault.at);
        FaultPlan {
            faults,
            until: Some(self.until),
        }
    }

    fn draw_fault(&self, kind: FaultKind, random: &mut Random) -> Fault {
        let at = self.from + up_to(random, self.until.saturating_sub(self.from));
        let what = self.draw_what(kind, at, random);
        let skips = match what {
            What::Lose(_)
            | What::Double(_)
            | What::Flip(..)
            | What::Garbage(..)
            | What::Pause(..)
            | What::Split(..)
            | What::Restart(RestartAt::Byte(_), _) => u64::from(self.bytes),
            What::Noise(_) | What::LetOut => 16,
            What::PromptLost
            | What::PromptTwice
            | What::PromptLate(_)
            | What::FinalLost
            | What::FinalLate(_) => 8,
            What::ResultLost | What::ResultLate(_) | What::ResultFirst | What::AckLost => 4,
            _ => 0,
        };
        let skip = u32::try_from(random.below(skips)).unwrap_or(u32::MAX);
        Fault { at, skip, what }
    }

    fn draw_what(&self, kind: FaultKind, at: Duration, random: &mut Random) -> What {
        let left = self.until.saturating_sub(at);
        let away = |random: &mut Random| skewed(random, self.away.min(left));
        let pause = |random: &mut Random| skewed(random, self.pause.min(left));
        match kind {
            FaultKind::Lose => What::Lose(way(random)),
            FaultKind::Double => What::Double(way(random)),
            FaultKind::Flip => What::Flip(way(random), random.below(8) as u8),
            FaultKind::Garbage => What::Garbage(way(random), garbage(random)),
            FaultKind::Cut => What::Cut(pause(random)),
            FaultKind::Pause => What::Pause(way(random), pause(random)),
            FaultKind::Split => What::Split(way(random), one_to(random, 8), one_to(random, 200)),
            FaultKind::Unplug => What::Unplug(away(random)),
            FaultKind::PromptLost => What::PromptLost,
            FaultKind::PromptTwice => What::PromptTwice,
            FaultKind::PromptLate => What::PromptLate(pause(random)),
            FaultKind::FinalLost => What::FinalLost,
            FaultKind::FinalLate => What::FinalLate(pause(random)),
            FaultKind::ResultLost => What::ResultLost,
            FaultKind::ResultLate => What::ResultLate(skewed(random, self.late)),
            FaultKind::ResultFirst => What::ResultFirst,
            FaultKind::Noise => What::Noise(noise(random)),
            FaultKind::LetOut => What::LetOut,
            FaultKind::Echo => What::Echo(random.below(2) == 0),
            FaultKind::Restart => {
                let at = match random.below(4) {
                    0 => RestartAt::Time,
                    1 => RestartAt::Byte(Direction::ToModem),
                    _ => RestartAt::Byte(Direction::ToHost),
                };
                let silent = random.below(4) == 0;
                What::Restart(
                    at,
                    if silent {
                        BootLines::Silent
                    } else {
                        BootLines::Said
                    },
                )
            }
            FaultKind::Hang => {
                let forever = self.forever && random.below(4) == 0;
                let time = (!forever).then(|| away(random));
                let deaf = random.below(2) == 0;
                What::Hang(time, if deaf { Hearing::Deaf } else { Hearing::Later })
            }
            FaultKind::NoNetwork => What::NoNetwork(away(random)),
            FaultKind::NoContext => What::NoContext(away(random)),
            FaultKind::BrokerAway => What::BrokerAway(away(random)),
            // What a host cannot change (its name, its password) is final, and no weather.
            FaultKind::Refuse => What::Refuse(3, away(random)),
            FaultKind::Kick => What::Kick(match random.below(3) {
                0 => LostCause::ClosedByPeer,
                1 => LostCause::Reset,
                _ => LostCause::NetworkClosed,
            }),
            FaultKind::Stall => What::Stall(away(random)),
            FaultKind::AckLost => What::AckLost,
            FaultKind::KeepAlive => What::KeepAlive,
        }
    }
}

/// A number for a name: FNV-1a.
fn number_of(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |number, byte| {
        (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

fn way(random: &mut Random) -> Direction {
    match random.below(2) {
        0 => Direction::ToModem,
        _ => Direction::ToHost,
    }
}

fn one_to(random: &mut Random, most: u32) -> u32 {
    u32::try_from(random.below(u64::from(most))).map_or(most, |below| (below + 1).min(most))
}

fn garbage(random: &mut Random) -> Vec<u8> {
    let len = one_to(random, 8);
    (0..len).map(|_| random.below(256) as u8).collect()
}

/// What no host takes for anything: neither what other lines begin with, nor a line end.
fn noise(random: &mut Random) -> Vec<u8> {
    if let Some(urc) = usize::try_from(random.below(4))
        .ok()
        .and_then(|index| URCS.get(index))
    {
        return urc.to_vec();
    }
    let mut line = b"~".to_vec();
    let bytes = (0..one_to(random, 40)).map(|_| random.below(256) as u8);
    line.extend(bytes.map(|byte| if matches!(byte, b'\r' | b'\n') { b'.' } else { byte }));
    line
}

/// A time below this one, to the millisecond: a plan is read by people.
fn up_to(random: &mut Random, most: Duration) -> Duration {
    let milliseconds = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(random.below(milliseconds))
}

/// The same, and short times as often as long ones: a host has waits of each length.
fn skewed(random: &mut Random, most: Duration) -> Duration {
    let halvings = u32::try_from(random.below(12)).unwrap_or(0);
    up_to(random, most / 2u32.pow(halvings))
}

/// URCs that come by themselves and change nothing.
const URCS: [&[u8]; 2] = [b"+CGEV: ME PDN ACT 2", b"+CTZV: 26/11/24,20:00:00+04"];

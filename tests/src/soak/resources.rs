//! The memory and the handles of this process, from its beginning to its end.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::time::Duration;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Resources {
    samples: Vec<(Duration, Sample)>,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    /// Resident memory in KiB.
    memory: u64,
    /// Open files, sockets and pipes.
    handles: usize,
}

impl Resources {
    /// Looks, a few times a minute.
    pub(super) fn look(&mut self, at: Duration, says: bool) {
        let due = self.samples.last().is_none_or(|&(last, _)| at >= last + PAUSE);
        if !due {
            return;
        }
        let Some(sample) = sample() else { return };
        if says && self.samples.len().is_multiple_of(6) {
            eprintln!(
                "{:5.0} s: {} KiB, {} handles",
                at.as_secs_f32(),
                sample.memory,
                sample.handles
            );
        }
        self.samples.push((at, sample));
    }

    /// What grows. The first third is for what is made once; of a short run nothing can be said.
    pub(super) fn judge(&self) -> Vec<String> {
        let third = self.samples.len() / 3;
        if third < LEAST {
            return Vec::new();
        }
        let most = |samples: &[(Duration, Sample)], what: fn(&Sample) -> u64| {
            samples
                .iter()
                .map(|(_, sample)| what(sample))
                .max()
                .unwrap_or_default()
        };
        let middle = &self.samples[third..2 * third];
        let last = &self.samples[2 * third..];
        let mut wrong = Vec::new();
        let memory = [middle, last].map(|samples| most(samples, |sample| sample.memory));
        if memory[1] > memory[0] + SLACK {
            wrong.push(format!("memory grows: {} KiB, then {} KiB", memory[0], memory[1]));
        }
        let handles = [middle, last].map(|samples| most(samples, |sample| sample.handles as u64));
        if handles[1] > handles[0] + 8 {
            wrong.push(format!("handles grow: {}, then {}", handles[0], handles[1]));
        }
        wrong
    }
}

impl Display for Resources {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let step = (self.samples.len() / 8).max(1);
        for (at, sample) in self.samples.iter().step_by(step) {
            writeln!(
                f,
                "at {:.0} s: {} KiB, {} handles",
                at.as_secs_f32(),
                sample.memory,
                sample.handles
            )?;
        }
        Ok(())
    }
}

fn sample() -> Option<Sample> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(Sample {
        memory: line.split_whitespace().next()?.parse().ok()?,
        handles: fs::read_dir("/proc/self/fd").ok()?.count(),
    })
}

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(10);

/// Samples in a third from which on something can be said: four minutes in all.
const LEAST: usize = 8;

/// What the checker itself remembers of every message, and the allocator's holes, in KiB.
const SLACK: u64 = 8 * 1024;

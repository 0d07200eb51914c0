//! A failure made short: what can be left out while the same rule breaks is left out.

use super::scenario::{Host, Line, Memory, Scenario, Step};
use super::world::{Broken, run};

/// The shortest scenario that was found to break the same rule, within so many attempts.
#[must_use]
pub fn shrink(scenario: &Scenario, broken: &Broken, attempts: u32) -> Scenario {
    let mut shrinking = Shrinking {
        best: scenario.clone(),
        rule: broken.rule,
        left: attempts,
    };
    // What came after the failure cannot have caused it.
    let mut without_end = scenario.clone();
    without_end.steps.retain(|step| step.at <= broken.at);
    without_end.faults.retain(|fault| fault.at <= broken.at);
    shrinking.attempt(without_end);
    loop {
        let before = shrinking.best.clone();
        shrinking.steps();
        shrinking.faults();
        shrinking.switches();
        shrinking.surroundings();
        if shrinking.best == before || shrinking.left == 0 {
            return shrinking.best;
        }
    }
}

struct Shrinking {
    best: Scenario,
    rule: &'static str,
    left: u32,
}

impl Shrinking {
    /// Takes a shorter scenario if it still breaks the rule.
    fn attempt(&mut self, candidate: Scenario) -> bool {
        if self.left == 0 || candidate == self.best {
            return false;
        }
        self.left -= 1;
        let breaks = run(&candidate).is_err_and(|broken| broken.rule == self.rule);
        if breaks {
            self.best = candidate;
        }
        breaks
    }

    /// Leaves out runs of steps, long ones first.
    fn steps(&mut self) {
        let mut size = self.best.steps.len().div_ceil(2).max(1);
        loop {
            let mut at = 0;
            while at < self.best.steps.len() {
                let mut candidate = self.best.clone();
                let end = (at + size).min(candidate.steps.len());
                candidate.steps.drain(at..end);
                if !self.attempt(candidate) {
                    at += size;
                }
            }
            if size == 1 {
                return;
            }
            size = size.div_ceil(2);
        }
    }

    fn faults(&mut self) {
        let mut size = self.best.faults.len().div_ceil(2).max(1);
        loop {
            let mut at = 0;
            while at < self.best.faults.len() {
                let mut candidate = self.best.clone();
                let end = (at + size).min(candidate.faults.len());
                candidate.faults.drain(at..end);
                if !self.attempt(candidate) {
                    at += size;
                }
            }
            if size == 1 {
                return;
            }
            size = size.div_ceil(2);
        }
    }

    fn switches(&mut self) {
        let mut at = 0;
        while at < self.best.switches.len() {
            let mut candidate = self.best.clone();
            candidate.switches.remove(at);
            if !self.attempt(candidate) {
                at += 1;
            }
        }
    }

    /// Puts what is around the steps back to what is usual, and what comes late earlier.
    fn surroundings(&mut self) {
        let usual = [
            Scenario {
                host: Host::USUAL,
                ..self.best.clone()
            },
            Scenario {
                memory: Memory::USUAL,
                ..self.best.clone()
            },
            Scenario {
                line: Line::USUAL,
                ..self.best.clone()
            },
        ];
        for candidate in usual {
            self.attempt(candidate);
        }
        if let Some(&Step { at, .. }) = self.best.steps.last() {
            let mut candidate = self.best.clone();
            candidate.calm = at + std::time::Duration::from_secs(1);
            if candidate.calm < self.best.calm {
                self.attempt(candidate);
            }
        }
    }
}

//! How long it takes until a message gets through again: fault by fault, family by family, beside what no driver could
//! do without.

use std::fmt::Write as _;
use std::time::Duration;

use at_proto::Dialogue;
use at_proto::cmqtt::{QoS, budget};
use cmqtt_core::LATE_RESULT;
use cmqtt_sim::{Family, Fault, FaultPlan};

use super::random::Random;
use super::scenario::{Class, Host, Line, Memory, Scenario, Step, What};
use super::world::{Broken, run};

/// The table, as Markdown, of so many seeds a cell.
///
/// # Errors
/// The scenario that did not come back, and how it broke.
pub fn recovery(seeds: u64) -> Result<String, Box<(Scenario, Broken)>> {
    let mut table = String::from("| fault | unavoidable |");
    for family in Family::ALL {
        let _ = write!(table, " {family} |");
    }
    table.push_str("\n|---|---|");
    table.push_str(&"---|".repeat(Family::ALL.len()));
    table.push('\n');
    for case in CASES {
        let _ = write!(table, "| {} | {} |", case.name, case.unavoidable());
        for family in Family::ALL {
            let mut times = Vec::new();
            for seed in 0..seeds {
                let scenario = case.scenario(family, seed);
                match run(&scenario) {
                    Ok(tally) => times.push(tally.recovery.0 + scenario.calm - case.over(&scenario)),
                    Err(broken) => return Err(Box::new((scenario, broken))),
                }
            }
            times.sort_unstable();
            let seconds = |time: Option<&Duration>| time.copied().unwrap_or_default().as_secs_f64();
            let median = seconds(times.get(times.len() / 2));
            let worst = seconds(times.last());
            let _ = write!(table, " {median:.1} / {worst:.1} |");
        }
        table.push('\n');
    }
    Ok(table)
}

/// A fault at a time of a connection that is up.
struct Case {
    name: &'static str,
    /// The faults, where `@` stands for the time.
    faults: &'static str,
    /// How long they last.
    lasts: Duration,
    /// A message is handed over so long before, so that the fault meets its publish.
    publishes: bool,
    /// What passes before anybody can know, by the manual's budgets.
    known_after: Option<(Duration, &'static str)>,
    power_key: bool,
}

impl Case {
    fn scenario(&self, family: Family, seed: u64) -> Scenario {
        let mut random = Random::new(seed);
        let at = random.time(Duration::from_secs(30)..Duration::from_secs(1000));
        let mut steps = vec![Step {
            at: Duration::ZERO,
            what: What::Keep,
        }];
        if self.publishes {
            let qos = QoS::AtLeastOnce;
            let what = What::Deliver {
                number: 0,
                qos,
                again: false,
                topic: 0,
                size: 60,
                style: 0,
            };
            steps.push(Step { at, what });
        }
        let skip = random.within(0..60);
        let text = self
            .faults
            .replace('@', &format!("{}.{:06}s", at.as_secs(), at.subsec_micros()))
            .replace("SKIP", &skip.to_string());
        let plan: FaultPlan = text.parse().expect("the table's faults can be read");
        let mut host = Host::USUAL;
        if self.power_key {
            host.power_key = 10_000;
        }
        let dirty = plan.faults.iter().any(is_dirty);
        // What happens amid a publish has happened by then.
        let happens = if self.publishes {
            Duration::from_secs(2)
        } else {
            Duration::from_micros(1)
        };
        Scenario {
            seed,
            family,
            class: if dirty { Class::Dirty } else { Class::Clean },
            switches: Vec::new(),
            line: Line::USUAL,
            memory: Memory::USUAL,
            host,
            steps,
            faults: plan.faults,
            calm: at + self.lasts + happens,
        }
    }

    /// When the fault is over.
    fn over(&self, scenario: &Scenario) -> Duration {
        let happens = if self.publishes {
            Duration::from_secs(2)
        } else {
            Duration::from_micros(1)
        };
        scenario.calm - happens
    }

    fn unavoidable(&self) -> String {
        match self.known_after {
            None => "told at once".to_owned(),
            Some((time, why)) => format!("{} s: {why}", time.as_secs()),
        }
    }
}

fn is_dirty(fault: &Fault) -> bool {
    fault.what.kind().class() == cmqtt_sim::FaultClass::Dirty
}

/// A fault that is told, and over at once.
const TOLD: Case = Case {
    name: "",
    faults: "",
    lasts: Duration::ZERO,
    publishes: false,
    known_after: None,
    power_key: false,
};

/// A fault that meets a publish.
const MET: Case = Case {
    publishes: true,
    ..TOLD
};

const MINUTE: Duration = Duration::from_secs(60);

/// The timeout of the publishes, and what the modem may take beyond it.
const PUBLISH: Duration = MINUTE.saturating_add(budget::BEYOND_TIMEOUT);

/// A second PUB before this could get the first one's result.
const OWED: Duration = PUBLISH.saturating_add(LATE_RESULT);

/// What comes back is not told: it is found at the end of a pause.
const NOT_TOLD: Option<(Duration, &str)> = Some((
    Duration::ZERO,
    "but nobody tells; pauses are up to 120 s by choice",
));

const CASES: &[Case] = &[
    Case {
        name: "connection closed by the broker",
        faults: "@ kick closed",
        ..TOLD
    },
    Case {
        name: "keep alive failed",
        faults: "@ keep-alive",
        known_after: Some((
            MINUTE,
            "at most: PUB's own timeout, for a message that was begun before the modem said so (SIM7600)",
        )),
        ..TOLD
    },
    Case {
        name: "modem restarts, and says so",
        faults: "@ restart now",
        ..TOLD
    },
    Case {
        name: "modem restarts in silence",
        faults: "@ restart now silent",
        ..TOLD
    },
    Case {
        name: "modem restarts amid a publish",
        faults: "@ +SKIP restart to-host",
        ..MET
    },
    Case {
        name: "packet data context lost for 1 min",
        faults: "@ no-context 60s",
        lasts: MINUTE,
        ..TOLD
    },
    Case {
        name: "network lost for 10 min",
        faults: "@ no-network 600s",
        lasts: Duration::from_secs(600),
        ..TOLD
    },
    Case {
        name: "network lost for 1 h",
        faults: "@ no-network 3600s",
        lasts: Duration::from_secs(3600),
        ..TOLD
    },
    Case {
        name: "broker away for 10 min",
        faults: "@ broker-away 600s",
        lasts: Duration::from_secs(600),
        known_after: NOT_TOLD,
        ..TOLD
    },
    Case {
        name: "broker away for 1 h",
        faults: "@ broker-away 3600s",
        lasts: Duration::from_secs(3600),
        known_after: NOT_TOLD,
        ..TOLD
    },
    Case {
        name: "port gone for 30 s",
        faults: "@ unplug 30s",
        lasts: Duration::from_secs(30),
        ..TOLD
    },
    Case {
        name: "echo comes on",
        faults: "@ echo on",
        ..TOLD
    },
    Case {
        name: "prompt lost",
        faults: "@ prompt-lost",
        known_after: Some((budget::DATA, "a prompt may take so long")),
        ..MET
    },
    Case {
        name: "OK of PUB lost",
        faults: "@ +2 final-lost",
        known_after: Some((Duration::from_secs(3), "it may follow the result by so much")),
        ..MET
    },
    Case {
        name: "result of PUB lost",
        faults: "@ result-lost",
        known_after: Some((
            OWED,
            "PUB's own timeout, 10 s, and the time for which its late result is owed",
        )),
        ..MET
    },
    Case {
        name: "result of CONNECT lost",
        faults: "@ kick closed\n@ result-lost",
        // The CONNECT that is made anew has to be in the time of the plan.
        lasts: Duration::from_secs(20),
        known_after: Some((budget::CONNECT, "CONNECT's budget, which began before")),
        ..TOLD
    },
    Case {
        name: "byte lost on its way to the host",
        faults: "@ +SKIP lose to-host",
        known_after: Some((
            budget::DATA,
            "at most, where it is a prompt, or the answer to data",
        )),
        ..MET
    },
    Case {
        name: "byte lost on its way to the modem",
        faults: "@ +SKIP lose to-modem",
        known_after: Some((OWED, "at most, where it is the end of PUB's line")),
        ..MET
    },
    Case {
        name: "modem hangs for 1 min",
        faults: "@ hang 60s deaf",
        lasts: MINUTE,
        ..TOLD
    },
    Case {
        name: "modem hangs until its power is switched (key: 10 s)",
        faults: "@ hang forever deaf",
        known_after: Some((Dialogue::BUDGET, "any answer, before the modem can be suspected")),
        power_key: true,
        ..TOLD
    },
];

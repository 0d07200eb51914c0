//! What `cargo xtask simulate` runs: worlds by the thousand on every core, and what came of them.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::scenario::Seconds;
use super::{Broken, Class, Limits, Scenario, Tally, generate, recovery, run, run_with_trace, shrink};

/// Runs the program with these arguments.
#[must_use]
pub fn command(arguments: impl Iterator<Item = String>) -> ExitCode {
    match Order::read(arguments).and_then(|order| order.obey()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simulate: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What to do.
#[derive(Debug)]
struct Order {
    first: u64,
    seeds: u64,
    time: Option<Duration>,
    limits: Limits,
    threads: usize,
    replay: Option<String>,
    /// Count what breaks instead of ending with the first.
    go_on: bool,
    /// Print the table of recovery times.
    recovery: bool,
    /// Print all that is said and done in the first world.
    trace: bool,
}

impl Order {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut order = Self {
            first: 0,
            seeds: u64::MAX,
            time: None,
            limits: Limits::default(),
            threads: std::thread::available_parallelism().map_or(1, NonZero::get),
            replay: None,
            go_on: false,
            recovery: false,
            trace: false,
        };
        let mut bounded = false;
        while let Some(name) = arguments.next() {
            match name.as_str() {
                "--go-on" => {
                    order.go_on = true;
                    continue;
                }
                "--recovery" => {
                    order.recovery = true;
                    continue;
                }
                "--trace" => {
                    order.trace = true;
                    continue;
                }
                _ => {}
            }
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            let number = || {
                value
                    .parse::<u64>()
                    .map_err(|_| format!("{name}: expected a number, found {value}"))
            };
            match name.as_str() {
                "--seeds" => {
                    order.seeds = number()?;
                    bounded = true;
                }
                "--minutes" => order.time = Some(Duration::from_secs(60 * number()?)),
                "--seed" => order.first = number()?,
                "--threads" => order.threads = number()?.clamp(1, 64) as usize,
                "--family" => {
                    order.limits.family = Some(value.parse().map_err(|error| format!("{error}"))?);
                }
                "--class" => {
                    order.limits.class = Some(match value.as_str() {
                        "clean" => Class::Clean,
                        "dirty" => Class::Dirty,
                        _ => return Err(format!("--class: expected clean or dirty, found {value}")),
                    });
                }
                "--replay" => order.replay = Some(value),
                _ => return Err(format!("no option {name}; there are {OPTIONS}")),
            }
        }
        if !bounded && order.time.is_none() {
            order.seeds = 1;
        }
        Ok(order)
    }

    fn obey(&self) -> Result<(), String> {
        if self.recovery {
            return self.print_recovery();
        }
        if let Some(path) = &self.replay {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            return replay(&text.parse().map_err(|error| format!("{path}: {error}"))?);
        }
        if self.trace {
            let scenario = generate(self.first, self.limits);
            println!("{scenario}");
            return replay(&scenario);
        }
        // Each is reported once, by the thread that finds it.
        std::panic::set_hook(Box::new(|_| {}));
        let begun = Instant::now();
        let (tally, failure) = self.play();
        print(&tally, begun.elapsed());
        let Some((scenario, broken)) = failure else {
            return Ok(());
        };
        let shortest = shrink(&scenario, &broken, ATTEMPTS);
        let how = run(&shortest).err().unwrap_or_else(|| broken.clone());
        println!("\nseed {}: {}\n", scenario.seed, said(&broken));
        println!("the shortest that was found ({}):\n\n{shortest}", said(&how));
        println!("write it to a file and play it with --replay FILE");
        Err(format!(
            "a rule is broken: {} (seed {})",
            broken.rule, scenario.seed
        ))
    }

    fn print_recovery(&self) -> Result<(), String> {
        let table = recovery(if self.seeds == 1 { RECOVERIES } else { self.seeds }).map_err(|failed| {
            let (scenario, broken) = *failed;
            format!("{}\n\n{scenario}", said(&broken))
        })?;
        println!(
            "Simulated seconds from the end of the fault until a message is delivered, median / worst:\n\n{table}"
        );
        Ok(())
    }

    /// Plays until the seeds or the time are used up, or something breaks.
    fn play(&self) -> (Tally, Option<(Scenario, Broken)>) {
        let next = AtomicU64::new(0);
        let stop = AtomicBool::new(false);
        let total = Mutex::new(Tally::default());
        let failure = Mutex::new(None);
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| {
                    let mut tally = Tally::default();
                    while !stop.load(Ordering::Relaxed) && self.time.is_none_or(|time| begun.elapsed() < time)
                    {
                        let nth = next.fetch_add(1, Ordering::Relaxed);
                        if nth >= self.seeds {
                            break;
                        }
                        let scenario = generate(self.first + nth, self.limits);
                        match run(&scenario) {
                            Ok(one) => tally.add(&one),
                            Err(broken) if self.go_on => {
                                println!("seed {}: {}", scenario.seed, said(&broken));
                            }
                            Err(broken) => {
                                stop.store(true, Ordering::Relaxed);
                                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                                failure.get_or_insert((scenario, broken));
                            }
                        }
                    }
                    total.lock().unwrap_or_else(PoisonError::into_inner).add(&tally);
                });
            }
        });
        (
            total.into_inner().unwrap_or_else(PoisonError::into_inner),
            failure.into_inner().unwrap_or_else(PoisonError::into_inner),
        )
    }
}

fn replay(scenario: &Scenario) -> Result<(), String> {
    let tally = run_with_trace(scenario).map_err(|broken| said(&broken))?;
    print(&tally, Duration::ZERO);
    Ok(())
}

fn said(broken: &Broken) -> String {
    format!(
        "\"{}\" is broken at {} s: {}",
        broken.rule,
        Seconds(broken.at),
        broken.how
    )
}

fn print(tally: &Tally, took: Duration) {
    let hours = tally.simulated.as_secs_f64() / 3600.0;
    let minutes = (took.as_secs_f64() / 60.0).max(1e-9);
    println!(
        "seeds           {}, {hours:.0} simulated hours in {:.1} s: {:.0} simulated hours a minute",
        tally.worlds,
        took.as_secs_f64(),
        hours / minutes
    );
    for (name, table) in [
        ("faults", &tally.faults),
        ("requests", &tally.requests),
        ("deliveries", &tally.deliveries),
        ("told", &tally.told),
    ] {
        println!("{name:<15} {}", row(table));
    }
    println!("duplicates      {}", tally.duplicates);
    println!("received        {} messages whole", tally.received);
    println!(
        "undetected      {} damaged messages, {} commands that nobody sent",
        tally.damaged, tally.strange_commands
    );
    let (recovery, seed) = tally.recovery;
    println!(
        "recovery        {:.1} s at worst (seed {seed})",
        recovery.as_secs_f64()
    );
    let (polls, seed) = tally.polls;
    let (idle, idlest) = tally.idle_polls;
    println!(
        "polls           {polls} a second at most (seed {seed}); beside one for each byte, read and request, {idle} (seed {idlest})"
    );
}

fn row(table: &BTreeMap<&'static str, u64>) -> String {
    let cells: Vec<String> = table
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    cells.join(", ")
}

const OPTIONS: &str = "--seeds N, --minutes M, --seed FIRST, --family F, --class clean|dirty, --threads N, --replay FILE, --trace, --go-on, --recovery";

/// Worlds for each cell of the table of recovery times.
const RECOVERIES: u64 = 200;

/// How often a scenario is played to make it shorter.
const ATTEMPTS: u32 = 2000;

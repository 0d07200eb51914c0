//! What `cargo xtask simulate` runs: worlds by the thousand on every core, and what came of them.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::{ArgGroup, Parser, value_parser};

use super::scenario::Seconds;
use super::{Broken, Limits, Scenario, Tally, generate, recovery, run, run_with_trace, shrink};

/// Runs the program with the arguments that it was started with.
#[must_use]
pub fn command() -> ExitCode {
    match Order::parse().obey() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simulate: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Plays worlds, each a session, a line, a simulated modem and a broker under virtual time, and looks for broken rules
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo xtask simulate",
    after_help = "--breakages, alone: break rules on purpose, each has to be caught",
    group = ArgGroup::new("bound").multiple(true)
)]
struct Order {
    /// How many worlds [default: one, or as many as the minutes allow]
    #[arg(long, value_name = "N", group = "bound")]
    seeds: Option<u64>,
    /// For how long
    #[arg(long, value_name = "N", group = "bound")]
    minutes: Option<u64>,
    /// The first world's number
    #[arg(long = "seed", value_name = "FIRST", default_value_t = 0)]
    first: u64,
    #[command(flatten)]
    limits: Limits,
    /// How many worlds at once [default: one a core]
    #[arg(long, value_name = "N", value_parser = value_parser!(u8).range(1..=64))]
    threads: Option<u8>,
    /// The world in this file, as a failure prints it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["bound", "first", "family", "class", "recovery"])]
    replay: Option<PathBuf>,
    /// Count what breaks instead of ending with the first
    #[arg(long)]
    go_on: bool,
    /// Print the table of recovery times, of so many SEEDS a cell [default: 200]
    #[arg(long, conflicts_with_all = ["minutes", "class", "family", "go_on", "trace"])]
    recovery: bool,
    /// Print all that is said and done in the first world
    #[arg(long)]
    trace: bool,
}

impl Order {
    fn obey(&self) -> Result<(), String> {
        if self.recovery {
            return self.print_recovery();
        }
        if let Some(path) = &self.replay {
            let text =
                std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let scenario = text
                .parse()
                .map_err(|error| format!("{}: {error}", path.display()))?;
            return replay(&scenario);
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
        let table = recovery(self.seeds.unwrap_or(RECOVERIES)).map_err(|failed| {
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
        let seeds = match (self.seeds, self.minutes) {
            (Some(seeds), _) => seeds,
            (None, Some(_)) => u64::MAX,
            (None, None) => 1,
        };
        let time = self
            .minutes
            .map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
        let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
        std::thread::scope(|scope| {
            for _ in 0..self.threads.map_or_else(cores, usize::from) {
                scope.spawn(|| {
                    let mut tally = Tally::default();
                    while !stop.load(Ordering::Relaxed) && time.is_none_or(|time| begun.elapsed() < time) {
                        let nth = next.fetch_add(1, Ordering::Relaxed);
                        if nth >= seeds {
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

/// Worlds for each cell of the table of recovery times.
const RECOVERIES: u64 = 200;

/// How often a scenario is played to make it shorter.
const ATTEMPTS: u32 = 2000;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Order::command().debug_assert();
        let refused = |line: &str| Order::try_parse_from(line.split(' ')).is_err();
        assert!(refused("simulate --replay FILE --seed 1"));
        assert!(refused("simulate --recovery --class dirty"));
        assert!(!refused(
            "simulate --seeds 1000 --minutes 1 --class dirty --family a76xx"
        ));
    }
}

//! Publishes and receives through a pseudo-terminal with a modem that answers at once: both drivers, beside a script
//! that does the same with pyserial. Rates, processor time and allocations a message, the time from a program's start to
//! its first delivered message, and the memory of one session.
//!
//! The modem is a process of its own, so that what is measured is the host's side alone. `cargo xtask bench port` sees to
//! the script's pyserial and to the program that is started; without it, both are left out.

mod contestants;
mod measure;
mod memory;
mod modem;

use std::alloc::System;
use std::env;
use std::path::PathBuf;

use contestants::{Counts, Outcome};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == modem::ARGUMENT) {
        modem::serve();
        return;
    }
    let counts = match arguments.iter().any(|argument| argument == "--test") {
        true => Counts::FEW,
        false => Counts::MANY,
    };
    println!(
        "Through a pseudo-terminal, payloads of {} bytes, {} publishes with QoS 1, {} receives:",
        contestants::PAYLOAD.len(),
        counts.publishes,
        counts.receives
    );
    println!(
        "{:<16}{:>12}{:>10}{:>10}{:>14}{:>10}{:>10}{:>14}",
        "", "publishes/s", "CPU µs", "allocs", "receives/s", "CPU µs", "allocs", "first after"
    );
    let script = env::var_os(PYTHON).map(PathBuf::from);
    let sensor = env::var_os(SENSOR).map(PathBuf::from);
    row(
        "cmqtt-blocking",
        Outcome::of(counts, contestants::blocking),
        sensor
            .as_deref()
            .map(|sensor| counts.shortest(|| contestants::first_of_sensor(sensor))),
    );
    row("cmqtt-tokio", Outcome::of(counts, contestants::tokio), None);
    match &script {
        Some(python) => row(
            "pyserial",
            Outcome::of(counts, |counts| contestants::script(python, counts)),
            Some(counts.shortest(|| contestants::first_of_script(python))),
        ),
        None => println!("pyserial         left out: {PYTHON} names no Python that has it"),
    }
    if sensor.is_none() {
        println!("The first message is left out: {SENSOR} names no program.");
    }
    println!();
    memory::print();
}

/// One contestant's line. What is not known is a dash: Python's allocations cannot be told from the interpreter's.
fn row(name: &str, outcome: Outcome, first: Option<f64>) {
    let known = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
    let [publish, receive] = [outcome.publish, outcome.receive];
    println!(
        "{name:<16}{:>12.0}{:>10.1}{:>10}{:>14.0}{:>10.1}{:>10}{:>14}",
        publish.rate,
        publish.cpu * 1e6,
        known(publish.allocations),
        receive.rate,
        receive.cpu * 1e6,
        known(receive.allocations),
        first.map_or("-".to_owned(), |seconds| format!("{:.1} ms", seconds * 1e3)),
    );
}

/// Names a Python that has pyserial.
const PYTHON: &str = "CMQTT_BENCH_PYTHON";
/// Names the example program `sensor`.
const SENSOR: &str = "CMQTT_BENCH_SENSOR";

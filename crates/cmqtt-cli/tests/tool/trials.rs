//! `kill -9` of a program that spools, at random moments: what was accepted has been received, or is still spooled.
//!
//! `CMQTT_TRIALS` says how many there are (`cargo xtask trials`), and `CMQTT_SEED` which.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use cmqtt_sim::Family;
use cmqtt_tests::mosquitto::{Listener, Mosquitto};
use cmqtt_tests::programs;

use super::bench::{Bench, NONE, bare, plain};
use super::collected::Collected;
use super::spooling::{connect, spooled};
use super::tool::Tool;

#[test]
fn a_gateway_that_is_killed_while_it_delivers() {
    let mut trials = Trials::new();
    for number in 0..trials.wanted(10) {
        trials.gateway(number);
    }
    trials.drain_and_compare("gateway");
}

#[test]
fn pub_that_is_killed_while_it_delivers() {
    let mut trials = Trials::new();
    for number in 0..trials.wanted(10) {
        trials.publish(number);
    }
    trials.drain_and_compare("pub -l --spool");
}

/// Without a modem: all that it does is accept.
#[test]
fn a_gateway_that_is_killed_while_it_accepts() {
    let folder = programs::folder();
    let mut dice = Dice::new();
    let wanted = wanted(200);
    let mut accepted = Vec::new();
    let mut offered = 0;
    for _ in 0..wanted {
        let mut command = bare(folder.path());
        command.args("gateway -h x --spool spool --listen socket --device away".split(' '));
        let tool = Tool::start(&mut command);
        accepted.extend(talk(folder.path(), tool, &mut offered, &mut dice, None));
    }
    let spooled: Vec<u64> = spooled(folder.path())
        .iter()
        .map(|payload| number_of(payload))
        .collect();
    let held: BTreeSet<u64> = spooled.iter().copied().collect();
    let lost: Vec<_> = accepted.iter().filter(|number| !held.contains(number)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}, seed {}", seed());
    assert!(spooled.is_sorted(), "out of order, seed {}", seed());
    assert_eq!(held.len(), spooled.len(), "one came twice, seed {}", seed());
    println!(
        "accepting: {wanted} kills, {offered} offered, {} accepted, {} spooled, none lost",
        accepted.len(),
        spooled.len()
    );
}

/// One spool, killed again and again.
struct Trials {
    broker: Mosquitto,
    benches: Vec<Bench>,
    received: Collected,
    _subscriber: Tool,
    folder: tempfile::TempDir,
    dice: Dice,
    offered: u64,
    accepted: BTreeSet<u64>,
    kills: u32,
}

impl Trials {
    fn new() -> Self {
        let mut broker = Mosquitto::start();
        let mut command = programs::command("mosquitto_sub");
        let port = broker.port(Listener::Plain).to_string();
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-i",
            "collector",
            "-t",
            "t",
            "-q",
            "1",
        ]);
        let subscriber = Tool::start(&mut command);
        broker.wait_for("Sending SUBACK to collector");
        Self {
            received: subscriber.out.clone(),
            benches: [Family::Sim7028, Family::A76xx].map(Bench::new).into(),
            broker,
            _subscriber: subscriber,
            folder: programs::folder(),
            dice: Dice::new(),
            offered: 0,
            accepted: BTreeSet::new(),
            kills: 0,
        }
    }

    fn wanted(&self, default: usize) -> usize {
        wanted(default)
    }

    /// Starts a program with the spool and one of the modems.
    fn start(&self, number: usize, line: &str) -> Tool {
        let bench = &self.benches[number % self.benches.len()];
        let mut command = bare(self.folder.path());
        let broker = plain(&self.broker);
        command.args(format!("{line} {broker} --spool spool --device {}", bench.device).split_whitespace());
        Tool::start(&mut command)
    }

    fn gateway(&mut self, number: usize) {
        let tool = self.start(number, "gateway -q 1 --listen socket");
        let received = Some(&self.received);
        let accepted = talk(
            self.folder.path(),
            tool,
            &mut self.offered,
            &mut self.dice,
            received,
        );
        self.accepted.extend(accepted);
        self.kills += 1;
        self.compare();
        self.keep_short(number);
    }

    fn publish(&mut self, number: usize) {
        let mut tool = self.start(number, "pub -t t -q 1 -l");
        let first = self.offered;
        let lines = self.dice.below(40);
        let before = self.received.len();
        for _ in 0..lines {
            self.offered += 1;
            tool.write(format!("{}\n", payload(self.offered)).as_bytes());
        }
        if lines > 0 && self.dice.below(4) > 0 {
            // Once some of them have been delivered, perhaps from earlier runs.
            let some = self.dice.below(lines.min(15)) as usize;
            assert!(
                self.received.becomes(|bytes| lines_in(&bytes[before..]) > some),
                "{}",
                tool.err.text()
            );
        }
        spin(self.dice.below(30_000));
        tool.kill();
        self.kills += 1;
        // What it has read came in order: none is missing before one that is there.
        let spooled = self.spooled();
        let run = first + 1..=self.offered;
        let whole = |received: &BTreeMap<u64, u32>| {
            let there = |number: &u64| spooled.contains(number) || received.contains_key(number);
            run.clone().skip_while(there).all(|number| !there(&number))
        };
        assert!(
            self.received.becomes(|bytes| whole(&numbers(bytes))),
            "a hole in {run:?}, seed {}",
            seed()
        );
        let received = numbers(&self.received.bytes());
        self.accepted
            .extend(run.filter(|number| spooled.contains(number) || received.contains_key(number)));
        self.compare();
        self.keep_short(number);
    }

    /// What was accepted is spooled, or has been received, or is on its way from the broker.
    fn compare(&self) {
        let spooled = self.spooled();
        let owed: Vec<u64> = self.accepted.difference(&spooled).copied().collect();
        let come = |bytes: &[u8]| {
            let received = numbers(bytes);
            owed.iter().all(|number| received.contains_key(number))
        };
        if !self.received.becomes(come) {
            let received = numbers(&self.received.bytes());
            let lost: Vec<_> = owed
                .iter()
                .filter(|number| !received.contains_key(number))
                .collect();
            panic!("after {} kills, seed {}, lost: {lost:?}", self.kills, seed());
        }
    }

    /// What has piled up is delivered by a run that nobody kills: killed ones accept more than they deliver.
    fn keep_short(&self, number: usize) {
        if self.spooled().len() > 150 {
            self.drain(number);
        }
    }

    /// A run that nobody kills. It may take long, but not be silent for long.
    fn drain(&self, number: usize) {
        let tool = self.start(number, "pub --trace");
        let mut len = 0;
        loop {
            match tool.err.grows(len) {
                Some(false) => len = tool.err.len(),
                Some(true) => break,
                None => {
                    let said = tool.err.text();
                    let last: Vec<&str> = said.lines().rev().take(60).collect();
                    let last: Vec<&str> = last.into_iter().rev().collect();
                    panic!(
                        "it is silent after {} kills, seed {}:\n{}",
                        self.kills,
                        seed(),
                        last.join("\n")
                    );
                }
            }
        }
        tool.end().with(0, &[]);
    }

    fn spooled(&self) -> BTreeSet<u64> {
        let spooled: Vec<u64> = spooled(self.folder.path())
            .iter()
            .map(|payload| number_of(payload))
            .collect();
        assert!(spooled.is_sorted(), "out of order, seed {}", seed());
        spooled.into_iter().collect()
    }

    /// Lets a last run deliver the rest. Then all that was accepted is there, and nothing that nobody offered.
    fn drain_and_compare(self, what: &str) {
        let left = self.spooled();
        self.drain(0);
        assert!(self.spooled().is_empty());
        self.compare();
        let received = numbers(&self.received.bytes());
        assert!(received.keys().all(|number| (1..=self.offered).contains(number)));
        let duplicates: u32 = received.values().map(|times| times - 1).sum();
        println!(
            "{what}: {} kills, {} offered, {} accepted, {} received, {duplicates} duplicates, {} spooled before the last run, none lost",
            self.kills,
            self.offered,
            self.accepted.len(),
            received.len(),
            left.len(),
        );
        for bench in &self.benches {
            bench
                .run(&format!("pub {} -t after -m x -q 1", plain(&self.broker)), NONE)
                .well();
        }
    }
}

/// Offers lines to a gateway, kills it at some moment, and says which it has accepted.
fn talk(
    folder: &Path,
    tool: Tool,
    offered: &mut u64,
    dice: &mut Dice,
    received: Option<&Collected>,
) -> Vec<u64> {
    let before = received.map(Collected::len).unwrap_or_default();
    let mut stream = connect(folder);
    let first = *offered + 1;
    *offered += 1 + dice.below(40);
    let numbers: Vec<u64> = (first..=*offered).collect();
    let answers = Collected::of(stream.try_clone().expect("a stream"));
    let one_by_one = dice.below(2) == 0;
    let wanted = dice.below(numbers.len() as u64 + 1) as usize;
    let lines: Vec<String> = numbers
        .iter()
        .map(|&number| format!("t {}\n", payload(number)))
        .collect();
    if one_by_one {
        for (number, line) in lines.iter().enumerate().take(wanted + 1) {
            stream.write_all(line.as_bytes()).expect("it reads");
            if number < wanted {
                assert!(
                    answers.becomes(|bytes| lines_in(bytes) > number),
                    "{}",
                    tool.err.text()
                );
            }
        }
    } else {
        stream.write_all(lines.concat().as_bytes()).expect("it reads");
        assert!(
            answers.becomes(|bytes| lines_in(bytes) >= wanted),
            "{}",
            tool.err.text()
        );
    }
    if let Some(received) = received
        && wanted > 0
        && dice.below(3) > 0
    {
        // Once some of these have been delivered, or of those that earlier runs have left.
        let some = dice.below(wanted.min(15) as u64) as usize;
        assert!(
            received.becomes(|bytes| lines_in(&bytes[before..]) > some),
            "{}",
            tool.err.text()
        );
    }
    let longest = if dice.below(3) == 0 { 200_000 } else { 3000 };
    spin(dice.below(longest));
    tool.kill();
    assert!(answers.ends());
    let answers = answers.text();
    let told = answers
        .split_inclusive('\n')
        .filter(|answer| answer.ends_with('\n'));
    numbers
        .into_iter()
        .zip(told)
        .map(|(number, answer)| {
            assert!(answer.starts_with("accepted "), "{answer}");
            number
        })
        .collect()
}

fn lines_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

/// A text that says whether it is whole.
fn payload(number: u64) -> String {
    let filler = (number * 7919 % 300) as usize;
    format!("{number}:{}:", "x".repeat(filler))
}

#[track_caller]
fn number_of(text: &str) -> u64 {
    let number = text.split(':').next().and_then(|number| number.parse().ok());
    let number = number.unwrap_or_else(|| panic!("{text}"));
    assert_eq!(payload(number), text);
    number
}

/// How often each message has come, in whole lines.
fn numbers(bytes: &[u8]) -> BTreeMap<u64, u32> {
    let mut times = BTreeMap::new();
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if let Some(line) = line.strip_suffix(b"\n") {
            *times
                .entry(number_of(&String::from_utf8_lossy(line)))
                .or_insert(0) += 1;
        }
    }
    times
}

/// A moment that no event marks: so many microseconds.
fn spin(micros: u64) {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_micros(micros) {
        thread::yield_now();
    }
}

fn wanted(default: usize) -> usize {
    env::var("CMQTT_TRIALS").map_or(default, |count| count.parse().expect("CMQTT_TRIALS is a number"))
}

fn seed() -> u64 {
    env::var("CMQTT_SEED").map_or(1, |seed| seed.parse().expect("CMQTT_SEED is a number"))
}

/// Numbers from the seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        Self(seed())
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }
}

//! `--give-up-after`, whatever the modem does: the run ends within ten seconds after it, and what is spooled stays.

use std::time::{Duration, Instant};

use cmqtt_sim::Family;
use cmqtt_sim::host::Pty;

use super::bench::{Bench, NONE, bare};
use super::spooling::spooled;
use super::tool::{Ended, Tool};

const AFTER: Duration = Duration::from_secs(2);

/// What the manual says of `--give-up-after`.
const OVERRUN: Duration = Duration::from_secs(10);

/// The modes of the program.
const MODES: [&str; 4] = [
    "pub -t t -m kept -q 1",
    "pub -t t -m kept -q 1 --spool spool",
    "gateway --spool spool",
    "sub -t t",
];

#[track_caller]
fn in_time(begun: Instant, tool: Tool) -> Ended {
    let ended = tool.end();
    let took = begun.elapsed();
    assert!(
        took >= AFTER && took <= AFTER + OVERRUN,
        "{took:?}: {}",
        ended.err
    );
    ended
}

#[test]
fn give_up_after_ends_a_run_on_a_silent_modem() {
    for mode in MODES {
        let folder = cmqtt_tests::programs::folder();
        let device = folder.path().join("modem");
        let _silent = Pty::open(Some(&device)).expect("a pseudo-terminal");
        let mut command = bare(folder.path());
        command
            .args(mode.split(' '))
            .args(["-h", "b", "--give-up-after", "2"]);
        let begun = Instant::now();
        let mut tool = Tool::start(command.arg("--device").arg(&device));
        tool.write(b"{\"topic\":\"t\",\"payload\":\"kept\"}\n");
        in_time(begun, tool).with(7, &["given up after 2 s"]);
        if mode.contains("spool") {
            assert_eq!(spooled(folder.path()), ["kept"], "{mode}");
        }
    }
}

/// The first connection is tried again, too.
#[test]
fn give_up_after_ends_a_run_whose_broker_is_away_and_tries_until_then() {
    for mode in MODES {
        let bench = Bench::new(Family::A76xx);
        // Nothing listens there.
        let line = format!("{mode} -h 127.0.0.1 -p 1 --give-up-after 2");
        let begun = Instant::now();
        let mut tool = bench.start(&line, NONE);
        tool.write(b"{\"topic\":\"t\",\"payload\":\"kept\"}\n");
        in_time(begun, tool).with(1, &["trying again in 1 s", "given up after 2 s"]);
        if mode.contains("spool") {
            assert_eq!(spooled(bench.folder.path()), ["kept"], "{mode}");
        }
    }
}

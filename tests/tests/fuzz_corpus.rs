//! Replays the committed fuzzing corpora, so that what fuzzing once found stays found without nightly.

use std::fs;
use std::path::Path;

use cmqtt_tests::fuzz;

#[track_caller]
fn replay(target: &str, body: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(&directory).expect("the corpus is there") {
        let path = entry.expect("an entry").path();
        let input = fs::read(&path).expect("an input");
        println!("{}", path.display());
        body(&input);
        inputs += 1;
    }
    assert!(inputs >= 10, "only {inputs} inputs in {}", directory.display());
}

#[test]
fn frame() {
    replay("frame", fuzz::frame);
}

#[test]
fn line() {
    replay("line", fuzz::line);
}

#[test]
fn command_line() {
    replay("command_line", fuzz::command_line);
}

#[test]
fn round_trip() {
    replay("round_trip", fuzz::round_trip);
}

#[test]
fn client() {
    replay("client", fuzz::client);
}

#[test]
fn session() {
    replay("session", fuzz::session);
}

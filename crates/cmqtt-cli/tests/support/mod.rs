//! Runs the program.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread;

/// What `cmqtt decode` prints of a log on its standard input.
pub(crate) fn cmqtt_decode(arguments: &[&str], log: &[u8]) -> String {
    let output = run(arguments, log);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str], log: &[u8]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cmqtt"))
        .arg("decode")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut stdin = program.stdin.take().expect("its input");
    let log = log.to_vec();
    // The program may end before it has read everything.
    let feeder = thread::spawn(move || drop(stdin.write_all(&log)));
    let output = program.wait_with_output().expect("its output");
    feeder.join().expect("the feeder");
    output
}

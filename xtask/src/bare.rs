//! `cargo xtask bare`: builds `xtask/bare`, a program without std and without an allocator that uses the two cores.
//! Then with a panic handler that cannot be linked: it links all the same, hence no panic can be reached. And with
//! each fault put in on purpose, to show that the proof would fail.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::shell::{Result, Run, root};

pub(crate) fn run() -> Result {
    build("").step("the cores link without std and without an allocator")?;
    understands(b"\r\nOK\r\n\r\n+CSQ: 5,3\r\nabc", "final+CSQabc")?;
    build("no-panic")
        .step("no panic can be reached")
        .map_err(|error| format!("{error}\n{FIND_THE_PANIC}"))?;
    for (feature, words) in FAULTS {
        must_fail(feature, words)?;
    }
    eprintln!("-- each fault put in on purpose was found");
    Ok(())
}

/// The program's build with these features.
fn build(features: &str) -> Run {
    let build = Run::new("cargo build --release --locked --quiet --manifest-path xtask/bare/Cargo.toml");
    match features {
        "" => build,
        _ => build.arguments(&["--features", features]),
    }
}

/// A variant with a fault in it does not build, for the reason that it should.
fn must_fail(features: &str, words: &str) -> Result {
    match build(features).quiet() {
        Ok(_) => Err(format!(
            "the proof proves nothing: with {features} the program still links. To repeat it: {}",
            build(features)
        )),
        Err(failure) if failure.output.contains(words) => Ok(()),
        Err(failure) => Err(format!(
            "with {features} the build should fail with \"{words}\", but said: {}",
            failure.output
        )),
    }
}

/// The program runs and hears what was said. It is rebuilt by the next variant, so this follows the plain build.
fn understands(input: &[u8], words: &str) -> Result {
    let program = root().join("xtask/bare/target/release/bare");
    let output = Command::new(&program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .and_then(|mut child| {
            if let Some(mut stdin) = child.stdin.take() {
                stdin.write_all(input)?;
            }
            child.wait_with_output()
        })
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let said = output.stdout.escape_ascii().to_string();
    if output.status.success() && said.starts_with(words) {
        return Ok(());
    }
    Err(format!(
        "{}: {}, said {said} and not {words}",
        program.display(),
        output.status
    ))
}

/// Features that break the proof, and what the build then says.
const FAULTS: [(&str, &str); 3] = [
    ("no-panic,deliberate-panic", "a_panic_is_reachable"),
    ("deliberate-alloc", "no global memory allocator found"),
    ("deliberate-std", "duplicate lang item"),
];

const FIND_THE_PANIC: &str = "Something in the cores can panic. To find it, link in spite of it and look for the callers of core::panicking:
  cd xtask/bare
  cargo rustc --release --features no-panic -- -C link-arg=-Wl,--unresolved-symbols=ignore-all -g
  objdump --disassemble --demangle target/release/bare | grep -E '^[0-9a-f]+ <|call.*(panic|_fail)' | grep -B1 call";

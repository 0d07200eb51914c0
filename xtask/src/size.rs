//! `cargo xtask size`: what the two cores cost a microcontroller: code and static data of `xtask/bare`, built for the
//! host, so a guide and no promise; and what is held for each modem, where `xtask/bare/src/held.rs` asserts the bounds.

use crate::shell::{Result, Run};
use crate::table;

pub(crate) fn run() -> Result {
    bare("build")
        .environment("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")
        .step("both cores and every command, optimised for size")?;
    Run::new("size xtask/bare/target/release/bare").step("bytes")?;
    let held = Run::new("xtask/bare/target/release/bare held")
        .quiet()
        .map_err(|failure| failure.output)?;
    let rows = rows(&held).ok_or_else(|| format!("no table: {held}"))?;
    table::print(["held, bytes", "itself", "lent: least", "for all"], &rows);
    other_width()
}

/// The rows that `held::print` wrote.
fn rows(held: &str) -> Option<Vec<[String; 4]>> {
    let row = |line: &str| -> Option<[String; 4]> {
        let fields: Vec<String> = line.split('\t').map(String::from).collect();
        fields.try_into().ok()
    };
    held.lines().map(row).collect()
}

/// The bounds for pointers of 32 bits, with the first such target that the compiler has.
fn other_width() -> Result {
    let sysroot = Run::new("rustc --print target-libdir --target");
    let there = |target: &&&str| {
        let library = sysroot.clone().arguments(&[target]).quiet();
        library.is_ok_and(|library| std::path::Path::new(library.trim()).is_dir())
    };
    match TARGETS.iter().find(there) {
        Some(target) => bare("check")
            .arguments(&["--target", target])
            .step(&format!("the bounds for 32 bits, on {target}")),
        None => {
            eprintln!(
                "\nThe bounds for 32 bits are not checked here. To check them: rustup target add {}",
                TARGETS[0]
            );
            Ok(())
        }
    }
}

fn bare(build: &str) -> Run {
    Run::new("cargo").arguments(&[build]).arguments(&[
        "--release",
        "--locked",
        "--quiet",
        "--manifest-path",
        "xtask/bare/Cargo.toml",
    ])
}

/// Targets of 32 bits that a developer of firmware is likely to have.
const TARGETS: [&str; 4] = [
    "thumbv7em-none-eabihf",
    "riscv32imc-unknown-none-elf",
    "wasm32-unknown-unknown",
    "i686-unknown-linux-gnu",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_fields_a_line() {
        let rows = rows("Framer\t88\t0\t0\nClient\t1\t2\t3\n").unwrap();
        assert_eq!(rows[1], ["Client", "1", "2", "3"].map(String::from));
        assert!(super::rows("Framer\t88").is_none());
    }
}

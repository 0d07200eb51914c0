//! The project's chores: `cargo xtask <chore>`. One file a chore; nothing but the standard library and the tools
//! that the chores run.

use std::process::ExitCode;

mod shell;

mod bare;
mod bench;
mod ci;
mod corpus;
mod fuzz;
mod mutants;
mod package;
mod simulate;
mod size;
mod soak;
mod table;
mod test;
mod tidy;
mod tools;
mod trials;

fn main() -> ExitCode {
    if let Some(compiled) = fuzz::coverage::compile() {
        return compiled;
    }
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        help();
        return ExitCode::from(2);
    };
    match (chore.run)(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\ncargo xtask {name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What `cargo xtask <name>` does.
struct Chore {
    name: &'static str,
    purpose: &'static str,
    run: fn(&[String]) -> shell::Result,
}

const CHORES: &[Chore] = &[
    Chore {
        name: "test",
        purpose: "all that a change has to pass: format, lints, docs, proofs, tests",
        run: test::run,
    },
    Chore {
        name: "ci",
        purpose: "test, then what takes longer: benchmarks once through, a minute of fuzzing a target",
        run: ci::run,
    },
    Chore {
        name: "tidy",
        purpose: "the rules of the house that no compiler knows",
        run: tidy::run,
    },
    Chore {
        name: "bare",
        purpose: "proves that the two cores need neither std nor an allocator, and cannot panic",
        run: bare::run,
    },
    Chore {
        name: "package",
        purpose: "packs what people may depend on, and builds it from what was packed",
        run: package::run,
    },
    Chore {
        name: "bench",
        purpose: "[port]: the benchmarks, or the one through a pseudo-terminal; arguments go to criterion",
        run: bench::run,
    },
    Chore {
        name: "fuzz",
        purpose: "[target] [seconds] [--minutes N] [--asan] [--coverage]: fuzzes, or says what the corpora reach",
        run: fuzz::run,
    },
    Chore {
        name: "simulate",
        purpose: "[--seeds N] [--minutes M] [--recovery] [--breakages] …: sessions by the thousand under virtual time",
        run: simulate::run,
    },
    Chore {
        name: "soak",
        purpose: "[--minutes N] [--seed N]: both adapters for minutes while modems, ports and broker fail",
        run: soak::run,
    },
    Chore {
        name: "corpus",
        purpose: "minimises what fuzzing found, into fuzz/corpus (needs nightly and cargo-fuzz)",
        run: corpus::run,
    },
    Chore {
        name: "trials",
        purpose: "[--count N] [--seed N]: kills programs that spool at random moments, and looks for what was lost",
        run: trials::run,
    },
    Chore {
        name: "mutants",
        purpose: "[file…]: puts faults into the cores, and tells which of them no test notices",
        run: mutants::run,
    },
    Chore {
        name: "size",
        purpose: "what the two cores cost a microcontroller: code, static data, and what is held for each modem",
        run: size::run,
    },
];

fn help() {
    eprintln!("cargo xtask <chore>\n");
    for Chore { name, purpose, .. } in CHORES {
        eprintln!("  {name:<8}{purpose}");
    }
}

//! Rules about Cargo.toml and Cargo.lock.

use super::tree::{Finding, Tree, numbered};

/// Edition, toolchain and versions stand in the workspace's Cargo.toml, and nowhere else.
pub(super) fn facts_have_one_home(tree: &Tree) -> Vec<Finding> {
    let edition = tree.text("Cargo.toml").and_then(|text| value(text, "edition"));
    let mut findings = Vec::new();
    for (path, text) in tree.ending("/Cargo.toml") {
        let outside = OUTSIDE.contains(&path);
        for (number, line) in numbered(text) {
            let line = line.trim();
            // A package outside the workspace cannot inherit its edition: it may repeat it.
            let repeats_edition =
                line.starts_with("edition =") && !(outside && value(line, "edition") == edition);
            let states_version = line.starts_with("rust-version =")
                || line.starts_with("version =")
                || (!outside && states_dependency_version(line));
            if repeats_edition || states_version {
                findings.push(Finding::new(
                    path,
                    number,
                    format!("`{line}` belongs into the workspace's Cargo.toml"),
                ));
            }
        }
    }
    findings
}

/// A package uses only those of ours that ARCHITECTURE.md's picture lets it use.
pub(super) fn arrows(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending("/Cargo.toml") {
        let Some(package) = value(text, "name") else {
            continue;
        };
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == package) else {
            findings.push(Finding::new(
                path,
                0,
                format!("`{package}` stands in no arrow of xtask/src/tidy/manifests.rs"),
            ));
            continue;
        };
        let mut tests_only = false;
        for (number, line) in numbered(text) {
            if line.starts_with('[') {
                tests_only = line.contains("dev-dependencies");
            }
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let ours = ARROWS.iter().any(|(from, _)| *from == name);
            // A test may look from outside: an adapter against the simulated modem.
            if ours && !allowed.contains(&name) && !tests_only {
                findings.push(Finding::new(
                    path,
                    number,
                    format!("`{package}` may not depend on `{name}`"),
                ));
            }
            if CORES.contains(&package) && !tests_only && is_dependency_of_no_core(text, line) {
                findings.push(Finding::new(
                    path,
                    number,
                    format!("`{name}` is no dependency for a core"),
                ));
            }
        }
    }
    findings
}

/// Every package comes from the public registry.
pub(super) fn locked_sources(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending("Cargo.lock") {
        for (number, line) in numbered(text) {
            if line.starts_with("source = ") && line != PUBLIC {
                findings.push(Finding::new(path, number, format!("unknown {line}")));
            }
        }
    }
    findings
}

/// `name = { version = "1" }`, `name = "1"`.
fn states_dependency_version(line: &str) -> bool {
    let Some((name, value)) = line.split_once(" = ") else {
        return false;
    };
    let is_version = |text: &str| {
        let text = text.trim_start_matches(['=', '^', '~']);
        text.starts_with(|first: char| first.is_ascii_digit())
    };
    let plain = value.strip_prefix('"').is_some_and(is_version);
    let table = value
        .split_once("version = \"")
        .is_some_and(|(_, text)| is_version(text));
    name != "opt-level" && (plain || table)
}

fn is_dependency_of_no_core(text: &str, line: &str) -> bool {
    let Some((_, section)) = text.split_once("[dependencies]\n") else {
        return false;
    };
    let section = section.split("\n[").next().unwrap_or_default();
    let name = line.split(['.', ' ']).next().unwrap_or_default();
    !name.is_empty()
        && !name.starts_with('#')
        && section.lines().any(|other| other == line)
        && !CORE_DEPENDENCIES.contains(&name)
}

/// The value of the first line `key = "value"`.
fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='))?;
    Some(line.trim().trim_matches('"'))
}

/// Packages that build alone.
const OUTSIDE: [&str; 2] = ["fuzz/Cargo.toml", "xtask/bare/Cargo.toml"];

const CORES: [&str; 2] = ["at-proto", "cmqtt-core"];

/// What the cores may use: no_std, no alloc.
const CORE_DEPENDENCIES: [&str; 4] = ["at-proto", "memchr", "thiserror", "winnow"];

/// Who may use whom.
const ARROWS: &[(&str, &[&str])] = &[
    ("at-proto", &[]),
    ("cmqtt-core", &["at-proto"]),
    ("cmqtt-sim", &["at-proto"]),
    ("cmqtt-host", &["at-proto", "cmqtt-core"]),
    ("cmqtt-outbox", &["at-proto"]),
    ("cmqtt-blocking", &["at-proto", "cmqtt-core", "cmqtt-host"]),
    ("cmqtt-tokio", &["at-proto", "cmqtt-core", "cmqtt-host"]),
    (
        "cmqtt-cli",
        &[
            "at-proto",
            "cmqtt-core",
            "cmqtt-sim",
            "cmqtt-blocking",
            "cmqtt-tokio",
            "cmqtt-host",
            "cmqtt-outbox",
        ],
    ),
    (
        "cmqtt-tests",
        &[
            "at-proto",
            "cmqtt-core",
            "cmqtt-sim",
            "cmqtt-blocking",
            "cmqtt-tokio",
            "cmqtt-host",
            "cmqtt-outbox",
            "cmqtt-cli",
        ],
    ),
    (
        "cmqtt-benches",
        &[
            "at-proto",
            "cmqtt-core",
            "cmqtt-sim",
            "cmqtt-blocking",
            "cmqtt-tokio",
            "cmqtt-outbox",
            "cmqtt-tests",
        ],
    ),
    (
        "cmqtt-examples",
        &[
            "at-proto",
            "cmqtt-core",
            "cmqtt-sim",
            "cmqtt-blocking",
            "cmqtt-tokio",
            "cmqtt-host",
        ],
    ),
    ("cmqtt-fuzz", &["cmqtt-tests"]),
    ("bare", &["at-proto", "cmqtt-core"]),
    ("xtask", &[]),
];

const PUBLIC: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

#[cfg(test)]
mod tests {
    use super::super::tree::found;
    use super::*;

    const ROOT: (&str, &str) = ("Cargo.toml", "[workspace.package]\nedition = \"2024\"\n");

    #[test]
    fn a_fact_in_two_places() {
        let member = "[package]\nname = \"xtask\"\nedition = \"2021\"\nversion.workspace = true\n[dependencies]\nmemchr = \"2\"\nwinnow = { version = \"1\" }\nthiserror.workspace = true\n";
        assert_eq!(
            found(facts_have_one_home, &[ROOT, ("xtask/Cargo.toml", member)]),
            "xtask/Cargo.toml:3: `edition = \"2021\"` belongs into the workspace's Cargo.toml
xtask/Cargo.toml:6: `memchr = \"2\"` belongs into the workspace's Cargo.toml
xtask/Cargo.toml:7: `winnow = { version = \"1\" }` belongs into the workspace's Cargo.toml"
        );
        let outside = "edition = \"2024\"\nlibfuzzer-sys = \"0.4\"\n";
        assert_eq!(
            found(facts_have_one_home, &[ROOT, ("fuzz/Cargo.toml", outside)]),
            ""
        );
        assert_eq!(
            found(
                facts_have_one_home,
                &[ROOT, ("fuzz/Cargo.toml", "edition = \"2021\"\n")]
            ),
            "fuzz/Cargo.toml:1: `edition = \"2021\"` belongs into the workspace's Cargo.toml"
        );
    }

    #[test]
    fn an_arrow_that_is_not_in_the_picture() {
        let core = "[package]\nname = \"cmqtt-core\"\n[dependencies]\nat-proto.workspace = true\ncmqtt-sim.workspace = true\nlog.workspace = true\n[dev-dependencies]\ncmqtt-sim.workspace = true\nproptest.workspace = true\n";
        assert_eq!(
            found(arrows, &[("crates/cmqtt-core/Cargo.toml", core)]),
            "crates/cmqtt-core/Cargo.toml:5: `cmqtt-core` may not depend on `cmqtt-sim`
crates/cmqtt-core/Cargo.toml:5: `cmqtt-sim` is no dependency for a core
crates/cmqtt-core/Cargo.toml:6: `log` is no dependency for a core"
        );
        assert_eq!(
            found(arrows, &[("crates/x/Cargo.toml", "name = \"x\"\n")]),
            "crates/x/Cargo.toml: `x` stands in no arrow of xtask/src/tidy/manifests.rs"
        );
    }

    #[test]
    fn a_package_from_elsewhere() {
        let lock = format!("{PUBLIC}\nsource = \"registry+https://example.org\"\n");
        assert_eq!(
            found(locked_sources, &[("Cargo.lock", &lock)]),
            "Cargo.lock:2: unknown source = \"registry+https://example.org\""
        );
    }
}

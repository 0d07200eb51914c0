//! `cargo xtask package`: every package that people may depend on, packed as for a registry, and built from what was
//! packed. Packages that depend on each other find each other's packed form.
//!
//! What is packed is the last commit, so that the outcome is the same on a clean checkout and on a developer's: changes
//! that are not committed are named and left out. A tree that is no repository of its own is packed as it lies.

use std::fs;
use std::path::PathBuf;

use crate::shell::{Result, Run, root};

pub(crate) fn run(_: &[String]) -> Result {
    let names = published()?;
    let selected: Vec<String> = names.iter().map(|name| format!("--package={name}")).collect();
    let package = if is_repository() {
        export()?;
        Run::new(PACKAGE).arguments(&[format!("--manifest-path={EXPORT}/Cargo.toml")])
    } else {
        Run::new(PACKAGE).arguments(&["--allow-dirty"])
    };
    package
        .arguments(&selected)
        .step("packages, built from what was packed")?;
    names.iter().try_for_each(|name| holds_its_papers(name))
}

/// The packages in `crates`: all that is published lies there.
fn published() -> Result<Vec<String>> {
    let folder = root().join("crates");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// Whether the workspace's root is that of a repository with a commit.
fn is_repository() -> bool {
    let top = Run::new("git rev-parse HEAD --show-toplevel").quiet();
    let top = top.ok().and_then(|told| told.lines().last().map(PathBuf::from));
    top.is_some_and(|top| top.canonicalize().ok() == root().canonicalize().ok())
}

/// Lays out the last commit.
fn export() -> Result {
    if let Ok(changes) = Run::new("git status --porcelain -- crates Cargo.toml Cargo.lock").quiet()
        && !changes.is_empty()
    {
        eprintln!("\nThe last commit is packed, without what was changed since:\n{changes}");
    }
    let folder = root().join(EXPORT);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let archive = format!("{EXPORT}.tar");
    Run::new("git archive --format=tar HEAD")
        .arguments(&[format!("--output={archive}")])
        .quiet()
        .map_err(|failure| failure.output)?;
    Run::new("tar -xf")
        .arguments(&[archive.as_str(), "-C", EXPORT])
        .quiet()
        .map_err(|failure| failure.output)?;
    Ok(())
}

/// A package that was packed has a README and both licences in it.
fn holds_its_papers(name: &str) -> Result {
    let version = env!("CARGO_PKG_VERSION");
    let archive = format!("{TARGET}/package/{name}-{version}.crate");
    let files = Run::new("tar -tzf")
        .arguments(&[&archive])
        .quiet()
        .map_err(|failure| failure.output)?;
    match lacking(&files, &format!("{name}-{version}")) {
        lacking if lacking.is_empty() => Ok(()),
        lacking => Err(format!("{archive} holds no {}", lacking.join(", no "))),
    }
}

/// The papers that are not among these files of a package's folder.
fn lacking(files: &str, folder: &str) -> Vec<&'static str> {
    let holds = |paper: &str| files.lines().any(|file| file == format!("{folder}/{paper}"));
    PAPERS.iter().copied().filter(|paper| !holds(paper)).collect()
}

const PAPERS: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// Where the last commit is laid out.
const EXPORT: &str = "target/committed";
/// Where it is packed and built: not where it is laid out, so that a second time is quicker.
const TARGET: &str = "target/packages";
const PACKAGE: &str = "cargo package --locked --quiet --target-dir target/packages";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_crates_are_published() {
        let names = published().expect("the folder");
        for name in ["at-proto", "cmqtt-core", "cmqtt-cli"] {
            assert!(names.iter().any(|other| other == name), "{names:?}");
        }
    }

    #[test]
    fn a_package_without_a_licence() {
        let files = "a-1/Cargo.toml\na-1/README.md\na-1/LICENSE-MIT\na-1/src/LICENSE-APACHE\n";
        assert_eq!(lacking(files, "a-1"), ["LICENSE-APACHE"]);
        assert_eq!(lacking("", "a-1"), PAPERS);
    }
}

//! `cargo xtask package`: every package that people may depend on, packed as for a registry, unpacked again, and built
//! from that: each by itself, with those that it depends on in their packed form.
//!
//! What is packed is the last commit, so that the outcome is the same on a clean checkout and on a developer's: changes
//! that are not committed are named and left out. A tree that is no repository of its own is packed as it lies.
//!
//! Cargo could build what it packs by itself, but takes a package that it has unpacked once, in an earlier run, for the
//! same as long as the version is: it would build yesterday's.

use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{Result, Run, root};

pub(crate) fn run() -> Result {
    let names = published()?;
    let package = if is_repository() {
        export()?;
        Run::new(PACKAGE).arguments(&[format!("--manifest-path={EXPORT}/Cargo.toml")])
    } else {
        Run::new(PACKAGE).arguments(&["--allow-dirty"])
    };
    let selected: Vec<String> = names.iter().map(|name| format!("--package={name}")).collect();
    package.arguments(&selected).step("packages")?;
    unpack(&names)?;
    for name in &names {
        Run::new(CHECK)
            .arguments(&[name])
            .step(&format!("{name}, built from what was packed"))?;
    }
    Ok(())
}

/// Lays the packages out, in a workspace in which they stand for those of the registry.
fn unpack(names: &[String]) -> Result {
    let folder = empty(UNPACKED)?;
    for name in names {
        let archive = format!("{PACKED}/{name}-{VERSION}.crate");
        silently(Run::new("tar -xf").arguments(&[archive.as_str(), "-C", UNPACKED]))?;
        let package = folder.join(format!("{name}-{VERSION}"));
        match lacking(&package) {
            lacking if lacking.is_empty() => {}
            lacking => return Err(format!("{archive} holds no {}", lacking.join(", no "))),
        }
    }
    let lock = folder.join("Cargo.lock");
    fs::copy(root().join("Cargo.lock"), &lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    write(&folder.join("Cargo.toml"), &workspace(names))
}

fn workspace(names: &[String]) -> String {
    let mut text =
        String::from("[workspace]\nresolver = \"3\"\nmembers = [\"*-*.*.*\"]\n\n[patch.crates-io]\n");
    for name in names {
        text.push_str(&format!("{name} = {{ path = \"{name}-{VERSION}\" }}\n"));
    }
    text
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
    empty(EXPORT)?;
    let archive = format!("{EXPORT}.tar");
    silently(Run::new("git archive --format=tar HEAD").arguments(&[format!("--output={archive}")]))?;
    silently(Run::new("tar -xf").arguments(&[archive.as_str(), "-C", EXPORT]))
}

/// The papers that a package lacks.
fn lacking(package: &Path) -> Vec<&'static str> {
    let lacks = |paper: &&str| !package.join(paper).is_file();
    PAPERS.iter().copied().filter(lacks).collect()
}

/// An empty folder at this place.
fn empty(place: &str) -> Result<PathBuf> {
    let folder = root().join(place);
    let made = match folder.exists() {
        true => fs::remove_dir_all(&folder),
        false => Ok(()),
    };
    made.and_then(|()| fs::create_dir_all(&folder))
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

fn write(path: &Path, text: &str) -> Result {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn silently(run: Run) -> Result {
    run.quiet()
        .map(drop)
        .map_err(|failure| format!("{run}: {}", failure.output))
}

const PAPERS: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md"];
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the last commit is laid out.
const EXPORT: &str = "target/packages/committed";
/// Where Cargo puts what it packs.
const PACKED: &str = "target/packages/package";
/// Where that is laid out again.
const UNPACKED: &str = "target/packages/unpacked";
const PACKAGE: &str = "cargo package --no-verify --locked --quiet --target-dir=target/packages";
const CHECK: &str = "cargo check --quiet --manifest-path=target/packages/unpacked/Cargo.toml --target-dir=target/packages --package";

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
    fn a_package_without_its_papers() {
        assert_eq!(lacking(&root().join("crates/at-proto/src")), PAPERS);
        assert_eq!(lacking(&root().join("crates/at-proto")), [""; 0]);
    }
}

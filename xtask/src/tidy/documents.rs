//! Rules about what the documents, and all other text, may say.

use clap::Subcommand;

use super::tree::{Finding, Tree, numbered};
use crate::Chore;

/// Nothing names a place on somebody's machine, nor a server that hands out packages.
pub(super) fn no_places(tree: &Tree) -> Vec<Finding> {
    let words = [
        concat!("/wo", "rk/"),
        concat!("/tmp", "/wt"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("../sha", "red"),
        concat!("artif", "actory"),
        concat!("index.cra", "tes.io"),
        concat!("static.cra", "tes.io"),
    ];
    let mut findings = Vec::new();
    for (path, text) in &tree.files {
        if path.starts_with("fuzz/corpus/") {
            continue;
        }
        for (number, line) in numbered(text) {
            for word in words {
                if line.contains(word) {
                    findings.push(Finding::new(path, number, format!("names the place `{word}`")));
                }
            }
        }
    }
    findings
}

/// A document that says `cargo xtask x` means a chore that exists.
pub(super) fn chores_exist(tree: &Tree) -> Vec<Finding> {
    named_after(tree, "cargo xtask ")
        .filter(|(.., name)| !Chore::has_subcommand(name))
        .map(|(path, number, name)| Finding::new(path, number, format!("there is no `cargo xtask {name}`")))
        .collect()
}

/// A document that says `-p x` or `--package x` means a package that exists.
pub(super) fn packages_exist(tree: &Tree) -> Vec<Finding> {
    let packages: Vec<String> = tree
        .ending("Cargo.toml")
        .filter_map(|(_, text)| text.lines().find_map(|line| line.strip_prefix("name = ")))
        .map(|name| name.trim_matches('"').to_owned())
        .collect();
    named_after(tree, " -p ")
        .chain(named_after(tree, " --package "))
        .filter(|(.., name)| !packages.iter().any(|package| package == name))
        .map(|(path, number, name)| Finding::new(path, number, format!("there is no package `{name}`")))
        .collect()
}

/// The README of a package that is published refers to nothing outside of its package, and a package has one.
pub(super) fn readmes_stand_alone(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (manifest, _) in tree.ending("/Cargo.toml") {
        let Some(package) = manifest
            .strip_suffix("Cargo.toml")
            .filter(|folder| folder.starts_with("crates/"))
        else {
            continue;
        };
        let path = format!("{package}README.md");
        let Some(text) = tree.text(&path) else {
            findings.push(Finding::new(manifest, 0, "the package has no README.md"));
            continue;
        };
        for (number, line) in numbered(text) {
            if line.contains("](../") || line.contains("](/") {
                findings.push(Finding::new(
                    &path,
                    number,
                    "refers to what is not in the package",
                ));
            }
        }
    }
    findings
}

/// The README's first command is the demo and its second is the test, and `.ci/run` runs the second.
pub(super) fn the_test_command(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let test = "cargo xtask test";
    if !tree.text(".ci/run").is_some_and(|text| text.contains(test)) {
        findings.push(Finding::new(".ci/run", 0, format!("does not run `{test}`")));
    }
    let readme = tree.text("README.md").unwrap_or_default();
    let commands: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("cargo "))
        .take(2)
        .collect();
    let expected = ["cargo run --release -p cmqtt-cli -- demo", test];
    let as_expected = |(command, expected): (&&str, &str)| {
        command
            .strip_prefix(expected)
            .is_some_and(|rest| rest.trim().is_empty() || rest.trim_start().starts_with('#'))
    };
    if !readme.is_empty()
        && (commands.len() < expected.len() || !commands.iter().zip(expected).all(as_expected))
    {
        findings.push(Finding::new(
            "README.md",
            0,
            format!("its first commands are {commands:?}, and should be {expected:?}"),
        ));
    }
    findings
}

/// The words that stand behind `before` in documents.
fn named_after<'t>(tree: &'t Tree, before: &'t str) -> impl Iterator<Item = (&'t str, usize, &'t str)> {
    tree.ending(".md").flat_map(move |(path, text)| {
        numbered(text).flat_map(move |(number, line)| {
            line.match_indices(before).filter_map(move |(offset, _)| {
                let name = line[offset + before.len()..]
                    .split(|character: char| !(character.is_ascii_alphanumeric() || "-_".contains(character)))
                    .next()?;
                (!name.is_empty()).then_some((path, number, name))
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree::found;
    use super::*;

    #[test]
    fn a_place_on_a_machine() {
        let text = concat!("good\nsee /wo", "rk/x\n");
        assert_eq!(
            found(no_places, &[("a.md", text), ("fuzz/corpus/frame/a", text)]),
            concat!("a.md:2: names the place `/wo", "rk/`")
        );
    }

    #[test]
    fn a_chore_that_is_none() {
        let text = "Run `cargo xtask test`.\nOr `cargo xtask dance`, or `cargo xtask <chore>`.\n";
        assert_eq!(
            found(chores_exist, &[("a.md", text)]),
            "a.md:2: there is no `cargo xtask dance`"
        );
    }

    #[test]
    fn a_package_that_is_none() {
        let files = [
            ("crates/x/Cargo.toml", "[package]\nname = \"x\"\n"),
            ("a.md", "cargo run -p x\ncargo test -p y\n"),
        ];
        assert_eq!(found(packages_exist, &files), "a.md:2: there is no package `y`");
    }

    #[test]
    fn a_readme_that_leans_on_its_surroundings() {
        let files = [
            ("crates/x/Cargo.toml", ""),
            (
                "crates/x/README.md",
                "See [there](../../README.md)\nor [here](src/lib.rs).\n",
            ),
            ("crates/y/Cargo.toml", ""),
            ("tests/Cargo.toml", ""),
        ];
        assert_eq!(
            found(readmes_stand_alone, &files),
            "crates/x/README.md:1: refers to what is not in the package\ncrates/y/Cargo.toml: the package has no README.md"
        );
    }

    #[test]
    fn another_test_command() {
        let good = (
            "README.md",
            "cargo run --release -p cmqtt-cli -- demo\n\ncargo xtask test   # all of it\n",
        );
        let run = (".ci/run", "exec cargo xtask test\n");
        assert_eq!(found(the_test_command, &[good, run]), "");
        assert_eq!(
            found(the_test_command, &[good]),
            ".ci/run: does not run `cargo xtask test`"
        );
        assert!(
            found(the_test_command, &[("README.md", "cargo xtask test\n"), run])
                .starts_with("README.md: its first")
        );
    }
}

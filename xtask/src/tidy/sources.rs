//! Rules about Rust files.

use super::tree::{Finding, Tree, numbered};

/// Every file says what it is for.
pub(super) fn module_docs(tree: &Tree) -> Vec<Finding> {
    tree.ending(".rs")
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| Finding::new(path, 1, "the file does not begin with //! and what it is for"))
        .collect()
}

/// No file is longer than [`LONGEST`] lines without its tests.
pub(super) fn lengths(tree: &Tree) -> Vec<Finding> {
    long(tree)
        .filter(|&(_, lines)| lines > LONGEST)
        .map(|(path, lines)| {
            Finding::new(
                path,
                0,
                format!("{lines} lines without tests, {LONGEST} are the limit"),
            )
        })
        .collect()
}

/// The files that are long, with their lines without tests.
pub(super) fn long(tree: &Tree) -> impl Iterator<Item = (&str, usize)> {
    tree.ending(".rs")
        .filter(|(path, _)| !is_test(path))
        .map(|(path, text)| (path, without_tests(text).lines().count()))
        .filter(|&(_, lines)| lines > LONG)
}

/// Nothing is left for later: no `todo`, no test or example that does not run.
pub(super) fn unfinished(tree: &Tree) -> Vec<Finding> {
    let words = [
        concat!("to", "do!("),
        concat!("unim", "plemented!("),
        concat!("#[ign", "ore"),
        concat!("```ign", "ore"),
        concat!("thread::sl", "eep"),
    ];
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        for (number, line) in numbered(text) {
            for word in words {
                // A loop that paces itself sleeps; a test that sleeps waits for luck.
                let sleeps = word.starts_with("thread");
                if line.contains(word) && (!sleeps || is_test(path)) {
                    findings.push(Finding::new(path, number, format!("`{word}`")));
                }
            }
        }
    }
    findings
}

/// A lint is silenced with a reason.
pub(super) fn allows_have_reasons(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        for (offset, _) in text.match_indices(concat!("#[al", "low(")).chain(
            text.match_indices(concat!("#![al", "low("))
                .chain(text.match_indices(concat!("#[exp", "ect("))),
        ) {
            let attribute = &text[offset..];
            let end = attribute.find(")]").unwrap_or(attribute.len());
            if !attribute[..end].contains("reason") {
                let number = text[..offset].lines().count() + 1;
                findings.push(Finding::new(path, number, "a lint is silenced without a reason"));
            }
        }
    }
    findings
}

/// The two cores name neither std nor alloc outside of tests and examples.
pub(super) fn cores_stand_alone(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        if !CORES.iter().any(|core| path.starts_with(core)) || path.ends_with("/testing.rs") {
            continue;
        }
        for (number, line) in numbered(without_tests(text)) {
            let code = line.split("//").next().unwrap_or_default();
            if ["std::", "alloc::", "extern crate"]
                .iter()
                .any(|word| code.contains(word))
            {
                findings.push(Finding::new(
                    path,
                    number,
                    "the cores use nothing but `core` and what they depend on",
                ));
            }
        }
    }
    findings
}

/// What stands before the tests.
fn without_tests(text: &str) -> &str {
    let end = text
        .find("#[cfg(test)]\nmod tests")
        .or_else(|| text.find("#[cfg(all(test"))
        .unwrap_or(text.len());
    &text[..end]
}

fn is_test(path: &str) -> bool {
    path.contains("tests/") || path.contains("benches/") || path.ends_with("/tests.rs")
}

const CORES: [&str; 2] = ["crates/at-proto/src/", "crates/cmqtt-core/src/"];
const LONG: usize = 300;
const LONGEST: usize = 500;

#[cfg(test)]
mod tests {
    use super::super::tree::found;
    use super::*;

    #[test]
    fn a_file_without_docs() {
        let files = [
            ("a.rs", "//! Good.\n"),
            ("b.rs", "use core::fmt;\n"),
            ("c.md", ""),
        ];
        assert_eq!(
            found(module_docs, &files),
            "b.rs:1: the file does not begin with //! and what it is for"
        );
    }

    #[test]
    fn a_file_that_became_a_hall() {
        let lines = "x\n".repeat(501);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{lines}}}\n");
        assert_eq!(
            found(lengths, &[("src/a.rs", &lines), ("src/b.rs", &tests)]),
            "src/a.rs: 501 lines without tests, 500 are the limit"
        );
        assert_eq!(
            long(&Tree::of(&[("a.rs", &"x\n".repeat(301))])).collect::<Vec<_>>(),
            [("a.rs", 301)]
        );
    }

    #[test]
    fn what_was_left_for_later() {
        let later = concat!("fn f() {\n    to", "do!()\n}\n");
        let ignored = concat!("#[ign", "ore]\n");
        let sleeps = concat!("std::thread::sl", "eep(x);\n");
        assert_eq!(
            found(
                unfinished,
                &[
                    ("a.rs", later),
                    ("b.rs", ignored),
                    ("src/c.rs", sleeps),
                    ("tests/d.rs", sleeps)
                ]
            ),
            concat!(
                "a.rs:2: `to",
                "do!(`\nb.rs:1: `#[ign",
                "ore`\ntests/d.rs:1: `thread::sl",
                "eep`"
            )
        );
    }

    #[test]
    fn a_lint_silenced_in_passing() {
        let bare = concat!("//!\n#[al", "low(dead_code)]\n");
        let reasoned = concat!("#[al", "low(\n    dead_code,\n    reason = \"why\"\n)]\n");
        assert_eq!(
            found(allows_have_reasons, &[("a.rs", bare), ("b.rs", reasoned)]),
            "a.rs:2: a lint is silenced without a reason"
        );
    }

    #[test]
    fn a_core_that_leans_on_std() {
        let text = "//! x\nuse std::fmt;\n/// std::fmt\n#[cfg(test)]\nmod tests { use std::vec; }\n";
        assert_eq!(
            found(
                cores_stand_alone,
                &[
                    ("crates/at-proto/src/a.rs", text),
                    ("crates/cmqtt-sim/src/a.rs", text)
                ]
            ),
            "crates/at-proto/src/a.rs:2: the cores use nothing but `core` and what they depend on"
        );
    }
}

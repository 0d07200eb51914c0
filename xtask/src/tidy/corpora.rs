//! Rules about what the proofs go through: fuzzing and the bare-metal program.

use super::tree::{Finding, Tree, numbered};

/// Every target has a committed corpus, and a test that replays it.
pub(super) fn targets_are_replayed(tree: &Tree) -> Vec<Finding> {
    let replay = tree.text(REPLAY).unwrap_or_default();
    let mut findings = Vec::new();
    for (path, _) in tree.ending(".rs") {
        let Some(target) = path
            .strip_prefix("fuzz/fuzz_targets/")
            .and_then(|name| name.strip_suffix(".rs"))
        else {
            continue;
        };
        let corpus = format!("fuzz/corpus/{target}/");
        if !tree.files.iter().any(|(path, _)| path.starts_with(&corpus)) {
            findings.push(Finding::new(path, 0, format!("has no {corpus}")));
        }
        if !replay.contains(&format!("fn {target}()")) {
            findings.push(Finding::new(
                path,
                0,
                format!("is not replayed: {REPLAY} has no fn {target}()"),
            ));
        }
    }
    findings
}

/// Every command and every answer is in the lists that the proofs go through.
pub(super) fn commands_are_listed(tree: &Tree) -> Vec<Finding> {
    let lists = tree.text(LISTS).unwrap_or_default();
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        let Some(module) = path.strip_prefix("crates/at-proto/src/") else {
            continue;
        };
        let module = module
            .split_once('/')
            .map_or(String::new(), |(module, _)| format!("{module}::"));
        for (number, line) in numbered(text) {
            if let Some((list, name)) = implementation(line)
                && !list_of(lists, list).contains(&format!("at_proto::{module}{name}"))
            {
                findings.push(Finding::new(
                    path,
                    number,
                    format!("{name} is not in {list}! of {LISTS}"),
                ));
            }
        }
    }
    findings
}

/// The list that a line `impl<'a> Parse<'a> for Acquire<'a> {` belongs to, and the type's name.
fn implementation(line: &str) -> Option<(&'static str, &str)> {
    let (before, name) = line.strip_prefix("impl")?.split_once(" for ")?;
    let of = before.trim_end_matches("<'_>").trim_end_matches("<'a>");
    let (_, list) = LISTED
        .iter()
        .find(|(of_list, _)| of.ends_with(&format!(" {of_list}")))?;
    let name = name
        .split(|character: char| !character.is_alphanumeric())
        .next()?;
    // The wrapper types of the read and test forms go through the lists themselves.
    (!matches!(name, "Read" | "Test" | "$command" | "")).then_some((list, name))
}

/// The text of one list.
fn list_of<'t>(lists: &'t str, name: &str) -> &'t str {
    let Some((_, from)) = lists.split_once(&format!("macro_rules! {name} ")) else {
        return "";
    };
    from.split("pub(crate) use").next().unwrap_or_default()
}

const LISTS: &str = "tests/src/every.rs";

const LISTED: [(&str, &str); 5] = [
    ("Parse", "every_command"),
    ("ParseBasic", "every_basic"),
    ("Readable", "every_readable"),
    ("Testable", "every_testable"),
    ("Information", "every_information"),
];

const REPLAY: &str = "tests/tests/fuzz_corpus.rs";

#[cfg(test)]
mod tests {
    use super::super::tree::found;
    use super::*;

    #[test]
    fn a_target_that_nothing_replays() {
        let target = ("fuzz/fuzz_targets/line.rs", "");
        assert_eq!(
            found(targets_are_replayed, &[target]),
            "fuzz/fuzz_targets/line.rs: has no fuzz/corpus/line/
fuzz/fuzz_targets/line.rs: is not replayed: tests/tests/fuzz_corpus.rs has no fn line()"
        );
        let files = [target, ("fuzz/corpus/line/a", ""), (REPLAY, "fn line() {}")];
        assert_eq!(found(targets_are_replayed, &files), "");
    }

    #[test]
    fn a_command_that_no_proof_goes_through() {
        let lists = (
            LISTS,
            "macro_rules! every_command { at_proto::cmqtt::Stop, }\npub(crate) use every_command;\nmacro_rules! every_readable { at_proto::cmqtt::Start, }\n",
        );
        let stop = (
            "crates/at-proto/src/cmqtt/stop.rs",
            "impl Parse<'_> for Stop {\nimpl<C> Parse<'_> for Read<C> {\n",
        );
        let start = (
            "crates/at-proto/src/cmqtt/start.rs",
            "impl<'a> Parse<'a> for Start<'a> {\n",
        );
        assert_eq!(
            found(commands_are_listed, &[lists, stop, start]),
            "crates/at-proto/src/cmqtt/start.rs:1: Start is not in every_command! of tests/src/every.rs"
        );
    }
}

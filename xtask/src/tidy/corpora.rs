//! Rules about fuzzing.

use super::tree::{Finding, Tree};

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
}

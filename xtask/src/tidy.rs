//! `cargo xtask tidy`: the rules of the house that no compiler knows. Each file beside this one holds a few rules
//! about one kind of thing, and the tests that show each of them can fail.

use std::fs;
use std::path::Path;

use crate::shell::{Result, root};

mod corpora;
mod documents;
mod manifests;
mod sources;
mod tree;

use tree::{Finding, Tree};

pub(crate) fn run() -> Result {
    let tree = Tree::read(&root())?;
    let findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    eprintln!("\n== tidy: cargo xtask tidy");
    for (path, lines) in sources::long(&tree) {
        eprintln!("   long: {path}, {lines} lines without tests");
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => {
            eprintln!("-- tidy: {} files, {} rules", tree.files.len(), RULES.len());
            Ok(())
        }
        count => Err(format!(
            "step \"tidy\" failed with {count} findings. To repeat it: cargo xtask tidy"
        )),
    }
}

const RULES: [fn(&Tree) -> Vec<Finding>; 15] = [
    sources::module_docs,
    sources::lengths,
    sources::unfinished,
    sources::allows_have_reasons,
    sources::cores_stand_alone,
    documents::no_places,
    documents::chores_exist,
    documents::packages_exist,
    documents::the_test_command,
    documents::readmes_stand_alone,
    manifests::facts_have_one_home,
    manifests::arrows,
    manifests::locked_sources,
    corpora::targets_are_replayed,
    corpora::commands_are_listed,
];

impl Tree {
    /// The files below `root` that are ours and text.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self { files: Vec::new() };
        let mut directories = vec![root.to_path_buf()];
        while let Some(directory) = directories.pop() {
            let entries =
                fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
            for entry in entries {
                let path = entry.map_err(|error| error.to_string())?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                // In a worktree `.git` is a file.
                if matches!(&*name, "target" | ".git" | "artifacts" | "coverage") {
                    continue;
                }
                if path.is_dir() {
                    directories.push(path);
                } else if let Ok(relative) = path.strip_prefix(root)
                    && let Ok(bytes) = fs::read(&path)
                {
                    let text = String::from_utf8(bytes).unwrap_or_default();
                    tree.files.push((relative.to_string_lossy().into_owned(), text));
                }
            }
        }
        tree.files.sort();
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_tree_is_tidy() {
        let tree = Tree::read(&root()).unwrap();
        let findings: Vec<String> = RULES
            .iter()
            .flat_map(|rule| rule(&tree))
            .map(|finding| finding.to_string())
            .collect();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }
}

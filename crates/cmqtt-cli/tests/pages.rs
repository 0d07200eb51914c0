//! Completions and manual pages, which come from the definitions of the arguments.

use std::fs;
use std::process::{Command, Output};

fn cmqtt(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cmqtt"))
        .args(arguments)
        .output()
        .expect("the program")
}

#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = cmqtt(arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).expect("text")
}

/// The subcommands, from the program's own help.
fn subcommands() -> Vec<String> {
    let help = printed(&["--help"]);
    let list = help.split("Commands:\n").nth(1).expect("a list");
    let list = list.split("\n\n").next().expect("a list");
    let names = list
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_shell_learns_every_subcommand() {
    let subcommands = subcommands();
    assert!(subcommands.len() >= 6, "{subcommands:?}");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&["completions", shell]);
        for name in &subcommands {
            assert!(script.contains(name.as_str()), "{name} in {shell}");
        }
    }
    let refused = cmqtt(&["completions", "tcsh"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("possible values: bash"));
}

#[test]
fn bash_takes_its_script() {
    let script = printed(&["completions", "bash"]);
    let bash = Command::new("bash")
        .args(["-n", "-c", &script])
        .output()
        .expect("bash");
    assert!(bash.status.success(), "{}", String::from_utf8_lossy(&bash.stderr));
}

#[test]
fn every_subcommand_has_a_page() {
    let page = printed(&["man"]);
    assert!(
        page.contains(".TH cmqtt 1") && page.contains(".SH WAITS"),
        "{page}"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("share/man1");
    let path = out.to_str().expect("text");
    assert_eq!(printed(&["man", "--out", path]), "");
    let main = fs::read_to_string(out.join("cmqtt.1")).expect("a page");
    assert!(
        main.contains(".SH WAITS") && main.contains("give\\-up\\-after"),
        "{main}"
    );
    for name in subcommands().iter().filter(|&name| name != "help") {
        let page = fs::read_to_string(out.join(format!("cmqtt-{name}.1"))).expect("a page");
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains(".SH DESCRIPTION"),
            "{name}: {page}"
        );
    }
}

#[test]
fn a_folder_that_cannot_be() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().to_str().expect("text");
    let output = cmqtt(&["man", "--out", path]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr).replace(path, "FILE"),
        "cmqtt man: cannot write the pages into FILE: File exists (os error 17); name a folder that you may write to\n"
    );
}

#[test]
fn help_and_wrong_arguments() {
    assert!(printed(&["help", "man"]).contains("--out <DIR>"));
    assert!(printed(&["--version"]).starts_with("cmqtt "));
    assert_eq!(cmqtt(&["decode", "--nonsense"]).status.code(), Some(1));
    assert_eq!(cmqtt(&[]).status.code(), Some(1));
    // What a modem cannot do is refused with the usage of its subcommand.
    let refused = cmqtt(&["sub", "-R", "-t", "t"]);
    assert_eq!(refused.status.code(), Some(1));
    let error = String::from_utf8(refused.stderr).expect("UTF-8");
    assert!(
        error.contains("-R is refused") && error.contains("Usage: cmqtt sub"),
        "{error}"
    );
}

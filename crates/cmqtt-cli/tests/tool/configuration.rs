//! Configuration files and passwords: whose files are obeyed, and where a password may come from.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use cmqtt_sim::Family;
use cmqtt_tests::mosquitto::{Listener, Mosquitto};

use super::bench::{Bench, NONE, at, plain};
use super::tool::Tool;

/// A file in the program's folder that only its owner can read.
fn private(bench: &Bench, name: &str, content: &str) -> PathBuf {
    let path = bench.file(name, content.as_bytes());
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("it is ours");
    path
}

#[test]
fn configuration_file_in_the_current_folder_is_not_read() {
    let bench = Bench::new(Family::A76xx);
    bench.file("cmqtt.toml", b"host = 1\n");
    let info = bench.run("info --json", NONE).text();
    assert!(info.contains("A76XX"), "{info}");
}

#[test]
fn configuration_file_that_others_can_write_is_refused_before_the_port_is_opened() {
    let bench = Bench::new(Family::A76xx);
    let named = bench.file("other.toml", b"family = \"A76XX\"\n");
    fs::create_dir(bench.folder.path().join("cmqtt")).expect("a folder");
    let users = bench.file("cmqtt/cmqtt.toml", b"family = \"A76XX\"\n");
    for mode in [0o620, 0o602, 0o666] {
        for path in [&named, &users] {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
        }
        let remedy = |path: &PathBuf| format!("`chmod go-w {}`", path.display());
        for line in [
            "info",
            "pub -h b -t t -m x",
            "sub -h b -t t",
            "at AT",
            "cert list",
        ] {
            let config = ["--config".as_ref(), named.as_os_str()];
            bench.run(line, &config).with(1, &[&remedy(&named)]);
            bench.run(line, NONE).with(1, &[&remedy(&users)]);
        }
    }
    assert_eq!(bench.heard.len(), 0);
}

#[test]
fn verbose_names_the_configuration_file() {
    let bench = Bench::new(Family::A76xx);
    let path = bench.file("other.toml", b"host = \"h\"\n");
    let words = format!("cmqtt: configuration file {}\n", path.display());
    let config = ["--config".as_ref(), path.as_os_str()];
    assert_eq!(bench.run("info -v", &config).with(0, &[]).err, words);
    bench.run("info", &config).well();
}

#[test]
fn password_comes_from_file_or_environment() {
    let broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let file = private(&bench, "password", "pass\n");
    let line = format!("pub {} -t t -m x -q 1 --trace", at(&broker, Listener::Password));
    for (environment, options) in [
        ("", "-u user --pw-file password"),
        ("PASSWORD=pass", "-u user"),
        ("USERNAME=user PASSWORD=pass", ""),
        // An option counts before the environment.
        ("USERNAME=nobody PASSWORD=wrong", "-u user --pw-file password"),
        ("PASSWORD=wrong", "-u user -P pass"),
    ] {
        let mut command = bench.command(&line);
        command.args(options.split_whitespace());
        for (name, value) in environment
            .split_whitespace()
            .filter_map(|set| set.split_once('='))
        {
            command.env(format!("CMQTT_{name}"), value);
        }
        let ended = Tool::start(&mut command).end().with(0, &[r#""user""#]);
        assert!(!ended.err.contains(r#""pass""#), "{}", ended.err);
        assert!(!ended.err.contains("wrong"), "{}", ended.err);
    }
    let from_file = private(&bench, "login.toml", "user = \"user\"\npassword = \"pass\"\n");
    let config = ["--config".as_ref(), from_file.as_os_str()];
    bench.run(&line, &config).with(0, &[]);
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("it is ours");
    let warned = bench.run(&line, &["-u", "user", "--pw-file", "password"]);
    warned.with(
        0,
        &["others can read the password in password: `chmod 600 password`"],
    );
}

#[test]
fn password_file_that_cannot_be_used_is_refused_without_quoting_it() {
    let broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let line = format!("pub {} -t t -m x -u user", plain(&broker));
    let path = bench.file("password", b"hunter\xff2");
    let refused = |words: &str| {
        let ended = bench
            .run(&line, &["--pw-file", "password"])
            .with(1, &["--pw-file", words]);
        assert!(!ended.err.contains("hunter"), "{}", ended.err);
    };
    refused("not UTF-8");
    fs::write(&path, "hunter\"2").expect("a file");
    refused("cannot be sent");
    fs::write(&path, "\nhunter2").expect("a file");
    refused("0 bytes");
    fs::write(&path, "hunter2").expect("a file");
    fs::set_permissions(&path, Permissions::from_mode(0o606)).expect("it is ours");
    refused("`chmod go-w password`");
    fs::remove_file(&path).expect("it is there");
    refused("No such file");
    assert_eq!(bench.heard.len(), 0);
}

//! Files of every kind, what is refused in them, and where they are looked for.

use std::fs;

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<ConfigFile, ConfigFileError> {
    ConfigFile::parse(text, Path::new("cmqtt.toml"))
}

#[track_caller]
fn words(text: &str) -> String {
    parse(text).expect_err("refused").to_string()
}

const ALL: &str = r#"
device = "/dev/ttyUSB2"
baud = 9600
family = "A76XX"
apn = "iot.example"
pin = "1234"
client = 1
host = "broker.example"
port = 8883
user = "me"
password = "hunter2"
id = "device 7"
keep-alive = 120
cafile = "ca.pem"
cert = "/etc/cert.pem"
key = "keys/key.pem"
insecure = false
qos = 1
"#;

#[test]
fn every_key() {
    let config = parse(ALL).expect("a file");
    assert_eq!(config.password.as_ref().map(Hidden::reveal), Some("hunter2"));
    let shown = format!("{config:#?}");
    assert!(!shown.contains("hunter2") && !shown.contains("1234"), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn what_is_refused() {
    insta::assert_snapshot!(
        [
            words("host = \"a\"\nhots = \"b\"\n"),
            words("[broker]\nhost = \"a\""),
            words("port = 70000"),
            words("port = \"8883\""),
            words("qos = 1\nqos = 2"),
            words("host = broker.example"),
            words("host"),
            words("\n\npassword = 31415"),
            words("password = \"hunter2"),
            words("password = hunter2"),
            words("pin = [1234]"),
            words("password = 'a'\npassword = 'hunter2'"),
        ]
        .join("\n")
    );
}

#[test]
fn no_error_tells_a_secret() {
    for value in [
        "31415926",
        "\"31415926",
        "31415926x",
        "[31415926]",
        "{ a = 31415926 }",
        "\"\\q31415926\"",
        "'''\n31415926",
        "\"a\" 31415926",
    ] {
        for key in ["password", "pin", "\"password\"", "  pin "] {
            let error = parse(&format!("host = \"a\"\n{key} = {value}\n")).expect_err("refused");
            assert!(!error.to_string().contains("31415926"), "{error}");
            assert!(!format!("{error:?}").contains("31415926"), "{error:?}");
        }
    }
}

#[test]
fn named_file_counts_before_the_users() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        path
    };
    let mut places = Places {
        named: None,
        user: Some(folder.path().to_owned()),
    };
    assert_eq!(places.find().expect("no file is no error"), None);
    let path = file("cmqtt/cmqtt.toml", "host = 'user'\ncafile = 'ca.pem'");
    let found = places.find().expect("a file").expect("found");
    assert_eq!(found.path, path);
    assert_eq!(found.config.host.as_deref(), Some("user"));
    assert_eq!(found.config.cafile, Some(folder.path().join("cmqtt/ca.pem")));
    // A file that is there and wrong is not passed over.
    file("cmqtt/cmqtt.toml", "host = 1");
    assert!(matches!(
        places.find(),
        Err(ConfigFileError::Invalid { line: 1, .. })
    ));
    places.named = Some(file("other.toml", "host = 'named'"));
    let found = places.find().expect("a file").expect("found");
    assert_eq!(found.config.host.as_deref(), Some("named"));
    places.named = Some(folder.path().join("no.toml"));
    let error = places
        .find()
        .expect_err("a named file has to be there")
        .to_string();
    assert_eq!(
        error.replace(&folder.path().display().to_string(), "FOLDER"),
        "configuration file FOLDER/no.toml: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn files_of_other_kinds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cmqtt.toml");
    fs::write(&path, b"host = 'a'\nuser = '\xff'\n").unwrap();
    assert!(matches!(
        Found::load(&path),
        Err(ConfigFileError::NotUtf8 { line: 2, .. })
    ));
    fs::write(&path, [b'#'; MAX + 1]).unwrap();
    assert!(matches!(
        Found::load(&path).expect_err("refused"),
        ConfigFileError::File(FileError {
            reason: FileRefusal::TooLong(MAX),
            ..
        })
    ));
}

#[cfg(unix)]
#[test]
fn a_password_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cmqtt.toml");
    let warned = |text: &str, mode| {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let warning = Found::load(&path).expect("a file").warning;
        warning.map(|text| text.replace(&path.display().to_string(), "FILE"))
    };
    assert_eq!(warned("password = 'a'", 0o600), None);
    assert_eq!(warned("host = 'a'", 0o644), None);
    assert_eq!(
        warned("password = 'a'", 0o644).as_deref(),
        Some("others can read the password in FILE: `chmod 600 FILE`")
    );
    assert_eq!(
        warned("pin = '1234'", 0o640).as_deref(),
        Some("others can read the PIN in FILE: `chmod 600 FILE`")
    );
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in "[\\PC\n\t\"'=\\[\\]]{0,80}") {
        let _ = parse(&text);
    }
}

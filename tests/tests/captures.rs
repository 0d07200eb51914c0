//! What holds for the lines that modems in the field were heard to say.

use std::fs;
use std::path::Path;

use at_proto::{Escaped, Redacted};

/// The lines of all captures, without the comment that each begins with. One capture is a driver's text in quotation
/// marks, with its line ends spelled out: no lines of a modem.
fn lines() -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
    let mut lines = Vec::new();
    for entry in fs::read_dir(directory).expect("the captures are there") {
        let capture = fs::read(entry.expect("an entry").path()).expect("a capture");
        let said = capture.split(|byte| matches!(byte, b'\r' | b'\n'));
        lines.extend(
            said.filter(|line| !matches!(line, [b'#' | b'"', ..]))
                .map(<[u8]>::to_vec),
        );
    }
    assert!(lines.len() > 500, "only {} lines", lines.len());
    lines
}

/// A CONNECT with a user, a PIN, the password of a key.
fn may_hold_a_secret(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let login = text.contains("CMQTTCONNECT") && text.matches('"').count() > 2;
    login || text.contains("+CPIN=") || text.contains("\"password\"")
}

#[test]
fn lines_without_secrets_are_shown_as_they_are() {
    for line in lines().iter().filter(|line| !may_hold_a_secret(line)) {
        assert_eq!(Redacted(line).to_string(), Escaped(line).to_string());
    }
}

/// Also where a byte of any line is lost.
#[test]
fn a_byte_that_is_lost_hides_nothing_that_is_no_secret() {
    let named = |line: &[u8]| {
        let text = String::from_utf8_lossy(line).to_uppercase();
        ["CMQTTCONNECT", "CPIN", "CSSLCFG"]
            .iter()
            .any(|name| text.contains(name))
    };
    for line in lines().iter().filter(|line| !named(line)) {
        for lost in 0..line.len() {
            let mut lossy = line.clone();
            lossy.remove(lost);
            assert_eq!(Redacted(&lossy).to_string(), Escaped(&lossy).to_string());
        }
    }
}

//! Every capture from real hardware, decoded as JSON and as columns. Each line of the snapshots was compared by hand
//! with what the capture's header says about it.

mod support;

use std::fs;
use std::path::Path;

use support::cmqtt_decode;

#[test]
fn every_capture() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts");
    let mut captures: Vec<_> = fs::read_dir(directory)
        .expect("the captures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    captures.sort();
    assert!(captures.len() >= 15, "{} captures", captures.len());
    for capture in captures {
        let name = capture
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name");
        let log = fs::read(&capture).expect("a capture");
        insta::assert_snapshot!(format!("{name}.json"), cmqtt_decode(&["--json"], &log));
        insta::assert_snapshot!(format!("{name}.columns"), cmqtt_decode(&[], &log));
    }
}

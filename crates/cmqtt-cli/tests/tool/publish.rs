//! `cmqtt pub` and what `mosquitto_sub` hears.

use cmqtt_sim::Family;
use cmqtt_tests::mosquitto::{Mosquitto, Received};

use super::bench::{Bench, NONE, bytes, longest, plain};

#[test]
fn every_byte_arrives_at_every_quality_of_service() {
    let mut broker = Mosquitto::start();
    for family in Family::ALL {
        let bench = Bench::new(family);
        for qos in 0..=2 {
            for len in [1, 2, 300, longest(family)] {
                let watcher = broker.subscribe("out/\u{e9} b", 1);
                let line = format!("pub {} -q {qos} -s", plain(&broker));
                let mut tool = bench.start(&line, &["-t", "out/\u{e9} b"]);
                tool.write(&bytes(len));
                tool.end().well();
                let expected = Received {
                    topic: "out/\u{e9} b".into(),
                    payload: bytes(len),
                    qos,
                    retained: false,
                };
                assert_eq!(watcher.messages(), [expected], "{family}");
            }
        }
        bench.is_free();
    }
    let _ = NONE;
}

//! The four sessions of the vendor's note, §§ 4.1 to 4.4, in every family.

use cmqtt_sim::Family;
use cmqtt_tests::mosquitto::{Listener, Mosquitto, Received};

use super::bench::{Bench, NONE, at, bytes, longest, plain, tls};

#[test]
fn every_family_sends_and_hears_with_every_kind_of_verification() {
    let mut broker = Mosquitto::start();
    for family in Family::ALL {
        let bench = Bench::new(family);
        bench.set_clock();
        let file = bench.file("payload", &bytes(longest(family)));
        let insecure = at(&broker, Listener::Tls) + " --insecure";
        let server = format!("{} {}", at(&broker, Listener::Tls), tls(&["ca.pem"]));
        let both = format!(
            "{} {}",
            at(&broker, Listener::Mutual),
            tls(&["ca.pem", "client.pem", "client.key"])
        );
        for session in [plain(&broker), insecure, server, both] {
            let watcher = broker.subscribe("simcommsg", 1);
            let line = format!("pub {session} -t simcommsg -q 1");
            bench.run(&line, &["-f".as_ref(), file.as_os_str()]).well();
            let expected = Received {
                topic: "simcommsg".into(),
                payload: bytes(longest(family)),
                qos: 1,
                retained: false,
            };
            assert_eq!(watcher.messages(), [expected], "{family}: {session}");

            let tool = bench.start(
                &format!("sub {session} -t simcommsg -q 1 -N -C 1 -i {}", family.name()),
                NONE,
            );
            broker.wait_for(&format!("Sending SUBACK to {}", family.name()));
            broker.publish("simcommsg", &bytes(3000), 1, false);
            assert_eq!(tool.end().well(), bytes(3000), "{family}: {session}");
            bench.is_free();
        }
    }
}

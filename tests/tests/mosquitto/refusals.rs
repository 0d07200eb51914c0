//! Every way in which TLS does not come about, the code for it, and a session that works afterwards.

use cmqtt_blocking::Transport;
use cmqtt_blocking::at_proto::network::Clock;
use cmqtt_sim::{Family, Profile};
use cmqtt_tests::certificates::{Certificates, PASSWORD};
use cmqtt_tests::mosquitto::{Listener, Mosquitto};

use super::bench::{Bench, localhost};

const SERVER: &str = "authmode=1 cacert=ca.pem";
const BOTH: &str = "authmode=2 cacert=ca.pem clientcert=client.pem clientkey=client_key.pem";

/// A modem that holds every file, and client 0 with TLS.
#[track_caller]
fn bench(broker: &Mosquitto) -> Bench {
    let mut bench = Bench::new(Family::Sim7028, broker);
    let certificates = Certificates::get();
    for name in [
        "ca.pem",
        "ca.der",
        "other_ca.pem",
        "self_signed.pem",
        "client.pem",
        "client.der",
        "client_key.der",
        "stranger.pem",
    ] {
        bench.store(name);
    }
    bench.store_as("client_key.pem", &certificates.read("client.key"));
    bench.store_as("stranger_key.pem", &certificates.read("stranger.key"));
    bench.store_as("locked_key.pem", &certificates.read("locked.key"));
    bench.store_as("nonsense.pem", b"no certificate");
    bench.acquire(Transport::Tls);
    bench
}

/// CONNECT to this listener fails with this code; the next one, with what is right, works.
#[track_caller]
fn check(bench: &mut Bench, broker: &Mosquitto, listener: Listener, settings: &str, code: u16) {
    bench.set(0, DEFAULTS);
    bench.set(0, settings);
    bench.refused(&localhost(broker, listener), code);
    bench.set(0, DEFAULTS);
    bench.set(0, SERVER);
    bench
        .connect(&localhost(broker, Listener::Tls))
        .expect("connected");
    bench.exchange();
}

#[track_caller]
fn works(bench: &mut Bench, broker: &Mosquitto, listener: Listener, settings: &str) {
    bench.set(0, DEFAULTS);
    bench.set(0, settings);
    bench
        .connect(&localhost(broker, listener))
        .unwrap_or_else(|error| panic!("{settings}: {error}"));
    bench.exchange();
}

#[test]
fn a_server_that_is_not_trusted_is_32() {
    let broker = Mosquitto::start();
    let mut bench = bench(&broker);
    let other = "authmode=1 cacert=other_ca.pem";
    check(&mut bench, &broker, Listener::Tls, other, 32);
    check(&mut bench, &broker, Listener::WrongName, SERVER, 32);
    check(&mut bench, &broker, Listener::SelfSigned, SERVER, 32);
    // A context that does not ask takes each of them.
    for listener in [
        Listener::Tls,
        Listener::WrongName,
        Listener::SelfSigned,
        Listener::Expired,
        Listener::Old,
    ] {
        works(&mut bench, &broker, listener, "authmode=0");
    }
}

#[test]
fn dates_count_by_the_modem_s_clock_and_only_where_they_are_asked_for() {
    let broker = Mosquitto::start();
    let mut bench = bench(&broker);
    let dated = "authmode=1 cacert=ca.pem ignorelocaltime=0";
    // The modem begins in 1980, before any certificate.
    check(&mut bench, &broker, Listener::Tls, dated, 32);
    check(&mut bench, &broker, Listener::Expired, dated, 32);
    works(&mut bench, &broker, Listener::Expired, SERVER);
    set_year(&mut bench, 20);
    works(&mut bench, &broker, Listener::Expired, dated);
    set_year(&mut bench, 60);
    check(&mut bench, &broker, Listener::Tls, dated, 32);
}

#[test]
fn a_broker_that_wants_a_certificate_is_32_without_the_right_one() {
    let broker = Mosquitto::start();
    let mut bench = bench(&broker);
    let stranger = "authmode=2 cacert=ca.pem clientcert=stranger.pem clientkey=stranger_key.pem";
    for version in ["sslversion=3", "sslversion=4"] {
        for settings in [SERVER, "authmode=0", stranger] {
            let settings = format!("{version} {settings}");
            check(&mut bench, &broker, Listener::Mutual, &settings, 32);
        }
        works(
            &mut bench,
            &broker,
            Listener::Mutual,
            &format!("{version} {BOTH}"),
        );
    }
    let client_only = "authmode=3 clientcert=client.pem clientkey=client_key.pem";
    works(&mut bench, &broker, Listener::Mutual, client_only);
}

#[test]
fn a_version_that_is_not_spoken_is_32() {
    let broker = Mosquitto::start();
    let mut bench = bench(&broker);
    for version in 0..=2 {
        let settings = format!("sslversion={version} authmode=0");
        check(&mut bench, &broker, Listener::Tls, &settings, 32);
    }
    check(
        &mut bench,
        &broker,
        Listener::Tls13,
        "sslversion=3 authmode=0",
        32,
    );
    works(&mut bench, &broker, Listener::Tls13, "sslversion=4 authmode=0");
}

#[test]
fn what_is_not_there_is_33_and_what_is_unusable_34() {
    let broker = Mosquitto::start();
    let mut bench = bench(&broker);
    for (settings, code) in [
        ("authmode=1", 33),
        ("authmode=1 cacert=no_such.pem", 33),
        ("authmode=2 cacert=ca.pem", 33),
        ("authmode=3 clientcert=client.pem", 33),
        ("authmode=1 cacert=nonsense.pem", 34),
        ("authmode=1 cacert=client_key.pem", 34),
        ("authmode=3 clientcert=nonsense.pem clientkey=client_key.pem", 34),
        ("authmode=3 clientcert=client.pem clientkey=nonsense.pem", 34),
        ("authmode=3 clientcert=client.pem clientkey=stranger_key.pem", 34),
        ("authmode=3 clientcert=client.pem clientkey=locked_key.pem", 34),
        (
            "authmode=3 clientcert=client.pem clientkey=locked_key.pem password=wrong",
            34,
        ),
    ] {
        check(&mut bench, &broker, Listener::Mutual, settings, code);
    }
}

#[test]
fn files_may_be_pem_or_der_and_a_key_may_be_locked() {
    let broker = Mosquitto::start();
    let mut bench = bench(&broker);
    let locked = format!(
        "authmode=2 cacert=ca.pem clientcert=client.pem clientkey=locked_key.pem password={PASSWORD}"
    );
    for settings in [
        "authmode=2 cacert=ca.der clientcert=client.der clientkey=client_key.der",
        "authmode=2 cacert=ca.pem clientcert=client.der clientkey=client_key.pem",
        &locked,
    ] {
        works(&mut bench, &broker, Listener::Mutual, settings);
    }
}

#[test]
fn certificates_of_the_shortest_recipes_will_do() {
    let broker = Mosquitto::start();
    let mut bench = bench(&broker);
    works(&mut bench, &broker, Listener::Old, SERVER);
    works(
        &mut bench,
        &broker,
        Listener::Old,
        "sslversion=3 authmode=1 cacert=ca.pem",
    );
    works(
        &mut bench,
        &broker,
        Listener::SelfSigned,
        "authmode=1 cacert=self_signed.pem",
    );
    bench.store("old_client.pem");
    bench.store_as("old_key.pem", &Certificates::get().read("old_client.key"));
    let old = "authmode=2 cacert=ca.pem clientcert=old_client.pem clientkey=old_key.pem";
    works(&mut bench, &broker, Listener::Mutual, old);
}

#[test]
fn every_family_has_its_contexts() {
    let broker = Mosquitto::start();
    for family in Family::ALL {
        let mut bench = Bench::new(family, &broker);
        bench.store("ca.pem");
        bench.acquire(Transport::Tls);
        let last = Profile::of(family).limits.tls_contexts - 1;
        bench.set(last, SERVER);
        // The client's own context would verify nothing.
        bench.modem.use_ssl_context(0, last).expect("chosen");
        bench.refused(&localhost(&broker, Listener::WrongName), 32);
        // The failure has wiped the choice.
        bench
            .connect(&localhost(&broker, Listener::WrongName))
            .expect("connected");
        bench.exchange();
        bench.modem.use_ssl_context(0, last).expect("chosen");
        bench
            .connect(&localhost(&broker, Listener::Tls))
            .expect("connected");
        bench.exchange();
        bench
            .modem
            .use_ssl_context(0, last + 1)
            .expect_err("no such context");
        bench.end();
    }
}

#[test]
fn plain_words_to_a_broker_with_tls_are_26() {
    let broker = Mosquitto::start();
    let mut bench = Bench::new(Family::Sim7028, &broker);
    bench.acquire(Transport::Tcp);
    bench.refused(&localhost(&broker, Listener::Tls), 26);
    bench
        .connect(&localhost(&broker, Listener::Plain))
        .expect("connected");
    bench.exchange();
    bench.end();
    // And TLS to one without.
    bench.acquire(Transport::Tls);
    bench.refused(&localhost(&broker, Listener::Plain), 32);
    bench
        .connect(&localhost(&broker, Listener::Tls))
        .expect("connected");
    bench.exchange();
}

/// The middle of January.
#[track_caller]
fn set_year(bench: &mut Bench, year: u16) {
    let clock = Clock {
        year,
        month: 1,
        day: 15,
        hour: 12,
        minute: 0,
        second: 0,
        quarters: Some(0),
    };
    bench.modem.command(&clock, |()| ()).expect("set");
}

const DEFAULTS: &str = "sslversion=4 authmode=0 cacert= clientcert= clientkey= ignorelocaltime=1 password=";

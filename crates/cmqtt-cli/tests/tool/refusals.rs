//! Everything that can be refused: the words, the exit status, and a session that works afterwards on the same modem.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::io;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;

use cmqtt_host::tls::{Role, Upload};
use cmqtt_sim::broker::{Broker, Limits, Policy, Secret};
use cmqtt_sim::host::BrokerServer;
use cmqtt_sim::{Family, FileStore, Modem, Profile, Sim};
use cmqtt_tests::certificates::Certificates;
use cmqtt_tests::mosquitto::{Listener, Mosquitto};

use super::bench::{Bench, NONE, at, bytes, plain, tls};

/// What the program said, and how it ended, case by case. Ports and folders differ from run to run.
#[derive(Default)]
struct Table(String);

impl Table {
    #[track_caller]
    fn add(&mut self, bench: &Bench, what: &str, line: &str, arguments: &[impl AsRef<OsStr>]) {
        let ended = bench.run(line, arguments);
        assert!(ended.out.is_empty(), "{what}: {:?}", ended.out);
        for secret in ["s3cret", "47114711"] {
            assert!(!ended.err.contains(secret), "{what}: {}", ended.err);
        }
        let status = ended.status.code().expect("no signal ended it");
        let ca = Upload::load(Role::Ca, &Certificates::get().path("ca.pem")).expect("a certificate");
        let certificates = Certificates::get().path("");
        let said = ended
            .err
            .replace(certificates.to_str().expect("UTF-8"), "")
            .replace(&ca.modem_name(), "<ca>")
            .replace(bench.folder.path().to_str().expect("UTF-8"), "<folder>")
            .replace(&bench.device, "<device>");
        writeln!(
            self.0,
            "{what}: {status}\n    {}",
            said.trim_end().replace('\n', "\n    ")
        )
        .expect("a string");
    }
}

fn publish(place: &str) -> String {
    format!("pub -t t -m x -q 1 {place}")
}

#[test]
fn a_broker_that_is_not_reached_or_not_trusted() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let mut table = Table::default();
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = closed.local_addr().expect("an address").port();
    drop(closed);
    bench.set_clock();
    let ca = tls(&["ca.pem"]);
    let tls_at = |listener, options: &str| publish(&format!("{} {options}", at(&broker, listener)));
    let cases = [
        ("a name that nobody has", publish("-h nowhere.invalid")),
        (
            "a port that is closed",
            publish(&format!("-h 127.0.0.1 -p {port}")),
        ),
        (
            "another authority",
            tls_at(Listener::Tls, &tls(&["other_ca.pem"])),
        ),
        ("another host's certificate", tls_at(Listener::WrongName, &ca)),
        (
            "a certificate of its own making",
            tls_at(Listener::SelfSigned, &ca),
        ),
        ("no client certificate", tls_at(Listener::Mutual, &ca)),
        (
            "no client certificate, unverified",
            tls_at(Listener::Mutual, "--insecure"),
        ),
        (
            "another authority's client",
            tls_at(
                Listener::Mutual,
                &tls(&["ca.pem", "stranger.pem", "stranger.key"]),
            ),
        ),
        ("TLS spoken to in plain", tls_at(Listener::Tls, "")),
        ("plain spoken to in TLS", tls_at(Listener::Plain, "--insecure")),
        ("plain spoken to in TLS, verified", tls_at(Listener::Plain, &ca)),
        ("no password", tls_at(Listener::Password, "")),
        (
            "a wrong password",
            tls_at(Listener::Password, "-u user -P s3cret"),
        ),
        ("a stranger", tls_at(Listener::Password, "-u nobody -P s3cret")),
    ];
    for (what, line) in cases {
        // Otherwise what passes by itself is tried again for a while.
        table.add(&bench, what, &format!("{line} --no-reconnect"), NONE);
        bench.is_free();
        bench.works(&mut broker);
    }
    insta::assert_snapshot!(table.0);
}

#[test]
fn a_broker_that_refuses_says_why() {
    let mut policy = Policy::default();
    policy.refused_client_ids.insert(b"refused".to_vec());
    policy.unauthorised_client_ids.insert(b"unauthorised".to_vec());
    policy.users = Some([(b"user".to_vec(), Secret::new("pass"))].into());
    let served = BrokerServer::bind("127.0.0.1:0", Broker::new(policy, Limits::default())).expect("a port");
    let place = format!("-h 127.0.0.1 -p {} -u user", served.address().port());
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let mut table = Table::default();
    let cases = [
        ("its identifier", "-P pass -i refused"),
        ("its password", "-P s3cret -i me"),
        ("its rights", "-P pass -i unauthorised"),
    ];
    for (what, options) in cases {
        for subcommand in ["pub -m x", "sub"] {
            table.add(
                &bench,
                what,
                &format!("{subcommand} -t t {place} {options}"),
                NONE,
            );
        }
        bench.works(&mut broker);
    }
    served.with_broker(|_, broker| broker.policy_mut().unavailable = true);
    table.add(&bench, "everybody", &publish(&format!("{place} -P pass")), NONE);
    bench.works(&mut broker);
    insta::assert_snapshot!(table.0);
}

#[test]
fn an_argument_that_cannot_be_sent() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let mut table = Table::default();
    let file = bench.file("large", &bytes(10_241));
    let options = [
        "-h",
        "-i",
        "-I",
        "-u",
        "-P",
        "-t",
        "-m",
        "--will-topic",
        "--will-payload",
        "--apn",
        "--pin",
        "--device",
    ];
    let values: [&[u8]; 5] = [b"\"s3cret", b"a\r\nAT+CFUN=0", b"\0", b"\xff47114711", b""];
    for option in options {
        for value in values.into_iter().filter(|value| !value.contains(&0)) {
            let fits = match option {
                "-m" => !value.is_empty(),
                "--will-payload" => true,
                "--device" => true,
                "-I" => value.is_empty(),
                "-t" | "--will-topic" => !value.is_empty() && value[0] != 0xff,
                _ => false,
            };
            if fits {
                continue;
            }
            let mut line = String::from("pub");
            for (other, value) in [("-h", "b"), ("-t", "t"), ("-m", "m"), ("-u", "u")] {
                if other != option {
                    write!(line, " {other} {value}").expect("a string");
                }
            }
            if option == "--will-payload" {
                line += " --will-topic w";
            }
            let what = format!("{option} \"{}\"", value.escape_ascii());
            let what = what.replace("s3cret", "*").replace("47114711", "*");
            table.add(
                &bench,
                &what,
                &line,
                &[OsStr::new(option), OsStr::from_bytes(value)],
            );
        }
    }
    let long = "a".repeat(1025);
    let lengths = [
        (
            "a long topic",
            "pub -h b -m x",
            [OsString::from("-t"), long.clone().into()],
        ),
        ("a long filter", "sub -h b", ["-t".into(), long.clone().into()]),
        ("a large file", "pub -h b -t t", ["-f".into(), file.into()]),
        (
            "a large message",
            "pub -h b -t t",
            ["-m".into(), "x".repeat(10_241).into()],
        ),
        (
            "a long identifier",
            "pub -h b -t t -m x",
            ["-i".into(), "i".repeat(257).into()],
        ),
        ("a long host", "pub -t t -m x", ["-h".into(), long.into()]),
        (
            "a quality of service",
            "pub -h b -t t -m x",
            ["-q".into(), "3".into()],
        ),
        (
            "no quality of service",
            "sub -h b -t t",
            ["-q".into(), "-1".into()],
        ),
        ("no keep alive", "sub -h b -t t", ["-k".into(), "0".into()]),
        ("a folder", "pub -h b -t t", ["-f".into(), "/".into()]),
    ];
    for (what, line, arguments) in lengths {
        table.add(&bench, what, line, &arguments);
    }
    assert_eq!(bench.heard.len(), 0, "the modem was left alone\n{}", table.0);
    bench.works(&mut broker);
    insta::assert_snapshot!(table.0);
}

#[test]
fn a_file_for_tls_that_is_wrong_is_found_before_a_byte_is_sent() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let mut table = Table::default();
    bench.file("nonsense.pem", b"no certificate, s3cret");
    bench.file("empty.pem", b"");
    let place = at(&broker, Listener::Mutual);
    let cases = [
        (
            "a key that does not match",
            tls(&["ca.pem", "client.pem", "stranger.key"]),
        ),
        (
            "a key that is locked",
            tls(&["ca.pem", "client.pem", "locked.key"]),
        ),
        (
            "a key for a certificate",
            tls(&["ca.pem", "client.key", "client.key"]),
        ),
        (
            "a certificate for a key",
            tls(&["ca.pem", "client.pem", "client.pem"]),
        ),
        ("nonsense", "--cafile nonsense.pem".to_owned()),
        ("nothing", "--cafile empty.pem".to_owned()),
        ("no file", "--cafile none.pem".to_owned()),
        (
            "a certificate alone",
            "--cafile nonsense.pem --cert a.pem".to_owned(),
        ),
    ];
    for (what, options) in cases {
        for subcommand in ["pub -m x", "sub"] {
            table.add(
                &bench,
                what,
                &format!("{subcommand} -t t {place} {options}"),
                NONE,
            );
        }
    }
    assert_eq!(bench.heard.len(), 0, "the modem was left alone");
    bench.works(&mut broker);
    insta::assert_snapshot!(table.0);
}

#[test]
fn certificates_are_judged_by_the_modem_s_clock_where_it_is_right() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let ca = tls(&["ca.pem"]);
    let expired = publish(&format!("{} {ca}", at(&broker, Listener::Expired)));
    let client = tls(&["ca.pem", "expired.pem", "expired.key"]);
    let client = publish(&format!("{} {client}", at(&broker, Listener::Mutual)));
    let good = publish(&format!("{} {ca}", at(&broker, Listener::Tls)));
    // Nobody has set it, or somebody has set it wrongly.
    for year in [None, Some(20), Some(60)] {
        if let Some(year) = year {
            bench
                .run("at", &[format!("AT+CCLK=\"{year}/01/09,12:00:00+00\"")])
                .with(0, &[]);
        }
        let words = bench.run("clock", NONE).text();
        assert!(words.contains("dates of certificates are not checked"), "{words}");
        for line in [&good, &expired] {
            let ended = bench
                .run(line, NONE)
                .with(0, &["set the clock with `cmqtt clock set`"]);
            assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        }
        let insecure = publish(&format!("{} --insecure", at(&broker, Listener::Expired)));
        bench.run(&insecure, NONE).well();
    }
    bench.set_clock();
    bench.run(&good, NONE).well();
    bench.run(&expired, NONE).with(8, &["result code 32"]);
    bench
        .run(&client, NONE)
        .with(1, &["expired.pem: line 1: ", "expired at 2020-02-01T00:00:00Z"]);
    bench.works(&mut broker);
}

#[test]
fn a_sim_and_a_line_that_are_not_ready() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let mut table = Table::default();
    let line = publish(&plain(&broker));
    bench.server.with_modem(|_, modem| modem.set_sim(Sim::Absent));
    table.add(&bench, "no SIM", &line, NONE);
    let locked = Sim::Locked {
        pin: "47114711".to_owned(),
    };
    bench.server.with_modem(|_, modem| modem.set_sim(locked));
    table.add(&bench, "a PIN is asked for", &line, NONE);
    table.add(&bench, "a wrong PIN", &format!("{line} --pin 1234"), NONE);
    let traced = bench
        .run(&format!("{line} --pin 47114711 --trace"), NONE)
        .with(0, &["+CPIN", "[redacted]"]);
    assert!(!traced.err.contains("47114711"), "{}", traced.err);
    bench.works(&mut broker);
    for (what, device) in [
        ("no device", "/dev/none"),
        ("no serial device", "/dev/null"),
        ("a folder", "/"),
    ] {
        let line = line.clone() + " --config /dev/null";
        let mut command = super::bench::bare(bench.folder.path());
        command.args(line.split_whitespace()).args(["--device", device]);
        let ended = super::tool::Tool::start(&mut command).end();
        writeln!(
            table.0,
            "{what}: {:?}\n    {}",
            ended.status.code(),
            ended.err.trim_end()
        )
        .expect("a string");
    }
    insta::assert_snapshot!(table.0);
}

/// Flash with no room.
struct Full;

impl FileStore for Full {
    fn names(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    fn read(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn write(&mut self, _: &[u8], _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn remove(&mut self, _: &[u8]) -> bool {
        false
    }
}

#[test]
fn flash_that_is_full() {
    let mut broker = Mosquitto::start();
    let bench = Bench::with(Modem::with_files(Profile::SIM7028.at_once(), Full));
    bench.set_clock();
    let mut table = Table::default();
    let line = publish(&format!("{} {}", at(&broker, Listener::Tls), tls(&["ca.pem"])));
    table.add(&bench, "pub", &line, NONE);
    bench.works(&mut broker);
    let ca = Certificates::get().path("ca.pem");
    table.add(&bench, "cert add", "cert add", &[ca]);
    table.add(&bench, "cert remove", "cert remove ca.pem", NONE);
    bench.works(&mut broker);
    insta::assert_snapshot!(table.0);
}

//! `info`, `cert`, `at`, `ports`, and where the options come from.

use std::fs;

use cmqtt_sim::{Family, Registration};
use cmqtt_tests::certificates::Certificates;
use cmqtt_tests::mosquitto::{Listener, Mosquitto};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::bench::{Bench, NONE, at, bare, plain, tls};
use super::tool::Tool;

#[test]
fn info_says_how_a_modem_stands_that_a_crash_left_connected() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let info = bench.info();
    assert_eq!(
        (&info["family"], &info["mqtt_service"]),
        (&json!("A76XX"), &json!(false))
    );
    assert_eq!(info["clients"], json!([]));
    let line = format!(
        "sub {} {} -t t -i \u{e9}",
        at(&broker, Listener::Tls),
        tls(&["ca.pem"])
    );
    let tool = bench.start(&line, NONE);
    broker.wait_for("Sending SUBACK to \u{e9}");
    tool.kill();
    let info = bench.info();
    assert_eq!(info["mqtt_service"], true);
    let server = format!("tcp://localhost:{}", broker.port(Listener::Tls));
    let client = json!({ "client": 0, "id": "\u{e9}", "tls": true, "connected": true, "server": server, "user": null });
    assert_eq!(info["clients"], json!([client]));
    let text = bench.run("info", NONE).text();
    let words = format!("client 0      \"\u{e9}\" by TLS, connected to {server}\n");
    assert!(text.contains(&words), "{text}");
    bench.works(&mut broker);
}

#[test]
fn info_says_what_is_amiss_with_the_network() {
    let bench = Bench::new(Family::Sim7028);
    bench.server.with_modem(|now, modem| {
        modem.set_registration(now, Registration::Denied);
        modem.set_signal(99, 99);
    });
    let info = bench.info();
    assert_eq!(info["signal_dbm"], Value::Null);
    let registration = info["registration"].as_str().expect("words");
    assert!(registration.contains("denied"), "{registration}");
    let ended = bench.run("sub -h localhost -t t -W 1", NONE);
    ended.with(27, &[]);
}

#[test]
fn certificates_come_and_go_by_name() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7600);
    let certificates = Certificates::get();
    let add = |file: &str, options: &str| {
        let path = certificates.path(file);
        bench
            .run(&format!("cert add {options}"), &[path])
            .text()
            .trim_end()
            .to_owned()
    };
    assert_eq!(bench.run("cert list", NONE).text(), "");
    let ca = add("ca.pem", "");
    assert_eq!(add("ca.pem", ""), ca, "it is there already");
    let renewed = add("other_ca.pem", "");
    assert_ne!(renewed, ca);
    let key = add("client.key", "--role key --name my.pem");
    assert_eq!(key, "my.pem");
    let list = bench.run("cert list", NONE).text();
    let mut names: Vec<_> = list.lines().collect();
    names.sort_unstable();
    let mut expected = [ca.as_str(), &renewed, "my.pem"];
    expected.sort_unstable();
    assert_eq!(names, expected);
    // Under a name that somebody chose the newer content is what counts.
    add("stranger.key", "--role key --name my.pem");
    // A session finds its file there, and sends none.
    bench.set_clock();
    let begin = bench.heard.len();
    let watcher = broker.subscribe("t", 1);
    let line = format!(
        "pub {} {} -t t -m x -q 1",
        at(&broker, Listener::Tls),
        tls(&["ca.pem"])
    );
    bench.run(&line, NONE).well();
    let _message = watcher.messages();
    assert!(
        bench.lines(begin).iter().all(|line| !line.contains("CCERTDOWN")),
        "{:?}",
        bench.lines(begin)
    );
    bench.run("cert remove my.pem none.pem", &[ca.as_str()]).with(
        1,
        &["cmqtt cert: none.pem: +CCERTDELE: ERROR; most likely there is no such file, `cmqtt cert list` prints the names"],
    );
    assert_eq!(bench.run("cert list", NONE).text(), renewed + "\n");
    for (file, role) in [("ca.pem", "key"), ("client.key", "ca"), ("locked.key", "key")] {
        let begin = bench.heard.len();
        bench
            .run(&format!("cert add --role {role}"), &[certificates.path(file)])
            .with(1, &[file]);
        assert_eq!(bench.heard.len(), begin);
    }
    bench.works(&mut broker);
}

#[test]
fn at_says_what_the_answers_mean() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::Sim7028);
    let out = bench.run("at --json ATE0 AT+CSQ AT+CSQ", NONE).text();
    let frames: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let numbers: Vec<_> = frames.iter().map(|frame| frame["line"].as_u64()).collect();
    assert_eq!(numbers, (1..=9).map(Some).collect::<Vec<_>>(), "{out}");
    assert_eq!(frames[7]["dbm"], -67);
    // What is refused ends it.
    let ended = bench.run("at AT+CSQ AT+NONSENSE AT+CGMM", NONE).with(1, &[]);
    let out = String::from_utf8(ended.out).expect("UTF-8");
    assert!(out.contains("ERROR") && !out.contains("CGMM"), "{out}");
    assert_eq!(ended.err, "");
    let commands = [
        "AT+CMQTTSTART",
        "AT+CMQTTACCQ=0,\"me\"",
        "AT+CMQTTTOPIC=0,1",
        "AT+CMQTTPAYLOAD=0,5",
        "AT+CMQTTREL=0",
        "AT+CMQTTSTOP",
    ];
    let out = bench.run("at --data t --data hello", &commands).text();
    assert!(out.contains("+CMQTTSTOP: 0"), "{out}");
    assert!(String::from_utf8_lossy(&bench.heard.bytes()).contains("AT+CMQTTPAYLOAD=0,5\rhello"));
    bench.works(&mut broker);
}

#[test]
fn at_finds_what_cannot_go_well_before_a_byte_is_sent() {
    let bench = Bench::new(Family::Sim7028);
    let cases: [(&[&str], &str); 7] = [
        (
            &["AT+CMQTTTOPIC=0,3"],
            "command 1: it asks for 3 bytes of data; give them with --data",
        ),
        (
            &["AT", "AT+CMQTTTOPIC=0,3", "--data", "ab"],
            "command 2: it announces 3 bytes of data, but --data has 2",
        ),
        (
            &["AT", "--data", "x"],
            "--data: no command is left that asks for data",
        ),
        (
            &["AT+CPIN=\"4711\"\rAT+CFUN=0"],
            "command 1: the control byte at 14 would end it",
        ),
        (&["CSQ"], "command 1: a command begins with AT"),
        (
            &["AT\0".trim_end_matches('\0'), "AT\u{7f}"],
            "command 2: the control byte at 2",
        ),
        (&["AT\u{e9}\n"], "command 1: the control byte at 4"),
    ];
    for (arguments, words) in cases {
        let ended = bench.run("at", arguments).with(1, &[words]);
        assert!(!ended.err.contains("4711"), "{}", ended.err);
    }
    assert_eq!(bench.heard.len(), 0);
}

#[test]
fn arguments_count_before_the_environment_and_that_before_the_file() {
    let mut broker = Mosquitto::start();
    let (first, second, third) = (
        Bench::new(Family::Sim7028),
        Bench::new(Family::A76xx),
        Bench::new(Family::Sim7600),
    );
    let folder = first.folder.path();
    // The user's own folder is `XDG_CONFIG_HOME`.
    let users = folder.join("cmqtt");
    fs::create_dir(&users).expect("a folder");
    let family = |command: &mut std::process::Command| {
        let out = Tool::start(command).end().text();
        serde_json::from_str::<Value>(&out).expect("JSON")["family"].clone()
    };
    let info = || {
        let mut command = bare(folder);
        command.args(["info", "--json"]);
        command
    };
    fs::write(
        users.join("cmqtt.toml"),
        format!("device = \"{}\"\n", first.device),
    )
    .expect("a file");
    assert_eq!(family(&mut info()), "SIM7028");
    assert_eq!(family(info().env("CMQTT_DEVICE", &second.device)), "A76XX");
    assert_eq!(
        family(
            info()
                .env("CMQTT_DEVICE", &second.device)
                .args(["--device", &third.device])
        ),
        "SIM7600"
    );
    assert_eq!(family(info().env("CMQTT_DEVICE", "")), "SIM7028");
    fs::write(
        folder.join("other.toml"),
        format!("device = \"{}\"\n", third.device),
    )
    .expect("a file");
    assert_eq!(
        family(info().env("CMQTT_CONFIG", folder.join("other.toml"))),
        "SIM7600"
    );
    assert_eq!(family(info().args(["--config", "other.toml"])), "SIM7600");

    let file = format!(
        "device = \"{}\"\nhost = \"localhost\"\nport = {}\nqos = 2\nid = \"from the file\"\n",
        first.device,
        broker.port(Listener::Plain)
    );
    fs::write(users.join("cmqtt.toml"), file).expect("a file");
    for (options, qos) in [("", 2), (" -q 0", 0)] {
        let watcher = broker.subscribe("t", 1);
        let mut command = bare(folder);
        command.args(format!("pub -t t -m x{options}").split(' '));
        Tool::start(&mut command).end().well();
        assert_eq!(watcher.messages()[0].qos, qos);
    }
    fs::write(users.join("cmqtt.toml"), "devise = \"x\"\n").expect("a file");
    let mut command = info();
    Tool::start(&mut command).end().with(1, &["cmqtt.toml", "devise"]);
}

#[test]
fn the_access_point_and_the_second_client() {
    let mut broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let one = bench.start(
        &format!("sub {} -t t -i one --client 1 --apn iot.example", plain(&broker)),
        NONE,
    );
    broker.wait_for("Sending SUBACK to one");
    one.kill();
    let info = bench.info();
    assert_eq!(info["apn"], "iot.example");
    assert_eq!(info["clients"][0]["client"], 1);
    // The other client's session goes on beside it: the service is not stopped.
    let begin = bench.heard.len();
    let watcher = broker.subscribe("other", 1);
    bench
        .run(&format!("pub {} -t other -m x -q 1", plain(&broker)), NONE)
        .well();
    let _message = watcher.messages();
    assert!(
        bench
            .lines(begin)
            .iter()
            .all(|line| !line.starts_with("AT+CMQTTSTOP"))
    );
    assert_eq!(bench.info()["clients"][0]["connected"], true);
    // Taken over and taken down.
    bench
        .run(&format!("sub {} -t t -i one --client 1 -E", plain(&broker)), NONE)
        .well();
    bench.is_free();
}

#[test]
fn ports_are_listed_without_a_modem() {
    let bench = Bench::new(Family::Sim7028);
    let mut command = bare(bench.folder.path());
    for line in Tool::start(command.args(["ports", "--json"]))
        .end()
        .text()
        .lines()
    {
        let port: Value = serde_json::from_str(line).expect("JSON");
        assert!(port["path"].is_string(), "{line}");
    }
}

#[test]
fn port_in_use_names_its_holder_and_is_waited_for() {
    let broker = Mosquitto::start();
    let bench = Bench::new(Family::A76xx);
    let first = bench.start(&format!("sub {} -t t --trace", plain(&broker)), NONE);
    first.err.wait_for(0, b"+CMQTTSUB: 0,0", 0);
    let begin = bench.heard.len();
    let holder = format!("cmqtt (process {}) has it open: close that first", first.id());
    let hint = ", or wait for it: --wait SECONDS\n";
    for line in ["info", "at AT", "pub -h b -t t -m x"] {
        bench.run(line, NONE).with(1, &[&format!("{holder}{hint}")]);
    }
    let ended = bench.run("info --wait 0.3", NONE).with(1, &[&holder]);
    assert!(!ended.err.contains("--wait"), "{}", ended.err);
    // The first one looks after its connection.
    let is_of_the_first = |line: &String| line.is_empty() || line == "AT+CMQTTDISC?";
    let heard = bench.lines(begin);
    assert!(heard.iter().all(is_of_the_first), "{heard:?}");
    let second = bench.start("info --json --wait 600", NONE);
    first.signal(Signal::TERM);
    first.end();
    second.end().well();
}

#[test]
fn at_hides_passwords_of_every_command() {
    let bench = Bench::new(Family::Sim7600);
    for command in [
        r#"AT+CNCFG=0,1,"apn","user","hunter2""#,
        r#"at+cftpslogin="h",21,"user","hunter2",0"#,
        r#"AT+CSTT="apn","user","hunter2""#,
        r#"AT+CSQ;+CGAUTH=1,1,"user","hunter2";+CSQ"#,
        r#"AT+HTTPPARA="USERDATA","Authorization: Basic hunter2""#,
        r#"AT+HTTPPARA="URL","http://user:hunter2@h/""#,
        r#"AT$QCPDPP=1,2,"hunter2","user""#,
        r#"AT+CPUK="hunter2","hunter2""#,
    ] {
        for options in ["at --trace", "at --json --trace"] {
            let ended = bench.run(options, &[command]);
            let out = String::from_utf8(ended.out).expect("UTF-8");
            assert!(
                !(out.clone() + &ended.err).contains("hunter2"),
                "{out}{}",
                ended.err
            );
            assert!(out.contains("[redacted]"), "{out}");
        }
    }
}

//! The programs as people run them, on a simulated modem's serial device.

mod world;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use cmqtt_sim::broker::Message;
use cmqtt_sim::{Family, QoS};
use cmqtt_tests::certificates::Certificates;
use cmqtt_tests::mosquitto::{Listener, Mosquitto};
use world::{PATIENCE, Program, World};

#[test]
fn a_sensor_publishes_until_it_is_interrupted() {
    let world = World::new(Family::Sim7028);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("temp");
    fs::write(&file, "21500\n").expect("a file");
    let file = file.to_str().expect("UTF-8");
    let mut sensor = Program::start(
        env!("CARGO_BIN_EXE_sensor"),
        &[
            &world.device,
            file,
            "--server",
            "tcp://broker.example:1883",
            "--every",
            "0",
        ],
    );
    sensor.wait_for("SIM7028, connected to");
    sensor.wait_for("21500: delivered");
    // At once, as the kernel's file changes: it is read all the time.
    let next = folder.path().join("next");
    fs::write(&next, "21600\n").expect("a file");
    fs::rename(&next, file).expect("its new content");
    sensor.wait_for("21600: delivered");
    sensor.interrupt();
    sensor.wait_for("taken down");
    sensor.succeeds();
    assert_eq!(world.last_commands(1), ["AT+CMQTTSTOP"]);
}

#[test]
fn a_sensor_connects_again_when_its_connection_is_lost() {
    let world = World::new(Family::A76xx);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("temp");
    fs::write(&file, "1").expect("a file");
    let file = file.to_str().expect("UTF-8");
    let mut sensor = Program::start(
        env!("CARGO_BIN_EXE_sensor"),
        &[
            &world.device,
            file,
            "--server",
            "tcp://broker.example:1883",
            "--every",
            "1",
        ],
    );
    sensor.wait_for("1: delivered");
    world.cut_connections();
    sensor.wait_for("connection lost: ");
    sensor.wait_for("connected again after ");
    sensor.wait_for("1: delivered");
    sensor.interrupt();
    sensor.succeeds();
}

#[test]
fn a_sensor_that_cannot_read_says_so() {
    let world = World::new(Family::Sim7028);
    let mut sensor = Program::start(
        env!("CARGO_BIN_EXE_sensor"),
        &[
            &world.device,
            "/nowhere",
            "--server",
            "tcp://broker.example:1883",
            "--once",
        ],
    );
    assert!(sensor.fails().contains("sensor: No such file"));
}

#[test]
fn a_gateway_serves_several_devices() {
    let world = World::new(Family::Sim7028);
    let mut gateway = Program::start(
        env!("CARGO_BIN_EXE_gateway"),
        &[
            &world.device,
            "--server",
            "tcp://broker.example:1883",
            "--listen",
            "127.0.0.1:0",
        ],
    );
    let line = gateway.wait_for("devices connect to ");
    let address = line.trim_start_matches("devices connect to ");
    let mut devices: Vec<_> = (0..3).map(|_| Device::connect(address)).collect();
    for device in &mut devices {
        // Not one after another: all wait for their turn at once.
        device.say("a 1\nb 2\nno-payload\n/+ 3\n");
    }
    for device in &mut devices {
        assert_eq!(device.hear(), "delivered");
        assert_eq!(device.hear(), "delivered");
        assert_eq!(device.hear(), "not published: a line is <topic> <payload>");
        assert!(device.hear().starts_with("not published: topic"));
    }
    world.publish(Message::new("gateway-1/in/valve", "open", QoS::AtLeastOnce));
    for device in &mut devices {
        assert_eq!(device.hear(), "message gateway-1/in/valve open");
    }
    devices.pop();
    assert!(gateway.wait_for("127.0.0.1:").ends_with(": left"));
    devices[0].say(&"x".repeat(64 * 1024));
    assert!(
        gateway
            .wait_for("127.0.0.1:")
            .ends_with("max line length exceeded")
    );
    gateway.interrupt();
    gateway.wait_for("taken down");
    gateway.succeeds();
    assert_eq!(world.last_commands(1), ["AT+CMQTTSTOP"]);
}

struct Device(BufReader<TcpStream>);

impl Device {
    fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the gateway listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        Self(BufReader::new(stream))
    }

    fn say(&mut self, lines: &str) {
        self.0
            .get_mut()
            .write_all(lines.as_bytes())
            .expect("the gateway reads");
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("the gateway answers");
        line.trim_end().to_owned()
    }
}

/// The vendor's note, section 4.4, twice: the second time the modem holds the files already.
#[test]
fn certificates_are_stored_once_and_connect() {
    let broker = Mosquitto::start();
    let world = World::with_broker(Family::Sim7028, broker.address(Listener::Mutual));
    let certificates = Certificates::get();
    let path = |name| certificates.path(name).display().to_string();
    for (round, stored) in [(0, true), (1, false)] {
        let mut program = Program::start(
            env!("CARGO_BIN_EXE_certificates"),
            &[
                &world.device,
                "--ca",
                &path("ca.pem"),
                "--certificate",
                &path("client.pem"),
                "--key",
                &path("client.key"),
                "--server",
                "tcp://hooleeping.com:8883",
            ],
        );
        for _ in 0..3 {
            let line = program.wait_for_part(".pem is ");
            assert_eq!(line.contains(" is stored, "), stored, "{round}: {line}");
        }
        program.wait_for("connected, server and client are verified");
        program.wait_for("delivered");
        program.succeeds();
    }
}

/// A client that shows a certificate of another authority's: the code, and what it means.
#[test]
fn a_certificate_that_the_broker_does_not_trust() {
    let broker = Mosquitto::start();
    let world = World::with_broker(Family::Sim7028, broker.address(Listener::Mutual));
    let certificates = Certificates::get();
    let path = |name| certificates.path(name).display().to_string();
    let mut program = Program::start(
        env!("CARGO_BIN_EXE_certificates"),
        &[
            &world.device,
            "--ca",
            &path("ca.pem"),
            "--certificate",
            &path("stranger.pem"),
            "--key",
            &path("stranger.key"),
            "--server",
            "tcp://hooleeping.com:8883",
        ],
    );
    let words = program.fails();
    assert!(words.contains("result code 32"), "{words}");
}

/// The client's key belongs to another certificate: nothing is sent to the modem.
#[test]
fn a_key_that_belongs_to_another_certificate() {
    let world = World::new(Family::Sim7028);
    let certificates = Certificates::get();
    let path = |name| certificates.path(name).display().to_string();
    let mut program = Program::start(
        env!("CARGO_BIN_EXE_certificates"),
        &[
            &world.device,
            "--ca",
            &path("ca.pem"),
            "--certificate",
            &path("client.pem"),
            "--key",
            &path("stranger.key"),
        ],
    );
    let words = program.fails();
    assert!(words.contains("stranger.key"), "{words}");
    assert_eq!(world.last_commands(1), [""; 0]);
}

#[test]
fn a_board_hears_its_reading_come_back() {
    let mut program = Program::start(env!("CARGO_BIN_EXE_embedded"), &[]);
    let line = program.wait_for_part("the reading came back");
    assert!(line.ends_with("true"), "{line}");
    program.succeeds();
}

//! The service against a small modem that knows nothing else, at the other end of a socket: its side of the commands is
//! the service's own.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::thread;

use at_proto::{CommandLine, Encode, Information, Invocation, Parse, encode_line};
use cmqtt_blocking::{Client, Config};

use super::positions;
use super::service::{Answer, Fix, Position, Power, READY, ReportEvery, Urc};

/// What a receiver prints; the layout is to be compared with the manual of the modem at hand.
const EXAMPLE: &[u8] =
    b"+CGNSSINFO: 2,09,05,00,3113.330650,N,12121.262554,E,131117,091918.0,32.9,0.0,255.0,1.1,0.8,0.7";
const NO_FIX: &[u8] = b"+CGNSSINFO: ,,,,,,,,,,,,,,,";

fn line(command: &dyn Encode) -> String {
    let mut memory = [0; 64];
    encode_line(command, &mut memory)
        .expect("room")
        .escape_ascii()
        .to_string()
}

#[test]
fn commands_on_the_line() {
    assert_eq!(line(&Power { on: true }), "AT+CGNSSPWR=1\\r");
    assert_eq!(line(&Position), "AT+CGNSSINFO\\r");
    assert_eq!(line(&ReportEvery { seconds: 2 }), "AT+CGNSSINFO=2\\r");
}

#[test]
fn lines_from_the_receiver() {
    let Some(Urc::Position(Some(fix))) = Urc::decode(EXAMPLE) else {
        panic!("a position");
    };
    assert!((fix.latitude - 31.222_177_5).abs() < 1e-6, "{fix:?}");
    assert!((fix.longitude - 121.354_375_9).abs() < 1e-6, "{fix:?}");
    assert!((fix.altitude - 32.9).abs() < 1e-6, "{fix:?}");
    assert_eq!(Urc::decode(NO_FIX), Some(Urc::Position(None)));
    assert_eq!(Urc::decode(READY), Some(Urc::Ready));
    assert_eq!(Urc::decode(b"+CREG: 1"), None);
    let wrong = |line: &str| {
        Answer::decode(line.as_bytes())
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(
        wrong("+CGNSSINFO: 3,9,5,0,3330.0,S,07030.0,X,131117,091918.0,32.9,").as_deref(),
        Some("expected N, S, E or W at byte 37, found `X`")
    );
    assert_eq!(
        wrong("+CGNSSINFO: 3,9,5,0,3x").as_deref(),
        Some("expected <lat> at byte 20, found `3`")
    );
}

/// Answers until the host has gone. Before the second report a URC of the MQTT client's comes in between.
fn modem(mut port: UnixStream) {
    let host = BufReader::new(port.try_clone().expect("a socket"));
    let mut say = |line: &[u8]| {
        port.write_all(&[b"\r\n", line, b"\r\n"].concat())
            .expect("a host");
    };
    let fix = |altitude| {
        let mut memory = [0; 128];
        let mut out = at_proto::Encoder::new(&mut memory);
        let fix = Fix {
            latitude: -33.5,
            longitude: -70.5,
            altitude,
        };
        Answer(Some(fix)).emit(&mut out);
        out.finish().expect("room").to_vec()
    };
    for typed in host.split(b'\r') {
        let typed = typed.expect("a socket");
        let Some(Ok(mut commands)) = CommandLine::new(&typed) else {
            continue;
        };
        match commands.next() {
            Some(Ok(Invocation::Extended { name, form })) if name == b"+CGNSSPWR" => {
                let power = Power::parse(form).expect("its form");
                say(b"OK");
                if power.on {
                    say(READY);
                }
            }
            Some(Ok(Invocation::Extended { name, form })) if name == b"+CGNSSINFO" => {
                if Position::parse(form).is_ok() {
                    say(NO_FIX);
                    say(b"OK");
                    continue;
                }
                let report = ReportEvery::parse(form).expect("one of two forms");
                say(b"OK");
                if report.seconds > 0 {
                    say(&fix(1.0));
                    say(b"+CMQTTCONNLOST: 0,1");
                    say(&fix(2.0));
                }
            }
            // The driver asks whether it is in step.
            _ => say(b"OK"),
        }
    }
}

#[test]
fn a_session_with_the_service() {
    let (host, other) = UnixStream::pair().expect("a socket");
    let modem = thread::spawn(|| modem(other));
    let mut client = Client::new(host, Config::A76XX);
    let mut heard = Vec::new();
    positions(&mut client, 3, |position| heard.push(position)).expect("three positions");
    let altitudes: Vec<_> = heard
        .iter()
        .map(|position| position.map(|fix| fix.altitude))
        .collect();
    assert_eq!(altitudes, [None, Some(1.0), Some(2.0)]);
    let place = heard.pop().flatten().expect("a fix");
    assert_eq!((place.latitude, place.longitude), (-33.5, -70.5));
    drop(client);
    modem.join().expect("it did as it was told");
}

#[test]
fn a_receiver_that_is_refused() {
    let (host, mut other) = UnixStream::pair().expect("a socket");
    let modem = thread::spawn(move || {
        let typed = BufReader::new(other.try_clone().expect("a socket"))
            .split(b'\r')
            .next();
        assert_eq!(typed.expect("a command").expect("a socket"), b"AT+CGNSSPWR=1");
        other
            .write_all(b"\r\n+CME ERROR: operation not allowed\r\n")
            .expect("a host");
    });
    let mut client = Client::new(host, Config::A76XX);
    let error = positions(&mut client, 1, |_| {}).expect_err("refused");
    assert!(error.to_string().contains("operation not allowed"), "{error}");
    modem.join().expect("it did as it was told");
}

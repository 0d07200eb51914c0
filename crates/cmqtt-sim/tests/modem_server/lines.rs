//! How the ends of the lines behave: who has them open, what is lost, how fast they are.

use std::fs;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use rustix::termios::{LocalModes, OutputModes, tcgetattr};

use super::watch::Watch;
use super::*;

const ECHOED: &str = "AT\r\r\nOK\r\n";

#[test]
fn a_pseudo_terminal_is_raw_before_a_program_has_set_it() {
    let pty = pty();
    let device = pty.device().to_owned();
    let _server = serve(pty, ServerOptions::default());
    let mut host = Host::open(&device);
    let settings = tcgetattr(host.as_file()).expect("a terminal");
    assert!(
        !settings
            .local_modes
            .intersects(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    );
    assert!(!settings.output_modes.contains(OutputModes::OPOST));
    // Neither the terminal's own special characters nor bytes beyond ASCII are touched.
    host.ask("ATE0\r", "ATE0\r\r\nOK\r\n");
    host.ask("AT\r", "\r\nOK\r\n");
}

#[test]
fn what_is_said_while_no_program_has_the_device_open_is_lost() {
    let pty = pty();
    let device = pty.device().to_owned();
    let mut options = ServerOptions::default();
    let watch = Watch::on(&mut options);
    let server = serve(pty, options);
    let say = |line: &str| {
        server.with_modem(|now, modem| modem.inject_line(now, line.as_bytes()));
        watch.wait(&format!("< \\r\\n{line}\\r\\n"));
    };
    // When the second is said, the first has left the modem. The second may still meet the program that opens.
    say("+LOST: 1");
    say("+MAYBE: 1");
    let mut host = Host::open(&device);
    host.send("AT\r");
    assert!(!host.hear_until(ECHOED).contains("LOST"));
    watch.wait("Opened");
    // A program that closes the device leaves no bytes for the next one either.
    say("+UNREAD: 1");
    say("+UNREAD: 2");
    drop(host);
    watch.wait("Closed");
    say("+LOST: 2");
    say("+MAYBE: 2");
    let mut host = Host::open(&device);
    host.send("AT\r");
    let heard = host.hear_until(ECHOED);
    assert!(!heard.contains("LOST") && !heard.contains("UNREAD"), "{heard}");
}

#[test]
fn a_program_that_writes_and_closes_is_heard() {
    let pty = pty();
    let device = pty.device().to_owned();
    let mut options = ServerOptions::default();
    let watch = Watch::on(&mut options);
    let _server = serve(pty, options);
    for _ in 0..3 {
        Host::open(&device).send("AT\r");
        watch.wait("> AT\\r");
        watch.wait("Closed");
    }
}

#[test]
fn a_link_leads_to_the_device_and_goes_with_it() {
    let link = std::env::temp_dir().join(format!("cmqtt-modem-{}", std::process::id()));
    let pty = Pty::open(Some(&link)).expect("a pseudo-terminal and a link");
    assert_eq!(fs::read_link(&link).expect("a link"), pty.device());
    let server = serve(pty, ServerOptions::default());
    Host::open(&link).ask("AT\r", ECHOED);
    drop(server);
    assert!(fs::symlink_metadata(&link).is_err(), "the link is left");
}

#[test]
fn a_second_tcp_host_is_turned_away_without_a_byte() {
    let line = tcp();
    let address = line.address();
    let mut options = ServerOptions::default();
    let watch = Watch::on(&mut options);
    let _server = serve(line, options);
    let mut first = Host::connect(address);
    first.ask("AT\r", ECHOED);
    let mut second = Host::connect(address);
    second.hear_end();
    first.ask("AT\r", ECHOED);
    watch.wait("Refused");
    drop(first);
    Host::connect(address).ask("AT\r", ECHOED);
}

#[test]
fn a_tcp_host_that_has_finished_sending_is_answered_until_another_comes() {
    let line = tcp();
    let address = line.address();
    let mut options = ServerOptions::default();
    let watch = Watch::on(&mut options);
    let server = serve(line, options);
    let mut first = Host::connect(address);
    first.send("AT\r");
    first.finish();
    first.hear(ECHOED);
    watch.wait("Closed");
    server.with_modem(|now, modem| modem.inject_line(now, b"+STILL: 1"));
    first.hear("\r\n+STILL: 1\r\n");
    Host::connect(address).ask("AT\r", ECHOED);
    first.hear_end();
}

#[test]
fn a_half_typed_line_outlives_the_program_that_typed_it() {
    let line = tcp();
    let address = line.address();
    let _server = serve(line, ServerOptions::default());
    let mut first = Host::connect(address);
    first.ask("ATE0\r", "ATE0\r\r\nOK\r\n");
    first.send("AT+C");
    drop(first);
    Host::connect(address).ask("SQ\r", "\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
}

#[test]
fn a_pace_is_kept_both_ways() {
    let options = ServerOptions {
        baud: NonZeroU32::new(9600),
        ..ServerOptions::default()
    };
    let (_server, mut host) = pair(options);
    let start = Instant::now();
    // 64 bytes each way, of which the echo comes back while the host still sends.
    let command = format!("AT+CSQ{}\r", " ".repeat(57));
    host.ask(&command, format!("{command}\r\n+CSQ: 23,0\r\n\r\nOK\r\n"));
    let bytes = 64 + "\r\n+CSQ: 23,0\r\n\r\nOK\r\n".len();
    let least = Duration::from_secs(bytes as u64 * 10) / 9600;
    let took = start.elapsed();
    assert!(
        took >= least,
        "{bytes} bytes at 9600 baud took {took:?}, not {least:?}"
    );
}

#[test]
fn a_host_that_does_not_read_loses_whole_lines_and_nothing_else() {
    let mut options = ServerOptions::default();
    let watch = Watch::on(&mut options);
    let (server, mut host) = pair(options);
    let line = [b'x'; 100_000];
    for _ in 0..30 {
        server.with_modem(|now, modem| modem.inject_line(now, &line));
        watch.wait(&format!("< \\r\\n{}\\r\\n", "x".repeat(line.len())));
    }
    watch.wait("Overrun(100004)");
    let whole = [b"\r\n", &line[..], b"\r\n"].concat();
    for _ in 0..10 {
        host.hear(&whole);
    }
}

#[test]
fn it_stops_at_once_whatever_it_does() {
    let broker = broker();
    let pty = pty();
    let device = pty.device().to_owned();
    let options = ServerOptions {
        baud: NonZeroU32::new(300),
        ..to(broker.address())
    };
    let server = serve(pty, options);
    let mut host = Host::open(&device);
    host.send([b'A'; 1000]);
    server.with_modem(|now, modem| modem.inject_line(now, &[b'x'; 10_000]));
    let start = Instant::now();
    drop(server);
    // Minutes of bytes are under way. A busy machine may take its time to run the thread, but not this long.
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(fs::metadata(&device).is_err(), "the device is left");
}

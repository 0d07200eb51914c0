//! Faults of each layer in real time: what a program on the line meets, and what the trace says of it.

use std::io::ErrorKind;
use std::time::Duration;

use cmqtt_sim::host::Faults;
use cmqtt_sim::{FaultClass, FaultKind, FaultPlan, Forecast};

use super::watch::Watch;
use super::*;

fn faulty(plan: &str, options: ServerOptions) -> (ServerOptions, Watch) {
    let mut options = ServerOptions {
        faults: Some(Faults::plan(plan.parse().expect("a plan"))),
        ..options
    };
    let watch = Watch::on(&mut options);
    (options, watch)
}

#[test]
fn bytes_are_lost_and_the_trace_says_which() {
    let (options, watch) = faulty("0s +4 lose to-host", ServerOptions::default());
    let (_server, mut host) = pair(options);
    host.ask("AT\r", "AT\r\rOK\r\n");
    watch.wait_for(|event| event.starts_with("Fault(") && event.ends_with("lose to-host, byte 4)"));
    host.ask("AT\r", "AT\r\r\nOK\r\n");
}

#[test]
fn bytes_are_late_also_on_a_line_without_a_pace() {
    let (options, _watch) = faulty("0s +3 pause to-host 0.2s", ServerOptions::default());
    let start = std::time::Instant::now();
    let (_server, mut host) = pair(options);
    // None is lost for being under way.
    host.ask("AT\r", "AT\r\r\nOK\r\n");
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[test]
fn the_modem_hangs_and_goes_on() {
    let (options, watch) = faulty("0s hang 0.3s\n0s +1 prompt-lost", ServerOptions::default());
    let (_server, mut host) = pair(options);
    host.ask("AT\r", "AT\r\r\nOK\r\n");
    watch.wait_for(|event| event.ends_with("hang 0.3s)"));
}

#[test]
fn a_port_is_gone_and_its_link_leads_to_the_new_one() {
    let link = std::env::temp_dir().join(format!("cmqtt-unplugged-{}", std::process::id()));
    let (options, watch) = faulty("1s unplug 0.2s", ServerOptions::default());
    let pty = Pty::open(Some(&link)).expect("a pseudo-terminal and a link");
    let server = serve(pty, options);
    let mut host = Host::open(&link);
    host.ask("ATE0\r", "ATE0\r\r\nOK\r\n");
    host.hear_end();
    watch.wait("Closed");
    watch.wait("Unplugged");
    watch.wait("Plugged");
    // The same modem, which has not noticed.
    Host::open(&link).ask("AT\r", "\r\nOK\r\n");
    drop(server);
    let gone = std::fs::symlink_metadata(&link).map_err(|error| error.kind());
    assert_eq!(gone.err(), Some(ErrorKind::NotFound), "the link is left");
}

#[test]
fn a_tcp_host_finds_its_port_gone_too() {
    let line = tcp();
    let address = line.address();
    let (options, watch) = faulty("1s unplug 0.3s", ServerOptions::default());
    let _server = serve(line, options);
    let mut host = Host::connect(address);
    host.ask("ATE0\r", "ATE0\r\r\nOK\r\n");
    host.hear_end();
    watch.wait("Unplugged");
    Host::connect(address).hear_end();
    watch.wait("Plugged");
    Host::connect(address).ask("AT\r", "\r\nOK\r\n");
}

#[test]
fn a_real_broker_is_away_and_comes_back() {
    let broker = broker();
    let (options, watch) = faulty("2s broker-away 1s", to(broker.address()));
    let (_server, mut host) = pair(options);
    host.ask(
        "ATE0;+CMQTTSTART\r",
        "ATE0;+CMQTTSTART\r\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n",
    );
    host.ask("AT+CMQTTACCQ=0,\"a\"\r", "\r\nOK\r\n");
    let connect = "AT+CMQTTCONNECT=0,\"tcp://broker:1883\",60,1\r";
    host.ask(connect, "\r\nOK\r\n\r\n+CMQTTCONNECT: 0,0\r\n");
    host.hear("\r\n+CMQTTCONNLOST: 0,1\r\n");
    watch.wait_for(|event| event == "Fault(2s broker-away 1s)");
    host.ask(connect, "\r\nOK\r\n\r\n+CMQTTCONNECT: 0,3\r\n");
    watch.wait("NotConnected(0, Unreachable)");
    let deadline = std::time::Instant::now() + host::PATIENCE;
    loop {
        host.send(connect);
        let heard = host.hear_until("\r\n+CMQTTCONNECT: 0,");
        let code = host.hear_until("\r\n");
        if code == "0\\r\\n" {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{heard}{code}");
    }
}

/// Each plan begins where the one before it ends, and none is like another.
#[test]
fn endless_faults_go_on_with_the_next_plan() {
    let forecast = Forecast::of(FaultClass::Clean, 0, Duration::from_millis(300)).with(FaultKind::Noise, 20);
    let plans: Vec<FaultPlan> = (0..2)
        .map(|turn| {
            let after = forecast.until * turn;
            let forecast = Forecast {
                from: after,
                until: forecast.until + after,
                ..forecast.clone()
            };
            forecast.draw(7 + u64::from(turn))
        })
        .collect();
    let mut options = ServerOptions {
        faults: Some(Faults::endless(forecast, 7)),
        ..ServerOptions::default()
    };
    let watch = Watch::on(&mut options);
    let (_server, _host) = pair(options);
    for plan in plans {
        let mut timed = plan.faults.iter().filter(|fault| fault.skip == 0);
        let Some(fault) = timed.next_back() else { continue };
        watch.wait(&format!("Fault({fault})"));
    }
}

//! The first session of the vendor's note (section 4.1), byte by byte, over each kind of line.

use super::*;

/// What the host sends, and what it hears: with echo, as after power-up.
const SESSION: &[(&str, &str)] = &[
    ("AT+CSQ\r", "AT+CSQ\r\r\n+CSQ: 23,0\r\n\r\nOK\r\n"),
    ("AT+CGREG?\r", "AT+CGREG?\r\r\n+CGREG: 0,1\r\n\r\nOK\r\n"),
    (
        "AT+CGDCONT=1,\"IP\",\"apn\"\r",
        "AT+CGDCONT=1,\"IP\",\"apn\"\r\r\nOK\r\n",
    ),
    (
        "AT+CMQTTSTART\r",
        "AT+CMQTTSTART\r\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n",
    ),
    (
        "AT+CMQTTACCQ=0,\"client test0\"\r",
        "AT+CMQTTACCQ=0,\"client test0\"\r\r\nOK\r\n",
    ),
    ("AT+CMQTTWILLTOPIC=0,10\r", "AT+CMQTTWILLTOPIC=0,10\r\r\n>"),
    ("0123456789", "\r\nOK\r\n"),
    ("AT+CMQTTWILLMSG=0,6,1\r", "AT+CMQTTWILLMSG=0,6,1\r\r\n>"),
    ("qwerty", "\r\nOK\r\n"),
    (
        "AT+CMQTTCONNECT=0,\"tcp://test.mosquitto.org:1883\",60,1\r",
        "AT+CMQTTCONNECT=0,\"tcp://test.mosquitto.org:1883\",60,1\r\r\nOK\r\n\r\n+CMQTTCONNECT: 0,0\r\n",
    ),
    ("AT+CMQTTSUB=0,9,1\r", "AT+CMQTTSUB=0,9,1\r\r\n>"),
    ("simcommsg", "\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n"),
    ("AT+CMQTTTOPIC=0,9\r", "AT+CMQTTTOPIC=0,9\r\r\n>"),
    ("simcommsg", "\r\nOK\r\n"),
    ("AT+CMQTTPAYLOAD=0,60\r", "AT+CMQTTPAYLOAD=0,60\r\r\n>"),
    (PAYLOAD, "\r\nOK\r\n"),
    (
        "AT+CMQTTPUB=0,1,60\r",
        "AT+CMQTTPUB=0,1,60\r\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n\
         \r\n+CMQTTRXSTART: 0,9,60\r\n+CMQTTRXTOPIC: 0,9\r\nsimcommsg\r\n+CMQTTRXPAYLOAD: 0,60\r\n\
         012345678901234567890123456789012345678901234567890123456789\r\n+CMQTTRXEND: 0\r\n",
    ),
    (
        "AT+CMQTTSUB=0\r",
        "AT+CMQTTSUB=0\r\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n",
    ),
    ("AT+CMQTTUNSUB=0,9,0\r", "AT+CMQTTUNSUB=0,9,0\r\r\n>"),
    ("simcommsg", "\r\nOK\r\n\r\n+CMQTTUNSUB: 0,0\r\n"),
    (
        "AT+CMQTTDISC=0,120\r",
        "AT+CMQTTDISC=0,120\r\r\nOK\r\n\r\n+CMQTTDISC: 0,0\r\n",
    ),
    ("AT+CMQTTREL=0\r", "AT+CMQTTREL=0\r\r\nOK\r\n"),
    ("AT+CMQTTSTOP\r", "AT+CMQTTSTOP\r\r\nOK\r\n\r\n+CMQTTSTOP: 0\r\n"),
];

const PAYLOAD: &str = "012345678901234567890123456789012345678901234567890123456789";

#[track_caller]
fn play(host: &mut Host) {
    for (send, expect) in SESSION {
        host.ask(send, expect);
    }
}

#[test]
fn over_a_pseudo_terminal_twice_with_a_pause_between() {
    let broker = broker();
    let pty = pty();
    let device = pty.device().to_owned();
    let _server = serve(pty, to(broker.address()));
    play(&mut Host::open(&device));
    play(&mut Host::open(&device));
}

#[test]
fn over_tcp_twice() {
    let broker = broker();
    let line = tcp();
    let address = line.address();
    let _server = serve(line, to(broker.address()));
    play(&mut Host::connect(address));
    play(&mut Host::connect(address));
}

#[test]
fn within_the_process() {
    let broker = broker();
    let (_server, mut host) = pair(to(broker.address()));
    play(&mut host);
}

#[test]
fn at_the_pace_and_with_the_delays_of_hardware() {
    let broker = broker();
    let options = ServerOptions {
        baud: std::num::NonZeroU32::new(115_200),
        ..to(broker.address())
    };
    let modem = Modem::new(Profile::SIM7028);
    let (_server, socket) = ModemServer::pair(modem, options).expect("a thread");
    play(&mut Host::new(socket));
}

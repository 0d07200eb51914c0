//! A program that is busy with something else reads late. What it finds in the port then came in time.

use std::time::Duration;

use cmqtt_blocking::at_proto::cmqtt::ResultCode;
use cmqtt_blocking::{Broken, Client, Event, Port};

use crate::port::Reaction::Say;
use crate::port::{MESSAGE, PAUSE, VirtualPort, modem};

const HEADER: &str = "\r\n+CMQTTRXSTART: 0,1,23\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,23\r\n";
/// What it would mean outside of a message is that the connection is lost.
const PAYLOAD: &str = "\r\n+CMQTTCONNLOST: 0,1\r\n";
const END: &str = "\r\n+CMQTTRXEND: 0\r\n";

/// A driver that has heard the beginning of a message when the program turns to something else, and its port that
/// brings at most so many bytes at a time.
fn in_the_middle_of_a_message(at_most: usize) -> (VirtualPort, Client<VirtualPort>) {
    let (port, mut modem) = modem();
    port.at_most(at_most);
    port.say(HEADER);
    assert_eq!(modem.receive(Duration::from_millis(20)).unwrap(), None);
    (port, modem)
}

#[test]
fn receiving_without_waiting_takes_what_has_come() {
    let (port, mut modem) = modem();
    port.say(MESSAGE);
    assert!(modem.receive(Duration::ZERO).unwrap().is_some());
    assert_eq!(modem.receive(Duration::ZERO).unwrap(), None);
    port.say("\r\n+CMQTTNONET\r\n");
    assert_eq!(modem.next_event(Duration::ZERO).unwrap(), Some(Event::NoNetwork));
}

#[test]
fn a_pause_of_the_program_in_the_middle_of_a_message_loses_nothing() {
    for at_most in [1, 7, usize::MAX] {
        let (port, mut modem) = in_the_middle_of_a_message(at_most);
        port.say(PAYLOAD);
        port.say(END);
        port.pass(PAUSE);
        let message = modem.receive(Duration::ZERO).unwrap().expect("the message");
        assert_eq!(message.payload, PAYLOAD.as_bytes());
        assert_eq!(modem.next_event(Duration::ZERO).unwrap(), None);
    }
}

#[test]
fn nor_while_the_rest_is_still_coming() {
    let (port, mut modem) = in_the_middle_of_a_message(usize::MAX);
    port.say(&PAYLOAD[..9]);
    port.pass(PAUSE);
    port.say_later(&format!("{}{END}", &PAYLOAD[9..]));
    let message = modem
        .receive(Duration::from_secs(1))
        .unwrap()
        .expect("the message");
    assert_eq!(message.payload, PAYLOAD.as_bytes());
}

#[test]
fn nor_does_a_request_after_the_pause() {
    for at_most in [1, usize::MAX] {
        let (port, mut modem) = modem();
        port.at_most(at_most);
        port.say("\r\n+CMQTTRXSTART: 0,1,6\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,6\r\n");
        assert_eq!(modem.receive(Duration::from_millis(20)).unwrap(), None);
        port.say("\r\nOK\r\n");
        port.say(END);
        port.pass(PAUSE);
        port.react(&[Say("\r\nERROR\r\n")]);
        modem
            .release(0)
            .expect_err("the OK is the message's, the ERROR the request's");
        let message = modem.receive(Duration::ZERO).unwrap().expect("the message");
        assert_eq!(message.payload, b"\r\nOK\r\n");
    }
}

#[test]
fn a_message_whose_rest_is_not_there_after_the_pause_is_broken() {
    let (port, mut modem) = in_the_middle_of_a_message(usize::MAX);
    port.pass(PAUSE);
    let broken = Event::MessageBroken {
        client: 0,
        cause: Broken::Unfinished,
    };
    assert_eq!(modem.next_event(Duration::ZERO).unwrap(), Some(broken));
}

#[test]
fn an_ok_that_lay_in_the_port_answers_no_request() {
    let (port, mut modem) = modem();
    port.say("\r\nOK\r\n");
    port.react(&[Say("\r\n+CMQTTREL: 0,20\r\n\r\nERROR\r\n")]);
    let error = modem.release(0).expect_err("the modem refuses");
    assert_eq!(error.code(), Some(ResultCode(20)));
    let orphan = Event::Unclaimed(b"OK".to_vec());
    assert_eq!(modem.next_event(Duration::ZERO).unwrap(), Some(orphan));
}

#[test]
fn waiting_takes_as_long_as_it_was_told() {
    let (port, mut modem) = modem();
    let before = port.now();
    assert_eq!(modem.receive(Duration::from_secs(3600)).unwrap(), None);
    let waited = port.now() - before;
    assert_eq!(waited, Duration::from_secs(3600));
}

#[test]
fn a_modem_that_never_falls_silent_does_not_keep_a_call_for_ever() {
    let (port, mut modem) = modem();
    port.say(&"\r\n+CGEV: ME PDN ACT 1\r\n".repeat(4096));
    port.react(&[Say("\r\n+CMQTTREL: 0,0\r\n\r\nOK\r\n")]);
    modem.release(0).expect("released");
}

//! Two clients of one modem: a message that one publishes and the other receives.

use std::time::Duration;

use super::script::{Desk, connected};
use crate::{LostCause, NetworkEvent, Profile};

#[test]
fn a_message_waits_for_the_publish_of_another_client() {
    for (failure, early, late) in [
        ("ok-result", "\r\nOK\r\n", ""),
        ("result-error", "", "\r\nOK\r\n"),
        ("error-result", "", "\r\nOK\r\n"),
        ("error", "", "\r\nOK\r\n"),
    ] {
        let mut desk = publishing(failure);
        assert_eq!(heard(&mut desk), early, "{failure}");
        desk.tell(0, message("b/1"));
        // What comes behind it keeps its place; the other client's messages do not wait for it.
        desk.tell(0, message("b/2"));
        assert_eq!(heard(&mut desk), "", "{failure}");
        desk.tell(1, message("b/2"));
        assert_eq!(heard(&mut desk), shown(1, "b/2"), "{failure}");
        desk.tell(1, NetworkEvent::Published);
        let expected = [late, "\r\n+CMQTTPUB: 1,0\r\n", &shown(0, "b/1"), &shown(0, "b/2")].concat();
        assert_eq!(heard(&mut desk), expected, "{failure}");
    }
}

#[test]
fn a_message_is_shown_when_the_publish_of_another_client_fails() {
    let mut desk = publishing("ok-result");
    desk.tell(0, message("b/1"));
    desk.heard.clear();
    desk.pass(Duration::from_secs(60));
    let expected = ["\r\n+CMQTTPUB: 1,17\r\n", &shown(0, "b/1")].concat();
    assert_eq!(heard(&mut desk), expected);

    let mut desk = publishing("ok-result");
    desk.tell(0, message("b/1"));
    desk.heard.clear();
    desk.tell(1, NetworkEvent::Lost(LostCause::Reset));
    let news = "\r\n+CMQTTPUB: 1,6\r\n\r\n+CMQTTCONNLOST: 1,2\r\n";
    assert_eq!(heard(&mut desk), [news, &shown(0, "b/1")].concat());
}

#[test]
fn a_message_does_not_outlast_the_connection_that_brought_it() {
    let mut desk = publishing("ok-result");
    desk.tell(0, message("b/1"));
    desk.heard.clear();
    desk.tell(0, NetworkEvent::Lost(LostCause::ClosedByPeer));
    let news = "\r\n+CMQTTCONNLOST: 0,1\r\n";
    assert_eq!(heard(&mut desk), [&shown(0, "b/1"), news].concat());

    let mut desk = publishing("ok-result");
    desk.tell(0, message("b/1"));
    desk.send(b"AT+CMQTTDISC=0,60\r");
    desk.heard.clear();
    desk.tell(0, NetworkEvent::Disconnected);
    let result = "\r\n+CMQTTDISC: 0,0\r\n";
    assert_eq!(heard(&mut desk), [&shown(0, "b/1"), result].concat());
}

#[test]
fn nothing_waits_where_messages_are_shown_as_they_come() {
    let mut desk = publishing("ok-result");
    let switches = desk.modem.switches_mut();
    switches.set("rx-order=as-it-comes").expect("a switch");
    desk.heard.clear();
    desk.tell(0, message("b/1"));
    assert_eq!(heard(&mut desk), shown(0, "b/1"));
    desk.tell(1, NetworkEvent::Published);
    assert_eq!(heard(&mut desk), "\r\n+CMQTTPUB: 1,0\r\n");
}

/// Two connected clients, of which 1 publishes to `b/1`.
fn publishing(failure: &str) -> Desk {
    let mut desk = connected(Profile::A76XX);
    let switches = desk.modem.switches_mut();
    switches.set("urcs=between-lines").expect("a switch");
    switches.set(&format!("pub-failure={failure}")).expect("a switch");
    desk.answering = true;
    for line in [
        "AT+CMQTTACCQ=1,\"other\"\r",
        "AT+CMQTTCONNECT=1,\"tcp://broker.example\",60,1\r",
    ] {
        desk.send(line.as_bytes());
    }
    assert!(desk.heard.ends_with(b"+CMQTTCONNECT: 1,0\r\n"));
    desk.answering = false;
    for bytes in ["AT+CMQTTTOPIC=1,3\r", "b/1"] {
        desk.send(bytes.as_bytes());
    }
    desk.heard.clear();
    desk.send(b"AT+CMQTTPUB=1,1,60\r");
    desk
}

fn message(topic: &str) -> NetworkEvent {
    NetworkEvent::Message {
        topic: topic.into(),
        payload: Vec::new(),
    }
}

fn shown(client: u8, topic: &str) -> String {
    format!(
        "\r\n+CMQTTRXSTART: {client},3,0\r\n+CMQTTRXTOPIC: {client},3\r\n{topic}\r\n+CMQTTRXEND: {client}\r\n"
    )
}

fn heard(desk: &mut Desk) -> String {
    String::from_utf8(std::mem::take(&mut desk.heard)).expect("UTF-8")
}

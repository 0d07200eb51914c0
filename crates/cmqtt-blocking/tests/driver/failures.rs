//! A port that fails: the request that runs ends, once, and those after it are taken.

use std::time::Duration;

use cmqtt_blocking::{Broken, Client, Error, Event};

use crate::port::Reaction::{Fail, Refuse, Say};
use crate::port::{MESSAGE, VirtualPort, modem};

/// The modem is asked something that cannot be mistaken, then for the release.
fn find_back_and_release(port: &VirtualPort, modem: &mut Client<VirtualPort>) {
    port.react(&[
        Say("\r\n+CSQ: 23,0\r\n\r\nOK\r\n"),
        Say("\r\n+CMQTTREL: 0,0\r\n\r\nOK\r\n"),
    ]);
    modem.release(0).expect("the port works again");
    assert!(port.written().ends_with("AT+CSQ\\rAT+CMQTTREL=0\\r"));
}

#[test]
fn a_request_after_one_that_the_port_kept_from_beginning_is_taken() {
    let (port, mut modem) = modem();
    port.fail();
    assert!(matches!(modem.release(0), Err(Error::Port(_))));
    assert_eq!(port.written(), "");
    find_back_and_release(&port, &mut modem);
}

#[test]
fn a_request_after_one_that_the_port_cut_short_is_taken() {
    for reaction in [Fail, Refuse] {
        let (port, mut modem) = modem();
        port.react(&[reaction]);
        assert!(matches!(modem.start(), Err(Error::Port(_))), "{reaction:?}");
        find_back_and_release(&port, &mut modem);
    }
}

#[test]
fn a_request_through_another_port_is_taken() {
    let (port, mut modem) = modem();
    port.react(&[Fail]);
    assert!(matches!(modem.start(), Err(Error::Port(_))));
    port.say("+CMQTTRXSTART: 0,1");
    assert_eq!(modem.receive(Duration::ZERO).unwrap(), None);
    let other = VirtualPort::default();
    drop(modem.replace_port(other.clone()));
    find_back_and_release(&other, &mut modem);
    assert_eq!(modem.next_event(Duration::ZERO).unwrap(), None);
}

#[test]
fn a_message_that_the_failure_cut_is_told_before_it() {
    let (port, mut modem) = modem();
    port.say(&MESSAGE[..60]);
    assert_eq!(modem.receive(Duration::ZERO).unwrap(), None);
    port.fail();
    let broken = Event::MessageBroken {
        client: 0,
        cause: Broken::Reset,
    };
    assert_eq!(modem.next_event(Duration::ZERO).unwrap(), Some(broken));
    assert!(matches!(modem.next_event(Duration::ZERO), Err(Error::Port(_))));
    assert_eq!(modem.next_event(Duration::ZERO).unwrap(), None);
}

#[test]
fn what_came_before_the_port_ended_is_received() {
    let (port, mut modem) = modem();
    port.say(MESSAGE);
    port.end();
    assert!(modem.receive(Duration::ZERO).unwrap().is_some());
    assert!(matches!(modem.receive(Duration::ZERO), Err(Error::Port(_))));
}

#[test]
fn what_came_before_the_port_is_replaced_is_received() {
    let (port, mut modem) = modem();
    port.react(&[Say(concat!(
        "\r\n+CMQTTREL: 0,0\r\n\r\nOK\r\n",
        "\r\n+CMQTTRXSTART: 0,1,1\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n",
        "+CMQTTRXPAYLOAD: 0,1\r\np\r\n+CMQTTRXEND: 0\r\n",
    ))]);
    modem.release(0).unwrap();
    drop(modem.replace_port(VirtualPort::default()));
    assert!(modem.receive(Duration::ZERO).unwrap().is_some());
}

//! What came and was not read: two bounds, one order, and nothing dropped in silence.

use std::time::Duration;

use cmqtt_blocking::{Event, Memory, Message};

use crate::port::Reaction::Say;
use crate::port::{MESSAGE, modem, modem_with};

const URC: &str = "\r\n+CGEV: ME PDN ACT 1\r\n";

fn network_event() -> Event {
    Event::Network(b"+CGEV: ME PDN ACT 1".to_vec())
}

fn message() -> Message {
    Message {
        client: 0,
        topic: b"t".to_vec(),
        payload: b"p".to_vec(),
    }
}

#[test]
fn a_program_that_only_receives_goes_on_receiving() {
    let (port, mut modem) = modem_with(Memory {
        events: 4,
        ..Memory::default()
    });
    for _ in 0..3 {
        port.say(&URC.repeat(5));
        port.say(MESSAGE);
        assert_eq!(modem.receive(Duration::ZERO).unwrap(), Some(message()));
    }
}

#[test]
fn messages_that_come_during_a_request_are_kept_beside_a_full_queue_of_events() {
    let (port, mut modem) = modem_with(Memory {
        events: 0,
        ..Memory::default()
    });
    port.say(URC);
    port.say(&MESSAGE.repeat(3));
    port.react(&[Say("\r\n+CMQTTREL: 0,0\r\n\r\nOK\r\n")]);
    modem.release(0).unwrap();
    for _ in 0..3 {
        assert_eq!(modem.receive(Duration::ZERO).unwrap(), Some(message()));
    }
}

#[test]
fn messages_and_other_events_are_told_in_the_order_in_which_they_came() {
    let (port, mut modem) = modem();
    port.say(&format!("{MESSAGE}{URC}{MESSAGE}{URC}"));
    for event in [
        Event::Message(message()),
        network_event(),
        Event::Message(message()),
        network_event(),
    ] {
        assert_eq!(modem.next_event(Duration::ZERO).unwrap(), Some(event));
    }
}

#[test]
fn iterators_end_at_a_pause_and_after_an_error() {
    let (port, mut modem) = modem();
    port.say(&format!("{MESSAGE}{URC}{MESSAGE}"));
    let messages: Result<Vec<_>, _> = modem.messages(Duration::from_secs(1)).collect();
    assert_eq!(messages.unwrap(), [message(), message()]);
    let events: Result<Vec<_>, _> = modem.events(Duration::from_secs(1)).collect();
    assert_eq!(events.unwrap(), [network_event()]);
    port.say(MESSAGE);
    port.end();
    let mut messages = modem.messages(Duration::MAX);
    assert_eq!(messages.next().unwrap().unwrap(), message());
    assert!(messages.next().unwrap().is_err());
    assert!(messages.next().is_none());
}

#[test]
fn what_is_dropped_is_counted_and_told_where_it_is_missing() {
    let (port, mut modem) = modem_with(Memory {
        messages: 2,
        events: 1,
        ..Memory::default()
    });
    port.say(&format!("{MESSAGE}{URC}{URC}{URC}{MESSAGE}{MESSAGE}"));
    for event in [
        Event::Message(message()),
        network_event(),
        Event::Overflow {
            messages: 1,
            events: 2,
        },
        Event::Message(message()),
    ] {
        assert_eq!(modem.next_event(Duration::ZERO).unwrap(), Some(event));
    }
    assert_eq!(modem.next_event(Duration::ZERO).unwrap(), None);
    port.say(URC);
    assert_eq!(modem.next_event(Duration::ZERO).unwrap(), Some(network_event()));
}

#[test]
fn a_urc_with_control_bytes_is_kept_as_it_came() {
    for line in ["+CGEV: ME PDN\tDEACT 1", "+CGEV: \u{1}\u{1b}"] {
        let (port, mut modem) = modem();
        port.say(&format!("\r\n{line}\r\n"));
        let event = modem.next_event(Duration::ZERO).unwrap().expect("an event");
        assert_eq!(event, Event::Network(line.as_bytes().to_vec()));
        assert!(event.network().is_some(), "{event:?}");
    }
}

#[test]
fn neither_an_event_nor_a_driver_prints_a_password() {
    let (port, mut modem) = modem();
    port.say("\r\n+CMQTTCONNECT: 0,\"tcp://h:1883\",60,1,\"user\",\"hunter2hunter2\"\r\n");
    port.say(URC);
    port.react(&[Say("\r\n+CMQTTREL: 0,0\r\n\r\nOK\r\n")]);
    modem.release(0).unwrap();
    let driver = format!("{modem:?}");
    let event = modem.next_event(Duration::ZERO).unwrap().expect("an event");
    assert!(matches!(event, Event::Unclaimed(_)), "{event:?}");
    let numbers = format!("{:?}", b"hunter2hunter2");
    let numbers = numbers.trim_matches(['[', ']']);
    for printed in [driver, format!("{event:?}")] {
        assert!(!printed.contains("hunter2"), "{printed}");
        assert!(!printed.contains(numbers), "{printed}");
    }
}

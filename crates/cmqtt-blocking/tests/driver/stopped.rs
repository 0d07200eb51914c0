//! A program that was stopped (a signal, a suspended laptop, a debugger) first reads what the port holds, and then judges
//! how late it is.

use std::time::Duration;

use cmqtt_blocking::at_proto::cmqtt::{QoS, Topic};
use cmqtt_blocking::at_proto::network::Signal;
use cmqtt_blocking::{Memory, Outcome, Publication};

use crate::port::Reaction::{Say, SayWhileStopped};
use crate::port::{MESSAGE, VirtualPort, modem, modem_with};

/// Ports that bring this many bytes at a time, to cores with memory for lines of this length.
const SHAPES: [(usize, usize); 3] = [(usize::MAX, 1024), (1, 1024), (usize::MAX, 128)];

fn shaped(at_most: usize, line: usize) -> (VirtualPort, cmqtt_blocking::Client<VirtualPort>) {
    let (port, modem) = modem_with(Memory {
        line,
        ..Memory::default()
    });
    port.at_most(at_most);
    (port, modem)
}

#[test]
fn publish_ends_with_the_result_that_came_while_the_program_was_stopped() {
    let unasked = "\r\n+CGEV: ME PDN ACT 1\r\n".repeat(40);
    let result = |text: &str| -> &'static str { format!("{unasked}{text}").leak() };
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for (at_most, line) in SHAPES {
            for end in [
                SayWhileStopped("\r\nOK\r\n", result("\r\n+CMQTTPUB: 0,0\r\n")),
                SayWhileStopped("", result("\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n")),
            ] {
                let (port, mut modem) = shaped(at_most, line);
                port.react(&[
                    Say("\r\n>"),
                    Say("\r\nOK\r\n"),
                    Say("\r\n>"),
                    Say("\r\nOK\r\n"),
                    end,
                ]);
                let publication = Publication {
                    client: 0,
                    topic: Topic::new("t").unwrap(),
                    payload: b"p",
                    qos,
                    retain: false,
                    timeout: 60,
                };
                assert_eq!(
                    modem.publish(&publication).unwrap(),
                    Outcome::Delivered,
                    "{qos:?} {end:?}"
                );
                assert_eq!(port.written().matches("AT+CMQTTPUB").count(), 1);
            }
        }
    }
}

#[test]
fn command_ends_with_the_answer_that_came_while_the_program_was_stopped() {
    for (at_most, line) in SHAPES {
        let (port, mut modem) = shaped(at_most, line);
        port.react(&[SayWhileStopped("", "\r\n+CSQ: 20,0\r\n\r\nOK\r\n")]);
        assert!(modem.command(&Signal, |signal| signal.dbm()).unwrap().is_some());
    }
}

/// What had piled up was more than the port holds: the rest follows.
#[test]
fn command_ends_with_an_answer_whose_end_follows_after_the_stop() {
    let (port, mut modem) = modem();
    port.react(&[SayWhileStopped("", "\r\n+CSQ: 20,0\r\n")]);
    port.say_later("\r\nOK\r\n");
    assert!(modem.command(&Signal, |signal| signal.dbm()).unwrap().is_some());
}

#[test]
fn receive_returns_the_message_that_came_while_the_program_was_stopped() {
    let (port, mut modem) = modem();
    port.react(&[SayWhileStopped("\r\nOK\r\n", MESSAGE)]);
    modem
        .command(&cmqtt_blocking::at_proto::basic::Attention, |()| ())
        .unwrap();
    assert!(modem.receive(Duration::from_secs(5)).unwrap().is_some());
}

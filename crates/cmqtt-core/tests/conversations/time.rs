//! Every time budget, with its reason.

use std::time::Duration;

use at_proto::Quoted;
use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, SetPayload, TopicFilter};
use at_proto::{network, tls};
use cmqtt_core::{Client, Config, Connection, RequestError, RequestId, Transport};

use crate::talk::Talk;

/// What is waited for, and for how many seconds, after each of these parts of the conversation.
#[track_caller]
fn check(
    config: Config,
    request: impl FnOnce(&mut Client<Vec<u8>>) -> Result<RequestId, RequestError>,
    waits: &[(&str, u64, &str)],
) {
    let mut talk = Talk::with(config, 64);
    talk.ask(request);
    for &(heard, seconds, reason) in waits {
        talk.hear(heard).waits(seconds * 1000, reason);
    }
}

const FINAL: &str = "the final result code";
const RESULT: &str = "the result URC";
const DATA: &str = "the final result code after the data";

#[test]
fn each_command_has_its_budget() {
    let sim7028 = Config::SIM7028;
    let id = ClientId::new("id").unwrap();
    let filter = TopicFilter::new("t").unwrap();
    check(
        sim7028,
        Client::start,
        &[("", 12, FINAL), ("\r\nOK\r\n", 12, RESULT)],
    );
    check(
        sim7028,
        Client::stop,
        &[("", 12, FINAL), ("\r\nOK\r\n", 12, RESULT)],
    );
    check(
        Config::SIM7600,
        Client::start,
        &[("", 120, FINAL), ("\r\nOK\r\n", 120, RESULT)],
    );
    check(
        sim7028,
        |client| client.acquire(0, id, Transport::Tcp),
        &[("", 15, FINAL)],
    );
    check(sim7028, |client| client.release(0), &[("", 15, FINAL)]);
    let connect = Connection {
        client: 0,
        server: ServerAddress::new("tcp://h").unwrap(),
        keep_alive: KeepAlive::new(60).unwrap(),
        clean_session: true,
        login: None,
    };
    check(
        sim7028,
        |client| client.connect(&connect),
        &[("", 120, FINAL), ("\r\nOK\r\n", 120, RESULT)],
    );
    let tls = Config {
        negotiation: Duration::from_secs(300),
        ..sim7028
    };
    check(
        tls,
        |client| client.connect(&connect),
        &[("", 420, FINAL), ("\r\nOK\r\n", 420, RESULT)],
    );
    check(
        sim7028,
        |client| client.disconnect(0, 120),
        &[("", 130, FINAL), ("\r\nOK\r\n", 130, RESULT)],
    );
    check(
        sim7028,
        |client| client.subscribe(0, filter, QoS::AtMostOnce),
        &[
            ("", 10, "the prompt"),
            ("\r\n>", 10, DATA),
            ("\r\nOK\r\n", 120, RESULT),
        ],
    );
    check(
        sim7028,
        |client| client.unsubscribe(0, filter),
        &[
            ("", 10, "the prompt"),
            ("\r\n>", 10, DATA),
            ("\r\nOK\r\n", 120, RESULT),
        ],
    );
    check(
        sim7028,
        |client| client.command(&network::Signal),
        &[("", 9, FINAL)],
    );
    let store = tls::StoreFile::with(Quoted::new("ca.pem").unwrap(), b"PEM");
    check(
        sim7028,
        |client| client.command(&store),
        &[("", 10, "the prompt"), ("\r\n>", 120, DATA)],
    );
}

#[test]
fn long_data_get_the_time_that_the_line_needs() {
    let slow = Config {
        baud: 9600,
        ..Config::SIM7028
    };
    let data = [b'x'; 9600];
    let mut talk = Talk::with(slow, 64);
    talk.ask(|client| client.command(&SetPayload::with(0, &data)))
        .hear("\r\n>");
    talk.waits(20_000, "the final result code after the data");
}

/// The prompt was lost: what makes up for the data is written at once, and goes at the line's own speed.
#[test]
fn what_makes_up_for_long_data_gets_that_time_once() {
    let slow = Config {
        baud: 9600,
        ..Config::SIM7028
    };
    let data = [b'x'; 9600];
    let step = "an answer that shows that host and modem are in step";
    let mut talk = Talk::with(slow, 64);
    talk.ask(|client| client.command(&SetPayload::with(0, &data)))
        .pass_deadline();
    talk.ask(|client| client.release(0))
        .waits(10_000 + 9000, step)
        .pass_deadline();
    talk.waits(9000, step);
}

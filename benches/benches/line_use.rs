//! How busy the serial line is while messages are published, under virtual time with a modem that answers at once: what
//! is missing to 100 % is time in which neither side has anything to say.
//!
//! (bytes both ways × 10 bits) ÷ (baud × elapsed); above 100 % both directions are busy at once.

use at_proto::basic::Echo;
use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic};
use cmqtt_core::{Client, Config, Connection, Publication, Transport};
use cmqtt_sim::{Direction, Profile};
use cmqtt_tests::pair::Pair;

fn main() {
    println!("The line at {BAUD} baud, echo off, a loop of {MESSAGES} publishes:");
    println!(
        "{:>8}  {:>4}  {:>7}  {:>12}",
        "payload", "QoS", "busy", "publishes/s"
    );
    for payload in [1, 64, 1024, 10_240] {
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let (busy, rate) = measure(payload, qos);
            println!(
                "{payload:>6} B  {:>4}  {:>5.1} %  {rate:>12.1}",
                u8::from(qos),
                busy * 100.0
            );
        }
    }
}

/// How busy the line is, and how many messages go out in a second.
fn measure(payload: usize, qos: QoS) -> (f64, f64) {
    let mut pair = connected();
    let payload = vec![b'x'; payload];
    let publication = Publication {
        client: 0,
        topic: Topic::new("simcommsg").expect("a topic"),
        payload: &payload,
        qos,
        retain: false,
        timeout: 60,
    };
    let carried = |pair: &Pair| pair.wire.carried(Direction::ToModem) + pair.wire.carried(Direction::ToHost);
    let (begin, before) = (pair.now(), carried(&pair));
    for _ in 0..MESSAGES {
        pair.ask(|client| client.publish(&publication))
            .expect("delivered");
    }
    let seconds = (pair.now() - begin).as_secs_f64();
    let bits = (carried(&pair) - before) as f64 * 10.0;
    (bits / (f64::from(BAUD) * seconds), f64::from(MESSAGES) / seconds)
}

fn connected() -> Pair {
    let mut pair = Pair::new(Config::SIM7028, Profile::SIM7028.at_once(), Some(BAUD));
    let id = ClientId::new("id").expect("quotable");
    let server = ServerAddress::new("tcp://broker:1883").expect("quotable");
    let connect = Connection {
        client: 0,
        server,
        keep_alive: KeepAlive::new(600).expect("in range"),
        clean_session: true,
        login: None,
    };
    pair.ask(|client| client.command(&Echo::OFF)).expect("echo off");
    pair.ask(Client::start).expect("started");
    pair.ask(|client| client.acquire(0, id, Transport::Tcp))
        .expect("acquired");
    pair.ask(|client| client.connect(&connect)).expect("connected");
    pair
}

const BAUD: u32 = 115_200;
const MESSAGES: u32 = 100;

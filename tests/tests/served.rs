//! The blocking driver, a simulated modem on a real line, a broker on a real port: the whole way of a message.

use std::net::TcpStream;
use std::time::Duration;

use cmqtt_blocking::at_proto::cmqtt::{
    ClientId, KeepAlive, LostCause, QoS, ServerAddress, Topic, TopicFilter,
};
use cmqtt_blocking::{Client, Config, Connection, Error, Event, Outcome, Port, Publication, Transport};
use cmqtt_sim::broker::Broker;
use cmqtt_sim::host::{BrokerServer, ClientOptions, ModemServer, Pty, Resolver, ServerOptions, TcpLine};
use cmqtt_sim::{Family, Modem, Profile};

/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

fn broker() -> BrokerServer {
    BrokerServer::bind("127.0.0.1:0", Broker::default()).expect("a port on loopback")
}

fn to(broker: &BrokerServer) -> ServerOptions {
    ServerOptions {
        network: ClientOptions {
            resolver: Resolver::default().send_all_to(broker.address().into()),
            ..ClientOptions::default()
        },
        ..ServerOptions::default()
    }
}

fn connect<P: Port>(modem: &mut Client<P>, id: &str) -> Result<(), Error> {
    modem.start()?;
    modem.acquire(0, ClientId::new(id).expect("an identifier"), Transport::Tcp)?;
    reconnect(modem)
}

fn reconnect<P: Port>(modem: &mut Client<P>) -> Result<(), Error> {
    modem.connect(&Connection {
        client: 0,
        server: ServerAddress::new("tcp://broker.example:1883").expect("an address"),
        keep_alive: KeepAlive::new(60).unwrap(),
        clean_session: true,
        login: None,
    })
}

fn end<P: Port>(modem: &mut Client<P>) -> Result<(), Error> {
    modem.disconnect(0, 60)?;
    modem.release(0)?;
    modem.stop()
}

fn publication<'a>(topic: &'a str, payload: &'a [u8], qos: QoS) -> Publication<'a> {
    Publication {
        client: 0,
        topic: Topic::new(topic).expect("a topic"),
        payload,
        qos,
        retain: false,
        timeout: 60,
    }
}

fn filter(filter: &str) -> TopicFilter<'_> {
    TopicFilter::new(filter).expect("a topic filter")
}

/// Every byte, and what looks like the modem's own words.
fn payload(len: usize) -> Vec<u8> {
    let words = b"\r\nOK\r\n>\r\n+CMQTTCONNLOST: 0,1\r\n+CMQTTRXEND: 0\r\nERROR\r\n";
    words.iter().copied().chain((0..=255).cycle()).take(len).collect()
}

#[test]
fn a_message_returns_unchanged_from_every_family_through_its_serial_port() {
    let broker = broker();
    for family in Family::ALL {
        let pty = Pty::open(None).expect("a pseudo-terminal");
        let device = pty.device().to_str().expect("UTF-8").to_owned();
        let modem = Modem::new(Profile::of(family).at_once());
        let _server = ModemServer::spawn(modem, pty, to(&broker)).expect("a thread");
        // Twice: a program ends and another begins.
        for _ in 0..2 {
            let mut modem = Client::open(&device, 115_200, Config::of(family)).expect("the device opens");
            connect(&mut modem, family.name()).expect("connected");
            modem
                .subscribe(0, filter("a/#"), QoS::ExactlyOnce)
                .expect("subscribed");
            for (qos, len) in [
                (QoS::AtMostOnce, 1),
                (QoS::AtLeastOnce, 60),
                (QoS::ExactlyOnce, 1024),
            ] {
                let payload = payload(len);
                let outcome = modem
                    .publish(&publication("a/b", &payload, qos))
                    .expect("published");
                assert_eq!(outcome, Outcome::Delivered, "{family}");
                let message = modem.receive(PATIENCE).expect("a port").expect("a message");
                assert_eq!(message.topic, b"a/b", "{family}");
                assert_eq!(message.payload, payload, "{family}");
            }
            modem.unsubscribe(0, filter("a/#")).expect("unsubscribed");
            end(&mut modem).expect("ended");
        }
    }
}

#[test]
fn a_message_goes_from_one_modem_to_another() {
    let broker = broker();
    let open = |id| {
        let line = TcpLine::bind("127.0.0.1:0").expect("a port on loopback");
        let address = line.address();
        let server =
            ModemServer::spawn(Modem::new(Profile::SIM7028.at_once()), line, to(&broker)).expect("a thread");
        let port = TcpStream::connect(address).expect("a connection");
        let mut modem = Client::new(port, Config::SIM7028);
        connect(&mut modem, id).expect("connected");
        (server, modem)
    };
    let (_first, mut from) = open("from");
    let (_second, mut to) = open("to");
    to.subscribe(0, filter("+"), QoS::AtLeastOnce)
        .expect("subscribed");
    let payload = payload(10_240);
    let outcome = from
        .publish(&publication("t", &payload, QoS::AtLeastOnce))
        .expect("published");
    assert_eq!(outcome, Outcome::Delivered);
    let message = to.receive(PATIENCE).expect("a port").expect("a message");
    assert_eq!(message.payload, payload);
}

#[test]
fn a_broker_that_goes_away_is_told_and_the_client_can_connect_again() {
    let broker = broker();
    let options = to(&broker);
    let address = broker.address();
    let (_server, port) =
        ModemServer::pair(Modem::new(Profile::SIM7028.at_once()), options).expect("a thread");
    let mut modem = Client::new(port, Config::SIM7028);
    connect(&mut modem, "a").expect("connected");
    drop(broker);
    let event = modem.next_event(PATIENCE).expect("a port").expect("an event");
    let cause = LostCause::ClosedByPeer;
    assert_eq!(event, Event::ConnectionLost { client: 0, cause });
    let error = reconnect(&mut modem).expect_err("nobody listens");
    assert!(error.to_string().contains("socket connect failed"), "{error}");
    let _broker = BrokerServer::bind(address, Broker::default()).expect("the same port");
    reconnect(&mut modem).expect("connected again");
    end(&mut modem).expect("ended");
}

//! The blocking driver on real lines: a socket and a pseudo-terminal, with the simulated modem in real time behind them.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use cmqtt_blocking::at_proto::cmqtt::{
    ClientId, KeepAlive, Password, QoS, ResultCode, ServerAddress, Topic, TopicFilter, UserName,
};
use cmqtt_blocking::at_proto::network::Signal;
use cmqtt_blocking::{
    Client, Config, Connection, Error, Event, Login, Memory, Outcome, Port, Publication, Refusal, SelfTimed,
    Transport,
};
use cmqtt_sim::broker::{Broker, Policy};
use cmqtt_sim::host::{BrokerServer, ClientOptions, ModemServer, Pty, Resolver, ServerOptions};
use cmqtt_sim::{Modem, Profile};

const PATIENCE: Duration = Duration::from_secs(20);

fn options(broker: &BrokerServer) -> ServerOptions {
    let broker = broker.address().to_string().parse().expect("an address");
    let network = ClientOptions {
        resolver: Resolver::default().send_all_to(broker),
        ..ClientOptions::default()
    };
    ServerOptions {
        network,
        ..ServerOptions::default()
    }
}

fn modem() -> Modem {
    Modem::new(Profile::SIM7028.at_once())
}

fn broker(policy: Policy) -> BrokerServer {
    BrokerServer::bind("127.0.0.1:0", Broker::new(policy, Default::default())).expect("a loopback port")
}

fn connect<P: Port>(client: &mut Client<P>, login: Option<Login<'_>>) -> Result<(), Error> {
    let (id, server) = (
        ClientId::new("id").unwrap(),
        ServerAddress::new("tcp://broker").unwrap(),
    );
    client.start()?;
    client.acquire(0, id, Transport::Tcp)?;
    client.connect(&Connection {
        client: 0,
        server,
        keep_alive: KeepAlive::new(60).unwrap(),
        clean_session: true,
        login,
    })
}

fn publication<'a>(topic: &'a str, payload: &'a [u8]) -> Publication<'a> {
    Publication {
        client: 0,
        topic: Topic::new(topic).unwrap(),
        payload,
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

fn session<P: Port>(port: P) {
    let mut client = Client::new(port, Config::SIM7028);
    let strength = client.command(&Signal, |quality| quality.dbm()).unwrap();
    assert_eq!(strength, Some(-67));
    connect(&mut client, None).unwrap();
    assert!(client.is_connected(0).unwrap());
    client
        .subscribe(0, TopicFilter::new("t/#").unwrap(), QoS::ExactlyOnce)
        .unwrap();
    for payload in [&b"\r\nOK\r\n"[..], b"second", &[0; 10_240]] {
        assert_eq!(
            client.publish(&publication("t/1", payload)).unwrap(),
            Outcome::Delivered
        );
        let message = client.receive(PATIENCE).unwrap().expect("the message comes back");
        assert_eq!((&message.topic[..], &message.payload[..]), (&b"t/1"[..], payload));
    }
    client.unsubscribe(0, TopicFilter::new("t/#").unwrap()).unwrap();
    client.disconnect(0, 60).unwrap();
    assert!(!client.is_connected(0).unwrap());
    client.release(0).unwrap();
    client.stop().unwrap();
    assert_eq!(client.next_event(Duration::ZERO).unwrap(), None);
}

#[test]
fn a_session_over_a_socket() {
    let broker = broker(Policy::default());
    let (_modem, socket) = ModemServer::pair(modem(), options(&broker)).unwrap();
    session(socket);
}

#[test]
fn a_session_over_a_serial_device() {
    let broker = broker(Policy::default());
    let pty = Pty::open(None).unwrap();
    let device = pty.device().display().to_string();
    let _modem = ModemServer::spawn(modem(), pty, options(&broker)).unwrap();
    session(cmqtt_blocking::open_port(&device, 115_200).unwrap());
    // The port was closed: the next program opens the same modem.
    session(cmqtt_blocking::open_port(&device, 115_200).unwrap());
}

#[test]
fn a_session_over_whatever_reads_and_writes() {
    let broker = broker(Policy::default());
    let (_modem, socket) = ModemServer::pair(modem(), options(&broker)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    session(SelfTimed(socket));
}

#[test]
fn what_the_broker_refuses_is_an_error_that_says_what_to_do() {
    let policy = Policy {
        users: Some([(b"user".to_vec(), cmqtt_sim::broker::Secret::new("right"))].into()),
        ..Policy::default()
    };
    let broker = broker(policy);
    let (_modem, socket) = ModemServer::pair(modem(), options(&broker)).unwrap();
    let mut client = Client::new(socket, Config::SIM7028);
    let login = Login {
        user: UserName::new("user").unwrap(),
        password: Some(Password::new("wrong").unwrap()),
    };
    let error = connect(&mut client, Some(login)).unwrap_err();
    assert_eq!(error.code(), Some(ResultCode(30)));
    let words = error.to_string();
    assert!(words.starts_with("+CMQTTCONNECT: result code 30 ("), "{words}");
    assert!(!words.contains("wrong"), "{words}");
}

#[test]
fn a_publish_that_is_not_sent_says_why() {
    let broker = broker(Policy::default());
    let (_modem, socket) = ModemServer::pair(modem(), options(&broker)).unwrap();
    let mut client = Client::new(socket, Config::SIM7028);
    client.learn_limits().unwrap();
    let error = client.publish(&publication("t", &[0; 10_241])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not sent: the payload's length is 10241, but this modem takes 1 to 10240"
    );
    connect(&mut client, None).unwrap();
    client.disconnect(0, 60).unwrap();
    let outcome = client.publish(&publication("t", b"x")).unwrap();
    assert_eq!(outcome, Outcome::Refused(Refusal::Code(11)));
    assert_eq!(outcome.code(), Some(ResultCode(11)));
    assert_eq!(
        outcome.to_string(),
        format!("refused: 11: {}", ResultCode(11).meaning())
    );
}

#[test]
fn a_restart_and_a_lost_connection_are_told() {
    let broker = broker(Policy::default());
    let (modem, socket) = ModemServer::pair(modem(), options(&broker)).unwrap();
    let mut client = Client::new(socket, Config::SIM7028);
    connect(&mut client, None).unwrap();
    drop(broker);
    let lost = client.next_event(PATIENCE).unwrap().expect("an event");
    assert!(
        matches!(lost, Event::ConnectionLost { client: 0, .. }),
        "{lost:?}"
    );
    modem.with_modem(|now, modem| modem.power_cycle(now));
    assert_eq!(client.next_event(PATIENCE).unwrap(), Some(Event::Restarted));
}

#[test]
fn events_that_nobody_reads_are_bounded_and_counted() {
    let (mut modem, socket) = UnixStream::pair().unwrap();
    let mut client = Client::with_memory(
        socket,
        Config::SIM7028,
        Memory {
            events: 2,
            ..Memory::default()
        },
    );
    modem.write_all(&b"\r\nSMS DONE\r\n".repeat(5)).unwrap();
    let mut events = Vec::new();
    while let Some(event) = client.next_event(Duration::ZERO).unwrap() {
        events.push(event);
    }
    let done = Event::Network(b"SMS DONE".to_vec());
    let overflow = Event::Overflow {
        messages: 0,
        events: 3,
    };
    assert_eq!(events, [done.clone(), done, overflow]);
}

#[test]
fn a_port_that_ends_is_an_error() {
    let (modem, socket) = UnixStream::pair().unwrap();
    drop(modem);
    let mut client = Client::new(socket, Config::SIM7028);
    assert!(matches!(client.start(), Err(Error::Port(_))));
}

#[test]
fn a_port_that_is_not_there_says_which_and_what_to_do() {
    let Err(error) = Client::open("/dev/no-such-modem", 115_200, Config::SIM7028) else {
        panic!("there is no such device");
    };
    let words = error.to_string();
    assert!(
        words.starts_with("/dev/no-such-modem cannot be opened: "),
        "{words}"
    );
    assert!(
        words.ends_with("is the modem plugged in, and is this its name?"),
        "{words}"
    );
}

/// A port that is interrupted by a signal at every second call, and takes one byte at a time.
struct Nervous(UnixStream, bool);

impl Nervous {
    fn interrupted(&mut self) -> io::Result<()> {
        self.1 = !self.1;
        if self.1 {
            Err(io::ErrorKind::Interrupted.into())
        } else {
            Ok(())
        }
    }
}

impl Read for Nervous {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted()?;
        self.0.read(&mut buffer[..1])
    }
}

impl Write for Nervous {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupted()?;
        self.0.write(&bytes[..1])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Port for Nervous {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        Port::set_timeout(&mut self.0, timeout)
    }
}

#[test]
fn short_and_interrupted_calls_make_no_difference() {
    let broker = broker(Policy::default());
    let (_modem, socket) = ModemServer::pair(modem(), options(&broker)).unwrap();
    session(Nervous(socket, false));
}

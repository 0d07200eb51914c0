//! A broker, a modem of some family, and what a program says to it.

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use cmqtt_core::Config;
use cmqtt_core::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
use cmqtt_core::{Connection, Login, Publication, Transport};
use cmqtt_host::{Error, Message};
use cmqtt_sim::broker::{Broker, Policy, Secret};
use cmqtt_sim::host::{BrokerServer, ClientOptions, ModemServer, Pty, Resolver, ServerOptions};
use cmqtt_sim::{Family, Modem, Profile};
use cmqtt_tests::driver::Driver;

/// How long something may take that takes milliseconds when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A broker, and a modem that reaches it.
pub(crate) struct World {
    pub(crate) family: Family,
    pub(crate) modem: ModemServer,
    /// The modem's serial device, if it has one.
    pub(crate) device: Option<String>,
    pub(crate) broker: Option<BrokerServer>,
}

impl World {
    /// A modem at the other end of a socket, and a driver on it.
    pub(crate) fn over_a_socket<D: Driver>(family: Family) -> (Self, D) {
        let (world, port) = Self::socket(family, Policy::default());
        let driver = D::new(port, Config::of(family));
        (world, driver)
    }

    pub(crate) fn socket(family: Family, policy: Policy) -> (Self, UnixStream) {
        let (broker, options) = broker(policy);
        let (modem, port) = ModemServer::pair(modem(family), options).expect("a socket");
        let world = Self {
            family,
            modem,
            device: None,
            broker: Some(broker),
        };
        (world, port)
    }

    /// A modem at a serial device.
    pub(crate) fn serial(family: Family) -> Self {
        Self::serial_at(family, Pty::open(None).expect("a pseudo-terminal"))
    }

    pub(crate) fn serial_at(family: Family, pty: Pty) -> Self {
        let (broker, options) = broker(Policy::default());
        let device = pty.device().display().to_string();
        Self {
            family,
            modem: ModemServer::spawn(modem(family), pty, options).expect("a thread"),
            device: Some(device),
            broker: Some(broker),
        }
    }

    /// A driver that opens the device.
    pub(crate) fn open<D: Driver>(&self) -> Result<D, Error> {
        D::open(
            self.device.as_deref().expect("a serial one"),
            Config::of(self.family),
        )
    }
}

fn modem(family: Family) -> Modem {
    Modem::new(Profile::of(family).at_once())
}

fn broker(policy: Policy) -> (BrokerServer, ServerOptions) {
    let broker = BrokerServer::bind("127.0.0.1:0", Broker::new(policy, Default::default()));
    let broker = broker.expect("a loopback port");
    let address = broker.address().to_string().parse().expect("an address");
    let options = ServerOptions {
        network: ClientOptions {
            resolver: Resolver::default().send_all_to(address),
            ..ClientOptions::default()
        },
        ..ServerOptions::default()
    };
    (broker, options)
}

/// A broker that knows `user` with the password `right`.
pub(crate) fn with_a_user() -> Policy {
    let users: BTreeMap<_, _> = [(b"user".to_vec(), Secret::new("right"))].into();
    Policy {
        users: Some(users.into_iter().collect()),
        ..Policy::default()
    }
}

/// Acquires a client and connects it.
pub(crate) fn connect<D: Driver>(
    driver: &mut D,
    client: u8,
    id: &str,
    login: Option<Login<'_>>,
) -> Result<(), Error> {
    driver.acquire(client, ClientId::new(id).expect("no empty text"), Transport::Tcp)?;
    driver.connect(&Connection {
        client,
        server: ServerAddress::new("tcp://broker").expect("an address"),
        keep_alive: KeepAlive::new(60).expect("in range"),
        clean_session: true,
        login,
    })
}

/// A publish of client 0, at QoS 1.
pub(crate) fn publication<'a>(topic: &'a str, payload: &'a [u8]) -> Publication<'a> {
    Publication {
        client: 0,
        topic: Topic::new(topic).expect("a topic"),
        payload,
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

pub(crate) fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).expect("a filter")
}

/// The next message, which has to come.
#[track_caller]
pub(crate) fn received<D: Driver>(driver: &mut D) -> Message {
    let message = driver.receive(PATIENCE).expect("the port works");
    message.expect("the message comes back")
}

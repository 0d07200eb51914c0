//! A modem on a pseudo-terminal with the driver in front of it and mosquitto behind it.

use std::time::Duration;

use cmqtt_blocking::at_proto::cmqtt::{
    ClientId, KeepAlive, LostCause, QoS, ResultCode, ServerAddress, Topic, TopicFilter,
};
use cmqtt_blocking::at_proto::tls::{Configure, Setting, StoreFile};
use cmqtt_blocking::at_proto::{Quoted, Secret};
use cmqtt_blocking::{Client, Connection, Error, Event, Login, Outcome, Publication, Transport};
use cmqtt_sim::host::{ClientOptions, ModemServer, Pty, Resolver, ServerOptions};
use cmqtt_sim::{Family, Modem, Profile};
use cmqtt_tests::certificates::Certificates;
use cmqtt_tests::mosquitto::{Listener, Mosquitto};

/// Longer than anything here takes; only a failing test waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) type Driver = Client<Box<dyn serialport::SerialPort>>;

/// The driver, and what it drives.
pub(crate) struct Bench {
    pub(crate) modem: Driver,
    _server: ModemServer,
}

impl Bench {
    /// A modem that answers at once, for which the hosts of the vendor's note are this broker's listeners.
    pub(crate) fn new(family: Family, broker: &Mosquitto) -> Self {
        Self::with(family, Modem::new(Profile::of(family).at_once()), broker)
    }

    pub(crate) fn with(family: Family, modem: Modem, broker: &Mosquitto) -> Self {
        let mut resolver = Resolver::default();
        for (host, listener) in [
            ("test.mosquitto.org:1883", Listener::Plain),
            ("test.mosquitto.org:8883", Listener::Tls),
            ("hooleeping.com:8883", Listener::Mutual),
        ] {
            let redirect = format!("{host}={}", broker.address(listener));
            resolver = resolver.redirect(redirect.parse().expect("a redirection"));
        }
        let options = ServerOptions {
            network: ClientOptions {
                resolver,
                ..ClientOptions::default()
            },
            ..ServerOptions::default()
        };
        let pty = Pty::open(None).expect("a pseudo-terminal");
        let device = pty.device().to_str().expect("UTF-8").to_owned();
        let _server = ModemServer::spawn(modem, pty, options).expect("a thread");
        let modem =
            Client::open(&device, 115_200, cmqtt_blocking::Config::of(family)).expect("the device opens");
        Self { modem, _server }
    }

    /// Gives the modem a file of the tests' certificates, under its own name.
    #[track_caller]
    pub(crate) fn store(&mut self, name: &str) {
        self.store_as(name, &Certificates::get().read(name));
    }

    #[track_caller]
    pub(crate) fn store_as(&mut self, name: &str, file: &[u8]) {
        self.try_store(name, file).expect("stored");
    }

    pub(crate) fn try_store(&mut self, name: &str, file: &[u8]) -> Result<(), Error> {
        let name = Quoted::new(name).expect("a name");
        self.modem.command(&StoreFile::with(name, file), |()| ())
    }

    /// Sets things of a context, as `key=value key=value`.
    #[track_caller]
    pub(crate) fn set(&mut self, context: u8, settings: &str) {
        for setting in settings.split_whitespace() {
            let setting = setting_of(setting);
            let command = Configure { context, setting };
            self.modem.command(&command, |()| ()).expect("set");
        }
    }

    /// Starts the service and acquires client 0.
    #[track_caller]
    pub(crate) fn acquire(&mut self, transport: Transport) {
        self.modem.start().expect("started");
        let id = ClientId::new("client test0").expect("an identifier");
        self.modem.acquire(0, id, transport).expect("acquired");
    }

    pub(crate) fn connect(&mut self, server: &str) -> Result<(), Error> {
        self.connect_as(server, None)
    }

    pub(crate) fn connect_as(&mut self, server: &str, login: Option<Login<'_>>) -> Result<(), Error> {
        self.modem.connect(&connection(0, server, login))
    }

    /// Connects, which fails with this code.
    #[track_caller]
    pub(crate) fn refused(&mut self, server: &str, code: u16) {
        let error = self.connect(server).expect_err("refused");
        assert_eq!(error.code(), Some(ResultCode(code)), "{error}");
    }

    /// A message goes to the broker and comes back. Then the connection is closed.
    #[track_caller]
    pub(crate) fn exchange(&mut self) {
        exchange(&mut self.modem, 0);
        self.modem.disconnect(0, 60).expect("disconnected");
    }

    /// Lets go of the client and stops the service.
    #[track_caller]
    pub(crate) fn end(&mut self) {
        self.modem.release(0).expect("released");
        self.modem.stop().expect("stopped");
    }

    /// The connection of client 0 is lost, for one of these causes.
    #[track_caller]
    pub(crate) fn expect_lost(&mut self, causes: &[LostCause]) {
        let event = self
            .modem
            .next_event(PATIENCE)
            .expect("the port")
            .expect("an event");
        let Event::ConnectionLost { client: 0, cause } = event else {
            panic!("{event:?}");
        };
        assert!(causes.contains(&cause), "{cause:?}");
    }
}

/// A message of this client's goes to the broker and comes back.
#[track_caller]
pub(crate) fn exchange(modem: &mut Driver, client: u8) {
    let topic = format!("exchange/{client}");
    modem
        .subscribe(
            client,
            TopicFilter::new(&topic).expect("a filter"),
            QoS::AtLeastOnce,
        )
        .expect("subscribed");
    let payload = payload(1024);
    let outcome = modem
        .publish(&publication(client, &topic, &payload))
        .expect("published");
    assert_eq!(outcome, Outcome::Delivered);
    let message = modem.receive(PATIENCE).expect("the port").expect("a message");
    assert_eq!((message.client, message.topic), (client, topic.into_bytes()));
    assert_eq!(message.payload, payload);
}

pub(crate) fn publication<'a>(client: u8, topic: &'a str, payload: &'a [u8]) -> Publication<'a> {
    Publication {
        client,
        topic: Topic::new(topic).expect("a topic"),
        payload,
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

pub(crate) fn connection<'a>(client: u8, server: &'a str, login: Option<Login<'a>>) -> Connection<'a> {
    Connection {
        client,
        server: ServerAddress::new(server).expect("an address"),
        keep_alive: KeepAlive::new(60).expect("a time"),
        clean_session: true,
        login,
    }
}

/// Every byte, and what looks like the modem's own words.
pub(crate) fn payload(len: usize) -> Vec<u8> {
    let words = b"\r\nOK\r\n>\r\n+CMQTTCONNLOST: 0,1\r\n+CMQTTRXEND: 0\r\nERROR\r\n";
    words.iter().copied().chain((0..=255).cycle()).take(len).collect()
}

/// `tcp://localhost:<port>`
pub(crate) fn localhost(broker: &Mosquitto, listener: Listener) -> String {
    format!("tcp://localhost:{}", broker.port(listener))
}

#[track_caller]
fn setting_of(setting: &str) -> Setting<'_> {
    let (key, value) = setting.split_once('=').expect("key=value");
    let name = || Quoted::new(value).expect("a name");
    let number = || value.parse().expect("a number");
    match key {
        "sslversion" => Setting::Version(number()),
        "authmode" => Setting::AuthMode(number()),
        "cacert" => Setting::CaCert(name()),
        "clientcert" => Setting::ClientCert(name()),
        "clientkey" => Setting::ClientKey(name()),
        "ignorelocaltime" => Setting::IgnoreLocalTime(number()),
        "negotiatetime" => Setting::NegotiateTime(value.parse().expect("seconds")),
        "enableSNI" => Setting::EnableSni(number()),
        "password" => Setting::Password(Secret(name())),
        _ => panic!("no such key: {key}"),
    }
}

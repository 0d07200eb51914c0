//! What the drivers tell to `tracing`: requests as spans, and in them what goes through the port, without passwords and
//! without the user's data.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use cmqtt_core::at_proto::cmqtt::{
    ClientId, KeepAlive, Password, QoS, ServerAddress, Topic, TopicFilter, UserName,
};
use cmqtt_core::{Config, Connection, Login, Publication, Transport};
use cmqtt_host::Outcome;
use cmqtt_sim::broker::Broker;
use cmqtt_sim::host::{BrokerServer, ClientOptions, ModemServer, Resolver, ServerOptions};
use cmqtt_sim::{Modem, Profile};
use cmqtt_tests::driver::{Blocking, Driver, Tokio};
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// With a password and a payload that is nobody's business. The modem echoes its commands.
fn session<D: Driver>() {
    let broker = BrokerServer::bind("127.0.0.1:0", Broker::default()).unwrap();
    let address = broker.address().to_string().parse().unwrap();
    let options = ServerOptions {
        network: ClientOptions {
            resolver: Resolver::default().send_all_to(address),
            ..ClientOptions::default()
        },
        ..ServerOptions::default()
    };
    let (_modem, port) = ModemServer::pair(Modem::new(Profile::SIM7028.at_once()), options).unwrap();
    let mut driver = D::new(port, Config::SIM7028);
    driver.start().unwrap();
    driver
        .acquire(0, ClientId::new("id").unwrap(), Transport::Tcp)
        .unwrap();
    driver
        .connect(&Connection {
            client: 0,
            server: ServerAddress::new("tcp://broker").unwrap(),
            keep_alive: KeepAlive::new(60).unwrap(),
            clean_session: true,
            login: Some(Login {
                user: UserName::new("user").unwrap(),
                password: Some(Password::new("hunter2").unwrap()),
            }),
        })
        .unwrap();
    driver
        .subscribe(0, TopicFilter::new("t").unwrap(), QoS::AtLeastOnce)
        .unwrap();
    let outcome = driver.publish(&Publication {
        client: 0,
        topic: Topic::new("t").unwrap(),
        payload: b"the user's own",
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    });
    assert_eq!(outcome.unwrap(), Outcome::Delivered);
    let patience = std::time::Duration::from_secs(20);
    assert!(driver.receive(patience).unwrap().is_some());
    driver.release(0).unwrap_err();
}

fn check<D: Driver>(log: &Log) {
    session::<D>();
    let log = log.take();
    for shown in [
        "request{name=\"connect\" client=0}: cmqtt: > AT+CMQTTCONNECT=0,\"tcp://broker\",60,1,\"user\",[redacted]",
        "request{name=\"publish\" client=0}: cmqtt: > AT+CMQTTPUB=0,1,60",
        "request{name=\"publish\" client=0}: cmqtt: > (14 bytes)",
        "request{name=\"publish\" client=0}: cmqtt: done",
        "request{name=\"release\" client=0}: cmqtt: failed: ",
        "message client=0 topic=1 payload=14",
    ] {
        assert!(log.contains(shown), "{shown}\nis not in\n{log}");
    }
    for hidden in ["hunter2", "the user's own"] {
        assert!(!log.contains(hidden), "{hidden} is in\n{log}");
    }
}

#[test]
fn requests_and_bytes_without_secrets() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // For all threads: the async driver's task runs on one of its own.
    tracing::subscriber::set_global_default(subscriber).expect("the only test here");
    check::<Blocking>(&log);
    check::<Tokio>(&log);
}

//! Both adapters under real faults: a port that is pulled out while the session lives, a broker that is killed, a network
//! link that goes down.

use std::fs::File;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use cmqtt_core::at_proto::cmqtt::{ClientId, KeepAlive, QoS, Topic, TopicFilter};
use cmqtt_core::{Config, Connection, Healing, Network, OnUnknown, Plan, Publication};
use cmqtt_host::Event;
use cmqtt_sim::broker::Broker;
use cmqtt_sim::host::{
    BrokerServer, ClientOptions, Faults, LineEvent, ModemServer, Pty, Resolver, ServerOptions, Trace,
};
use cmqtt_sim::{Family, Modem, Profile};
use cmqtt_tests::driver::{Blocking, Driver, Tokio};
use cmqtt_tests::mosquitto::{Listener, Mosquitto};
use cmqtt_tests::{plans, programs};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tempfile::TempDir;

/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A driver on a device that lasts, and the modem behind it.
struct Bench<D> {
    driver: D,
    _modem: ModemServer,
    heard: Receiver<Vec<u8>>,
    _folder: TempDir,
}

impl<D: Driver> Bench<D> {
    /// The driver keeps a client connected to this broker, and hears what it publishes.
    fn new(family: Family, broker: SocketAddr, faults: &str) -> Self {
        Self::with(family, broker, faults, |modem, pty, options| {
            ModemServer::spawn(modem, pty, options).expect("a thread")
        })
    }

    fn with(
        family: Family,
        broker: SocketAddr,
        faults: &str,
        serve: impl FnOnce(Modem, Pty, ServerOptions) -> ModemServer,
    ) -> Self {
        let folder = programs::folder();
        let device = folder.path().join("modem");
        let pty = Pty::open(Some(&device)).expect("a pseudo-terminal");
        let (says, heard) = mpsc::channel();
        let options = ServerOptions {
            network: ClientOptions {
                resolver: Resolver::default().send_all_to(broker.to_string().parse().expect("an address")),
                ..ClientOptions::default()
            },
            trace: Some(Trace::new(move |_, event| {
                if let LineEvent::FromHost(bytes) = event {
                    // Nobody listens any more when the test has ended.
                    let _ = says.send(bytes.to_vec());
                }
            })),
            faults: Some(Faults::plan(faults.parse().expect("a plan"))),
            ..ServerOptions::default()
        };
        let modem = serve(Modem::new(Profile::of(family).at_once()), pty, options);
        let mut driver =
            D::open_lasting(device.to_str().expect("UTF-8"), Config::of(family)).expect("a device");
        keep(&mut driver);
        Self {
            driver,
            _modem: modem,
            heard,
            _folder: folder,
        }
    }

    /// A message goes out and comes back.
    #[track_caller]
    fn works(&mut self, payload: &[u8]) {
        self.driver
            .deliver(&publication(payload), OnUnknown::ByQos)
            .expect("delivered");
        let message = self.driver.receive(PATIENCE).expect("a port that lasts");
        assert_eq!(message.expect("it comes back").payload, payload);
    }

    /// Waits until this was told; what else was told of the connection before it.
    #[track_caller]
    fn until(&mut self, last: &str) -> Vec<&'static str> {
        let begin = Instant::now();
        let mut told = Vec::new();
        while told.last() != Some(&last) {
            assert!(begin.elapsed() < PATIENCE, "no {last}: {told:?}");
            if let Some(event) = self.driver.next_event(PATIENCE).expect("a port that lasts") {
                told.extend(name(&event));
            }
        }
        told
    }

    /// How often the modem was told to connect.
    fn connects(&self) -> usize {
        let heard: Vec<u8> = self.heard.try_iter().flatten().collect();
        let heard = String::from_utf8_lossy(&heard).into_owned();
        heard.matches("AT+CMQTTCONNECT=0").count()
    }
}

fn keep<D: Driver>(driver: &mut D) {
    let filters = [(TopicFilter::new("t").expect("a filter"), QoS::AtLeastOnce)];
    let plan = Plan {
        id: ClientId::new("kept").expect("an identifier"),
        connection: Connection {
            keep_alive: KeepAlive::new(2).expect("in range"),
            ..plans::connection()
        },
        filters: &filters,
        ..plans::plan(&[])
    };
    let mut healing = Healing::new(5);
    healing.longest_pause = Duration::from_secs(2);
    driver.keep(&plan, &Network::default(), &healing).expect("taken");
    assert!(driver.until_connected(PATIENCE).expect("a modem that works"));
}

fn publication(payload: &[u8]) -> Publication<'_> {
    Publication {
        client: 0,
        topic: Topic::new("t").expect("a topic"),
        payload,
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

const fn name(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::Lost { .. } => "lost",
        Event::Restored { .. } => "restored",
        Event::GaveUp { .. } => "gave up",
        Event::PortLost(_) => "port lost",
        Event::PortBack { .. } => "port back",
        Event::Delivered { .. } => "delivered",
        Event::NotDelivered { .. } => "not delivered",
        _ => return None,
    })
}

fn a_port_that_is_pulled_out_leaves_the_session_alive<D: Driver>() {
    let broker = BrokerServer::bind("127.0.0.1:0", Broker::default()).expect("a loopback port");
    let mut bench = Bench::<D>::new(Family::A76xx, broker.address(), "1s unplug 1s");
    bench.works(b"before");
    assert_eq!(bench.until("lost"), ["port lost", "lost"]);
    bench
        .driver
        .post(&publication(b"meanwhile"), OnUnknown::ByQos)
        .expect("taken");
    assert_eq!(bench.until("delivered"), ["port back", "restored", "delivered"]);
    // The modem was connected all the time, and is not connected once more.
    assert_eq!(bench.connects(), 1);
}

fn a_broker_that_is_killed_is_found_again<D: Driver>() {
    let mut broker = Mosquitto::start();
    for family in [Family::Sim7028, Family::Sim7600] {
        let mut bench = Bench::<D>::new(family, broker.address(Listener::Plain), "");
        bench.works(b"before");
        broker.kill();
        assert_eq!(bench.until("lost"), ["lost"]);
        let watcher = {
            broker.restart();
            broker.subscribe("t", 1)
        };
        bench.works(b"after");
        assert_eq!(watcher.messages()[0].payload, b"after");
        assert_eq!(bench.until("restored"), ["restored"]);
    }
}

fn a_network_that_is_cut_heals<D: Driver>() {
    let Some(link) = Link::new() else {
        eprintln!(
            "no network namespace can be made here (it takes root and `ip`): the modem's network stalls instead of its \
             link going down"
        );
        let broker = BrokerServer::bind("127.0.0.1:0", Broker::default()).expect("a loopback port");
        let mut bench = Bench::<D>::new(Family::Sim7600, broker.address(), "1s stall 10s");
        bench.works(b"before");
        assert_eq!(bench.until("lost"), ["lost"]);
        bench.works(b"after");
        return;
    };
    let broker = BrokerServer::bind((link.address(), 0), Broker::default()).expect("the link's address");
    let mut bench = Bench::<D>::with(Family::Sim7600, broker.address(), "", |modem, pty, options| {
        link.inside(|| ModemServer::spawn(modem, pty, options).expect("a thread"))
    });
    bench.works(b"before");
    link.set("down");
    assert_eq!(bench.until("lost"), ["lost"]);
    bench
        .driver
        .post(&publication(b"meanwhile"), OnUnknown::ByQos)
        .expect("taken");
    assert!(
        !bench
            .driver
            .until_connected(Duration::from_secs(1))
            .expect("it is kept")
    );
    link.set("up");
    assert_eq!(bench.until("delivered"), ["restored", "delivered"]);
    let message = bench.driver.receive(PATIENCE).expect("a port that lasts");
    assert_eq!(message.expect("it comes back").payload, b"meanwhile");
}

/// A link to a network namespace, where the modem's connections begin. It goes away with this.
struct Link {
    name: String,
    number: u8,
}

impl Link {
    /// `None` where the machine does not allow it.
    fn new() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let number = (process.wrapping_mul(2).wrapping_add(made) % 250) as u8;
        let link = Self {
            name: format!("cq{process}n{made}"),
            number,
        };
        let Self { name, .. } = &link;
        let all = ip(&format!("netns add {name}"))
            && ip(&format!(
                "link add {name}a type veth peer name {name}b netns {name}"
            ))
            && ip(&format!("addr add {}/30 dev {name}a", link.address()))
            && ip(&format!("-n {name} addr add 10.217.{number}.2/30 dev {name}b"))
            && ip(&format!("-n {name} link set {name}b up"))
            && ip(&format!("link set {name}a up"));
        all.then_some(link)
    }

    fn address(&self) -> String {
        format!("10.217.{}.1", self.number)
    }

    fn set(&self, state: &str) {
        assert!(
            ip(&format!("link set {}a {state}", self.name)),
            "the link is {state}"
        );
    }

    /// Runs it on a thread whose network is the namespace. Threads that it starts have the same.
    fn inside<T: Send>(&self, run: impl FnOnce() -> T + Send) -> T {
        let space = File::open(format!("/run/netns/{}", self.name)).expect("a namespace");
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).expect("root");
                run()
            });
            inside.join().expect("it does not panic")
        })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        ip(&format!("link del {}a", self.name));
        ip(&format!("netns del {}", self.name));
    }
}

/// Whether it succeeded.
fn ip(line: &str) -> bool {
    let output = Command::new("ip").args(line.split_whitespace()).output();
    output.is_ok_and(|output| output.status.success())
}

/// Runs each scenario through each adapter.
macro_rules! through_both {
    ($($scenario:ident),* $(,)?) => {
        mod blocking {
            $(#[test]
            fn $scenario() {
                super::$scenario::<super::Blocking>();
            })*
        }

        mod tokio {
            $(#[test]
            fn $scenario() {
                super::$scenario::<super::Tokio>();
            })*
        }
    };
}

through_both! {
    a_port_that_is_pulled_out_leaves_the_session_alive,
    a_broker_that_is_killed_is_found_again,
    a_network_that_is_cut_heals,
}

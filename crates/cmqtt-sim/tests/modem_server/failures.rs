//! What goes wrong in the network, as the modem tells it: the result codes of the vendor's note.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use cmqtt_sim::QoS;
use cmqtt_sim::broker::{Message, Secret, TopicFilter};

use super::*;

impl Host {
    /// Without echo, with a client.
    fn acquire(&mut self) {
        self.ask("ATE0\r", "ATE0\r\r\nOK\r\n");
        self.ask("AT+CMQTTSTART\r", "\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n");
        self.ask("AT+CMQTTACCQ=0,\"a\"\r", "\r\nOK\r\n");
    }

    #[track_caller]
    fn connect_to(&mut self, server: &str, code: u8) {
        let command = format!("AT+CMQTTCONNECT=0,\"tcp://{server}\",60,1\r");
        self.ask(command, format!("\r\nOK\r\n\r\n+CMQTTCONNECT: 0,{code}\r\n"));
    }

    /// Without echo, connected and subscribed.
    fn subscribe(&mut self, filter: &str) {
        self.acquire();
        self.connect_to("broker:1883", 0);
        self.ask(format!("AT+CMQTTSUB=0,{},1\r", filter.len()), "\r\n>");
        self.ask(filter, "\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n");
    }
}

/// A broker that answers the first packet of each connection with these bytes and closes.
struct Rude {
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Rude {
    fn new(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("an address");
        let thread = std::thread::spawn(move || {
            for answer in answers {
                let (mut socket, _) = listener.accept().expect("a connection");
                let mut packet = [0; 512];
                assert!(socket.read(&mut packet).expect("a CONNECT") > 0);
                socket.write_all(&answer).expect("sent");
            }
        });
        Self {
            address,
            thread: Some(thread),
        }
    }
}

impl Drop for Rude {
    fn drop(&mut self) {
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn a_name_without_an_address() {
    let (_server, mut host) = pair(ServerOptions::default());
    host.acquire();
    // No system asks anybody for such a name.
    host.connect_to("no..such..name:1883", 25);
}

#[test]
fn a_port_that_nobody_listens_on() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        listener.local_addr().expect("an address")
    };
    let (_server, mut host) = pair(ServerOptions::default());
    host.acquire();
    host.connect_to(&address.to_string(), 3);
    host.ask("AT+CMQTTDISC?\r", "\r\n+CMQTTDISC: 0,1\r\n\r\nOK\r\n");
}

#[test]
fn a_broker_that_refuses() {
    let refusals = (1..=5).map(|code| vec![0x20, 2, 0, code]).collect();
    let rude = Rude::new(refusals);
    let (_server, mut host) = pair(to(rude.address));
    host.acquire();
    for code in 27..=31 {
        host.connect_to("broker:1883", code);
    }
}

#[test]
fn a_server_that_closes_or_speaks_no_mqtt() {
    let rude = Rude::new(vec![vec![], b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]);
    let (_server, mut host) = pair(to(rude.address));
    host.acquire();
    host.connect_to("broker:1883", 26);
    host.connect_to("broker:1883", 15);
}

#[test]
fn user_and_password_reach_the_broker() {
    let users = [(b"user".to_vec(), Secret::new("pass"))].into();
    let policy = Policy {
        users: Some(users),
        ..Policy::default()
    };
    let broker = BrokerServer::bind("127.0.0.1:0", Broker::new(policy, Limits::default())).expect("a port");
    let (_server, mut host) = pair(to(broker.address()));
    host.acquire();
    let connect = |password: &str| format!("AT+CMQTTCONNECT=0,\"tcp://b\",60,1,\"user\",\"{password}\"\r");
    host.ask(connect("wrong"), "\r\nOK\r\n\r\n+CMQTTCONNECT: 0,30\r\n");
    host.ask(connect("pass"), "\r\nOK\r\n\r\n+CMQTTCONNECT: 0,0\r\n");
}

#[test]
fn a_broker_that_goes_away_and_comes_back() {
    let first = broker();
    let address = first.address();
    let (_server, mut host) = pair(to(address));
    host.subscribe("#");
    drop(first);
    host.hear("\r\n+CMQTTCONNLOST: 0,1\r\n");
    host.ask("AT+CMQTTDISC?\r", "\r\n+CMQTTDISC: 0,1\r\n\r\nOK\r\n");
    host.connect_to("broker:1883", 3);
    let broker = Broker::new(Policy::default(), Limits::default());
    let _second = BrokerServer::bind(address, broker).expect("the same port");
    host.connect_to("broker:1883", 0);
}

#[test]
fn a_broker_that_denies_a_publish() {
    let policy = Policy {
        denied_publishes: vec![TopicFilter::new("secret/#").expect("a filter")],
        ..Policy::default()
    };
    let broker = BrokerServer::bind("127.0.0.1:0", Broker::new(policy, Limits::default())).expect("a port");
    let (_server, mut host) = pair(to(broker.address()));
    host.subscribe("#");
    host.ask("AT+CMQTTTOPIC=0,8\r", "\r\n>");
    host.ask("secret/x", "\r\nOK\r\n");
    host.ask("AT+CMQTTPAYLOAD=0,1\r", "\r\n>");
    host.ask("1", "\r\nOK\r\n");
    // As it was seen on hardware.
    host.ask(
        "AT+CMQTTPUB=0,1,60\r",
        "\r\nOK\r\n\r\n+CMQTTPUB: 0,6\r\n\r\n+CMQTTCONNLOST: 0,1\r\n",
    );
}

#[test]
fn the_network_goes_away_beneath_a_connection_that_is_talking() {
    let broker = broker();
    let (server, mut host) = pair(to(broker.address()));
    host.subscribe("#");
    for round in 0..20 {
        // A message may or may not come before the loss; none, and no second loss, may come after it.
        server.with_modem(|now, modem| modem.lose_network(now));
        broker
            .with_broker(|now, broker| {
                broker.publish_from_outside(now, Message::new("t", "m", QoS::AtMostOnce))
            })
            .expect("a topic");
        host.hear("\r\n+CMQTTCONNLOST: 0,3\r\n");
        host.connect_to("broker:1883", 3);
        server.with_modem(|now, modem| modem.restore_network(now));
        host.connect_to("broker:1883", 0);
        let filter = format!("round/{round:02}");
        host.ask("AT+CMQTTSUB=0,8,1\r", "\r\n>");
        host.ask(filter, "\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n");
    }
}

#[test]
fn a_modem_that_is_switched_off_leaves_its_will() {
    let broker = broker();
    let (_watching, mut watcher) = pair(to(broker.address()));
    watcher.subscribe("#");
    let (server, mut host) = pair(to(broker.address()));
    host.ask("ATE0\r", "ATE0\r\r\nOK\r\n");
    host.ask("AT+CMQTTSTART\r", "\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n");
    host.ask("AT+CMQTTACCQ=0,\"b\"\r", "\r\nOK\r\n");
    host.ask("AT+CMQTTWILLTOPIC=0,1\r", "\r\n>");
    host.ask("w", "\r\nOK\r\n");
    host.ask("AT+CMQTTWILLMSG=0,4,1\r", "\r\n>");
    host.ask("gone", "\r\nOK\r\n");
    host.connect_to("broker:1883", 0);
    drop(server);
    host.hear_end();
    watcher.hear(
        "\r\n+CMQTTRXSTART: 0,1,4\r\n+CMQTTRXTOPIC: 0,1\r\nw\r\n+CMQTTRXPAYLOAD: 0,4\r\ngone\r\n+CMQTTRXEND: 0\r\n",
    );
}

#[test]
fn a_power_cycle_ends_connections_and_the_modem_comes_up() {
    let broker = broker();
    let (server, mut host) = pair(to(broker.address()));
    host.subscribe("#");
    server.with_modem(|now, modem| modem.power_cycle(now));
    host.hear("\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n");
    host.acquire();
    host.connect_to("broker:1883", 0);
}

#[test]
fn a_server_that_accepts_and_says_nothing_can_be_left() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let (server, mut host) = pair(to(listener.local_addr().expect("an address")));
    host.acquire();
    host.ask("AT+CMQTTCONNECT=0,\"tcp://broker\",60,1\r", "\r\nOK\r\n");
    let (mut peer, _) = listener.accept().expect("a connection");
    let mut packet = [0; 64];
    assert!(peer.read(&mut packet).expect("a CONNECT") > 0);
    drop(server);
    assert_eq!(peer.read(&mut packet).expect("the end"), 0);
}

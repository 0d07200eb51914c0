//! The modem as programs find it: on a real line, in real time, with real connections. Everything is on loopback, and
//! every wait is for the bytes themselves.

mod failures;
mod faults;
mod host;
mod lines;
mod session;
mod watch;

use std::net::SocketAddr;

use cmqtt_sim::broker::{Broker, Limits, Policy};
use cmqtt_sim::host::{
    BrokerServer, ClientOptions, Line, ModemServer, Pty, Resolver, ServerOptions, TcpLine,
};
use cmqtt_sim::{Modem, Profile};

use host::Host;

fn broker() -> BrokerServer {
    let broker = Broker::new(Policy::default(), Limits::default());
    BrokerServer::bind("127.0.0.1:0", broker).expect("a port on loopback")
}

/// A modem that answers at once: what is waited for is the line and the network.
fn quick() -> Modem {
    Modem::new(Profile::SIM7028.at_once())
}

/// For this modem every host is at this address.
fn to(address: SocketAddr) -> ServerOptions {
    let resolver = Resolver::default().send_all_to(address.into());
    ServerOptions {
        network: ClientOptions {
            resolver,
            ..ClientOptions::default()
        },
        ..ServerOptions::default()
    }
}

fn serve(line: impl Into<Line>, options: ServerOptions) -> ModemServer {
    ModemServer::spawn(quick(), line, options).expect("a thread")
}

fn pair(options: ServerOptions) -> (ModemServer, Host) {
    let (server, socket) = ModemServer::pair(quick(), options).expect("a thread");
    (server, Host::new(socket))
}

fn pty() -> Pty {
    Pty::open(None).expect("a pseudo-terminal")
}

fn tcp() -> TcpLine {
    TcpLine::bind("127.0.0.1:0").expect("a port on loopback")
}

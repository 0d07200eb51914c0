//! What a test can do to the network: slow it down, cut it at either end, make hosts fail.

use std::time::Duration;

use super::client::Client;
use super::{ClientKey, MemoryNetwork};
use crate::network::{ConnectError, LostCause};

impl MemoryNetwork {
    /// How long a packet takes, either way, from now on. Zero at first.
    pub fn set_latency(&mut self, latency: Duration) {
        self.latency = latency;
    }

    /// After what time a connect to a host that times out is given up. 75 s at first.
    pub fn set_connect_timeout(&mut self, timeout: Duration) {
        self.connect_timeout = timeout;
    }

    /// Makes each connect to this host fail in this way, or no longer. [`ConnectError::TimedOut`] takes the time-out
    /// to show, any other fault one round trip.
    pub fn set_host_fault(&mut self, host: &str, fault: Option<ConnectError>) {
        match fault {
            Some(fault) => self.faulty_hosts.insert(host.to_owned(), fault),
            None => self.faulty_hosts.remove(host),
        };
    }

    /// These ports speak TLS alone, from now on, and all others plainly: who speaks the other way fails, with
    /// [`ConnectError::Closed`] at a port with TLS and with [`ConnectError::Handshake`] elsewhere. At first every port
    /// speaks as it is spoken to. Certificates are not looked at.
    pub fn set_tls_ports(&mut self, ports: impl IntoIterator<Item = u16>) {
        self.tls_ports = Some(ports.into_iter().collect());
    }

    /// Takes the modems' network away, or gives it back. Clients lose their connections at once and cannot connect;
    /// the broker hears nothing and publishes their wills when their keep alive lapses.
    pub fn set_network_up(&mut self, now: Duration, up: bool) {
        self.advance(now);
        self.network_up = up;
        if up {
            return;
        }
        self.under_way.clear();
        let keys: Vec<ClientKey> = self.clients.keys().copied().collect();
        for key in keys {
            self.lose(key, LostCause::NetworkClosed);
        }
    }

    /// Stops the broker, or starts it again. Its connections are closed and connects are refused; persistent sessions
    /// and retained messages stay, no will is published.
    pub fn set_broker_up(&mut self, now: Duration, up: bool) {
        self.advance(now);
        self.broker_up = up;
        if !up {
            self.broker.stop(now);
            self.fetch_from_broker();
        }
        self.advance(now);
    }

    /// Breaks one client's connection; the broker notices too, and publishes its will. Means nothing when it has none.
    pub fn break_connection(&mut self, now: Duration, key: ClientKey, cause: LostCause) {
        self.advance(now);
        if self.clients.get(&key).is_some_and(Client::is_connected) {
            self.hang_up(key);
            self.lose(key, cause);
        }
        self.advance(now);
    }
}

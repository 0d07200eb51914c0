//! A real MQTT client over TCP that answers the requests of a simulated modem.
//!
//! [`MqttClient`] serves one client of a modem, [`HostNetwork`] any number of them. A request returns at once; what
//! comes of it is handed to the sink that the owner gave, from the client's own thread. A second thread looks names up
//! and opens connections, so that nothing that takes its time keeps the client from being dropped.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

mod dial;

mod requests;

mod session;

mod worker;

use super::resolver::Resolver;
use super::wait::{Waker, waker};
use crate::memory_network::ClientKey;
use crate::network::{NetworkEvent, NetworkRequest};
use worker::Worker;

/// Where and how patiently a client connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// Where hosts are.
    pub resolver: Resolver,
    /// How long name, connection and CONNACK may take together; a handshake of TLS has its own time on top. 60 s at
    /// first: half of what the modem's own CONNECT is given.
    pub connect_timeout: Duration,
    /// How long a PINGRESP may take; the keep alive, where that is shorter. 10 s at first.
    pub ping_timeout: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            resolver: Resolver::default(),
            connect_timeout: Duration::from_secs(60),
            ping_timeout: Duration::from_secs(10),
        }
    }
}

/// One MQTT client. Dropping it closes its connection without a DISCONNECT, as a modem that loses its power does, and
/// ends its thread; a name look-up that the system is busy with ends by itself.
#[derive(Debug)]
pub struct MqttClient {
    requests: Option<Sender<NetworkRequest>>,
    aborted: Receiver<()>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl MqttClient {
    /// Starts the client's thread. The sink is called on it for every event, and must not wait for whoever drops the
    /// client or makes requests of it.
    ///
    /// # Errors
    /// The system gives no thread or socket.
    pub fn spawn(
        options: ClientOptions,
        sink: impl FnMut(NetworkEvent) + Send + 'static,
    ) -> io::Result<Self> {
        let (waker, wake_up) = waker()?;
        let (requests, incoming) = mpsc::channel();
        let (abort_done, aborted) = mpsc::channel();
        let worker = Worker::new(
            options,
            incoming,
            abort_done,
            waker.clone(),
            wake_up,
            Box::new(sink),
        );
        let thread = thread::Builder::new()
            .name("mqtt-client".into())
            .spawn(move || worker.run())?;
        Ok(Self {
            requests: Some(requests),
            aborted,
            waker,
            thread: Some(thread),
        })
    }

    /// Asks for something; the answer comes to the sink. [`NetworkRequest::Abort`] has no answer and returns when it is
    /// done: the old connection's last event has been handed to the sink by then, so that nobody takes it for the next
    /// connection's.
    pub fn handle_request(&mut self, request: NetworkRequest) {
        let abort = matches!(request, NetworkRequest::Abort);
        if let Some(requests) = &self.requests {
            // It fails if the thread has panicked, which it has reported itself.
            let _ = requests.send(request);
        }
        self.waker.wake();
        if abort {
            // Likewise.
            let _ = self.aborted.recv();
        }
    }
}

impl Drop for MqttClient {
    fn drop(&mut self) {
        self.requests = None;
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Real MQTT clients for every client of every modem: the counterpart of [`MemoryNetwork`](crate::MemoryNetwork).
pub struct HostNetwork {
    options: ClientOptions,
    sink: Arc<dyn Fn(ClientKey, NetworkEvent) + Send + Sync>,
    clients: BTreeMap<ClientKey, MqttClient>,
}

impl HostNetwork {
    /// No client yet. The sink is called for every event of each, on the threads of the clients.
    pub fn new(
        options: ClientOptions,
        sink: impl Fn(ClientKey, NetworkEvent) + Send + Sync + 'static,
    ) -> Self {
        Self {
            options,
            sink: Arc::new(sink),
            clients: BTreeMap::new(),
        }
    }

    /// A modem asks something for one of its clients; the first request of a client starts its thread.
    ///
    /// # Errors
    /// The system gives no thread or socket: the request is not taken and will not be answered.
    pub fn handle_request(&mut self, key: ClientKey, request: NetworkRequest) -> io::Result<()> {
        if let Some(client) = self.clients.get_mut(&key) {
            client.handle_request(request);
            return Ok(());
        }
        let sink = Arc::clone(&self.sink);
        let mut client = MqttClient::spawn(self.options.clone(), move |event| sink(key, event))?;
        client.handle_request(request);
        self.clients.insert(key, client);
        Ok(())
    }
}

impl std::fmt::Debug for HostNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostNetwork")
            .field("options", &self.options)
            .field("clients", &self.clients)
            .finish_non_exhaustive()
    }
}

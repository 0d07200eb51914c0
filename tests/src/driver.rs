//! The two adapters as one, so that one scenario runs through both: the same names, the same behaviour.

use std::io;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use cmqtt_core::at_proto::Family;
use cmqtt_core::at_proto::cmqtt::{ClientId, Configure, QoS, Topic, TopicFilter};
use cmqtt_core::at_proto::network::Signal;
use cmqtt_core::{
    Config, Connection, Healing, Limits, Network, OnUnknown, Plan, Publication, RequestId, Transport,
};
use cmqtt_host::{Delivered, Error, Event, Memory, Message, Outcome};
use tokio::runtime::{Builder, Runtime};

/// `cmqtt-blocking`.
#[derive(Debug)]
pub struct Blocking(cmqtt_blocking::Client<Box<dyn cmqtt_blocking::Port>>);

/// `cmqtt-tokio`, in a runtime of its own.
#[derive(Debug)]
pub struct Tokio {
    client: cmqtt_tokio::Client,
    // Dropped after the client.
    runtime: Runtime,
}

/// What both have, and what both do.
macro_rules! driver {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        /// An adapter, whichever it is. The requests are those of the adapters' clients.
        #[allow(clippy::missing_errors_doc, reason = "they fail as the adapters' requests do")]
        pub trait Driver: Sized {
            /// A modem at the other end of a socket.
            fn with_memory(port: UnixStream, config: Config, memory: Memory) -> Self;

            /// A modem at a serial device.
            fn open(path: &str, config: Config) -> Result<Self, Error>;

            /// The next message that comes within this time; with none, one that has come already.
            fn receive(&mut self, timeout: Duration) -> Result<Option<Message>, Error>;

            /// The same for events of any kind.
            fn next_event(&mut self, timeout: Duration) -> Result<Option<Event>, Error>;

            /// Goes on with another socket.
            fn replace_port(&mut self, port: UnixStream);

            /// When the socket ends, tries this for another.
            fn reopen_with(&mut self, open: impl FnMut() -> Option<UnixStream> + Send + 'static);

            /// A modem at a serial device that may go away and come back.
            fn open_lasting(path: &str, config: Config) -> Result<Self, Error>;

            /// Whether the client that is kept is connected within this time.
            fn until_connected(&mut self, timeout: Duration) -> Result<bool, Error>;

            /// Keeps nothing any more.
            fn let_go(&mut self);

            /// Takes a message to be delivered.
            fn post(&mut self, publication: &Publication<'_>, on_unknown: OnUnknown) -> Result<RequestId, Error>;

            /// What the modem takes.
            fn limits(&self) -> Limits;

            /// Asks the modem what it takes.
            fn learn_limits(&mut self) -> Result<Limits, Error>;

            /// Any other command: the signal's strength.
            fn signal(&mut self) -> Result<Option<i16>, Error>;

            /// A modem at the other end of a socket, with the usual memory.
            fn new(port: UnixStream, config: Config) -> Self {
                Self::with_memory(port, config, Memory::default())
            }

            $($(#[$doc])* fn $name(&mut self, $($argument: $type),*) -> $result;)*
        }

        impl Driver for Blocking {
            fn with_memory(port: UnixStream, config: Config, memory: Memory) -> Self {
                Self(cmqtt_blocking::Client::with_memory(Box::new(port), config, memory))
            }

            fn open(path: &str, config: Config) -> Result<Self, Error> {
                let port = cmqtt_blocking::open_port(path, config.baud)?;
                Ok(Self(cmqtt_blocking::Client::new(Box::new(port), config)))
            }

            fn receive(&mut self, timeout: Duration) -> Result<Option<Message>, Error> {
                self.0.receive(timeout)
            }

            fn next_event(&mut self, timeout: Duration) -> Result<Option<Event>, Error> {
                self.0.next_event(timeout)
            }

            fn replace_port(&mut self, port: UnixStream) {
                drop(self.0.replace_port(Box::new(port)));
            }

            fn reopen_with(&mut self, mut open: impl FnMut() -> Option<UnixStream> + Send + 'static) {
                self.0.reopen_with(move || match open() {
                    Some(port) => Ok(Box::new(port)),
                    None => Err(Error::Port(io::ErrorKind::NotFound.into())),
                });
            }

            fn open_lasting(path: &str, config: Config) -> Result<Self, Error> {
                let port = cmqtt_blocking::open_port(path, config.baud)?;
                let mut client = cmqtt_blocking::Client::new(Box::new(port) as Box<dyn cmqtt_blocking::Port>, config);
                let path = path.to_owned();
                client.reopen_with(move || Ok(Box::new(cmqtt_blocking::open_port(&path, config.baud)?)));
                Ok(Self(client))
            }

            fn until_connected(&mut self, timeout: Duration) -> Result<bool, Error> {
                self.0.until_connected(timeout)
            }

            fn let_go(&mut self) {
                self.0.let_go();
            }

            fn post(&mut self, publication: &Publication<'_>, on_unknown: OnUnknown) -> Result<RequestId, Error> {
                self.0.post(publication, on_unknown)
            }

            fn limits(&self) -> Limits {
                *self.0.limits()
            }

            fn learn_limits(&mut self) -> Result<Limits, Error> {
                self.0.learn_limits().copied()
            }

            fn signal(&mut self) -> Result<Option<i16>, Error> {
                self.0.command(&Signal, |quality| quality.dbm())
            }

            $(fn $name(&mut self, $($argument: $type),*) -> $result {
                self.0.$name($($argument),*)
            })*
        }

        impl Driver for Tokio {
            fn with_memory(port: UnixStream, config: Config, memory: Memory) -> Self {
                let runtime = runtime();
                let client = runtime.block_on(async {
                    cmqtt_tokio::Client::with_memory(asynchronous(port), config, memory)
                });
                Self { client, runtime }
            }

            fn open(path: &str, config: Config) -> Result<Self, Error> {
                let runtime = runtime();
                let client = runtime.block_on(async { cmqtt_tokio::Client::open(path, config.baud, config) })?;
                Ok(Self { client, runtime })
            }

            fn receive(&mut self, timeout: Duration) -> Result<Option<Message>, Error> {
                self.within(timeout, self.client.receive())
            }

            fn next_event(&mut self, timeout: Duration) -> Result<Option<Event>, Error> {
                self.within(timeout, self.client.next_event())
            }

            fn replace_port(&mut self, port: UnixStream) {
                let _context = self.runtime.enter();
                self.client.replace_port(asynchronous(port));
            }

            fn reopen_with(&mut self, mut open: impl FnMut() -> Option<UnixStream> + Send + 'static) {
                self.client.reopen_with(move || {
                    let port = open().ok_or_else(|| Error::Port(io::ErrorKind::NotFound.into()));
                    async { port.map(asynchronous) }
                });
            }

            fn open_lasting(path: &str, config: Config) -> Result<Self, Error> {
                let runtime = runtime();
                let client =
                    runtime.block_on(async { cmqtt_tokio::Client::open_lasting(path, config.baud, config) })?;
                Ok(Self { client, runtime })
            }

            fn until_connected(&mut self, timeout: Duration) -> Result<bool, Error> {
                Ok(self.within(timeout, self.client.until_connected())?.is_some())
            }

            fn let_go(&mut self) {
                self.client.let_go();
            }

            fn post(&mut self, publication: &Publication<'_>, on_unknown: OnUnknown) -> Result<RequestId, Error> {
                self.client.post(publication, on_unknown)
            }

            fn limits(&self) -> Limits {
                self.client.limits()
            }

            fn learn_limits(&mut self) -> Result<Limits, Error> {
                self.runtime.block_on(self.client.learn_limits())
            }

            fn signal(&mut self) -> Result<Option<i16>, Error> {
                self.runtime
                    .block_on(self.client.command(&Signal, |quality| quality.dbm()))
            }

            $(fn $name(&mut self, $($argument: $type),*) -> $result {
                self.runtime.block_on(self.client.$name($($argument),*))
            })*
        }
    };
}

driver! {
    /// Starts the MQTT service.
    fn start() -> Result<(), Error>;
    /// Stops it.
    fn stop() -> Result<(), Error>;
    /// Acquires a client.
    fn acquire(client: u8, id: ClientId<'_>, transport: Transport) -> Result<(), Error>;
    /// Releases it.
    fn release(client: u8) -> Result<(), Error>;
    /// Sets one of its options.
    fn configure(configure: &Configure) -> Result<(), Error>;
    /// Chooses its TLS context.
    fn use_ssl_context(client: u8, context: u8) -> Result<(), Error>;
    /// Gives it a will.
    fn set_will(client: u8, topic: Topic<'_>, message: &[u8], qos: QoS) -> Result<(), Error>;
    /// Connects it.
    fn connect(connection: &Connection<'_>) -> Result<(), Error>;
    /// Disconnects it.
    fn disconnect(client: u8, timeout: u32) -> Result<(), Error>;
    /// Whether it is connected.
    fn is_connected(client: u8) -> Result<bool, Error>;
    /// Publishes a message.
    fn publish(publication: &Publication<'_>) -> Result<Outcome, Error>;
    /// Learns what the modem is.
    fn identify(family: Option<Family>) -> Result<Family, Error>;
    /// Brings a client up.
    fn bring_up(plan: &Plan<'_>) -> Result<(), Error>;
    /// Takes it down.
    fn take_down(client: u8) -> Result<(), Error>;
    /// Keeps a client connected.
    fn keep(plan: &Plan<'_>, network: &Network<'_>, healing: &Healing) -> Result<(), Error>;
    /// Delivers a message.
    fn deliver(publication: &Publication<'_>, on_unknown: OnUnknown) -> Result<Delivered, Error>;
    /// Subscribes to a topic filter.
    fn subscribe(client: u8, filter: TopicFilter<'_>, qos: QoS) -> Result<(), Error>;
    /// Unsubscribes from it.
    fn unsubscribe(client: u8, filter: TopicFilter<'_>) -> Result<(), Error>;
}

impl Tokio {
    fn within<T>(
        &self,
        timeout: Duration,
        next: impl Future<Output = Result<T, Error>>,
    ) -> Result<Option<T>, Error> {
        self.runtime.block_on(async {
            tokio::time::timeout(timeout, next)
                .await
                .map_or(Ok(None), |next| next.map(Some))
        })
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a thread and an event queue")
}

fn asynchronous(port: UnixStream) -> tokio::net::UnixStream {
    port.set_nonblocking(true).expect("a socket");
    tokio::net::UnixStream::from_std(port).expect("within a runtime")
}

//! A modem's client: one method for each thing that the modem can be asked.

mod keeping;
mod line;
mod session;
mod turn;

use std::fmt::{self, Debug, Formatter};
use std::time::{Duration, Instant};

use cmqtt_core::at_proto::cmqtt::{ClientId, Configure, QoS, Topic, TopicFilter};
use cmqtt_core::at_proto::{Command, InfoLines};
use cmqtt_core::{
    Config, Connection, Event as Lent, Limits, Publication, RequestError, RequestId, Transport,
};
use cmqtt_host::{Engine, Error, Event, Machine, Memory, Message, Modem, Outcome, is_connected};

use self::line::Line;
use crate::iterators::{Events, Messages};
use crate::port::Port;
#[cfg(feature = "serialport")]
use crate::port::open_port;

/// A modem on a port.
///
/// One call asks for one thing and returns when it has ended, in the time that the manual gives the modem at most.
/// What the modem says unasked in the meantime is kept for [`Client::receive`] and [`Client::next_event`].
pub struct Client<P> {
    line: Line<P>,
    engine: Engine,
    /// Zero on the engine's clock.
    epoch: Instant,
}

#[cfg(feature = "serialport")]
impl Client<Box<dyn serialport::SerialPort>> {
    /// Opens a serial port, such as `/dev/ttyUSB2` or `COM5`, with 8 data bits, no parity, 1 stop bit and no flow
    /// control.
    ///
    /// # Errors
    /// [`Error::Open`], which says why and what to do.
    pub fn open(path: &str, baud: u32, config: Config) -> Result<Self, Error> {
        Ok(Self::new(open_port(path, baud)?, Config { baud, ..config }))
    }

    /// The same, and when the port goes away it is opened again as soon as it is back, by the same path:
    /// [`Client::reopen_with`].
    ///
    /// # Errors
    /// [`Error::Open`], when it is not there to begin with.
    pub fn open_lasting(path: &str, baud: u32, config: Config) -> Result<Self, Error> {
        let mut client = Self::open(path, baud, config)?;
        let path = path.to_owned();
        client.reopen_with(move || open_port(&path, baud));
        Ok(client)
    }
}

impl<P: Port> Client<P> {
    /// A modem on an open port.
    pub fn new(port: P, config: Config) -> Self {
        Self::with_memory(port, config, Memory::default())
    }

    /// The same with other amounts of memory.
    pub fn with_memory(port: P, config: Config, memory: Memory) -> Self {
        Self {
            epoch: port.now(),
            line: Line::new(port),
            engine: Engine::new(config, &memory),
        }
    }

    /// Starts the MQTT service, which activates the PDP context.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn start(&mut self) -> Result<(), Error> {
        self.ask("start", None, Modem::start)
    }

    /// Stops the MQTT service. The modem refuses while a client is held.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn stop(&mut self) -> Result<(), Error> {
        self.ask("stop", None, Modem::stop)
    }

    /// Acquires a client: before anything else that names it.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn acquire(&mut self, client: u8, id: ClientId<'_>, transport: Transport) -> Result<(), Error> {
        self.ask("acquire", Some(client), |core| {
            core.acquire(client, id, transport)
        })
    }

    /// Releases a client that is disconnected.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn release(&mut self, client: u8) -> Result<(), Error> {
        self.ask("release", Some(client), |core| core.release(client))
    }

    /// Sets one of a client's options, between [`acquire`](Self::acquire) and [`connect`](Self::connect).
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn configure(&mut self, configure: &Configure) -> Result<(), Error> {
        self.ask("configure", Some(configure.client), |core| {
            core.configure(configure)
        })
    }

    /// Chooses the TLS context for a client's next connect.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn use_ssl_context(&mut self, client: u8, context: u8) -> Result<(), Error> {
        self.ask("use_ssl_context", Some(client), |core| {
            core.use_ssl_context(client, context)
        })
    }

    /// Gives a client its will, between [`acquire`](Self::acquire) and [`connect`](Self::connect).
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn set_will(&mut self, client: u8, topic: Topic<'_>, message: &[u8], qos: QoS) -> Result<(), Error> {
        self.ask("set_will", Some(client), |core| {
            core.set_will(client, topic, message, qos)
        })
    }

    /// Connects a client to a broker.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn connect(&mut self, connection: &Connection<'_>) -> Result<(), Error> {
        self.ask("connect", Some(connection.client), |core| {
            core.connect(connection)
        })
    }

    /// Disconnects a client, giving the modem so many seconds; 0 sets no timeout.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn disconnect(&mut self, client: u8, timeout: u32) -> Result<(), Error> {
        self.ask("disconnect", Some(client), |core| {
            core.disconnect(client, timeout)
        })
    }

    /// Whether a client is connected, by the modem's own word. `false` for one that the modem does not list.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn is_connected(&mut self, client: u8) -> Result<bool, Error> {
        self.run(
            "is_connected",
            Some(client),
            |machine| machine.client()?.connection_state(client),
            |information| is_connected(client, information),
        )
    }

    /// Publishes a message: topic, payload, then the publish itself. Once the modem is told to publish, it ends in one
    /// of three [`Outcome`]s: delivered, refused, unknown. Unknown is also one whose port failed before its end came;
    /// the next call tells why.
    ///
    /// # Errors
    /// Nothing was published: [`Error::Request`] when nothing was sent; [`Error::Failed`] when the modem did not take
    /// the topic or the payload; [`Error::Port`].
    pub fn publish(&mut self, publication: &Publication<'_>) -> Result<Outcome, Error> {
        let end = self.end_of(
            "publish",
            Some(publication.client),
            |machine| machine.client()?.publish(publication),
            |_| Ok(()),
        )?;
        if let Err(Error::Failed(failure)) = end
            && let Some(outcome) = Outcome::of(failure)
        {
            return Ok(outcome);
        }
        self.port_works()?;
        end.map(|()| Outcome::Delivered)
    }

    /// Subscribes to a topic filter. The modem does not tell the quality of service that the broker granted.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn subscribe(&mut self, client: u8, filter: TopicFilter<'_>, qos: QoS) -> Result<(), Error> {
        self.ask("subscribe", Some(client), |core| {
            core.subscribe(client, filter, qos)
        })
    }

    /// Unsubscribes from a topic filter.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn unsubscribe(&mut self, client: u8, filter: TopicFilter<'_>) -> Result<(), Error> {
        self.ask("unsubscribe", Some(client), |core| {
            core.unsubscribe(client, filter)
        })
    }

    /// Asks the modem for its ranges and uses them from then on: what firmware takes differs from its manual.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn learn_limits(&mut self) -> Result<&Limits, Error> {
        self.ask("learn_limits", None, Modem::learn_limits)?;
        Ok(self.engine.limits())
    }

    /// Sends any command, ours or another driver's, and hands its decoded answer to `read`, which keeps what it needs.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), cmqtt_blocking::Error> {
    /// # use cmqtt_blocking::{at_proto::network::Signal, Client, Config};
    /// let mut modem = Client::open("/dev/ttyUSB2", 115_200, Config::SIM7028)?;
    /// let strength = modem.command(&Signal, |quality| quality.dbm())?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As every request: [`Error`]; [`Error::Answer`] when the answer is not what the manual says.
    pub fn command<C: Command, T>(
        &mut self,
        command: &C,
        read: impl FnOnce(C::Reply<'_>) -> T,
    ) -> Result<T, Error> {
        self.run(
            C::NAME,
            None,
            |machine| machine.client()?.command(command),
            |info| Ok(read(command.decode(info)?)),
        )
    }

    /// The next message, if one comes within this time; with no time at all, if it has come already. Other events
    /// that come before it are kept for [`Client::next_event`], up to [`Memory::events`]: a program that never reads
    /// them goes on receiving. Messages larger than [`Memory::message`] come in pieces, which are such other events.
    /// Messages beyond [`Memory::messages`] are dropped, and [`Client::next_event`] tells how many.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub fn receive(&mut self, timeout: Duration) -> Result<Option<Message>, Error> {
        self.next(timeout, Engine::pop_message)
    }

    /// The next event of any kind, messages too, if one comes within this time; with no time at all, if it has come
    /// already.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub fn next_event(&mut self, timeout: Duration) -> Result<Option<Event>, Error> {
        self.next(timeout, Engine::pop)
    }

    /// What [`Client::receive`] brings, until for so long nothing comes. An error ends it.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), cmqtt_blocking::Error> {
    /// # use cmqtt_blocking::{Client, Config};
    /// # use std::time::Duration;
    /// # let mut modem = Client::open("/dev/ttyUSB2", 115_200, Config::SIM7028)?;
    /// for message in modem.messages(Duration::MAX) {
    ///     println!("{}", message?.payload.escape_ascii());
    /// }
    /// # Ok(()) }
    /// ```
    pub const fn messages(&mut self, timeout: Duration) -> Messages<'_, P> {
        Messages::new(self, timeout)
    }

    /// What [`Client::next_event`] brings, until for so long nothing comes. An error ends it.
    pub const fn events(&mut self, timeout: Duration) -> Events<'_, P> {
        Events::new(self, timeout)
    }

    /// The port was opened anew: goes on with this one. What was under way has failed, and the modem may be in the
    /// middle of anything: the next request finds back first.
    pub fn replace_port(&mut self, port: P) -> Option<P> {
        // What the old one has brought counts still.
        self.understand();
        let old = self.line.replace(port);
        let now = self.now();
        self.engine.port_back(now);
        old
    }

    /// From now on, when the port fails or ends, it is closed, and this opens another, about once a second until it
    /// succeeds. The request that was under way fails with [`Error::Port`], and others do until there is a port again; who
    /// waits for messages, events, a connection or a delivery waits on. A client that is kept ([`Client::keep`]) is connected
    /// again then. [`Event::PortLost`] and [`Event::PortBack`] tell of it.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), cmqtt_blocking::Error> {
    /// # use cmqtt_blocking::{Client, Config};
    /// use std::net::TcpStream;
    ///
    /// // A modem behind a server for serial ports.
    /// let mut modem = Client::new(TcpStream::connect("10.0.0.7:2001")?, Config::SIM7028);
    /// modem.reopen_with(|| Ok(TcpStream::connect("10.0.0.7:2001")?));
    /// # Ok(()) }
    /// ```
    pub fn reopen_with(&mut self, open: impl FnMut() -> Result<P, Error> + Send + 'static) {
        self.line.reopen_with(Box::new(open));
    }

    /// What the modem takes, as far as it is known.
    pub const fn limits(&self) -> &Limits {
        self.engine.limits()
    }

    /// The port. `None` while it is gone: [`Client::reopen_with`].
    pub const fn port(&self) -> Option<&P> {
        self.line.get()
    }

    fn ask(
        &mut self,
        name: &'static str,
        client: Option<u8>,
        request: impl FnOnce(&mut Modem) -> Result<RequestId, RequestError>,
    ) -> Result<(), Error> {
        self.run(name, client, |machine| request(machine.client()?), |_| Ok(()))
    }

    /// Makes a request and waits for its end.
    fn run<T>(
        &mut self,
        name: &'static str,
        client: Option<u8>,
        request: impl FnOnce(&mut Machine) -> Result<RequestId, RequestError>,
        read: impl FnOnce(InfoLines<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let end = self.end_of(name, client, request, read)?;
        self.port_works()?;
        end
    }

    /// The end of a request that was made. The request of a port that fails meanwhile ends, too.
    fn end_of<T>(
        &mut self,
        name: &'static str,
        client: Option<u8>,
        request: impl FnOnce(&mut Machine) -> Result<RequestId, RequestError>,
        read: impl FnOnce(InfoLines<'_>) -> Result<T, Error>,
    ) -> Result<Result<T, Error>, Error> {
        let asked = self.when_free(|client_of| {
            client_of.port_works()?;
            Ok(client_of.engine.request(name, client, request)?)
        })?;
        let mut read = Some(read);
        loop {
            let end = self.turn(None, |event| match event? {
                Lent::Done { id, information } if *id == asked => Some(read.take()?(*information)),
                Lent::Failed { id, failure } if *id == asked => Some(Err(Error::Failed(*failure))),
                _ => None,
            });
            match end {
                Some(end) => return Ok(end),
                None => self.port_works()?,
            }
        }
    }

    /// Understands what has come, and waits until the modem is free: a client that is kept gives way.
    fn when_free<T>(&mut self, ask: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.engine.give_way(true);
        self.catch_up();
        while !self.engine.has_given_way() && self.turn(None, |_| Some(())).is_some() {}
        let asked = ask(self);
        self.engine.give_way(false);
        asked
    }

    /// What `pop` takes from the queue, if it is there or comes within this time.
    fn next<T>(
        &mut self,
        timeout: Duration,
        pop: impl Fn(&mut Engine) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let mut next = pop(&mut self.engine);
        if next.is_none() {
            let give_up = self.line.now().checked_add(timeout);
            self.catch_up();
            next = pop(&mut self.engine);
            while next.is_none() && self.turn(give_up, |_| Some(())).is_some() {
                next = pop(&mut self.engine);
            }
        }
        if next.is_none() {
            self.port_ends()?;
        }
        Ok(next)
    }
}

impl<P> Debug for Client<P> {
    /// Without the bytes that it holds: they may be a password's.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("engine", &self.engine)
            .field("failed", &self.line.failed())
            .finish_non_exhaustive()
    }
}

//! The loop, and one method for each thing that the modem can be asked.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use cmqtt_core::at_proto::cmqtt::{
    ClientId, Configure, ConnectionState, Disconnect, QoS, Topic, TopicFilter,
};
use cmqtt_core::at_proto::{Command, InfoLines, Read};
use cmqtt_core::{
    Client as Core, Config, Connection, Event as Lent, Instant as CoreInstant, Limits, Output, Publication,
    RequestError, RequestId, Transport,
};

use crate::error::Error;
use crate::event::{Event, Message};
use crate::memory::Memory;
use crate::outcome::Outcome;
use crate::port::Port;
#[cfg(feature = "serialport")]
use crate::port::open_port;

/// A modem on a port.
///
/// One call asks for one thing and returns when it has ended, in the time that the manual gives the modem at most.
/// What the modem says unasked in the meantime is kept for [`Client::receive`] and [`Client::next_event`].
#[derive(Debug)]
pub struct Client<P> {
    port: P,
    core: Core<Box<[u8]>>,
    epoch: Instant,
    /// Bytes that were read and that the core had no room for yet.
    unread: Vec<u8>,
    events: VecDeque<Event>,
    max_events: usize,
    overflow: usize,
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
}

impl<P: Port> Client<P> {
    /// A modem on an open port.
    pub fn new(port: P, config: Config) -> Self {
        Self::with_memory(port, config, Memory::default())
    }

    /// The same with other amounts of memory.
    pub fn with_memory(port: P, config: Config, memory: Memory) -> Self {
        Self {
            port,
            core: Core::new(config, memory.storage()),
            epoch: Instant::now(),
            unread: Vec::new(),
            events: VecDeque::new(),
            max_events: memory.events,
            overflow: 0,
        }
    }

    /// Starts the MQTT service, which activates the PDP context.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn start(&mut self) -> Result<(), Error> {
        self.ask(Core::start)
    }

    /// Stops the MQTT service. The modem refuses while a client is held.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn stop(&mut self) -> Result<(), Error> {
        self.ask(Core::stop)
    }

    /// Acquires a client: before anything else that names it.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn acquire(&mut self, client: u8, id: ClientId<'_>, transport: Transport) -> Result<(), Error> {
        self.ask(|core| core.acquire(client, id, transport))
    }

    /// Releases a client that is disconnected.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn release(&mut self, client: u8) -> Result<(), Error> {
        self.ask(|core| core.release(client))
    }

    /// Sets one of a client's options, between [`acquire`](Self::acquire) and [`connect`](Self::connect).
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn configure(&mut self, configure: &Configure) -> Result<(), Error> {
        self.ask(|core| core.configure(configure))
    }

    /// Chooses the TLS context for a client's next connect.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn use_ssl_context(&mut self, client: u8, context: u8) -> Result<(), Error> {
        self.ask(|core| core.use_ssl_context(client, context))
    }

    /// Gives a client its will, between [`acquire`](Self::acquire) and [`connect`](Self::connect).
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn set_will(&mut self, client: u8, topic: Topic<'_>, message: &[u8], qos: QoS) -> Result<(), Error> {
        self.ask(|core| core.set_will(client, topic, message, qos))
    }

    /// Connects a client to a broker.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn connect(&mut self, connection: &Connection<'_>) -> Result<(), Error> {
        self.ask(|core| core.connect(connection))
    }

    /// Disconnects a client, giving the modem so many seconds; 0 sets no timeout.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn disconnect(&mut self, client: u8, timeout: u32) -> Result<(), Error> {
        self.ask(|core| core.disconnect(client, timeout))
    }

    /// Whether a client is connected, by the modem's own word. `false` for one that the modem does not list.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn is_connected(&mut self, client: u8) -> Result<bool, Error> {
        self.run(
            |core| core.connection_state(client),
            |info| {
                for state in Read::<Disconnect>::new().decode(info)? {
                    let ConnectionState {
                        client: listed,
                        connected,
                    } = state?;
                    if listed == client {
                        return Ok(connected);
                    }
                }
                Ok(false)
            },
        )
    }

    /// Publishes a message, and says how that ended.
    ///
    /// # Errors
    /// [`Error::Request`] when nothing was sent; [`Error::Port`]; [`Error::Failed`] when the modem did not take the
    /// topic or the payload, so that nothing was published.
    pub fn publish(&mut self, publication: &Publication<'_>) -> Result<Outcome, Error> {
        match self.ask(|core| core.publish(publication)) {
            Ok(()) => Ok(Outcome::Delivered),
            Err(Error::Failed(failure)) if failure.is_unknown() => Ok(Outcome::Unknown(failure)),
            Err(error) => match error.code() {
                Some(code) => Ok(Outcome::Refused(code)),
                None => Err(error),
            },
        }
    }

    /// Subscribes to a topic filter. The modem does not tell the quality of service that the broker granted.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn subscribe(&mut self, client: u8, filter: TopicFilter<'_>, qos: QoS) -> Result<(), Error> {
        self.ask(|core| core.subscribe(client, filter, qos))
    }

    /// Unsubscribes from a topic filter.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn unsubscribe(&mut self, client: u8, filter: TopicFilter<'_>) -> Result<(), Error> {
        self.ask(|core| core.unsubscribe(client, filter))
    }

    /// Asks the modem for its ranges and uses them from then on: what firmware takes differs from its manual.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn learn_limits(&mut self) -> Result<&Limits, Error> {
        self.ask(Core::learn_limits)?;
        Ok(self.core.limits())
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
            |core| core.command(command),
            |info| Ok(read(command.decode(info)?)),
        )
    }

    /// The next message, if one comes within this time. Other events that come before it are kept for
    /// [`Client::next_event`].
    ///
    /// # Errors
    /// [`Error::Port`].
    pub fn receive(&mut self, timeout: Duration) -> Result<Option<Message>, Error> {
        let give_up = Instant::now().checked_add(timeout);
        loop {
            let place = self
                .events
                .iter()
                .position(|event| matches!(event, Event::Message(_)));
            if let Some(Event::Message(message)) = place.and_then(|place| self.events.remove(place)) {
                return Ok(Some(message));
            }
            if self.turn(give_up, |_| Some(()))?.is_none() {
                return Ok(None);
            }
        }
    }

    /// The next event of any kind, if one comes within this time.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub fn next_event(&mut self, timeout: Duration) -> Result<Option<Event>, Error> {
        let give_up = Instant::now().checked_add(timeout);
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            if self.overflow > 0 {
                return Ok(Some(Event::Overflow {
                    dropped: std::mem::take(&mut self.overflow),
                }));
            }
            if self.turn(give_up, |_| Some(()))?.is_none() {
                return Ok(None);
            }
        }
    }

    /// The port was opened anew: goes on with this one. What was under way has failed, and the modem may be in the
    /// middle of anything: the next request finds back first.
    pub fn replace_port(&mut self, port: P) -> P {
        self.core.handle_reset(now(self.epoch));
        std::mem::replace(&mut self.port, port)
    }

    /// What the modem takes, as far as it is known.
    pub const fn limits(&self) -> &Limits {
        self.core.limits()
    }

    /// The port.
    pub const fn port(&self) -> &P {
        &self.port
    }

    fn ask(
        &mut self,
        request: impl FnOnce(&mut Core<Box<[u8]>>) -> Result<RequestId, RequestError>,
    ) -> Result<(), Error> {
        self.run(request, |_| Ok(()))
    }

    /// Makes a request and waits for its end.
    fn run<T>(
        &mut self,
        request: impl FnOnce(&mut Core<Box<[u8]>>) -> Result<RequestId, RequestError>,
        read: impl FnOnce(InfoLines<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.core.handle_timeout(now(self.epoch));
        let asked = request(&mut self.core)?;
        let mut read = Some(read);
        loop {
            let end = self.turn(None, |event| match event {
                Lent::Done { id, information } if *id == asked => Some(read.take()?(*information)),
                Lent::Failed { id, failure } if *id == asked => Some(Err(Error::Failed(*failure))),
                _ => None,
            })?;
            if let Some(end) = end {
                return end;
            }
        }
    }
}

impl<P: Port> Client<P> {
    /// The loop. Runs until `wanted` makes something of an event, or the time to give up has come (`None`).
    fn turn<T>(
        &mut self,
        give_up: Option<Instant>,
        mut wanted: impl FnMut(&Lent<'_>) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        loop {
            match self.core.poll() {
                Output::Transmit(bytes) => {
                    self.port.set_timeout(LONGEST).map_err(Error::Port)?;
                    match uninterrupted(|| self.port.write(bytes)) {
                        Ok(0) => return Err(Error::Port(io::ErrorKind::WriteZero.into())),
                        Ok(len) => self.core.handle_transmitted(now(self.epoch), len),
                        Err(error) => return Err(Error::Port(error)),
                    }
                }
                Output::Event(event) => {
                    let end = wanted(&event);
                    if let Some(event) = Event::own(&event) {
                        if self.events.len() < self.max_events {
                            self.events.push_back(event);
                        } else {
                            self.overflow = self.overflow.saturating_add(1);
                        }
                    }
                    if end.is_some() {
                        return Ok(end);
                    }
                }
                Output::Wait(_) if !self.unread.is_empty() => {
                    let taken = self.core.handle_received(now(self.epoch), &self.unread);
                    self.unread.drain(..taken);
                }
                Output::Wait(_) if give_up.is_some_and(|give_up| give_up <= Instant::now()) => {
                    return Ok(None);
                }
                Output::Wait(deadline) => {
                    let deadline =
                        deadline.map(|deadline| self.epoch + Duration::from_micros(deadline.at.as_micros()));
                    self.read(deadline.into_iter().chain(give_up).min())?;
                }
            }
        }
    }

    /// Waits for bytes until this moment.
    fn read(&mut self, until: Option<Instant>) -> Result<(), Error> {
        let longest = until.map_or(LONGEST, |until| until.saturating_duration_since(Instant::now()));
        self.port
            .set_timeout(longest.clamp(SHORTEST, LONGEST))
            .map_err(Error::Port)?;
        let mut buffer = [0; 4096];
        match uninterrupted(|| self.port.read(&mut buffer)) {
            Ok(0) => return Err(Error::Port(io::ErrorKind::UnexpectedEof.into())),
            Ok(len) => self
                .unread
                .extend_from_slice(buffer.get(..len).unwrap_or_default()),
            Err(error) if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) => {}
            Err(error) => return Err(Error::Port(error)),
        }
        self.core.handle_timeout(now(self.epoch));
        Ok(())
    }
}

/// The time as the core counts it.
fn now(epoch: Instant) -> CoreInstant {
    CoreInstant::from_micros(u64::try_from(epoch.elapsed().as_micros()).unwrap_or(u64::MAX))
}

/// Does it again when a signal came in between.
fn uninterrupted<T>(mut io: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match io() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// A port is waited for no longer at a time, also where nothing has to be done before.
const LONGEST: Duration = Duration::from_secs(60);

/// A timeout of zero means "for ever" to some ports.
const SHORTEST: Duration = Duration::from_millis(1);

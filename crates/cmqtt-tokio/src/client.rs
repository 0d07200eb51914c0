//! A modem's client: one method for each thing that the modem can be asked.

mod session;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cmqtt_core::at_proto::Command;
use cmqtt_core::at_proto::cmqtt::{ClientId, Configure, QoS, Topic, TopicFilter};
use cmqtt_core::{Config, Connection, Limits, Publication, RequestError, RequestId, Transport};
use cmqtt_host::{Engine, Error, Event, Machine, Memory, Message, Modem, Outcome, is_connected};
use tokio::sync::oneshot;

use crate::port::Port;
use crate::shared::{End, Running, Shared, State};
use crate::stream::{Events, Messages};
use crate::task::Task;

/// A handle of a modem on a port. Clones are handles of the same modem, and cheap: several tasks may ask at once, and
/// take turns.
///
/// One call asks for one thing and is ready when that has ended, in the time that the manual gives the modem at most.
/// What the modem says unasked is kept for [`Client::receive`], [`Client::next_event`] and the streams, each message for
/// one reader.
///
/// A task of the runtime owns the port. It ends, and closes the port, when the last handle is dropped (a stream is one
/// too) and the request that runs, if one does, has ended.
///
/// # Cancel safety
/// Every method may be dropped at any time. Before its turn has come, nothing was sent. After that the request runs to
/// its end without its caller, as if it had been waited for; nobody learns how it ended, and the next request waits for
/// its turn. So a publish that was dropped is delivered once, or not at all, never half.
#[derive(Debug)]
pub struct Client {
    handle: Arc<Handle>,
    /// The last failure of the port that this handle has told of.
    told: AtomicU64,
}

/// What the handles hold together.
#[derive(Debug)]
struct Handle(Arc<Shared>);

#[cfg(feature = "serial")]
impl Client {
    /// Opens a serial port, such as `/dev/ttyUSB2` or `COM5`, with 8 data bits, no parity, 1 stop bit and no flow
    /// control.
    ///
    /// # Errors
    /// [`Error::Open`], which says why and what to do.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O and time.
    pub fn open(path: &str, baud: u32, config: Config) -> Result<Self, Error> {
        Ok(Self::new(
            crate::port::open_port(path, baud)?,
            Config { baud, ..config },
        ))
    }
}

impl Client {
    /// A modem on an open port.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time.
    pub fn new(port: impl Port, config: Config) -> Self {
        Self::with_memory(port, config, Memory::default())
    }

    /// The same with other amounts of memory.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time.
    pub fn with_memory(port: impl Port, config: Config, memory: Memory) -> Self {
        let shared = Arc::new(Shared::new(Engine::new(config, &memory)));
        tokio::spawn(Task::new(Arc::clone(&shared), Box::new(port)));
        Self {
            handle: Arc::new(Handle(shared)),
            told: AtomicU64::new(0),
        }
    }

    /// Starts the MQTT service, which activates the PDP context.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn start(&self) -> Result<(), Error> {
        self.ask("start", None, Modem::start).await
    }

    /// Stops the MQTT service. The modem refuses while a client is held.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn stop(&self) -> Result<(), Error> {
        self.ask("stop", None, Modem::stop).await
    }

    /// Acquires a client: before anything else that names it.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn acquire(&self, client: u8, id: ClientId<'_>, transport: Transport) -> Result<(), Error> {
        self.ask("acquire", Some(client), |machine| {
            machine.acquire(client, id, transport)
        })
        .await
    }

    /// Releases a client that is disconnected.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn release(&self, client: u8) -> Result<(), Error> {
        self.ask("release", Some(client), |machine| machine.release(client))
            .await
    }

    /// Sets one of a client's options, between [`acquire`](Self::acquire) and [`connect`](Self::connect).
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn configure(&self, configure: &Configure) -> Result<(), Error> {
        self.ask("configure", Some(configure.client), |machine| {
            machine.configure(configure)
        })
        .await
    }

    /// Chooses the TLS context for a client's next connect.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn use_ssl_context(&self, client: u8, context: u8) -> Result<(), Error> {
        self.ask("use_ssl_context", Some(client), |machine| {
            machine.use_ssl_context(client, context)
        })
        .await
    }

    /// Gives a client its will, between [`acquire`](Self::acquire) and [`connect`](Self::connect).
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn set_will(
        &self,
        client: u8,
        topic: Topic<'_>,
        message: &[u8],
        qos: QoS,
    ) -> Result<(), Error> {
        self.ask("set_will", Some(client), |machine| {
            machine.set_will(client, topic, message, qos)
        })
        .await
    }

    /// Connects a client to a broker.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn connect(&self, connection: &Connection<'_>) -> Result<(), Error> {
        self.ask("connect", Some(connection.client), |machine| {
            machine.connect(connection)
        })
        .await
    }

    /// Disconnects a client, giving the modem so many seconds; 0 sets no timeout.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn disconnect(&self, client: u8, timeout: u32) -> Result<(), Error> {
        self.ask("disconnect", Some(client), |machine| {
            machine.disconnect(client, timeout)
        })
        .await
    }

    /// Whether a client is connected, by the modem's own word. `false` for one that the modem does not list.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`]. This one changes nothing.
    pub async fn is_connected(&self, client: u8) -> Result<bool, Error> {
        let end = self
            .end_of("is_connected", Some(client), |machine| {
                machine.client()?.connection_state(client)
            })
            .await?;
        is_connected(client, self.end(end)?.lines())
    }

    /// Publishes a message: topic, payload, then the publish itself. Once the modem is told to publish, it ends in one
    /// of three [`Outcome`]s: delivered, refused, unknown. Unknown is also one whose port failed before its end came;
    /// the handle's next call tells why.
    ///
    /// # Errors
    /// Nothing was published: [`Error::Request`] when nothing was sent; [`Error::Failed`] when the modem did not take
    /// the topic or the payload; [`Error::Port`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`]. A publish that was dropped is published all the same if its turn had come.
    pub async fn publish(&self, publication: &Publication<'_>) -> Result<Outcome, Error> {
        let end = self
            .end_of("publish", Some(publication.client), |machine| {
                machine.client()?.publish(publication)
            })
            .await?;
        if let Err(failure) = &end
            && let Some(outcome) = Outcome::of(*failure)
        {
            return Ok(outcome);
        }
        self.end(end).map(|_| Outcome::Delivered)
    }

    /// Subscribes to a topic filter. The modem does not tell the quality of service that the broker granted.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn subscribe(&self, client: u8, filter: TopicFilter<'_>, qos: QoS) -> Result<(), Error> {
        self.ask("subscribe", Some(client), |machine| {
            machine.subscribe(client, filter, qos)
        })
        .await
    }

    /// Unsubscribes from a topic filter.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn unsubscribe(&self, client: u8, filter: TopicFilter<'_>) -> Result<(), Error> {
        self.ask("unsubscribe", Some(client), |machine| {
            machine.unsubscribe(client, filter)
        })
        .await
    }

    /// Asks the modem for its ranges and uses them from then on: what firmware takes differs from its manual.
    ///
    /// # Errors
    /// As every request: [`Error`].
    ///
    /// # Cancel safety
    /// As every request: [`Client`]. What was dropped is learned all the same if its turn had come.
    pub async fn learn_limits(&self) -> Result<Limits, Error> {
        self.ask("learn_limits", None, Modem::learn_limits).await?;
        Ok(self.limits())
    }

    /// Sends any command, ours or another driver's, and hands its decoded answer to `read`, which keeps what it needs.
    ///
    /// ```no_run
    /// # async fn strength() -> Result<(), cmqtt_tokio::Error> {
    /// # use cmqtt_tokio::{at_proto::network::Signal, Client, Config};
    /// let modem = Client::open("/dev/ttyUSB2", 115_200, Config::SIM7028)?;
    /// let strength = modem.command(&Signal, |quality| quality.dbm()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As every request: [`Error`]; [`Error::Answer`] when the answer is not what the manual says.
    ///
    /// # Cancel safety
    /// As every request: [`Client`].
    pub async fn command<C: Command, T>(
        &self,
        command: &C,
        read: impl FnOnce(C::Reply<'_>) -> T,
    ) -> Result<T, Error> {
        let end = self
            .end_of(C::NAME, None, |machine| machine.client()?.command(command))
            .await?;
        let answer = self.end(end)?;
        Ok(read(command.decode(answer.lines())?))
    }

    /// The next message. Other events that come before it are kept for [`Client::next_event`], up to
    /// [`Memory::events`]: a program that never reads them goes on receiving. Messages larger than [`Memory::message`]
    /// come in pieces, which are such other events. Messages beyond [`Memory::messages`] are dropped, and
    /// [`Client::next_event`] tells how many.
    ///
    /// # Errors
    /// [`Error::Port`].
    ///
    /// # Cancel safety
    /// A message is taken and returned in one step: none is lost by dropping this.
    pub async fn receive(&self) -> Result<Message, Error> {
        self.next(Engine::pop_message).await
    }

    /// The next event of any kind, messages too.
    ///
    /// # Errors
    /// [`Error::Port`].
    ///
    /// # Cancel safety
    /// An event is taken and returned in one step: none is lost by dropping this.
    pub async fn next_event(&self) -> Result<Event, Error> {
        self.next(Engine::pop).await
    }

    /// What [`Client::receive`] brings, as a stream. It ends after an error; what comes then is for the next one. Like
    /// every handle it keeps the port open.
    pub fn messages(&self) -> Messages {
        Messages::new(self.clone())
    }

    /// What [`Client::next_event`] brings, as a stream. It ends after an error; what comes then is for the next one.
    /// Like every handle it keeps the port open.
    pub fn events(&self) -> Events {
        Events::new(self.clone())
    }

    /// The port was opened anew: goes on with this one, and closes the old one. What was under way has failed, and the
    /// modem may be in the middle of anything: the next request finds back first.
    pub fn replace_port(&self, port: impl Port) {
        let mut state = self.shared().lock();
        state.replacement = Some(Box::new(port));
        state.failure = None;
        state.wake();
    }

    /// What the modem takes, as far as it is known.
    pub fn limits(&self) -> Limits {
        *self.shared().lock().engine.limits()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.handle.0
    }

    /// What `pop` takes from what came, if something did. The task is told that somebody waits for more.
    pub(crate) fn take<T>(&self, pop: fn(&mut Engine) -> Option<T>) -> Result<Option<T>, Error> {
        let mut state = self.shared().lock();
        let next = pop(&mut state.engine);
        if next.is_none() {
            self.port_works(&state)?;
            if state.resting {
                state.wake();
            }
        }
        Ok(next)
    }

    async fn next<T>(&self, pop: fn(&mut Engine) -> Option<T>) -> Result<T, Error> {
        loop {
            // It hears of all that comes from here on, so that nothing comes unheard after the look.
            let mut arrival = std::pin::pin!(self.shared().arrivals.notified());
            arrival.as_mut().enable();
            if let Some(next) = self.take(pop)? {
                return Ok(next);
            }
            arrival.await;
        }
    }

    async fn ask(
        &self,
        name: &'static str,
        client: Option<u8>,
        request: impl FnOnce(&mut Modem) -> Result<RequestId, RequestError>,
    ) -> Result<(), Error> {
        let end = self
            .end_of(name, client, |machine| request(machine.client()?))
            .await?;
        self.end(end).map(|_| ())
    }

    /// The end of a request. Its turn comes first, then what lies in the port already, then the request itself.
    async fn end_of(
        &self,
        name: &'static str,
        client: Option<u8>,
        request: impl FnOnce(&mut Machine) -> Result<RequestId, RequestError>,
    ) -> Result<End, Error> {
        let turn = Arc::clone(&self.shared().turn).acquire_owned();
        let turn = turn.await.map_err(|_| gone())?;
        self.catch_up().await?;
        let ended = {
            let mut state = self.shared().lock();
            self.port_works(&state)?;
            let id = state.engine.request(name, client, request)?;
            let (end, ended) = oneshot::channel();
            state.running = Some(Running { id, end, turn });
            state.wake();
            ended
        };
        ended.await.map_err(|_| gone())
    }

    /// Waits until the task has understood what lies in the port.
    async fn catch_up(&self) -> Result<(), Error> {
        let caught_up = {
            let mut state = self.shared().lock();
            if state.closed {
                return Err(gone());
            }
            let (sender, caught_up) = oneshot::channel();
            state.catching_up = Some(sender);
            state.wake();
            caught_up
        };
        caught_up.await.map_err(|_| gone())
    }

    /// The answer of a request that has ended. That of a port that failed meanwhile is the port's failure.
    fn end(&self, end: End) -> Result<crate::shared::Answer, Error> {
        self.port_works(&self.shared().lock())?;
        Ok(end?)
    }

    /// Tells once of a port that has failed.
    fn port_works(&self, state: &State) -> Result<(), Error> {
        let told = self.told.swap(state.failures, Ordering::Relaxed);
        match &state.failure {
            Some(error) if told < state.failures => Err(Error::Port(again(error))),
            _ if state.closed => Err(gone()),
            _ => Ok(()),
        }
    }
}

impl Clone for Client {
    fn clone(&self) -> Self {
        Self {
            handle: Arc::clone(&self.handle),
            told: AtomicU64::new(self.told.load(Ordering::Relaxed)),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closing = true;
        state.wake();
    }
}

/// The same error once more: each handle tells it.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// The runtime has ended, and the task with it.
fn gone() -> Error {
    Error::Port(io::Error::new(
        io::ErrorKind::NotConnected,
        "the runtime in which it was served has ended",
    ))
}

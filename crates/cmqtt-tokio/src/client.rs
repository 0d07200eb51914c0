//! A modem's client: one method for each thing that the modem can be asked.

mod asking;
mod keeping;
mod requests;
mod session;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cmqtt_core::{Config, Limits};
use cmqtt_host::{Engine, Error, Event, Memory, Message};

use crate::port::Port;
use crate::shared::Shared;
use crate::stream::{Events, Messages};
use crate::task::Task;

/// A handle of a modem on a port. Clones are handles of the same modem, and cheap: several tasks may ask at once, and
/// take turns.
///
/// Requests of several tasks run in the order in which they were asked. A failure of the port is told once to each
/// handle.
///
/// One call asks for one thing and is ready when that has ended, in the time that the manual gives the modem at most.
/// What the modem says unasked is kept for [`Client::receive`], [`Client::next_event`] and the streams, each message for
/// one reader.
///
/// A task of the runtime owns the port. It ends, and closes the port, when the last handle is dropped (a stream is one
/// too) and the request that runs, if one does, has ended. A client that was kept stays connected then; of the messages that
/// wait, only one that is on its way still goes out.
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

    /// The same, and when the port goes away it is opened again as soon as it is back, by the same path:
    /// [`Client::reopen_with`].
    ///
    /// # Errors
    /// [`Error::Open`], when it is not there to begin with.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O and time.
    pub fn open_lasting(path: &str, baud: u32, config: Config) -> Result<Self, Error> {
        let client = Self::open(path, baud, config)?;
        let path = path.to_owned();
        client.reopen_with(move || std::future::ready(crate::port::open_port(&path, baud)));
        Ok(client)
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

    /// From now on, when the port fails or ends, it is closed, and this opens another, about once a second until it
    /// succeeds. The request that was under way fails with [`Error::Port`], and others do until there is a port again; who
    /// waits for messages, events, a connection or a delivery waits on. A client that is kept ([`Client::keep`]) is connected
    /// again then. [`Event::PortLost`] and [`Event::PortBack`] tell of it.
    ///
    /// ```no_run
    /// # async fn lasting() -> Result<(), cmqtt_tokio::Error> {
    /// # use cmqtt_tokio::{Client, Config};
    /// use tokio::net::TcpStream;
    ///
    /// // A modem behind a server for serial ports.
    /// let modem = Client::new(TcpStream::connect("10.0.0.7:2001").await?, Config::SIM7028);
    /// modem.reopen_with(|| async { Ok(TcpStream::connect("10.0.0.7:2001").await?) });
    /// # Ok(()) }
    /// ```
    pub fn reopen_with<F, P>(&self, mut open: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = Result<P, Error>> + Send + 'static,
        P: Port,
    {
        let mut state = self.shared().lock();
        state.lasting = true;
        state.reopen = Some(Box::new(move || {
            let opening = open();
            Box::pin(async move { Ok(Box::new(opening.await?) as Box<dyn Port>) })
        }));
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
            self.port_ends(&state)?;
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

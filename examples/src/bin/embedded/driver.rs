//! The driver that a firmware has: `cmqtt-core`'s loop over the traits of `embedded-io-async`, in static memory, with the
//! time from a trait. Nothing but `core` and `no_std` crates here.

use core::fmt::{self, Display, Formatter};

use cmqtt_core::{Config, Event, Failure, Instant, Output, RequestError, RequestId, Session, Storage};
use embassy_futures::select::{Either, select};
use embedded_io_async::{ErrorType, Read, Write};
use static_cell::ConstStaticCell;

/// The board's clock.
pub(crate) trait Clock {
    /// The time since the board started.
    fn now(&self) -> Instant;

    /// Waits until then; `None` is never.
    async fn wait_until(&self, moment: Option<Instant>);
}

/// A modem on a port.
pub(crate) struct Driver<P, C> {
    port: P,
    clock: C,
    session: Machine,
    /// What was read and the session had no room for yet.
    read: [u8; 64],
    unseen: core::ops::Range<usize>,
}

/// The machine whose requests the firmware makes, in static memory.
pub(crate) type Machine = Session<&'static mut [u8]>;

/// Why a request failed.
#[derive(Debug)]
pub(crate) enum Error<E> {
    Port(E),
    PortEnded,
    Request(RequestError),
    Failed(Failure),
}

/// The session, in the memory that belongs to the one modem of the board.
///
/// # Panics
/// The second time: the memory is given away once.
pub(crate) fn session(config: Config) -> Machine {
    static RECEIVED: ConstStaticCell<[u8; 1024]> = ConstStaticCell::new([0; 1024]);
    static MESSAGE: ConstStaticCell<[u8; 1024]> = ConstStaticCell::new([0; 1024]);
    static REQUEST: ConstStaticCell<[u8; 1024]> = ConstStaticCell::new([0; 1024]);
    static INFORMATION: ConstStaticCell<[u8; 512]> = ConstStaticCell::new([0; 512]);
    static PLAN: ConstStaticCell<[u8; 256]> = ConstStaticCell::new([0; 256]);
    let storage = Storage::new(
        &mut RECEIVED.take()[..],
        &mut MESSAGE.take()[..],
        &mut REQUEST.take()[..],
        &mut INFORMATION.take()[..],
    );
    Session::new(
        config,
        storage.expect("as much as the least, or more"),
        &mut PLAN.take()[..],
        &mut [],
    )
}

impl<P: Read + Write, C: Clock> Driver<P, C> {
    pub(crate) fn new(port: P, clock: C, session: Machine) -> Self {
        Self {
            port,
            clock,
            session,
            read: [0; 64],
            unseen: 0..0,
        }
    }

    /// Makes a request and waits for its end. What comes meanwhile is heard.
    pub(crate) async fn run(
        &mut self,
        request: impl FnOnce(&mut Machine) -> Result<RequestId, RequestError>,
        mut hear: impl FnMut(&Event<'_>),
    ) -> Result<(), Error<P::Error>> {
        let asked = request(&mut self.session).map_err(Error::Request)?;
        loop {
            let end = self
                .turn(None, |event| match *event {
                    Event::Done { id, .. } if id == asked => Some(Ok(())),
                    Event::Failed { id, failure } if id == asked => Some(Err(Error::Failed(failure))),
                    _ => {
                        hear(event);
                        None
                    }
                })
                .await?;
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Hears what comes, until `wanted` makes something of it or this moment has come.
    pub(crate) async fn listen<T>(
        &mut self,
        until: Instant,
        mut wanted: impl FnMut(&Event<'_>) -> Option<T>,
    ) -> Result<Option<T>, Error<P::Error>> {
        while self.clock.now() < until {
            let found = self.turn(Some(until), &mut wanted).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// This is the loop of `cmqtt-core`'s documentation, until something is wanted or something was waited for.
    async fn turn<T>(
        &mut self,
        until: Option<Instant>,
        mut wanted: impl FnMut(&Event<'_>) -> Option<T>,
    ) -> Result<Option<T>, Error<P::Error>> {
        loop {
            match self.session.poll() {
                Output::Transmit(bytes) => {
                    let len = self.port.write(bytes).await.map_err(Error::Port)?;
                    self.session.handle_transmitted(self.clock.now(), len);
                }
                Output::Event(event) => {
                    if let Some(found) = wanted(&event) {
                        return Ok(Some(found));
                    }
                }
                Output::Wait(deadline) if self.unseen.is_empty() => {
                    let deadline = deadline.map(|deadline| deadline.at);
                    let until = deadline.into_iter().chain(until).min();
                    self.wait(until).await?;
                    return Ok(None);
                }
                Output::Wait(_) => self.understand(),
            }
        }
    }

    /// Waits for bytes, or until then. A serial port's read may be given up: what it has not handed out stays.
    async fn wait(&mut self, until: Option<Instant>) -> Result<(), Error<P::Error>> {
        // Taken before the read, which is polled first: a deadline passes when nothing came after it.
        let now = self.clock.now();
        let read = self.port.read(&mut self.read);
        match select(read, self.clock.wait_until(until)).await {
            Either::First(Ok(0)) => return Err(Error::PortEnded),
            Either::First(Ok(len)) => {
                self.unseen = 0..len;
                self.understand();
            }
            Either::First(Err(error)) => return Err(Error::Port(error)),
            Either::Second(()) => self.session.handle_timeout(now),
        }
        Ok(())
    }

    fn understand(&mut self) {
        let bytes = self.read.get(self.unseen.clone()).unwrap_or_default();
        self.unseen.start += self.session.handle_received(self.clock.now(), bytes);
    }
}

impl<E: embedded_io_async::Error> Display for Error<E> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(error) => write!(f, "the port failed: {:?}", error.kind()),
            Self::PortEnded => f.write_str("the port has ended"),
            Self::Request(error) => write!(f, "not sent: {error}"),
            Self::Failed(failure) => write!(f, "{failure}"),
        }
    }
}

/// Two halves, as HALs hand out a UART's, as one port.
pub(crate) struct Halves<R, T>(pub(crate) R, pub(crate) T);

impl<R: ErrorType, T: ErrorType<Error = R::Error>> ErrorType for Halves<R, T> {
    type Error = R::Error;
}

impl<R: Read, T: Write<Error = R::Error>> Read for Halves<R, T> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, R::Error> {
        self.0.read(buffer).await
    }
}

impl<R: Read, T: Write<Error = R::Error>> Write for Halves<R, T> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, R::Error> {
        self.1.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), R::Error> {
        self.1.flush().await
    }
}

//! A simulated modem in real time: on a line that programs can open, with real connections behind it.
//!
//! One thread serves line, network and the modem's own deadlines, and sleeps while nothing happens.

use std::fmt::{self, Debug, Formatter};
use std::io;
use std::num::NonZeroU32;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

mod server;

use super::line::Line;
use super::mqtt_client::{ClientOptions, HostNetwork};
use super::wait::{Waker, waker};
use crate::faults::{FaultPlan, Forecast, Happened};
use crate::modem::Modem;
use crate::network::{ConnectError, NetworkFaults};
use crate::wire::Wire;
use server::Server;

/// A modem that is on, until this is dropped: then its thread ends, and all is as if its power had failed. Its line is
/// closed, and its connections without a DISCONNECT, so that brokers publish the wills.
#[derive(Debug)]
pub struct ModemServer {
    shared: Arc<Shared>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

/// How a modem is served.
#[derive(Debug, Default)]
pub struct ServerOptions {
    /// Where its connections go.
    pub network: ClientOptions,
    /// The line's pace in both directions, at ten bits a byte; `None` carries bytes as fast as the system does. What
    /// speed a program sets on a pseudo-terminal makes no difference.
    pub baud: Option<NonZeroU32>,
    /// Who hears what happens on the line.
    pub trace: Option<Trace>,
    /// What goes wrong, on the line, in the modem and behind it. Times count from the server's beginning.
    pub faults: Option<Faults>,
}

/// What goes wrong, as long as a server runs: one plan after another, each until its end.
pub struct Faults(Box<dyn Iterator<Item = FaultPlan> + Send>);

impl Faults {
    /// This plan alone.
    #[must_use]
    pub fn plan(plan: FaultPlan) -> Self {
        Self(Box::new(std::iter::once(plan)))
    }

    /// The forecast again and again, each time as long and with the next seed.
    #[must_use]
    pub fn endless(forecast: Forecast, seed: u64) -> Self {
        let length = forecast.until.saturating_sub(forecast.from);
        Self(Box::new((0..u32::MAX).map(move |turn| {
            let after = length.saturating_mul(turn);
            let forecast = Forecast {
                from: forecast.from.saturating_add(after),
                until: forecast.until.saturating_add(after),
                ..forecast.clone()
            };
            forecast.draw(seed.wrapping_add(turn.into()))
        })))
    }
}

/// Hears what happens on a line, and behind it: the time since the server began, and what. It is called on the server's thread, which
/// serves nothing meanwhile.
pub struct Trace(Box<dyn FnMut(Duration, LineEvent<'_>) + Send>);

impl Trace {
    /// Wraps the function.
    pub fn new(hear: impl FnMut(Duration, LineEvent<'_>) + Send + 'static) -> Self {
        Self(Box::new(hear))
    }
}

/// What happens on a line, or behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineEvent<'a> {
    /// The modem got these bytes from the host: a whole command line, or as little as one byte. May hold passwords.
    FromHost(&'a [u8]),
    /// The modem said these bytes, whether or not anybody listens. May hold passwords.
    ToHost(&'a [u8]),
    /// The host has not read for so long that this many bytes of the modem's, whole lines, are lost.
    Overrun(usize),
    /// A program has opened the line.
    Opened,
    /// It has closed it.
    Closed,
    /// A second one was turned away.
    Refused,
    /// Something of [`ServerOptions::faults`] has gone wrong.
    Fault(&'a Happened),
    /// The port is gone.
    Unplugged,
    /// The port is there again.
    Plugged,
    /// The port that was unplugged cannot be had again, and why.
    NotPlugged(io::ErrorKind),
    /// The client with this index does not come to connect, and why: more than its result code tells.
    NotConnected(u8, ConnectError),
}

impl ModemServer {
    /// Switches the modem on.
    ///
    /// # Errors
    /// The system gives no thread or socket.
    pub fn spawn(modem: Modem, line: impl Into<Line>, options: ServerOptions) -> io::Result<Self> {
        let (waker, wake_up) = waker()?;
        let shared = Arc::new(Shared {
            modem: Mutex::new(modem),
            start: Instant::now(),
            stop: AtomicBool::new(false),
        });
        let (sender, events) = mpsc::channel();
        let network_waker = waker.clone();
        let network = HostNetwork::new(options.network, move |key, event| {
            // It fails when the modem is being switched off.
            let _ = sender.send((key, event));
            network_waker.wake();
        });
        let server = Server {
            shared: Arc::clone(&shared),
            line: line.into().into_end(),
            wire: Wire::new(options.baud, Duration::ZERO),
            baud: options.baud,
            outbox: Default::default(),
            network,
            events,
            early: Default::default(),
            trace: options.trace,
            faults: options.faults,
            next_plan: Some(Duration::ZERO),
            between: NetworkFaults::default(),
            wake_up,
        };
        let thread = thread::Builder::new()
            .name("modem".into())
            .spawn(move || server.run())?;
        Ok(Self {
            shared,
            waker,
            thread: Some(thread),
        })
    }

    /// Switches the modem on, and gives the host's end of its line.
    ///
    /// # Errors
    /// The system gives no thread or socket.
    pub fn pair(modem: Modem, options: ServerOptions) -> io::Result<(Self, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        Ok((Self::spawn(modem, Line::try_from(ours)?, options)?, theirs))
    }

    /// Acts on the modem, and tells the time by its clock: takes the network away, cuts the power, changes a switch.
    /// What comes of it happens at once.
    pub fn with_modem<T>(&self, act: impl FnOnce(Duration, &mut Modem) -> T) -> T {
        let result = {
            let mut modem = self.shared.modem();
            act(self.shared.now(), &mut modem)
        };
        self.waker.wake();
        result
    }
}

impl Drop for ModemServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            // It fails if the thread has panicked, which it has reported itself.
            let _ = thread.join();
        }
    }
}

impl Debug for Trace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").finish_non_exhaustive()
    }
}

impl Debug for Faults {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").finish_non_exhaustive()
    }
}

impl Debug for LineEvent<'_> {
    /// Without the bytes' passwords.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::FromHost(bytes) => f
                .debug_tuple("FromHost")
                .field(&at_proto::Redacted(bytes))
                .finish(),
            Self::ToHost(bytes) => f.debug_tuple("ToHost").field(&at_proto::Redacted(bytes)).finish(),
            Self::Overrun(count) => f.debug_tuple("Overrun").field(count).finish(),
            Self::Opened => f.write_str("Opened"),
            Self::Closed => f.write_str("Closed"),
            Self::Refused => f.write_str("Refused"),
            Self::Fault(happened) => f.debug_tuple("Fault").field(happened).finish(),
            Self::Unplugged => f.write_str("Unplugged"),
            Self::Plugged => f.write_str("Plugged"),
            Self::NotPlugged(error) => f.debug_tuple("NotPlugged").field(error).finish(),
            Self::NotConnected(client, error) => {
                f.debug_tuple("NotConnected").field(client).field(error).finish()
            }
        }
    }
}

/// What the owner and the thread both hold.
#[derive(Debug)]
struct Shared {
    modem: Mutex<Modem>,
    start: Instant,
    stop: AtomicBool,
}

impl Shared {
    /// A panic in the owner's function leaves a modem that is whole: each of its methods is.
    fn modem(&self) -> MutexGuard<'_, Modem> {
        self.modem.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

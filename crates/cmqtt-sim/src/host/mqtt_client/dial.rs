//! Looking a name up and opening a TCP connection: both may take long, so they have a thread of their own.

use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use crate::host::resolver::Resolver;
use crate::host::wait::Waker;
use crate::network::ConnectError;

/// A connection that is being opened. Dropping it gives it up; the thread ends when the system has answered it.
#[derive(Debug)]
pub(super) struct Dial(Receiver<Result<TcpStream, ConnectError>>);

impl Dial {
    /// Begins; the waker tells when there is an outcome.
    pub(super) fn start(
        resolver: Resolver,
        host: String,
        port: u16,
        patience: Duration,
        waker: Waker,
    ) -> io::Result<Self> {
        let (outcome, receiver) = mpsc::channel();
        thread::Builder::new().name("mqtt-dial".into()).spawn(move || {
            // It fails if the client no longer wants the connection, which is closed then.
            let _ = outcome.send(dial(&resolver, &host, port, patience));
            waker.wake();
        })?;
        Ok(Self(receiver))
    }

    /// The outcome, once there is one.
    pub(super) fn outcome(&self) -> Option<Result<TcpStream, ConnectError>> {
        match self.0.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(ConnectError::Unreachable)),
        }
    }
}

/// Tries each address in turn, within the time that all have together.
fn dial(resolver: &Resolver, host: &str, port: u16, patience: Duration) -> Result<TcpStream, ConnectError> {
    let deadline = Instant::now() + patience;
    let mut error = ConnectError::TimedOut;
    for address in resolver.resolve(host, port)? {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ConnectError::TimedOut);
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => return Ok(stream),
            Err(failed) => {
                error = match failed.kind() {
                    ErrorKind::TimedOut | ErrorKind::WouldBlock => ConnectError::TimedOut,
                    _ => ConnectError::Unreachable,
                }
            }
        }
    }
    Err(error)
}

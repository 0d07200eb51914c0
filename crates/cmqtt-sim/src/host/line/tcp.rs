//! A TCP port as a line.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::socket::Socket;
use super::{End, Received, Wanted};

/// A TCP port that carries the line's bytes as they are, for one host at a time. A second host is turned away: its
/// connection is closed at once and without a byte, for whatever it read would look like the modem's. A host that has
/// finished sending still hears the modem until another takes its place.
#[derive(Debug)]
pub struct TcpLine {
    listener: TcpListener,
    address: SocketAddr,
    host: Option<Socket<TcpStream>>,
    /// Whoever comes is turned away.
    unplugged: bool,
}

impl TcpLine {
    /// Listens at an address; port 0 lets the system choose one.
    ///
    /// # Errors
    /// The address cannot be had.
    pub fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            host: None,
            unplugged: false,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next host that knocks.
    fn accept(&self) -> Option<TcpStream> {
        let socket = match self.listener.accept() {
            Ok((socket, _)) => socket,
            // Nobody, or one that is gone again.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::ConnectionAborted | ErrorKind::Interrupted
                ) =>
            {
                return None;
            }
            Err(_) => {
                // The process has too many files open, and the knocking goes on: give it a moment.
                std::thread::sleep(MOMENT);
                return None;
            }
        };
        socket.set_nonblocking(true).ok()?;
        // Echo and answers are small, and somebody waits for each.
        socket.set_nodelay(true).ok()?;
        Some(socket)
    }
}

impl End for TcpLine {
    fn interests<'a>(&'a self, wanted: Wanted, ends: &mut Vec<PollFd<'a>>) {
        if wanted.reading {
            ends.push(PollFd::new(&self.listener, PollFlags::IN));
        }
        if let Some(host) = &self.host {
            host.interests(wanted, ends);
        }
    }

    /// First what the host has to say, so that one who comes after it has closed finds its place free.
    fn read(&mut self, buffer: &mut [u8]) -> Received {
        if let Some(host) = &mut self.host {
            let received = host.read(buffer);
            if !received.is_nothing() {
                return received;
            }
        }
        let mut received = Received::default();
        if let Some(socket) = self.accept() {
            if self.unplugged {
                return received;
            }
            if self.host.as_ref().is_some_and(|host| !host.is_finished()) {
                received.refused = true;
            } else {
                self.host = Some(Socket::new(socket));
                received.opened = true;
            }
        }
        received
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        match &mut self.host {
            Some(host) => host.write(bytes),
            None => bytes.len(),
        }
    }

    fn unplug(&mut self) -> bool {
        self.unplugged = true;
        self.host.take().is_some_and(|host| !host.is_finished())
    }

    fn plug(&mut self) -> io::Result<()> {
        self.unplugged = false;
        Ok(())
    }
}

const MOMENT: Duration = Duration::from_millis(10);

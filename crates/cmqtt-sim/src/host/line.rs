//! The modem's end of a serial line: a pseudo-terminal, a TCP port or a socket in the same process.
//!
//! All are like a modem's own port. One host at a time has it open, another may open it later and finds the same
//! modem, and what the modem says while nobody has it open is lost.

use std::fmt::Debug;
use std::io;
use std::os::unix::net::UnixStream;

use rustix::event::PollFd;

mod link;

mod pty;
pub use pty::{Pty, PtyError};

mod opening;

mod socket;

mod tcp;
pub use tcp::TcpLine;

use socket::Socket;

/// A line that a [`ModemServer`](super::ModemServer) can serve.
#[derive(Debug)]
pub struct Line(Box<dyn End>);

impl Line {
    pub(super) fn into_end(self) -> Box<dyn End> {
        self.0
    }
}

impl From<Pty> for Line {
    fn from(pty: Pty) -> Self {
        Self(Box::new(pty))
    }
}

impl From<TcpLine> for Line {
    fn from(tcp: TcpLine) -> Self {
        Self(Box::new(tcp))
    }
}

impl TryFrom<UnixStream> for Line {
    type Error = io::Error;

    /// One end of a pair; the host has the other. When that is dropped, nobody can open the line again.
    fn try_from(socket: UnixStream) -> Result<Self, Self::Error> {
        socket.set_nonblocking(true)?;
        Ok(Self(Box::new(Socket::new(socket))))
    }
}

/// What the server does with a line. Nothing here blocks.
pub(super) trait End: Debug + Send {
    /// Adds what to wait for. An end that would wake for nothing is left out.
    fn interests<'a>(&'a self, wanted: Wanted, ends: &mut Vec<PollFd<'a>>);

    /// Reads what the host has sent, and finds out who comes and goes.
    fn read(&mut self, buffer: &mut [u8]) -> Received;

    /// Hands bytes to the host. How many are off the server's hands: taken, or lost because nobody listens.
    fn write(&mut self, bytes: &[u8]) -> usize;

    /// Takes the port away, as somebody does who pulls a cable: a host that has it open finds it gone. Whether one had.
    /// A line within the process stays, and only carries nothing.
    fn unplug(&mut self) -> bool {
        false
    }

    /// Brings the port back.
    ///
    /// # Errors
    /// The system does not give it again.
    fn plug(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the server can do with a line that is ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) reading: bool,
    pub(super) writing: bool,
}

/// What a look at the line brought, in the order of the fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Received {
    /// A host has opened the line.
    pub(super) opened: bool,
    /// It sent so many bytes.
    pub(super) bytes: usize,
    /// It has closed the line, or at least said that it sends no more.
    pub(super) closed: bool,
    /// Another wanted the line meanwhile and was turned away.
    pub(super) refused: bool,
}

impl Received {
    /// Nothing happened, and nothing will before the line is ready again.
    pub(super) fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

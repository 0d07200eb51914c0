//! A TCP connection that never blocks: bytes wait in it until the peer takes them, and it can be left politely.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::PollFlags;

#[derive(Debug)]
pub(super) struct Stream {
    socket: TcpStream,
    outgoing: VecDeque<u8>,
    leaving: Leaving,
}

/// How a connection came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The peer closed it in order.
    Closed,
    /// It broke.
    Reset,
}

impl Stream {
    pub(super) fn new(socket: TcpStream) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        // A modem's packets are small and wait for answers.
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            outgoing: VecDeque::new(),
            leaving: Leaving::No,
        })
    }

    /// Puts bytes behind those that wait. After [`leave`](Self::leave) they go nowhere.
    pub(super) fn queue(&mut self, bytes: &[u8]) {
        if self.leaving == Leaving::No {
            self.outgoing.extend(bytes);
        }
    }

    /// How many bytes wait for the peer to take them.
    pub(super) fn queued(&self) -> usize {
        self.outgoing.len()
    }

    /// Sends what waits, then says that no more comes. The other direction stays open: closing it while the peer's
    /// bytes are unread would reset the connection, and the peer might lose our last words. So read until the end.
    pub(super) fn leave(&mut self) {
        if self.leaving == Leaving::No {
            self.leaving = Leaving::AfterLastByte;
        }
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leaving != Leaving::No
    }

    /// Gives the peer as much as it takes now.
    pub(super) fn flush(&mut self) -> Result<(), End> {
        while !self.outgoing.is_empty() {
            match self.socket.write(self.outgoing.as_slices().0) {
                Ok(count) => drop(self.outgoing.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(end_of(&error)),
            }
        }
        if self.leaving == Leaving::AfterLastByte {
            self.leaving = Leaving::Said;
            // It fails only where the connection is gone already, which the next read tells.
            let _ = self.socket.shutdown(Shutdown::Write);
        }
        Ok(())
    }

    /// Reads what is there; `None`: nothing now.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, End> {
        loop {
            match self.socket.read(buffer) {
                Ok(0) => return Err(End::Closed),
                Ok(count) => return Ok(Some(count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(end_of(&error)),
            }
        }
    }

    /// What to wait for; reading is optional, to hold back a peer that does not take its own bytes.
    pub(super) fn interest(&self, reading: bool) -> PollFlags {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, reading);
        flags.set(PollFlags::OUT, !self.outgoing.is_empty());
        flags
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    No,
    AfterLastByte,
    Said,
}

fn end_of(error: &io::Error) -> End {
    match error.kind() {
        // Writing to a connection that the peer has closed.
        ErrorKind::BrokenPipe | ErrorKind::NotConnected => End::Closed,
        _ => End::Reset,
    }
}

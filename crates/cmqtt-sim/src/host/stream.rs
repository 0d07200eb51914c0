//! A TCP connection that never blocks, plain or with TLS: bytes wait in it until the peer takes them, and it can be
//! left politely.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::PollFlags;

mod secure;

use super::tls::Opening;
use crate::network::HandshakeError;
use secure::Secure;

#[derive(Debug)]
pub(super) struct Stream {
    socket: TcpStream,
    secure: Option<Box<Secure>>,
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
    /// TLS broke, or the server does not want this client.
    Insecure(HandshakeError),
}

impl Stream {
    pub(super) fn new(socket: TcpStream) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        // A modem's packets are small and wait for answers.
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            secure: None,
            outgoing: VecDeque::new(),
            leaving: Leaving::No,
        })
    }

    /// The same with TLS, whose handshake [`shake_hands`](Self::shake_hands) goes on with.
    pub(super) fn with_tls(socket: TcpStream, opening: Opening) -> io::Result<Self> {
        let mut stream = Self::new(socket)?;
        stream.secure = Some(Box::new(Secure::new(opening)));
        Ok(stream)
    }

    /// Goes on with the handshake. Whether it is done.
    pub(super) fn shake_hands(&mut self, buffer: &mut [u8]) -> Result<bool, End> {
        loop {
            self.flush()?;
            if !self.secure.as_ref().is_some_and(|secure| secure.is_handshaking()) {
                return Ok(true);
            }
            if !self.fill(buffer)? {
                return Ok(false);
            }
        }
    }

    /// Puts bytes behind those that wait. After [`leave`](Self::leave) they go nowhere.
    pub(super) fn queue(&mut self, bytes: &[u8]) {
        match &mut self.secure {
            _ if self.leaving != Leaving::No => {}
            Some(secure) => {
                secure.queue(bytes);
                secure.send(&mut self.outgoing);
            }
            None => self.outgoing.extend(bytes),
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
        if let Some(secure) = &mut self.secure {
            if self.leaving == Leaving::AfterLastByte {
                secure.close();
            }
            secure.send(&mut self.outgoing);
        }
        while !self.outgoing.is_empty() {
            match self.socket.write(self.outgoing.as_slices().0) {
                Ok(count) => drop(self.outgoing.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.ended(end_of(&error))),
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
        if self.secure.is_none() {
            return self.read_socket(buffer);
        }
        loop {
            if let Some(secure) = &mut self.secure {
                match secure.take(buffer) {
                    0 if secure.is_closed() => return Err(self.ended(End::Closed)),
                    0 => {}
                    count => return Ok(Some(count)),
                }
            }
            if !self.fill(buffer)? {
                return Ok(None);
            }
        }
    }

    /// Whether there is something to read that no socket tells of.
    pub(super) fn has_unread(&self) -> bool {
        self.secure.as_ref().is_some_and(|secure| secure.has_unread())
    }

    /// Reads what is there into TLS. Whether anything was.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<bool, End> {
        let count = match self.read_socket(buffer) {
            Ok(Some(count)) => count,
            Ok(None) => return Ok(false),
            Err(end) => return Err(self.ended(end)),
        };
        if let Some(secure) = &mut self.secure
            && let Err(reason) = secure.receive(buffer.get(..count).unwrap_or_default())
        {
            // The alert that tells the peer why, as far as it takes it.
            let _ = self.flush();
            return Err(End::Insecure(reason));
        }
        Ok(true)
    }

    fn read_socket(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, End> {
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

    fn ended(&self, end: End) -> End {
        let secure = self.secure.as_ref().and_then(|secure| secure.end());
        secure.map_or(end, End::Insecure)
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

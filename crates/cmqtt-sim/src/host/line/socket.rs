//! A connected socket as a line's end.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags};

use super::{End, Received, Wanted};

/// A socket that does not block.
#[derive(Debug)]
pub(super) struct Socket<S> {
    socket: S,
    /// The host sends no more. It may still listen, as `printf 'AT\r' | nc` does.
    finished: bool,
    broken: bool,
}

impl<S> Socket<S> {
    pub(super) fn new(socket: S) -> Self {
        Self {
            socket,
            finished: false,
            broken: false,
        }
    }

    /// Whether another host may take this one's place.
    pub(super) fn is_finished(&self) -> bool {
        self.finished || self.broken
    }
}

impl<S: Read + Write + AsFd + std::fmt::Debug + Send> End for Socket<S> {
    fn interests<'a>(&'a self, wanted: Wanted, ends: &mut Vec<PollFd<'a>>) {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, wanted.reading && !self.finished);
        flags.set(PollFlags::OUT, wanted.writing);
        // Without either it could still wake us, for an error that nobody would look at.
        if !self.broken && !flags.is_empty() {
            ends.push(PollFd::new(&self.socket, flags));
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Received {
        let mut received = Received::default();
        if self.is_finished() {
            return received;
        }
        match retried(|| self.socket.read(buffer)) {
            Ok(0) => self.finished = true,
            Ok(count) => received.bytes = count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.broken = true,
        }
        received.closed = self.is_finished();
        received
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        if self.broken {
            return bytes.len();
        }
        match retried(|| self.socket.write(bytes)) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_) => {
                // A host that still sends is found gone by the next read, which tells so.
                self.broken = self.finished;
                bytes.len()
            }
        }
    }
}

/// Until no signal comes in between.
fn retried(mut act: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match act() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

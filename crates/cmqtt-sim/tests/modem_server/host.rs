//! The host's end of a line.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::{read, write};

/// Longer than anything here takes; only a failing test waits for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// A program that has the line open.
pub(super) struct Host(OwnedFd);

impl Host {
    pub(super) fn new(end: impl Into<OwnedFd>) -> Self {
        Self(end.into())
    }

    /// As a program opens a serial port, but leaving its settings alone.
    pub(super) fn open(device: &Path) -> Self {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        Self(rustix::fs::open(device, flags, Mode::empty()).expect("the device opens"))
    }

    pub(super) fn connect(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect(address).expect("a connection"))
    }

    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let mut rest = bytes.as_ref();
        while !rest.is_empty() {
            let sent = write(&self.0, rest).expect("the line takes bytes");
            rest = &rest[sent..];
        }
    }

    /// Sends, and hears exactly this.
    #[track_caller]
    pub(super) fn ask(&mut self, send: impl AsRef<[u8]>, expect: impl AsRef<[u8]>) {
        let send = send.as_ref();
        self.send(send);
        self.check(expect.as_ref(), &format!("after {}", send.escape_ascii()));
    }

    /// The next that the modem says is exactly this.
    #[track_caller]
    pub(super) fn hear(&mut self, expect: impl AsRef<[u8]>) {
        self.check(expect.as_ref(), "unasked");
    }

    /// All that the modem says up to and with this, escaped.
    #[track_caller]
    pub(super) fn hear_until(&mut self, end: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut heard = vec![];
        let mut byte = [0];
        while !heard.ends_with(end.as_bytes()) {
            assert!(self.is_ready(deadline), "{} and no more", heard.escape_ascii());
            read(&self.0, &mut byte).expect("a byte");
            heard.extend(byte);
        }
        heard.escape_ascii().to_string()
    }

    /// The other end is closed, and nothing was left to read.
    #[track_caller]
    pub(super) fn hear_end(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let mut buffer = [0; 64];
        assert!(self.is_ready(deadline), "the line is still open");
        // A terminal whose other end is gone says so with an error.
        let count = read(&self.0, &mut buffer).unwrap_or(0);
        assert_eq!(buffer[..count].escape_ascii().to_string(), "");
    }

    /// Says that it sends no more.
    pub(super) fn finish(&mut self) {
        let socket = TcpStream::from(self.0.try_clone().expect("a copy"));
        socket.shutdown(std::net::Shutdown::Write).expect("it was open");
    }

    pub(super) fn as_file(&self) -> File {
        File::from(self.0.try_clone().expect("a copy"))
    }

    #[track_caller]
    fn check(&mut self, expect: &[u8], when: &str) {
        let deadline = Instant::now() + PATIENCE;
        let mut heard = vec![];
        let mut buffer = [0; 4096];
        // No more than is expected, so that what follows is there for the next.
        while heard.len() < expect.len() && expect.starts_with(&heard) && self.is_ready(deadline) {
            let room = buffer.len().min(expect.len() - heard.len());
            match read(&self.0, &mut buffer[..room]) {
                Ok(0) | Err(_) => break,
                Ok(count) => heard.extend(&buffer[..count]),
            }
        }
        let (heard, expect) = (
            heard.escape_ascii().to_string(),
            expect.escape_ascii().to_string(),
        );
        assert_eq!(heard, expect, "{when}, within {PATIENCE:?}");
    }

    /// Waits for bytes, or for the end.
    fn is_ready(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).expect("a short time");
        let mut ends = [PollFd::from_borrowed_fd(self.0.as_fd(), PollFlags::IN)];
        poll(&mut ends, Some(&left)).expect("it can be waited for") > 0
    }
}

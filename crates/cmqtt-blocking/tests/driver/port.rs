//! A port in virtual time. A test holds its other end and says what the modem does.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use cmqtt_blocking::{Client, Config, Memory, Port};

/// Both ends: clones are the same port.
#[derive(Clone, Debug)]
pub(crate) struct VirtualPort(Rc<RefCell<Inner>>);

/// How the modem meets a write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reaction {
    /// It says this.
    Say(&'static str),
    /// It says the first, and the second while the program is stopped right after it found the port silent.
    SayWhileStopped(&'static str, &'static str),
    /// The port fails at the next read.
    Fail,
    /// The port takes nothing.
    Refuse,
}

#[derive(Debug)]
struct Inner {
    now: Instant,
    timeout: Duration,
    /// What can be read now.
    ready: VecDeque<u8>,
    /// What comes after a read that brought nothing.
    later: VecDeque<String>,
    /// What comes while the program is stopped, after a read that brought nothing.
    while_stopped: Option<&'static str>,
    reactions: VecDeque<Reaction>,
    written: Vec<u8>,
    /// The next read fails.
    failing: bool,
    /// There is nothing after what can be read now.
    ended: bool,
    /// The most bytes that a read brings.
    at_most: usize,
}

impl VirtualPort {
    /// The modem says something.
    pub(crate) fn say(&self, text: &str) {
        self.0.borrow_mut().ready.extend(text.bytes());
    }

    /// The modem says something once it was found silent.
    pub(crate) fn say_later(&self, text: &str) {
        self.0.borrow_mut().later.push_back(text.to_owned());
    }

    /// How the next writes are met.
    pub(crate) fn react(&self, reactions: &[Reaction]) {
        self.0.borrow_mut().reactions.extend(reactions);
    }

    /// Time passes without the driver.
    pub(crate) fn pass(&self, time: Duration) {
        self.0.borrow_mut().now += time;
    }

    /// The next read fails, once.
    pub(crate) fn fail(&self) {
        self.0.borrow_mut().failing = true;
    }

    /// Nothing comes any more.
    pub(crate) fn end(&self) {
        self.0.borrow_mut().ended = true;
    }

    /// A read brings no more bytes than this.
    pub(crate) fn at_most(&self, len: usize) {
        self.0.borrow_mut().at_most = len;
    }

    /// What was written so far.
    pub(crate) fn written(&self) -> String {
        self.0.borrow().written.escape_ascii().to_string()
    }
}

impl Default for VirtualPort {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(Inner {
            now: Instant::now(),
            timeout: Duration::ZERO,
            ready: VecDeque::new(),
            later: VecDeque::new(),
            while_stopped: None,
            reactions: VecDeque::new(),
            written: Vec::new(),
            failing: false,
            ended: false,
            at_most: usize::MAX,
        })))
    }
}

impl Read for VirtualPort {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inner = self.0.borrow_mut();
        if std::mem::take(&mut inner.failing) {
            return Err(io::Error::other("a hiccup"));
        }
        if inner.ready.is_empty()
            && let Some(text) = inner.while_stopped.take()
        {
            inner.now += STOPPED;
            inner.ready.extend(text.bytes());
            return Err(io::ErrorKind::TimedOut.into());
        }
        if inner.ready.is_empty() && !inner.ended {
            let timeout = inner.timeout;
            inner.now += timeout;
            let later = inner.later.pop_front().unwrap_or_default();
            inner.ready.extend(later.bytes());
            return Err(io::ErrorKind::TimedOut.into());
        }
        let len = buffer.len().min(inner.at_most);
        inner.ready.read(&mut buffer[..len])
    }
}

impl Write for VirtualPort {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.borrow_mut();
        match inner.reactions.pop_front() {
            Some(Reaction::Say(text)) => inner.ready.extend(text.bytes()),
            Some(Reaction::SayWhileStopped(at_once, later)) => {
                inner.ready.extend(at_once.bytes());
                inner.while_stopped = Some(later);
            }
            Some(Reaction::Fail) => inner.failing = true,
            Some(Reaction::Refuse) => return Err(io::ErrorKind::BrokenPipe.into()),
            None => {}
        }
        inner.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Port for VirtualPort {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.0.borrow_mut().timeout = timeout;
        Ok(())
    }

    fn read_ready(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let is_silent = {
            let inner = self.0.borrow();
            inner.ready.is_empty() && !inner.ended && !inner.failing
        };
        if is_silent {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.read(buffer)
    }

    fn now(&self) -> Instant {
        self.0.borrow().now
    }
}

/// A driver, and its port.
pub(crate) fn modem() -> (VirtualPort, Client<VirtualPort>) {
    modem_with(Memory::default())
}

/// The same with so much memory.
pub(crate) fn modem_with(memory: Memory) -> (VirtualPort, Client<VirtualPort>) {
    let port = VirtualPort::default();
    (port.clone(), Client::with_memory(port, Config::SIM7028, memory))
}

/// A received message with the topic `t` and the payload `p`.
pub(crate) const MESSAGE: &str =
    "\r\n+CMQTTRXSTART: 0,1,1\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,1\r\np\r\n+CMQTTRXEND: 0\r\n";

/// How long a program is stopped: longer than a publish may take.
pub(crate) const STOPPED: Duration = Duration::from_secs(75);

/// Longer than the modem may pause within a message.
pub(crate) const PAUSE: Duration = Duration::from_millis(5200);

//! The in-memory broker on a TCP port: any MQTT 3.1 or 3.1.1 client can talk to it.
//!
//! One thread serves all connections and sleeps while nothing happens. A client that does not take its messages is not
//! read from either, so that what waits for it stays bounded.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

mod peer;

use super::wait::{WakeUp, Waker, wait, waker};
use crate::broker::Broker;
use peer::Peer;

/// A broker that listens, until it is dropped: then its thread ends and every connection is closed.
#[derive(Debug)]
pub struct BrokerServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl BrokerServer {
    /// Listens at an address; port 0 lets the system choose one.
    ///
    /// # Errors
    /// The address cannot be had, or the system gives no thread or socket.
    pub fn bind(address: impl ToSocketAddrs, broker: Broker) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (waker, wake_up) = waker()?;
        let shared = Arc::new(Shared {
            broker: Mutex::new(broker),
            start: Instant::now(),
            stop: AtomicBool::new(false),
        });
        let server = Server {
            listener,
            deaf_until: None,
            wake_up,
            shared: Arc::clone(&shared),
            peers: Vec::new(),
        };
        let thread = thread::Builder::new()
            .name("mqtt-broker".into())
            .spawn(move || server.run())?;
        Ok(Self {
            address,
            shared,
            waker,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Acts on the broker, and tells the time by its clock. What comes of it is delivered at once. The broker serves
    /// nobody meanwhile.
    pub fn with_broker<T>(&self, act: impl FnOnce(Duration, &mut Broker) -> T) -> T {
        let result = act(self.shared.now(), &mut self.shared.broker());
        self.waker.wake();
        result
    }
}

impl Drop for BrokerServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            // It fails if the thread panicked, which it has reported itself.
            let _ = thread.join();
        }
    }
}

#[derive(Debug)]
struct Shared {
    broker: Mutex<Broker>,
    start: Instant,
    stop: AtomicBool,
}

impl Shared {
    /// The broker's state is whole between any two calls, also when a caller of `with_broker` panicked.
    fn broker(&self) -> MutexGuard<'_, Broker> {
        self.broker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// What the thread owns.
#[derive(Debug)]
struct Server {
    listener: TcpListener,
    /// After an accept that failed (too many open files), when to try again.
    deaf_until: Option<Instant>,
    wake_up: WakeUp,
    shared: Arc<Shared>,
    peers: Vec<Peer>,
}

impl Server {
    fn run(mut self) {
        let mut buffer = vec![0; READ];
        while !self.shared.stop.load(Ordering::Acquire) {
            let deadline = self.serve();
            self.sleep(deadline);
            self.wake_up.clear();
            self.accept();
            let shared = Arc::clone(&self.shared);
            for peer in &mut self.peers {
                peer.read(&shared, &mut buffer);
            }
        }
    }

    /// Does what is due and sends what there is; says when something is due next.
    fn serve(&mut self) -> Option<Instant> {
        let now = self.shared.now();
        let mut broker = self.shared.broker();
        broker.handle_timeout(now);
        for peer in &mut self.peers {
            peer.give_up_if_due(now, &mut broker);
        }
        // Again while connections end: the will of a later one may be for an earlier one.
        let mut ended = true;
        while ended {
            for peer in &mut self.peers {
                peer.write(now, &mut broker);
            }
            ended = self.peers.extract_if(.., |peer| peer.is_gone()).count() > 0;
        }
        let due = self
            .peers
            .iter()
            .filter_map(Peer::deadline)
            .chain(broker.next_deadline())
            .min();
        let due = due.map(|due| self.shared.start + due);
        due.into_iter().chain(self.deaf_until).min()
    }

    fn sleep(&mut self, deadline: Option<Instant>) {
        let mut ends = Vec::with_capacity(self.peers.len() + 2);
        ends.push(PollFd::new(&self.wake_up, PollFlags::IN));
        if self.deaf_until.is_none() {
            ends.push(PollFd::new(&self.listener, PollFlags::IN));
        }
        ends.extend(
            self.peers
                .iter()
                .map(|peer| PollFd::new(peer.stream(), peer.interest())),
        );
        wait(&mut ends, deadline);
    }

    fn accept(&mut self) {
        if self.deaf_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        self.deaf_until = None;
        loop {
            match self.listener.accept() {
                Ok((socket, _)) => self.peers.extend(Peer::new(socket, self.shared.now())),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(_) => {
                    self.deaf_until = Some(Instant::now() + DEAF);
                    return;
                }
            }
        }
    }
}

/// How much is read from one peer before the next has its turn, in bytes.
const READ: usize = 16 * 1024;
/// How long no connection is accepted after the system could not give one.
const DEAF: Duration = Duration::from_millis(100);

//! The client's thread: it waits for requests, the socket and deadlines at once, and holds no decision about MQTT.

use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::ClientOptions;
use super::dial::Dial;
use super::session::{Kept, Session};
use crate::host::stream::{End, Stream};
use crate::host::tls::Prepared;
use crate::host::wait::{WakeUp, Waker, wait};
use crate::network::{Connect, ConnectError, HandshakeError, NetworkEvent, NetworkRequest};

pub(super) struct Worker {
    options: ClientOptions,
    requests: Receiver<NetworkRequest>,
    abort_done: Sender<()>,
    waker: Waker,
    wake_up: WakeUp,
    sink: Box<dyn FnMut(NetworkEvent) + Send>,
    state: State,
    kept: Kept,
}

impl Worker {
    pub(super) fn new(
        options: ClientOptions,
        requests: Receiver<NetworkRequest>,
        abort_done: Sender<()>,
        waker: Waker,
        wake_up: WakeUp,
        sink: Box<dyn FnMut(NetworkEvent) + Send>,
    ) -> Self {
        Self {
            options,
            requests,
            abort_done,
            waker,
            wake_up,
            sink,
            state: State::Idle,
            kept: Kept::default(),
        }
    }

    /// Until the owner is gone.
    pub(super) fn run(mut self) {
        let mut buffer = vec![0; READ];
        loop {
            loop {
                match self.requests.try_recv() {
                    Ok(request) => self.request(request),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            self.advance(&mut buffer);
            self.sleep();
            self.wake_up.clear();
        }
    }

    fn request(&mut self, request: NetworkRequest) {
        match request {
            NetworkRequest::Connect(connect) => match self.state {
                State::Idle => self.dial(connect),
                _ => (self.sink)(NetworkEvent::ConnectFailed(ConnectError::Protocol)),
            },
            NetworkRequest::Disconnect => self.disconnect(),
            NetworkRequest::Abort => {
                if let State::Online(_, session) = std::mem::take(&mut self.state) {
                    self.kept = session.keep();
                }
                // It fails when the client is being dropped.
                let _ = self.abort_done.send(());
            }
            request => {
                if let State::Online(_, session) = &mut self.state {
                    session.handle_request(request, Instant::now());
                }
            }
        }
    }

    fn dial(&mut self, connect: Box<Connect>) {
        let patience = self.options.connect_timeout;
        let host = connect.host.clone();
        let resolver = self.options.resolver.clone();
        let tls = connect.tls.as_deref().map(Prepared::new).transpose();
        let dial = tls.and_then(|tls| {
            Dial::start(resolver, host, connect.port, patience, self.waker.clone())
                .map(|dial| (dial, tls))
                .map_err(|_| ConnectError::Unreachable)
        });
        match dial {
            Ok((dial, tls)) => self.state = State::Dialling(dial, connect, tls, Instant::now() + patience),
            Err(error) => (self.sink)(NetworkEvent::ConnectFailed(error)),
        }
    }

    fn disconnect(&mut self) {
        match std::mem::take(&mut self.state) {
            State::Idle => (self.sink)(NetworkEvent::Disconnected),
            State::Dialling(..) | State::ShakingHands(..) => {
                (self.sink)(NetworkEvent::ConnectFailed(ConnectError::Closed));
                (self.sink)(NetworkEvent::Disconnected);
            }
            State::Online(mut stream, mut session) => {
                while let Some(event) = session.poll_event() {
                    (self.sink)(event);
                }
                if session.is_connecting() {
                    (self.sink)(NetworkEvent::ConnectFailed(ConnectError::Closed));
                }
                session.disconnect(Instant::now());
                stream.queue(&session.take_outgoing());
                stream.leave();
                self.kept = session.keep();
                self.state = State::Leaving(stream, Instant::now() + LINGER, 1);
            }
            State::Leaving(stream, deadline, asked) => {
                self.state = State::Leaving(stream, deadline, asked + 1);
            }
        }
    }

    /// Does whatever can be done now.
    fn advance(&mut self, buffer: &mut [u8]) {
        self.state = match std::mem::take(&mut self.state) {
            State::Idle => State::Idle,
            State::Dialling(dial, connect, tls, deadline) => {
                self.advance_dial(dial, connect, tls, deadline, buffer)
            }
            State::ShakingHands(stream, connect, deadlines) => {
                self.advance_handshake(stream, connect, deadlines, buffer)
            }
            State::Online(stream, session) => self.advance_session(stream, *session, buffer),
            State::Leaving(stream, deadline, asked) => self.advance_leaving(stream, deadline, asked, buffer),
        };
    }

    fn advance_dial(
        &mut self,
        dial: Dial,
        connect: Box<Connect>,
        tls: Option<Box<Prepared>>,
        deadline: Instant,
        buffer: &mut [u8],
    ) -> State {
        let now = Instant::now();
        let socket = match dial.outcome() {
            None if now < deadline => return State::Dialling(dial, connect, tls, deadline),
            None => Err(ConnectError::TimedOut),
            Some(outcome) => outcome,
        };
        let stream = socket.and_then(|socket| {
            let stream = match tls {
                None => Stream::new(socket),
                Some(tls) => Stream::with_tls(socket, tls.open(&connect.host)?),
            };
            stream.map_err(|_| ConnectError::Unreachable)
        });
        match (stream, &connect.tls) {
            (Ok(stream), None) => self.start_session(stream, &connect, deadline, buffer),
            (Ok(stream), Some(tls)) => {
                let deadlines = Deadlines {
                    handshake: now + tls.negotiation_time,
                    connack: deadline + tls.negotiation_time,
                };
                self.advance_handshake(stream, connect, deadlines, buffer)
            }
            (Err(error), _) => self.connect_failed(error),
        }
    }

    fn advance_handshake(
        &mut self,
        mut stream: Stream,
        connect: Box<Connect>,
        deadlines: Deadlines,
        buffer: &mut [u8],
    ) -> State {
        match stream.shake_hands(buffer) {
            Ok(true) => self.start_session(stream, &connect, deadlines.connack, buffer),
            Ok(false) if Instant::now() < deadlines.handshake => {
                State::ShakingHands(stream, connect, deadlines)
            }
            Ok(false) => self.connect_failed(ConnectError::Handshake(HandshakeError::TimedOut)),
            Err(End::Insecure(reason)) => self.connect_failed(ConnectError::Handshake(reason)),
            Err(End::Closed | End::Reset) => {
                self.connect_failed(ConnectError::Handshake(HandshakeError::Closed))
            }
        }
    }

    fn start_session(
        &mut self,
        stream: Stream,
        connect: &Connect,
        connack_by: Instant,
        buffer: &mut [u8],
    ) -> State {
        let kept = std::mem::take(&mut self.kept);
        let now = Instant::now();
        match Session::start(connect, kept, self.options.ping_timeout, connack_by, now) {
            Ok(session) => self.advance_session(stream, session, buffer),
            Err(error) => self.connect_failed(error),
        }
    }

    fn connect_failed(&mut self, error: ConnectError) -> State {
        (self.sink)(NetworkEvent::ConnectFailed(error));
        State::Idle
    }

    fn advance_session(&mut self, mut stream: Stream, mut session: Session, buffer: &mut [u8]) -> State {
        // Once: what a busy peer has more of keeps the poll from sleeping, and requests get their turn in between.
        if stream.queued() < HIGH_WATER {
            match stream.read(buffer) {
                Ok(None) => {}
                Ok(Some(count)) => session.handle_received(&buffer[..count], Instant::now()),
                Err(end) => session.handle_end(end),
            }
        }
        session.handle_timeout(Instant::now());
        stream.queue(&session.take_outgoing());
        if let Err(end) = stream.flush() {
            session.handle_end(end);
        }
        while let Some(event) = session.poll_event() {
            (self.sink)(event);
        }
        if session.is_over() {
            self.kept = session.keep();
            return State::Idle;
        }
        State::Online(stream, Box::new(session))
    }

    /// Waits until the peer has closed its side too, so that it has surely read the DISCONNECT.
    fn advance_leaving(
        &mut self,
        mut stream: Stream,
        deadline: Instant,
        asked: u32,
        buffer: &mut [u8],
    ) -> State {
        let open = stream.flush().is_ok() && stream.read(buffer).is_ok();
        if open && Instant::now() < deadline {
            return State::Leaving(stream, deadline, asked);
        }
        for _ in 0..asked {
            (self.sink)(NetworkEvent::Disconnected);
        }
        State::Idle
    }

    fn sleep(&mut self) {
        let mut ends = Vec::with_capacity(2);
        ends.push(PollFd::new(&self.wake_up, PollFlags::IN));
        let deadline = match &self.state {
            State::Idle => None,
            State::Dialling(_, _, _, deadline) => Some(*deadline),
            State::ShakingHands(stream, _, deadlines) => {
                ends.push(PollFd::new(stream, stream.interest(true)));
                Some(deadlines.handshake)
            }
            State::Online(stream, session) => {
                let reading = stream.queued() < HIGH_WATER;
                ends.push(PollFd::new(stream, stream.interest(reading)));
                if reading && stream.has_unread() {
                    Some(Instant::now())
                } else {
                    session.next_deadline()
                }
            }
            State::Leaving(stream, deadline, _) => {
                ends.push(PollFd::new(stream, stream.interest(true)));
                Some(*deadline)
            }
        };
        wait(&mut ends, deadline);
    }
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Dialling(Dial, Box<Connect>, Option<Box<Prepared>>, Instant),
    ShakingHands(Stream, Box<Connect>, Deadlines),
    Online(Stream, Box<Session>),
    /// DISCONNECT is on its way; the number says how many times it was asked for.
    Leaving(Stream, Instant, u32),
}

/// Until when a connection with TLS may take.
#[derive(Clone, Copy)]
struct Deadlines {
    handshake: Instant,
    connack: Instant,
}

/// How much is read at once, in bytes.
const READ: usize = 16 * 1024;
/// How many bytes may wait for a peer that does not take them before it is no longer read from.
const HIGH_WATER: usize = 256 * 1024;
/// How long a broker may take to close its side after a DISCONNECT.
const LINGER: Duration = Duration::from_secs(2);

//! The modem's thread: it carries bytes, requests and events between line, modem and network, each when it is due.
//! What any of them means is decided elsewhere.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::{LineEvent, Shared, Trace};
use crate::host::line::{End, Received, Wanted};
use crate::host::mqtt_client::HostNetwork;
use crate::host::wait::{WakeUp, wait};
use crate::memory_network::ClientKey;
use crate::modem::Output;
use crate::network::{ConnectError, NetworkEvent, NetworkRequest};
use crate::wire::{Direction, Wire};

#[derive(Debug)]
pub(super) struct Server {
    pub(super) shared: Arc<Shared>,
    pub(super) line: Box<dyn End>,
    pub(super) wire: Wire,
    pub(super) baud: Option<NonZeroU32>,
    /// What has come through the wire and waits for the host to take it.
    pub(super) outbox: VecDeque<u8>,
    pub(super) network: HostNetwork,
    pub(super) events: Receiver<(ClientKey, NetworkEvent)>,
    /// Events that were looked at before their time.
    pub(super) early: VecDeque<(ClientKey, NetworkEvent)>,
    pub(super) trace: Option<Trace>,
    pub(super) wake_up: WakeUp,
}

impl Server {
    /// Until the owner is gone.
    pub(super) fn run(mut self) {
        let mut buffer = vec![0; self.most_at_once()];
        while !self.shared.is_stopped() {
            self.wake_up.clear();
            let idle = self.listen(&mut buffer);
            let told = self.hear_network();
            let deadline = self.obey();
            self.say();
            if idle && !told {
                self.sleep(deadline);
            }
        }
    }

    /// Host to modem. Whether all is read that can be.
    fn listen(&mut self, buffer: &mut [u8]) -> bool {
        let mut idle = !self.may_read();
        if !idle {
            let received = self.line.read(buffer);
            idle = received.is_nothing();
            self.receive(received, buffer);
        }
        let now = self.shared.now();
        let bytes = self.wire.receive(now, Direction::ToModem);
        if !bytes.is_empty() {
            self.trace(LineEvent::FromHost(&bytes));
            self.shared.modem().handle_received(self.shared.now(), &bytes);
        }
        idle
    }

    fn receive(&mut self, received: Received, buffer: &[u8]) {
        if received.opened {
            self.trace(LineEvent::Opened);
        }
        let bytes = buffer.get(..received.bytes).unwrap_or_default();
        self.wire.send(self.shared.now(), Direction::ToModem, bytes);
        if received.closed {
            self.trace(LineEvent::Closed);
        }
        if received.refused {
            self.trace(LineEvent::Refused);
        }
    }

    /// Network to modem, so much that the line gets its turn. Whether there may be more.
    fn hear_network(&mut self) -> bool {
        for _ in 0..EVENTS {
            let event = self.early.pop_front().or_else(|| self.events.try_recv().ok());
            let Some((ClientKey(client), event)) = event else {
                return false;
            };
            self.tell(client, event);
        }
        true
    }

    fn tell(&mut self, client: u32, event: NetworkEvent) {
        // The keys are the modem's own client indexes.
        if let Ok(client) = u8::try_from(client) {
            if let NetworkEvent::ConnectFailed(error) = event {
                self.trace(LineEvent::NotConnected(client, error));
            }
            self.shared
                .modem()
                .handle_network(self.shared.now(), client, event);
        }
    }

    /// Does what the modem wants done. When it wants to be called again.
    fn obey(&mut self) -> Option<Duration> {
        let now = self.shared.now();
        self.shared.modem().handle_timeout(now);
        loop {
            // Not in the condition, where the modem would stay locked: a trace may look at it.
            let output = self.shared.modem().poll();
            match output {
                Output::Transmit(bytes) => self.transmit(&bytes),
                Output::Network(client, request) => self.ask(client, request),
                Output::Wait(deadline) => return deadline,
            }
        }
    }

    fn transmit(&mut self, bytes: &[u8]) {
        self.trace(LineEvent::ToHost(bytes));
        self.say();
        let now = self.shared.now();
        let under_way = self.wire.free_at(Direction::ToHost).saturating_sub(now);
        let under_way = bytes_in(self.baud, under_way).saturating_add(self.outbox.len());
        if under_way > ROOM {
            self.trace(LineEvent::Overrun(bytes.len()));
            return;
        }
        self.wire.send(now, Direction::ToHost, bytes);
    }

    fn ask(&mut self, client: u8, request: NetworkRequest) {
        let key = ClientKey(client.into());
        let connecting = matches!(request, NetworkRequest::Connect(_));
        let aborting = matches!(request, NetworkRequest::Abort);
        if self.network.handle_request(key, request).is_err() && connecting {
            let failed = NetworkEvent::ConnectFailed(ConnectError::Unreachable);
            self.tell(client.into(), failed);
        }
        if aborting {
            // What the connection has still said is nobody's, least of all the next connection's.
            self.early.extend(self.events.try_iter());
            self.early.retain(|(of, _)| *of != key);
        }
    }

    /// Modem to host.
    fn say(&mut self) {
        let now = self.shared.now();
        self.outbox.extend(self.wire.receive(now, Direction::ToHost));
        while !self.outbox.is_empty() {
            let taken = self.line.write(self.outbox.as_slices().0);
            if taken == 0 {
                break;
            }
            self.outbox.drain(..taken);
        }
    }

    fn sleep(&self, modem: Option<Duration>) {
        let now = self.shared.now();
        let reading = self.may_read();
        let lanes = [Direction::ToModem, Direction::ToHost].map(|direction| {
            let next = self.wire.next_arrival(direction)?;
            // Bytes go in small groups: at 115200 baud nobody wants to be woken for each.
            Some(next.max(now + GROUP).min(self.wire.free_at(direction).max(next)))
        });
        let may_read = (!reading).then(|| self.wire.free_at(Direction::ToModem).saturating_sub(AHEAD));
        let deadlines = lanes.into_iter().chain([modem, may_read]);
        let deadline = deadlines
            .flatten()
            .min()
            .and_then(|at| self.shared.start.checked_add(at));
        let wanted = Wanted {
            reading,
            writing: !self.outbox.is_empty(),
        };
        let mut ends = vec![PollFd::new(&self.wake_up, PollFlags::IN)];
        self.line.interests(wanted, &mut ends);
        wait(&mut ends, deadline);
    }

    /// A host that sends faster than the line's pace has to wait, as it would before a real port.
    fn may_read(&self) -> bool {
        self.wire.free_at(Direction::ToModem) <= self.shared.now() + AHEAD
    }

    fn most_at_once(&self) -> usize {
        bytes_in(self.baud, AHEAD).clamp(1, READ)
    }

    fn trace(&mut self, event: LineEvent<'_>) {
        if let Some(Trace(hear)) = &mut self.trace {
            hear(self.shared.now(), event);
        }
    }
}

/// How many bytes a line carries in a time; one without a pace any number.
fn bytes_in(baud: Option<NonZeroU32>, time: Duration) -> usize {
    match baud {
        None if time.is_zero() => 0,
        None => usize::MAX,
        Some(baud) => {
            let bytes = time.as_micros() * u128::from(baud.get()) / MICROSECONDS_OF_BAUD;
            usize::try_from(bytes).unwrap_or(usize::MAX)
        }
    }
}

/// Ten bits at one baud, in microseconds.
const MICROSECONDS_OF_BAUD: u128 = 10_000_000;
/// How much is read at once, in bytes.
const READ: usize = 4096;
/// How much of the host's bytes lie on the wire: enough to keep it busy.
const AHEAD: Duration = Duration::from_millis(10);
/// The least time that is slept while bytes are on the wire.
const GROUP: Duration = Duration::from_millis(1);
/// Where bytes begin to be lost for a host that does not read: a hundred of the longest messages wait for it then.
const ROOM: usize = 1024 * 1024;
/// How many events of the network are taken in a row.
const EVENTS: usize = 256;

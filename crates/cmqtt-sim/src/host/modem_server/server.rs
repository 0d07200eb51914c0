//! The modem's thread: it carries bytes, requests and events between line, modem and network, each when it is due.
//! What any of them means is decided elsewhere.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::{Faults, LineEvent, Shared, Trace};
use crate::host::line::{End, Received, Wanted};
use crate::host::mqtt_client::HostNetwork;
use crate::host::wait::{WakeUp, wait};
use crate::memory_network::ClientKey;
use crate::modem::Output;
use crate::network::{ConnectError, Crossing, NetworkEvent, NetworkFaults, NetworkRequest};
use crate::wire::{Direction, Port, Wire};

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
    pub(super) faults: Option<Faults>,
    /// When the next plan begins.
    pub(super) next_plan: Option<Duration>,
    pub(super) between: NetworkFaults,
    pub(super) wake_up: WakeUp,
}

impl Server {
    /// Until the owner is gone.
    pub(super) fn run(mut self) {
        let mut buffer = vec![0; self.most_at_once()];
        while !self.shared.is_stopped() {
            self.wake_up.clear();
            self.plan();
            let idle = self.listen(&mut buffer);
            let told = self.hear_network();
            let deadline = self.obey();
            self.say();
            self.tell_faults();
            if idle && !told {
                self.sleep(deadline);
            }
        }
    }

    /// Begins the next plan, if that is due, and moves the port as the plan says.
    fn plan(&mut self) {
        let now = self.shared.now();
        if let Some(faults) = &mut self.faults
            && self.next_plan.is_some_and(|at| at <= now)
        {
            let plan = faults.0.next();
            self.next_plan = plan.as_ref().and_then(|plan| plan.until);
            let plan = plan.unwrap_or_default();
            self.wire.set_faults(&plan);
            self.between.set_faults(&plan);
            self.shared.modem().set_faults(&plan);
        }
        while let Some(port) = self.wire.poll_port(now) {
            match port {
                Port::Gone => {
                    self.outbox.clear();
                    if self.line.unplug() {
                        self.trace(LineEvent::Closed);
                    }
                    self.trace(LineEvent::Unplugged);
                }
                Port::Back => match self.line.plug() {
                    Ok(()) => self.trace(LineEvent::Plugged),
                    Err(error) => self.trace(LineEvent::NotPlugged(error.kind())),
                },
            }
        }
    }

    fn tell_faults(&mut self) {
        loop {
            let happened = self.wire.poll_happened();
            let happened = happened.or_else(|| self.between.poll_happened());
            let happened = happened.or_else(|| self.shared.modem().poll_happened());
            let Some(happened) = happened else { return };
            self.trace(LineEvent::Fault(&happened));
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
            // The keys are the modem's own client indexes.
            if let Ok(client) = u8::try_from(client) {
                self.between.handle_event(self.shared.now(), client, event);
                self.cross();
            }
        }
        true
    }

    /// What goes over the seam between modem and network.
    fn cross(&mut self) {
        while let Some(crossing) = self.between.poll() {
            match crossing {
                Crossing::ToModem(client, event) => self.tell(client, event),
                Crossing::ToNetwork(client, request) => self.ask(client, request),
            }
        }
    }

    fn tell(&mut self, client: u8, event: NetworkEvent) {
        if let NetworkEvent::ConnectFailed(error) = event {
            self.trace(LineEvent::NotConnected(client, error));
        }
        self.shared
            .modem()
            .handle_network(self.shared.now(), client, event);
    }

    /// Does what the modem wants done. When it wants to be called again.
    fn obey(&mut self) -> Option<Duration> {
        let now = self.shared.now();
        self.shared.modem().handle_timeout(now);
        self.between.handle_timeout(now, &mut self.shared.modem());
        loop {
            self.cross();
            // Not in the condition, where the modem would stay locked: a trace may look at it.
            let output = self.shared.modem().poll();
            match output {
                Output::Transmit(bytes) => self.transmit(&bytes),
                Output::Network(client, request) => {
                    self.between.handle_request(self.shared.now(), client, request);
                }
                Output::Wait(deadline) => return deadline,
            }
        }
    }

    fn transmit(&mut self, bytes: &[u8]) {
        self.trace(LineEvent::ToHost(bytes));
        self.say();
        let now = self.shared.now();
        let under_way = self.wire.under_way(Direction::ToHost) + self.outbox.len();
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
            self.between.handle_event(self.shared.now(), client, failed);
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
            if next <= now {
                // A read was split here: whoever reads is to see it.
                return Some(now + GROUP);
            }
            // Bytes go in small groups: at 115200 baud nobody wants to be woken for each.
            Some(next.max(now + GROUP).min(self.wire.free_at(direction).max(next)))
        });
        let may_read = (!reading).then(|| self.wire.free_at(Direction::ToModem).saturating_sub(AHEAD));
        let next_plan = self.next_plan.filter(|_| self.faults.is_some());
        let faults = [next_plan, self.wire.next_fault(), self.between.next_deadline()];
        let deadlines = lanes.into_iter().chain([modem, may_read]).chain(faults);
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

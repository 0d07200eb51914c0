//! What goes wrong behind the modem: a layer between it and its network, whichever that is, that keeps requests and
//! events back, answers in the network's place, or ends connections.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::{ConnectError, LostCause, NetworkEvent, NetworkRequest, QoS};
use crate::faults::{FaultPlan, Happened, Layer, Pending, Place, What};
use crate::modem::{Modem, Registration};

/// The network's part of a plan. Every request of the modem and every event of the network goes through it, and comes
/// out of [`NetworkFaults::poll`]; without faults at once and unchanged.
///
/// The loop: [`handle_timeout`](Self::handle_timeout) when the time has passed [`next_deadline`](Self::next_deadline),
/// [`handle_request`](Self::handle_request) and [`handle_event`](Self::handle_event) for whatever modem and network
/// say, and after each of them poll until `None`.
#[derive(Clone, Debug, Default)]
pub struct NetworkFaults {
    pending: Pending,
    now: Duration,
    /// What has begun, and when it ends.
    lasting: Vec<(Duration, Lasting)>,
    /// Where the modem was registered before its network was lost.
    registration: Option<Registration>,
    clients: BTreeMap<u8, Client>,
    /// What waits for the end of a stall.
    held: VecDeque<Crossing>,
    out: VecDeque<Crossing>,
}

/// What goes over the seam between modem and network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// Tell the modem's client with this index: [`Modem::handle_network`].
    ToModem(u8, NetworkEvent),
    /// Ask the network for the client with this index.
    ToNetwork(u8, NetworkRequest),
}

/// A fault that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasting {
    NoNetwork,
    NoContext,
    BrokerAway,
    Refuse(u8),
    Stall,
}

/// What is known of a client's connection.
#[derive(Clone, Debug, Default)]
struct Client {
    connected: bool,
    /// The quality of service of publishes that are not answered, oldest first.
    publishes: VecDeque<QoS>,
}

impl NetworkFaults {
    /// The network's part of this plan.
    #[must_use]
    pub fn new(plan: &FaultPlan) -> Self {
        let mut faults = Self::default();
        faults.set_faults(plan);
        faults
    }

    /// Takes the network's part of a plan, in the place of any other. What has begun goes on.
    pub fn set_faults(&mut self, plan: &FaultPlan) {
        self.pending.set(plan, Layer::Network);
    }

    /// Time has passed: what begins or ends by now does, each at its time.
    pub fn handle_timeout(&mut self, now: Duration, modem: &mut Modem) {
        while let Some(due) = self.next_deadline().filter(|&due| due <= now) {
            self.now = self.now.max(due);
            // What ends at this moment ends before anything begins.
            let ended = self.lasting.extract_if(.., |(end, _)| *end <= due).next();
            match ended {
                Some((_, lasting)) => self.end(lasting, modem),
                None => {
                    if let Some((_, what)) = self.pending.reach_timed(now, Place::TimeOfNetwork) {
                        self.begin(&what, modem);
                    }
                }
            }
        }
        self.now = self.now.max(now);
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let ends = self.lasting.iter().map(|&(end, _)| end);
        ends.chain(self.pending.next_at(Place::TimeOfNetwork)).min()
    }

    /// The modem asks something for one of its clients.
    pub fn handle_request(&mut self, now: Duration, client: u8, request: NetworkRequest) {
        self.now = self.now.max(now);
        match &request {
            NetworkRequest::Abort => {
                // Nothing of this connection is of use to anybody.
                self.forget(client);
                return self.out.push_back(Crossing::ToNetwork(client, request));
            }
            NetworkRequest::Connect(_) => {
                if let Some(error) = self.refusal() {
                    let failed = NetworkEvent::ConnectFailed(error);
                    return self.cross(Crossing::ToModem(client, failed));
                }
                self.clients.insert(client, Client::default());
            }
            NetworkRequest::Publish { qos, .. } => {
                self.clients.entry(client).or_default().publishes.push_back(*qos);
            }
            _ => {}
        }
        self.cross(Crossing::ToNetwork(client, request));
    }

    /// The network tells one of the modem's clients something.
    pub fn handle_event(&mut self, now: Duration, client: u8, event: NetworkEvent) {
        self.now = self.now.max(now);
        match &event {
            NetworkEvent::Connected => self.clients.entry(client).or_default().connected = true,
            NetworkEvent::Published => {
                let answered = self
                    .clients
                    .get_mut(&client)
                    .and_then(|client| client.publishes.pop_front());
                let acknowledged = answered.is_some_and(|qos| qos != QoS::AtMostOnce);
                if acknowledged && !self.pending.reach(self.now, Place::Ack, None).is_empty() {
                    return self.kick(client, LostCause::Reset);
                }
            }
            NetworkEvent::ConnectFailed(_) | NetworkEvent::Lost(_) | NetworkEvent::Disconnected => {
                self.clients.remove(&client);
            }
            _ => {}
        }
        self.cross(Crossing::ToModem(client, event));
    }

    /// What goes over the seam next; call until `None`.
    #[must_use = "what is polled is gone: the other side never hears of it"]
    pub fn poll(&mut self) -> Option<Crossing> {
        self.out.pop_front()
    }

    /// A fault that has happened, oldest first; call until `None`.
    #[must_use = "what is polled is gone"]
    pub fn poll_happened(&mut self) -> Option<Happened> {
        self.pending.poll_happened()
    }

    fn begin(&mut self, what: &What, modem: &mut Modem) {
        let now = self.now;
        let mut last = |time: Duration, lasting| self.lasting.push((now.saturating_add(time), lasting));
        match *what {
            What::NoNetwork(time) => {
                last(time, Lasting::NoNetwork);
                self.registration.get_or_insert(modem.radio().registration());
                modem.set_registration(now, Registration::Searching);
                modem.lose_network(now);
            }
            What::NoContext(time) => {
                last(time, Lasting::NoContext);
                modem.deactivate(now);
            }
            What::BrokerAway(time) => {
                last(time, Lasting::BrokerAway);
                self.kick_all(LostCause::ClosedByPeer);
            }
            What::Refuse(code, time) => last(time, Lasting::Refuse(code)),
            What::Stall(time) => last(time, Lasting::Stall),
            What::Kick(cause) => self.kick_all(cause),
            What::KeepAlive => modem.fail_keep_alive(now),
            _ => {}
        }
    }

    fn end(&mut self, ended: Lasting, modem: &mut Modem) {
        // Two of a kind may overlap.
        if self.lasting.iter().any(|&(_, lasting)| lasting == ended) {
            return;
        }
        match ended {
            Lasting::NoNetwork => {
                if let Some(registration) = self.registration.take() {
                    modem.set_registration(self.now, registration);
                }
                modem.restore_network(self.now);
            }
            Lasting::NoContext => modem.restore_network(self.now),
            Lasting::Stall => self.out.append(&mut self.held),
            Lasting::BrokerAway | Lasting::Refuse(_) => {}
        }
    }

    /// Why no connection comes about now.
    fn refusal(&self) -> Option<ConnectError> {
        self.lasting.iter().find_map(|(_, lasting)| match lasting {
            Lasting::NoNetwork | Lasting::BrokerAway => Some(ConnectError::Unreachable),
            Lasting::Refuse(code) => Some(ConnectError::Refused(*code)),
            Lasting::NoContext | Lasting::Stall => None,
        })
    }

    fn cross(&mut self, crossing: Crossing) {
        let stalled = self.lasting.iter().any(|&(_, lasting)| lasting == Lasting::Stall);
        if stalled {
            self.held.push_back(crossing);
        } else {
            self.out.push_back(crossing);
        }
    }

    fn kick_all(&mut self, cause: LostCause) {
        let clients: Vec<u8> = self.clients.keys().copied().collect();
        for client in clients {
            self.kick(client, cause);
        }
    }

    /// The connection ends, for both of its ends.
    fn kick(&mut self, client: u8, cause: LostCause) {
        let connected = self.clients.get(&client).is_some_and(|client| client.connected);
        let news = if connected {
            NetworkEvent::Lost(cause)
        } else {
            NetworkEvent::ConnectFailed(ConnectError::Closed)
        };
        self.forget(client);
        self.out
            .push_back(Crossing::ToNetwork(client, NetworkRequest::Abort));
        self.out.push_back(Crossing::ToModem(client, news));
    }

    fn forget(&mut self, client: u8) {
        self.clients.remove(&client);
        for crossings in [&mut self.held, &mut self.out] {
            crossings.retain(|crossing| match crossing {
                Crossing::ToModem(of, _) | Crossing::ToNetwork(of, _) => *of != client,
            });
        }
    }
}

#[cfg(test)]
mod tests;

//! One adapter: its modem, its messages, and what it is told of them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cmqtt_core::at_proto::cmqtt::{ClientId, KeepAlive, QoS, Topic, TopicFilter};
use cmqtt_core::{Config, Connection, Healing, Network, OnUnknown, Plan, Publication, RequestId};
use cmqtt_host::{Error, Event, Message};
use cmqtt_sim::host::{ClientOptions, Faults, LineEvent, ModemServer, Pty, Resolver, ServerOptions, Trace};
use cmqtt_sim::{Family, FaultPlan, Modem, Profile};

use super::Soak;
use super::ledger::{End, Ledger, Tally};
use crate::driver::Driver;
use crate::{plans, programs};

/// One adapter.
pub(super) struct Side {
    name: &'static str,
    family: Family,
    broker: SocketAddr,
    faults: FaultPlan,
    settle: Duration,
    seed: u64,
    goes_wrong: Arc<AtomicBool>,
}

/// What is left of it.
pub(super) struct Ended {
    pub(super) name: &'static str,
    pub(super) family: Family,
    ends: Vec<End>,
    tally: Tally,
    wrong: Vec<String>,
}

impl Side {
    pub(super) fn new(
        name: &'static str,
        family: Family,
        broker: SocketAddr,
        soak: &Soak,
        goes_wrong: &Arc<AtomicBool>,
    ) -> Self {
        let seed = soak.seed.wrapping_mul(2).wrapping_add(name.len() as u64);
        Self {
            name,
            family,
            broker,
            faults: soak.forecast().draw(seed),
            settle: soak.settle,
            seed,
            goes_wrong: Arc::clone(goes_wrong),
        }
    }

    /// Sends for as long as things go wrong, then waits for the ends.
    pub(super) fn run<D: Driver>(self) -> Ended {
        let folder = programs::folder();
        let device = folder.path().join("modem");
        let faults = Arc::new(AtomicU32::new(0));
        let _modem = self.modem(
            Pty::open(Some(&device)).expect("a pseudo-terminal"),
            Arc::clone(&faults),
        );
        let device = device.to_str().expect("UTF-8");
        let mut driver = D::open_lasting(device, Config::of(self.family)).expect("the modem's device");
        self.keep(&mut driver);
        let mut ended = Ended {
            name: self.name,
            family: self.family,
            ends: Vec::new(),
            tally: Tally::default(),
            wrong: Vec::new(),
        };
        let mut open = HashMap::new();
        let mut give_up = None;
        loop {
            let sends = self.goes_wrong.load(Ordering::Relaxed);
            if sends && open.len() < OPEN {
                let number = ended.ends.len();
                match self.post(&mut driver, number) {
                    Ok(id) => {
                        open.insert(id, number);
                        ended.ends.push(End::Open);
                    }
                    Err(error) => {
                        ended
                            .wrong
                            .push(format!("message {number} was not taken: {error}"));
                        break;
                    }
                }
            }
            if !sends {
                let give_up = *give_up.get_or_insert_with(|| Instant::now() + self.settle);
                if open.is_empty() || Instant::now() > give_up {
                    break;
                }
            }
            // While there is room for another message, it does not wait for long.
            let patience = if sends && open.len() < OPEN {
                PACE
            } else {
                PACE * 10
            };
            match driver.next_event(patience) {
                Ok(None) => {}
                Ok(Some(event)) => self.note(event, &mut open, &mut ended),
                Err(error) => {
                    ended.wrong.push(format!("the port is not looked for: {error}"));
                    break;
                }
            }
        }
        ended.tally.faults = faults.load(Ordering::Relaxed);
        ended
    }

    fn modem(&self, pty: Pty, happened: Arc<AtomicU32>) -> ModemServer {
        let resolver = Resolver::default().send_all_to(self.broker.to_string().parse().expect("an address"));
        let options = ServerOptions {
            network: ClientOptions {
                resolver,
                ..ClientOptions::default()
            },
            trace: Some(Trace::new(move |_, event| {
                if let LineEvent::Fault(_) = event {
                    happened.fetch_add(1, Ordering::Relaxed);
                }
            })),
            faults: Some(Faults::plan(self.faults.clone())),
            ..ServerOptions::default()
        };
        let modem = Modem::new(Profile::of(self.family).at_once());
        ModemServer::spawn(modem, pty, options).expect("a thread")
    }

    fn keep<D: Driver>(&self, driver: &mut D) {
        let filter = format!("soak/{}/#", self.name);
        let filters = [(TopicFilter::new(&filter).expect("a filter"), QoS::AtLeastOnce)];
        let plan = Plan {
            id: ClientId::new(self.name).expect("an identifier"),
            connection: Connection {
                keep_alive: KeepAlive::new(30).expect("in range"),
                ..plans::connection()
            },
            filters: &filters,
            ..plans::plan(&[])
        };
        let mut healing = Healing::new(self.seed);
        healing.longest_pause = Duration::from_secs(8);
        driver
            .keep(&plan, &Network::default(), &healing)
            .expect("a plan that the modem takes");
    }

    fn post<D: Driver>(&self, driver: &mut D, number: usize) -> Result<RequestId, Error> {
        let topic = topic(self.name, number);
        let publication = Publication {
            client: 0,
            topic: Topic::new(&topic).expect("a topic"),
            payload: &payload(number),
            qos: qos(number),
            retain: false,
            timeout: 60,
        };
        driver.post(&publication, OnUnknown::ByQos)
    }

    fn note(&self, event: Event, open: &mut HashMap<RequestId, usize>, ended: &mut Ended) {
        let tally = &mut ended.tally;
        let (id, end) = match event {
            Event::Delivered { id, maybe_duplicate } => (id, End::Delivered { maybe_duplicate }),
            Event::NotDelivered { id, failure } if failure.is_unknown() => (id, End::Unknown),
            Event::NotDelivered { id, .. } => (id, End::Failed),
            Event::Lost { .. } => return tally.lost += 1,
            Event::Restored { after, .. } => {
                tally.restored += 1;
                return tally.longest = tally.longest.max(after);
            }
            Event::PortLost(_) => return tally.port_lost += 1,
            Event::GaveUp { why, .. } => return ended.wrong.push(format!("it gave up: {why}")),
            Event::Message(message) => return self.check(&message, ended),
            _ => return,
        };
        match open.remove(&id).and_then(|number| ended.ends.get_mut(number)) {
            Some(slot) => *slot = end,
            None => ended
                .wrong
                .push(format!("an end of message {} that was not open", id.get())),
        }
    }

    /// What came back is what was sent.
    fn check(&self, message: &Message, ended: &mut Ended) {
        ended.tally.came_back += 1;
        let name = String::from_utf8_lossy(&message.topic);
        let number = name
            .strip_prefix(&format!("soak/{}/", self.name))
            .and_then(|number| number.parse::<usize>().ok());
        if !number.is_some_and(|number| number < ended.ends.len() && message.payload == payload(number)) {
            ended
                .wrong
                .push(format!("what came back as {name} was never sent so"));
        }
    }
}

impl Ended {
    /// Compares what was told with what arrived.
    pub(super) fn judge(&self, ledger: &Ledger, must_end: bool, wrong: &mut Vec<String>) -> Tally {
        let mut tally = self.tally.clone();
        let mut say = |what: String| wrong.push(format!("{}: {what}", self.name));
        for (number, end) in self.ends.iter().enumerate() {
            let arrived = ledger.count(self.name, number);
            tally.posted += 1;
            tally.twice += u32::from(arrived > 1);
            match *end {
                End::Open if must_end => say(format!("message {number} has no end")),
                End::Open => tally.open += 1,
                End::Delivered { maybe_duplicate } => {
                    tally.delivered += 1;
                    tally.maybe_duplicate += u32::from(maybe_duplicate);
                    if arrived == 0 && qos(number) != QoS::AtMostOnce {
                        say(format!(
                            "message {number} was reported delivered, and never arrived"
                        ));
                    }
                    if arrived > 1 && !maybe_duplicate {
                        say(format!(
                            "message {number} arrived {arrived} times, and nobody was told"
                        ));
                    }
                }
                End::Unknown => tally.unknown += 1,
                End::Failed => {
                    tally.failed += 1;
                    if arrived > 0 {
                        say(format!("message {number} was reported failed, and arrived"));
                    }
                }
            }
            if arrived > 1 && qos(number) != QoS::AtLeastOnce {
                say(format!(
                    "message {number} was to go out once, and arrived {arrived} times"
                ));
            }
        }
        for sentence in &self.wrong {
            say(sentence.clone());
        }
        tally
    }
}

fn topic(side: &str, number: usize) -> String {
    format!("soak/{side}/{number}")
}

/// Bytes that no other message has, some of them the modem's own words.
fn payload(number: usize) -> Vec<u8> {
    let len = number.wrapping_mul(37) % 300;
    let words = format!("{number}\r\nOK\r\n>+CMQTTPUB: 0,0\r\n");
    let filling = (0..len).map(|at| (at ^ number).to_le_bytes()[0]);
    words.into_bytes().into_iter().chain(filling).collect()
}

/// Mostly the one that is sent again.
const fn qos(number: usize) -> QoS {
    match number % 5 {
        0 => QoS::ExactlyOnce,
        1 => QoS::AtMostOnce,
        _ => QoS::AtLeastOnce,
    }
}

/// Messages whose ends are awaited at a time.
const OPEN: usize = 20;

/// Between two messages.
const PACE: Duration = Duration::from_millis(20);

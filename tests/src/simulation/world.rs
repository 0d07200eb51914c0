//! A world: a session, a line, a modem, a network and a broker, and what happens to them.

use std::fmt::Display;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
use cmqtt_core::{
    Config, Connection, Event, Healing, Instant, Network, OnUnknown, Output, Plan, Publication, RequestError,
    RequestId, Session, Storage, Will,
};
use cmqtt_sim::broker::{Broker, Message, ObserverId, TopicFilter as BrokerFilter};
use cmqtt_sim::{
    ClientKey, Crossing, Direction, Fault, FaultKind, MemoryNetwork, Modem, NetworkFaults, Wire,
};

use super::ledger::{Check, Ledger};
use super::message::{EVIL, Make, OWN};
use super::pace::Pace;
use super::random::Random;
use super::scenario::{Scenario, Seconds, What};
use super::tally::Tally;
use super::weather::Weather;
use crate::plans::{ID, SERVER};

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The rule.
    pub rule: &'static str,
    /// How.
    pub how: String,
    /// When.
    pub at: Duration,
}

/// Plays a scenario to its end.
///
/// # Errors
/// The first rule that was broken.
pub fn run(scenario: &Scenario) -> Result<Tally, Broken> {
    play(scenario, false)
}

/// The same, and prints all that is said and done.
///
/// # Errors
/// As [`run`].
pub fn run_with_trace(scenario: &Scenario) -> Result<Tally, Broken> {
    play(scenario, true)
}

fn play(scenario: &Scenario, trace: bool) -> Result<Tally, Broken> {
    catch_unwind(AssertUnwindSafe(|| World::new(scenario, trace).play())).unwrap_or_else(|panic| {
        let how = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("something was thrown");
        Err(Broken {
            rule: "no panic",
            how: how.to_owned(),
            at: Duration::ZERO,
        })
    })
}

struct World<'s> {
    scenario: &'s Scenario,
    trace: bool,
    now: Duration,
    random: Random,
    session: Session<Vec<u8>>,
    wire: Wire,
    modem: Modem,
    /// What goes wrong between modem and network.
    between: NetworkFaults,
    network: MemoryNetwork,
    observer: ObserverId,
    ledger: Ledger,
    pace: Pace,
    /// The session wants to be asked at once, or at this moment.
    session_due: Option<Duration>,
    modem_due: Option<Duration>,
    network_due: Option<Duration>,
    /// When the modem looks at what has arrived.
    reads_at: Option<Duration>,
    /// When the host looks at what lies in its port.
    hears_at: Option<Duration>,
    /// A message that comes in pieces.
    topic: Vec<u8>,
    payload: Vec<u8>,
    connected: bool,
    /// Command lines that went out over an empty line since the modem last restarted.
    spoken_since_restart: u32,
    power_key: bool,
    /// What was heard and not yet printed.
    heard: Vec<u8>,
}

impl<'s> World<'s> {
    fn new(scenario: &'s Scenario, trace: bool) -> Self {
        let line = scenario.line;
        let mut config = Config::SIM7028;
        if line.baud > 0 {
            config.baud = line.baud;
        }
        let memory = scenario.memory;
        let storage = Storage::new(
            vec![0; memory.received],
            vec![0; memory.message],
            vec![0; memory.request],
            vec![0; memory.information],
        );
        let mut broker = Broker::default();
        let everything = BrokerFilter::new("#").expect("a filter");
        let observer = broker.observe(everything);
        let mut network = MemoryNetwork::new(broker);
        network.set_latency(Duration::from_millis(20));
        let mut modem = Modem::new(scenario.profile());
        modem.record_commands();
        let plan = scenario.plan();
        modem.set_faults(&plan);
        let mut wire = Wire::new(
            NonZeroU32::new(line.baud),
            Duration::from_millis(line.latency.into()),
        );
        wire.set_faults(&plan);
        Self {
            scenario,
            trace,
            now: Duration::ZERO,
            random: Random::new(scenario.seed),
            session: Session::new(
                config,
                storage.expect("the least sizes are kept to"),
                vec![0; 2048],
                vec![0; memory.queue],
            ),
            wire,
            modem,
            between: NetworkFaults::new(&plan),
            network,
            observer,
            ledger: Ledger::new(scenario),
            pace: Pace::default(),
            session_due: Some(Duration::ZERO),
            modem_due: Some(Duration::ZERO),
            network_due: None,
            reads_at: None,
            hears_at: None,
            topic: Vec::new(),
            payload: Vec::new(),
            connected: false,
            spoken_since_restart: 2,
            power_key: false,
            heard: Vec::new(),
        }
    }

    fn play(mut self) -> Result<Tally, Broken> {
        match self.live() {
            Ok(()) => {
                let mut tally = self.ledger.tally;
                tally.worlds = 1;
                tally.simulated = self.now;
                tally.polls = (self.pace.most, self.scenario.seed);
                Ok(tally)
            }
            Err((rule, how)) => Err(Broken {
                rule,
                how,
                at: self.now,
            }),
        }
    }

    fn live(&mut self) -> Check {
        for step in &self.scenario.steps {
            if step.at >= self.scenario.calm {
                break;
            }
            self.pass(step.at, |_| false)?;
            self.happen(step.what)?;
        }
        self.pass(self.scenario.calm, |_| false)?;
        for weather in Weather::CALM {
            weather.happen(self.now, &mut self.modem, &mut self.network);
        }
        // A modem that hangs for ever, and a host that has no key to its power: somebody else has one.
        let hangs = |fault: &Fault| matches!(fault.what, cmqtt_sim::What::Hang(None, _));
        if self.scenario.host.power_key == 0 && self.scenario.faults.iter().any(hangs) {
            self.weather(Weather::PowerCycle);
        }
        self.touch_modem();
        self.recover()?;
        // What is on its way arrives, also by packets that are slow.
        self.pass(self.now + SETTLED, |_| false)?;
        self.ledger.check()
    }

    /// The faults are over: the session comes back, and every message and request has its end.
    fn recover(&mut self) -> Check {
        let limit = self.scenario.recovery();
        let until = self.scenario.calm + limit;
        let late = move |what: &str| -> Check {
            Err((
                "back within its budget",
                format!("{what} {} s after the faults", limit.as_secs()),
            ))
        };
        let size = u16::try_from(self.scenario.memory.queue.saturating_sub(40))
            .unwrap_or(u16::MAX)
            .min(30);
        let make = Make {
            topic: OWN,
            size,
            style: 2,
        };
        let number = loop {
            if self.now >= until {
                return late("a message is not delivered");
            }
            if !self.session.is_keeping() && self.session.is_idle() {
                self.happen(What::Keep)?;
            }
            if self.scenario.memory.queue < 64 {
                self.pass((self.now + SECOND).min(until), |world| world.connected)?;
                if self.connected {
                    break None;
                }
                continue;
            }
            // A queue may be full, what is new give way, and a client be let go by what began before.
            let number = self.ledger.make(QoS::AtLeastOnce, make);
            self.deliver(number, QoS::AtLeastOnce, false, make)?;
            self.pass(until, |world| !world.ledger.is_waiting(number))?;
            if self.ledger.is_delivered(number) {
                break Some(number);
            }
            self.pass((self.now + SECOND).min(until), |_| false)?;
        };
        if let Some(number) = number {
            let waits = (self.now + 10 * SECOND).min(until + 10 * SECOND);
            self.pass(waits, |world| world.ledger.is_received(number))?;
            if !self.ledger.is_received(number) && self.scenario.class == super::Class::Clean {
                return Err(("subscribed again", format!("message {number} did not come back")));
            }
        }
        self.ledger.tally.recovery = (self.now - self.scenario.calm, self.scenario.seed);
        self.pass(until, |world| !world.ledger.has_open())?;
        if self.ledger.has_open() {
            return late("something has no end");
        }
        Ok(())
    }

    /// Lets time pass until this moment, or until something is so.
    fn pass(&mut self, until: Duration, enough: impl Fn(&Self) -> bool) -> Check {
        loop {
            self.turn()?;
            if enough(self) {
                return Ok(());
            }
            match self.next() {
                Some(next) if next <= until => self.now = self.now.max(next),
                _ => break,
            }
        }
        self.now = self.now.max(until);
        Ok(())
    }

    /// The next moment at which something is due.
    fn next(&self) -> Option<Duration> {
        [
            self.session_due,
            self.modem_due,
            self.network_due,
            self.hears_at,
            self.reads_at,
            self.wire.next_fault(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Everything that happens at this moment.
    fn turn(&mut self) -> Check {
        let mut turns = 0;
        loop {
            let mut still = true;
            if self.session_due.is_some_and(|due| due <= self.now) {
                self.turn_session()?;
                still = false;
            }
            if self.wire.next_fault().is_some_and(|due| due <= self.now) {
                self.turn_port();
                still = false;
            }
            if self.reads_at.is_none() {
                self.reads_at = self.lies_until(Direction::ToModem);
            }
            let due = [self.modem_due, self.reads_at, self.network_due];
            if due.into_iter().flatten().any(|due| due <= self.now) {
                self.turn_modem()?;
                still = false;
            }
            if self.hears_at.is_none() {
                self.hears_at = self.lies_until(Direction::ToHost);
            }
            if self.hears_at.is_some_and(|due| due <= self.now) {
                self.hear()?;
                still = false;
            }
            if still {
                return Ok(());
            }
            turns += 1;
            if turns > TURNS_A_MOMENT {
                return Err(("no busy loop", format!("{turns} turns at one moment")));
            }
        }
    }

    /// Bytes that arrive lie for a while before anybody looks at them.
    fn lies_until(&mut self, way: Direction) -> Option<Duration> {
        let arrives = self.wire.next_arrival(way)?;
        let lazy = u64::from(self.scenario.line.lazy);
        Some(arrives + Duration::from_micros(self.random.within(0..lazy + 1)))
    }

    fn hear(&mut self) -> Check {
        self.hears_at = None;
        let bytes = self.wire.receive(self.now, Direction::ToHost);
        if bytes.is_empty() {
            return Ok(());
        }
        if self.trace {
            self.heard.extend_from_slice(&bytes);
            if self.heard.ends_with(b"\n") || self.heard.ends_with(b">") {
                println!("{} < {}", Seconds(self.now), self.heard.escape_ascii());
                self.heard.clear();
            }
        }
        let now = self.instant();
        self.pace.turn(self.now);
        self.pace.received(bytes.len());
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let taken = self.session.handle_received(now, rest);
            rest = &rest[taken..];
            self.poll()?;
        }
        Ok(())
    }

    fn turn_session(&mut self) -> Check {
        self.pace.turn(self.now);
        self.session.handle_timeout(self.instant());
        self.poll()
    }

    fn poll(&mut self) -> Check {
        let now = Instant::from_micros(micros(self.now));
        loop {
            if !self.pace.poll() {
                return Err(("no busy loop", format!("{} polls in one turn", self.pace.most)));
            }
            match self.session.poll() {
                Output::Transmit(bytes) => {
                    let most = match self.scenario.line.writes {
                        0 => bytes.len(),
                        most => bytes.len().min(most as usize),
                    };
                    let part = &bytes[..most];
                    if self.trace {
                        println!("{} > {}", Seconds(self.now), part.escape_ascii());
                    }
                    if part.starts_with(b"AT") && self.wire.next_arrival(Direction::ToModem).is_none() {
                        self.spoken_since_restart += 1;
                    }
                    self.wire.send(self.now, Direction::ToModem, part);
                    self.pace.transmitted();
                    self.session.handle_transmitted(now, most);
                }
                Output::Event(event) => {
                    if self.trace {
                        println!("{} * {event:?}", Seconds(self.now));
                    }
                    match event {
                        Event::Done { id, .. } => self.ledger.ended(id, Ok(()))?,
                        Event::Failed { id, failure } => self.ledger.ended(id, Err(failure))?,
                        Event::Delivered { id, maybe_duplicate } => {
                            observe(&mut self.network, self.now, self.observer, &mut self.ledger)?;
                            self.ledger.delivered(id, maybe_duplicate)?;
                        }
                        Event::Message { topic, payload, .. } => self.ledger.received(topic, payload)?,
                        Event::MessageStart { .. } => {
                            self.topic.clear();
                            self.payload.clear();
                        }
                        Event::MessagePiece { part, data, .. } => match part {
                            cmqtt_core::Part::Topic => self.topic.extend_from_slice(data),
                            cmqtt_core::Part::Payload => self.payload.extend_from_slice(data),
                        },
                        Event::MessageEnd { .. } => self.ledger.received(&self.topic, &self.payload)?,
                        Event::Connected { .. } | Event::Restored { .. } => {
                            self.connected = true;
                            let restored = matches!(event, Event::Restored { .. });
                            let name = if restored { "restored" } else { "connected" };
                            Tally::count(&mut self.ledger.tally.told, name);
                        }
                        Event::Lost { .. } => {
                            self.connected = false;
                            Tally::count(&mut self.ledger.tally.told, "lost");
                        }
                        Event::GaveUp { .. } => {
                            self.connected = false;
                            self.ledger.let_go();
                            Tally::count(&mut self.ledger.tally.told, "gave up");
                        }
                        Event::PowerKey => {
                            Tally::count(&mut self.ledger.tally.told, "power key");
                            self.power_key = true;
                        }
                        _ => {}
                    }
                }
                Output::Wait(deadline) => {
                    let due = deadline.map(|deadline| Duration::from_micros(deadline.at.as_micros()));
                    if due.is_some_and(|due| due <= self.now) {
                        return Err(("no busy loop", format!("waits for what is over: {deadline:?}")));
                    }
                    let waits = self.session.is_keeping() || self.ledger.has_open_request();
                    if due.is_none() && waits {
                        return Err(("every wait ends", "waits for ever".to_owned()));
                    }
                    self.session_due = due;
                    break;
                }
            }
        }
        if std::mem::take(&mut self.power_key) {
            self.weather(Weather::PowerCycle);
        }
        Ok(())
    }

    fn turn_modem(&mut self) -> Check {
        let now = self.now;
        if self.reads_at.is_some_and(|due| due <= now) {
            self.reads_at = None;
            let heard = self.wire.receive(now, Direction::ToModem);
            self.modem.handle_received(now, &heard);
        }
        self.modem.handle_timeout(now);
        if self.network_due.is_some_and(|due| due <= now) {
            self.network.handle_timeout(now);
            self.between.handle_timeout(now, &mut self.modem);
        }
        loop {
            let crossing = self.between.poll();
            if self.trace
                && let Some(crossing) = &crossing
            {
                println!("{} ~ {crossing:?}", Seconds(now));
            }
            match crossing {
                Some(Crossing::ToModem(client, event)) => {
                    self.modem.handle_network(now, client, event);
                    continue;
                }
                Some(Crossing::ToNetwork(client, request)) => {
                    self.network
                        .handle_request(now, ClientKey(client.into()), request);
                    continue;
                }
                None => {}
            }
            if let Some((key, event)) = self.network.poll_event() {
                let client = u8::try_from(key.0).unwrap_or_default();
                self.between.handle_event(now, client, event);
                continue;
            }
            match self.modem.poll() {
                cmqtt_sim::Output::Transmit(bytes) => self.wire.send(now, Direction::ToHost, &bytes),
                cmqtt_sim::Output::Network(client, request) => {
                    self.between.handle_request(now, client, request);
                }
                cmqtt_sim::Output::Wait(due) => {
                    self.modem_due = due;
                    break;
                }
            }
        }
        let due = [self.network.next_deadline(), self.between.next_deadline()];
        self.network_due = due.into_iter().flatten().min();
        self.count_faults();
        self.check_commands()?;
        observe(&mut self.network, now, self.observer, &mut self.ledger)
    }

    /// The port has gone, or has come back: the host is told of both.
    fn turn_port(&mut self) {
        while let Some(port) = self.wire.poll_port(self.now) {
            if self.trace {
                self.print("!", &format!("the port: {port:?}"));
            }
            self.session.handle_reset(self.instant());
            self.session_due = Some(self.now);
        }
        self.count_faults();
    }

    fn count_faults(&mut self) {
        let wire = std::iter::from_fn(|| self.wire.poll_happened());
        let modem = std::iter::from_fn(|| self.modem.poll_happened());
        let between = std::iter::from_fn(|| self.between.poll_happened());
        for happened in wire.chain(modem).chain(between) {
            if self.trace {
                println!("{} ! {happened}", Seconds(self.now));
            }
            let kind = happened.fault.what.kind();
            if kind == FaultKind::Restart {
                self.spoken_since_restart = 0;
            }
            Tally::count(&mut self.ledger.tally.faults, kind.name());
        }
    }

    /// No byte of a message has become a command.
    fn check_commands(&mut self) -> Check {
        for command in self.modem.take_commands() {
            if !command.windows(EVIL.len()).any(|window| window == EVIL) {
                continue;
            }
            self.ledger.tally.strange_commands += 1;
            // What was on its way as data when the modem restarted finds a modem that takes commands, and its rest may
            // stand before the next command.
            if self.spoken_since_restart > 1 && self.scenario.class == super::Class::Clean {
                return Err(("content is no command", command.escape_ascii().to_string()));
            }
        }
        Ok(())
    }

    fn touch_modem(&mut self) {
        self.modem_due = Some(self.now);
        self.network_due = Some(self.now);
    }

    fn weather(&mut self, weather: Weather) {
        if self.trace {
            self.print("!", &weather.name());
        }
        if weather == Weather::PowerCycle {
            self.spoken_since_restart = 0;
        }
        Tally::count(&mut self.ledger.tally.faults, weather.name());
        weather.happen(self.now, &mut self.modem, &mut self.network);
        self.touch_modem();
    }

    fn happen(&mut self, what: What) -> Check {
        if self.trace {
            self.print("#", &what);
        }
        // What is asked of a session comes at a time that it knows of.
        self.session.handle_timeout(self.instant());
        self.session_due = Some(self.now);
        match what {
            What::Deliver {
                number,
                qos,
                again,
                topic,
                size,
                style,
            } => {
                let make = Make { topic, size, style };
                self.deliver(number, qos, again, make)?;
            }
            What::Outside { number, qos, .. } => {
                self.ledger.published(number);
                let topic = super::message::TOPICS[4];
                let message = Message::new(topic, self.ledger.payload(number), qos);
                let published = self
                    .network
                    .with_broker(self.now, |broker| broker.publish_from_outside(self.now, message));
                published.expect("a topic");
                self.touch_modem();
            }
            What::Keep => {
                let healing = self.healing();
                let plan = self.plan();
                let kept = self.session.keep(&plan, &Network::default(), &healing);
                self.refused(kept.err())?;
            }
            What::LetGo => {
                self.session.let_go();
                self.ledger.let_go();
            }
            What::BringUp => {
                let plan = self.plan();
                let request = self.session.bring_up(&plan);
                self.requested(request, None)?;
            }
            What::TakeDown => {
                let request = self.session.take_down(0);
                if request.is_ok() {
                    self.ledger.let_go();
                }
                self.requested(request, None)?;
            }
            What::Publish { number, qos } => {
                let publication = Publication {
                    client: 0,
                    topic: Topic::new(super::message::TOPICS[0]).expect("a topic"),
                    payload: self.ledger.payload(number),
                    qos,
                    retain: false,
                    timeout: 60,
                };
                let request = self
                    .session
                    .client()
                    .and_then(|client| client.publish(&publication));
                self.requested(request, Some(number))?;
            }
            What::Ask(which) => {
                let request = match which % 4 {
                    0 => self.session.identify(None),
                    1 => self.session.wait_for_network(&Network::default()),
                    2 => self.session.client().and_then(cmqtt_core::Client::learn_limits),
                    _ => self.session.client().and_then(|client| client.disconnect(0, 120)),
                };
                self.requested(request, None)?;
            }
            What::Reset => {
                let now = self.instant();
                // What lies in the port is lost with it.
                let _ = self.wire.receive(self.now, Direction::ToHost);
                self.session.handle_reset(now);
                Tally::count(&mut self.ledger.tally.faults, "port-reset");
            }
            What::Weather(weather) => self.weather(weather),
        }
        Ok(())
    }

    /// Hands a message over. `false`: it was not taken.
    fn deliver(
        &mut self,
        number: u32,
        qos: QoS,
        again: bool,
        make: Make,
    ) -> Result<bool, (&'static str, String)> {
        let on_unknown = if again {
            OnUnknown::SendAgain
        } else {
            OnUnknown::ByQos
        };
        let publication = Publication {
            client: 0,
            topic: Topic::new(make.topic()).expect("a topic"),
            payload: self.ledger.payload(number),
            qos,
            retain: false,
            timeout: if self.scenario.host.patient { 180 } else { 60 },
        };
        let taken = self.session.deliver(&publication, on_unknown);
        self.session_due = Some(self.now);
        match taken {
            Ok(id) => {
                self.ledger.open(id, Some(number))?;
                Ok(true)
            }
            Err(error) => {
                let name = match error {
                    RequestError::QueueFull { .. } => "not taken: queue full",
                    RequestError::NotKept => "not taken: not kept",
                    RequestError::NoRoom { .. } => "not taken: no room",
                    _ => "not taken",
                };
                Tally::count(&mut self.ledger.tally.deliveries, name);
                Ok(false)
            }
        }
    }

    fn requested(&mut self, request: Result<RequestId, RequestError>, message: Option<u32>) -> Check {
        self.session_due = Some(self.now);
        match request {
            Ok(id) => self.ledger.open(id, message),
            Err(error) => self.refused(Some(error)),
        }
    }

    fn refused(&mut self, error: Option<RequestError>) -> Check {
        let name = match error {
            None => return Ok(()),
            Some(RequestError::Busy) => "not taken: busy",
            Some(RequestError::LateResult { .. }) => "not taken: late result",
            Some(_) => "not taken",
        };
        Tally::count(&mut self.ledger.tally.requests, name);
        Ok(())
    }

    fn plan(&self) -> Plan<'static> {
        let host = self.scenario.host;
        Plan {
            id: ClientId::new(ID).expect("an identifier"),
            connection: Connection {
                client: 0,
                server: ServerAddress::new(SERVER).expect("an address"),
                keep_alive: KeepAlive::new(host.keep_alive.into()).expect("a time"),
                clean_session: host.clean_session,
                login: None,
            },
            version: None,
            tls: None,
            will: host.will.then(|| Will {
                topic: Topic::new("will").expect("a topic"),
                message: b"gone",
                qos: QoS::AtMostOnce,
            }),
            filters: filters(),
        }
    }

    fn healing(&self) -> Healing {
        let host = self.scenario.host;
        let time = |millis: u32| Duration::from_millis(millis.into());
        let mut healing = Healing::new(self.scenario.seed);
        healing.family = host.knows_family.then_some(self.scenario.family);
        healing.first_pause = time(host.first_pause);
        healing.longest_pause = time(host.longest_pause);
        healing.check_every = time(host.check_every);
        healing.may_restart = host.may_restart;
        healing.power_key = (host.power_key > 0).then(|| time(host.power_key));
        healing.overflow = host.overflow;
        healing
    }

    fn instant(&self) -> Instant {
        Instant::from_micros(micros(self.now))
    }

    fn print(&self, mark: &str, what: &dyn Display) {
        println!("{} {mark} {what}", Seconds(self.now));
    }
}

/// What the broker has got since this was asked last.
fn observe(network: &mut MemoryNetwork, now: Duration, observer: ObserverId, ledger: &mut Ledger) -> Check {
    let observed = network.with_broker(now, |broker| broker.take_observed(observer));
    for seen in observed {
        let message = &seen.message;
        if seen.from.is_some() && &message.topic[..] != b"will" {
            ledger.arrived(&message.topic, &message.payload)?;
        }
    }
    Ok(())
}

fn filters() -> &'static [(TopicFilter<'static>, QoS)] {
    static FILTERS: std::sync::OnceLock<Vec<(TopicFilter<'static>, QoS)>> = std::sync::OnceLock::new();
    FILTERS.get_or_init(|| vec![(TopicFilter::new("in/#").expect("a filter"), QoS::AtLeastOnce)])
}

fn micros(time: Duration) -> u64 {
    // A little later rather than earlier: nanoseconds of the line are no time of the session's.
    u64::try_from(time.as_nanos().div_ceil(1000)).unwrap_or(u64::MAX)
}

const SECOND: Duration = Duration::from_secs(1);

/// The slowest packet, and what follows from it.
const SETTLED: Duration = Duration::from_secs(200);

/// Bytes that arrive at once, and the answers that come without delay, each take a turn.
const TURNS_A_MOMENT: u32 = 5000;

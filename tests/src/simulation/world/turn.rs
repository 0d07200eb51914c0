//! How time passes: what is due happens, each part of the world in its turn.

use std::time::Duration;

use at_proto::Refusal;
use at_proto::cmqtt::ResultCode;
use cmqtt_core::{Cause, Event, Loss, Output};
use cmqtt_sim::broker::ObserverId;
use cmqtt_sim::{ClientKey, Crossing, Direction, FaultKind, MemoryNetwork};

use super::World;
use crate::simulation::Class;
use crate::simulation::ledger::{Check, Ledger};
use crate::simulation::message::EVIL;
use crate::simulation::scenario::Seconds;
use crate::simulation::tally::Tally;
use crate::simulation::weather::Weather;

impl World<'_> {
    /// Lets time pass until this moment, or until something is so.
    pub(super) fn pass(&mut self, until: Duration, enough: impl Fn(&Self) -> bool) -> Check {
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
    pub(super) fn next(&self) -> Option<Duration> {
        let of_the_program = if self.is_suspended() {
            [self.resumes_at(), None]
        } else {
            [self.session_due, self.hears_at]
        };
        let [first, second] = of_the_program;
        [
            first,
            second,
            self.modem_due,
            self.network_due,
            self.reads_at,
            self.wire.next_fault(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Everything that happens at this moment.
    pub(super) fn turn(&mut self) -> Check {
        let mut turns = 0;
        loop {
            let mut still = true;
            if self.resumes_at().is_some_and(|due| due <= self.now) {
                self.resume()?;
                still = false;
            }
            if !self.is_suspended() && self.session_due.is_some_and(|due| due <= self.now) {
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
            if self.hears_at.is_none() && !self.is_suspended() {
                self.hears_at = self.lies_until(Direction::ToHost);
            }
            if !self.is_suspended() && self.hears_at.is_some_and(|due| due <= self.now) {
                let bytes = self.wire.receive(self.now, Direction::ToHost);
                self.hear(&bytes, usize::MAX)?;
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
    pub(super) fn lies_until(&mut self, way: Direction) -> Option<Duration> {
        let arrives = self.wire.next_arrival(way)?;
        let lazy = u64::from(self.scenario.line.lazy);
        Some(arrives + Duration::from_micros(self.random.within(0..lazy + 1)))
    }

    /// The host reads what lay in its port, so many bytes at most at once.
    pub(super) fn hear(&mut self, bytes: &[u8], most: usize) -> Check {
        self.hears_at = None;
        if bytes.is_empty() {
            return Ok(());
        }
        self.heard_at = self.now;
        if self.trace {
            self.heard.extend_from_slice(bytes);
            if self.heard.ends_with(b"\n") || self.heard.ends_with(b">") {
                println!("{} < {}", Seconds(self.now), self.heard.escape_ascii());
                self.heard.clear();
            }
        }
        let now = self.instant();
        self.pace.at(self.now);
        self.pace.reason(1 + bytes.len() as u64);
        let mut rest = bytes;
        while !rest.is_empty() {
            let part = &rest[..rest.len().min(most)];
            let taken = self.session.handle_received(now, part);
            rest = &rest[taken..];
            if rest.is_empty() {
                self.session.handle_timeout(now);
            }
            self.poll()?;
        }
        self.check_wait()
    }

    pub(super) fn turn_session(&mut self) -> Check {
        self.pace.at(self.now);
        self.session.handle_timeout(self.instant());
        self.poll()?;
        self.check_wait()
    }

    /// What the session waits for is still to come.
    fn check_wait(&self) -> Check {
        if self.session_due.is_some_and(|due| due <= self.now) {
            let due = self.session_due;
            return Err(("no busy loop", format!("waits for what is over: {due:?}")));
        }
        Ok(())
    }

    pub(super) fn poll(&mut self) -> Check {
        let now = self.instant();
        loop {
            if !self.pace.poll() {
                return Err(("no busy loop", format!("{} polls in a second", self.pace.most)));
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
                    let is_heard_at_once =
                        self.wire.next_arrival(Direction::ToModem).is_none() && !self.modem.has_typed_ahead();
                    self.suspended.check_probe(self.now, bytes)?;
                    if let Some((number, topic)) = self.ledger.message_of(bytes) {
                        self.forbidden.sent(number, topic)?;
                    }
                    if !self.modem.refuses_start() {
                        self.refused_starts = 0;
                    } else if bytes.starts_with(START) {
                        self.refused_starts += 1;
                    } else if bytes.starts_with(RESTART) {
                        let refused = std::mem::take(&mut self.refused_starts);
                        if refused >= ENOUGH && self.scenario.class == Class::Clean {
                            return Err((
                                "no restart over what passes",
                                format!("restarted when START was refused {refused} times"),
                            ));
                        }
                    }
                    if bytes.starts_with(ATTEMPT) {
                        self.ledger.attempt();
                    }
                    if part.starts_with(b"AT") && is_heard_at_once {
                        self.spoken_since_restart += 1;
                    }
                    self.wire.send(self.now, Direction::ToModem, part);
                    self.pace.reason(most as u64);
                    self.session.handle_transmitted(now, most);
                }
                Output::Event(event) => {
                    if self.trace {
                        println!("{} * {event:?}", Seconds(self.now));
                    }
                    let is_end = matches!(
                        event,
                        Event::Done { .. } | Event::Failed { .. } | Event::Delivered { .. }
                    );
                    self.pace.reason(is_end.into());
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
                        Event::MessageBroken { .. } => self.ledger.standing.message_broken(self.now),
                        Event::Connected { .. } => {
                            self.ledger.standing.connected(self.now);
                            Tally::count(&mut self.ledger.tally.told, "connected");
                        }
                        Event::Restored { .. } => {
                            self.ledger.standing.restored(self.now)?;
                            Tally::count(&mut self.ledger.tally.told, "restored");
                        }
                        Event::Lost { why, .. } => {
                            self.check_loss(why)?;
                            self.ledger.standing.lost(self.now)?;
                            Tally::count(&mut self.ledger.tally.told, "lost");
                        }
                        Event::GaveUp { why, .. } => {
                            if !self.forbidden.has_forbidden_us() && self.scenario.class == Class::Clean {
                                return Err((
                                    "no giving up over what passes",
                                    format!("given up, but nobody forbids it: {why}"),
                                ));
                            }
                            self.ledger.standing.ended(self.now);
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

    pub(super) fn turn_modem(&mut self) -> Check {
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
    pub(super) fn turn_port(&mut self) {
        while let Some(port) = self.wire.poll_port(self.now) {
            if self.trace {
                self.print("!", &format!("the port: {port:?}"));
            }
            if self.is_suspended() {
                self.port_changes_unseen();
                continue;
            }
            self.session.handle_reset(self.instant());
            self.session_due = Some(self.now);
        }
        self.count_faults();
    }

    pub(super) fn count_faults(&mut self) {
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
            self.forbidden.disturbed();
            self.disturbed_at = Some(self.now);
        }
    }

    /// A client that is busy for a while is no reason to connect it again.
    fn check_loss(&self, why: Loss) -> Check {
        let over = match why {
            Loss::Found(failure) | Loss::NotPublishing(failure) => failure.cause,
            _ => return Ok(()),
        };
        let is_busy = over == Cause::Refused(Refusal::Code(ResultCode::CLIENT_BUSY.0));
        if is_busy && self.is_quiet() {
            return Err((
                "no reconnect over a busy client",
                format!("{why}, and nothing else went wrong"),
            ));
        }
        Ok(())
    }

    /// No byte of a message has become a command.
    pub(super) fn check_commands(&mut self) -> Check {
        for command in self.modem.take_commands() {
            if !command.windows(EVIL.len()).any(|window| window == EVIL) {
                continue;
            }
            self.ledger.tally.strange_commands += 1;
            // What was on its way as data when the modem restarted finds a modem that takes commands, and its rest may
            // stand before the next command.
            if self.spoken_since_restart > 1 && self.scenario.class == Class::Clean {
                return Err(("content is no command", command.escape_ascii().to_string()));
            }
        }
        Ok(())
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

/// What starts the service.
const START: &[u8] = b"AT+CMQTTSTART\r";

/// What restarts the modem, and with it the time for which START is refused.
const RESTART: &[u8] = b"AT+CRESET";

/// STARTs after whose refusal a host knows that something passes.
const ENOUGH: u32 = 3;

/// How a publish begins.
const ATTEMPT: &[u8] = b"AT+CMQTTTOPIC=";

/// Bytes that arrive at once, and the answers that come without delay, each take a turn.
const TURNS_A_MOMENT: u32 = 5000;

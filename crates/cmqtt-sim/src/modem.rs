//! The modem as a machine without input, output or clock.
//!
//! A byte from the host goes through `reading.rs` and `collector.rs`, which makes lines of bytes; `run.rs` runs a line
//! command by command; a command's handler (`basic.rs`, `network.rs`, `tls.rs`, `mqtt.rs`) reaches the rest of the modem through
//! `context.rs` and answers with an outcome; `transmitter.rs` sets the answer in lines, and holds URCs back until there
//! is room between lines. `code.rs` knows in which order an asynchronous command's `OK` and result come. What a modem
//! does wrong is in `mischief.rs`, which they ask at a few named points.

use std::collections::VecDeque;
use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

mod basic;
mod boot;
mod clock;
mod code;
mod collector;
mod context;
mod hooks;
mod mischief;
mod mqtt;
mod network;
mod radio;
mod reading;
mod run;
mod tls;
mod transmitter;

pub(crate) use clock::WallClock;
pub use radio::{Radio, Registration, Sim};

use crate::files::{FileStore, MemoryFiles};
use crate::network::{NetworkEvent, NetworkRequest};
use crate::profile::Profile;
use crate::random::Random;
use crate::switches::UrcPlace;
use basic::Basic;
use boot::Power;
use collector::Collector;
use context::{Context, DataFor, Held};
use mischief::Hang;
use mqtt::Mqtt;
use tls::Tls;
use transmitter::Transmitter;

/// A simulated modem. Four kinds of methods: `handle_*` report what happens to it and when, [`Modem::poll`] says what
/// it does, `set_*` and the other hooks move the world around it, getters look at it.
///
/// Times count from any moment that the owner keeps to, and never go backwards. The same profile and the same calls
/// give the same bytes, however the host's bytes are split.
///
/// ```
/// use std::time::Duration;
/// use cmqtt_sim::{Modem, Output, Profile};
///
/// let mut modem = Modem::new(Profile::SIM7028);
/// modem.handle_received(Duration::ZERO, b"ATE0\r");
/// let mut heard = Vec::new();
/// loop {
///     match modem.poll() {
///         Output::Transmit(bytes) => heard.extend(bytes),
///         Output::Network(client, request) => println!("client {client}: {request:?}"),
///         Output::Wait(Some(deadline)) => modem.handle_timeout(deadline),
///         Output::Wait(None) => break,
///     }
/// }
/// assert_eq!(heard, b"ATE0\r\r\nOK\r\n");
/// ```
pub struct Modem {
    profile: Profile,
    now: Duration,
    power: Power,
    phase: Phase,
    collector: Collector,
    /// When the host typed last.
    typed_at: Duration,
    /// What was typed before the modem could read it.
    typed_ahead: VecDeque<u8>,
    /// The command line that runs, and how many of its commands have.
    line: Vec<u8>,
    commands_run: usize,
    /// The command lines that ran, where somebody wants to know.
    ran: Option<Vec<Vec<u8>>>,
    held: Held,
    hang: Option<Hang>,
    tx: Transmitter,
    requests: VecDeque<(u8, NetworkRequest)>,
    random: Random,
    basic: Basic,
    radio: Radio,
    tls: Tls,
    mqtt: Mqtt,
}

/// What the modem does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "what is polled is gone: the host never gets bytes that are dropped"]
pub enum Output {
    /// Send these bytes to the host.
    Transmit(Vec<u8>),
    /// Ask the network for the client with this index.
    Network(u8, NetworkRequest),
    /// Nothing more. Report what happens, and at this time, if there is one, call [`Modem::handle_timeout`].
    Wait(Option<Duration>),
}

impl Modem {
    /// A modem that has been on for a while: it says nothing until it is asked. Its files are in memory.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self::with_files(profile, MemoryFiles::default())
    }

    /// The same with its files elsewhere.
    #[must_use]
    pub fn with_files(profile: Profile, files: impl FileStore + 'static) -> Self {
        Self {
            now: Duration::ZERO,
            power: Power::On,
            phase: Phase::Typing,
            collector: Collector::default(),
            typed_at: Duration::ZERO,
            typed_ahead: VecDeque::new(),
            line: Vec::new(),
            commands_run: 0,
            ran: None,
            held: Held::Nothing,
            hang: None,
            tx: Transmitter::default(),
            requests: VecDeque::new(),
            random: Random::new(profile.seed),
            basic: Basic::new(profile.family),
            radio: Radio::new(&profile.switches.surroundings),
            tls: Tls::new(profile.limits.tls_contexts, Box::new(files)),
            mqtt: Mqtt::new(profile.limits.clients),
            profile,
        }
    }

    /// Bytes came from the host. All are taken; those that find the modem off or its room for early bytes full are
    /// lost, as on hardware.
    pub fn handle_received(&mut self, now: Duration, bytes: &[u8]) {
        self.advance(now);
        for &byte in bytes {
            self.hear(byte);
        }
    }

    /// The network answers, or tells something, for the client with this index.
    pub fn handle_network(&mut self, now: Duration, client: u8, event: NetworkEvent) {
        self.advance(now);
        if self.hang.is_some() {
            return self.defer_event(client, event);
        }
        if self.power.is_on() {
            let (mqtt, mut context) = self.mqtt_and_context();
            mqtt.handle_network(&mut context, client, event);
        }
        self.advance(self.now);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.advance(now);
    }

    /// What the modem does next; call until [`Output::Wait`].
    pub fn poll(&mut self) -> Output {
        if self.hang.is_some() {
            return Output::Wait(self.next_deadline());
        }
        while let Some(bytes) = self.tx.take() {
            let bytes = self.say(bytes);
            if !bytes.is_empty() {
                return Output::Transmit(bytes);
            }
        }
        match self.requests.pop_front() {
            Some((client, request)) => Output::Network(client, request),
            None => Output::Wait(self.next_deadline()),
        }
    }

    /// What the modem was made as, with its switches as they are.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Lets everything happen that is due by `now`, each at its time.
    fn advance(&mut self, now: Duration) {
        while let Some(due) = self.next_deadline().filter(|&due| due <= now) {
            self.set_time(due);
            self.fire();
            self.work();
        }
        self.set_time(now);
        self.work();
    }

    fn set_time(&mut self, now: Duration) {
        self.now = self.now.max(now);
        self.tx.mischief.now = self.now;
    }

    fn next_deadline(&self) -> Option<Duration> {
        if let Some(hang) = &self.hang {
            return hang.until.into_iter().chain(self.next_mischief()).min();
        }
        let phase = match &self.phase {
            Phase::Working { due, .. } => Some(*due),
            Phase::Data { .. } => {
                (self.profile.switches.data_wait.0).map(|wait| self.typed_at.saturating_add(wait))
            }
            Phase::Typing | Phase::Holding => None,
        };
        let urcs = (self.tx.has_waiting() && self.host_is_typing()).then(|| self.typed_at + TYPING_PAUSE);
        let power = self.power.deadline();
        let sim = self.radio.sim_deadline();
        [
            phase,
            urcs,
            power,
            sim,
            self.mqtt.deadline(),
            self.next_mischief(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Something is due at this moment. Each thing that fires takes its deadline with it.
    fn fire(&mut self) {
        if let Some(hang) = &self.hang {
            match hang.until {
                Some(until) if until <= self.now => self.go_on(),
                _ => self.misbehave(),
            }
            return;
        }
        self.handle_power();
        if self.radio.sim_deadline().is_some_and(|due| due <= self.now) {
            self.unlock_sim();
        }
        if self.mqtt.deadline().is_some_and(|due| due <= self.now) {
            let (mqtt, mut context) = self.mqtt_and_context();
            mqtt.handle_timeout(&mut context);
        }
        let gave_up = self.profile.switches.data_wait.0;
        if matches!(self.phase, Phase::Data { .. })
            && gave_up.is_some_and(|wait| self.typed_at.saturating_add(wait) <= self.now)
        {
            self.finish(b"ERROR");
        }
        self.misbehave();
    }

    fn start(&mut self, task: Task) {
        let delay = self.random.delay(self.profile.switches.delays.command);
        let due = self.now.saturating_add(delay);
        self.phase = Phase::Working { due, task };
    }

    /// Does all that can be done now, and lets URCs out where there is room for them.
    fn work(&mut self) {
        while self.hang.is_none() {
            self.let_urcs_out();
            match &self.phase {
                Phase::Working { due, .. } if *due <= self.now => {
                    if let Phase::Working { task, .. } = std::mem::take(&mut self.phase) {
                        self.run(task);
                    }
                }
                Phase::Holding if matches!(self.held, Held::Settled(_)) => self.release(),
                Phase::Typing | Phase::Data { .. } => match self.typed_ahead.pop_front() {
                    Some(byte) => self.read(byte, true),
                    None => return,
                },
                Phase::Working { .. } | Phase::Holding => return,
            }
        }
    }

    fn let_urcs_out(&mut self) {
        let room = match self.phase {
            Phase::Typing => !self.host_is_typing() || self.typed_at + TYPING_PAUSE <= self.now,
            // Nothing comes between a verdict and the final result code beside it.
            Phase::Holding if matches!(self.held, Held::Settled(_)) => false,
            Phase::Working { .. } | Phase::Holding => {
                self.profile.switches.urc_place == UrcPlace::BetweenLines
            }
            Phase::Data { .. } => false,
        };
        if room {
            self.tx.flush();
        }
    }

    /// A line has begun and its echo would be torn apart.
    fn host_is_typing(&self) -> bool {
        matches!(self.phase, Phase::Typing) && self.basic.echo && !self.collector.is_empty()
    }

    fn mqtt_and_context(&mut self) -> (&mut Mqtt, Context<'_>) {
        let context = Context {
            now: self.now,
            profile: &self.profile,
            tx: &mut self.tx,
            random: &mut self.random,
            requests: &mut self.requests,
            radio: &mut self.radio,
            tls: &self.tls,
            held: &mut self.held,
        };
        (&mut self.mqtt, context)
    }
}

impl Debug for Modem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // What was typed, and its echo, may hold a password.
        f.debug_struct("Modem")
            .field("family", &self.profile.family)
            .field("now", &self.now)
            .field("power", &self.power)
            .field("mqtt", &self.mqtt)
            .finish_non_exhaustive()
    }
}

/// Where the conversation stands.
#[derive(Debug, Default)]
enum Phase {
    /// The host may type a command line.
    #[default]
    Typing,
    /// A command line, or its data, is worked on.
    Working { due: Duration, task: Task },
    /// The prompt was sent.
    Data {
        len: usize,
        data: Vec<u8>,
        data_for: DataFor,
    },
    /// The final result code waits for the verdict.
    Holding,
}

#[derive(Debug)]
enum Task {
    Line,
    /// The line holds too much.
    Refuse,
    Data(DataFor, Vec<u8>),
    /// The prompt was due before, and comes so often now.
    Prompt(usize, usize, DataFor),
    /// So was this final result code.
    Finish(usize, Vec<u8>),
}

/// How long a half typed line keeps URCs back: a person at a terminal who has stopped typing should still see them.
const TYPING_PAUSE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests;

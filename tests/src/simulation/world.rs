//! A world: a session, a line, a modem, a network and a broker, and what happens to them.

mod host;
mod suspended;
mod turn;

use std::fmt::Display;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use at_proto::cmqtt::QoS;
use cmqtt_core::{Instant, Session, Storage};
use cmqtt_sim::broker::{Broker, ObserverId, TopicFilter};
use cmqtt_sim::{Fault, MemoryNetwork, Modem, NetworkFaults, Wire};

use super::forbidden::Forbidden;
use super::ledger::{Check, Ledger};
use super::message::{Make, OWN};
use super::pace::Pace;
use super::random::Random;
use super::scenario::{Class, Scenario, Seconds, What};
use super::tally::Tally;
use super::weather::Weather;
use suspended::Suspended;

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
    forbidden: Forbidden,
    /// When something went wrong last, or the application changed its mind.
    disturbed_at: Option<Duration>,
    suspended: Suspended,
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
    /// Command lines that went out over an empty line, to a modem that had read all, since it last restarted.
    spoken_since_restart: u32,
    /// STARTs that went out to a modem that refuses them for a while, since it last restarted.
    refused_starts: u32,
    power_key: bool,
    /// When the modem was last heard.
    heard_at: Duration,
    /// What was heard and not yet printed.
    heard: Vec<u8>,
}

impl<'s> World<'s> {
    fn new(scenario: &'s Scenario, trace: bool) -> Self {
        let line = scenario.line;
        let memory = scenario.memory;
        let storage = Storage::new(
            vec![0; memory.received],
            vec![0; memory.message],
            vec![0; memory.request],
            vec![0; memory.information],
        );
        let mut broker = Broker::default();
        let everything = TopicFilter::new("#").expect("a filter");
        let observer = broker.observe(everything);
        let mut network = MemoryNetwork::new(broker);
        network.set_latency(Duration::from_millis(20));
        let profile = scenario.profile();
        let mut modem = Modem::new(profile.clone());
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
                scenario.config(),
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
            forbidden: Forbidden::new(&profile),
            disturbed_at: None,
            suspended: Suspended::default(),
            pace: Pace::default(),
            session_due: Some(Duration::ZERO),
            modem_due: Some(Duration::ZERO),
            network_due: None,
            reads_at: None,
            hears_at: None,
            topic: Vec::new(),
            payload: Vec::new(),
            spoken_since_restart: 2,
            refused_starts: 0,
            power_key: false,
            heard_at: Duration::ZERO,
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
                tally.idle_polls = (self.pace.idle, self.scenario.seed);
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
        if self.is_suspended() {
            self.resume()?;
        }
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
        self.ledger.check(self.now)
    }

    /// The faults are over: the session comes back, and every message and request has its end.
    fn recover(&mut self) -> Check {
        let budget = self.scenario.recovery();
        let back_by = self.scenario.calm + budget;
        let late = move |what: &str| -> Check {
            let how = format!("{what} {} s after the faults", budget.as_secs());
            Err(("back within its budget", how))
        };
        let before = self.ledger.deliveries();
        let number = loop {
            if !self.session.is_keeping() && self.session.is_idle() {
                self.happen(What::Keep)?;
            }
            let number = self.make();
            if self.scenario.memory.queue < SMALLEST_QUEUE {
                self.pass((self.now + SECOND).min(back_by), |world| {
                    world.ledger.standing.is_up()
                })?;
            } else {
                self.deliver(number, QoS::AtLeastOnce, false, OWN_MESSAGE)?;
                let waits =
                    |world: &Self| world.ledger.is_waiting(number) && world.ledger.deliveries() == before;
                self.pass(back_by, |world| !waits(world))?;
            }
            if self.ledger.deliveries() > before
                || self.ledger.standing.is_up() && self.scenario.memory.queue < SMALLEST_QUEUE
            {
                break number;
            }
            if self.now >= back_by {
                return late("nothing is delivered");
            }
            // The queue was full and this gave way, or the client was let go by what began before.
            self.pass((self.now + SECOND).min(back_by), |_| false)?;
        };
        self.ledger.tally.recovery = (self.now - self.scenario.calm, self.scenario.seed);
        self.drain(number)
    }

    /// It delivers again: everything that waits has its end, and what it sends to itself comes back.
    fn drain(&mut self, mut number: u32) -> Check {
        let until = self.now + DRAINED + self.scenario.forbidden();
        while self.scenario.memory.queue >= SMALLEST_QUEUE && !self.ledger.is_delivered(number) {
            if self.now >= until {
                return Err(("every message has an end", format!("message {number} waits")));
            }
            if !self.ledger.is_waiting(number) {
                number = self.make();
                self.deliver(number, QoS::AtLeastOnce, false, OWN_MESSAGE)?;
            }
            self.pass((self.now + SECOND).min(until), |world| {
                world.ledger.is_delivered(number)
            })?;
        }
        self.pass(until, |world| !world.ledger.has_open())?;
        if self.ledger.has_open() {
            return Err(("every request has an end", "some have none".to_owned()));
        }
        if self.ledger.is_delivered(number) {
            self.come_back(number)?;
            if !self.ledger.is_received(number) && self.scenario.class == Class::Clean {
                return Err(("subscribed again", format!("message {number} did not come back")));
            }
        }
        Ok(())
    }

    /// A message of the world's own has its time: as long as the modem tells of those that were there before it.
    fn come_back(&mut self, number: u32) -> Check {
        let until = self.now + DRAINED;
        while !self.ledger.is_received(number) && self.now < until {
            let heard = self.heard_at;
            self.pass(self.now + 10 * SECOND, |world| world.ledger.is_received(number))?;
            if self.heard_at == heard {
                break;
            }
        }
        Ok(())
    }

    /// A message of the world's own, that comes back.
    fn make(&mut self) -> u32 {
        self.ledger.make(QoS::AtLeastOnce, OWN_MESSAGE)
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
        match weather {
            Weather::BrokerDenies => self.forbidden.broker(true),
            Weather::BrokerAllows => self.forbidden.broker(false),
            Weather::BrokerForbids => self.forbidden.forbid_us(),
            _ => {}
        }
        self.disturb();
        weather.happen(self.now, &mut self.modem, &mut self.network);
        self.touch_modem();
    }

    /// Something went wrong that is no policy of the broker's.
    fn disturb(&mut self) {
        self.forbidden.disturbed();
        self.disturbed_at = Some(self.now);
    }

    /// Whether nothing that went wrong can still have an effect.
    fn is_quiet(&self) -> bool {
        self.disturbed_at.is_none_or(|at| at + QUIET < self.now)
    }

    fn instant(&self) -> Instant {
        Instant::from_micros(micros(self.now))
    }

    fn print(&self, mark: &str, what: &dyn Display) {
        println!("{} {mark} {what}", Seconds(self.now));
    }
}

fn micros(time: Duration) -> u64 {
    // A little later rather than earlier: nanoseconds of the line are no time of the session's.
    u64::try_from(time.as_nanos().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// So long after something went wrong a result may be that of an earlier command.
pub(super) const QUIET: Duration = Duration::from_secs(400);

/// What the world sends to itself.
const OWN_MESSAGE: Make = Make {
    topic: OWN,
    size: 24,
    style: 2,
};

/// What holds one of them.
const SMALLEST_QUEUE: usize = 64;

/// The longest queue, of messages that each take all the time that a slow modem needs.
const DRAINED: Duration = Duration::from_secs(3600);

const SECOND: Duration = Duration::from_secs(1);

/// The slowest packet, and what follows from it.
const SETTLED: Duration = Duration::from_secs(200);

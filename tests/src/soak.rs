//! Both adapters for a long time: each on the pseudo-terminal of a modem for which everything goes wrong that can, behind
//! both a real broker that is killed again and again; and what was sent, compared with what arrived.

mod ledger;
mod resources;
mod side;

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cmqtt_sim::{Family, FaultKind, Forecast};

use crate::driver::{Blocking, Tokio};
use crate::mosquitto::{Listener, Mosquitto};
use ledger::Ledger;
pub use ledger::Tally;
use resources::Resources;
use side::Side;

/// How it is done.
#[derive(Clone, Copy, Debug)]
pub struct Soak {
    /// How long things go wrong.
    pub time: Duration,
    /// How long a side may take afterwards until everything is delivered.
    pub settle: Duration,
    /// Whether everything has to have an end by then. The result of a publish whose connection went may be waited for for
    /// four minutes.
    pub must_end: bool,
    /// How often something goes wrong.
    pub every: Duration,
    /// The longest time for which anything is away, or late.
    pub away: Duration,
    /// How often the broker is killed.
    pub kill_every: Duration,
    /// What all of that is drawn from.
    pub seed: u64,
    /// Whether it says now and then how far it is.
    pub talks: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// Of each side.
    pub sides: Vec<(&'static str, Family, Tally)>,
    /// How often the broker was killed.
    pub kills: u32,
    /// What was wrong, a sentence each.
    pub wrong: Vec<String>,
    resources: Resources,
    took: Duration,
}

impl Soak {
    /// Does it.
    ///
    /// # Panics
    /// The machine lacks a program or a pseudo-terminal.
    #[must_use]
    pub fn run(&self) -> Report {
        let begun = Instant::now();
        let mut broker = Mosquitto::start();
        broker.record();
        let address = broker.address(Listener::Plain);
        let goes_wrong = Arc::new(AtomicBool::new(true));
        let mut resources = Resources::default();
        let tick = TICK.min(self.time / 20);
        let (sides, kills, topics) = thread::scope(|scope| {
            let blocking = Side::new("blocking", Family::ALL[self.pick(0)], address, self, &goes_wrong);
            let tokio = Side::new("tokio", Family::ALL[self.pick(1)], address, self, &goes_wrong);
            let running = [
                scope.spawn(move || blocking.run::<Blocking>()),
                scope.spawn(move || tokio.run::<Tokio>()),
            ];
            let mut kills = 0;
            let mut topics = Ledger::default();
            let mut next_kill = begun + self.kill_every;
            while begun.elapsed() < self.time {
                topics.arrived(broker.published(tick));
                resources.look(begun.elapsed(), self.talks);
                if Instant::now() >= next_kill {
                    broker.restart();
                    kills += 1;
                    next_kill += self.kill_every;
                }
            }
            goes_wrong.store(false, Ordering::Relaxed);
            while running.iter().any(|side| !side.is_finished()) {
                topics.arrived(broker.published(tick));
            }
            let sides = running.map(|side| side.join().expect("a side that does not panic"));
            (sides, kills, topics)
        });
        let mut topics = topics;
        topics.arrived(broker.published(Duration::ZERO));
        let mut wrong = Vec::new();
        let sides = sides.into_iter().map(|ended| {
            let tally = ended.judge(&topics, self.must_end, &mut wrong);
            (ended.name, ended.family, tally)
        });
        let sides = sides.collect();
        wrong.extend(resources.judge());
        Report {
            sides,
            kills,
            wrong,
            resources,
            took: begun.elapsed(),
        }
    }

    /// What goes wrong with a modem.
    fn forecast(&self) -> Forecast {
        let kinds = KINDS.len() as u32;
        let count = self.time.as_millis() / self.every.as_millis().max(1);
        let each = u32::try_from(count).unwrap_or(u32::MAX).div_ceil(kinds);
        let calm = Forecast::calm(self.time);
        Forecast {
            from: FIRST.min(self.time),
            away: self.away,
            pause: self.away.min(calm.pause),
            late: self.away,
            ..KINDS
                .iter()
                .fold(calm, |forecast, &kind| forecast.with(kind, each))
        }
    }

    fn pick(&self, side: u64) -> usize {
        let families = Family::ALL.len();
        usize::try_from(self.seed.wrapping_add(side * 2)).unwrap_or(0) % families
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:.0} s, the broker killed {} times",
            self.took.as_secs_f32(),
            self.kills
        )?;
        for (name, family, tally) in &self.sides {
            writeln!(f, "{name} on {family}: {tally}")?;
        }
        write!(f, "{}", self.resources)?;
        for wrong in &self.wrong {
            writeln!(f, "wrong: {wrong}")?;
        }
        Ok(())
    }
}

/// What goes wrong. Not what alters bytes: on a line without checksums that can alter a message, too.
const KINDS: [FaultKind; 20] = [
    FaultKind::Pause,
    FaultKind::Split,
    FaultKind::Unplug,
    FaultKind::PromptLost,
    FaultKind::PromptTwice,
    FaultKind::PromptLate,
    FaultKind::FinalLate,
    FaultKind::ResultLate,
    FaultKind::ResultFirst,
    FaultKind::Noise,
    FaultKind::LetOut,
    FaultKind::Echo,
    FaultKind::Restart,
    FaultKind::NoNetwork,
    FaultKind::NoContext,
    FaultKind::BrokerAway,
    FaultKind::Kick,
    FaultKind::Stall,
    FaultKind::AckLost,
    FaultKind::KeepAlive,
];

/// How often what arrived is fetched.
const TICK: Duration = Duration::from_secs(1);

/// Until then a client has been connected once.
const FIRST: Duration = Duration::from_secs(3);

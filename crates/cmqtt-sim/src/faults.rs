//! Faults as plain data: what goes wrong on the line, in the modem and behind it, when, and how often.
//!
//! A world's faults are one value, a [`FaultPlan`], drawn from a seed by a [`Forecast`] or read from text, one fault a
//! line. Nothing is drawn while a world runs, so that the plan is the replay: without any of its lines it is a plan
//! again, and the faults left in it still happen where they did, as nearly as the conversation allows.
//!
//! A fault waits for its time, passes over so many places where it could happen, and happens at the next one. A place
//! is a byte of one direction, a prompt, a result, a gap between lines: each fault's kind says which. The layers that
//! let them happen are [`Wire`](crate::Wire) for bytes, [`Modem`](crate::Modem) for what only it knows (where a line
//! ends, what a prompt is: from outside neither can be told from content), and [`NetworkFaults`](crate::NetworkFaults)
//! for what lies between the modem and its network. Each takes its part of the plan, and tells what [`Happened`].
//!
//! ```
//! use std::time::Duration;
//! use cmqtt_sim::{Direction, FaultPlan, Wire};
//!
//! let plan: FaultPlan = "0s +2 flip to-host 0\n0s +3 lose to-host".parse()?;
//! let mut wire = Wire::new(None, Duration::ZERO);
//! wire.set_faults(&plan);
//! wire.send(Duration::ZERO, Direction::ToHost, b"\r\nOK\r\n");
//! assert_eq!(wire.receive(Duration::ZERO, Direction::ToHost), b"\r\nN\r\n");
//! let happened = wire.poll_happened().expect("the first fault");
//! assert_eq!(happened.to_string(), "0s flip to-host 0, byte 2");
//! # Ok::<(), cmqtt_sim::FaultPlanError>(())
//! ```

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

mod forecast;
pub use forecast::Forecast;

mod kind;
pub use kind::{FaultClass, FaultKind, UnknownFaultKind};

mod pending;
pub(crate) use pending::Pending;

mod place;
pub(crate) use place::{Layer, Place};

mod tally;
pub use tally::Tally;

mod text;
pub use text::FaultPlanError;

use crate::network::LostCause;
use crate::wire::Direction;

/// Everything that goes wrong in one world. Its text has a line for each fault, and reads back as the same plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// The faults, in any order.
    pub faults: Vec<Fault>,
    /// From this moment on nothing more goes wrong; what has begun still takes its time. `None`: no such moment.
    pub until: Option<Duration>,
}

/// One fault: what, and when.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    /// It waits for this time.
    pub at: Duration,
    /// Then it passes over so many places where it could happen. Means nothing to most faults that happen at their time.
    pub skip: u32,
    /// What goes wrong.
    pub what: What,
}

/// What goes wrong. [`FaultKind`] says it for people, and [`FaultKind::class`] whether bytes are altered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// This byte is lost.
    Lose(Direction),
    /// This byte comes twice.
    Double(Direction),
    /// One bit of this byte is wrong: 0 to 7, others count modulo 8.
    Flip(Direction, u8),
    /// Bytes that nobody sent come before this one.
    Garbage(Direction, Vec<u8>),
    /// The line carries nothing either way for so long: what is sent meanwhile is lost, and nobody is told.
    Cut(Duration),
    /// This byte, and what follows it, leaves so much later.
    Pause(Direction, Duration),
    /// A read ends before this byte, and then after every so many, so many times.
    Split(Direction, u32, u32),
    /// The port is gone for so long, and with it what is under way. The host is told: [`Wire::poll_port`](crate::Wire::poll_port).
    Unplug(Duration),
    /// The modem waits for data and has sent no prompt.
    PromptLost,
    /// The prompt comes twice.
    PromptTwice,
    /// The modem takes so long before it prompts.
    PromptLate(Duration),
    /// A command ends without its final result code.
    FinalLost,
    /// The final result code comes so much later, and the modem does nothing else before.
    FinalLate(Duration),
    /// A result URC never comes.
    ResultLost,
    /// A result URC comes so much later.
    ResultLate(Duration),
    /// A command that would answer `OK` first gives its result first.
    ResultFirst,
    /// A line that nobody asked for, without its line ends, comes between two lines: at its time, or as soon after it
    /// as a URC may come; where places are passed over, before the so manieth line of an answer.
    Noise(Vec<u8>),
    /// URCs and messages that wait come before the so manieth line of an answer.
    LetOut,
    /// Echo is on, or off, without having been asked for.
    Echo(bool),
    /// The modem restarts.
    Restart(RestartAt, BootLines),
    /// The modem does nothing for so long, `None` until its power is switched.
    Hang(Option<Duration>, Hearing),
    /// The network is lost, and registration and packet data context with it, and comes back after so long.
    NoNetwork(Duration),
    /// The network ends the packet data context, which comes back after so long, or when START activates it.
    NoContext(Duration),
    /// The broker is gone: connections are closed, and connects are refused for so long.
    BrokerAway(Duration),
    /// Every CONNECT is answered by this CONNACK return code for so long.
    Refuse(u8, Duration),
    /// Every connection ends.
    Kick(LostCause),
    /// Nothing passes between the modem and its network for so long; then all of it does, in order. A short one is a slow
    /// network, one longer than the modem's own time-outs a broker that does not answer.
    Stall(Duration),
    /// The connection is reset when the broker's answer to this publish is under way: the broker has the message, and
    /// the modem never hears so.
    AckLost,
    /// The keep alive of every connection fails: `+CMQTTPING` on SIM7600, else the connection is lost.
    KeepAlive,
}

/// Where a restart happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartAt {
    /// At its time, whatever is under way.
    Time,
    /// At this byte of what the modem says or hears. It is lost, with the rest.
    Byte(Direction),
}

/// Whether a modem that restarts says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootLines {
    /// It says what its switch `boot` has.
    Said,
    /// It comes up in silence.
    Silent,
}

/// What becomes of the host's bytes while the modem hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// They are lost.
    Deaf,
    /// They are worked on when it goes on.
    Later,
}

/// A fault that has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Duration,
    /// At which byte of its direction, counted from 0 from the beginning; `None` where no byte is meant.
    pub byte: Option<u64>,
    /// The fault as the plan has it.
    pub fault: Fault,
}

impl FaultPlan {
    /// A plan of these faults alone, such as those that have [`Happened`]: the same world meets the same faults.
    pub fn replay<'h>(happened: impl IntoIterator<Item = &'h Happened>, until: Option<Duration>) -> Self {
        let faults = happened.into_iter().map(|happened| happened.fault.clone());
        Self {
            faults: faults.collect(),
            until,
        }
    }

    /// Whether no fault of the plan alters a byte.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults
            .iter()
            .all(|fault| fault.what.kind().class() == FaultClass::Clean)
    }
}

impl Debug for Fault {
    /// As its text, which a plan can be made from.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests;

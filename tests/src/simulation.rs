//! Deterministic simulation: a session that keeps its client connected, a serial line, a simulated modem, a network and
//! a broker in one loop under virtual time, with a random program of requests and random faults; and the rules that
//! nothing of it may break.
//!
//! A seed makes a [`Scenario`], which is plain data with a text form; [`run`] plays it. What breaks a rule is made
//! shorter by [`shrink`], printed, and can be played again from what was printed.

mod random;
pub use random::Random;

mod recovery;
pub use recovery::recovery;

mod scenario;
pub use scenario::{Class, Host, Line, Memory, ParseError, Scenario, Step, What};

mod generate;
pub use generate::{Limits, generate};

mod message;

mod forbidden;

mod ledger;

mod standing;

mod pace;

mod tally;
pub use tally::Tally;

mod weather;
pub use weather::Weather;

mod world;
pub use world::{Broken, run, run_with_trace};

mod shrink;
pub use shrink::shrink;

mod command;
pub use command::command;

//! The bodies of the fuzzing targets. Each takes any bytes and panics where something that always holds does not.
//! `fuzz/fuzz_targets` feeds them with what libFuzzer makes up, an ordinary test with the committed corpora.

mod frame;
pub use frame::frame;

mod line;
pub use line::line;

mod command_line;
pub use command_line::command_line;

mod round_trip;
pub use round_trip::round_trip;

mod client;
pub use client::client;

mod session;
pub use session::session;

mod any;
mod script;

//! The program as people run it: over a pseudo-terminal, to the simulated modem, to a real broker.

mod answering;
mod bench;
mod collected;
mod scripted;
mod tool;

mod blocked;
mod causes;
mod configuration;
mod endings;
mod escaping;
mod faults;
mod giving_up;
mod others;
mod publish;
mod refusals;
mod sessions;
mod spooling;
mod subscribe;
mod trials;

//! The driver, over a pseudo-terminal, to the simulated modem, to a real broker: the whole way, plain and with TLS.

mod bench;

mod files;
mod messages;
mod network;
mod refusals;
mod sessions;

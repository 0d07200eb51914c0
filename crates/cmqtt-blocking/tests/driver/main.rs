//! The driver on a port in virtual time: what it makes of late reads, full queues, failing ports and refused publishes.

mod failures;
mod lateness;
mod outcomes;
mod port;
mod queues;
mod stopped;

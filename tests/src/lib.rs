//! What whole-system tests share.

mod every;

pub mod async_modem;
pub mod certificates;
pub mod driver;

pub mod fuzz;
pub mod mosquitto;
pub mod pair;
pub mod plans;
pub mod programs;
pub mod simulation;
pub mod soak;

/// The README's program compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

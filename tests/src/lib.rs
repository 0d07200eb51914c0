//! What whole-system tests share.

use cmqtt_core::Config;
use cmqtt_sim::Family;

mod every;

pub mod async_modem;
pub mod driver;

pub mod fuzz;
pub mod pair;

/// How the driver talks to a simulated modem of this family.
#[must_use]
pub const fn config(family: Family) -> Config {
    match family {
        Family::Sim7022 => Config::SIM7022,
        Family::A76xx => Config::A76XX,
        Family::Sim7600 => Config::SIM7600,
        Family::Sim767x => Config::SIM767X,
        _ => Config::SIM7028,
    }
}

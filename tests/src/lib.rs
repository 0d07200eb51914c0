//! What whole-system tests share.

mod every;

pub mod fuzz;
pub mod pair;

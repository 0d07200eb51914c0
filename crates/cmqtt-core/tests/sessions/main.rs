//! Whole conversations of a session: what it asks for, what it makes of the answers, what it tells.

mod script;

mod bring_up;
mod keeping;
mod mishaps;
mod network;
mod passing;
mod policy;
mod refusals;
mod requests;
mod take_down;

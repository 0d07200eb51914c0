//! Whole conversations: what the client writes, what the modem says, what comes out.

mod talk;

mod busy;
mod damage;
mod endings;
mod files;
mod interrupted;
mod messages;
mod requests;
mod time;

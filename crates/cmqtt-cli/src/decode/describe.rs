//! What a line means: its fields by the manual's names, and words.

mod command;
pub(crate) use command::{attention, command};

mod information;
pub(crate) use information::information;

mod unasked;
pub(crate) use unasked::{final_result, result, urc};

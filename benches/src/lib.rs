//! What the benchmarks feed and how: streams as modems send them, reads as ports deliver them, and the job that every
//! contestant does, which is to cut the stream and to decode each line into a typed value.

mod streams;
pub use streams::{bodies, replies, results};

mod reads;
pub use reads::{Reads, Window};

mod ours;
pub use ours::Ours;

mod atat_side;
pub use atat_side::{Atat, ByLength, ByName};

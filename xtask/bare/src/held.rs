//! What is held for each modem, in bytes. That nothing grows unseen is asserted here, while compiling, for processors
//! with pointers of 64 and of 32 bits: what grows on purpose changes its line. Here and not in the crates, for the
//! compiler lays a type out as it likes, and nobody's program should stop to build over it.

use core::fmt::Write;
use core::mem::size_of;

use at_proto::{Exchange, Framer};
use cmqtt_core::{Client, Session, Storage};

use crate::system;

/// Memory that is lent, the same size as a box of it.
type Lent = &'static mut [u8];

macro_rules! held {
    ($($name:literal: $type:ty, at most $bits64:literal or $bits32:literal, lent $least:expr, $most:expr;)*) => {
        $(const _: () = assert!(
            size_of::<$type>() <= if cfg!(target_pointer_width = "64") { $bits64 } else { $bits32 },
            concat!($name, " has grown: if that is meant, write the new size into xtask/bare/src/held.rs"),
        );)*

        const HELD: &[Held] = &[$(Held { name: $name, size: size_of::<$type>(), least: $least, most: $most }),*];
    };
}

held! {
    "Framer": Framer, at most 56 or 32, lent 0, 0;
    "Exchange": Exchange, at most 208 or 120, lent 0, 0;
    "Client": Client<Lent>, at most 2304 or 1848, lent CLIENT_LEAST, CLIENT_MOST;
    "Session": Session<Lent>, at most 4544 or 9000, lent CLIENT_LEAST, CLIENT_MOST + PLAN + QUEUE;
}

struct Held {
    name: &'static str,
    /// The value itself.
    size: usize,
    /// What is lent to it: the least that it works with, and what serves the longest of everything.
    least: usize,
    most: usize,
}

/// Received bytes and a request; no message is held whole, and no information line.
const CLIENT_LEAST: usize = Storage::<Lent>::MIN_RECEIVED + Storage::<Lent>::MIN_REQUEST;
/// As the loop in the documentation of `cmqtt-core` lends.
const CLIENT_MOST: usize = 1024 + 11264 + 12288 + 512;
/// As the documentation of `Session::new` says.
const PLAN: usize = 4096;
/// Messages that wait, as the example in the documentation of `cmqtt-core` has it. None are needed.
const QUEUE: usize = 16384;

/// A line for each, its fields separated by a tab.
pub(crate) fn print() {
    for Held {
        name,
        size,
        least,
        most,
    } in HELD
    {
        let _ = writeln!(system::Output, "{name}\t{size}\t{least}\t{most}");
    }
}

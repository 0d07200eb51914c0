//! What only the async driver has: futures that are dropped, handles, streams, and a task that lives as long as they do.
//! All in virtual time.

mod cancelled;
mod handles;
mod lateness;
mod setup;
mod stopped;
mod streams;

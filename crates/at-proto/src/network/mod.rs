//! The network and the SIM.
//!
//! | the manual's name | file | types |
//! |---|---|---|
//! | `AT+CSQ` | `signal.rs` | [`Signal`], [`SignalQuality`] |

mod signal;
pub use signal::{Signal, SignalQuality, SignalRanges};

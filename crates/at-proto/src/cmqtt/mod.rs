//! The MQTT service.
//!
//! | the manual's name | file | types |
//! |---|---|---|
//! | `AT+CMQTTACCQ` | `acquire.rs` | [`Acquire`], [`AcquiredClient`], [`AcquireRanges`] |
//! | `AT+CMQTTTOPIC` | `topic.rs` | [`SetTopic`] |

mod acquire;
pub use acquire::{Acquire, AcquireRanges, AcquiredClient};

mod topic;
pub use topic::SetTopic;

mod length_ranges;
pub use length_ranges::LengthRanges;

mod budget;

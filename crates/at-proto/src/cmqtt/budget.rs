//! How long the MQTT service may take (the vendor's notes for SIM7028 and A76XX; where they are silent, what drivers
//! for the same commands allow).

use core::time::Duration;

/// START and STOP (section 3.2.1); SIM7500/7600 need ten times as long.
pub const SERVICE: Duration = Duration::from_secs(12);

/// ACCQ and REL.
pub const CLIENT: Duration = Duration::from_secs(15);

/// From the last data byte to `OK`.
pub const DATA: Duration = Duration::from_secs(10);

/// CONNECT without TLS; with TLS the negotiation time comes on top.
pub const CONNECT: Duration = Duration::from_secs(120);

/// SUB and UNSUB.
pub const SUBSCRIBE: Duration = Duration::from_secs(120);

/// What PUB and DISC may take beyond the timeout that they are given.
pub const BEYOND_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest timeout that any manual lets PUB and DISC have, and what DISC is taken to mean by none. A modem that states
/// a longer one is given what it asks for, and waited for no longer than this.
pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(180);

/// How long PUB or DISC may take with a timeout of this many seconds.
pub(super) fn with_timeout(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds))
        .min(LONGEST_TIMEOUT)
        .saturating_add(BEYOND_TIMEOUT)
}

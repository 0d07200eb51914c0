//! The world around the modem: its SIM, the network, the packet data context.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use super::clock::WallClock;

/// What the SIM wants.
#[derive(Clone, PartialEq, Eq)]
pub enum Sim {
    /// There is none.
    Absent,
    /// Nothing.
    Ready,
    /// This PIN.
    Locked {
        /// The PIN, four to eight digits.
        pin: String,
    },
}

/// Where the modem stands with the network: `<stat>` of `+CREG`, `+CGREG`, `+CEREG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Not registered, not searching.
    None = 0,
    /// Registered, home network.
    Home = 1,
    /// Searching.
    Searching = 2,
    /// The network refused.
    Denied = 3,
    /// Registered, roaming.
    Roaming = 5,
}

impl Registration {
    /// Whether there is a network to use.
    #[must_use]
    pub fn is_registered(self) -> bool {
        matches!(self, Self::Home | Self::Roaming)
    }
}

/// The network as the modem sees it. Hooks of [`Modem`](crate::Modem) change it.
#[derive(Clone, Debug)]
pub struct Radio {
    pub(super) sim: Sim,
    /// The PIN was entered since power-up.
    pub(super) unlocked: bool,
    pub(super) registration: Registration,
    /// `<rssi>` and `<ber>` of `+CSQ`.
    pub(super) signal: (u8, u8),
    /// The packet data context is active.
    pub(super) active: bool,
    /// Attached to the packet service.
    pub(super) attached: bool,
    /// `<n>` of CREG, CGREG, CEREG.
    pub(super) reports: [u8; 3],
    /// What CGDCONT defined: type and access point.
    pub(super) contexts: BTreeMap<u8, (Vec<u8>, Vec<u8>)>,
    pub(super) clock: WallClock,
    /// When the modem was switched on last.
    pub(super) powered_at: Duration,
}

impl Default for Radio {
    fn default() -> Self {
        Self {
            sim: Sim::Ready,
            unlocked: false,
            registration: Registration::Home,
            signal: (23, 0),
            active: true,
            attached: true,
            reports: [0; 3],
            contexts: BTreeMap::new(),
            clock: WallClock::new(Duration::ZERO),
            powered_at: Duration::ZERO,
        }
    }
}

impl Radio {
    /// Whether the SIM wants nothing.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match self.sim {
            Sim::Absent => false,
            Sim::Ready => true,
            Sim::Locked { .. } => self.unlocked,
        }
    }

    /// Where the modem stands with the network, whatever its SIM says.
    #[must_use]
    pub fn registration(&self) -> Registration {
        self.registration
    }

    /// Whether the modem is registered and its SIM lets it.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.is_ready() && self.registration.is_registered()
    }

    /// Whether the packet data context is active.
    #[must_use]
    pub fn has_address(&self) -> bool {
        self.is_registered() && self.active
    }

    /// Activates the context, if there is a network.
    pub(super) fn activate(&mut self) -> bool {
        self.active = self.is_registered() && self.attached;
        self.active
    }

    /// The modem comes up: the world has not changed, but what the host had set is gone. Definitions of contexts are
    /// kept in the flash.
    pub(super) fn restart(&mut self, now: Duration) {
        self.unlocked = false;
        self.reports = [0; 3];
        self.attached = true;
        self.active = self.is_registered();
        self.clock = WallClock::new(now);
        self.powered_at = now;
    }
}

impl Debug for Sim {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Ready => "Ready",
            Self::Locked { .. } => "Locked",
        })
    }
}

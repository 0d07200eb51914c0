//! The world around the modem: its SIM, the network, the packet data context.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use super::clock::WallClock;
use crate::switches::{Address, ClockStart, Surroundings};

/// What the SIM wants.
#[derive(Clone, PartialEq, Eq)]
pub enum Sim {
    /// There is none.
    Absent,
    /// There is none, and CPIN says so with `+SIMCARD: NOT AVAILABLE` and `ERROR`.
    NotAvailable,
    /// Nothing.
    Ready,
    /// This PIN.
    Locked {
        /// The PIN, four to eight digits.
        pin: String,
    },
    /// It fails.
    Fails {
        /// With this `+CME ERROR`: 13, 14 or 313.
        code: u16,
        /// For how long after power-up; `None` for as long as the modem is on.
        lasts: Option<Duration>,
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
    /// Out of coverage, say.
    Unknown = 4,
    /// Registered, roaming.
    Roaming = 5,
    /// Registered for SMS alone, home network.
    HomeSmsOnly = 6,
    /// Registered for SMS alone, roaming.
    RoamingSmsOnly = 7,
    /// Attached for emergency calls alone.
    EmergencyOnly = 8,
    /// Registered, CSFB not preferred, home network.
    HomeCsfbNotPreferred = 9,
    /// Registered, CSFB not preferred, roaming.
    RoamingCsfbNotPreferred = 10,
    /// Attached for emergency calls or RLOS.
    EmergencyOrRlos = 11,
}

impl Registration {
    /// Every one, at the place of its number.
    pub(crate) const ALL: [Self; 12] = [
        Self::None,
        Self::Home,
        Self::Searching,
        Self::Denied,
        Self::Unknown,
        Self::Roaming,
        Self::HomeSmsOnly,
        Self::RoamingSmsOnly,
        Self::EmergencyOnly,
        Self::HomeCsfbNotPreferred,
        Self::RoamingCsfbNotPreferred,
        Self::EmergencyOrRlos,
    ];

    /// Whether there is a network to use.
    #[must_use]
    pub fn is_registered(self) -> bool {
        matches!(
            self,
            Self::Home | Self::Roaming | Self::HomeCsfbNotPreferred | Self::RoamingCsfbNotPreferred
        )
    }
}

/// The network as the modem sees it. Hooks of [`Modem`](crate::Modem) change it.
#[derive(Clone, Debug)]
pub struct Radio {
    pub(super) sim: Sim,
    /// Since power-up the PIN was entered, or the SIM has stopped failing.
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
    /// What the clock shows at power-up.
    clock_start: ClockStart,
    /// When the context has an address.
    address: Address,
    /// When the modem was switched on last.
    pub(super) powered_at: Duration,
}

impl Radio {
    pub(super) fn new(surroundings: &Surroundings) -> Self {
        let mut radio = Self {
            sim: surroundings.sim.clone(),
            unlocked: false,
            registration: surroundings.registration,
            signal: (23, 0),
            active: false,
            attached: false,
            reports: [0; 3],
            contexts: BTreeMap::new(),
            clock: WallClock::new(Duration::ZERO, surroundings.clock),
            clock_start: surroundings.clock,
            address: surroundings.address,
            powered_at: Duration::ZERO,
        };
        radio.restart(Duration::ZERO);
        radio
    }

    /// Whether the SIM wants nothing.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match self.sim {
            Sim::Absent | Sim::NotAvailable => false,
            Sim::Ready => true,
            Sim::Locked { .. } | Sim::Fails { .. } => self.unlocked,
        }
    }

    /// When a SIM that fails for a while stops failing.
    pub(super) fn sim_deadline(&self) -> Option<Duration> {
        match self.sim {
            Sim::Fails {
                lasts: Some(lasts), ..
            } if !self.unlocked => Some(self.powered_at.saturating_add(lasts)),
            _ => None,
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

    /// Activates the context by the modem's own doing, if there is a network that lets it.
    pub(super) fn activate(&mut self) -> bool {
        let granted = match self.address {
            Address::AtOnce => true,
            Address::OnActivation => self.active,
            Address::Never => false,
        };
        self.active = granted && self.is_registered() && self.attached;
        self.active
    }

    /// Activates the context for `AT+CGACT`.
    pub(super) fn activate_on_command(&mut self) -> bool {
        self.active = self.address != Address::Never && self.is_registered() && self.attached;
        self.active
    }

    /// The modem comes up: the world has not changed, but what the host had set is gone. Definitions of contexts are
    /// kept in the flash.
    pub(super) fn restart(&mut self, now: Duration) {
        self.unlocked = false;
        self.reports = [0; 3];
        self.attached = true;
        self.active = false;
        self.activate();
        self.clock = WallClock::new(now, self.clock_start);
        self.powered_at = now;
    }
}

impl Debug for Sim {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::NotAvailable => "NotAvailable",
            Self::Ready => "Ready",
            Self::Locked { .. } => "Locked",
            Self::Fails { .. } => "Fails",
        })
    }
}

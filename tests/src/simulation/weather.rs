//! What goes wrong far away from the line, and what ends it: by the hooks of modem, network and broker.

use std::str::SplitWhitespace;
use std::time::Duration;

use cmqtt_sim::broker::{Policy, TopicFilter};
use cmqtt_sim::{ClientKey, LostCause, MemoryNetwork, Modem, Registration};

use super::forbidden::DENIED;
use super::scenario::ParseError;
use crate::plans::ID;

/// Something that goes wrong, or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// The modem's power fails for a moment.
    PowerCycle,
    /// The network is gone, beneath every connection.
    NetworkGone,
    /// It is back.
    NetworkBack,
    /// The modem is no longer registered, in this way.
    Registration(u8),
    /// The packet data context ends.
    Deactivate,
    /// The broker is switched off.
    BrokerDown,
    /// And on.
    BrokerUp,
    /// The broker refuses every CONNECT: it is too busy.
    BrokerRefuses,
    /// The broker refuses this client for good.
    BrokerForbids,
    /// The broker hangs up at whoever publishes to one of the topics.
    BrokerDenies,
    /// It refuses nobody and nothing any more.
    BrokerAllows,
    /// The broker ends the connection, in this way.
    Break(u8),
    /// Packets take so many milliseconds from now on.
    Latency(u32),
}

impl Weather {
    /// Its kind, for a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PowerCycle => "power-cycle",
            Self::NetworkGone => "network-gone",
            Self::NetworkBack => "network-back",
            Self::Registration(_) => "registration",
            Self::Deactivate => "deactivate",
            Self::BrokerDown => "broker-down",
            Self::BrokerUp => "broker-up",
            Self::BrokerRefuses => "broker-refuses",
            Self::BrokerForbids => "broker-forbids",
            Self::BrokerDenies => "broker-denies",
            Self::BrokerAllows => "broker-allows",
            Self::Break(_) => "break",
            Self::Latency(_) => "latency",
        }
    }

    const fn argument(self) -> Option<u32> {
        match self {
            Self::Registration(way) | Self::Break(way) => Some(way as u32),
            Self::Latency(millis) => Some(millis),
            _ => None,
        }
    }

    /// As [`Scenario`](super::Scenario) writes it.
    pub(super) fn write(self, out: &mut String) {
        out.push_str(self.name());
        if let Some(argument) = self.argument() {
            out.push_str(&format!(" {argument}"));
        }
    }

    pub(super) fn read(words: &mut SplitWhitespace<'_>) -> Result<Self, ParseError> {
        let name = words.next().unwrap_or_default();
        let argument: u32 = words.next().unwrap_or("0").parse().map_err(|_| ParseError)?;
        let way = u8::try_from(argument).unwrap_or_default();
        Self::KINDS
            .iter()
            .map(|kind| match kind {
                Self::Registration(_) => Self::Registration(way),
                Self::Break(_) => Self::Break(way),
                Self::Latency(_) => Self::Latency(argument),
                &other => other,
            })
            .find(|kind| kind.name() == name)
            .ok_or(ParseError)
    }

    /// One of each.
    pub(super) const KINDS: [Self; 13] = [
        Self::PowerCycle,
        Self::NetworkGone,
        Self::NetworkBack,
        Self::Registration(0),
        Self::Deactivate,
        Self::BrokerDown,
        Self::BrokerUp,
        Self::BrokerRefuses,
        Self::BrokerForbids,
        Self::BrokerDenies,
        Self::BrokerAllows,
        Self::Break(0),
        Self::Latency(0),
    ];

    /// Lets it happen.
    pub(super) fn happen(self, now: Duration, modem: &mut Modem, network: &mut MemoryNetwork) {
        match self {
            Self::PowerCycle => modem.power_cycle(now),
            Self::NetworkGone => {
                network.set_network_up(now, false);
                modem.lose_network(now);
            }
            Self::NetworkBack => {
                network.set_network_up(now, true);
                modem.set_registration(now, Registration::Home);
                modem.restore_network(now);
            }
            Self::Registration(way) => {
                let how = [Registration::None, Registration::Searching, Registration::Denied];
                modem.set_registration(now, how[usize::from(way) % how.len()]);
            }
            Self::Deactivate => modem.deactivate(now),
            Self::BrokerDown => network.set_broker_up(now, false),
            Self::BrokerUp => network.set_broker_up(now, true),
            Self::BrokerRefuses => network.with_broker(now, |broker| broker.policy_mut().unavailable = true),
            Self::BrokerForbids => network.with_broker(now, |broker| {
                broker
                    .policy_mut()
                    .unauthorised_client_ids
                    .insert(ID.as_bytes().to_vec());
            }),
            Self::BrokerDenies => network.with_broker(now, |broker| {
                let denied = TopicFilter::new(DENIED).expect("a filter");
                broker.policy_mut().denied_publishes.push(denied);
            }),
            Self::BrokerAllows => network.with_broker(now, |broker| *broker.policy_mut() = Policy::default()),
            Self::Break(way) => {
                let how = [
                    LostCause::ClosedByPeer,
                    LostCause::Reset,
                    LostCause::NetworkClosed,
                ];
                network.break_connection(now, ClientKey(0), how[usize::from(way) % how.len()]);
            }
            Self::Latency(millis) => network.set_latency(Duration::from_millis(millis.into())),
        }
    }

    /// What ends every fault.
    pub(super) const CALM: [Self; 4] = [
        Self::NetworkBack,
        Self::BrokerUp,
        Self::BrokerAllows,
        Self::Latency(20),
    ];
}

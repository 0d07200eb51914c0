//! What differs from one modem to the next, as values: ranges, time budgets, quirks. Each cites its source.

use core::time::Duration;

use at_proto::Family;
pub use at_proto::Limits;

/// How to talk to the modem at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The family that it belongs to: what else its manual fixes.
    pub family: Family,
    /// What the modem takes. A [`Client`](crate::Client) refuses what lies outside before a byte is sent, and takes over
    /// what the modem itself states: see [`Client::learn_limits`](crate::Client::learn_limits).
    pub limits: Limits,
    /// What its firmware does otherwise.
    pub quirks: Quirks,
    /// How long START and STOP may take: 12 s (the vendor's note, section 3.2.1), 120 s on SIM7500/7600.
    pub service_budget: Duration,
    /// How long CONNECT may take for the negotiation of TLS, on top of 120 s: the context's `negotiatetime`, up to
    /// 300 s. Zero without TLS.
    pub negotiation: Duration,
    /// How long a session tries START, or the CONNECT of [`Session::bring_up`](crate::Session::bring_up), again when the
    /// modem refuses with a code that passes by itself ([`Outlook::Passes`](at_proto::cmqtt::Outlook::Passes)), as it does
    /// soon after power-up. 30 s by default: long enough for a modem that has just started, short enough for whoever waits
    /// to learn that a host name is wrong. Zero reports the first such code.
    pub retry_time: Duration,
    /// The line's speed in bits a second. Long data get the time that they need on it.
    pub baud: u32,
}

/// What firmware does, or may do, otherwise than the vendor's note says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Quirks {
    /// Whether the modem repeats the data that follow a prompt.
    pub data_echo: DataEcho,
    /// Whether a publish without `AT+CMQTTPAYLOAD` sends an empty message. No manual says so; without this quirk an
    /// empty payload is refused.
    pub empty_payload: bool,
}

/// Whether the modem repeats the data that follow a prompt: A7670G does not, SIM7670G seems to, even with echo off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DataEcho {
    /// It does not.
    Off,
    /// It does.
    On,
    /// Find out, from data that do not begin with a line end.
    #[default]
    Learn,
}

impl Config {
    /// SIM7028.
    pub const SIM7028: Self = Self::of(Family::Sim7028);

    /// SIM7022.
    pub const SIM7022: Self = Self::of(Family::Sim7022);

    /// A76XX.
    pub const A76XX: Self = Self::of(Family::A76xx);

    /// SIM7500/7600.
    pub const SIM7600: Self = Self::of(Family::Sim7600);

    /// SIM767XX.
    pub const SIM767X: Self = Self::of(Family::Sim767x);

    /// A modem of this family, as its manual describes it.
    pub const fn of(family: Family) -> Self {
        let facts = family.facts();
        Self {
            family,
            limits: facts.limits,
            quirks: Quirks {
                data_echo: DataEcho::Learn,
                empty_payload: false,
            },
            service_budget: facts.service_budget,
            negotiation: Duration::ZERO,
            retry_time: RETRY_TIME,
            baud: 115_200,
        }
    }

    /// How long so many bytes take on the line, with start and stop bit.
    pub(crate) fn time_on_line(&self, len: usize) -> Duration {
        let bytes = u64::try_from(len).unwrap_or(u64::MAX);
        let micros = bytes.saturating_mul(10_000_000).checked_div(u64::from(self.baud));
        Duration::from_micros(micros.unwrap_or_default())
    }

    /// The same line and the same quirks with a modem of another family.
    #[must_use]
    pub const fn with_family(self, family: Family) -> Self {
        let facts = family.facts();
        Self {
            family,
            limits: facts.limits,
            service_budget: facts.service_budget,
            ..self
        }
    }
}

/// Field reports name some seconds to half a minute after power-up.
const RETRY_TIME: Duration = Duration::from_secs(30);

impl Default for Config {
    fn default() -> Self {
        Self::SIM7028
    }
}

//! What differs from one modem to the next, as values: ranges, time budgets, quirks. Each cites its source.

use core::time::Duration;

use at_proto::{Ranges, Span};

/// How to talk to the modem at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// What the modem takes.
    pub limits: Limits,
    /// What its firmware does otherwise.
    pub quirks: Quirks,
    /// How long START and STOP may take: 12 s (the vendor's note, section 3.2.1), 120 s on SIM7500/7600.
    pub service_budget: Duration,
    /// How long CONNECT may take for the negotiation of TLS, on top of 120 s: the context's `negotiatetime`, up to
    /// 300 s. Zero without TLS.
    pub negotiation: Duration,
    /// The line's speed in bits a second. Long data get the time that they need on it.
    pub baud: u32,
}

/// The values that a modem takes. A [`Client`](crate::Client) refuses what lies outside before a byte is sent, and
/// takes over what the modem itself states: see [`Client::learn_limits`](crate::Client::learn_limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The client index.
    pub client: Ranges,
    /// The client identifier's bytes.
    pub client_id_len: Ranges,
    /// The server address' bytes, `tcp://` included.
    pub server_len: Ranges,
    /// Seconds between two packets.
    pub keep_alive: Ranges,
    /// The will topic's bytes.
    pub will_topic_len: Ranges,
    /// The will message's bytes.
    pub will_message_len: Ranges,
    /// The topic's bytes.
    pub topic_len: Ranges,
    /// The payload's bytes.
    pub payload_len: Ranges,
    /// The topic filter's bytes.
    pub filter_len: Ranges,
    /// Seconds that PUB may be given.
    pub publish_timeout: Ranges,
    /// Seconds that DISC may be given.
    pub disconnect_timeout: Ranges,
    /// The index of a TLS context.
    pub ssl_context: Ranges,
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
    /// Find out, from the first data that do not begin with a line end.
    #[default]
    Learn,
}

impl Config {
    /// SIM7028 (the vendor's note V1.03).
    pub const SIM7028: Self = Self {
        limits: Limits::SIM7028,
        quirks: Quirks {
            data_echo: DataEcho::Learn,
            empty_payload: false,
        },
        service_budget: Duration::from_secs(12),
        negotiation: Duration::ZERO,
        baud: 115_200,
    };

    /// SIM7022: what is known of it beside SIM7028, from captures.
    pub const SIM7022: Self = Self {
        limits: Limits {
            payload_len: Ranges::span(1, 1024),
            ..Limits::SIM7028
        },
        ..Self::SIM7028
    };

    /// A76XX (the vendor's AT manual V1.09).
    pub const A76XX: Self = Self {
        limits: Limits {
            publish_timeout: Ranges::span(1, 180),
            disconnect_timeout: Ranges::of([Span::One(0), Span::To(1, 180)]),
            ..Limits::SIBLINGS
        },
        ..Self::SIM7028
    };

    /// SIM7500/7600 (the vendor's AT manual V3.00).
    pub const SIM7600: Self = Self {
        limits: Limits::SIBLINGS,
        service_budget: Duration::from_secs(120),
        ..Self::SIM7028
    };

    /// SIM767XX (the vendor's AT manual V1.06).
    pub const SIM767X: Self = Self {
        limits: Limits {
            payload_len: Ranges::span(1, 4096),
            ..Limits::SIBLINGS
        },
        ..Self::SIM7028
    };
}

impl Default for Config {
    fn default() -> Self {
        Self::SIM7028
    }
}

impl Limits {
    /// The test answers in the vendor's note, section 3.2.
    const SIM7028: Self = Self {
        client: Ranges::span(0, 0),
        client_id_len: Ranges::span(1, 256),
        server_len: Ranges::span(1, 128),
        keep_alive: Ranges::span(1, 64_800),
        will_topic_len: Ranges::span(1, 1024),
        will_message_len: Ranges::span(1, 1024),
        topic_len: Ranges::span(1, 1024),
        payload_len: Ranges::span(1, 10_240),
        filter_len: Ranges::span(1, 1024),
        publish_timeout: Ranges::span(60, 180),
        disconnect_timeout: Ranges::of([Span::One(0), Span::To(60, 180)]),
        ssl_context: Ranges::span(0, 1),
    };

    /// What A76XX, SIM7500/7600 and SIM767XX have in common.
    const SIBLINGS: Self = Self {
        client: Ranges::span(0, 1),
        client_id_len: Ranges::span(1, 128),
        server_len: Ranges::span(9, 256),
        ssl_context: Ranges::span(0, 9),
        ..Self::SIM7028
    };
}

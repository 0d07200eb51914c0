//! What is known of each family. SIM7028: the vendor's application note V1.03. SIM7022: captures and public drivers, and
//! SIM7028's values where nothing is known. A76XX: its AT manual V1.09. SIM7500/7600: its AT manual V3.00. SIM767XX: its
//! AT manual V1.06. "Seen" is a capture from hardware, "inferred" a choice.

use core::time::Duration;

use super::Family;
use crate::range::{Ranges, Span};

/// What one family's manual fixes, and what captures show of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// The values that its commands take.
    pub limits: Limits,
    /// The bytes of all filters that SUBTOPIC may cache together; `None` where there is no SUBTOPIC, and each SUB has one
    /// filter.
    pub cached_filters: Option<u32>,
    /// How the host chooses between MQTT 3.1 and 3.1.1.
    pub version_choice: VersionChoice,
    /// What CONNECT announces without a choice.
    pub default_version: MqttVersion,
    /// Whether START takes a PDP context, `AT+CMQTTSTART=<cid>`.
    pub start_context: bool,
    /// How long START and STOP may take.
    pub service_budget: Duration,
    /// The highest result code that its manual lists.
    pub last_code: u16,
    /// Whether `+CMQTTNONET` tells that the network is gone.
    pub no_network_urc: bool,
    /// Whether `+CMQTTPING` tells that a keep-alive packet could not be sent.
    pub keep_alive_urc: bool,
    /// The first line after power-up, where it is known.
    pub boot_line: Option<&'static str>,
    /// Whether the year in `+CCLK` has four digits.
    pub four_digit_year: bool,
}

/// The values that a modem's commands take. Lengths are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The client index.
    pub client: Ranges,
    /// The client identifier's length.
    pub client_id_len: Ranges,
    /// The server address' length, `tcp://` included.
    pub server_len: Ranges,
    /// Seconds between two packets.
    pub keep_alive: Ranges,
    /// The will topic's length.
    pub will_topic_len: Ranges,
    /// The will message's length.
    pub will_message_len: Ranges,
    /// The topic's length.
    pub topic_len: Ranges,
    /// The payload's length.
    pub payload_len: Ranges,
    /// The topic filter's length.
    pub filter_len: Ranges,
    /// Seconds that PUB may be given.
    pub publish_timeout: Ranges,
    /// Seconds that DISC may be given.
    pub disconnect_timeout: Ranges,
    /// The index of a TLS context.
    pub ssl_context: Ranges,
}

/// A version of MQTT that a modem speaks. The set is closed: none speaks MQTT 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MqttVersion {
    /// MQTT 3.1: protocol name `MQIsdp`, level 3.
    V3_1,
    /// MQTT 3.1.1: protocol name `MQTT`, level 4.
    V3_1_1,
}

/// How the host chooses between MQTT 3.1 and 3.1.1. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VersionChoice {
    /// It cannot.
    None,
    /// By a fourth argument of ACCQ.
    Acquire,
    /// By `AT+CMQTTCFG="version"`.
    Configuration,
}

impl MqttVersion {
    /// The number that stands for it in ACCQ, in CFG and in MQTT's CONNECT.
    #[must_use]
    pub const fn level(self) -> u8 {
        match self {
            Self::V3_1 => 3,
            Self::V3_1_1 => 4,
        }
    }
}

impl Family {
    /// What is known of the family.
    #[must_use]
    pub const fn facts(self) -> &'static Facts {
        match self {
            Self::Sim7028 => &SIM7028,
            Self::Sim7022 => &SIM7022,
            Self::A76xx => &A76XX,
            Self::Sim7600 => &SIM7600,
            Self::Sim767x => &SIM767X,
        }
    }
}

/// The test answers of the vendor's note, section 3.2.
static SIM7028: Facts = BASE;

static SIM7022: Facts = Facts {
    limits: Limits {
        // A public driver's limit.
        payload_len: Ranges::span(1, 1024),
        ..BASE.limits
    },
    // Seen: `+CCLK: "2026/09/24,10:16:26+28"`.
    four_digit_year: true,
    ..BASE
};

static A76XX: Facts = Facts {
    limits: Limits {
        publish_timeout: Ranges::span(1, 180),
        disconnect_timeout: Ranges::of([Span::One(0), Span::To(1, 180)]),
        ..SIBLINGS
    },
    // The manual gives no sum; SIM7500/7600's.
    cached_filters: Some(CACHED_FILTERS),
    version_choice: VersionChoice::Configuration,
    default_version: MqttVersion::V3_1,
    no_network_urc: true,
    boot_line: Some("*ATREADY: 1"),
    ..BASE
};

static SIM7600: Facts = Facts {
    limits: SIBLINGS,
    cached_filters: Some(CACHED_FILTERS),
    version_choice: VersionChoice::Acquire,
    // Inferred: the manual lists 3 and 4 and names no default.
    default_version: MqttVersion::V3_1_1,
    service_budget: Duration::from_secs(120),
    last_code: 34,
    no_network_urc: true,
    keep_alive_urc: true,
    boot_line: Some("RDY"),
    ..BASE
};

static SIM767X: Facts = Facts {
    limits: Limits {
        payload_len: Ranges::span(1, 4096),
        ..SIBLINGS
    },
    // Seen: SUBTOPIC answers ERROR.
    cached_filters: None,
    // Seen.
    version_choice: VersionChoice::Configuration,
    // Inferred.
    default_version: MqttVersion::V3_1_1,
    start_context: true,
    no_network_urc: true,
    ..BASE
};

const BASE: Facts = Facts {
    limits: Limits {
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
    },
    // The note knows UNSUBTOPIC from its overview and one example, SUBTOPIC not at all.
    cached_filters: None,
    version_choice: VersionChoice::None,
    // Inferred: the note says nothing of MQTT 3.1.
    default_version: MqttVersion::V3_1_1,
    start_context: false,
    // Section 3.2.1.
    service_budget: Duration::from_secs(12),
    last_code: 35,
    no_network_urc: false,
    keep_alive_urc: false,
    boot_line: None,
    four_digit_year: false,
};

/// What A76XX, SIM7500/7600 and SIM767XX have in common.
const SIBLINGS: Limits = Limits {
    client: Ranges::span(0, 1),
    client_id_len: Ranges::span(1, 128),
    server_len: Ranges::span(9, 256),
    ssl_context: Ranges::span(0, 9),
    ..BASE.limits
};

/// SIM7500/7600's manual.
const CACHED_FILTERS: u32 = 5120;

//! What the modem says unasked about itself, its SIM and its network.

use core::fmt::{self, Debug, Formatter};

use crate::encode::Encoder;
use crate::escape::Escaped;
use crate::grammar::Fields;
use crate::info::Information;

use super::{PinState, Registration};

/// A line that nobody asked for. Families add lines, so this enum may grow.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Urc<'a> {
    /// `+CREG`, `+CGREG` or `+CEREG` without `<n>`: the registration changed.
    Registration(Registration<'a>),
    /// `+CGEV: …` (3GPP TS 27.007, section 10.1.19): something about a PDP context, such as `EPS PDN ACT 1`.
    PacketEvent(&'a [u8]),
    /// `+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY`: SIM7500/7600 lost the network.
    NetworkClosed,
    /// `RDY`: SIM7500/7600 has booted.
    Ready,
    /// `*ATREADY: 1`: A76XX has booted.
    AtReady,
    /// `*ISIMAID: …`: A76XX read the SIM's application.
    SimApplication(&'a [u8]),
    /// `+MSTK: …`: A76XX passes on what the SIM's toolkit wants.
    SimToolkit(&'a [u8]),
    /// `SMS DONE`: messages can be sent and read.
    SmsDone,
    /// `PB DONE`: the phone book is there; the last line of a boot.
    PhonebookDone,
    /// `+CPIN: …`: what the SIM wants.
    Pin(PinState<'a>),
    /// `+SIMCARD: NOT AVAILABLE`: SIM7600 finds no SIM.
    SimNotAvailable,
    /// `NORMAL POWER DOWN`: the modem goes off.
    PowerDown,
    /// `UNDER-VOLTAGE…`, and the words that follow.
    UnderVoltage(&'a [u8]),
    /// `OVER-VOLTAGE…`, and the words that follow.
    OverVoltage(&'a [u8]),
}

impl<'a> Urc<'a> {
    /// Reads a line. `None` for a line that is none of these: it may belong to another family of URCs, or to a command.
    #[inline]
    pub fn decode(line: &'a [u8]) -> Option<Self> {
        match line.trim_ascii() {
            [b'+', b'C', b'M' | b'S', ..] => None,
            line @ [b'+' | b'*', ..] => Self::named(line),
            line @ [b'R' | b'S' | b'P' | b'N' | b'U' | b'O', ..] => Self::words(line),
            _ => None,
        }
    }

    /// Writes the line.
    pub fn emit(&self, out: &mut Encoder<'_>) {
        match self {
            Self::Registration(registration) => registration.emit(out),
            Self::PacketEvent(event) => named(out, PACKET_EVENT, event),
            Self::NetworkClosed => named(out, IP_EVENT, NETWORK_CLOSED),
            Self::Ready => words(out, READY, b""),
            Self::AtReady => named(out, AT_READY, b"1"),
            Self::SimApplication(text) => named(out, SIM_APPLICATION, text),
            Self::SimToolkit(text) => named(out, SIM_TOOLKIT, text),
            Self::SmsDone => words(out, SMS_DONE, b""),
            Self::PhonebookDone => words(out, PHONEBOOK_DONE, b""),
            Self::Pin(state) => state.emit(out),
            Self::SimNotAvailable => named(out, SIM_CARD, NOT_AVAILABLE),
            Self::PowerDown => words(out, POWER_DOWN, b""),
            Self::UnderVoltage(rest) => words(out, UNDER_VOLTAGE, rest),
            Self::OverVoltage(rest) => words(out, OVER_VOLTAGE, rest),
        }
    }

    /// Whether the line says that the modem has restarted: everything in it is gone. The other boot lines are no proof,
    /// for some come again, and some come minutes after the first command.
    pub const fn is_boot(&self) -> bool {
        matches!(self, Self::Ready | Self::AtReady)
    }

    /// Whether the line says that a PDP context ended: connections over it are gone, also when nobody says so.
    pub fn is_deactivation(&self) -> bool {
        match self {
            Self::PacketEvent(event) => contains(event, b"PDN DEACT"),
            _ => false,
        }
    }

    /// What the line means.
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::Registration(_) => "the registration with the network changed",
            Self::PacketEvent(_) if self.is_deactivation() => {
                "a PDP context ended, and connections over it with it"
            }
            Self::PacketEvent(_) => "something changed about a PDP context",
            Self::NetworkClosed => "the network was lost",
            Self::Ready | Self::AtReady => "the modem has booted; everything in it is gone",
            Self::SimApplication(_) => "the SIM's application was read",
            Self::SimToolkit(_) => "the SIM's toolkit wants something",
            Self::SmsDone => "messages can be sent and read",
            Self::PhonebookDone => "the phone book is there",
            Self::Pin(PinState::Ready) => "the SIM is ready",
            Self::Pin(PinState::Pin | PinState::Puk) => "the SIM waits for a code",
            Self::Pin(_) => "the SIM's state changed",
            Self::SimNotAvailable => "the modem finds no SIM",
            Self::PowerDown => "the modem goes off",
            Self::UnderVoltage(_) => "the supply's voltage is too low",
            Self::OverVoltage(_) => "the supply's voltage is too high",
        }
    }

    /// `name ":" …`
    fn named(line: &'a [u8]) -> Option<Self> {
        match line {
            [b'+', b'C', b'R', ..] | [_, b'C', b'G' | b'E', b'R', ..] => {
                let registration = Registration::decode(line).ok()?;
                registration
                    .n
                    .is_none()
                    .then_some(Self::Registration(registration))
            }
            [b'+', b'C', b'G', ..] => rest(line, PACKET_EVENT).map(Self::PacketEvent),
            [b'+', b'C', b'P', ..] => PinState::decode(line).ok().map(Self::Pin),
            [b'+', b'C', b'I', ..] => {
                let event = rest(line, IP_EVENT)?;
                (event == NETWORK_CLOSED).then_some(Self::NetworkClosed)
            }
            [b'+', b'S', ..] => (rest(line, SIM_CARD)? == NOT_AVAILABLE).then_some(Self::SimNotAvailable),
            [b'+', b'M', ..] => rest(line, SIM_TOOLKIT).map(Self::SimToolkit),
            [b'*', b'A', ..] => (rest(line, AT_READY)? == b"1").then_some(Self::AtReady),
            [b'*', b'I', ..] => rest(line, SIM_APPLICATION).map(Self::SimApplication),
            _ => None,
        }
    }

    fn words(line: &'a [u8]) -> Option<Self> {
        let after = |prefix: &str| line.strip_prefix(prefix.as_bytes()).map(<[u8]>::trim_ascii_start);
        Some(match line {
            [b'R', ..] if line == READY.as_bytes() => Self::Ready,
            [b'S', ..] if line == SMS_DONE.as_bytes() => Self::SmsDone,
            [b'P', ..] if line == PHONEBOOK_DONE.as_bytes() => Self::PhonebookDone,
            [b'N', ..] if line == POWER_DOWN.as_bytes() => Self::PowerDown,
            [b'U', ..] => Self::UnderVoltage(after(UNDER_VOLTAGE)?),
            [b'O', ..] => Self::OverVoltage(after(OVER_VOLTAGE)?),
            _ => return None,
        })
    }
}

impl Debug for Urc<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (name, rest) = match self {
            Self::Registration(registration) => return Debug::fmt(registration, f),
            Self::Pin(state) => return f.debug_tuple("Pin").field(state).finish(),
            Self::NetworkClosed => return f.write_str("NetworkClosed"),
            Self::Ready => return f.write_str("Ready"),
            Self::AtReady => return f.write_str("AtReady"),
            Self::SmsDone => return f.write_str("SmsDone"),
            Self::PhonebookDone => return f.write_str("PhonebookDone"),
            Self::SimNotAvailable => return f.write_str("SimNotAvailable"),
            Self::PowerDown => return f.write_str("PowerDown"),
            Self::PacketEvent(rest) => ("PacketEvent", rest),
            Self::SimApplication(rest) => ("SimApplication", rest),
            Self::SimToolkit(rest) => ("SimToolkit", rest),
            Self::UnderVoltage(rest) => ("UnderVoltage", rest),
            Self::OverVoltage(rest) => ("OverVoltage", rest),
        };
        f.debug_tuple(name).field(&Escaped(rest)).finish()
    }
}

/// What follows the name and its colon.
fn rest<'a>(line: &'a [u8], name: &'static str) -> Option<&'a [u8]> {
    Fields::of(line, name).ok()?.remainder("text").ok()
}

fn named(out: &mut Encoder<'_>, name: &str, rest: &[u8]) {
    out.text(name).text(": ").remainder(rest);
}

fn words(out: &mut Encoder<'_>, words: &str, rest: &[u8]) {
    out.text(words);
    if !rest.is_empty() {
        out.text(" ").remainder(rest);
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

const PACKET_EVENT: &str = "+CGEV";
const IP_EVENT: &str = "+CIPEVENT";
const NETWORK_CLOSED: &[u8] = b"NETWORK CLOSED UNEXPECTEDLY";
const SIM_CARD: &str = "+SIMCARD";
const NOT_AVAILABLE: &[u8] = b"NOT AVAILABLE";
const READY: &str = "RDY";
const AT_READY: &str = "*ATREADY";
const SIM_APPLICATION: &str = "*ISIMAID";
const SIM_TOOLKIT: &str = "+MSTK";
const SMS_DONE: &str = "SMS DONE";
const PHONEBOOK_DONE: &str = "PB DONE";
const POWER_DOWN: &str = "NORMAL POWER DOWN";
const UNDER_VOLTAGE: &str = "UNDER-VOLTAGE";
const OVER_VOLTAGE: &str = "OVER-VOLTAGE";

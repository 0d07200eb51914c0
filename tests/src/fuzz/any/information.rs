//! What the modem says.

use at_proto::basic::{Identification, Model};
use at_proto::network::{
    Cell, Context, ContextAddress, ContextRanges, ContextState, Domain, PinState, Registration,
    RegistrationState, SignalQuality, SignalRanges, Text,
};
use at_proto::tls::{StoredFile, TlsContext};
use at_proto::{ValueRange, cmqtt, network};

use super::Any;
use crate::fuzz::script::Script;

any_struct! {
    cmqtt::AcquireRanges { client, id_len, server_type }
    cmqtt::AcquiredClient<'a> { client, id, server_type }
    cmqtt::ClientConfig { client, check_utf8, operation_timeout }
    cmqtt::ConfigRanges<'a> { key, client, value }
    cmqtt::ConnectRanges { client, server_len, keep_alive, clean_session }
    cmqtt::ConnectionState { client, connected }
    cmqtt::DisconnectRanges { client, timeout }
    cmqtt::PublishRanges { client, qos, timeout, retained, dup }
    cmqtt::ReleaseRanges { client }
    cmqtt::SslContext { client, context }
    cmqtt::SslContextRanges { client, context }
    Context<'a> { cid, kind, apn, address, tail }
    ContextAddress<'a> { cid, addresses }
    ContextState { cid, state }
    Cell<'a> { area, id, technology }
    SignalQuality { rssi, ber }
    SignalRanges { rssi, ber }
    StoredFile<'a> { name }
    TlsContext<'a> {
        context, version, auth_mode, ignore_local_time, negotiate_time,
        ca_cert, client_cert, client_key, tail,
    }
}

impl<'a> Any<'a> for cmqtt::ConnectionInfo<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        any_of!(script:
            Self::Idle { client: Any::any(script) },
            Self::Connected(Any::any(script)),
        )
    }
}

impl<'a> Any<'a> for cmqtt::Subscription<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        // A filter that reads as the header, or has blanks around it, is the price of an answer without a frame.
        match <&[u8]>::any(script).trim_ascii() {
            b"+CMQTTSUB:" => Self::Header,
            filter => Self::Filter(filter),
        }
    }
}

impl<'a> Any<'a> for cmqtt::Urc {
    fn any(script: &mut Script<'a>) -> Self {
        any_of!(script:
            Self::ConnectionLost { client: Any::any(script), cause: u16::any(script).into() },
            Self::NoNetwork,
            Self::Ping { client: Any::any(script), code: u16::any(script).into() },
            Self::MessageStart {
                client: Any::any(script),
                topic_len: Any::any(script),
                payload_len: Any::any(script),
            },
            Self::MessageTopic { client: Any::any(script), len: Any::any(script) },
            Self::MessagePayload { client: Any::any(script), len: Any::any(script) },
            Self::MessageEnd { client: Any::any(script) },
        )
    }
}

impl Any<'_> for cmqtt::ResultUrc {
    fn any(script: &mut Script<'_>) -> Self {
        let choice = usize::from(u8::any(script)) % RESULTS.len();
        Self {
            command: RESULTS[choice],
            client: (choice >= WITHOUT_CLIENT).then(|| Any::any(script)),
            code: u16::any(script).into(),
        }
    }
}

impl<'a> Any<'a> for network::Urc<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        any_of!(script:
            // With an `<n>` it is an answer.
            Self::Registration(Registration { n: None, ..Any::any(script) }),
            Self::PacketEvent(Any::any(script)),
            Self::NetworkClosed,
            Self::Ready,
            Self::AtReady,
            Self::SimApplication(Any::any(script)),
            Self::SimToolkit(Any::any(script)),
            Self::SmsDone,
            Self::PhonebookDone,
            Self::Pin(Any::any(script)),
            Self::PowerDown,
            Self::UnderVoltage(Any::any(script)),
            Self::OverVoltage(Any::any(script)),
        )
    }
}

impl<'a> Any<'a> for Registration<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        let mut registration = Self {
            domain: Any::any(script),
            n: Any::any(script),
            // The manual knows eleven. Two digits tell it from an area code, which may stand in its place.
            state: RegistrationState::new(u8::any(script) % 100),
            cell: Any::any(script),
            tail: Any::any(script),
        };
        // What stands at a place is what the manual has there: none is left out before another, and an area code has
        // more digits than a state.
        match &mut registration.cell {
            Some(Cell {
                technology: Some(_), ..
            }) => {}
            _ => registration.tail = b"",
        }
        if let Some(Cell { area, .. }) = &mut registration.cell
            && let Text::Bare(digits) = area
            && digits.len() <= 2
        {
            *area = Text::Bare(b"18D9");
        }
        registration
    }
}

impl<'a> Any<'a> for Domain {
    fn any(script: &mut Script<'a>) -> Self {
        any_of!(script: Self::Circuit, Self::Packet, Self::Eps)
    }
}

impl<'a> Any<'a> for PinState<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        any_of!(script:
            Self::Ready,
            Self::Pin,
            Self::Puk,
            Self::Pin2,
            Self::Puk2,
            Self::PhoneSimPin,
            Self::NetworkPin,
            Self::new(Any::any(script)),
        )
    }
}

impl<'a> Any<'a> for Identification<'a, Model> {
    fn any(script: &mut Script<'a>) -> Self {
        let text = <&[u8]>::any(script);
        // A text that begins with the name has it.
        let named = bool::any(script) || text.trim_ascii_start().starts_with(b"+CGMM:");
        Self::new(text, named)
    }
}

impl<'a> Any<'a> for ContextRanges<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        let ranges = Self {
            cid: Any::any(script),
            kind: Any::any(script),
            tail: Any::any(script),
        };
        match ranges.tail {
            // In the first place such a text is the kind.
            [b'"', ..] if ranges.kind.is_none() => Self { tail: b"", ..ranges },
            _ => ranges,
        }
    }
}

impl<'a, C> Any<'a> for ValueRange<C> {
    fn any(script: &mut Script<'a>) -> Self {
        Self::new(Any::any(script))
    }
}

impl<'a, C> Any<'a> for cmqtt::LengthRanges<C> {
    fn any(script: &mut Script<'a>) -> Self {
        Self::new(Any::any(script), Any::any(script))
    }
}

impl<'a, C> Any<'a> for cmqtt::MessageRanges<C> {
    fn any(script: &mut Script<'a>) -> Self {
        Self::new(Any::any(script), Any::any(script), Any::any(script))
    }
}

impl<'a, C> Any<'a> for cmqtt::SubscriptionRanges<C> {
    fn any(script: &mut Script<'a>) -> Self {
        Self::new(
            Any::any(script),
            Any::any(script),
            Any::any(script),
            Any::any(script),
        )
    }
}

/// The commands that end with a result line, those without a client index first.
const RESULTS: [&str; 15] = [
    "+CMQTTSTART",
    "+CMQTTSTOP",
    "+CMQTTACCQ",
    "+CMQTTREL",
    "+CMQTTWILLTOPIC",
    "+CMQTTWILLMSG",
    "+CMQTTCONNECT",
    "+CMQTTDISC",
    "+CMQTTTOPIC",
    "+CMQTTPAYLOAD",
    "+CMQTTPUB",
    "+CMQTTSUBTOPIC",
    "+CMQTTSUB",
    "+CMQTTUNSUBTOPIC",
    "+CMQTTUNSUB",
];
const WITHOUT_CLIENT: usize = 2;

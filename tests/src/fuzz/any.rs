//! Any value of every type that a line can carry, made from the bytes of an input.

use at_proto::basic::{
    Echo, ErrorFormat, Identification, Identify, Model, PowerOff, Restart, Revision, SerialNumber,
};
use at_proto::cmqtt::Stop;
use at_proto::network::{
    Activate, Attachment, Cell, Clock, Context, ContextAddress, ContextRanges, ContextState, DefineContext,
    Domain, EnterPin, Operator, PinState, Registration, RegistrationState, ReportRegistration, ShowAddress,
    Signal, SignalQuality, SignalRanges, Text,
};
use at_proto::tls::{DeleteFile, ListFiles, StoreFile, StoredFile, TlsContext};
use at_proto::{ValueRange, cmqtt, network, tls};

use super::script::Script;

mod fields;

/// A value made from what is left of an input: any that the type's fields can hold.
pub(super) trait Any<'a>: Sized {
    fn any(script: &mut Script<'a>) -> Self;

    /// The value that the same line says in fewer words: a default may be left out, unless something follows it.
    fn spelled_out(self) -> Self {
        self
    }
}

macro_rules! any_struct {
    ($($name:ty { $($field:ident),* $(,)? })*) => { $(
        impl<'a> Any<'a> for $name {
            fn any(script: &mut Script<'a>) -> Self {
                Self { $($field: Any::any(script)),* }
            }
        }
    )* };
}

macro_rules! any_unit {
    ($($name:ident)*) => { $(
        impl Any<'_> for $name {
            fn any(_: &mut Script<'_>) -> Self {
                Self
            }
        }
    )* };
}

/// An enum from a byte: the arms in turn.
macro_rules! any_of {
    ($script:ident: $($value:expr),* $(,)?) => {{
        let choices: &[fn(&mut Script<'a>) -> Self] = &[$(|$script| {
            // Some need no byte.
            let _ = &$script;
            $value
        }),*];
        let choice = usize::from($script.byte().unwrap_or_default()) % choices.len();
        choices[choice]($script)
    }};
}

any_unit! { Model Revision SerialNumber PowerOff Restart Stop Signal ListFiles }

any_struct! {
    Echo { value }
    Identify { value }
    ErrorFormat { n }
    cmqtt::Configure { client, setting }
    cmqtt::Connect<'a> { client, server, keep_alive, clean_session, credentials }
    cmqtt::Credentials<'a> { user, password }
    cmqtt::Disconnect { client, timeout }
    cmqtt::Release { client }
    cmqtt::SetPayload { client, len }
    cmqtt::SetSslContext { client, context }
    cmqtt::SetTopic { client, len }
    cmqtt::SetWillMessage { client, len, qos }
    cmqtt::SetWillTopic { client, len }
    cmqtt::Start { context }
    cmqtt::SubscribeTopic { client, len, qos }
    cmqtt::UnsubscribeTopic { client, len }
    Activate { state, cid }
    Attachment { state }
    Clock { year, month, day, hour, minute, second, quarters }
    DefineContext<'a> { cid, kind, apn, address, options }
    EnterPin<'a> { pin, new_pin }
    Operator<'a> { mode, format, name, technology }
    ShowAddress { cid }
    tls::Configure<'a> { context, setting }
    DeleteFile<'a> { name }
    StoreFile<'a> { name, len }
}

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

impl<'a> Any<'a> for cmqtt::Acquire<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        Self {
            client: Any::any(script),
            id: Any::any(script),
            server_type: Any::any(script),
            version: Any::any(script),
        }
    }

    fn spelled_out(self) -> Self {
        Self {
            server_type: self.server_type.or(self.version.map(|_| 0)),
            ..self
        }
    }
}

impl Any<'_> for cmqtt::Publish {
    fn any(script: &mut Script<'_>) -> Self {
        Self {
            client: Any::any(script),
            qos: Any::any(script),
            timeout: Any::any(script),
            retained: Any::any(script),
            dup: Any::any(script),
        }
    }

    fn spelled_out(self) -> Self {
        Self {
            retained: self.retained.or(self.dup.map(|_| 0)),
            ..self
        }
    }
}

impl<'a> Any<'a> for cmqtt::Subscribe {
    fn any(script: &mut Script<'a>) -> Self {
        any_of!(script:
            Self::Filter {
                client: Any::any(script),
                len: Any::any(script),
                qos: Any::any(script),
                dup: Any::any(script),
            },
            Self::Cached { client: Any::any(script), dup: Any::any(script) },
        )
    }
}

impl<'a> Any<'a> for cmqtt::Unsubscribe {
    fn any(script: &mut Script<'a>) -> Self {
        any_of!(script:
            Self::Filter {
                client: Any::any(script),
                len: Any::any(script),
                dup: Any::any(script),
            },
            Self::Cached { client: Any::any(script), dup: Any::any(script) },
        )
    }
}

impl<'a> Any<'a> for cmqtt::Setting {
    fn any(script: &mut Script<'a>) -> Self {
        any_of!(script:
            Self::CheckUtf8(Any::any(script)),
            Self::OperationTimeout(Any::any(script)),
            Self::Version(Any::any(script)),
            Self::TopicArguments(Any::any(script), Any::any(script)),
        )
    }
}

impl<'a> Any<'a> for tls::Setting<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        any_of!(script:
            Self::Version(Any::any(script)),
            Self::AuthMode(Any::any(script)),
            Self::CaCert(Any::any(script)),
            Self::ClientCert(Any::any(script)),
            Self::ClientKey(Any::any(script)),
            Self::IgnoreLocalTime(Any::any(script)),
            Self::NegotiateTime(Any::any(script)),
            Self::EnableSni(Any::any(script)),
            Self::Password(Any::any(script)),
        )
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

impl<'a, D> Any<'a> for ReportRegistration<D> {
    fn any(script: &mut Script<'a>) -> Self {
        Self::new(Any::any(script))
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

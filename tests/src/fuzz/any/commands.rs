//! What the host says.

use at_proto::basic::{Echo, ErrorFormat, Identify, Model, PowerOff, Restart, Revision, SerialNumber};
use at_proto::cmqtt::Stop;
use at_proto::network::{
    Activate, Attachment, Clock, DefineContext, EnterPin, Operator, ReportRegistration, ShowAddress, Signal,
};
use at_proto::tls::{DeleteFile, ListFiles, StoreFile};
use at_proto::{cmqtt, tls};

use super::Any;
use crate::fuzz::script::Script;

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

impl<'a, D> Any<'a> for ReportRegistration<D> {
    fn any(script: &mut Script<'a>) -> Self {
        Self::new(Any::any(script))
    }
}

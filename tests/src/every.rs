//! Every command and every answer of `at-proto`, listed once for the proofs that go through all of them: fuzzing and
//! the bare-metal program. `cargo xtask tidy` says which one is missing.

/// Types with a modem's side that reads an extended command. Read and test forms are listed by the command's type.
macro_rules! every_command {
    ($each:ident) => {
        $each!(
            at_proto::basic::ErrorFormat,
            at_proto::basic::Model,
            at_proto::basic::PowerOff,
            at_proto::basic::Restart,
            at_proto::basic::Revision,
            at_proto::basic::SerialNumber,
            at_proto::cmqtt::Acquire<'_>,
            at_proto::cmqtt::Configure,
            at_proto::cmqtt::Connect<'_>,
            at_proto::cmqtt::Disconnect,
            at_proto::cmqtt::Publish,
            at_proto::cmqtt::Release,
            at_proto::cmqtt::SetPayload,
            at_proto::cmqtt::SetSslContext,
            at_proto::cmqtt::SetTopic,
            at_proto::cmqtt::SetWillMessage,
            at_proto::cmqtt::SetWillTopic,
            at_proto::cmqtt::Start,
            at_proto::cmqtt::Stop,
            at_proto::cmqtt::Subscribe,
            at_proto::cmqtt::SubscribeTopic,
            at_proto::cmqtt::Unsubscribe,
            at_proto::cmqtt::UnsubscribeTopic,
            at_proto::network::Activate,
            at_proto::network::Attachment,
            at_proto::network::Clock,
            at_proto::network::DefineContext<'_>,
            at_proto::network::EnterPin<'_>,
            at_proto::network::Operator<'_>,
            at_proto::network::ReportRegistration<at_proto::network::Circuit>,
            at_proto::network::ReportRegistration<at_proto::network::Packet>,
            at_proto::network::ReportRegistration<at_proto::network::Eps>,
            at_proto::network::ShowAddress,
            at_proto::network::Signal,
            at_proto::tls::Configure<'_>,
            at_proto::tls::DeleteFile<'_>,
            at_proto::tls::ListFiles,
            at_proto::tls::StoreFile<'_>,
        );
    };
}
pub(crate) use every_command;

/// Types with a modem's side that reads a basic command.
macro_rules! every_basic {
    ($each:ident) => {
        $each!(at_proto::basic::Echo, at_proto::basic::Identify);
    };
}
pub(crate) use every_basic;

/// Types whose command has a read form.
macro_rules! every_readable {
    ($each:ident) => {
        $each!(
            at_proto::basic::ErrorFormat,
            at_proto::cmqtt::Acquire<'_>,
            at_proto::cmqtt::Configure,
            at_proto::cmqtt::Connect<'_>,
            at_proto::cmqtt::Disconnect,
            at_proto::cmqtt::Release,
            at_proto::cmqtt::SetSslContext,
            at_proto::cmqtt::Subscribe,
            at_proto::network::Activate,
            at_proto::network::Attachment,
            at_proto::network::Clock,
            at_proto::network::DefineContext<'_>,
            at_proto::network::EnterPin<'_>,
            at_proto::network::Operator<'_>,
            at_proto::network::ReportRegistration<at_proto::network::Eps>,
            at_proto::tls::Configure<'_>,
        );
    };
}
pub(crate) use every_readable;

/// Types whose command has a test form.
macro_rules! every_testable {
    ($each:ident) => {
        $each!(
            at_proto::basic::ErrorFormat,
            at_proto::basic::PowerOff,
            at_proto::basic::Restart,
            at_proto::cmqtt::Acquire<'_>,
            at_proto::cmqtt::Configure,
            at_proto::cmqtt::Connect<'_>,
            at_proto::cmqtt::Disconnect,
            at_proto::cmqtt::Publish,
            at_proto::cmqtt::Release,
            at_proto::cmqtt::SetPayload,
            at_proto::cmqtt::SetSslContext,
            at_proto::cmqtt::SetTopic,
            at_proto::cmqtt::SetWillMessage,
            at_proto::cmqtt::SetWillTopic,
            at_proto::cmqtt::Start,
            at_proto::cmqtt::Stop,
            at_proto::cmqtt::Subscribe,
            at_proto::cmqtt::SubscribeTopic,
            at_proto::cmqtt::Unsubscribe,
            at_proto::cmqtt::UnsubscribeTopic,
            at_proto::network::Activate,
            at_proto::network::Attachment,
            at_proto::network::Clock,
            at_proto::network::DefineContext<'_>,
            at_proto::network::EnterPin<'_>,
            at_proto::network::ReportRegistration<at_proto::network::Eps>,
            at_proto::network::Signal,
        );
    };
}
pub(crate) use every_testable;

/// Types that read and write an information line.
macro_rules! every_information {
    ($each:ident) => {
        $each!(
            at_proto::ValueRange<at_proto::basic::ErrorFormat>,
            at_proto::basic::ErrorFormat,
            at_proto::basic::Identification<'_, at_proto::basic::Model>,
            at_proto::cmqtt::AcquireRanges,
            at_proto::cmqtt::AcquiredClient<'_>,
            at_proto::cmqtt::ClientConfig,
            at_proto::cmqtt::ConfigRanges<'_>,
            at_proto::cmqtt::ConnectRanges,
            at_proto::cmqtt::ConnectionInfo<'_>,
            at_proto::cmqtt::ConnectionState,
            at_proto::cmqtt::DisconnectRanges,
            at_proto::cmqtt::LengthRanges<at_proto::cmqtt::SetTopic>,
            at_proto::cmqtt::MessageRanges<at_proto::cmqtt::SetWillMessage>,
            at_proto::cmqtt::PublishRanges,
            at_proto::cmqtt::ReleaseRanges,
            at_proto::cmqtt::SslContext,
            at_proto::cmqtt::SslContextRanges,
            at_proto::cmqtt::Subscription<'_>,
            at_proto::cmqtt::SubscriptionRanges<at_proto::cmqtt::Subscribe>,
            at_proto::network::Attachment,
            at_proto::network::Clock,
            at_proto::network::Context<'_>,
            at_proto::network::ContextAddress<'_>,
            at_proto::network::ContextRanges<'_>,
            at_proto::network::ContextState,
            at_proto::network::Operator<'_>,
            at_proto::network::PinState<'_>,
            at_proto::network::Registration<'_>,
            at_proto::network::SignalQuality,
            at_proto::network::SignalRanges,
            at_proto::tls::StoredFile<'_>,
            at_proto::tls::TlsContext<'_>,
        );
    };
}
pub(crate) use every_information;

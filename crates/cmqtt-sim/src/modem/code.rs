//! The commands that end with a result URC (the vendor's note, section 4).

use at_proto::cmqtt::{ResultCode, ResultUrc};

use crate::network::ConnectError;
use crate::switches::{FailureShape, Shape, Shapes, SuccessOrder};

/// The code for a connection that did not come about.
pub(super) fn connect_error_code(error: ConnectError) -> ResultCode {
    match error {
        ConnectError::Dns => ResultCode::DNS_ERROR,
        ConnectError::Unreachable => ResultCode::SOCKET_CONNECT_FAILED,
        ConnectError::Closed => ResultCode::SOCKET_CLOSED_BY_SERVER,
        ConnectError::TimedOut => ResultCode::TIMEOUT,
        ConnectError::Refused(1) => ResultCode::REFUSED_PROTOCOL_VERSION,
        ConnectError::Refused(2) => ResultCode::REFUSED_IDENTIFIER,
        ConnectError::Refused(3) => ResultCode::REFUSED_SERVER_UNAVAILABLE,
        ConnectError::Refused(4) => ResultCode::REFUSED_CREDENTIALS,
        ConnectError::Refused(5) => ResultCode::REFUSED_NOT_AUTHORISED,
        ConnectError::Handshake(_) => ResultCode::HANDSHAKE_FAILED,
        ConnectError::UnusableFile(_) => ResultCode::OPEN_SESSION_FAILED,
        ConnectError::Refused(_) | ConnectError::Protocol => ResultCode::REQUIRE_CONNECTION_FAILED,
    }
}

/// A command that ends with a final result code and a result URC, in whatever order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asynchronous {
    Start,
    Stop,
    Connect,
    Disconnect,
    Publish,
    Subscribe,
    Unsubscribe,
}

impl Asynchronous {
    /// The name of its result URC.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Start => "+CMQTTSTART",
            Self::Stop => "+CMQTTSTOP",
            Self::Connect => "+CMQTTCONNECT",
            Self::Disconnect => "+CMQTTDISC",
            Self::Publish => "+CMQTTPUB",
            Self::Subscribe => "+CMQTTSUB",
            Self::Unsubscribe => "+CMQTTUNSUB",
        }
    }

    pub(super) const fn shape(self, shapes: &Shapes) -> Shape {
        match self {
            Self::Start => shapes.start,
            Self::Stop => shapes.stop,
            Self::Connect => shapes.connect,
            Self::Disconnect => shapes.disconnect,
            Self::Publish => shapes.publish,
            Self::Subscribe => shapes.subscribe,
            Self::Unsubscribe => shapes.unsubscribe,
        }
    }
}

/// `<name>: [<client>,]<err>`
pub(super) const fn verdict(command: Asynchronous, client: Option<u8>, code: ResultCode) -> ResultUrc {
    ResultUrc {
        command: command.name(),
        client,
        code,
    }
}

/// In which order a verdict and the final result code are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    OkThenVerdict,
    VerdictThenOk,
    VerdictThenError,
    ErrorThenVerdict,
    Error,
}

/// The final result code of a command that ends with a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FinalResult {
    Ok,
    Error,
}

impl Ending {
    pub(super) const fn of(shape: Shape, code: ResultCode) -> Self {
        match (code.is_success(), shape.success, shape.failure) {
            (true, SuccessOrder::OkFirst, _) => Self::OkThenVerdict,
            (true, SuccessOrder::ResultFirst, _) => Self::VerdictThenOk,
            (false, _, FailureShape::OkResult) => Self::OkThenVerdict,
            (false, _, FailureShape::ResultError) => Self::VerdictThenError,
            (false, _, FailureShape::ErrorResult) => Self::ErrorThenVerdict,
            (false, _, FailureShape::Error) => Self::Error,
        }
    }

    /// The same with the verdict first, where there is one and that is so.
    pub(super) const fn with_verdict_first(self, verdict_first: bool) -> Self {
        match self {
            Self::OkThenVerdict if verdict_first => Self::VerdictThenOk,
            Self::ErrorThenVerdict if verdict_first => Self::VerdictThenError,
            other => other,
        }
    }

    /// The same for a command that the host expects to answer with a prompt: `OK` would be no answer to it.
    pub(super) const fn instead_of_prompt(self) -> Self {
        match self {
            Self::OkThenVerdict => Self::VerdictThenError,
            other => other,
        }
    }
}

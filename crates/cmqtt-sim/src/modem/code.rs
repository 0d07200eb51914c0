//! Result codes that the modem gives, and the commands that end with a result URC (the vendor's note, section 4).

use crate::network::ConnectError;
use crate::switches::{FailureShape, Shape, Shapes, SuccessOrder};

/// `<err>` of a result line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(pub(super) u8);

impl Code {
    pub(super) const SUCCESS: Self = Self(0);
    pub(super) const FAILED: Self = Self(1);
    pub(super) const BAD_UTF8: Self = Self(2);
    pub(super) const SOCKET_CONNECT: Self = Self(3);
    pub(super) const RECEIVE_FAILED: Self = Self(6);
    pub(super) const CLIENT_INDEX: Self = Self(10);
    pub(super) const NO_CONNECTION: Self = Self(11);
    pub(super) const INVALID_PARAMETER: Self = Self(12);
    pub(super) const NOT_SUPPORTED: Self = Self(13);
    pub(super) const BUSY: Self = Self(14);
    pub(super) const REQUIRE_CONNECTION: Self = Self(15);
    pub(super) const TIMEOUT: Self = Self(17);
    pub(super) const TOPIC_EMPTY: Self = Self(18);
    pub(super) const IN_USE: Self = Self(19);
    pub(super) const NOT_ACQUIRED: Self = Self(20);
    pub(super) const NOT_RELEASED: Self = Self(21);
    pub(super) const LENGTH: Self = Self(22);
    pub(super) const ALREADY_OPEN: Self = Self(23);
    pub(super) const DNS: Self = Self(25);
    pub(super) const CLOSED_BY_SERVER: Self = Self(26);
    /// 27 to 31 are CONNACK's 1 to 5.
    const REFUSED: u8 = 26;

    /// The code for a connection that did not come about.
    pub(super) fn of(error: ConnectError) -> Self {
        match error {
            ConnectError::Dns => Self::DNS,
            ConnectError::Unreachable => Self::SOCKET_CONNECT,
            ConnectError::Closed => Self::CLOSED_BY_SERVER,
            ConnectError::TimedOut => Self::TIMEOUT,
            ConnectError::Refused(reason @ 1..=5) => Self(Self::REFUSED + reason),
            ConnectError::Refused(_) | ConnectError::Protocol => Self::REQUIRE_CONNECTION,
        }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) name: &'static str,
    pub(super) client: Option<u8>,
    pub(super) code: Code,
}

impl Verdict {
    pub(super) const fn of(command: Asynchronous, client: Option<u8>, code: Code) -> Self {
        Self {
            name: command.name(),
            client,
            code,
        }
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

impl Ending {
    pub(super) const fn of(shape: Shape, code: Code) -> Self {
        match (code, shape.success, shape.failure) {
            (Code::SUCCESS, SuccessOrder::OkFirst, _) => Self::OkThenVerdict,
            (Code::SUCCESS, SuccessOrder::ResultFirst, _) => Self::VerdictThenOk,
            (_, _, FailureShape::OkResult) => Self::OkThenVerdict,
            (_, _, FailureShape::ResultError) => Self::VerdictThenError,
            (_, _, FailureShape::ErrorResult) => Self::ErrorThenVerdict,
            (_, _, FailureShape::Error) => Self::Error,
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

//! What a failure says: whether trying again can help, who is to blame, and whether it is the message that is wrong.

use at_proto::cmqtt::{Connect, ResultCode, Subscribe};
use at_proto::network::EnterPin;
use at_proto::{Command, Refusal};

use crate::request::{Cause, Failure, RequestError};
use crate::session::ladder::Blame;

/// Whether the same failure would only come again.
pub(super) fn is_final(failure: &Failure) -> bool {
    match failure.cause {
        Cause::PinRequired | Cause::PukRequired => true,
        // Busy and late results pass; what else was not sent is not what this modem takes.
        Cause::NotSent(error) => !matches!(error, RequestError::Busy | RequestError::LateResult { .. }),
        Cause::Refused(Refusal::Equipment(INCORRECT_PASSWORD)) => failure.command == EnterPin::NAME,
        Cause::Refused(Refusal::Words(words)) => {
            failure.command == EnterPin::NAME && words.as_bytes().ends_with(b"incorrect password")
        }
        Cause::Refused(Refusal::Code(code)) => {
            failure.command == Connect::NAME
                && matches!(
                    ResultCode(code),
                    ResultCode::REFUSED_PROTOCOL_VERSION
                        | ResultCode::REFUSED_IDENTIFIER
                        | ResultCode::REFUSED_CREDENTIALS
                        | ResultCode::REFUSED_NOT_AUTHORISED
                )
        }
        _ => false,
    }
}

pub(super) fn blame(failure: &Failure) -> Blame {
    match failure.cause {
        Cause::Restarted | Cause::Reset | Cause::NotSent(_) => Blame::Chance,
        Cause::Refused(Refusal::Code(_)) if [Connect::NAME, Subscribe::NAME].contains(&failure.command) => {
            Blame::Broker
        }
        _ => Blame::Modem,
    }
}

/// Whether a modem said no to a message, so that it would say so for ever if the message was to blame.
pub(in crate::session) fn is_refused(failure: &Failure) -> bool {
    match failure.cause {
        Cause::Refused(Refusal::Error) => true,
        Cause::Refused(_) => !failure.is_unknown(),
        _ => false,
    }
}

/// Whether it refused what the message is, rather than to send it now.
pub(super) const fn is_about_the_message(failure: &Failure) -> bool {
    let Cause::Refused(Refusal::Code(code)) = failure.cause else {
        return false;
    };
    matches!(
        ResultCode(code),
        ResultCode::BAD_UTF8
            | ResultCode::INVALID_PARAMETER
            | ResultCode::TOPIC_EMPTY
            | ResultCode::LENGTH_OUT_OF_RANGE
    )
}

/// `+CME ERROR`: a PIN that is not the SIM's (3GPP TS 27.007, section 9.2).
const INCORRECT_PASSWORD: u16 = 16;

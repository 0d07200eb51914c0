//! What a failure says: who is to blame, and whether it is the message that is wrong.

use at_proto::cmqtt::{Connect, ResultCode, Subscribe};
use at_proto::{Command, Refusal};

use super::Job;
use crate::request::{Cause, Failure};
use crate::session::ladder::Blame;

pub(super) fn blame(job: Job, failure: &Failure) -> Blame {
    match failure.cause {
        Cause::TimedOut(_) if job == Job::Identify => Blame::Silence,
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

//! What a failure says: who is to blame, and whether it is the message that is wrong.

use at_proto::cmqtt::{Connect, ResultCode, Subject, Subscribe, SubscribeTopic};
use at_proto::{Command, Refusal};

use super::Job;
use crate::request::{Cause, Failure};
use crate::session::ladder::Blame;
use crate::timer::WaitReason;

/// What was tried with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Attempts {
    /// How often a modem that seemed connected did not take it.
    pub(in crate::session) refused: u8,
    /// How often it was sent and its outcome stayed unknown.
    pub(in crate::session) unknown: u8,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Fate {
    /// It stays in the queue.
    Stays,
    /// It comes back as failed.
    Fails(Failure),
}

pub(super) fn blame(job: Job, failure: &Failure) -> Blame {
    match failure.cause {
        Cause::TimedOut(_) if job == Job::Identify => Blame::Silence,
        Cause::Restarted | Cause::Reset | Cause::NotSent(_) => Blame::Chance,
        Cause::Refused(Refusal::Code(code))
            if [Connect::NAME, Subscribe::NAME].contains(&failure.command) =>
        {
            match ResultCode(code).subject() {
                Subject::State | Subject::Modem => Blame::Modem,
                _ => Blame::Broker,
            }
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
pub(super) fn is_about_the_message(failure: &Failure) -> bool {
    subject(failure) == Some(Subject::Message)
}

/// Whether it refused because the connection, or what it needs, is not there: any message would have been refused.
pub(super) fn says_not_connected(failure: &Failure) -> bool {
    subject(failure) == Some(Subject::Missing)
}

/// Whether the broker closed the connection while the message was on its way.
pub(in crate::session) fn is_closed_by_broker(failure: &Failure) -> bool {
    subject(failure) == Some(Subject::Broker)
}

fn subject(failure: &Failure) -> Option<Subject> {
    failure.code().map(ResultCode::subject)
}

/// Whether a filter was cut off on its way, so that the modem may have another in its place.
pub(super) fn leaves_half_a_filter(failure: &Failure) -> bool {
    let cut_off = matches!(
        failure.cause,
        Cause::TimedOut(WaitReason::Prompt | WaitReason::DataAccepted) | Cause::Damaged | Cause::Reset
    );
    cut_off && [Subscribe::NAME, SubscribeTopic::NAME].contains(&failure.command)
}

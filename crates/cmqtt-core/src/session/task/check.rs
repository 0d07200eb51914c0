//! Asking whether a client is still connected.

use at_proto::Command;
use at_proto::cmqtt::Disconnect;

use super::bring_up::is_connected;
use super::{Act, Answer, Ask, Context};
use crate::request::{Cause, Effect, Failure};

#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Check {
    client: u8,
}

impl Check {
    pub(in crate::session) const fn new(client: u8) -> Self {
        Self { client }
    }

    pub(super) fn next<M>(self, answer: Answer<'_>, _: &mut Context<'_, M>) -> Act {
        match answer {
            Answer::Done(info) if is_connected(info, self.client) => Act::Done,
            Answer::Done(_) => Act::Fail(Failure {
                command: Disconnect::NAME,
                cause: Cause::NotConnected,
                effect: Effect::None,
            }),
            Answer::Begin | Answer::Paused => Act::Ask(Ask::State(self.client)),
            Answer::Failed(_) | Answer::NotTaken(_) => {
                answer.failure(Disconnect::NAME).map_or(Act::Done, Act::Fail)
            }
        }
    }
}

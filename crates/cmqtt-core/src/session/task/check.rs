//! Asking whether a client is still connected.

use at_proto::Command;
use at_proto::cmqtt::Disconnect;

use super::bring_up::is_connected;
use super::{Act, Answer, Ask, Context};
use crate::request::{Cause, Effect, Failure};

#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Check {
    client: u8,
    /// It asks for the ranges first.
    relearns: bool,
}

impl Check {
    pub(in crate::session) const fn new(client: u8) -> Self {
        Self {
            client,
            relearns: false,
        }
    }

    pub(super) fn next<M>(&mut self, answer: Answer<'_>, cx: &mut Context<'_, M>) -> Act {
        if core::mem::take(&mut self.relearns) && answer.failure(Disconnect::NAME).is_none() {
            return Act::Ask(Ask::State(self.client));
        }
        match answer {
            Answer::Done(info) if is_connected(info, self.client) => Act::Done,
            Answer::Done(_) => Act::Fail(Failure {
                command: Disconnect::NAME,
                cause: Cause::NotConnected,
                effect: Effect::None,
            }),
            // What the modem stated did not allow a message: a byte of it may have been lost.
            Answer::Begin if !*cx.learned => {
                *cx.learned = true;
                self.relearns = true;
                Act::Ask(Ask::Limits)
            }
            Answer::Begin | Answer::Paused => Act::Ask(Ask::State(self.client)),
            Answer::Failed(_) | Answer::NotTaken(_) => answer.fail(Disconnect::NAME),
        }
    }
}

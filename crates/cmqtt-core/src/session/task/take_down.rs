//! From whatever a client is to nothing held: DISC, REL, and STOP where no other client is held, in this order.

use core::time::Duration;

use at_proto::cmqtt::budget::CLIENT;
use at_proto::cmqtt::{Acquire, AcquiredClient, Disconnect};
use at_proto::{Encode, InfoLines, Readable};

use super::bring_up::is_connected;
use super::{Act, Answer, Ask, Context};
use crate::config::Config;
use crate::request::Failure;
use crate::session::progress::Step;

#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct TakeDown {
    client: u8,
    stage: Stage,
    /// Why it may still be held.
    refused: Option<Failure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    State,
    Disconnect,
    Release,
    Acquired,
    Stop,
}

impl TakeDown {
    pub(in crate::session) const fn new(client: u8) -> Self {
        Self {
            client,
            stage: Stage::State,
            refused: None,
        }
    }

    pub(super) fn next<M>(&mut self, answer: Answer<'_>, cx: &mut Context<'_, M>) -> Act {
        if let (Some(failure), None) = (answer.failure("+CMQTTDISC"), answer.refusal()) {
            return Act::Fail(failure);
        }
        match (self.stage, answer) {
            (Stage::State, Answer::Begin) => {
                cx.begin(Step::Disconnect, disconnect_budget(cx.config));
                self.go(Stage::State, Ask::State(self.client))
            }
            (Stage::State, Answer::Done(info)) if is_connected(info, self.client) => {
                self.go(Stage::Disconnect, Ask::Disconnect(self.client))
            }
            (Stage::State, Answer::Done(_)) | (Stage::Disconnect, Answer::Done(_)) => {
                cx.begin(Step::Release, CLIENT);
                self.go(Stage::Release, Ask::Release(self.client))
            }
            // The service does not run, or the client is not held, most likely: what is listed decides.
            (Stage::State | Stage::Release, _) => {
                self.refused = answer.failure("");
                self.go(Stage::Acquired, Ask::Acquired)
            }
            // It is connecting, or has a connection of which nobody says anything.
            (Stage::Acquired, Answer::Done(info)) if holds(info, self.client) && self.refused.is_some() => {
                self.refused.map_or(Act::Done, Act::Fail)
            }
            (Stage::Acquired, Answer::Done(info)) if holds_none(info) => {
                cx.begin(Step::Stop, cx.config.service_budget);
                self.go(Stage::Stop, Ask::Stop)
            }
            (Stage::Acquired, _) | (Stage::Stop, Answer::Done(_)) => Act::Done,
            (Stage::Disconnect | Stage::Stop, _) => answer.fail(""),
        }
    }

    const fn go(&mut self, stage: Stage, ask: Ask) -> Act {
        self.stage = stage;
        Act::Ask(ask)
    }
}

fn holds(info: InfoLines<'_>, index: u8) -> bool {
    Acquire::decode_read(info).is_ok_and(|clients| {
        clients
            .filter_map(Result::ok)
            .any(|held| held.client == index && is_taken(&held))
    })
}

fn holds_none(info: InfoLines<'_>) -> bool {
    Acquire::decode_read(info)
        .is_ok_and(|mut clients| clients.all(|client| client.is_ok_and(|client| !is_taken(&client))))
}

/// A slot that is free is listed by some with an empty identifier.
pub(super) fn is_taken(client: &AcquiredClient<'_>) -> bool {
    !client.id.as_bytes().is_empty()
}

/// How many seconds DISC is given: what the modem allows, nearest to what most manuals name as the least beside none.
pub(in crate::session) fn disconnect_timeout(config: &Config) -> u32 {
    config.limits.disconnect_timeout.nearest(PREFERRED)
}

/// How long DISC may take.
pub(super) fn disconnect_budget(config: &Config) -> Duration {
    let disconnect = Disconnect {
        client: 0,
        timeout: Some(disconnect_timeout(config)),
    };
    disconnect.dialogue().budget
}

const PREFERRED: u32 = 60;

//! Messages that the broker's policy forbids: each ends after a few attempts, so that the others pass.

use std::collections::BTreeMap;

use cmqtt_sim::{LostPublish, Profile};

use super::ledger::{Check, broken};
use super::message::TOPICS;

/// What is forbidden, and how often it was sent.
#[derive(Debug)]
pub(super) struct Forbidden {
    /// The modem's own switch forbids, from the beginning to the end.
    by_switch: bool,
    /// The broker forbids now.
    by_broker: bool,
    /// The broker has refused the client itself, for good.
    us: bool,
    /// What else went wrong so far: each may cost an attempt.
    disturbances: u32,
    /// How often a message was sent while it was forbidden, and how much had gone wrong before.
    sent: BTreeMap<u32, (u32, u32)>,
    /// How often it may be, if nothing else goes wrong.
    most: u32,
}

impl Forbidden {
    pub(super) fn new(profile: &Profile) -> Self {
        let refusals = &profile.switches.refusals;
        Self {
            by_switch: !refusals.topics.0.is_empty(),
            by_broker: false,
            us: false,
            disturbances: 0,
            sent: BTreeMap::new(),
            most: match refusals.lost_publish {
                LostPublish::Failed => MOST_WITH_CODE,
                LostPublish::Nothing => MOST_WITHOUT,
            },
        }
    }

    /// The broker forbids the topic from now on, or allows it again.
    pub(super) fn broker(&mut self, forbids: bool) {
        self.by_broker = forbids;
    }

    /// The broker refuses the client for good.
    pub(super) const fn forbid_us(&mut self) {
        self.us = true;
    }

    /// Whether it has done so at any time.
    pub(super) const fn has_forbidden_us(&self) -> bool {
        self.us
    }

    /// Something else went wrong.
    pub(super) const fn disturbed(&mut self) {
        self.disturbances = self.disturbances.saturating_add(1);
    }

    /// A message goes out to a topic.
    pub(super) fn sent(&mut self, number: u32, topic: &str) -> Check {
        if topic != DENIED || !(self.by_switch || self.by_broker) {
            return Ok(());
        }
        let (times, before) = self.sent.entry(number).or_insert((0, self.disturbances));
        *times += 1;
        let (times, allowed) = (*times, self.most + (self.disturbances - *before));
        if times > allowed {
            return broken(
                "what is forbidden ends soon",
                format!("message {number} is sent for the {times}th time"),
            );
        }
        Ok(())
    }
}

/// The topic that a policy forbids, of [`TOPICS`].
pub(super) const DENIED: &str = TOPICS[1];

/// The modem names the code each time.
const MOST_WITH_CODE: u32 = 12;

/// It says only that the connection is lost, which may have another cause.
const MOST_WITHOUT: u32 = 12;

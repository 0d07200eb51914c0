//! What was asked and what became of it: each message and each request has one end, and what is said of a message is so.

use std::time::Duration;

use at_proto::cmqtt::{QoS, ResultCode, Subject};
use cmqtt_core::{Cause, Effect, Failure, RequestId};

use super::message::{self, Make};
use super::scenario::{Class, Scenario, What};
use super::standing::Standing;
use super::tally::Tally;

/// The books.
#[derive(Debug)]
pub(super) struct Ledger {
    class: Class,
    messages: Vec<Message>,
    /// Those that were taken and have no end, with the message if it is one.
    open: Vec<(RequestId, Option<u32>)>,
    /// The greatest id of all.
    last: Option<RequestId>,
    /// Places in the order of arrival and of handing over.
    arrivals: u32,
    taken: u32,
    scratch: Vec<u8>,
    /// How often a message was begun since one had its end for another reason than that it gave way.
    attempts: u32,
    pub(super) standing: Standing,
    pub(super) tally: Tally,
}

/// A message, and what is known of it.
#[derive(Clone, Copy, Debug, Default)]
struct Message {
    made: Option<(QoS, Make)>,
    /// The application handed it to the session to be delivered.
    is_delivery: bool,
    again: bool,
    /// The client was let go while it waited.
    let_go: bool,
    /// Its place among those that were taken.
    taken: Option<u32>,
    end: Option<End>,
    /// How often the broker got it, and the place of its first arrival.
    arrived: u32,
    first: u32,
    /// When somebody else published it.
    outside: Option<Duration>,
    received: u32,
}

impl Message {
    /// Whether the broker may have sent it to us.
    const fn is_published(&self) -> bool {
        self.arrived > 0 || self.outside.is_some()
    }
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Delivered { maybe_duplicate: bool },
    Failed { unknown: bool },
}

/// The rule that was broken, and how.
pub(super) type Check = Result<(), (&'static str, String)>;

pub(super) fn broken(rule: &'static str, how: String) -> Check {
    Err((rule, how))
}

impl Ledger {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let mut messages = vec![Message::default(); scenario.messages() as usize + 1];
        for step in &scenario.steps {
            if let Some((number, qos, make)) = step.what.message() {
                let message = &mut messages[number as usize];
                message.made = Some((qos, make));
                if let What::Deliver { again, .. } = step.what {
                    message.is_delivery = true;
                    message.again = again;
                }
            }
        }
        Self {
            class: scenario.class,
            messages,
            open: Vec::new(),
            last: None,
            arrivals: 0,
            taken: 0,
            scratch: Vec::new(),
            attempts: 0,
            standing: Standing::new(&scenario.faults),
            tally: Tally::default(),
        }
    }

    /// A message of the world's own, beyond those of the scenario.
    pub(super) fn make(&mut self, qos: QoS, make: Make) -> u32 {
        let number = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        self.messages.push(Message {
            made: Some((qos, make)),
            is_delivery: true,
            ..Message::default()
        });
        number
    }

    /// A request was taken.
    pub(super) fn open(&mut self, id: RequestId, message: Option<u32>) -> Check {
        if self.last.is_some_and(|last| last >= id) {
            return broken(
                "one end a request",
                format!("the id {} was given twice", id.get()),
            );
        }
        self.last = Some(id);
        self.open.push((id, message));
        if let Some(message) = message.and_then(|number| self.messages.get_mut(number as usize)) {
            message.taken = Some(self.taken);
            self.taken += 1;
        }
        Ok(())
    }

    /// The client is not kept any more.
    pub(super) fn let_go(&mut self) {
        for &(_, number) in &self.open {
            if let Some(message) = number.and_then(|number| self.messages.get_mut(number as usize)) {
                message.let_go = true;
            }
        }
    }

    pub(super) fn has_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether a request, rather than a message that is to be delivered, has no end.
    pub(super) fn has_open_request(&self) -> bool {
        self.open.iter().any(|&(_, message)| {
            message.is_none_or(|number| {
                !self
                    .messages
                    .get(number as usize)
                    .is_some_and(|it| it.is_delivery)
            })
        })
    }

    fn close(&mut self, id: RequestId) -> Result<Option<u32>, (&'static str, String)> {
        match self.open.iter().position(|&(open, _)| open == id) {
            Some(at) => Ok(self.open.remove(at).1),
            None => Err((
                "one end a request",
                format!("an end of {}, which is not open", id.get()),
            )),
        }
    }

    /// `Done` or `Failed`.
    pub(super) fn ended(&mut self, id: RequestId, end: Result<(), Failure>) -> Check {
        let number = self.close(id)?;
        let Some(number) = number else {
            Tally::count(&mut self.tally.requests, request_outcome(end));
            return Ok(());
        };
        let message = &mut self.messages[number as usize];
        if !message.is_delivery {
            // A publish through the client: what its end says of it is as true as what a delivery's says.
            Tally::count(&mut self.tally.requests, request_outcome(end));
            message.end = Some(match end {
                Ok(()) => End::Delivered {
                    maybe_duplicate: false,
                },
                Err(failure) => End::Failed {
                    unknown: failure.is_unknown(),
                },
            });
            return if end.is_ok() {
                self.check_arrived(number)
            } else {
                Ok(())
            };
        }
        let Err(failure) = end else {
            return broken(
                "one end a message",
                format!("message {number} is Done, not Delivered"),
            );
        };
        Tally::count(&mut self.tally.deliveries, delivery_outcome(failure));
        let unknown = failure.is_unknown();
        message.end = Some(End::Failed { unknown });
        let qos = message.made.map(|(qos, _)| qos);
        let is_sent_again = message.again || qos == Some(QoS::AtLeastOnce);
        let may_end_so = matches!(
            failure.cause,
            Cause::LetGo
                | Cause::Displaced
                | Cause::Refused(_)
                | Cause::RefusedByBroker(_)
                | Cause::NotSent(_)
        );
        if !matches!(failure.cause, Cause::LetGo | Cause::Displaced) {
            let attempts = std::mem::take(&mut self.attempts);
            let is_refused = matches!(failure.cause, Cause::Refused(_) | Cause::RefusedByBroker(_));
            let is_kept = !message.let_go && (is_sent_again || !unknown);
            if is_refused && is_kept && attempts < least_attempts(failure) {
                return broken(
                    "refused as often as is said",
                    format!("message {number} came back after {attempts} attempts: {failure}"),
                );
            }
        }
        if is_sent_again && unknown && !may_end_so && !message.let_go {
            return broken(
                "retried when unknown",
                format!("message {number} came back: {failure}"),
            );
        }
        Ok(())
    }

    /// `Delivered`.
    pub(super) fn delivered(&mut self, id: RequestId, maybe_duplicate: bool) -> Check {
        let Some(number) = self.close(id)? else {
            return broken(
                "one end a message",
                format!("{} was delivered, but is no message", id.get()),
            );
        };
        self.attempts = 0;
        let name = if maybe_duplicate { MAYBE_TWICE } else { DELIVERED };
        Tally::count(&mut self.tally.deliveries, name);
        self.messages[number as usize].end = Some(End::Delivered { maybe_duplicate });
        self.check_arrived(number)
    }

    /// How many messages were delivered, by their reports.
    pub(super) fn deliveries(&self) -> u64 {
        let of = |name| self.tally.deliveries.get(name).copied().unwrap_or_default();
        of(DELIVERED) + of(MAYBE_TWICE)
    }

    /// How many requests were done.
    pub(super) fn done(&self) -> u64 {
        self.tally.requests.get(DONE).copied().unwrap_or_default()
    }

    /// A message of which the session says that the broker has it.
    fn check_arrived(&self, number: u32) -> Check {
        let message = &self.messages[number as usize];
        let acknowledged = message.made.is_some_and(|(qos, _)| qos != QoS::AtMostOnce);
        if self.class == Class::Clean && acknowledged && message.arrived == 0 {
            return broken(
                "delivered means arrived",
                format!("message {number} never reached the broker"),
            );
        }
        Ok(())
    }

    /// The session begins to publish something.
    pub(super) const fn attempt(&mut self) {
        self.attempts = self.attempts.saturating_add(1);
    }

    /// Somebody else published it.
    pub(super) fn published(&mut self, number: u32, now: Duration) {
        if let Some(message) = self.messages.get_mut(number as usize) {
            message.outside = Some(now);
        }
    }

    /// The broker got a message of our client.
    pub(super) fn arrived(&mut self, topic: &[u8], payload: &[u8]) -> Check {
        let Some(number) = self.recognise(topic, payload) else {
            self.tally.damaged += 1;
            if self.class == Class::Clean {
                return broken(
                    "never altered",
                    format!("the broker got {}", shown(topic, payload)),
                );
            }
            return Ok(());
        };
        let message = &mut self.messages[number as usize];
        message.arrived += 1;
        if message.arrived == 1 {
            message.first = self.arrivals;
            self.arrivals += 1;
        } else {
            self.tally.duplicates += 1;
        }
        if self.class == Class::Clean && message.taken.is_none() {
            return broken(
                "never altered",
                format!("message {number} was never taken, but the broker has it"),
            );
        }
        Ok(())
    }

    /// The host got a message.
    pub(super) fn received(&mut self, topic: &[u8], payload: &[u8]) -> Check {
        let number = self
            .recognise(topic, payload)
            .filter(|&number| self.messages[number as usize].is_published());
        let Some(number) = number else {
            self.tally.damaged += 1;
            if self.class == Class::Clean {
                return broken(
                    "received as published",
                    format!("the host got {}", shown(topic, payload)),
                );
            }
            return Ok(());
        };
        self.tally.received += 1;
        self.messages[number as usize].received += 1;
        Ok(())
    }

    /// Whether the host got it.
    pub(super) fn is_received(&self, number: u32) -> bool {
        self.messages[number as usize].received > 0
    }

    /// Whether it was taken and has no end.
    pub(super) fn is_waiting(&self, number: u32) -> bool {
        let message = &self.messages[number as usize];
        message.taken.is_some() && message.end.is_none()
    }

    /// Whether it was delivered.
    pub(super) fn is_delivered(&self, number: u32) -> bool {
        matches!(self.messages[number as usize].end, Some(End::Delivered { .. }))
    }

    /// The message that this is, if no byte of it is another.
    fn recognise(&mut self, topic: &[u8], payload: &[u8]) -> Option<u32> {
        let number = message::number(payload)?;
        let (_, make) = self.messages.get(number as usize)?.made?;
        make.write(number, &mut self.scratch);
        (make.topic().as_bytes() == topic && self.scratch == payload).then_some(number)
    }

    /// The message whose payload this is to the last byte, and its topic.
    pub(super) fn message_of(&mut self, payload: &[u8]) -> Option<(u32, &'static str)> {
        let number = message::number(payload)?;
        let (_, make) = self.messages.get(number as usize)?.made?;
        self.recognise(make.topic().as_bytes(), payload)
            .map(|number| (number, make.topic()))
    }

    /// The payload of a message.
    pub(super) fn payload(&mut self, number: u32) -> &[u8] {
        if let Some((_, make)) = self
            .messages
            .get(number as usize)
            .and_then(|message| message.made)
        {
            make.write(number, &mut self.scratch);
        }
        &self.scratch
    }

    /// What others published has come while the client was connected, and once if that is what its quality of service promises.
    fn check_received(&self, now: Duration) -> Check {
        for (number, message) in self.messages.iter().enumerate() {
            let (Some(published), Some((qos, _))) = (message.outside, message.made) else {
                continue;
            };
            let received = message.received;
            if received == 0 && self.standing.promises(published, now) {
                return broken(
                    "received while connected",
                    format!("message {number}, {qos:?}, published at {published:?}, never came"),
                );
            }
            if received > 1 && qos == QoS::AtMostOnce {
                return broken(
                    "received once",
                    format!("message {number}, {qos:?}, came {received} times"),
                );
            }
        }
        Ok(())
    }

    /// Everything is over and on no way any more.
    pub(super) fn check(&self, now: Duration) -> Check {
        if self.class == Class::Dirty {
            return Ok(());
        }
        self.check_received(now)?;
        let mut ordered: Vec<(u32, u32, usize)> = Vec::new();
        for (number, message) in self.messages.iter().enumerate() {
            let (Some((qos, _)), Some(end)) = (message.made, message.end) else {
                continue;
            };
            let arrived = message.arrived;
            let may_repeat = message.is_delivery && message.again;
            if arrived > 1 && qos != QoS::AtLeastOnce && !may_repeat {
                return broken(
                    "at most once",
                    format!("message {number}, {qos:?}, arrived {arrived} times"),
                );
            }
            match end {
                End::Delivered {
                    maybe_duplicate: false,
                } if arrived > 1 => {
                    return broken(
                        "duplicates are told",
                        format!("message {number} arrived {arrived} times"),
                    );
                }
                End::Failed { unknown: false } if arrived > 0 => {
                    return broken(
                        "failed without effect",
                        format!("message {number} reached the broker"),
                    );
                }
                End::Delivered { .. } if message.is_delivery && arrived > 0 => {
                    ordered.push((message.taken.unwrap_or_default(), message.first, number));
                }
                _ => {}
            }
        }
        ordered.sort_unstable();
        match ordered.windows(2).find(|pair| pair[0].1 > pair[1].1) {
            Some(pair) => broken(
                "in order",
                format!("message {} overtook {}", pair[1].2, pair[0].2),
            ),
            None => Ok(()),
        }
    }
}

/// How often a message is begun before it comes back as refused, at least: twice where that is its own fault.
fn least_attempts(failure: Failure) -> u32 {
    match (failure.cause, failure.code().map(ResultCode::subject)) {
        (Cause::RefusedByBroker(_), _) => 3,
        (_, Some(Subject::Message)) => 2,
        _ => 4,
    }
}

fn request_outcome(end: Result<(), Failure>) -> &'static str {
    match end {
        Ok(()) => DONE,
        Err(failure) => match (failure.cause, failure.effect) {
            (Cause::Refused(_), Effect::None) => "refused",
            (_, Effect::None) => "failed",
            (_, Effect::Unknown) => "failed, effect unknown",
        },
    }
}

fn delivery_outcome(failure: Failure) -> &'static str {
    match (failure.cause, failure.effect) {
        (Cause::RefusedByBroker(_), _) => "refused by the broker",
        (Cause::Displaced, _) => "displaced",
        (Cause::LetGo, Effect::None) => "let go",
        (Cause::LetGo, Effect::Unknown) => "let go, effect unknown",
        (Cause::Refused(_), Effect::None) => "refused",
        (_, Effect::None) => "failed",
        (_, Effect::Unknown) => "failed, effect unknown",
    }
}

/// A message in a report: its beginning.
fn shown(topic: &[u8], payload: &[u8]) -> String {
    let beginning = &payload[..payload.len().min(60)];
    format!(
        "{} with {} bytes: {}",
        topic.escape_ascii(),
        payload.len(),
        beginning.escape_ascii()
    )
}

const DONE: &str = "done";
const DELIVERED: &str = "delivered";
const MAYBE_TWICE: &str = "delivered, maybe twice";

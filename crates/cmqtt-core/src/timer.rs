//! All that the client waits for, and why. One table: a log that prints the reason says which wait ended.

use core::fmt::{self, Display, Formatter};
use core::time::Duration;

use crate::time::Instant;

/// When [`Client::handle_timeout`](crate::Client::handle_timeout) wants to be called, and what will have been waited
/// for in vain by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The moment.
    pub at: Instant,
    /// The reason.
    pub reason: WaitReason,
}

/// What the client waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WaitReason {
    /// The prompt after a command that has data.
    Prompt,
    /// The final result code after the data.
    DataAccepted,
    /// The final result code of a command.
    FinalResult,
    /// The result URC of a command that was accepted.
    ResultUrc,
    /// The `OK` or `ERROR` that belongs to a result URC that has come.
    FinalAfterResult,
    /// The result URC that says why; `ERROR` has come.
    ResultAfterError,
    /// The answer to a command that finds out whether host and modem are still in step.
    BackInStep,
    /// The rest of a received message.
    RestOfMessage,
    /// The SIM to be ready.
    SimReady,
    /// The registration with a network.
    Registration,
    /// The packet service to be attached.
    Attachment,
    /// An address from the network.
    Address,
    /// The client to be free again: the modem said that it is busy, and the same command is repeated.
    ClientBusy,
    /// The result of a command that was given up.
    LateResult,
    /// The end of a START that was begun before.
    EarlierStart,
    /// The end of a CONNECT that was begun before.
    EarlierConnect,
    /// The next attempt to connect.
    NextAttempt,
    /// The next question whether a client is still connected.
    ConnectionCheck,
    /// The modem to be up again after a restart.
    PowerUp,
    /// A connection or a delivery, for as long as [`Healing::patience`](crate::Healing::patience).
    Patience,
}

/// How long the `OK` or `ERROR` and the result URC of one outcome may be apart: what public drivers for these
/// modems allow.
pub(crate) const GRACE: Duration = Duration::from_secs(3);

/// How long a prompt may take.
pub(crate) const PROMPT: Duration = Duration::from_secs(10);

/// How long the modem may take to accept data, counted from their last byte.
pub(crate) const DATA_ACCEPTED: Duration = Duration::from_secs(10);

/// How long to wait before a command is repeated that the modem refused because the client is busy. Field reports name busy
/// times of 0.3 to 3 s after the result of CONNECT or SUB, and while an acknowledgement of the broker is outstanding.
pub(crate) const BUSY_PAUSE: Duration = Duration::from_millis(300);

/// How long one request repeats commands for a busy client: three times the longest busy time that was reported.
pub(crate) const BUSY_LIMIT: Duration = Duration::from_secs(10);

/// How long a received message may pause in its middle. The modem sends it in one burst: a pause means lost bytes.
pub(crate) const MESSAGE_PAUSE: Duration = Duration::from_secs(5);

/// How much longer an answer may take because a received message occupies the line: 10 KiB at 4800 baud.
const MESSAGE_ALLOWANCE: Duration = Duration::from_secs(22);

/// The timers: one for the command, one for the message that is being received.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timers {
    command: Option<Deadline>,
    /// No message puts the command's deadline off beyond this.
    latest: Instant,
    /// Bytes that came after the command's deadline have put it off.
    put_off: bool,
    message: Option<Instant>,
}

/// A timer that has gone off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expired {
    /// The command has waited in vain.
    Command(WaitReason),
    /// The message has paused for too long.
    Message,
}

impl Timers {
    pub(crate) fn set_command(&mut self, at: Instant, reason: WaitReason) {
        self.command = Some(Deadline { at, reason });
        self.latest = at + MESSAGE_ALLOWANCE;
        self.put_off = false;
    }

    pub(crate) const fn clear_command(&mut self) {
        self.command = None;
    }

    pub(crate) const fn set_message(&mut self, at: Instant) {
        self.message = Some(at);
    }

    /// The modem said something: if a message is coming in, it has not paused yet. A command whose deadline has passed gets
    /// the time in which the rest of its answer follows, once: the program may have been stopped, and what has piled up may
    /// be more than the port held.
    pub(crate) fn receive(&mut self, now: Instant) {
        self.message = self.message.map(|_| now + MESSAGE_PAUSE);
        if let Some(command) = &mut self.command
            && command.at <= now
            && !self.put_off
        {
            command.at = now + GRACE;
            self.latest = self.latest.max(command.at);
            self.put_off = true;
        }
    }

    /// The message has ended; an answer that it held up gets the time to follow it.
    pub(crate) fn clear_message(&mut self, now: Instant) {
        if self.message.take().is_some()
            && let Some(command) = &mut self.command
            && command.reason != WaitReason::ClientBusy
        {
            command.at = command.at.max((now + GRACE).min(self.latest));
        }
    }

    /// The next moment at which a timer goes off. While a message comes in, the command's answer is behind it.
    pub(crate) fn next(&self) -> Option<Deadline> {
        match (self.message, self.command) {
            (Some(at), Some(command)) => {
                let held_up = Deadline {
                    at: self.latest,
                    ..command
                };
                let message = Deadline {
                    at,
                    reason: WaitReason::RestOfMessage,
                };
                Some(if held_up.at < at { held_up } else { message })
            }
            (Some(at), None) => Some(Deadline {
                at,
                reason: WaitReason::RestOfMessage,
            }),
            (None, command) => command,
        }
    }

    /// Takes a timer that has gone off by `now`.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Expired> {
        let Deadline { at, reason } = self.next()?;
        if now < at {
            return None;
        }
        Some(if reason == WaitReason::RestOfMessage {
            self.message = None;
            Expired::Message
        } else {
            self.command = None;
            Expired::Command(reason)
        })
    }
}

impl Display for WaitReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prompt => "the prompt",
            Self::DataAccepted => "the final result code after the data",
            Self::FinalResult => "the final result code",
            Self::ResultUrc => "the result URC",
            Self::FinalAfterResult => "the final result code after the result URC",
            Self::ResultAfterError => "the result URC after ERROR",
            Self::BackInStep => "an answer that shows that host and modem are in step",
            Self::RestOfMessage => "the rest of a received message",
            Self::SimReady => "a SIM that is ready",
            Self::Registration => "the registration with a network",
            Self::Attachment => "the attachment to the packet service",
            Self::Address => "an address from the network",
            Self::ClientBusy => "a client that is no longer busy",
            Self::LateResult => "the result of a command that was given up",
            Self::EarlierStart => "the end of an earlier START",
            Self::EarlierConnect => "the end of an earlier CONNECT",
            Self::NextAttempt => "the next attempt to connect",
            Self::ConnectionCheck => "the next question whether the client is connected",
            Self::PowerUp => "a modem that is up again",
            Self::Patience => "its end in the time until giving up",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    #[test]
    fn an_answer_behind_a_message_gets_more_time_but_not_for_ever() {
        let mut timers = Timers::default();
        timers.set_command(at(10), WaitReason::FinalResult);
        timers.set_message(at(12));
        assert_eq!(
            timers.next(),
            Some(Deadline {
                at: at(12),
                reason: WaitReason::RestOfMessage
            })
        );
        assert_eq!(timers.expire(at(11)), None);
        timers.clear_message(at(11));
        assert_eq!(
            timers.next(),
            Some(Deadline {
                at: at(14),
                reason: WaitReason::FinalResult
            })
        );
        timers.set_message(at(100));
        assert_eq!(
            timers.expire(at(36)),
            Some(Expired::Command(WaitReason::FinalResult))
        );
        assert_eq!(timers.expire(at(100)), Some(Expired::Message));
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn of_two_that_go_off_at_once_the_message_goes_first() {
        let mut timers = Timers::default();
        timers.set_command(at(10), WaitReason::FinalResult);
        timers.set_message(at(10) + MESSAGE_ALLOWANCE);
        assert_eq!(timers.expire(at(32)), Some(Expired::Message));
        assert_eq!(
            timers.expire(at(32)),
            Some(Expired::Command(WaitReason::FinalResult))
        );
    }

    #[test]
    fn a_message_that_has_not_begun_has_no_pause() {
        let mut timers = Timers::default();
        timers.receive(at(5));
        assert_eq!(timers.next(), None);
        timers.set_message(at(5));
        timers.receive(at(9));
        assert_eq!(
            timers.next().map(|deadline| deadline.at),
            Some(at(9) + MESSAGE_PAUSE)
        );
    }

    #[test]
    fn bytes_after_its_deadline_put_a_command_off_once() {
        let mut timers = Timers::default();
        timers.set_command(at(10), WaitReason::ResultUrc);
        timers.receive(at(9));
        timers.receive(at(75));
        timers.receive(at(77));
        assert_eq!(timers.expire(at(77)), None);
        timers.receive(at(78));
        assert_eq!(
            timers.expire(at(78)),
            Some(Expired::Command(WaitReason::ResultUrc))
        );
    }

    #[test]
    fn a_message_does_not_lengthen_a_wait_that_has_time_left() {
        let mut timers = Timers::default();
        timers.set_command(at(100), WaitReason::ResultUrc);
        timers.set_message(at(5));
        timers.clear_message(at(1));
        assert_eq!(
            timers.next(),
            Some(Deadline {
                at: at(100),
                reason: WaitReason::ResultUrc
            })
        );
    }
}

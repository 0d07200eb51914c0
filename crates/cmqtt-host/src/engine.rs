//! What every adapter's loop turns: the core, and what an owner keeps beside it.

mod keeping;
mod kept;

use std::fmt::{self, Debug, Formatter};
use std::io;

use cmqtt_core::at_proto::{Family, Recognition};
use cmqtt_core::{Cause, Effect, Failure, WaitReason};
use cmqtt_core::{Client as Core, Config, Deadline, Event as Lent, Instant, Limits, Output, Session};
use cmqtt_core::{RequestError, RequestId};

use self::keeping::{Heard, Keeping};
use crate::event::{Event, Message};
use crate::memory::Memory;
use crate::queue::Queue;
use crate::trace::Trace;

/// The core, the bytes that it has not seen yet, and the events that nobody has read yet. It decides nothing about AT
/// or MQTT, and does no I/O: an adapter adds a port and a clock.
pub struct Engine {
    core: Machine,
    /// Bytes that were read and that the core had no room for yet.
    unread: Vec<u8>,
    queue: Queue,
    /// See [`Memory::ends`].
    most_ends: usize,
    keeping: Keeping,
    /// Since when there is no port.
    away: Option<Instant>,
    /// The time at the last advance.
    now: Instant,
    /// Something was told that no event of the core's stands for.
    told: bool,
    gives_way: bool,
    trace: Trace,
}

/// The machine whose requests an adapter makes.
pub type Machine = Session<Box<[u8]>>;

/// The part of it that offers what the modem itself offers: [`Session::client`].
pub type Modem = Core<Box<[u8]>>;

/// What an adapter does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the modem waits for it"]
pub enum Step<T> {
    /// An event was what it waited for.
    Seen(T),
    /// Write [`Engine::unsent`], and report how much of it the port took.
    Write,
    /// Wait for bytes, no longer than until this.
    Wait(Option<Deadline>),
}

impl Engine {
    /// A modem of which nothing is known but the configuration.
    #[must_use]
    pub fn new(config: Config, memory: &Memory) -> Self {
        Self {
            core: Session::new(config, memory.storage(), memory.plan(), memory.queue()),
            unread: Vec::new(),
            queue: Queue::new(memory),
            most_ends: memory.ends,
            keeping: Keeping::default(),
            away: None,
            now: Instant::from_micros(0),
            told: false,
            gives_way: false,
            trace: Trace::new(),
        }
    }

    /// Makes a request. Its name and client are for those who trace.
    ///
    /// # Errors
    /// What the core says.
    pub fn request(
        &mut self,
        name: &'static str,
        client: Option<u8>,
        request: impl FnOnce(&mut Machine) -> Result<RequestId, RequestError>,
    ) -> Result<RequestId, RequestError> {
        self.trace.request(name, client);
        request(&mut self.core).inspect_err(|error| self.trace.refused(error))
    }

    /// Goes on until `wanted` makes something of an event, or the port is needed. Events are kept for
    /// [`Engine::pop`], the ends of messages for [`Engine::take_end`], the ends of requests are not.
    pub fn advance<T>(&mut self, now: Instant, mut wanted: impl FnMut(&Lent<'_>) -> Option<T>) -> Step<T> {
        self.now = now;
        loop {
            match self.core.poll() {
                Output::Transmit(_) | Output::Wait(_) if self.away.is_some() => {
                    return Step::Wait(self.patience_ends());
                }
                Output::Transmit(_) if self.unread.is_empty() => return Step::Write,
                Output::Event(event) => {
                    let seen = wanted(&event);
                    let own = match self.keeping.hear(&event) {
                        Heard::End(end) => {
                            self.trace.message_ended(&event);
                            end
                        }
                        Heard::Other => {
                            self.trace.event(&event);
                            Event::own(&event)
                        }
                    };
                    if let Some(event) = own {
                        self.queue.push(event);
                    }
                    if let Some(seen) = seen {
                        return Step::Seen(seen);
                    }
                }
                Output::Wait(deadline) if self.unread.is_empty() => return Step::Wait(deadline),
                // What has come goes first: should the port fail at the write, it is not lost.
                Output::Transmit(_) | Output::Wait(_) => {
                    let taken = self.core.handle_received(now, &self.unread);
                    self.unread.drain(..taken);
                }
            }
        }
    }

    /// What [`Step::Write`] is about.
    pub fn unsent(&mut self) -> &[u8] {
        match self.core.poll() {
            Output::Transmit(bytes) => bytes,
            _ => &[],
        }
    }

    /// The port took so many of the bytes.
    pub fn transmitted(&mut self, now: Instant, len: usize) {
        if Trace::ON
            && let Output::Transmit(bytes) = self.core.poll()
        {
            self.trace.written(bytes.get(..len).unwrap_or_default());
        }
        self.core.handle_transmitted(now, len);
    }

    /// The port brought bytes. The core sees them at the next [`Engine::advance`].
    pub fn received(&mut self, bytes: &[u8]) {
        self.trace.read(bytes);
        self.unread.extend_from_slice(bytes);
    }

    /// How many bytes were received that the core has not seen.
    #[must_use]
    pub const fn unseen(&self) -> usize {
        self.unread.len()
    }

    /// It is this late. Whoever calls it took this time first, and then found the port empty.
    pub fn pass_time(&mut self, now: Instant) {
        if self.away.is_none() {
            self.core.handle_timeout(now);
        } else if let Some(client) = self.keeping.client
            && self.patience_ends().is_some_and(|ends| ends.at <= now)
        {
            self.core.let_go();
            self.keeping.give_up(AWAY);
            self.tell(Event::GaveUp { client, why: AWAY });
        }
    }

    /// The line begins anew: the request that runs ends, and the next finds out where the modem is.
    pub fn reset(&mut self, now: Instant) {
        self.unread.clear();
        self.core.handle_reset(now);
    }

    /// The port is gone, and will be opened again: the line begins anew, and until [`Engine::port_back`] no time passes
    /// for the core. Nothing of what it would wait for can come, and a modem that cannot hear is not to blame.
    pub fn port_lost(&mut self, now: Instant, error: &io::Error) {
        self.reset(now);
        if self.away.is_none() {
            self.away = Some(now);
            self.tell(Event::PortLost(error.to_string()));
        }
    }

    /// There is a port again.
    pub fn port_back(&mut self, now: Instant) {
        if let Some(since) = self.away.take() {
            let after = now.saturating_duration_since(since);
            self.tell(Event::PortBack { after });
        }
        self.reset(now);
    }

    /// The oldest message.
    pub fn pop_message(&mut self) -> Option<Message> {
        self.queue.pop_message()
    }

    /// The oldest event of any kind. What was dropped is told in its place.
    pub fn pop(&mut self) -> Option<Event> {
        self.queue.pop()
    }

    /// The family that the modem is taken for.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.core.family()
    }

    /// What the model's name said of its MQTT commands.
    #[must_use]
    pub const fn recognition(&self) -> Recognition {
        self.core.recognition()
    }

    /// What the modem takes, as far as it is known.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        self.core.limits()
    }

    /// Whether something was told since that `wanted` has not seen: what becomes of the port.
    pub const fn take_told(&mut self) -> bool {
        std::mem::replace(&mut self.told, false)
    }

    fn tell(&mut self, event: Event) {
        self.queue.push(event);
        self.told = true;
    }

    fn patience_ends(&self) -> Option<Deadline> {
        let at = self.core.gives_up_at()?;
        let reason = WaitReason::Patience;
        Some(Deadline { at, reason })
    }
}

impl Debug for Engine {
    /// Without the bytes that it holds: they may be a password's.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("core", &self.core)
            .field("unread", &self.unread.len())
            .field("queue", &self.queue)
            .field("keeping", &self.keeping)
            .field("away", &self.away)
            .finish()
    }
}

/// Bytes after which a port counts as caught up with, should the modem never fall silent: more than the largest
/// message and than what operating systems keep of a serial port.
pub const MOST_DRAINED: usize = 16 * 1024;

/// What stands in the way while there is no port.
const AWAY: Failure = Failure {
    command: "AT",
    cause: Cause::Reset,
    effect: Effect::None,
};

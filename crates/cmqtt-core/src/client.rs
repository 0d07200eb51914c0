//! The client: exactly what the modem offers, one request at a time.

mod answers;
mod messages;
mod requests;
mod session;
pub(crate) use session::MOST_DATA;

use at_proto::cmqtt::{LostCause, ResultCode};
use at_proto::{Awaiting, Exchange, Frame, Framer, ResultLine, Step, WaitingFor, network};

use crate::config::{Config, DataEcho, Limits};
use crate::few::Few;
use crate::flow::Flow;
use crate::inbox::{Broken, Inbox, Part, Whole};
use crate::late::LateResults;
use crate::outgoing::{Outgoing, Sent};
use crate::output::{Event, Output};
use crate::request::{Cause, Failure, RequestId};
use crate::storage::{Collected, Received, Span, Storage};
use crate::time::{Clock, Instant};
use crate::timer::{Deadline, Expired, Timers};

/// The host's side of the modem's MQTT client, without I/O and without a clock.
///
/// See the [crate's documentation](crate) for the contract and the loop.
#[derive(Debug)]
pub struct Client<M> {
    config: Config,
    framer: Framer,
    received: Received<M>,
    inbox: Inbox<M>,
    outgoing: Outgoing<M>,
    information: Collected<M>,
    running: Option<Running>,
    /// One frame causes at most a broken message, the end of a request and a restart, and a reset may come on top.
    news: Few<Item>,
    line: LineState,
    late: LateResults,
    timers: Timers,
    clock: Clock,
    next_id: u32,
}

/// What the client is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It takes a request.
    Idle,
    /// A request runs.
    Busy {
        /// The request.
        id: RequestId,
        /// The command that it is at.
        command: &'static str,
        /// What that command waits for.
        waiting: WaitingFor,
    },
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// A client of a modem of which nothing is known but the configuration.
    pub fn new(config: Config, storage: Storage<M>) -> Self {
        let received = Received::new(storage.received);
        Self {
            framer: Framer::new(received.capacity().saturating_sub(1)),
            received,
            inbox: Inbox::new(storage.message),
            outgoing: Outgoing::new(storage.request),
            information: Collected::new(storage.information),
            running: None,
            news: Few::default(),
            line: LineState {
                in_step: true,
                owed: 0,
                probes: 0,
                echo: false,
                data_echo: config.quirks.data_echo,
                payload_left: false,
                serves: false,
                file_made_up: false,
            },
            late: LateResults::default(),
            timers: Timers::default(),
            clock: Clock::default(),
            next_id: 0,
            config,
        }
    }

    /// The modem sent these bytes. Takes as many as there is room for and says how many: poll until
    /// [`Output::Wait`], then pass the rest. No deadline passes by this: bytes that are handed in late may have come in
    /// time. Two bounds hold all the same: bytes that come for 3 s without a pause let deadlines pass, and bytes that come
    /// after a command's deadline put that off by 3 s, once.
    #[must_use = "bytes that were not taken have to be passed again"]
    pub fn handle_received(&mut self, now: Instant, bytes: &[u8]) -> usize {
        if bytes.is_empty() {
            self.clock.pass(now);
            return 0;
        }
        self.clock.receive(now);
        self.timers.receive(self.clock.now());
        if !self.news.is_empty() {
            // What the news lend must stay where it is.
            return 0;
        }
        self.received.fill(bytes)
    }

    /// The port took the first `len` bytes of the last [`Output::Transmit`].
    pub fn handle_transmitted(&mut self, now: Instant, len: usize) {
        self.clock.pass(now);
        match self.outgoing.sent(len) {
            Sent::Part => {}
            Sent::Line => self.set_timer(),
            Sent::Data => {
                if let Some(running) = &mut self.running {
                    running.exchange.data_sent();
                }
                self.set_timer();
            }
        }
    }

    /// It is this late, and all that the port had received by then was handed in: deadlines up to this moment have passed.
    /// Call it at the moment that [`Output::Wait`] named; earlier or later does no harm. Take the time first, then read the
    /// port until it is empty, then call this with that time: a program that was stopped meanwhile has not waited in vain.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.clock.judge(now);
    }

    /// The line was cut: the port was opened anew, or the caller gives up what is going on. The request that runs
    /// fails, a message that was coming in is dropped. The modem may be anywhere, in the middle of a command or of
    /// its data: the next request finds back first.
    pub fn handle_reset(&mut self, now: Instant) {
        self.clock.judge(now);
        self.received.clear();
        self.framer.reset();
        self.drop_message(Broken::Reset);
        self.line.echo = false;
        self.line.in_step = false;
        self.give_up(Cause::Reset);
    }

    /// What to do next. Call it until it says [`Output::Wait`].
    pub fn poll(&mut self) -> Output<'_> {
        match self.advance() {
            Next::News(news) => self.event(news),
            Next::Transmit => Output::Transmit(self.outgoing.unsent()),
            Next::Wait(deadline) => Output::Wait(deadline),
        }
    }

    /// Whether a request can be made, and if not, what is going on.
    pub fn phase(&self) -> Phase {
        match &self.running {
            None => Phase::Idle,
            Some(running) => Phase::Busy {
                id: running.id,
                command: running.exchange.dialogue().name,
                waiting: running.exchange.waiting_for(),
            },
        }
    }

    /// What the modem takes, as far as it is known.
    pub const fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// Whether the modem is known to repeat the commands that it gets.
    pub const fn echoes(&self) -> bool {
        self.line.echo
    }

    /// Goes on until there is something to tell. Decides, and lends nothing.
    pub(crate) fn advance(&mut self) -> Next {
        loop {
            if let Some(news) = self.news.pop() {
                return Next::News(news);
            }
            match self.framer.step(self.received.unread(), self.awaiting()) {
                Step::Complete { value, consumed } => {
                    let cut = Cut::new(value, &self.received);
                    self.received.consume(consumed);
                    self.on_cut(cut);
                }
                Step::Incomplete { consumed } => {
                    self.received.consume(consumed);
                    match self.timers.expire(self.clock.judged()) {
                        Some(Expired::Command(reason)) => self.on_waited(reason),
                        Some(Expired::Message) => self.on_pause(),
                        None if self.outgoing.unsent().is_empty() => return Next::Wait(self.timers.next()),
                        None => return Next::Transmit,
                    }
                }
            }
        }
    }

    fn awaiting(&self) -> Awaiting {
        let answering = self.running.as_ref().filter(|_| self.outgoing.line_sent());
        answering.map_or(Awaiting::Line, |running| running.exchange.awaiting())
    }

    fn on_cut(&mut self, cut: Cut) {
        match cut {
            Cut::Line(span) => self.on_line(span),
            Cut::Prompt => self.on_prompt(),
            Cut::Block { span, last } => self.on_block(span, last),
            Cut::Echo => self.on_data_echo(),
            Cut::Overlong { dropped } => self.on_overlong(dropped),
        }
    }

    /// Lends what the piece of news stands for.
    pub(crate) fn event(&self, news: Item) -> Output<'_> {
        Output::Event(match news {
            Item::Done { id } => Event::Done {
                id,
                information: self.information.lines(),
            },
            Item::Failed { id, failure } => Event::Failed { id, failure },
            Item::Message(whole) => {
                let (topic, payload) = self.inbox.message(whole);
                Event::Message {
                    client: whole.client,
                    topic,
                    payload,
                }
            }
            Item::MessageStart {
                client,
                topic_len,
                payload_len,
            } => Event::MessageStart {
                client,
                topic_len,
                payload_len,
            },
            Item::MessagePiece {
                client,
                part,
                offset,
                span,
            } => Event::MessagePiece {
                client,
                part,
                offset,
                data: self.received.get(span),
            },
            Item::MessageEnd { client } => Event::MessageEnd { client },
            Item::MessageBroken { client, cause } => Event::MessageBroken { client, cause },
            Item::ConnectionLost { client, cause } => Event::ConnectionLost { client, cause },
            Item::NoNetwork => Event::NoNetwork,
            Item::KeepAliveFailed { client, code } => Event::KeepAliveFailed { client, code },
            Item::Network(span) => {
                let line = self.received.get(span);
                match network::Urc::decode(line) {
                    Some(urc) => Event::Network { urc, line },
                    None => Event::Unclaimed(line),
                }
            }
            Item::Restarted => Event::Restarted,
            Item::LateResult { result, code } => Event::LateResult {
                command: result.name,
                client: result.client,
                code: ResultCode(code),
            },
            Item::Unclaimed(span) => Event::Unclaimed(self.received.get(span)),
            Item::Overlong { dropped } => Event::Overlong { dropped },
        })
    }
}

/// The request that runs.
#[derive(Debug)]
struct Running {
    id: RequestId,
    flow: Flow,
    exchange: Exchange,
    /// The data that the present command sends after its prompt.
    data: (usize, usize),
    /// The modem is asked whether it is in step, while the request's own command still waits.
    probes: Option<Probes>,
    /// The modem said that the client is busy: until then commands are repeated.
    busy_until: Option<Instant>,
}

/// Asking whether host and modem are in step.
#[derive(Clone, Copy, Debug)]
struct Probes {
    /// How often the modem was asked.
    sent: u8,
    /// It has answered, and earlier ones may still be answered.
    answered: bool,
}

/// What is known of the line itself.
#[derive(Clone, Copy, Debug)]
struct LineState {
    /// Whether the next final result code belongs to the next command.
    in_step: bool,
    /// The data bytes that the modem may still wait for.
    owed: usize,
    /// The probes that were not answered: a modem that was busy answers all of them in the end.
    probes: u8,
    /// Whether the modem repeats commands.
    echo: bool,
    /// Whether it repeats data.
    data_echo: DataEcho,
    /// Whether the modem may hold a payload that no PUB has taken.
    payload_left: bool,
    /// Whether the modem has said that the service runs, and nothing since that it may have ended.
    serves: bool,
    /// Whether the modem may hold a file whose end was made up: a list of names does not tell which. It survives restarts.
    file_made_up: bool,
}

/// What [`Client::advance`] came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    News(Item),
    Transmit,
    Wait(Option<Deadline>),
}

/// An event before it lends anything.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item {
    Done {
        id: RequestId,
    },
    Failed {
        id: RequestId,
        failure: Failure,
    },
    Message(Whole),
    MessageStart {
        client: u8,
        topic_len: u32,
        payload_len: u32,
    },
    MessagePiece {
        client: u8,
        part: Part,
        offset: u32,
        span: Span,
    },
    MessageEnd {
        client: u8,
    },
    MessageBroken {
        client: u8,
        cause: Broken,
    },
    ConnectionLost {
        client: u8,
        cause: LostCause,
    },
    NoNetwork,
    KeepAliveFailed {
        client: u8,
        code: ResultCode,
    },
    Network(Span),
    Restarted,
    LateResult {
        result: ResultLine,
        code: u16,
    },
    Unclaimed(Span),
    Overlong {
        dropped: usize,
    },
}

/// A frame that borrows nothing.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Line(Span),
    Prompt,
    Block { span: Span, last: bool },
    Echo,
    Overlong { dropped: usize },
}

impl Cut {
    fn new<M: AsRef<[u8]> + AsMut<[u8]>>(frame: Frame<'_>, received: &Received<M>) -> Self {
        match frame {
            Frame::Line(line) => Self::Line(received.span(line)),
            Frame::Prompt => Self::Prompt,
            Frame::Block { data, remaining } => Self::Block {
                span: received.span(data),
                last: remaining == 0,
            },
            Frame::Echo { .. } => Self::Echo,
            Frame::Overlong { dropped } => Self::Overlong { dropped },
        }
    }
}

//! One client of the service.

use std::collections::VecDeque;
use std::time::Duration;

use super::Asynchronous;
use crate::network::{MqttVersion, QoS};

/// An acquired client.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: Vec<u8>,
    /// 0 for TCP, 1 for TLS.
    pub(super) server_type: u8,
    pub(super) version: MqttVersion,
    pub(super) settings: Settings,
    /// The TLS context that SSLCFG chose.
    pub(super) ssl_context: Option<u8>,
    pub(super) will_topic: Option<Vec<u8>>,
    pub(super) will_message: Option<(Vec<u8>, QoS)>,
    pub(super) state: State,
    /// What the last CONNECT said, for its read form.
    pub(super) login: Option<Login>,
    pub(super) topic: Option<Vec<u8>>,
    pub(super) payload: Option<Vec<u8>>,
    /// What SUBTOPIC gave.
    pub(super) filters: Vec<(Vec<u8>, QoS)>,
    /// What UNSUBTOPIC gave.
    pub(super) unsubscriptions: Vec<Vec<u8>>,
    /// What the broker granted, for SUB's read form: the last [`SUBSCRIPTIONS`].
    pub(super) subscriptions: VecDeque<Vec<u8>>,
    /// The command that the network has not yet answered.
    pub(super) pending: Option<Pending>,
    /// Answers that are still to come to commands that were given up.
    pub(super) given_up: GivenUp,
    /// Until when it is busy after its last CONNECT or SUB.
    pub(super) busy_until: Duration,
    /// Topic and payload of messages that wait for the result of the publish that they come from, and of those that
    /// came behind them.
    pub(super) behind_publish: VecDeque<(Vec<u8>, Vec<u8>)>,
}

/// What `AT+CMQTTCFG` sets; REL wipes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) check_utf8: bool,
    /// Seconds.
    pub(super) operation_timeout: u32,
}

/// Whether the client is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Idle,
    Connecting,
    Connected,
    Disconnecting,
}

/// What a CONNECT said.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) server: Vec<u8>,
    pub(super) keep_alive: u16,
    pub(super) clean_session: bool,
    pub(super) user: Option<Vec<u8>>,
    pub(super) password: Option<Vec<u8>>,
}

/// An asynchronous command that the network has not yet answered.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) command: Asynchronous,
    /// When it is given up.
    pub(super) deadline: Option<Duration>,
    pub(super) about: About,
}

/// What the pending command carries that its answer needs.
#[derive(Debug)]
pub(super) enum About {
    Nothing,
    Message {
        topic: Vec<u8>,
        payload: Vec<u8>,
    },
    /// A message that the broker's policy forbids.
    Denied(QoS),
    Filters(Vec<Vec<u8>>),
}

/// How many answers are still to come that nobody waits for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GivenUp {
    pub(super) publishes: u32,
    pub(super) subscribes: u32,
    pub(super) unsubscribes: u32,
}

impl Client {
    pub(super) fn new(id: Vec<u8>, server_type: u8, version: MqttVersion) -> Self {
        Self {
            id,
            server_type,
            version,
            settings: Settings {
                check_utf8: true,
                operation_timeout: 120,
            },
            ssl_context: None,
            will_topic: None,
            will_message: None,
            state: State::Idle,
            login: None,
            topic: None,
            payload: None,
            filters: Vec::new(),
            unsubscriptions: Vec::new(),
            subscriptions: VecDeque::new(),
            pending: None,
            given_up: GivenUp::default(),
            busy_until: Duration::ZERO,
            behind_publish: VecDeque::new(),
        }
    }

    pub(super) fn has_connection(&self) -> bool {
        self.state != State::Idle
    }

    /// Whether it refuses what is asked, where a client may be busy at all.
    pub(super) fn is_busy(&self, now: Duration) -> bool {
        self.pending.is_some() || self.given_up.publishes > 0 || now < self.busy_until
    }

    /// Whether it publishes this message and has no result yet.
    pub(super) fn publishes(&self, topic: &[u8], payload: &[u8]) -> bool {
        match &self.pending {
            Some(Pending {
                about:
                    About::Message {
                        topic: sent,
                        payload: bytes,
                    },
                ..
            }) => (sent.as_slice(), bytes.as_slice()) == (topic, payload),
            _ => false,
        }
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.pending.as_ref()?.deadline
    }

    /// The pending command, if it is this one.
    pub(super) fn take_pending(&mut self, command: Asynchronous) -> Option<Pending> {
        self.pending.take_if(|pending| pending.command == command)
    }

    /// There is no connection any more, and nothing that only one could bring.
    pub(super) fn connection_ended(&mut self) {
        self.state = State::Idle;
        self.given_up = GivenUp::default();
    }

    pub(super) fn subscribed(&mut self, filters: Vec<Vec<u8>>) {
        for filter in filters {
            self.subscriptions.retain(|known| *known != filter);
            if self.subscriptions.len() >= SUBSCRIPTIONS {
                self.subscriptions.pop_front();
            }
            self.subscriptions.push_back(filter);
        }
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("server", &at_proto::Escaped(&self.server))
            .field("user", &self.user.as_deref().map(at_proto::Escaped))
            .field("password", &self.password.as_ref().map(|_| at_proto::REDACTED))
            .finish_non_exhaustive()
    }
}

/// More than anybody reads back; nothing depends on it.
const SUBSCRIPTIONS: usize = 64;

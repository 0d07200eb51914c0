//! Spans and events.

use cmqtt_core::{Event, RequestError};
use tracing::{Level, Span};

use crate::conversation::{Conversation, Said, Side};

/// Tells `tracing`.
#[derive(Debug)]
pub(crate) struct Trace {
    /// The request that runs.
    request: Span,
    conversation: Conversation,
}

impl Trace {
    pub(crate) const ON: bool = true;

    pub(crate) fn new() -> Self {
        Self {
            request: Span::none(),
            conversation: Conversation::default(),
        }
    }

    /// A request begins. Its span is a child of the caller's.
    pub(crate) fn request(&mut self, name: &'static str, client: Option<u8>) {
        self.request = tracing::span!(target: TARGET, Level::DEBUG, "request", name, client);
    }

    /// It was not taken.
    pub(crate) fn refused(&mut self, error: &RequestError) {
        tracing::event!(target: TARGET, parent: &self.request, Level::DEBUG, "not sent: {error}");
        self.request = Span::none();
    }

    /// Something happened. What has to do with no request stands in its span all the same while it runs.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Done { .. } => {
                tracing::event!(target: TARGET, parent: &self.request, Level::DEBUG, "done");
                self.request = Span::none();
            }
            Event::Failed { failure, .. } => {
                tracing::event!(target: TARGET, parent: &self.request, Level::DEBUG, "failed: {failure}");
                self.request = Span::none();
            }
            // What they hold is the user's.
            Event::Message {
                client,
                topic,
                payload,
            } => {
                let (topic, payload) = (topic.len(), payload.len());
                tracing::event!(target: TARGET, parent: &self.request, Level::DEBUG, client, topic, payload, "message");
            }
            Event::MessagePiece { .. } => {}
            event => {
                tracing::event!(target: TARGET, parent: &self.request, Level::DEBUG, ?event);
            }
        }
    }

    /// A message that was to be delivered has ended. That has to do with no request.
    pub(crate) fn message_ended(&mut self, event: &Event<'_>) {
        tracing::event!(target: TARGET, parent: None, Level::DEBUG, ?event);
    }

    pub(crate) fn written(&mut self, bytes: &[u8]) {
        self.hear(Side::Host, bytes);
    }

    pub(crate) fn read(&mut self, bytes: &[u8]) {
        self.hear(Side::Modem, bytes);
    }

    fn hear(&mut self, side: Side, bytes: &[u8]) {
        let request = &self.request;
        self.conversation.hear(side, bytes, &mut |side, said| {
            let mark = match side {
                Side::Host => ">",
                Side::Modem => "<",
            };
            match said {
                Said::Data(data) => {
                    tracing::event!(target: TARGET, parent: request, Level::TRACE, "{mark} ({} bytes)", data.len());
                }
                said => tracing::event!(target: TARGET, parent: request, Level::TRACE, "{mark} {said}"),
            }
        });
    }
}

/// What to filter by.
const TARGET: &str = "cmqtt";

//! Nothing.

use cmqtt_core::Event;

/// Tells nobody.
#[derive(Debug)]
pub(crate) struct Trace;

impl Trace {
    pub(crate) const ON: bool = false;

    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) const fn request(&mut self, _name: &'static str, _client: Option<u8>) {}

    pub(crate) const fn refused(&mut self, _error: &cmqtt_core::RequestError) {}

    pub(crate) const fn event(&mut self, _event: &Event<'_>) {}

    pub(crate) const fn message_ended(&mut self, _event: &Event<'_>) {}

    pub(crate) const fn written(&mut self, _bytes: &[u8]) {}

    pub(crate) const fn read(&mut self, _bytes: &[u8]) {}
}

//! How much memory a driver takes.

use cmqtt_core::Storage;

/// How much memory the driver takes. Nothing grows beyond it, but for some 20 KiB that were read from the port and are
/// not understood yet.
///
/// Messages and other events that nobody reads are kept up to a bound of their own each. Beyond it the oldest stay, newer
/// ones are dropped and counted, and an [`Event::Overflow`](crate::Event::Overflow) tells so in
/// their place. So a program that only receives loses no message to the
/// events that it does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Bytes for the longest line that is understood, at least 128.
    pub line: usize,
    /// Bytes for the largest message that is received whole, topic and payload. Larger ones come in pieces.
    pub message: usize,
    /// Bytes for the data of the largest request, topic and payload.
    pub request: usize,
    /// Bytes for the information lines of one answer.
    pub information: usize,
    /// Bytes for the texts of a [`Plan`](cmqtt_core::Plan): names, addresses, filters.
    pub plan: usize,
    /// Bytes for the messages that wait for their outcome while a client is kept connected: 13 bytes, topic and payload
    /// each.
    pub queue: usize,
    /// Whole messages that are kept while nobody reads them, each of up to `message` bytes.
    pub messages: usize,
    /// Other events that are kept while nobody reads them, each of up to `line` bytes. Each piece of a message that is
    /// too large to be received whole is one.
    pub events: usize,
    /// Messages that were taken to be delivered and whose ends nobody has read. Another is not taken then, so that no end
    /// is ever dropped.
    pub ends: usize,
}

impl Default for Memory {
    /// Room for the longest line, the largest message and the largest publish of any family, for 1024 messages, for
    /// 1024 other events, and for as many ends as the queue has messages.
    fn default() -> Self {
        Self {
            line: 1024,
            message: 11_264,
            request: 11_264,
            information: 4096,
            plan: 16 * 1024,
            queue: 64 * 1024,
            messages: 1024,
            events: 1024,
            ends: 4096,
        }
    }
}

impl Memory {
    pub(crate) fn plan(&self) -> Box<[u8]> {
        vec![0; self.plan].into_boxed_slice()
    }

    pub(crate) fn queue(&self) -> Box<[u8]> {
        vec![0; self.queue].into_boxed_slice()
    }

    pub(crate) fn storage(&self) -> Storage<Box<[u8]>> {
        let memory = |len: usize| vec![0; len].into_boxed_slice();
        let line = self.line.max(Storage::<Box<[u8]>>::MIN_RECEIVED);
        let request = self.request.saturating_add(Storage::<Box<[u8]>>::MIN_REQUEST);
        Storage::new(
            memory(line),
            memory(self.message),
            memory(request),
            memory(self.information),
        )
        .expect("both sizes were just made large enough")
    }
}

//! How much an outbox holds, and what gives way when it is full.

/// How much an outbox holds. A message that has been accepted counts until it is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most messages.
    pub messages: u64,
    /// The most bytes, of topics and payloads together. The file takes more: up to four times as much, and 2 MiB.
    pub bytes: u64,
    /// What gives way when there is no room for another message.
    pub overflow: Overflow,
}

/// 100 000 messages, 64 MiB; what comes when it is full is refused.
impl Default for Limits {
    fn default() -> Self {
        Self {
            messages: 100_000,
            bytes: 64 * 1024 * 1024,
            overflow: Overflow::default(),
        }
    }
}

/// What gives way when there is no room for another message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Overflow {
    /// The new message is refused: [`Refusal::Full`](crate::Refusal::Full).
    #[default]
    Refuse,
    /// The oldest messages, but not the one in hand: they come back in
    /// [`Receipt::Stored`](crate::Receipt::Stored).
    DropOldest,
    /// The new message: [`Receipt::Dropped`](crate::Receipt::Dropped).
    DropNewest,
}

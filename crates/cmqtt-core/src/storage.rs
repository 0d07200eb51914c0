//! The memory that the caller lends, and the three things that are done with it.

use core::fmt::{self, Debug, Formatter};
use core::ops::Range;

use at_proto::{InfoLines, LINE_ROOM};

/// The memory of a [`Client`](crate::Client), lent (`&mut [u8]`) or owned (`Box<[u8]>`, `[u8; N]`). Nothing else is
/// held anywhere.
pub struct Storage<M> {
    pub(crate) received: M,
    pub(crate) message: M,
    pub(crate) request: M,
    pub(crate) information: M,
}

/// A part of the memory is too small to work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the memory for {what} has {len} bytes, but needs {min}")]
pub struct StorageTooSmall {
    /// The part.
    pub what: &'static str,
    /// Its size in bytes.
    pub len: usize,
    /// The least size in bytes.
    pub min: usize,
}

impl<M: AsRef<[u8]>> Storage<M> {
    /// The least size of `received`: the longest line of an ordinary answer.
    pub const MIN_RECEIVED: usize = 128;

    /// The least size of `request`: one command line.
    pub const MIN_REQUEST: usize = LINE_ROOM;

    /// Memory in four parts:
    ///
    /// * `received`: the modem's bytes until they are understood. A line with as many bytes or more is skipped and
    ///   reported; 1024 bytes hold the longest, the read answer of CONNECT.
    /// * `message`: one received message, topic and payload. A larger one is handed out in pieces; 11264 bytes hold
    ///   the largest, none at all makes pieces of every one.
    /// * `request`: the command line ([`LINE_ROOM`] bytes of it) and the data of one request, topic and payload. A
    ///   request with more is refused.
    /// * `information`: the information lines of one answer. 512 bytes serve all commands of the MQTT service.
    ///
    /// # Errors
    /// [`StorageTooSmall`] when `received` or `request` has less than its least size.
    pub fn new(received: M, message: M, request: M, information: M) -> Result<Self, StorageTooSmall> {
        let check = |what, memory: &M, min| match memory.as_ref().len() {
            len if len < min => Err(StorageTooSmall { what, len, min }),
            _ => Ok(()),
        };
        check("received bytes", &received, Self::MIN_RECEIVED)?;
        check("a request", &request, Self::MIN_REQUEST)?;
        Ok(Self {
            received,
            message,
            request,
            information,
        })
    }
}

/// The modem's bytes that are not understood yet: a window that moves through its memory, and back to the front when
/// it reaches the end. A byte is moved at most once for each line that is longer than what is free.
pub(crate) struct Received<M> {
    memory: M,
    start: usize,
    end: usize,
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Received<M> {
    pub(crate) const fn new(memory: M) -> Self {
        Self {
            memory,
            start: 0,
            end: 0,
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.memory.as_ref().len()
    }

    pub(crate) fn unread(&self) -> &[u8] {
        self.memory.as_ref().get(self.start..self.end).unwrap_or_default()
    }

    /// Bytes that were consumed, and are still there until more are received.
    pub(crate) fn get(&self, span: Span) -> &[u8] {
        self.memory.as_ref().get(span.range()).unwrap_or_default()
    }

    /// The place of `part`, which is part of what [`Received::unread`] returned.
    pub(crate) fn span(&self, part: &[u8]) -> Span {
        let offset = part
            .as_ptr()
            .addr()
            .wrapping_sub(self.memory.as_ref().as_ptr().addr());
        Span {
            start: offset,
            len: part.len(),
        }
    }

    pub(crate) const fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count);
        if self.start >= self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Takes as many bytes as there is room for.
    pub(crate) fn fill(&mut self, bytes: &[u8]) -> usize {
        let memory = self.memory.as_mut();
        if bytes.len() > memory.len().saturating_sub(self.end) && self.start > 0 {
            let unread = self.end.saturating_sub(self.start);
            copy_down(memory, self.start, unread);
            self.start = 0;
            self.end = unread;
        }
        let taken = copy(memory.get_mut(self.end..).unwrap_or_default(), bytes);
        self.end = self.end.saturating_add(taken);
        taken
    }

    pub(crate) const fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }
}

/// A place in the memory of [`Received`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: usize,
    len: usize,
}

impl Span {
    const fn range(self) -> Range<usize> {
        self.start..self.start.saturating_add(self.len)
    }
}

/// The information lines of the answer that is coming in, each ended by LF.
pub(crate) struct Collected<M> {
    memory: M,
    len: usize,
    dropped: usize,
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Collected<M> {
    pub(crate) const fn new(memory: M) -> Self {
        Self {
            memory,
            len: 0,
            dropped: 0,
        }
    }

    pub(crate) const fn clear(&mut self) {
        self.len = 0;
        self.dropped = 0;
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0 && self.dropped == 0
    }

    /// Adds a line whole, or counts it as dropped.
    pub(crate) fn push(&mut self, line: &[u8]) {
        let free = self.memory.as_mut().get_mut(self.len..).unwrap_or_default();
        let needed = line.len().saturating_add(1);
        if self.dropped > 0 || free.len() < needed {
            self.dropped = self.dropped.saturating_add(needed);
            return;
        }
        let copied = copy(free, line);
        copy(free.get_mut(copied..).unwrap_or_default(), b"\n");
        self.len = self.len.saturating_add(needed);
    }

    /// A line was lost before it could be added.
    pub(crate) const fn truncate(&mut self, bytes: usize) {
        self.dropped = self.dropped.saturating_add(bytes);
    }

    pub(crate) fn lines(&self) -> InfoLines<'_> {
        let text = self.memory.as_ref().get(..self.len).unwrap_or_default();
        InfoLines::truncated(text, self.dropped)
    }
}

// What is held may be a password: none of it is printed.

impl<M: AsRef<[u8]>> Debug for Storage<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage")
            .field("received", &self.received.as_ref().len())
            .field("message", &self.message.as_ref().len())
            .field("request", &self.request.as_ref().len())
            .field("information", &self.information.as_ref().len())
            .finish()
    }
}

impl<M> Debug for Received<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Received({}..{})", self.start, self.end)
    }
}

impl<M> Debug for Collected<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Collected({} bytes, {} dropped)", self.len, self.dropped)
    }
}

/// Copies what there is room for, and says how much that was.
pub(crate) fn copy(to: &mut [u8], from: &[u8]) -> usize {
    let len = to.len().min(from.len());
    if let (Some(to), Some(from)) = (to.get_mut(..len), from.get(..len)) {
        to.copy_from_slice(from);
    }
    len
}

/// Moves `len` bytes from `start` to the front.
fn copy_down(memory: &mut [u8], start: usize, len: usize) {
    if start.checked_add(len).is_some_and(|end| end <= memory.len()) {
        memory.copy_within(start..start + len, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn received_bytes_move_to_the_front_when_the_end_is_reached() {
        let mut received = Received::new([0; 8]);
        assert_eq!(received.fill(b"abcdef"), 6);
        received.consume(4);
        assert_eq!(received.fill(b"ghijklm"), 6);
        assert_eq!(received.unread(), b"efghijkl");
        assert_eq!(received.fill(b"m"), 0);
        let span = received.span(&received.unread()[2..4]);
        received.consume(8);
        assert_eq!(received.get(span), b"gh");
        assert_eq!(received.fill(b"x"), 1);
        assert_eq!(received.unread(), b"x");
    }

    #[test]
    fn bytes_are_moved_only_where_there_is_no_room() {
        let mut received = Received::new([0; 8]);
        assert_eq!(received.fill(b"abcd"), 4);
        received.consume(2);
        assert_eq!(received.fill(b"efgh"), 4);
        assert_eq!((received.start, received.unread()), (2, &b"cdefgh"[..]));
        assert_eq!(received.fill(b"i"), 1);
        assert_eq!((received.start, received.unread()), (0, &b"cdefghi"[..]));
    }

    #[test]
    fn information_is_kept_by_whole_lines() {
        let mut collected = Collected::new([0; 8]);
        collected.push(b"abc");
        collected.push(b"defgh");
        collected.push(b"i");
        assert_eq!(collected.lines().dropped(), 8);
        assert_eq!(collected.lines().collect::<Vec<_>>(), [b"abc"]);
        collected.clear();
        collected.push(b"1234567");
        assert_eq!(collected.lines().collect::<Vec<_>>(), [b"1234567"]);
        assert_eq!(collected.lines().dropped(), 0);
    }
}

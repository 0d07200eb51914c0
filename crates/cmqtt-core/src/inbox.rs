//! The message that is being received: announced lengths in, a whole message or its pieces out (the vendor's note,
//! section 3.3.2).

use core::fmt::{self, Debug, Display, Formatter};

use at_proto::BehindBlock;

use crate::storage::copy;

/// Puts received messages together. Knows lengths and nothing else: bytes come from the framer, which counts them.
pub(crate) struct Inbox<M> {
    memory: M,
    state: State,
}

/// A message, or a piece of one, that stands in the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) client: u8,
    pub(crate) topic: usize,
    pub(crate) payload: usize,
}

/// The part of a message that a piece belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The topic.
    Topic,
    /// The payload.
    Payload,
}

/// Why a received message was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Broken {
    /// Another message began before it had ended.
    Interrupted,
    /// A chunk's length does not fit the announced total, or what was sent of it; a chunk is for another client; or the end
    /// came early.
    Inconsistent,
    /// Its rest did not come.
    Unfinished,
    /// The modem restarted, or the line was reset.
    Reset,
}

/// What a block's bytes were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Kept, or not wanted.
    Kept,
    /// The piece of a message that is larger than the memory, at this offset of its part.
    Piece { client: u8, part: Part, offset: u32 },
}

#[derive(Clone, Copy, Debug)]
enum State {
    Idle,
    /// The last message was given up. What still comes of it is nothing new.
    GivenUp,
    Receiving(Receiving),
}

#[derive(Clone, Copy, Debug)]
struct Receiving {
    client: u8,
    topic: Progress,
    payload: Progress,
    /// Larger than the memory: pieces go out as they come.
    pieces: bool,
    /// The part that the block at hand belongs to. `None` for a block that is skipped.
    block: Option<Part>,
    /// What stands behind the message's chunks. `None` until the first has ended.
    behind: Option<BehindBlock>,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
    total: u32,
    got: u32,
}

impl<M: AsRef<[u8]> + AsMut<[u8]>> Inbox<M> {
    pub(crate) const fn new(memory: M) -> Self {
        Self {
            memory,
            state: State::Idle,
        }
    }

    pub(crate) const fn is_receiving(&self) -> bool {
        matches!(self.state, State::Receiving(_))
    }

    /// Whose chunk of this part is due, and the bytes that are still to come of it.
    pub(crate) fn awaited(&mut self, part: Part) -> Option<(u8, u32)> {
        let receiving = self.state.receiving()?;
        let left = receiving.part(part).left();
        (left > 0).then_some((receiving.client, left))
    }

    /// A message begins. Whether it goes out in pieces.
    pub(crate) fn start(&mut self, client: u8, topic: u32, payload: u32) -> bool {
        let room = self.memory.as_ref().len();
        let pieces = u64::from(topic) + u64::from(payload) > room as u64;
        let progress = |total| Progress { total, got: 0 };
        let (topic, payload) = (progress(topic), progress(payload));
        self.state = State::Receiving(Receiving {
            client,
            topic,
            payload,
            pieces,
            block: None,
            behind: None,
        });
        pieces
    }

    /// A chunk of `len` bytes is announced.
    pub(crate) fn chunk(&mut self, client: u8, part: Part, len: u32) -> Result<(), Broken> {
        let receiving = self.state.receiving().ok_or(Broken::Inconsistent)?;
        receiving.block = Some(part);
        let in_order = match part {
            Part::Topic => receiving.payload.got == 0,
            Part::Payload => receiving.topic.left() == 0,
        };
        if client == receiving.client && in_order && len <= receiving.part(part).left() {
            return Ok(());
        }
        Err(Broken::Inconsistent)
    }

    /// Bytes of the chunk.
    pub(crate) fn block(&mut self, data: &[u8]) -> Taken {
        let Some(receiving) = self.state.receiving() else {
            return Taken::Kept;
        };
        let Some(part) = receiving.block else {
            return Taken::Kept;
        };
        let before = match part {
            Part::Topic => 0,
            Part::Payload => receiving.topic.total,
        };
        let progress = receiving.part(part);
        let offset = progress.got;
        progress.got = offset.saturating_add(u32::try_from(data.len()).unwrap_or(u32::MAX));
        let Receiving { client, pieces, .. } = *receiving;
        if pieces {
            return Taken::Piece { client, part, offset };
        }
        let place = usize::try_from(before.saturating_add(offset)).unwrap_or(usize::MAX);
        copy(self.memory.as_mut().get_mut(place..).unwrap_or_default(), data);
        Taken::Kept
    }

    /// A line follows a chunk. Where bytes of the chunk were lost, its announced length took in what stands behind it, and
    /// where some were added it ends too early: what stands between them is no whole line end then, or other than behind the
    /// message's other chunks.
    pub(crate) fn line_behind(&mut self, behind: BehindBlock, is_header: bool) -> Result<(), Broken> {
        let Some(receiving) = self.state.receiving() else {
            return Ok(());
        };
        if receiving.block.take().is_none() {
            return Ok(());
        }
        let fits = *receiving.behind.get_or_insert(behind) == behind
            && match behind {
                BehindBlock::LineEnd => true,
                BehindBlock::RestOfLineEnd => false,
                BehindBlock::Nothing => is_header,
            };
        if fits { Ok(()) } else { Err(Broken::Inconsistent) }
    }

    /// The message ends: it stands whole in the memory, or its last piece went out (`None`).
    pub(crate) fn end(&mut self, client: u8) -> Result<Option<Whole>, Broken> {
        let mut receiving = *self.state.receiving().ok_or(Broken::Inconsistent)?;
        self.state = State::Idle;
        if receiving.client != client || receiving.topic.left() > 0 || receiving.payload.left() > 0 {
            return Err(Broken::Inconsistent);
        }
        let Receiving { topic, payload, .. } = receiving;
        receiving.block = None;
        let size = |progress: Progress| usize::try_from(progress.total).unwrap_or(usize::MAX);
        Ok((!receiving.pieces).then(|| Whole {
            client,
            topic: size(topic),
            payload: size(payload),
        }))
    }

    /// Drops the message that is being received, and says whose it was.
    pub(crate) fn abandon(&mut self) -> Option<u8> {
        let client = self.state.receiving()?.client;
        self.state = State::GivenUp;
        Some(client)
    }

    /// The same because of a chunk that fits in nowhere: says whose message is lost. `None` if that was said before.
    pub(crate) fn give_up(&mut self, client: u8, part: Part) -> Option<u8> {
        let told = matches!(self.state, State::GivenUp) && part == Part::Payload;
        let known = self.abandon();
        self.state = State::GivenUp;
        known.or((!told).then_some(client))
    }

    /// Whether the end that has come is that of a message which was given up.
    pub(crate) const fn ends_given_up(&mut self) -> bool {
        let given_up = matches!(self.state, State::GivenUp);
        if given_up {
            self.state = State::Idle;
        }
        given_up
    }

    /// Topic and payload of a message that has just ended.
    pub(crate) fn message(&self, whole: Whole) -> (&[u8], &[u8]) {
        let memory = self.memory.as_ref();
        let end = whole.topic.saturating_add(whole.payload);
        (
            memory.get(..whole.topic).unwrap_or_default(),
            memory.get(whole.topic..end).unwrap_or_default(),
        )
    }
}

impl State {
    const fn receiving(&mut self) -> Option<&mut Receiving> {
        match self {
            Self::Receiving(receiving) => Some(receiving),
            Self::Idle | Self::GivenUp => None,
        }
    }
}

impl Receiving {
    const fn part(&mut self, part: Part) -> &mut Progress {
        match part {
            Part::Topic => &mut self.topic,
            Part::Payload => &mut self.payload,
        }
    }
}

impl Progress {
    const fn left(&self) -> u32 {
        self.total.saturating_sub(self.got)
    }
}

impl<M> Debug for Inbox<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inbox").field(&self.state).finish()
    }
}

impl Display for Broken {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "another message began before it had ended",
            Self::Inconsistent => "its lengths contradict each other",
            Self::Unfinished => "its rest did not come",
            Self::Reset => "the modem or the line was reset",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_in_chunks_is_put_together() {
        let mut inbox = Inbox::new([0; 16]);
        assert!(!inbox.start(0, 5, 6));
        assert!(inbox.is_receiving());
        assert_eq!(inbox.chunk(0, Part::Topic, 2), Ok(()));
        assert_eq!(inbox.block(b"ab"), Taken::Kept);
        assert_eq!(inbox.chunk(0, Part::Topic, 3), Ok(()));
        inbox.block(b"cd");
        inbox.block(b"e");
        assert_eq!(inbox.chunk(0, Part::Payload, 6), Ok(()));
        inbox.block(b"\r\nOK\r\n");
        let whole = inbox.end(0).unwrap().unwrap();
        assert_eq!(inbox.message(whole), (&b"abcde"[..], &b"\r\nOK\r\n"[..]));
        assert!(!inbox.is_receiving());
    }

    #[test]
    fn a_message_without_payload_is_whole() {
        let mut inbox = Inbox::new([0; 4]);
        inbox.start(1, 1, 0);
        assert_eq!(inbox.chunk(1, Part::Topic, 1), Ok(()));
        inbox.block(b"t");
        assert_eq!(
            inbox.end(1),
            Ok(Some(Whole {
                client: 1,
                topic: 1,
                payload: 0
            }))
        );
    }

    #[test]
    fn one_as_large_as_the_memory_is_whole() {
        let mut inbox = Inbox::new([0; 4]);
        assert!(!inbox.start(0, 1, 3));
        assert_eq!(inbox.chunk(0, Part::Topic, 1), Ok(()));
        inbox.block(b"t");
        assert_eq!(inbox.chunk(0, Part::Payload, 3), Ok(()));
        inbox.block(b"abc");
        let whole = inbox.end(0).unwrap().unwrap();
        assert_eq!(inbox.message(whole), (&b"t"[..], &b"abc"[..]));
        assert!(inbox.start(0, 2, 3));
    }

    #[test]
    fn an_end_that_comes_early_or_is_anothers_is_found() {
        let mut inbox = Inbox::new([0; 4]);
        inbox.start(0, 1, 0);
        assert_eq!(inbox.end(0), Err(Broken::Inconsistent), "no topic came");
        inbox.start(0, 1, 1);
        assert_eq!(inbox.chunk(0, Part::Topic, 1), Ok(()));
        inbox.block(b"t");
        assert_eq!(inbox.end(0), Err(Broken::Inconsistent), "no payload came");
        inbox.start(0, 1, 0);
        assert_eq!(inbox.chunk(0, Part::Topic, 1), Ok(()));
        inbox.block(b"t");
        assert_eq!(inbox.end(1), Err(Broken::Inconsistent), "another client's");
    }

    #[test]
    fn one_larger_than_the_memory_goes_out_in_pieces() {
        let mut inbox = Inbox::new([0; 4]);
        assert!(inbox.start(0, 2, 3));
        assert_eq!(inbox.chunk(0, Part::Topic, 2), Ok(()));
        assert_eq!(
            inbox.block(b"t"),
            Taken::Piece {
                client: 0,
                part: Part::Topic,
                offset: 0
            }
        );
        assert_eq!(
            inbox.block(b"t"),
            Taken::Piece {
                client: 0,
                part: Part::Topic,
                offset: 1
            }
        );
        assert_eq!(inbox.chunk(0, Part::Payload, 3), Ok(()));
        assert_eq!(
            inbox.block(b"abc"),
            Taken::Piece {
                client: 0,
                part: Part::Payload,
                offset: 0
            }
        );
        assert_eq!(inbox.end(0), Ok(None));
    }

    #[test]
    fn lengths_that_contradict_each_other_are_found() {
        let broken = Err(Broken::Inconsistent);
        let mut inbox = Inbox::new([0; 8]);
        assert_eq!(inbox.chunk(0, Part::Topic, 1), broken);
        assert_eq!(inbox.end(0), Err(Broken::Inconsistent));
        inbox.start(0, 2, 3);
        assert_eq!(inbox.chunk(0, Part::Topic, 3), broken);
        assert_eq!(inbox.chunk(1, Part::Topic, 2), broken);
        assert_eq!(inbox.chunk(0, Part::Payload, 3), broken);
        assert_eq!(inbox.end(0), Err(Broken::Inconsistent));
        assert!(!inbox.is_receiving());
    }

    #[test]
    fn the_largest_announcements_do_not_overflow() {
        let mut inbox = Inbox::new([0; 8]);
        assert!(inbox.start(255, u32::MAX, u32::MAX));
        assert_eq!(inbox.chunk(255, Part::Topic, u32::MAX), Ok(()));
        assert_eq!(inbox.abandon(), Some(255));
    }
}

//! Any bytes and any splits into the framer.

use at_proto::{Awaiting, Fields, Frame, Framer, Line, Step};

/// The first byte says how long a line may be, the second whether a command waits for a prompt and what may come back
/// after it, the third how the rest is split. The rest is what the modem sends.
pub fn frame(input: &[u8]) {
    let [max_line, data, seed, stream @ ..] = input else {
        return;
    };
    let hear = |reads: &mut dyn Iterator<Item = usize>| {
        Caller::new(usize::from(*max_line), usize::from(*data)).hear(stream, reads)
    };
    let whole = hear(&mut [stream.len()].into_iter());
    assert_eq!(whole, hear(&mut std::iter::repeat(1)), "byte by byte");
    let mut seed = u32::from(*seed);
    let lengths = std::iter::from_fn(move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some(1 + (seed >> 16) as usize % 7)
    });
    assert_eq!(whole, hear(&mut lengths.into_iter()), "split");
}

/// A frame, and where in the stream its bytes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Placed {
    kind: Kind,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Line,
    Prompt,
    Block,
    Echo,
    Overlong,
}

/// Bytes behind a prompt of which it is not known yet whether they are an echo.
const UNDECIDED: usize = 8;

/// Uses the framer as a client does.
struct Caller {
    framer: Framer,
    max_line: usize,
    /// A command waits for a prompt and has so many bytes of data.
    data: Option<usize>,
    /// The bytes of the stream that were consumed.
    consumed: usize,
    frames: Vec<Placed>,
}

impl Caller {
    fn new(max_line: usize, data: usize) -> Self {
        Self {
            framer: Framer::new(max_line),
            max_line,
            data: (data > 0).then_some(data),
            consumed: 0,
            frames: Vec::new(),
        }
    }

    /// Reads the stream in pieces of these lengths.
    fn hear(mut self, stream: &[u8], lengths: &mut dyn Iterator<Item = usize>) -> Vec<Placed> {
        let mut received = 0;
        let mut steps = 0;
        while received < stream.len() {
            received = (received + lengths.next().unwrap_or(1)).min(stream.len());
            // A step a frame, of which each has a byte at least, and one that asks for more.
            while self.step(&stream[..received]) {
                steps += 1;
            }
            steps += 1;
            assert!(steps <= 2 * received, "more steps than bytes allow");
            assert!(
                received - self.consumed <= self.max_line.max(UNDECIDED),
                "holds more than a line"
            );
        }
        self.frames
    }

    /// Takes a frame. `false` when more bytes are needed.
    fn step(&mut self, received: &[u8]) -> bool {
        let awaiting = match self.data {
            Some(_) => Awaiting::Prompt,
            None => Awaiting::Line,
        };
        let (frame, consumed) = match self.framer.step(&received[self.consumed..], awaiting) {
            Step::Incomplete { consumed } => {
                self.consumed += consumed;
                return false;
            }
            Step::Complete { value, consumed } => (value, consumed),
        };
        assert!(consumed > 0, "a frame of no bytes");
        self.consumed += consumed;
        match frame {
            Frame::Line(line) => {
                assert!(!line.is_empty() && line.len() <= self.max_line);
                assert!(!line.contains(&b'\r') && !line.contains(&b'\n'));
                if let Some(len) = announced(line) {
                    self.framer.expect_block(len);
                }
                self.place(Kind::Line, received, line);
            }
            Frame::Prompt => {
                let len = self.data.take().expect("no prompt while none is awaited");
                self.framer.expect_echo(b"a/b", len, len.is_multiple_of(2));
                let prompt = &received[self.consumed - 1..self.consumed];
                assert_eq!(prompt, b">");
                self.place(Kind::Prompt, received, prompt);
            }
            Frame::Block { data, remaining } => {
                assert_eq!(self.framer.in_block(), remaining > 0);
                self.place(Kind::Block, received, data);
            }
            Frame::Echo { data, .. } => self.place(Kind::Echo, received, data),
            Frame::Overlong { dropped } => {
                assert!(dropped > self.max_line);
                let line_end = received[..self.consumed]
                    .iter()
                    .rev()
                    .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                    .count();
                let end = self.consumed - line_end;
                let start = end.saturating_sub(dropped);
                let line = &received[start..end];
                self.place(Kind::Overlong, received, line);
            }
        }
        true
    }

    /// Remembers a frame. Its bytes stand behind those of the frame before it.
    fn place(&mut self, kind: Kind, received: &[u8], bytes: &[u8]) {
        let start = bytes.as_ptr().addr() - received.as_ptr().addr();
        let end = start + bytes.len();
        assert!(end <= self.consumed);
        match self.frames.last_mut() {
            // Where a block is cut into pieces depends on the reads.
            Some(last)
                if last.kind == kind && last.end == start && matches!(kind, Kind::Block | Kind::Echo) =>
            {
                last.end = end;
            }
            last => {
                let before = last.map_or(0, |last| last.end);
                let between = received.get(before..start).expect("a byte in two frames");
                assert!(
                    between.iter().all(|byte| matches!(byte, b'\r' | b'\n' | b' ')),
                    "a byte in no frame"
                );
                self.frames.push(Placed { kind, start, end });
            }
        }
    }
}

/// The length of the block that a line announces.
fn announced(line: &[u8]) -> Option<usize> {
    let Line::Named { name, rest } = Line::classify(line) else {
        return None;
    };
    if !matches!(name, b"+CMQTTRXTOPIC" | b"+CMQTTRXPAYLOAD") {
        return None;
    }
    let mut fields = Fields::new(rest);
    let _client: u8 = fields.number("<client_index>").ok()?;
    let len: u32 = fields.number("<len>").ok()?;
    usize::try_from(len).ok()
}

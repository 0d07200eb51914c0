//! Cuts the modem's bytes into frames. The only place that counts bytes: a counted block ends where its announced
//! length ends, whatever stands in it, and no byte of it can be taken for a line or a prompt.

use core::fmt::{self, Debug, Formatter};

use crate::escape::Escaped;

/// Cuts a stream of bytes into lines, prompts and counted blocks, holding none of them itself.
///
/// The caller keeps the bytes that are not consumed and passes them again with more behind them. The frames do not
/// depend on how the stream was split. A line that arrives byte by byte is looked at once.
#[derive(Clone, Debug)]
pub struct Framer {
    mode: Mode,
    /// The longest line that is handed out.
    max_line: usize,
    /// The last line ended with a CR whose LF has not come yet: that LF belongs to the line, not to a block.
    after_cr: bool,
    /// A prompt was the last frame: one blank directly after it belongs to it.
    after_prompt: bool,
}

/// What one [`Framer::step`] made of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the bytes that a step consumed must be taken from the front of the input"]
pub enum Step<T> {
    /// A frame. Call again after taking `consumed` bytes from the front.
    Complete {
        /// The frame.
        value: T,
        /// Bytes to take from the front.
        consumed: usize,
    },
    /// No frame yet. Take `consumed` bytes (line ends between frames) from the front, then wait for more.
    Incomplete {
        /// Bytes to take from the front.
        consumed: usize,
    },
}

/// What the modem sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A line without its line end. Never empty: empty lines mean nothing and are dropped.
    Line(&'a [u8]),
    /// The modem waits for the data of a command.
    Prompt,
    /// A piece of a block that [`Framer::expect_block`] announced.
    Block {
        /// The bytes, at least one.
        data: &'a [u8],
        /// Bytes of the block that follow in later pieces; 0 in the last one.
        remaining: usize,
    },
    /// A piece of the data that the modem repeats, see [`Framer::expect_echo`].
    Echo {
        /// The bytes, at least one.
        data: &'a [u8],
        /// Bytes of the echo that follow in later pieces; 0 in the last one.
        remaining: usize,
    },
    /// A line longer than the bound was skipped, up to and with its line end.
    Overlong {
        /// The bytes it had.
        dropped: usize,
    },
}

/// What the pending command waits for: the one thing, beside announced lengths, that decides how bytes are cut. It
/// counts at the start of a line only; a line that has begun stays a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaiting {
    /// Lines. A `>` is text.
    Line,
    /// A prompt, or lines before it.
    Prompt,
}

impl Framer {
    /// A framer that hands out lines of up to `max_line` bytes and skips longer ones. To see such a line whole the
    /// caller needs room for one byte more.
    pub const fn new(max_line: usize) -> Self {
        Self {
            mode: Mode::Line { scanned: 0 },
            max_line,
            after_cr: false,
            after_prompt: false,
        }
    }

    /// Makes the next `len` bytes a block, after the line feed that may still belong to the line before it.
    pub const fn expect_block(&mut self, len: usize) {
        if len > 0 {
            self.mode = Mode::Block {
                remaining: len,
                echo: false,
            };
        }
    }

    /// After a prompt: the modem may repeat the `len` bytes that are sent now, the first of which is `first`. Whether
    /// it does shows in the very next byte (behind the blank that may belong to the prompt), and in no later one: an
    /// answer begins with a line end. Where it is known to, `certain` skips line ends before the echo.
    ///
    /// Data that begin with a line end cannot be told from an answer: expect their echo only when `certain`.
    pub const fn expect_echo(&mut self, first: u8, len: usize, certain: bool) {
        if len > 0 && (certain || !is_line_end(first)) {
            let skip = certain && !is_line_end(first);
            self.mode = Mode::MaybeEcho { first, len, skip };
        }
    }

    /// Whether a block was announced and has not ended.
    pub const fn in_block(&self) -> bool {
        matches!(self.mode, Mode::Block { .. })
    }

    /// Gives up what was begun (a block whose rest never came, a line cut by a reset) and starts at a line's start.
    /// What the caller still holds is looked at again, as lines.
    pub const fn reset(&mut self) {
        *self = Self::new(self.max_line);
    }

    /// Cuts one frame from the front of `input`, which holds all bytes not consumed so far.
    #[inline]
    pub fn step<'a>(&mut self, input: &'a [u8], awaiting: Awaiting) -> Step<Frame<'a>> {
        if let Mode::Line { scanned } = self.mode
            && scanned > 0
            && input.len() == scanned + 1
            && scanned < self.max_line
            && let Some(&byte) = input.last()
            && !is_line_end(byte)
        {
            // A line grows by one byte: the commonest step of all where bytes arrive one by one.
            self.mode = Mode::Line { scanned: input.len() };
            return Step::Incomplete { consumed: 0 };
        }
        match self.mode {
            Mode::Line { scanned: 0 } => self.start(input, awaiting),
            Mode::Line { scanned } => self.line(input, 0, scanned),
            Mode::Block { remaining, echo } => self.block(input, remaining, echo),
            Mode::Skip { dropped } => self.skip(input, dropped),
            Mode::MaybeEcho { first, len, skip } => self.maybe_echo(input, first, len, skip, awaiting),
        }
    }

    /// At a line's start: nothing of the next frame was seen yet.
    fn start<'a>(&mut self, input: &'a [u8], awaiting: Awaiting) -> Step<Frame<'a>> {
        let mut blank = self.after_prompt;
        let Some((skipped, &first)) = input.iter().enumerate().find(|&(_, &byte)| {
            let swallow = is_line_end(byte) || (blank && byte == b' ');
            blank = false;
            !swallow
        }) else {
            self.after_prompt &= input.is_empty();
            self.after_cr &= input.is_empty();
            return Step::Incomplete {
                consumed: input.len(),
            };
        };
        self.after_prompt = false;
        self.after_cr = false;
        if awaiting == Awaiting::Prompt && first == b'>' {
            self.after_prompt = true;
            return Step::Complete {
                value: Frame::Prompt,
                consumed: skipped + 1,
            };
        }
        self.line(input, skipped, 0)
    }

    /// Behind a prompt whose data may be repeated: the next byte decides.
    fn maybe_echo<'a>(
        &mut self,
        input: &'a [u8],
        first: u8,
        len: usize,
        skip: bool,
        awaiting: Awaiting,
    ) -> Step<Frame<'a>> {
        let skipped = match input.first() {
            Some(b' ') if self.after_prompt && first != b' ' => 1,
            _ if skip => input.iter().take_while(|&&byte| is_line_end(byte)).count(),
            _ => 0,
        };
        self.after_prompt &= input.is_empty();
        let rest = input.get(skipped..).unwrap_or_default();
        match rest.first() {
            None => Step::Incomplete { consumed: skipped },
            Some(&byte) if byte == first => self.piece(rest, len, true).shifted(skipped),
            Some(_) => {
                self.mode = Mode::Line { scanned: 0 };
                self.start(rest, awaiting).shifted(skipped)
            }
        }
    }

    /// In a line that begins at `start` and has no line end in its first `scanned` bytes.
    #[inline]
    fn line<'a>(&mut self, input: &'a [u8], start: usize, scanned: usize) -> Step<Frame<'a>> {
        let line = input.get(start..).unwrap_or_default();
        let fresh = line.get(scanned..).unwrap_or_default();
        let Some(offset) = memchr::memchr2(b'\r', b'\n', fresh) else {
            let len = line.len();
            self.mode = Mode::Line { scanned: len };
            if len <= self.max_line {
                return Step::Incomplete { consumed: start };
            }
            self.mode = Mode::Skip { dropped: len };
            return Step::Incomplete {
                consumed: input.len(),
            };
        };
        let len = scanned + offset;
        self.mode = Mode::Line { scanned: 0 };
        let consumed = start + len + self.line_end(line.get(len..).unwrap_or_default());
        let value = match line.get(..len) {
            Some(line) if len <= self.max_line => Frame::Line(line),
            _ => Frame::Overlong { dropped: len },
        };
        Step::Complete { value, consumed }
    }

    /// In a line that is too long: looks for its end, keeps nothing.
    fn skip<'a>(&mut self, input: &'a [u8], dropped: usize) -> Step<Frame<'a>> {
        let Some(offset) = memchr::memchr2(b'\r', b'\n', input) else {
            self.mode = Mode::Skip {
                dropped: dropped.saturating_add(input.len()),
            };
            return Step::Incomplete {
                consumed: input.len(),
            };
        };
        self.mode = Mode::Line { scanned: 0 };
        let consumed = offset + self.line_end(input.get(offset..).unwrap_or_default());
        Step::Complete {
            value: Frame::Overlong {
                dropped: dropped.saturating_add(offset),
            },
            consumed,
        }
    }

    /// In a block of which `remaining` bytes are still to come.
    fn block<'a>(&mut self, input: &'a [u8], remaining: usize, echo: bool) -> Step<Frame<'a>> {
        if input.is_empty() {
            return Step::Incomplete { consumed: 0 };
        }
        let skipped = usize::from(self.after_cr && input.first() == Some(&b'\n'));
        self.after_cr = false;
        let rest = input.get(skipped..).unwrap_or_default();
        if rest.is_empty() {
            return Step::Incomplete { consumed: skipped };
        }
        self.piece(rest, remaining, echo).shifted(skipped)
    }

    /// Hands out as much of the block as there is. `input` is not empty and `remaining` is not 0.
    fn piece<'a>(&mut self, input: &'a [u8], remaining: usize, echo: bool) -> Step<Frame<'a>> {
        let data = input.get(..remaining).unwrap_or(input);
        let remaining = remaining.saturating_sub(data.len());
        self.mode = match remaining {
            0 => Mode::Line { scanned: 0 },
            _ => Mode::Block { remaining, echo },
        };
        let value = if echo {
            Frame::Echo { data, remaining }
        } else {
            Frame::Block { data, remaining }
        };
        Step::Complete {
            value,
            consumed: data.len(),
        }
    }

    /// The length of the line end at the front of `input`. An LF that has not come yet is remembered.
    #[inline]
    const fn line_end(&mut self, input: &[u8]) -> usize {
        match input {
            [b'\r', b'\n', ..] => 2,
            [b'\r'] => {
                self.after_cr = true;
                1
            }
            _ => 1,
        }
    }
}

impl<T> Step<T> {
    /// The same step with `skipped` more bytes consumed in front of it.
    fn shifted(self, skipped: usize) -> Self {
        match self {
            Self::Complete { value, consumed } => Self::Complete {
                value,
                consumed: consumed + skipped,
            },
            Self::Incomplete { consumed } => Self::Incomplete {
                consumed: consumed + skipped,
            },
        }
    }
}

impl Debug for Frame<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => f.debug_tuple("Line").field(&Escaped(line)).finish(),
            Self::Prompt => f.write_str("Prompt"),
            Self::Block { data, remaining } => f
                .debug_struct("Block")
                .field("data", &Escaped(data))
                .field("remaining", remaining)
                .finish(),
            Self::Echo { data, remaining } => f
                .debug_struct("Echo")
                .field("data", &Escaped(data))
                .field("remaining", remaining)
                .finish(),
            Self::Overlong { dropped } => f.debug_struct("Overlong").field("dropped", dropped).finish(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// The first `scanned` bytes of the input belong to a line and hold no line end.
    Line { scanned: usize },
    /// In a line that was too long, of which `dropped` bytes were dropped.
    Skip { dropped: usize },
    /// In a block, or with `echo` in the echo of data.
    Block { remaining: usize, echo: bool },
    /// Data are on their way to the modem: a byte `first` begins their echo, any other byte says that there is none.
    /// With `skip` line ends may come before it.
    MaybeEcho { first: u8, len: usize, skip: bool },
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

//! Cuts the modem's bytes into frames. The only place that counts bytes: a counted block ends where its announced
//! length ends, whatever stands in it, and no byte of it can be taken for a line or a prompt.

use core::fmt::{self, Debug, Formatter};

use crate::escape::Escaped;
use crate::redact::Redacted;

mod beginning;
use beginning::Beginning;

mod behind;
use behind::Behind;
pub use behind::BehindBlock;

/// Cuts a stream of bytes into lines, prompts and counted blocks, holding none of them itself.
///
/// The caller keeps the bytes that are not consumed and passes them again with more behind them. The frames do not
/// depend on how the stream was split.
///
/// Work is bounded, whatever the bytes are: a byte of a line is looked at twice at most, also when the line arrives byte
/// by byte, a byte of a block not at all; only the first eleven behind a prompt are looked at up to eleven times. A
/// stream of n bytes takes at most 2n steps. Nothing recurses.
#[derive(Clone, Debug)]
pub struct Framer {
    mode: Mode,
    /// The longest line that is handed out.
    max_line: usize,
    /// The last line ended with a CR whose LF has not come yet: that LF belongs to the line, not to a block.
    after_cr: bool,
    /// A prompt was the last frame: one blank directly after it belongs to it.
    after_prompt: bool,
    /// What is known of the bytes behind a block.
    behind: Behind,
    /// The last line ended with a CR.
    ends_with_cr: bool,
    /// At the next line's start: what may stand there in the place of a line.
    echo: Option<Echo>,
}

/// What one [`Framer::step`] made of the input. The set is closed.
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

/// What the modem sent. The set is closed: each frame needs something else of its reader.
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
/// counts at the start of a line only; a line that has begun stays a line. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaiting {
    /// Lines. A `>` is text.
    Line,
    /// A prompt, or lines before it.
    Prompt,
}

impl Framer {
    /// A framer that hands out lines of up to `max_line` bytes and skips longer ones. To see such a line whole the
    /// caller needs room for one byte more, and for eleven where it expects echoes of data.
    pub const fn new(max_line: usize) -> Self {
        Self {
            mode: Mode::Line { scanned: 0 },
            max_line,
            after_cr: false,
            after_prompt: false,
            behind: Behind::None,
            ends_with_cr: false,
            echo: None,
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

    /// After a prompt: the modem may repeat the `len` bytes that are sent now, which begin with `beginning`: all of
    /// them, or as many as the caller has. Of these up to eight have to come, in the next bytes (behind the blank that
    /// may belong to the prompt, and behind its line end if the data begin as no line of a modem's does: not with a capital
    /// letter, `+` or `*`), before anything counts as an echo; other bytes are lines, and then there is no echo.
    ///
    /// Where the modem is known to repeat data, `certain` skips what may come before the echo: line ends, and lines that
    /// begin with `+` or `*`, as URCs do. An `OK` says that there is no echo; after a refusal that begins so,
    /// [`Framer::end_echo`] does.
    ///
    /// Data that begin with a line end cannot be told from an answer, nor those that begin with a blank from the prompt's
    /// own: their echo is expected only when `certain`. A line that has begun by now stays a line, and then there is no
    /// echo.
    pub fn expect_echo(&mut self, beginning: &[u8], len: usize, certain: bool) {
        let Some(&first) = beginning.first() else { return };
        let at_start = matches!(self.mode, Mode::Line { scanned: 0 });
        if len > 0 && at_start && (certain || tells_an_echo(first)) {
            self.echo = Some(Echo {
                beginning: Beginning::new(beginning.get(..len).unwrap_or(beginning)),
                len,
                line_ends: !is_line_end(first) && (certain || !begins_a_line(first)),
                lines: certain && !is_line_end(first),
            });
        }
    }

    /// The command is over, and so is the echo of its data: what did not come of it never will. What follows is cut
    /// into lines. A block goes on, for it is not the command's.
    pub const fn end_echo(&mut self) {
        self.echo = None;
        if let Mode::Block { echo: true, .. } = self.mode {
            self.mode = Mode::Line { scanned: 0 };
        }
    }

    /// Whether a block was announced and has not ended. An echo of data is none.
    pub const fn in_block(&self) -> bool {
        matches!(self.mode, Mode::Block { echo: false, .. })
    }

    /// What stood between the last line and a block before it. `None` if it followed no block.
    pub const fn behind_block(&self) -> Option<BehindBlock> {
        match self.behind {
            Behind::Line(behind) => Some(behind),
            _ => None,
        }
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
        if let Some(&first) = input.first() {
            self.behind = self.behind.come(first, self.ends_with_cr);
        }
        match self.mode {
            Mode::Line { scanned: 0 } => match self.echo {
                None => self.start(input, awaiting),
                Some(echo) => self.maybe_echo(input, echo, awaiting),
            },
            Mode::Line { scanned } => self.line(input, 0, scanned),
            Mode::Block { remaining, echo } => self.block(input, remaining, echo),
            Mode::Skip { dropped } => self.skip(input, dropped),
        }
    }

    /// At a line's start: nothing of the next frame was seen yet.
    #[inline]
    fn start<'a>(&mut self, input: &'a [u8], awaiting: Awaiting) -> Step<Frame<'a>> {
        let blank = usize::from(self.after_prompt && input.first() == Some(&b' '));
        let mut skipped = blank;
        let first = loop {
            match input.get(skipped) {
                Some(&byte) if is_line_end(byte) => skipped += 1,
                Some(&byte) => break byte,
                None => {
                    self.after_prompt &= input.is_empty();
                    self.after_cr &= input.is_empty();
                    return Step::Incomplete { consumed: skipped };
                }
            }
        };
        self.behind = self.behind.begin_line();
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

    /// Behind a prompt whose data may be repeated: the next bytes decide.
    fn maybe_echo<'a>(&mut self, input: &'a [u8], echo: Echo, awaiting: Awaiting) -> Step<Frame<'a>> {
        let Echo {
            beginning,
            len,
            line_ends,
            lines,
        } = echo;
        // What still belongs to the prompt, or to a line before it.
        let before = match input.first() {
            Some(b' ') if self.after_prompt && !beginning.begins_with(b' ') => 1,
            Some(b'\n') if self.after_cr => 1,
            _ => 0,
        };
        let rest = input.get(before..).unwrap_or_default();
        let skippable = |&&byte: &&u8| line_ends && is_line_end(byte);
        let skippable = rest.iter().take_while(skippable).count();
        let mut rest = rest.get(skippable..).unwrap_or_default();
        let mut skipped = before + skippable;
        let mut found = beginning.found_in(rest);
        if self.after_prompt && beginning.begins_with_line_end() {
            // The prompt may end its line first.
            if found == Some(false) {
                let line_end = leading_line_end(rest);
                let behind = rest.get(line_end..).unwrap_or_default();
                let found_behind = beginning.found_in(behind);
                if found_behind != Some(false) {
                    (rest, found) = (behind, found_behind);
                    skipped += line_end;
                }
            }
            if found.is_none() {
                return Step::Incomplete { consumed: 0 };
            }
        }
        self.after_prompt &= skipped == 0;
        self.after_cr &= skipped == 0;
        match found {
            Some(true) => {
                self.after_prompt = false;
                self.after_cr = false;
                self.echo = None;
                self.piece(rest, len, true).shifted(skipped)
            }
            Some(false) => {
                if !(lines && matches!(rest, [b'+' | b'*', ..])) {
                    self.echo = None;
                }
                self.start(rest, awaiting).shifted(skipped)
            }
            None => Step::Incomplete { consumed: skipped },
        }
    }

    /// In a line that begins at `start` and has no line end in its first `scanned` bytes.
    #[inline]
    fn line<'a>(&mut self, input: &'a [u8], start: usize, scanned: usize) -> Step<Frame<'a>> {
        let line = input.get(start..).unwrap_or_default();
        let fresh = line.get(scanned..).unwrap_or_default();
        let Some(offset) = find_line_end(fresh) else {
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
        let Some(offset) = find_line_end(input) else {
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
        self.behind = match (remaining, echo) {
            (0, false) => Behind::Block,
            _ => Behind::None,
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
        self.ends_with_cr = matches!(input, [b'\r', ..]);
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
            // It may carry a password.
            Self::Line(line) => f.debug_tuple("Line").field(&Redacted(line)).finish(),
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
}

/// Data are on their way to the modem, which may repeat them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Echo {
    beginning: Beginning,
    /// The bytes of all the data.
    len: usize,
    /// Line ends may come before it.
    line_ends: bool,
    /// URCs may.
    lines: bool,
}

/// A search of its own for the single byte, where the general one costs more than it finds.
#[inline]
fn find_line_end(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [byte] => is_line_end(byte).then_some(0),
        _ => memchr::memchr2(b'\r', b'\n', bytes),
    }
}

/// Whether data that begin with this byte tell by it whether the modem repeats them: neither an answer nor what may
/// belong to a prompt begins so.
pub const fn tells_an_echo(first: u8) -> bool {
    !is_line_end(first) && first != b' '
}

/// Whether a line that a modem sends while it takes data may begin with this byte.
const fn begins_a_line(byte: u8) -> bool {
    byte.is_ascii_uppercase() || matches!(byte, b'+' | b'*')
}

/// The bytes of the line end that comes first, if one does.
const fn leading_line_end(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes every frame out of `input`, given at once. Behind `+CMQTTRXTOPIC: 0,<n>` and `+CMQTTRXPAYLOAD: 0,<n>`
    /// stands a block.
    #[track_caller]
    fn check(awaiting: Awaiting, input: &[u8], expected: &[Frame<'_>]) {
        let mut framer = Framer::new(80);
        check_framer(&mut framer, awaiting, input, expected);
    }

    #[track_caller]
    fn check_framer(framer: &mut Framer, awaiting: Awaiting, mut input: &[u8], expected: &[Frame<'_>]) {
        let mut frames = Vec::new();
        loop {
            match framer.step(input, awaiting) {
                Step::Complete { value, consumed } => {
                    if let Frame::Line(line) = value
                        && let Some(len) = announced(line)
                    {
                        framer.expect_block(len);
                    }
                    frames.push(value);
                    input = &input[consumed..];
                }
                Step::Incomplete { consumed } => {
                    assert_eq!(Escaped(&input[consumed..]), Escaped(b""), "left over");
                    assert_eq!(frames, expected);
                    return;
                }
            }
        }
    }

    fn announced(line: &[u8]) -> Option<usize> {
        let rest = line
            .strip_prefix(b"+CMQTTRXTOPIC: 0,")
            .or(line.strip_prefix(b"+CMQTTRXPAYLOAD: 0,"))?;
        str::from_utf8(rest).ok()?.parse().ok()
    }

    const fn line(line: &str) -> Frame<'_> {
        Frame::Line(line.as_bytes())
    }

    const fn block(data: &[u8]) -> Frame<'_> {
        Frame::Block { data, remaining: 0 }
    }

    /// What one driver for the SIM7600CE compared its modem's answers with, byte for byte.
    #[test]
    fn the_sim7600ces_answers() {
        use Awaiting::{Line, Prompt};
        check(Line, b"\r\nRDY\r\n", &[line("RDY")]);
        check(Line, b"\r\n+CPIN: READY\r\n", &[line("+CPIN: READY")]);
        check(Line, b"\r\nSMS DONE\r\n", &[line("SMS DONE")]);
        check(Line, b"\r\nPB DONE\r\n", &[line("PB DONE")]);
        check(Line, b"ATE0\r\r\nOK\r\n", &[line("ATE0"), line("OK")]);
        check(
            Line,
            b"\r\n+ICCID: 89860000000000000000\r\n\r\nOK\r\n",
            &[line("+ICCID: 89860000000000000000"), line("OK")],
        );
        check(
            Line,
            b"\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n",
            &[line("OK"), line("+CMQTTSTART: 0")],
        );
        check(Prompt, b"\r\n>", &[Frame::Prompt]);
        check(Line, b"\r\nOK\r\n", &[line("OK")]);
        for result in ["+CMQTTCONNECT: 0,0", "+CMQTTSUB: 0,0", "+CMQTTPUB: 0,0"] {
            let input = format!("\r\nOK\r\n\r\n{result}\r\n");
            check(Line, input.as_bytes(), &[line("OK"), line(result)]);
        }
    }

    /// A step with an input that is no frame yet.
    #[track_caller]
    fn incomplete(framer: &mut Framer, input: &[u8], expected: usize) {
        assert_eq!(
            framer.step(input, Awaiting::Line),
            Step::Incomplete { consumed: expected }
        );
    }

    /// A line's LF comes late, or an empty input between: neither is a reason to take the block's first byte for it.
    #[test]
    fn a_line_end_that_was_taken_is_not_taken_from_the_block() {
        for (line, late) in [(&b"N\r"[..], &b"\n"[..]), (b"N\n", b""), (b"N\r\n", b"\r\n")] {
            let mut framer = Framer::new(80);
            let found = framer.step(line, Awaiting::Line);
            assert!(matches!(
                found,
                Step::Complete {
                    value: Frame::Line(b"N"),
                    ..
                }
            ));
            incomplete(&mut framer, late, late.len());
            framer.expect_block(2);
            check_framer(&mut framer, Awaiting::Line, b"\nb", &[block(b"\nb")]);
        }
    }

    /// Nobody has to hold more than one byte beyond the bound.
    #[test]
    fn a_line_that_grows_too_long_is_let_go_at_once() {
        let mut framer = Framer::new(4);
        for len in 1..=4 {
            incomplete(&mut framer, &b"abcde"[..len], 0);
        }
        incomplete(&mut framer, b"abcde", 5);
        let end = [Frame::Overlong { dropped: 6 }, line("OK")];
        check_framer(&mut framer, Awaiting::Line, b"f\r\nOK\r\n", &end);
    }

    #[test]
    fn line_ends_of_every_kind() {
        let lines = [line("A"), line("B")];
        check(Awaiting::Line, b"A\r\nB\r\n", &lines);
        check(Awaiting::Line, b"A\rB\r", &lines);
        check(Awaiting::Line, b"A\nB\n", &lines);
        check(Awaiting::Line, b"\r\n\r\n\n\rA\r\r\r\n\n\nB\r\n\r\n", &lines);
        check(Awaiting::Line, b"\r\nA\r\nB\r\n\r\n", &lines);
    }

    #[test]
    fn a_message_as_a7680c_sends_it() {
        check(
            Awaiting::Line,
            b"\r\n+CMQTTRXSTART: 0,3,4\r\n+CMQTTRXTOPIC: 0,3\r\na/b\r\n+CMQTTRXPAYLOAD: 0,4\r\n\r\nOK\r\n+CMQTTRXEND: 0\r\n",
            &[
                line("+CMQTTRXSTART: 0,3,4"),
                line("+CMQTTRXTOPIC: 0,3"),
                block(b"a/b"),
                line("+CMQTTRXPAYLOAD: 0,4"),
                block(b"\r\nOK"),
                line("+CMQTTRXEND: 0"),
            ],
        );
    }

    #[test]
    fn a_message_as_sim7672_sends_it() {
        check(
            Awaiting::Line,
            b"\r\n+CMQTTRXSTART: 0,3,2\r\n\r\n+CMQTTRXTOPIC: 0,3\r\na/b\r\n\r\n+CMQTTRXPAYLOAD: 0,2\r\n\x00>\r\n\r\n+CMQTTRXEND: 0\r\n",
            &[
                line("+CMQTTRXSTART: 0,3,2"),
                line("+CMQTTRXTOPIC: 0,3"),
                block(b"a/b"),
                line("+CMQTTRXPAYLOAD: 0,2"),
                block(b"\0>"),
                line("+CMQTTRXEND: 0"),
            ],
        );
    }

    #[test]
    fn a_message_in_chunks_and_one_without_payload() {
        check(
            Awaiting::Line,
            b"+CMQTTRXPAYLOAD: 0,2\r\nab\r\n+CMQTTRXPAYLOAD: 0,1\r\nc\r\n+CMQTTRXEND: 0\r\n",
            &[
                line("+CMQTTRXPAYLOAD: 0,2"),
                block(b"ab"),
                line("+CMQTTRXPAYLOAD: 0,1"),
                block(b"c"),
                line("+CMQTTRXEND: 0"),
            ],
        );
        check(
            Awaiting::Line,
            b"\r\n+CMQTTRXSTART: 0,1,0\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXEND: 0\r\n",
            &[
                line("+CMQTTRXSTART: 0,1,0"),
                line("+CMQTTRXTOPIC: 0,1"),
                block(b"t"),
                line("+CMQTTRXEND: 0"),
            ],
        );
        check(
            Awaiting::Line,
            b"+CMQTTRXPAYLOAD: 0,0\r\n+CMQTTRXEND: 0\r\n",
            &[line("+CMQTTRXPAYLOAD: 0,0"), line("+CMQTTRXEND: 0")],
        );
    }

    #[test]
    fn a_block_is_whatever_it_is() {
        for body in [
            &b"\r\nOK\r\n"[..],
            b"ERROR",
            b"\r\n>",
            b"\r\n+CMQTTCONNLOST: 0,1\r\n",
            b"\0",
            b"\n",
            b"\n\n\r",
            b"+CMQTTRXPAYLOAD: 0,4\r\n",
            b"\r\n+CMQTTRXEND: 0\r\n",
        ] {
            let header = format!("+CMQTTRXPAYLOAD: 0,{}", body.len());
            let input = [header.as_bytes(), b"\r\n", body, b"\r\n+CMQTTRXEND: 0\r\n"].concat();
            let frames = [line(&header), block(body), line("+CMQTTRXEND: 0")];
            check(Awaiting::Line, &input, &frames);
            check(Awaiting::Prompt, &input, &frames);
        }
    }

    /// The header's own LF comes with the next read; the block begins with another.
    #[test]
    fn a_block_after_a_header_whose_line_feed_is_late() {
        let mut framer = Framer::new(80);
        let header = line("+CMQTTRXPAYLOAD: 0,2");
        check_framer(&mut framer, Awaiting::Line, b"+CMQTTRXPAYLOAD: 0,2\r", &[header]);
        assert!(framer.in_block());
        check_framer(&mut framer, Awaiting::Line, b"", &[]);
        check_framer(&mut framer, Awaiting::Line, b"\n", &[]);
        let piece = Frame::Block {
            data: b"\n",
            remaining: 1,
        };
        check_framer(&mut framer, Awaiting::Line, b"\n", &[piece]);
        check_framer(
            &mut framer,
            Awaiting::Line,
            b"\nOK\r\n",
            &[block(b"\n"), line("OK")],
        );
        assert!(!framer.in_block());
    }

    #[test]
    fn a_prompt_with_a_blank_or_a_line_end_behind_it() {
        for prompt in [&b"\r\n>"[..], b"\r\n> ", b"\r\n>\r\n", b"\r\n> \r\n", b">"] {
            let input = [prompt, b"\r\nOK\r\n"].concat();
            check(Awaiting::Prompt, &input, &[Frame::Prompt, line("OK")]);
        }
        // One blank belongs to the prompt, a second begins a line.
        check(Awaiting::Prompt, b">  A\r\n", &[Frame::Prompt, line(" A")]);
    }

    #[test]
    fn a_prompt_stands_at_the_start_of_a_line() {
        check(Awaiting::Prompt, b"a>\r\n", &[line("a>")]);
        check(
            Awaiting::Prompt,
            b"\r\n+CGEV: NW\r\n\r\n>",
            &[line("+CGEV: NW"), Frame::Prompt],
        );
        check(Awaiting::Line, b"\r\n>\r\n", &[line(">")]);
    }

    #[test]
    fn a_line_begun_while_no_prompt_was_awaited_stays_a_line() {
        let mut framer = Framer::new(80);
        assert_eq!(
            framer.step(b">", Awaiting::Line),
            Step::Incomplete { consumed: 0 }
        );
        check_framer(&mut framer, Awaiting::Prompt, b"> text\r\n", &[line("> text")]);
    }

    const fn echo(data: &[u8]) -> Frame<'_> {
        Frame::Echo { data, remaining: 0 }
    }

    #[track_caller]
    fn check_echo(data: &[u8], certain: bool, before: &[u8], after: &[u8], expected: &[Frame<'_>]) {
        let mut framer = Framer::new(80);
        check_framer(&mut framer, Awaiting::Prompt, before, &[Frame::Prompt]);
        framer.expect_echo(data, data.len(), certain);
        check_framer(&mut framer, Awaiting::Line, after, expected);
    }

    #[test]
    fn data_may_come_back() {
        let answer = line("OK");
        check_echo(b"a/b", false, b"\r\n>", b"a/b\r\nOK\r\n", &[echo(b"a/b"), answer]);
        check_echo(
            b"a/b",
            false,
            b"\r\n>",
            b" a/b\r\nOK\r\n",
            &[echo(b"a/b"), answer],
        );
        check_echo(
            b"a\r\nOK\r\n",
            false,
            b">",
            b"a\r\nOK\r\n\r\nOK\r\n",
            &[echo(b"a\r\nOK\r\n"), answer],
        );
        check_echo(b" b", true, b">", b" b\r\nOK\r\n", &[echo(b" b"), answer]);
        // The modem may end the prompt's line first.
        for before in ["\r\n", "\n", " \r\n", ""] {
            for certain in [false, true] {
                let after = format!("{before}a/b\r\nOK\r\n");
                check_echo(b"a/b", certain, b">", after.as_bytes(), &[echo(b"a/b"), answer]);
            }
        }
        // Data that begin with a line end begin there, or behind that of the prompt.
        for data in [&b"\r\nOK"[..], b"\r\n\r\nRDY", b"\n\nx", b"\r\n"] {
            for before in [&b""[..], b"\r\n", b" ", b" \r\n"] {
                let after = [before, data, b"\r\nOK\r\n"].concat();
                check_echo(data, true, b">", &after, &[echo(data), answer]);
            }
        }
    }

    /// Nor does more than one line feed belong to the line before.
    #[test]
    fn a_line_feed_before_an_echo_may_come_late() {
        for (late, after, expected) in [
            (&b""[..], &b"\nA/b"[..], echo(b"A/b")),
            (b"\n", b"A/b", echo(b"A/b")),
            (b"\n", b"\nA/b\r\n", line("A/b")),
        ] {
            let mut framer = Framer::new(80);
            let found = framer.step(b"URC\r", Awaiting::Line);
            assert!(matches!(found, Step::Complete { consumed: 4, .. }));
            framer.expect_echo(b"A/b", 3, false);
            incomplete(&mut framer, late, late.len());
            check_framer(&mut framer, Awaiting::Line, after, &[expected]);
        }
    }

    #[test]
    fn data_may_not_come_back() {
        // Known for certain alone: data that begin as an answer does, or as what belongs to the prompt.
        check_echo(b" b", false, b">", b" \r\nOK\r\n", &[line("OK")]);
        check_echo(b" b", false, b">", b" b\r\nOK\r\n", &[line("b"), line("OK")]);
        check_echo(b"\r\nOK\r\n", false, b">", b"\r\nOK\r\n", &[line("OK")]);
        check_echo(b"a/b", false, b">", b"\r\nOK\r\n", &[line("OK")]);
        check_echo(b"a/b", true, b">", b"\r\nOK\r\n", &[line("OK")]);
        // Behind a line end stands an answer.
        for topic in [&b"O"[..], b"OK", b"ERROR", b"E", b"+"] {
            check_echo(topic, false, b">", b"\r\nOK\r\n", &[line("OK")]);
            check_echo(topic, false, b">", b"\r\nERROR\r\n", &[line("ERROR")]);
            check_echo(topic, false, b">", b"\r\n+CEREG: 2\r\n", &[line("+CEREG: 2")]);
        }
        check_echo(b"a/b", false, b">", b" \r\nOK\r\n", &[line("OK")]);
        check_echo(
            b"a/b",
            false,
            b">",
            b"+CGEV: X\r\na/b\r\n",
            &[line("+CGEV: X"), line("a/b")],
        );
    }

    #[test]
    fn a_line_that_begins_as_the_data_do_is_no_echo() {
        let lost = line("+CMQTTCONNLOST: 0,1");
        for certain in [false, true] {
            check_echo(
                b"+/a",
                certain,
                b"\r\n>",
                b"\r\n+CMQTTCONNLOST: 0,1\r\n+/a\r\nOK\r\n",
                &[lost, if certain { echo(b"+/a") } else { line("+/a") }, line("OK")],
            );
            check_echo(
                b"+/a",
                certain,
                b"\r\n>",
                b"+/a\r\nOK\r\n",
                &[echo(b"+/a"), line("OK")],
            );
        }
        check_echo(b"Every/one", true, b">", b"\r\nERROR\r\n", &[line("ERROR")]);
        // The blank is the prompt's own after all.
        check_echo(b" room", true, b">", b" \r\nOK\r\n", &[line("OK")]);
    }

    #[test]
    fn an_echo_that_is_sure_to_come_is_awaited_behind_urcs() {
        check_echo(
            b"\0\r\nOK\r\n",
            true,
            b">",
            b"\r\n+CGEV: X\r\n\r\n*MGURCRDY: 1\r\n\0\r\nOK\r\n\r\nOK\r\n",
            &[
                line("+CGEV: X"),
                line("*MGURCRDY: 1"),
                echo(b"\0\r\nOK\r\n"),
                line("OK"),
            ],
        );
        // A message too, whose body is a block all the same.
        check_echo(
            b"a/b",
            true,
            b">",
            b"\r\n+CMQTTRXPAYLOAD: 0,3\r\na/b\r\na/b\r\nOK\r\n",
            &[
                line("+CMQTTRXPAYLOAD: 0,3"),
                block(b"a/b"),
                echo(b"a/b"),
                line("OK"),
            ],
        );
        // After an answer there is none.
        check_echo(
            b"a/b",
            true,
            b">",
            b"\r\n+CGEV: X\r\n\r\nOK\r\na/b\r\n",
            &[line("+CGEV: X"), line("OK"), line("a/b")],
        );
    }

    /// Only what is known of the data can tell, and eight bytes of it do.
    #[test]
    fn an_echo_is_told_by_up_to_eight_bytes() {
        let mut framer = Framer::new(80);
        framer.expect_echo(b"+", 3, true);
        check_framer(&mut framer, Awaiting::Line, b"+CM", &[echo(b"+CM")]);
        framer.expect_echo(b"+CMQTTxyz", 9, true);
        assert_eq!(
            framer.step(b"\r\n+CMQTTx", Awaiting::Line),
            Step::Incomplete { consumed: 2 }
        );
        check_framer(&mut framer, Awaiting::Line, b"+CMQTTxy?", &[echo(b"+CMQTTxy?")]);
        // The data end before the caller's bytes do.
        framer.expect_echo(b"abc", 2, true);
        check_framer(&mut framer, Awaiting::Line, b"ab", &[echo(b"ab")]);
    }

    #[test]
    fn an_echo_of_data_is_no_block() {
        let mut framer = Framer::new(80);
        framer.expect_echo(b"a/b", 3, true);
        let begun = Frame::Echo {
            data: b"a/",
            remaining: 1,
        };
        assert_eq!(
            framer.step(b"a/", Awaiting::Line),
            Step::Incomplete { consumed: 0 }
        );
        assert!(!framer.in_block());
        framer.reset();
        framer.expect_echo(b"a", 3, true);
        check_framer(&mut framer, Awaiting::Line, b"a/", &[begun]);
        assert!(!framer.in_block());
    }

    #[test]
    fn a_line_begun_before_the_data_is_no_echo() {
        let mut framer = Framer::new(80);
        assert_eq!(
            framer.step(b"a", Awaiting::Line),
            Step::Incomplete { consumed: 0 }
        );
        framer.expect_echo(b"a/b", 3, false);
        check_framer(&mut framer, Awaiting::Line, b"a b c\r\n", &[line("a b c")]);
        // The line feed of the line before is not the byte that decides.
        check_framer(&mut framer, Awaiting::Line, b"URC\r", &[line("URC")]);
        framer.expect_echo(b"a/b", 3, false);
        check_framer(&mut framer, Awaiting::Line, b"\na/b\r\n", &[echo(b"a/b")]);
    }

    /// The line to the modem lost some of the data, or the line from it some of their echo.
    #[test]
    fn the_end_of_a_command_ends_the_echo_of_its_data() {
        let mut framer = Framer::new(80);
        framer.expect_echo(b"a/b", 9, false);
        framer.end_echo();
        check_framer(&mut framer, Awaiting::Line, b"a/b\r\n", &[line("a/b")]);
        framer.expect_echo(b"a/b", 9, true);
        let begun = Frame::Echo {
            data: b"a/b",
            remaining: 6,
        };
        check_framer(&mut framer, Awaiting::Line, b"a/b", &[begun]);
        framer.end_echo();
        check_framer(&mut framer, Awaiting::Line, b"\r\nOK\r\n", &[line("OK")]);
    }

    #[test]
    fn the_end_of_a_command_ends_neither_a_block_nor_a_line() {
        let mut framer = Framer::new(80);
        framer.expect_block(4);
        framer.end_echo();
        check_framer(&mut framer, Awaiting::Line, b"\r\nOK", &[block(b"\r\nOK")]);
        assert_eq!(
            framer.step(b"\r\n+CM", Awaiting::Line),
            Step::Incomplete { consumed: 2 }
        );
        framer.end_echo();
        check_framer(&mut framer, Awaiting::Line, b"+CMX: 1\r\n", &[line("+CMX: 1")]);
    }

    #[test]
    fn nothing_is_expected_of_no_data() {
        let mut framer = Framer::new(80);
        framer.expect_echo(b"a", 0, false);
        framer.expect_echo(b"", 1, true);
        framer.expect_block(0);
        check_framer(&mut framer, Awaiting::Line, b"a\r\n", &[line("a")]);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_the_next_is_whole() {
        let longest = "x".repeat(80);
        let input = format!("{longest}\r\n{longest}y\r\nOK\r\n");
        let overlong = Frame::Overlong { dropped: 81 };
        check(
            Awaiting::Line,
            input.as_bytes(),
            &[line(&longest), overlong, line("OK")],
        );
        // Also where nothing of it is kept, and where its line end comes in two reads.
        let mut framer = Framer::new(80);
        let dropped = Step::Incomplete { consumed: 100 };
        assert_eq!(framer.step(&[b'x'; 100], Awaiting::Line), dropped);
        assert_eq!(framer.step(&[b'x'; 100], Awaiting::Prompt), dropped);
        check_framer(
            &mut framer,
            Awaiting::Prompt,
            b">\r",
            &[Frame::Overlong { dropped: 201 }],
        );
        check_framer(&mut framer, Awaiting::Prompt, b"\n>", &[Frame::Prompt]);
    }

    #[test]
    fn a_reset_gives_up_what_was_begun() {
        let mut framer = Framer::new(80);
        framer.expect_block(1000);
        check_framer(
            &mut framer,
            Awaiting::Line,
            b"half",
            &[Frame::Block {
                data: b"half",
                remaining: 996,
            }],
        );
        framer.reset();
        check_framer(&mut framer, Awaiting::Line, b"\r\nRDY\r\n", &[line("RDY")]);
    }

    #[test]
    fn a_line_does_not_show_its_password() {
        insta::assert_debug_snapshot!(
            line(r#"+CMQTTCONNECT: 0,"tcp://h:1883",60,1,"user","hunter2""#),
            @r#"
        Line(
            "+CMQTTCONNECT: 0,\"tcp://h:1883\",60,1,\"user\",[redacted]",
        )
        "#
        );
    }

    #[test]
    fn frames_show_their_bytes() {
        insta::assert_debug_snapshot!(
            [line("A"), block(b"\r\n"), echo(b"\0"), Frame::Prompt],
            @r#"
        [
            Line(
                "A",
            ),
            Block {
                data: "\r\n",
                remaining: 0,
            },
            Echo {
                data: "\x00",
                remaining: 0,
            },
            Prompt,
        ]
        "#
        );
    }

    /// However the bytes come, one by one or all at once.
    #[test]
    fn what_stands_behind_a_block_is_told() {
        use BehindBlock::{LineEnd, Nothing, RestOfLineEnd};
        for (input, behind) in [
            ("head\r\nabXEND: 0\r\n", Nothing),
            ("head\r\nab\r\n+CMQTTRXEND: 0\r\n", LineEnd),
            ("head\nab\n\n+CMQTTRXEND: 0\r\n", LineEnd),
            ("head\r\nab\n+CMQTTRXEND: 0\r\n", RestOfLineEnd),
            ("head\nab\r+CMQTTRXEND: 0\r\n", LineEnd),
        ] {
            for size in [1, 2, 3, input.len()] {
                let mut framer = Framer::new(64);
                let (mut held, mut seen) = (Vec::new(), Vec::new());
                for bytes in input.as_bytes().chunks(size).chain([&b"\r\nnext\r\n"[..]]) {
                    held.extend_from_slice(bytes);
                    loop {
                        let (frame, consumed) = match framer.step(&held, Awaiting::Line) {
                            Step::Complete { value, consumed } => (Some(value), consumed),
                            Step::Incomplete { consumed } => (None, consumed),
                        };
                        match frame {
                            Some(Frame::Line(b"head")) => framer.expect_block(2),
                            Some(Frame::Line(_)) => seen.push(framer.behind_block()),
                            Some(_) => {}
                            None => {
                                held.drain(..consumed);
                                break;
                            }
                        }
                        held.drain(..consumed);
                    }
                }
                assert_eq!(seen, [Some(behind), None], "{input:?} in pieces of {size}");
            }
        }
    }
}

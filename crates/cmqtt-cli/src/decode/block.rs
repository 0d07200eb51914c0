//! Finds the bytes of a counted block in a log that may have changed them: loggers turn CR LF into LF, put stamps
//! into the middle, and people cut.

use super::frame::Side;
use super::origin::Origin;
use super::reader::{End, Line, first_line};
use super::written;

/// A block that the log should hold next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    /// The bytes announced, at least one.
    pub(crate) announced: usize,
    /// What the log holds from here on, as far as it was read.
    pub(crate) log: &'a [u8],
    /// Whether that is all.
    pub(crate) ended: bool,
    /// Who sends the block.
    pub(crate) side: Side,
    /// Whether the log has CR LF at its line ends, as the modem sends them.
    pub(crate) crlf: bool,
    /// Whether lines carry stamps.
    pub(crate) stamped: bool,
    /// Whether lines carry marks.
    pub(crate) marked: bool,
    /// Whether the block is a file.
    pub(crate) file: bool,
}

/// What of the log is the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The bytes that the log holds of it. Between lines that were taken apart, LF.
    pub(crate) data: Vec<u8>,
    /// The bytes of the log up to its end, without the line end behind it.
    pub(crate) consumed: usize,
    /// How well it fits.
    pub(crate) fit: Fit,
    /// The bytes of the log behind it that may be more of the block, in whole lines.
    pub(crate) doubtful: usize,
}

impl Found {
    fn new(data: &[u8], consumed: usize, fit: Fit) -> Self {
        Self {
            data: data.to_vec(),
            consumed,
            fit,
            doubtful: 0,
        }
    }

    /// What a trace writes for this many bytes, and nothing else is; consumes nothing.
    pub(crate) fn written(text: &[u8], announced: usize, file: bool) -> Option<Self> {
        if text.len() == announced {
            return None;
        }
        if let Some(len) = written::file_len(text).filter(|&len| file && len <= announced) {
            return Some(Self::new(text, 0, Fit::Untold(len)));
        }
        let data = written::unescape(text).filter(|data| data.len() == announced)?;
        Some(Self::new(&data, 0, Fit::Escaped))
    }

    /// Whether the same bytes, as many as announced, stand twice on one line: data and their echo.
    pub(crate) fn is_doubled(&self, announced: usize) -> bool {
        let halves = self.data.split_at_checked(announced);
        self.fit == Fit::Long && halves.is_some_and(|(data, echo)| data == echo)
    }
}

/// How well what was found fits what was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// To the byte.
    Exact,
    /// To the byte, on a line with escapes.
    Escaped,
    /// The log tells how many bytes of a file were sent, and not which.
    Untold(usize),
    /// If its line ends are not those that the log has.
    LineEnds,
    /// Fewer bytes, then something that can only come after it.
    Short,
    /// Fewer bytes, then the log ends.
    Cut,
    /// More bytes, then what has to come after it.
    Long,
    /// Bytes stand here that may be the block's or not.
    Doubtful,
}

/// What a line says about where a block ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// It is what has to come after the block.
    Next,
    /// It is from the modem or the host, but has no business here unless the block was cut.
    Other,
    /// It may be part of the block.
    Anything,
}

impl Block<'_> {
    /// Finds it. `behind` judges a line by its text. `None` when the log holds nothing of it.
    pub(crate) fn find(&self, behind: impl Fn(&[u8]) -> Behind) -> Option<Found> {
        self.verbatim(&behind)
            .or_else(|| self.written())
            .or_else(|| self.by_lines(&behind))
    }

    /// The announced bytes as they stand, where the log still has the line ends of the wire. Several lines are believed
    /// only when the right one follows.
    fn verbatim(&self, behind: &impl Fn(&[u8]) -> Behind) -> Option<Found> {
        let (data, rest) = self.log.split_at_checked(self.announced)?;
        let lines = data.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
        if self.stamped || self.marked || (lines && !self.crlf) {
            return None;
        }
        let right = self.is_right(self.announced, behind);
        let believed = match lines {
            true => {
                right
                    || (rest.is_empty()
                        && self.ended
                        && self.lines(data).all(|line| behind(line.text) == Behind::Anything))
            }
            false => self.is_plausible(data, self.announced, behind),
        };
        let apart = match rest {
            // Not between a CR and its LF.
            [b'\n', ..] => !data.ends_with(b"\r"),
            [] | [b'\r', ..] => true,
            _ => right && !data.ends_with(b"\n"),
        };
        (believed && apart).then(|| Found::new(data, self.announced, Fit::Exact))
    }

    /// On one line, as a trace writes data.
    fn written(&self) -> Option<Found> {
        let mut lines = self.lines(self.log).take(MAX_BLANKS);
        let line = lines.find(|line| !line.text.is_empty())?;
        let own = line.side.is_none_or(|side| side == self.side);
        let found = Found::written(line.text, self.announced, self.file).filter(|_| own)?;
        Some(Found {
            consumed: line.end,
            ..found
        })
    }

    /// Line by line: where the bytes of some lines and of the line ends between them can be as many as announced, and
    /// what follows is right; else up to the first line that cannot belong.
    fn by_lines(&self, behind: &impl Fn(&[u8]) -> Behind) -> Option<Found> {
        let mut taken: Vec<Piece<'_>> = Vec::new();
        let (mut bytes, mut blank, mut stops) = (0, 0, 0);
        // The lines in front of the first that cannot belong.
        let mut short = None;
        for line in self.lines(self.log) {
            if taken.is_empty() && line.text.is_empty() {
                blank += 1;
                continue;
            }
            let foreign = line.side.is_some_and(|side| side != self.side);
            if foreign || behind(line.text) != Behind::Anything {
                stops += 1;
                short.get_or_insert(taken.len());
            }
            if foreign || stops > MAX_STOPS {
                break;
            }
            taken.push(line);
            bytes += line.text.len();
            let between = taken.len() - 1;
            if between == 0 && bytes == self.announced && self.is_plausible(line.text, line.next, behind) {
                return Some(Found::new(line.text, line.end, Fit::Exact));
            }
            let loose = self.marked || self.stamped;
            let fewest = if loose { bytes } else { bytes + between };
            let most = bytes + 2 * (blank + between + self.blanks(line.next));
            let fits = bytes != self.announced && (fewest..=most).contains(&self.announced);
            if fits && (self.is_right(line.next, behind) || (stops == 0 && self.is_end(line.next))) {
                return self.found(&taken, Fit::LineEnds);
            }
            if fewest >= self.announced {
                return match short {
                    Some(lines) => self.found(taken.get(..lines)?, Fit::Short),
                    None if between == 0 && self.is_right(line.next, behind) => self.found(&taken, Fit::Long),
                    None => self.found(&taken, Fit::Doubtful),
                };
            }
        }
        match short {
            Some(lines) => self.found(taken.get(..lines)?, Fit::Short),
            None if self.ended => self.found(&taken, Fit::Cut),
            None => self.found(&taken, Fit::Doubtful),
        }
    }

    /// The block of these lines. Of several that do not fit, the first alone is certain where line ends were lost.
    fn found(&self, lines: &[Piece<'_>], fit: Fit) -> Option<Found> {
        let (first, last) = (lines.first()?, lines.last()?);
        let lines = match fit {
            Fit::Doubtful => lines.get(..1)?,
            Fit::Short | Fit::Cut if !self.crlf => lines.get(..1)?,
            _ => lines,
        };
        let plain = self.log.get(first.start..lines.last()?.end)?;
        let consumed = first.start + plain.len();
        let mut found = if self.marked || self.stamped {
            let texts: Vec<&[u8]> = lines.iter().map(|line| line.text).collect();
            Found::new(&texts.join(&b'\n'), consumed, fit)
        } else {
            Found::new(plain, consumed, fit)
        };
        found.doubtful = last.end - consumed;
        Some(found)
    }

    /// Whether a single line of the right length is the block. One that says something by itself is only when the
    /// right line follows.
    fn is_plausible(&self, text: &[u8], next: usize, behind: &impl Fn(&[u8]) -> Behind) -> bool {
        behind(text) == Behind::Anything
            || self.is_right(next, behind)
            || (self.side == Side::Modem && self.is_end(next))
    }

    /// Whether the line that has to come after the block does.
    fn is_right(&self, next: usize, behind: &impl Fn(&[u8]) -> Behind) -> bool {
        self.next_line(next)
            .is_some_and(|line| line.side != Some(Side::Host) && behind(line.text) == Behind::Next)
    }

    /// Whether the log ends here.
    fn is_end(&self, at: usize) -> bool {
        self.ended && self.next_line(at).is_none()
    }

    fn next_line(&self, at: usize) -> Option<Piece<'_>> {
        let rest = self.log.get(at..)?;
        self.lines(rest)
            .take(MAX_BLANKS)
            .find(|line| !line.text.trim_ascii().is_empty())
    }

    /// Empty lines from here on, some of which may be line ends of the block.
    fn blanks(&self, at: usize) -> usize {
        let rest = self.log.get(at..).unwrap_or_default();
        self.lines(rest)
            .take(MAX_BLANKS)
            .take_while(|line| line.text.is_empty())
            .count()
    }

    /// The lines of a part of the log, without stamps and marks.
    fn lines<'l>(&self, log: &'l [u8]) -> impl Iterator<Item = Piece<'l>> + use<'l> {
        let Self { stamped, marked, .. } = *self;
        let mut at = 0;
        core::iter::from_fn(move || {
            let Line { text, end } = first_line(log.get(at..)?)?;
            let start = at;
            let end_at = at + text.len();
            at = end_at + end.len();
            let whole = Origin {
                time: None,
                side: None,
                text,
            };
            let origin = if stamped || marked {
                Origin::of(text, marked)
            } else {
                whole
            };
            let origin = if origin.time.is_some() && !stamped {
                whole
            } else {
                origin
            };
            // What is longer than a line can be goes on behind it; no block is that long.
            if end == End::Beyond {
                at = log.len();
            }
            Some(Piece {
                side: origin.side,
                text: origin.text,
                start,
                end: end_at,
                next: at,
            })
        })
    }
}

/// A line of the log in front of its end.
#[derive(Clone, Copy, Debug)]
struct Piece<'a> {
    side: Option<Side>,
    text: &'a [u8],
    start: usize,
    /// Without its line end.
    end: usize,
    /// With it.
    next: usize,
}

/// How many empty lines are looked through: the work for a block stays linear in its length.
const MAX_BLANKS: usize = 8;
/// How many lines that may end the block are passed in search of a place where the length fits.
const MAX_STOPS: usize = 8;

//! Finds the bytes of a counted block in a log that may have changed them: loggers turn CR LF into LF, put stamps
//! into the middle, and people cut.

use super::frame::Side;
use super::origin::Origin;
use super::reader::{End, Line, first_line};

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
    /// Whether lines carry stamps.
    pub(crate) stamped: bool,
    /// Whether lines carry marks.
    pub(crate) marked: bool,
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
}

/// How well what was found fits what was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// To the byte.
    Exact,
    /// If line ends in it were changed by the logger, of which so many stand in it.
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
        self.verbatim(&behind).or_else(|| self.by_lines(&behind))
    }

    /// The announced bytes as they stand, where the log has neither stamps nor marks between its lines. Several lines
    /// are believed only when the right one follows.
    fn verbatim(&self, behind: &impl Fn(&[u8]) -> Behind) -> Option<Found> {
        if self.stamped || self.marked {
            return None;
        }
        let (data, rest) = self.log.split_at_checked(self.announced)?;
        let right = self.is_right(self.announced, behind);
        let believed = match data.iter().find(|byte| matches!(byte, b'\r' | b'\n')) {
            Some(_) => right,
            None => self.is_plausible(data, self.announced, behind),
        };
        let apart = matches!(rest, [b'\r' | b'\n', ..] | []);
        if !believed || !(apart || right) {
            return None;
        }
        let bare = data.contains(&b'\n') && !data.contains(&b'\r') && !rest.starts_with(b"\r\n");
        Some(Found {
            data: data.to_vec(),
            consumed: self.announced,
            fit: if bare { Fit::LineEnds } else { Fit::Exact },
        })
    }

    /// Line by line: where the bytes of some lines and of the line ends between them can be as many as announced, and
    /// what follows is right; else up to the first line that cannot belong.
    fn by_lines(&self, behind: &impl Fn(&[u8]) -> Behind) -> Option<Found> {
        let mut data = Vec::new();
        let (mut bytes, mut blank, mut between, mut stops) = (0, 0, 0, 0);
        let mut short: Option<Found> = None;
        for line in self.lines(self.log) {
            if data.is_empty() && line.text.is_empty() {
                blank += 1;
                continue;
            }
            let foreign = line.side.is_some_and(|side| side != self.side);
            if foreign || behind(line.text) != Behind::Anything {
                stops += 1;
                short.get_or_insert_with(|| Found {
                    data: data.clone(),
                    consumed: line.start,
                    fit: Fit::Short,
                });
            }
            if foreign || stops > MAX_STOPS {
                break;
            }
            if !data.is_empty() {
                between += 1;
                data.push(b'\n');
            }
            bytes += line.text.len();
            data.extend_from_slice(line.text);
            let fewest = if self.marked || self.stamped {
                bytes
            } else {
                bytes + between
            };
            let most = bytes + 2 * (blank + between + self.blanks(line.next));
            if between == 0 && bytes == self.announced && self.is_plausible(line.text, line.next, behind) {
                return Some(Found {
                    data,
                    consumed: line.end,
                    fit: Fit::Exact,
                });
            }
            if (fewest..=most).contains(&self.announced)
                && bytes != self.announced
                && self.is_right(line.next, behind)
            {
                return Some(Found {
                    data,
                    consumed: line.end,
                    fit: Fit::LineEnds,
                });
            }
            if fewest >= self.announced {
                return short
                    .or_else(|| self.too_long(behind))
                    .filter(|found| !found.data.is_empty());
            }
        }
        let cut = Found {
            data,
            consumed: self.log.len(),
            fit: if self.ended { Fit::Cut } else { Fit::Doubtful },
        };
        short.or(Some(cut)).filter(|found| !found.data.is_empty())
    }

    /// The first line, where more stands than was announced.
    fn too_long(&self, behind: &impl Fn(&[u8]) -> Behind) -> Option<Found> {
        let line = self.lines(self.log).find(|line| !line.text.is_empty())?;
        let fit = if self.is_right(line.next, behind) {
            Fit::Long
        } else {
            Fit::Doubtful
        };
        Some(Found {
            data: line.text.to_vec(),
            consumed: line.end,
            fit,
        })
    }

    /// Whether a single line of the right length is the block. One that says something by itself is only when the
    /// right line follows.
    fn is_plausible(&self, text: &[u8], next: usize, behind: &impl Fn(&[u8]) -> Behind) -> bool {
        behind(text) == Behind::Anything
            || self
                .next_line(next)
                .map_or(self.ended && self.side == Side::Modem, |line| {
                    behind(line.text) == Behind::Next
                })
    }

    /// Whether the line that has to come after the block does, or the log ends.
    fn is_right(&self, next: usize, behind: &impl Fn(&[u8]) -> Behind) -> bool {
        self.next_line(next).map_or(self.ended, |line| {
            line.side != Some(Side::Host) && behind(line.text) == Behind::Next
        })
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

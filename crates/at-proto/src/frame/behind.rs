//! What stands behind a counted block: it shows whether the block was as long as announced.

/// What stood between a block and the line behind it. Modems end a block's last line as they end the line that announces it:
/// anything else shows that the block was not as long as announced. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BehindBlock {
    /// A line end.
    LineEnd,
    /// An LF, where the line before the block ended with a CR: the block may have taken that.
    RestOfLineEnd,
    /// Nothing: the line began with the first byte behind the block.
    Nothing,
}

/// How far what follows a block was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// No block was the last frame.
    None,
    /// A block was, and no byte has come since.
    Block,
    /// No line has begun behind it yet.
    Gap(BehindBlock),
    /// The line at hand, or the last one, follows it.
    Line(BehindBlock),
}

impl Behind {
    /// The first byte behind the block comes, and the line before the block ended with a CR, or not.
    pub(super) const fn come(self, first: u8, ended_with_cr: bool) -> Self {
        match self {
            Self::Block => Self::Gap(match first {
                b'\n' if ended_with_cr => BehindBlock::RestOfLineEnd,
                b'\r' | b'\n' => BehindBlock::LineEnd,
                _ => BehindBlock::Nothing,
            }),
            other => other,
        }
    }

    /// A line begins.
    pub(super) const fn begin_line(self) -> Self {
        match self {
            Self::Gap(behind) => Self::Line(behind),
            _ => Self::None,
        }
    }
}

//! One command, ours or anybody's: most requests.

use at_proto::Dialogue;

use super::Step;

/// A command whose line was written when it was asked for, and whose data are all of the request's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct One {
    pub(crate) line_len: usize,
    pub(crate) dialogue: Dialogue,
    pub(crate) data_len: usize,
}

impl One {
    pub(crate) const fn step(&self) -> Step {
        Step {
            line_len: self.line_len,
            dialogue: self.dialogue,
            data: (0, self.data_len),
        }
    }
}

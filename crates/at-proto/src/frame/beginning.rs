//! How data begin that a modem may repeat.

use core::fmt::{self, Debug, Formatter};

use super::is_line_end;

/// How data begin: as many bytes as tell their echo from a line, at least one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Beginning {
    bytes: [u8; Self::ROOM],
    len: u8,
}

impl Beginning {
    /// The lines of the MQTT service differ within so many bytes from all data but those that spell one out.
    const ROOM: usize = 8;

    pub(super) fn new(data: &[u8]) -> Self {
        let mut bytes = [0; Self::ROOM];
        let mut len = 0;
        for (to, &from) in bytes.iter_mut().zip(data) {
            *to = from;
            len += 1;
        }
        Self { bytes, len }
    }

    pub(super) const fn begins_with(self, byte: u8) -> bool {
        let [first, ..] = self.bytes;
        first == byte
    }

    pub(super) const fn begins_with_line_end(self) -> bool {
        let [first, ..] = self.bytes;
        is_line_end(first)
    }

    /// Whether `input` begins so. `None` when it is too short to tell.
    pub(super) fn found_in(self, input: &[u8]) -> Option<bool> {
        let beginning = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        let alike = beginning.iter().zip(input).all(|(ours, theirs)| ours == theirs);
        match alike {
            true if input.len() < beginning.len() => None,
            alike => Some(alike),
        }
    }
}

impl Debug for Beginning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // The data may be a key.
        write!(f, "{} bytes", self.len)
    }
}

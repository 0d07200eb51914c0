//! How a stream arrives, and the memory in which the bytes wait until they are understood.

/// How a stream arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// In one slice that holds all of it.
    Whole,
    /// In reads of 64 bytes.
    Of64,
    /// Byte by byte.
    Single,
}

impl Reads {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Whole, Self::Of64, Self::Single];

    /// The name in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Of64 => "64-byte reads",
            Self::Single => "byte by byte",
        }
    }

    /// The pieces of the stream.
    pub fn of(self, stream: &[u8]) -> std::slice::Chunks<'_, u8> {
        stream.chunks(match self {
            Self::Whole => stream.len().max(1),
            Self::Of64 => 64,
            Self::Single => 1,
        })
    }
}

/// The bytes that were read and not taken, in memory that moves them to its front when its end is reached. The same
/// for every contestant.
#[derive(Debug)]
pub struct Window {
    memory: Vec<u8>,
    start: usize,
    end: usize,
}

impl Window {
    /// Memory for so many bytes.
    pub fn new(len: usize) -> Self {
        Self {
            memory: vec![0; len],
            start: 0,
            end: 0,
        }
    }

    /// Adds a read.
    ///
    /// # Panics
    /// When the memory cannot hold it beside what was not taken.
    #[inline]
    pub fn read(&mut self, bytes: &[u8]) {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        } else if self.memory.len() - self.end < bytes.len() {
            self.memory.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        match bytes {
            &[byte] => self.memory[self.end] = byte,
            _ => self.memory[self.end..self.end + bytes.len()].copy_from_slice(bytes),
        }
        self.end += bytes.len();
    }

    /// What was not taken.
    #[inline]
    pub fn unread(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    /// Takes bytes from the front.
    #[inline]
    pub const fn take(&mut self, count: usize) {
        self.start += count;
    }
}

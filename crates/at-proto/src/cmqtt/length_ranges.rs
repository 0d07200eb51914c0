//! The test answer of the commands that take a client index and a length.

use core::marker::PhantomData;

use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::Testable;
use crate::info::Information;
use crate::range::Ranges;

/// `<name>: (0-0),(1-1024)`, the test answer of `C`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthRanges<C> {
    /// The client index.
    pub client: Ranges,
    /// The data's length in bytes.
    pub len: Ranges,
    command: PhantomData<C>,
}

impl<C> LengthRanges<C> {
    /// An answer with these ranges.
    pub const fn new(client: Ranges, len: Ranges) -> Self {
        Self {
            client,
            len,
            command: PhantomData,
        }
    }
}

impl<C: Testable> Information<'_> for LengthRanges<C> {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let [client, len] = Ranges::decode_line(line, C::NAME)?;
        Ok(Self::new(client, len))
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        Ranges::emit_line(out, C::NAME, &[self.client, self.len]);
    }
}

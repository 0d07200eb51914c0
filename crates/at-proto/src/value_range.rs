//! The test answer of the commands that take one number.

use core::marker::PhantomData;

use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::Testable;
use crate::info::Information;
use crate::range::Ranges;

/// `<name>: (0-2)`, the test answer of `C`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueRange<C> {
    /// The values that the number can have.
    pub values: Ranges,
    command: PhantomData<C>,
}

impl<C> ValueRange<C> {
    /// An answer with this range.
    pub const fn new(values: Ranges) -> Self {
        Self {
            values,
            command: PhantomData,
        }
    }
}

impl<C: Testable> Information<'_> for ValueRange<C> {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let [values] = Ranges::decode_line(line, C::NAME)?;
        Ok(Self::new(values))
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        Ranges::emit_line(out, C::NAME, &[self.values]);
    }
}

//! The test answers of the commands that take a client index, a length and a quality of service.

use core::marker::PhantomData;

use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::Testable;
use crate::info::Information;
use crate::range::Ranges;

/// `<name>: (0-0),(1-1024),(0-2)`, the test answer of `C`: WILLMSG or SUBTOPIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageRanges<C> {
    /// The client index.
    pub client: Ranges,
    /// The data's length in bytes.
    pub len: Ranges,
    /// The quality of service.
    pub qos: Ranges,
    command: PhantomData<C>,
}

/// `<name>: (0-0),(1-1024),(0-2),(0-1)`, the test answer of `C`: SUB, or UNSUB, which states a quality of service
/// although it takes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionRanges<C> {
    /// The client index.
    pub client: Ranges,
    /// The topic filter's length in bytes.
    pub len: Ranges,
    /// The quality of service.
    pub qos: Ranges,
    /// The DUP flag.
    pub dup: Ranges,
    command: PhantomData<C>,
}

impl<C> MessageRanges<C> {
    /// An answer with these ranges.
    pub const fn new(client: Ranges, len: Ranges, qos: Ranges) -> Self {
        Self {
            client,
            len,
            qos,
            command: PhantomData,
        }
    }
}

impl<C> SubscriptionRanges<C> {
    /// An answer with these ranges.
    pub const fn new(client: Ranges, len: Ranges, qos: Ranges, dup: Ranges) -> Self {
        Self {
            client,
            len,
            qos,
            dup,
            command: PhantomData,
        }
    }
}

impl<C: Testable> Information<'_> for MessageRanges<C> {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let [client, len, qos] = Ranges::decode_line(line, C::NAME)?;
        Ok(Self::new(client, len, qos))
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        Ranges::emit_line(out, C::NAME, &[self.client, self.len, self.qos]);
    }
}

impl<C: Testable> Information<'_> for SubscriptionRanges<C> {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let [client, len, qos, dup] = Ranges::decode_line(line, C::NAME)?;
        Ok(Self::new(client, len, qos, dup))
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        Ranges::emit_line(out, C::NAME, &[self.client, self.len, self.qos, self.dup]);
    }
}

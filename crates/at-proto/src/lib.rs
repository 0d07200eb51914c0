//! The AT protocol of SIMCom modems: what to say, and what was said.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod frame;
pub use frame::{Awaiting, Frame, Framer, Step};

mod line;
pub use line::{FinalResult, Line, Reason};

mod grammar;
pub use grammar::Fields;

mod range;
pub use range::{Ranges, Span};

mod value_range;
pub use value_range::ValueRange;

mod encode;
pub use encode::{Encoder, Quoted, Secret};

mod command;
pub use command::{Command, Dialogue, Encode, InfoShape, Parse, ParseBasic, ResultLine, WithData};

mod form;
pub use form::{Form, Read, Readable, Test, Testable};

mod info;
pub use info::{InfoLines, Information, Replies};

mod command_line;
pub use command_line::{CommandLine, Invocation, Joined, LINE_ROOM, MAX_COMMANDS, MAX_LINE, encode_line};

mod exchange;
pub use exchange::{Claim, Exchange, Refusal, WaitingFor, Words};

mod error;
pub use error::{DecodeError, EncodeError, Found, ValueError};

mod escape;
pub use escape::{Escaped, REDACTED};

mod redact;
pub use redact::Redacted;

pub mod basic;
pub mod cmqtt;
pub mod network;
pub mod tls;

#[cfg(test)]
mod testing;

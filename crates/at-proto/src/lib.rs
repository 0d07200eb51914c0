//! The AT protocol of SIMCom modems: what to say, and what was said. Bytes in, meaning out, and back. No I/O, no clock,
//! no allocator, no state beyond framing.
//!
//! # From bytes to meaning
//!
//! 1. [`Framer`] cuts the modem's bytes into lines, prompts and counted blocks. It alone counts bytes, and no byte of
//!    a block is ever taken for a line.
//! 2. [`Line`] says what a line is: a final result code, a line with a name, text. Every line is something.
//! 3. [`Exchange`] says whose a line is, while a command is pending, and when the command has ended. The command
//!    decides, by its [`Dialogue`], never the line.
//! 4. [`Command::decode`] reads the lines of an answer; [`cmqtt::Urc`] and [`network::Urc`] read what comes unasked, and
//!    say `None` to what is not theirs, so that families of them chain.
//!
//! # From meaning to bytes
//!
//! [`encode_line`] writes one command as a command line, [`Joined`] several on one. A text with a byte that would end
//! the line, or the quotation, cannot be put into a [`Quoted`] at all.
//!
//! # Both sides
//!
//! Every command can also be [parsed](Parse), and every answer [written](Information::emit): a simulated modem, a
//! proxy and the tests need it. `decode(emit(x)) == x` and `parse(encode(x)) == x` hold for every type.
//!
//! # Other services of the modem
//!
//! A driver for another service brings its own commands: types that implement [`Encode`] and [`Command`], written with
//! an [`Encoder`] and read with [`Fields`].
//!
//! ```
//! use at_proto::{Command, DecodeError, Dialogue, Encode, Encoder, Fields, InfoLines, InfoShape, Information};
//!
//! /// `AT+CBC`: the supply's voltage.
//! struct Supply;
//!
//! /// `+CBC: 3.749V`, in millivolts.
//! #[derive(Debug, PartialEq)]
//! struct Voltage(u32);
//!
//! impl Encode for Supply {
//!     fn encode(&self, out: &mut Encoder<'_>) {
//!         out.text("+CBC");
//!     }
//!     fn dialogue(&self) -> Dialogue {
//!         Dialogue::new("+CBC").info(InfoShape::named("+CBC"))
//!     }
//! }
//!
//! impl Command for Supply {
//!     const NAME: &'static str = "+CBC";
//!     type Reply<'a> = Voltage;
//!     fn decode<'a>(&self, info: InfoLines<'a>) -> Result<Voltage, DecodeError> {
//!         info.one("+CBC")
//!     }
//! }
//!
//! impl Information<'_> for Voltage {
//!     fn decode(line: &[u8]) -> Result<Self, DecodeError> {
//!         let mut fields = Fields::of(line, "+CBC")?;
//!         let volts: u32 = fields.number("volts")?;
//!         fields.literal(".")?;
//!         let millivolts: u32 = fields.number("millivolts")?;
//!         fields.literal("V")?;
//!         fields.end()?;
//!         Ok(Self(volts * 1000 + millivolts))
//!     }
//!     fn emit(&self, out: &mut Encoder<'_>) {
//!         out.text("+CBC: ").number(self.0 / 1000).text(".");
//!         out.number(self.0 % 1000 / 100).number(self.0 % 100 / 10).number(self.0 % 10).text("V");
//!     }
//! }
//!
//! let mut memory = [0; at_proto::LINE_ROOM];
//! assert_eq!(at_proto::encode_line(&Supply, &mut memory), Ok(&b"AT+CBC\r"[..]));
//! assert_eq!(Supply.decode(InfoLines::new(b"+CBC: 3.749V\n")), Ok(Voltage(3749)));
//! let error = Supply.decode(InfoLines::new(b"+CBC: 3,749\n")).unwrap_err();
//! assert_eq!(error.to_string(), "expected `.` at byte 7, found `,`");
//! ```
//!
//! # What is not here
//!
//! A session, a port, a timer: `cmqtt-core` drives the MQTT service with this, and the adapters drive that.
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
pub use frame::{Awaiting, BehindBlock, Frame, Framer, Step, tells_an_echo};

mod line;
pub use line::{FinalResult, Line, Reason};

mod grammar;
pub use grammar::Fields;

mod range;
pub use range::{Ranges, Span};

mod value_range;
pub use value_range::ValueRange;

mod damage;

mod encode;
pub use encode::{Encoder, Quoted, Secret};

mod command;
pub use command::{
    Command, Dialogue, Encode, InfoShape, InfoShapes, Parse, ParseBasic, ResultLine, WithData,
};

mod form;
pub use form::{Form, Read, Readable, Test, Testable};

mod info;
pub use info::{InfoLines, Information, Replies};

mod command_line;
pub use command_line::{CommandLine, Invocation, Joined, LINE_ROOM, MAX_COMMANDS, MAX_LINE, encode_line};

mod exchange;
pub use exchange::{Claim, Exchange, Refusal, WaitingFor, Words};

mod family;
pub use family::{
    Facts, Family, Limits, MqttVersion, OtherCommands, Recognition, UnknownFamily, VersionChoice,
};

mod error;
pub use error::{DecodeError, EncodeError, Expected, Found, ValueError};

mod escape;
pub use escape::{Escaped, Printable, REDACTED};

mod redact;
pub use redact::{Redacted, RedactedFragment};

mod bare_error;
pub use bare_error::bare_error_cause;

pub mod basic;
pub mod cmqtt;
pub mod network;
pub mod tls;

#[cfg(test)]
mod testing;

/// The examples of the README, which stands beside the package.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

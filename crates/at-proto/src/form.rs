//! The forms of an extended command. The write and execute forms are types of their own, the test and read forms
//! are [`Test`] and [`Read`] of that type.

use core::fmt::{self, Debug, Formatter};
use core::marker::PhantomData;
use core::time::Duration;

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::grammar::Fields;
use crate::info::InfoLines;

/// The form in which an extended command is given (V.250, section 5.4). The set is closed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form<'a> {
    /// `=?`: which values are allowed.
    Test,
    /// `?`: which values are set.
    Read,
    /// `=…`: the fields.
    Write(&'a [u8]),
    /// Nothing behind the name.
    Execute,
}

impl<'a> Form<'a> {
    /// The fields of a write command.
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] for another form.
    pub fn write(self) -> Result<Fields<'a>, DecodeError> {
        match self {
            Self::Write(fields) => Ok(Fields::new(fields)),
            _ => Err(Fields::new(b"").mismatch("`=`")),
        }
    }

    /// Nothing: the form of an execute command.
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] for another form.
    pub fn execute(self) -> Result<(), DecodeError> {
        match self {
            Self::Execute => Ok(()),
            _ => Err(Fields::new(b"").mismatch("nothing after the name")),
        }
    }
}

impl Debug for Form<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Test => f.write_str("Test"),
            Self::Read => f.write_str("Read"),
            // The fields may hold a password.
            Self::Write(fields) => write!(f, "Write({} bytes)", fields.len()),
            Self::Execute => f.write_str("Execute"),
        }
    }
}

/// A command that has a read form, `AT+NAME?`: implemented by the type of its write or execute form.
pub trait Readable {
    /// The name: `+CGDCONT`.
    const NAME: &'static str;

    /// Which lines answer it.
    const INFO: InfoShape;

    /// How long the modem may take.
    const BUDGET: Duration = Dialogue::BUDGET;

    /// What the lines say.
    type Reply<'a>;

    /// Reads the lines.
    ///
    /// # Errors
    /// [`DecodeError`] when a line is missing or is not what the manual says.
    fn decode_read(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError>;
}

/// A command that has a test form, `AT+NAME=?`: implemented by the type of its write or execute form.
pub trait Testable {
    /// The name: `+CGDCONT`.
    const NAME: &'static str;

    /// Which lines answer it.
    const INFO: InfoShape;

    /// The ranges that the modem states.
    type Reply<'a>;

    /// Reads the lines.
    ///
    /// # Errors
    /// [`DecodeError`] when a line is missing or is not what the manual says.
    fn decode_test(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError>;
}

/// The read form of `C`: `Read::<Connect>::new()` is `AT+CMQTTCONNECT?`.
pub struct Read<C: ?Sized>(PhantomData<fn(&C)>);

/// The test form of `C`: `Test::<Connect>::new()` is `AT+CMQTTCONNECT=?`.
pub struct Test<C: ?Sized>(PhantomData<fn(&C)>);

impl<C: Readable> Read<C> {
    /// The read form.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<C: Testable> Test<C> {
    /// The test form.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<C: Readable> Encode for Read<C> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(C::NAME).text("?");
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(C::NAME).info(C::INFO).budget(C::BUDGET)
    }
}

impl<C: Testable> Encode for Test<C> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(C::NAME).text("=?");
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(C::NAME).info(C::INFO)
    }
}

impl<C: Readable> Command for Read<C> {
    const NAME: &'static str = C::NAME;
    type Reply<'a> = C::Reply<'a>;

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<C::Reply<'a>, DecodeError> {
        C::decode_read(info)
    }
}

impl<C: Testable> Command for Test<C> {
    const NAME: &'static str = C::NAME;
    type Reply<'a> = C::Reply<'a>;

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<C::Reply<'a>, DecodeError> {
        C::decode_test(info)
    }
}

impl<C: Readable> Parse<'_> for Read<C> {
    const NAME: &'static str = C::NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        match form {
            Form::Read => Ok(Self::new()),
            _ => Err(Fields::new(b"").mismatch("`?`")),
        }
    }
}

impl<C: Testable> Parse<'_> for Test<C> {
    const NAME: &'static str = C::NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        match form {
            Form::Test => Ok(Self::new()),
            _ => Err(Fields::new(b"").mismatch("`=?`")),
        }
    }
}

impl<C: Readable> Default for Read<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Testable> Default for Test<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Readable> Debug for Read<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "AT{}?", C::NAME)
    }
}

impl<C: Testable> Debug for Test<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "AT{}=?", C::NAME)
    }
}

//! How the fields of a line are read, from left to right: `+NAME: 0,"text",(1-5)`. Nothing here knows a command.
//!
//! The tokens are winnow parsers; [`Fields`] is how a command's file, ours or another driver's, uses them.

use core::fmt::{self, Debug, Formatter};

use winnow::Parser;
use winnow::combinator::delimited;
use winnow::error::ParserError;
use winnow::stream::Stream;

use crate::encode::Quoted;
use crate::error::{DecodeError, Expected, Found};

/// Reads the fields of one line in order. Each method takes the comma before its field, if the field is not the
/// first, and blanks after it.
#[derive(Clone)]
pub struct Fields<'a> {
    line: &'a [u8],
    rest: &'a [u8],
    /// Whether the next field has a comma before it.
    comma: bool,
}

impl<'a> Fields<'a> {
    /// Reads bare fields, such as those after a command's `=`.
    #[inline]
    pub const fn new(text: &'a [u8]) -> Self {
        Self {
            line: text,
            rest: text,
            comma: false,
        }
    }

    /// Reads `rest`, the end of `line`, so that errors name places in `line`.
    pub(crate) const fn within(line: &'a [u8], rest: &'a [u8]) -> Self {
        Self {
            line,
            rest,
            comma: false,
        }
    }

    /// Reads the fields of a line `name: …`, for a name such as `+CSQ`. Blanks around the line count for nothing.
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] when the line begins with another name.
    #[inline]
    pub fn of(line: &'a [u8], name: &'static str) -> Result<Self, DecodeError> {
        let mut fields = Self::new(line);
        fields.rest = line.trim_ascii_start();
        match fields.rest.strip_prefix(name.as_bytes()) {
            Some([b':', rest @ ..]) => {
                fields.rest = rest;
                fields.take(blanks)?;
                Ok(fields)
            }
            _ => Err(fields.mismatch(name)),
        }
    }

    /// A decimal number.
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] when there is none, or when it is greater than `T` can hold.
    #[inline]
    pub fn number<T: TryFrom<u32>>(&mut self, expected: &'static str) -> Result<T, DecodeError> {
        self.separator(expected)?;
        let before = self.rest;
        let number = self.take(number).map_err(|_| self.mismatch(expected))?;
        T::try_from(number).map_err(|_| {
            self.rest = before;
            self.mismatch(expected)
        })
    }

    /// A decimal number, if another field follows.
    ///
    /// # Errors
    /// As [`Fields::number`].
    pub fn optional_number<T: TryFrom<u32>>(
        &mut self,
        expected: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        if self.more() {
            self.number(expected).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Text between quotation marks.
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] when there is none, or when it holds a byte that no quoted string can.
    #[inline]
    pub fn quoted(&mut self, expected: &'static str) -> Result<Quoted<'a>, DecodeError> {
        self.separator(expected)?;
        let before = self.rest;
        let text = self.take(quoted).map_err(|_| self.mismatch(expected))?;
        Quoted::new(text).map_err(|_| {
            self.rest = before;
            self.mismatch(expected)
        })
    }

    /// Text without quotation marks, up to the next comma.
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] when a comma is missing before it.
    pub fn word(&mut self, expected: &'static str) -> Result<&'a [u8], DecodeError> {
        self.separator(expected)?;
        Ok(self.take(word)?.trim_ascii_end())
    }

    /// All that is left, commas and all.
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] when a comma is missing before it.
    pub fn remainder(&mut self, expected: &'static str) -> Result<&'a [u8], DecodeError> {
        self.separator(expected)?;
        Ok(core::mem::take(&mut self.rest))
    }

    /// Exactly these bytes, which are part of the line's form, such as `(` or `[,`.
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] when something else stands there.
    pub fn literal(&mut self, text: &'static str) -> Result<(), DecodeError> {
        match self.rest.strip_prefix(text.as_bytes()) {
            Some(rest) => {
                self.rest = rest;
                self.comma = false;
                self.take(blanks)?;
                Ok(())
            }
            None => Err(self.expected(Expected::Literal(text))),
        }
    }

    /// Whether the next byte is this one.
    pub fn at(&self, byte: u8) -> bool {
        self.rest.first() == Some(&byte)
    }

    /// Whether another field follows.
    #[inline]
    pub fn more(&self) -> bool {
        !self.rest.is_empty() && (!self.comma || self.at(b','))
    }

    /// The line's end.
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] when something follows.
    #[inline]
    pub fn end(&self) -> Result<(), DecodeError> {
        match self.rest {
            [] => Ok(()),
            _ => Err(self.mismatch("the line's end")),
        }
    }

    /// The error "expected so and so" at this place.
    #[cold]
    pub fn mismatch(&self, expected: &'static str) -> DecodeError {
        self.expected(Expected::Part(expected))
    }

    fn expected(&self, expected: Expected) -> DecodeError {
        DecodeError::Syntax {
            expected,
            at: self.line.len().saturating_sub(self.rest.len()),
            found: self.rest.first().map_or(Found::End, |&byte| Found::Byte(byte)),
        }
    }

    #[inline]
    fn separator(&mut self, expected: &'static str) -> Result<(), DecodeError> {
        if core::mem::replace(&mut self.comma, true) {
            match self.rest {
                [b',', ..] => self.take(comma)?,
                [] => return Err(self.mismatch(expected)),
                _ => return Err(self.mismatch("`,`")),
            };
        }
        Ok(())
    }

    #[inline]
    fn take<T>(&mut self, mut token: impl Parser<Input<'a>, T, Mismatch>) -> Result<T, DecodeError> {
        let mut input = self.rest;
        let value = token.parse_next(&mut input);
        if let Ok(value) = value
            && let Ok(_) = blanks(&mut input)
        {
            self.rest = input;
            return Ok(value);
        }
        Err(self.mismatch("a field"))
    }
}

impl Debug for Fields<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // They may hold a password, and the name that would tell is gone.
        write!(f, "Fields({} bytes left)", self.rest.len())
    }
}

type Input<'a> = &'a [u8];

/// The place and the words of an error are [`Fields`]' affair, which knows the field's name.
#[derive(Clone, Copy, Debug)]
struct Mismatch;

impl<I: Stream> ParserError<I> for Mismatch {
    type Inner = Self;

    fn from_input(_: &I) -> Self {
        Self
    }

    fn into_inner(self) -> Result<Self::Inner, Self> {
        Ok(self)
    }
}

/// `*( " " / HTAB )`
#[inline]
fn blanks<'a>(input: &mut Input<'a>) -> Result<&'a [u8], Mismatch> {
    span(|byte| matches!(byte, b' ' | b'\t')).parse_next(input)
}

/// `","`
#[inline]
fn comma(input: &mut Input<'_>) -> Result<u8, Mismatch> {
    winnow::token::one_of(b',').parse_next(input)
}

/// `1*DIGIT`, up to 4294967295
#[inline]
fn number(input: &mut Input<'_>) -> Result<u32, Mismatch> {
    let mut number = 0u32;
    let mut rest = *input;
    while let [byte @ b'0'..=b'9', after @ ..] = rest {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        let larger = number.checked_mul(10).and_then(|tens| tens.checked_add(digit));
        number = larger.ok_or(Mismatch)?;
        rest = after;
    }
    if rest.len() == input.len() {
        return Err(Mismatch);
    }
    *input = rest;
    Ok(number)
}

/// `DQUOTE *( any byte but DQUOTE ) DQUOTE`
#[inline]
fn quoted<'a>(input: &mut Input<'a>) -> Result<&'a [u8], Mismatch> {
    delimited(b'"', span(|byte| byte != b'"'), b'"').parse_next(input)
}

/// `*( any byte but "," )`
#[inline]
fn word<'a>(input: &mut Input<'a>) -> Result<&'a [u8], Mismatch> {
    span(|byte| byte != b',').parse_next(input)
}

/// The bytes at the front that belong, maybe none. In the place of winnow's `take_while`, whose split is in bounds
/// but not so that the optimiser sees it in every place: a panic would stay in the program.
#[inline]
fn span<'a>(belongs: impl Fn(u8) -> bool) -> impl Parser<Input<'a>, &'a [u8], Mismatch> {
    move |input: &mut Input<'a>| {
        let end = input.iter().position(|&byte| !belongs(byte));
        let (taken, rest) = end
            .and_then(|len| input.split_at_checked(len))
            .unwrap_or((input, &[]));
        *input = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Result<T> = core::result::Result<T, DecodeError>;

    #[track_caller]
    fn error<T: Debug>(result: Result<T>) -> String {
        result.expect_err("the line is wrong").to_string()
    }

    #[test]
    fn fields_of_every_kind() {
        let line = b" +X: 7 , \"a,b\" ,word w,(1-5)[,2] ";
        let mut fields = Fields::of(line, "+X").unwrap();
        assert_eq!(fields.number("a"), Ok(7u8));
        assert_eq!(fields.quoted("b").unwrap().as_bytes(), b"a,b");
        assert_eq!(fields.word("c"), Ok(&b"word w"[..]));
        assert!(fields.more());
        fields.literal(",").unwrap();
        fields.literal("(").unwrap();
        assert_eq!(fields.number("d"), Ok(1u8));
        fields.literal("-").unwrap();
        assert_eq!(fields.number("e"), Ok(5u8));
        fields.literal(")").unwrap();
        fields.literal("[,").unwrap();
        assert_eq!(fields.number("f"), Ok(2u8));
        assert!(fields.at(b']'));
        fields.literal("]").unwrap();
        assert!(!fields.more());
        fields.end().unwrap();
    }

    #[test]
    fn optional_fields() {
        let mut fields = Fields::new(b"1");
        assert_eq!(fields.optional_number::<u8>("a"), Ok(Some(1)));
        assert_eq!(fields.optional_number::<u8>("b"), Ok(None));
        assert_eq!(Fields::new(b"").optional_number::<u8>("a"), Ok(None));
        let mut fields = Fields::new(b"1,");
        assert_eq!(fields.number("a"), Ok(1u8));
        assert_eq!(
            error(fields.optional_number::<u8>("<b>")),
            "expected <b> at byte 2, found the line's end"
        );
    }

    #[test]
    fn numbers() {
        assert_eq!(Fields::new(b"4294967295").number("n"), Ok(u32::MAX));
        assert_eq!(Fields::new(b"007").number("n"), Ok(7u8));
        for wrong in [
            &b""[..],
            b"-1",
            b"+1",
            b"a",
            b"4294967296",
            b"99999999999999999999",
        ] {
            assert!(
                Fields::new(wrong).number::<u32>("n").is_err(),
                "{}",
                wrong.escape_ascii()
            );
        }
        assert!(Fields::new(b"256").number::<u8>("n").is_err());
    }

    #[test]
    fn the_rest_as_it_is() {
        let mut fields = Fields::new(b"1, a,\"b");
        assert_eq!(fields.number("n"), Ok(1u8));
        assert_eq!(fields.remainder("rest"), Ok(&b"a,\"b"[..]));
        fields.end().unwrap();
    }

    /// Each error names the manual's word for what is missing, the place in the whole line, and what stands there.
    #[test]
    fn what_is_wrong_is_named() {
        let of = |line| Fields::of(line, "+X");
        insta::assert_snapshot!(error(of(b"+Y: 1")), @"expected +X at byte 0, found `+`");
        insta::assert_snapshot!(error(of(b"  +X 1")), @"expected +X at byte 2, found `+`");
        insta::assert_snapshot!(error(of(b"")), @"expected +X at byte 0, found the line's end");
        let number = |line| of(line).and_then(|mut fields| fields.number::<u8>("<n>"));
        insta::assert_snapshot!(error(number(b"+X: a")), @"expected <n> at byte 4, found `a`");
        insta::assert_snapshot!(error(number(b"+X: 300")), @"expected <n> at byte 4, found `3`");
        insta::assert_snapshot!(error(number(b"+X:")), @"expected <n> at byte 3, found the line's end");
        let second = |line| {
            let mut fields = of(line)?;
            fields.number::<u8>("<n>")?;
            fields.quoted("<text>")
        };
        insta::assert_snapshot!(error(second(b"+X: 1 2")), @"expected `,` at byte 6, found `2`");
        insta::assert_snapshot!(error(second(b"+X: 1")), @"expected <text> at byte 5, found the line's end");
        insta::assert_snapshot!(error(second(b"+X: 1,a")), @"expected <text> at byte 6, found `a`");
        insta::assert_snapshot!(error(second(b"+X: 1,\"a")), @r#"expected <text> at byte 6, found `\"`"#);
        insta::assert_snapshot!(error(second(b"+X: 1,\"a\tb\"")), @r#"expected <text> at byte 6, found `\"`"#);
        let end =
            |line| of(line).and_then(|mut fields| fields.number::<u8>("<n>").and_then(|_| fields.end()));
        insta::assert_snapshot!(error(end(b"+X: 1;")), @"expected the line's end at byte 5, found `;`");
        insta::assert_snapshot!(error(end(b"+X: 1\xff")), @r"expected the line's end at byte 5, found `\xff`");
        let literal = |line| of(line).and_then(|mut fields| fields.literal("[,"));
        insta::assert_snapshot!(error(literal(b"+X: [1]")), @"expected `[,` at byte 4, found `[`");
    }
}

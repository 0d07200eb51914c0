//! What every command's tests check: that it encodes to these bytes, and comes back from them.

use core::fmt::Debug;

use proptest::prelude::*;

use crate::{
    CommandLine, DecodeError, Encode, Encoder, Information, Invocation, LINE_ROOM, Parse, ParseBasic,
    encode_line,
};

/// The command encodes to `line`, if one is given, and the modem's side reads the same command from it.
#[track_caller]
pub(crate) fn check_form<'a, C: Encode + Parse<'a> + Debug>(command: &C, line: &[u8]) {
    check_parsed(command, line, |invocation| match invocation {
        Invocation::Extended { name, form } => {
            assert_eq!(name, C::NAME.as_bytes());
            C::parse(form)
        }
        other => panic!("no extended command: {other:?}"),
    });
}

/// [`check_form`] for a basic command.
#[track_caller]
pub(crate) fn check_basic<C: Encode + ParseBasic + Debug>(command: &C, line: &[u8]) {
    check_parsed(command, line, |invocation| match invocation {
        Invocation::Basic { name, value } => {
            assert_eq!(name, C::NAME.as_bytes());
            C::parse_basic(value)
        }
        other => panic!("no basic command: {other:?}"),
    });
}

/// The command encodes to `line`, and to the one command that `parse` reads.
#[track_caller]
fn check_parsed<C: Encode + Debug>(
    command: &C,
    line: &[u8],
    parse: impl FnOnce(Invocation<'static>) -> Result<C, DecodeError>,
) {
    let encoded: &'static [u8] = Vec::leak(check_encoded(command, line));
    let mut commands = CommandLine::new(encoded)
        .expect("a command line")
        .expect("not too long");
    let invocation = commands.next().expect("a command").expect("a sound one");
    assert!(commands.next().is_none());
    let parsed = parse(invocation).expect("the modem's side reads it");
    assert_eq!(format!("{parsed:?}"), format!("{command:?}"));
    assert_eq!(check_encoded(&parsed, b""), encoded);
}

/// The command encodes to `line`, if one is given.
#[track_caller]
pub(crate) fn check_encoded(command: &dyn Encode, line: &[u8]) -> Vec<u8> {
    let mut memory = [0; LINE_ROOM];
    let encoded = encode_line(command, &mut memory).expect("the command encodes");
    if !line.is_empty() {
        assert_eq!(
            encoded.escape_ascii().to_string(),
            line.escape_ascii().to_string()
        );
    }
    encoded.to_vec()
}

/// [`check_form`] for a command that can be compared.
#[track_caller]
pub(crate) fn check_command<'a, C: Encode + Parse<'a> + Debug + PartialEq>(command: &C, line: &[u8]) {
    check_form(command, line);
}

/// The information emits as `line`, if one is given, and is read back from it.
#[track_caller]
pub(crate) fn check_line<'a, T: Information<'a> + Debug + PartialEq>(information: &T, line: &[u8]) {
    let mut memory = [0; 1024];
    let mut out = Encoder::new(&mut memory);
    information.emit(&mut out);
    let emitted = out.finish().expect("the line emits");
    if !line.is_empty() {
        assert_eq!(
            emitted.escape_ascii().to_string(),
            line.escape_ascii().to_string()
        );
    }
    let emitted: &'static [u8] = Vec::leak(emitted.to_vec());
    assert_eq!(&T::decode(emitted).expect("the line is read back"), information);
    // Blanks around the line, as one firmware sends them, change nothing.
    let padded: &'static [u8] = Vec::leak([b"  ", emitted, b"   "].concat());
    assert_eq!(
        &T::decode(padded).expect("the padded line is read back"),
        information
    );
}

/// What decoding the line says is wrong.
#[track_caller]
pub(crate) fn decode_error<'a, T: Information<'a> + Debug>(line: &'a [u8]) -> DecodeError {
    T::decode(line).expect_err("the line is wrong")
}

/// Any bytes that can stand between quotation marks.
pub(crate) fn any_quoted() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(
        any::<u8>().prop_filter("quotable", |byte| !byte.is_ascii_control() && *byte != b'"'),
        0..64,
    )
}

/// Any bytes that a line can hold at its end: no control bytes, no blank before or behind.
pub(crate) fn any_text() -> impl Strategy<Value = Vec<u8>> {
    any_quoted().prop_map(|text| text.trim_ascii().to_vec())
}

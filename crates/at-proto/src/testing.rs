//! What every command's tests check: that it encodes to these bytes, and comes back from them.

use core::fmt::Debug;

use proptest::prelude::*;

use crate::{
    CommandLine, DecodeError, Encode, Encoder, Information, Invocation, LINE_ROOM, Parse, encode_line,
};

/// The command encodes to `line`, if one is given, and the modem's side reads the same command from it.
#[track_caller]
pub(crate) fn check_form<'a, C: Encode + Parse<'a> + Debug>(command: &C, line: &[u8]) {
    let mut memory = [0; LINE_ROOM];
    let encoded = encode_line(command, &mut memory).expect("the command encodes");
    if !line.is_empty() {
        assert_eq!(
            encoded.escape_ascii().to_string(),
            line.escape_ascii().to_string()
        );
    }
    let encoded: &'static [u8] = Vec::leak(encoded.to_vec());
    let mut commands = CommandLine::new(encoded)
        .expect("a command line")
        .expect("not too long");
    let Some(Ok(Invocation::Extended { name, form })) = commands.next() else {
        panic!("no extended command: {}", encoded.escape_ascii());
    };
    assert!(commands.next().is_none());
    assert_eq!(name, C::NAME.as_bytes());
    let parsed = C::parse(form).expect("the modem's side reads it");
    assert_eq!(format!("{parsed:?}"), format!("{command:?}"));
    let mut again = [0; LINE_ROOM];
    assert_eq!(encode_line(&parsed, &mut again).expect("encodes again"), encoded);
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

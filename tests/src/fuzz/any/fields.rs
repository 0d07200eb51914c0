//! What the fields of a value are made of.

use at_proto::network::Text;
use at_proto::{Quoted, Ranges, Secret, Span, ValueError};

use super::Any;
use crate::fuzz::script::Script;

impl Any<'_> for u8 {
    fn any(script: &mut Script<'_>) -> Self {
        script.byte().unwrap_or_default()
    }
}

impl Any<'_> for i8 {
    fn any(script: &mut Script<'_>) -> Self {
        u8::any(script).cast_signed()
    }
}

impl Any<'_> for u16 {
    fn any(script: &mut Script<'_>) -> Self {
        match u8::any(script) {
            // Where the digits become more, and at the end.
            250 => 999,
            251 => 1000,
            252 => 10_000,
            253 => Self::MAX,
            254.. => Self::from_be_bytes([u8::any(script), u8::any(script)]),
            small => Self::from(small),
        }
    }
}

impl Any<'_> for u32 {
    fn any(script: &mut Script<'_>) -> Self {
        match u8::any(script) {
            252 => 1_000_000_000,
            253 => Self::MAX,
            254.. => u16::any(script).into(),
            _ => Self::from_be_bytes([0; 4].map(|_: u8| u8::any(script))),
        }
    }
}

impl Any<'_> for bool {
    fn any(script: &mut Script<'_>) -> Self {
        u8::any(script) & 1 == 1
    }
}

impl<'a, T: Any<'a>> Any<'a> for Option<T> {
    fn any(script: &mut Script<'a>) -> Self {
        bool::any(script).then(|| T::any(script))
    }
}

impl<'a, A: Any<'a>, B: Any<'a>> Any<'a> for (A, B) {
    fn any(script: &mut Script<'a>) -> Self {
        (A::any(script), B::any(script))
    }
}

impl<'a, T: Any<'a>> Any<'a> for [T; 4] {
    fn any(script: &mut Script<'a>) -> Self {
        [(); 4].map(|()| T::any(script))
    }
}

/// Bytes, whatever they are.
impl<'a> Any<'a> for &'a [u8] {
    fn any(script: &mut Script<'a>) -> Self {
        let len = match script.byte().unwrap_or_default() {
            255 => 600,
            len => usize::from(len),
        };
        script.bytes(len)
    }
}

/// All that can be put into one of the bytes that come: up to the first that cannot.
impl<'a> Any<'a> for Quoted<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        let text = <&[u8]>::any(script);
        match Self::new(text) {
            Ok(quoted) => {
                assert_eq!(quoted.as_bytes(), text);
                quoted
            }
            Err(ValueError::InvalidByte { byte, at, .. }) => {
                assert_eq!(text[at], byte);
                assert!(byte.is_ascii_control() || byte == b'"');
                Self::new(&text[..at]).expect("the bytes before the first that is refused")
            }
            Err(other) => panic!("{other}"),
        }
    }
}

impl<'a> Any<'a> for Secret<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        Self(Any::any(script))
    }
}

impl<'a> Any<'a> for Text<'a> {
    fn any(script: &mut Script<'a>) -> Self {
        if bool::any(script) {
            Self::Quoted(Any::any(script))
        } else {
            Self::Bare(Any::any(script))
        }
    }
}

impl Any<'_> for Ranges {
    fn any(script: &mut Script<'_>) -> Self {
        let parts = [(); Self::MAX].map(|()| Span::any(script));
        let len = 1 + usize::from(u8::any(script)) % Self::MAX;
        Self::new(&parts[..len]).expect("one part to four")
    }
}

impl Any<'_> for Span {
    fn any(script: &mut Script<'_>) -> Self {
        if bool::any(script) {
            Self::One(Any::any(script))
        } else {
            Self::To(Any::any(script), Any::any(script))
        }
    }
}

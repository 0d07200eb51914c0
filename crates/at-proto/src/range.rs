//! The ranges of a test answer: `(0-0)`, `(0,60-180)`, `(0,0)`.

use core::fmt::{self, Debug, Display, Formatter};

use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::grammar::Fields;

/// The numbers that one field of a command may have, as the modem itself states them.
#[derive(Clone, Copy)]
pub struct Ranges {
    spans: [Span; Self::MAX],
    len: u8,
}

/// One part of a range: `5`, or `1-10240`. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// A number by itself.
    One(u32),
    /// From the first to the second, both included.
    To(u32, u32),
}

impl Ranges {
    /// The parts that a range has at most.
    pub const MAX: usize = 4;

    /// From `min` to `max`, both included: `(min-max)`.
    pub const fn span(min: u32, max: u32) -> Self {
        Self {
            spans: [Span::To(min, max); Self::MAX],
            len: 1,
        }
    }

    /// Two parts.
    pub const fn of([first, second]: [Span; 2]) -> Self {
        Self {
            spans: [first, second, second, second],
            len: 2,
        }
    }

    /// Some parts. `None` for none, and for more than [`Ranges::MAX`].
    pub fn new(parts: &[Span]) -> Option<Self> {
        let mut spans = [*parts.first()?; Self::MAX];
        if parts.len() > spans.len() {
            return None;
        }
        for (to, &from) in spans.iter_mut().zip(parts) {
            *to = from;
        }
        Some(Self {
            spans,
            len: u8::try_from(parts.len()).ok()?,
        })
    }

    /// The parts, in the modem's order.
    pub fn spans(&self) -> &[Span] {
        self.spans.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Whether the field may have this value.
    pub fn contains(&self, value: u32) -> bool {
        self.spans()
            .iter()
            .any(|span| span.min() <= value && value <= span.max())
    }

    /// The least value.
    pub const fn min(&self) -> u32 {
        let [first, ..] = self.spans;
        let mut min = if self.len == 0 { 0 } else { first.min() };
        let (mut rest, mut left) = (self.spans.as_slice(), self.len);
        while let ([span, behind @ ..], 1..) = (rest, left) {
            if span.min() < min {
                min = span.min();
            }
            (rest, left) = (behind, left - 1);
        }
        min
    }

    /// The greatest value.
    pub const fn max(&self) -> u32 {
        let mut max = 0;
        let (mut rest, mut left) = (self.spans.as_slice(), self.len);
        while let ([span, behind @ ..], 1..) = (rest, left) {
            if span.max() > max {
                max = span.max();
            }
            (rest, left) = (behind, left - 1);
        }
        max
    }

    /// The value that is nearest to this one: itself where it is allowed.
    pub fn nearest(&self, wanted: u32) -> u32 {
        let in_span = |span: &Span| wanted.min(span.max()).max(span.min());
        self.spans()
            .iter()
            .map(in_span)
            .min_by_key(|value| value.abs_diff(wanted))
            .unwrap_or(wanted)
    }

    /// `"(" span *( "," span ) ")"`
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] for anything else, and for more than [`Ranges::MAX`] parts.
    pub fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        fields.literal("(")?;
        let mut ranges = Self {
            spans: [Span::One(0); Self::MAX],
            len: 0,
        };
        loop {
            let min = fields.number("a number")?;
            let span = if fields.at(b'-') {
                fields.literal("-")?;
                Span::To(min, fields.number("a number")?)
            } else {
                Span::One(min)
            };
            let Some(room) = ranges.spans.get_mut(usize::from(ranges.len)) else {
                return Err(fields.mismatch("a shorter range"));
            };
            *room = span;
            ranges.len += 1;
            if fields.at(b')') {
                fields.literal(")")?;
                return Ok(ranges);
            }
            fields.literal(",")?;
        }
    }

    /// Writes the range, with `separator` between its parts: a comma, or a comma and a blank.
    pub fn emit(&self, out: &mut Encoder<'_>, separator: &str) {
        out.text("(");
        for (index, span) in self.spans().iter().enumerate() {
            if index > 0 {
                out.text(separator);
            }
            match *span {
                Span::One(value) => out.number(value),
                Span::To(min, max) => out.number(min).text("-").number(max),
            };
        }
        out.text(")");
    }

    /// `name ":" ranges *( "," ranges )`: the test answer of a command whose fields are all numbers.
    ///
    /// # Errors
    /// [`DecodeError::Syntax`] for another name, fewer or more than `N` ranges.
    pub fn decode_line<const N: usize>(line: &[u8], name: &'static str) -> Result<[Self; N], DecodeError> {
        let mut fields = Fields::of(line, name)?;
        let mut all = [Self::span(0, 0); N];
        for (index, ranges) in all.iter_mut().enumerate() {
            if index > 0 {
                fields.literal(",")?;
            }
            *ranges = Self::decode(&mut fields)?;
        }
        fields.end()?;
        Ok(all)
    }

    /// Writes the line that [`Ranges::decode_line`] reads.
    pub fn emit_line(out: &mut Encoder<'_>, name: &str, all: &[Self]) {
        out.text(name).text(": ");
        for (index, ranges) in all.iter().enumerate() {
            if index > 0 {
                out.text(",");
            }
            ranges.emit(out, ",");
        }
    }
}

impl Span {
    const fn min(&self) -> u32 {
        match *self {
            Self::One(value) | Self::To(value, _) => value,
        }
    }

    const fn max(&self) -> u32 {
        match *self {
            Self::One(value) | Self::To(_, value) => value,
        }
    }
}

impl PartialEq for Ranges {
    fn eq(&self, other: &Self) -> bool {
        self.spans() == other.spans()
    }
}

impl Eq for Ranges {}

impl Debug for Ranges {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.spans()).finish()
    }
}

impl Display for Ranges {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, span) in self.spans().iter().enumerate() {
            if index > 0 {
                f.write_str(" or ")?;
            }
            match span {
                Span::One(value) => write!(f, "{value}")?,
                Span::To(min, max) if min == max => write!(f, "{min}")?,
                Span::To(min, max) => write!(f, "{min} to {max}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn decode(text: &[u8]) -> Result<Ranges, DecodeError> {
        let mut fields = Fields::new(text);
        let ranges = Ranges::decode(&mut fields)?;
        fields.end().map(|()| ranges)
    }

    fn emit(ranges: &Ranges) -> String {
        let mut memory = [0; 128];
        let mut out = Encoder::new(&mut memory);
        ranges.emit(&mut out, ",");
        String::from_utf8(out.finish().expect("emits").to_vec()).expect("text")
    }

    #[test]
    fn what_modems_answer() {
        let one = decode(b"(0-0)").unwrap();
        assert_eq!(one, Ranges::span(0, 0));
        assert!(one.contains(0) && !one.contains(1));
        let timeout = decode(b"(0, 60-180)").unwrap();
        assert_eq!(timeout.spans(), [Span::One(0), Span::To(60, 180)]);
        assert_eq!((timeout.min(), timeout.max()), (0, 180));
        assert!(timeout.contains(0) && timeout.contains(60) && timeout.contains(180));
        assert!(!timeout.contains(1) && !timeout.contains(59) && !timeout.contains(181));
        assert_eq!(decode(b"(0,0)").unwrap().spans(), [Span::One(0), Span::One(0)]);
        assert_eq!(decode(b"( 1 - 10240 )").unwrap(), Ranges::span(1, 10240));
        assert_eq!(decode(b"(0-31,99)").unwrap().max(), 99);
    }

    #[test]
    fn nearest_is_the_allowed_value_with_the_least_difference() {
        for (text, nearest) in [
            (&b"(0,60-180)"[..], 60),
            (b"(1-180)", 60),
            (b"(0-30)", 30),
            (b"(300-300)", 300),
            (b"(0,61-4294967295)", 61),
            (b"(90-10)", 90),
        ] {
            assert_eq!(
                decode(text).unwrap().nearest(60),
                nearest,
                "{}",
                text.escape_ascii()
            );
        }
    }

    #[test]
    fn ranges_in_words() {
        insta::assert_snapshot!(decode(b"(0,60-180)").unwrap(), @"0 or 60 to 180");
        insta::assert_snapshot!(decode(b"(1-10240)").unwrap(), @"1 to 10240");
        let wrong = |text| decode(text).expect_err("no range").to_string();
        insta::assert_snapshot!(wrong(b"0-1"), @"expected `(` at byte 0, found `0`");
        insta::assert_snapshot!(wrong(b"()"), @"expected a number at byte 1, found `)`");
        insta::assert_snapshot!(wrong(b"(1-)"), @"expected a number at byte 3, found `)`");
        insta::assert_snapshot!(wrong(b"(1-2-3)"), @"expected `,` at byte 4, found `-`");
        insta::assert_snapshot!(wrong(b"(1"), @"expected `,` at byte 2, found the line's end");
        insta::assert_snapshot!(wrong(b"(1,2,3,4,5)"), @"expected a shorter range at byte 10, found `)`");
        insta::assert_snapshot!(wrong(b"(4294967296)"), @"expected a number at byte 1, found `4`");
    }

    /// What a modem states upside down allows nothing, and is no reason to stop.
    #[test]
    fn an_inverted_range_is_empty() {
        let inverted = decode(b"(5-1)").unwrap();
        assert!((0..10).all(|value| !inverted.contains(value)));
    }

    #[test]
    fn no_parts_and_too_many_are_refused() {
        assert!(Ranges::new(&[]).is_none());
        assert!(Ranges::new(&[Span::One(0); Ranges::MAX + 1]).is_none());
    }

    fn any_span() -> impl Strategy<Value = Span> {
        prop_oneof![
            any::<u32>().prop_map(Span::One),
            any::<(u32, u32)>().prop_map(|(min, max)| Span::To(min, max)),
        ]
    }

    proptest! {
        #[test]
        fn every_range_comes_back(parts in vec(any_span(), 1..=Ranges::MAX)) {
            let ranges = Ranges::new(&parts).expect("few parts");
            prop_assert_eq!(ranges.spans(), &parts[..]);
            prop_assert_eq!(decode(emit(&ranges).as_bytes()), Ok(ranges));
        }
    }
}

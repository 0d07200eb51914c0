//! `AT+CSQ`: the strength of the signal.

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information};
use crate::range::Ranges;

/// Asks for the signal's strength (3GPP TS 27.007, section 8.5). Answered by a [`SignalQuality`].
#[doc(alias = "AT+CSQ")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal;

/// `+CSQ: <rssi>,<ber>`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalQuality {
    /// 0 to 31, in steps of 2 dB from -113 dBm; 99 where it is not known.
    pub rssi: u8,
    /// The channel's bit error rate, 0 to 7; 99 where it is not known.
    pub ber: u8,
}

impl SignalQuality {
    /// The strength in dBm, where it is known: -113 to -51.
    pub const fn dbm(&self) -> Option<i16> {
        match self.rssi {
            0..=31 => Some(-113 + 2 * self.rssi as i16),
            _ => None,
        }
    }
}

impl Encode for Signal {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME).info(InfoShape::named(NAME))
    }
}

impl Command for Signal {
    const NAME: &'static str = NAME;
    type Reply<'a> = SignalQuality;

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<SignalQuality, DecodeError> {
        info.one(NAME)
    }
}

impl Parse<'_> for Signal {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        form.execute().map(|()| Self)
    }
}

impl Information<'_> for SignalQuality {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let reply = Self {
            rssi: fields.number("<rssi>")?,
            ber: fields.number("<ber>")?,
        };
        fields.end()?;
        Ok(reply)
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text(": ").number(self.rssi).then(self.ber);
    }
}

impl Testable for Signal {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = SignalRanges;

    fn decode_test(info: InfoLines<'_>) -> Result<SignalRanges, DecodeError> {
        info.one(NAME)
    }
}

/// `+CSQ: (0-31,99),(0-7,99)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalRanges {
    /// The values that `<rssi>` can have.
    pub rssi: Ranges,
    /// The values that `<ber>` can have.
    pub ber: Ranges,
}

impl Information<'_> for SignalRanges {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let [rssi, ber] = Ranges::decode_line(line, NAME)?;
        Ok(Self { rssi, ber })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        Ranges::emit_line(out, NAME, &[self.rssi, self.ber]);
    }
}

const NAME: &str = "+CSQ";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{check_command, check_line, decode_error};

    #[test]
    fn the_notes_example() {
        check_command(&Signal, b"AT+CSQ\r");
        check_line(&SignalQuality { rssi: 23, ber: 0 }, b"+CSQ: 23,0");
    }

    #[test]
    fn strength_in_dbm() {
        assert_eq!(SignalQuality { rssi: 0, ber: 99 }.dbm(), Some(-113));
        assert_eq!(SignalQuality { rssi: 31, ber: 99 }.dbm(), Some(-51));
        assert_eq!(SignalQuality { rssi: 99, ber: 99 }.dbm(), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        insta::assert_snapshot!(decode_error::<SignalQuality>(b"+CSQ: 23"), @"expected <ber> at byte 8, found the line's end");
        insta::assert_snapshot!(decode_error::<SignalQuality>(b"+CSQ: 23,x"), @"expected <ber> at byte 9, found `x`");
        insta::assert_snapshot!(decode_error::<SignalQuality>(b"+CSQ: 256,0"), @"expected <rssi> at byte 6, found `2`");
        insta::assert_snapshot!(decode_error::<SignalQuality>(b"+CREG: 0,1"), @"expected +CSQ at byte 0, found `+`");
    }

    proptest! {
        #[test]
        fn every_value_comes_back(rssi: u8, ber: u8) {
            check_line(&SignalQuality { rssi, ber }, format!("+CSQ: {rssi},{ber}").as_bytes());
        }
    }
}

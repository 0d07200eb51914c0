//! The service: three commands, one answer, two URCs, each with both of its sides. All that it uses is public in `at-proto`.
//!
//! The layout of the answer is the LTE families', as far as public drivers show it. It differs between firmwares: compare it
//! with the manual of the modem at hand before you rely on a field.

use at_proto::{
    Command, DecodeError, Dialogue, Encode, Encoder, Fields, Form, InfoLines, InfoShape, Information, Parse,
};

/// `AT+CGNSSPWR=<on>`: switches the receiver on or off. [`Urc::Ready`] tells that it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Power {
    pub(crate) on: bool,
}

/// `AT+CGNSSINFO`: where are we? Answered by a [`Fix`], if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position;

/// `AT+CGNSSINFO=<seconds>`: tell it unasked, so often; 0 for never. Answers and reports have the same name: what is
/// pending says which a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReportEvery {
    pub(crate) seconds: u8,
}

/// A position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fix {
    /// In degrees, north of the equator.
    pub(crate) latitude: f64,
    /// In degrees, east of Greenwich.
    pub(crate) longitude: f64,
    /// In metres above the sea.
    pub(crate) altitude: f64,
}

/// What the service says unasked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Urc {
    /// `+CGNSSPWR: READY!`
    Ready,
    /// `+CGNSSINFO: …`; without a fix all fields are empty.
    Position(Option<Fix>),
}

impl Urc {
    /// `None` for a line that is none of these, so that it may be asked of the next family.
    pub(crate) fn decode(line: &[u8]) -> Option<Self> {
        if line == READY {
            return Some(Self::Ready);
        }
        Answer::decode(line).ok().map(|Answer(fix)| Self::Position(fix))
    }
}

impl Encode for Power {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(POWER).text("=").number(u8::from(self.on));
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(POWER)
    }
}

impl Command for Power {
    const NAME: &'static str = POWER;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(POWER)
    }
}

impl Parse<'_> for Power {
    const NAME: &'static str = POWER;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let on = fields.number::<u8>("<on>")? != 0;
        fields.end()?;
        Ok(Self { on })
    }
}

impl Encode for Position {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(POSITION);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(POSITION).info(InfoShape::named(POSITION))
    }
}

impl Command for Position {
    const NAME: &'static str = POSITION;
    type Reply<'a> = Option<Fix>;

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<Option<Fix>, DecodeError> {
        info.one(POSITION).map(|Answer(fix)| fix)
    }
}

impl Parse<'_> for Position {
    const NAME: &'static str = POSITION;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        form.execute().map(|()| Self)
    }
}

impl Encode for ReportEvery {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(POSITION).text("=").number(self.seconds);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(POSITION)
    }
}

impl Command for ReportEvery {
    const NAME: &'static str = POSITION;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(POSITION)
    }
}

impl Parse<'_> for ReportEvery {
    const NAME: &'static str = POSITION;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let seconds = fields.number("<time>")?;
        fields.end()?;
        Ok(Self { seconds })
    }
}

/// `+CGNSSINFO: <mode>,<GPS>,<GLONASS>,<BEIDOU>,<lat>,<N/S>,<log>,<E/W>,<date>,<UTC>,<alt>,<speed>,<course>,<PDOP>,…`
pub(crate) struct Answer(pub(crate) Option<Fix>);

impl<'a> Information<'a> for Answer {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, POSITION)?;
        if fields.word("<mode>")?.is_empty() {
            return Ok(Self(None));
        }
        for satellites in ["<GPS-SVs>", "<GLONASS-SVs>", "<BEIDOU-SVs>"] {
            fields.word(satellites)?;
        }
        let latitude = degrees(&mut fields, "<lat>", b'N', b'S')?;
        let longitude = degrees(&mut fields, "<log>", b'E', b'W')?;
        for time in ["<date>", "<UTC-time>"] {
            fields.word(time)?;
        }
        let altitude = decimal(&mut fields, "<alt>")?;
        Ok(Self(Some(Fix {
            latitude,
            longitude,
            altitude,
        })))
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(POSITION).text(": ");
        let Some(fix) = self.0 else {
            out.text(",,,,,,,,,,,,,,,");
            return;
        };
        let place = |degrees: f64, letters: [char; 2]| {
            let (whole, letter) = (degrees.abs().trunc(), letters[usize::from(degrees < 0.0)]);
            let minutes = (degrees.abs() - whole) * 60.0;
            format!("{:.6},{letter}", whole * 100.0 + minutes)
        };
        out.text("3,09,05,00,")
            .text(&place(fix.latitude, ['N', 'S']))
            .text(",")
            .text(&place(fix.longitude, ['E', 'W']))
            .text(&format!(
                ",131117,091918.0,{:.1},0.0,255.0,1.1,0.8,0.7",
                fix.altitude
            ));
    }
}

/// Degrees and minutes in one number, `ddmm.mmmmmm` or `dddmm.mmmmmm`, then a letter for the half of the globe.
fn degrees(
    fields: &mut Fields<'_>,
    expected: &'static str,
    positive: u8,
    negative: u8,
) -> Result<f64, DecodeError> {
    let number = decimal(fields, expected)?;
    let whole = (number / 100.0).trunc();
    let degrees = whole + (number - whole * 100.0) / 60.0;
    fields.literal(",")?;
    let sign = match () {
        () if fields.at(positive) => 1.0,
        () if fields.at(negative) => -1.0,
        () => return Err(fields.mismatch("N, S, E or W")),
    };
    fields.word("a letter")?;
    Ok(sign * degrees)
}

fn decimal(fields: &mut Fields<'_>, expected: &'static str) -> Result<f64, DecodeError> {
    fields.literal(",")?;
    // Where the error points to, should there be one.
    let place = fields.clone();
    let word = fields.word(expected)?;
    let number = str::from_utf8(word).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| place.mismatch(expected))
}

const POWER: &str = "+CGNSSPWR";
const POSITION: &str = "+CGNSSINFO";
pub(crate) const READY: &[u8] = b"+CGNSSPWR: READY!";

//! `AT+CGACT`: which PDP contexts are active?

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information, Replies};
use crate::value_range::ValueRange;

/// Activates a PDP context or ends it (3GPP TS 27.007, section 10.1.10). The read form lists the contexts, each a
/// [`ContextState`].
#[doc(alias = "AT+CGACT")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activate {
    /// 0 to end, 1 to activate.
    pub state: u8,
    /// The context. Left out it means all that are defined.
    pub cid: Option<u8>,
}

/// `+CGACT: <cid>,<state>`: one context of the read answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextState {
    /// The context.
    pub cid: u8,
    /// 0 for inactive, 1 for active.
    pub state: u8,
}

impl Encode for Activate {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.state);
        if let Some(cid) = self.cid {
            out.then(cid);
        }
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
    }
}

impl Command for Activate {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Activate {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let state = fields.number("<state>")?;
        let cid = fields.optional_number("<cid>")?;
        fields.end()?;
        Ok(Self { state, cid })
    }
}

impl Readable for Activate {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::named(NAME);
    type Reply<'a> = Replies<'a, ContextState>;

    fn decode_read(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

impl Testable for Activate {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = ValueRange<Self>;

    fn decode_test(info: InfoLines<'_>) -> Result<ValueRange<Self>, DecodeError> {
        info.one(NAME)
    }
}

impl Information<'_> for ContextState {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let cid = fields.number("<cid>")?;
        let state = fields.number("<state>")?;
        fields.end()?;
        Ok(Self { cid, state })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text(": ").number(self.cid).then(self.state);
    }
}

const NAME: &str = "+CGACT";

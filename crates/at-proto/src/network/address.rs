//! `AT+CGPADDR`: which addresses did the network give?

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::Form;
use crate::grammar::Fields;
use crate::info::{InfoLines, Information, Replies};

use super::Text;

/// Asks for the addresses of the PDP contexts (3GPP TS 27.007, section 10.1.14), each a [`ContextAddress`].
#[doc(alias = "AT+CGPADDR")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShowAddress {
    /// The context. Left out it means all that are defined.
    pub cid: Option<u8>,
}

/// `+CGPADDR: <cid>[,<address>[,<address>]]`: one context's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextAddress<'a> {
    /// The context.
    pub cid: u8,
    /// Its addresses, in the modem's order; the second, where there is one, is of IP version 6. Neither where the
    /// context is not active.
    pub addresses: Option<(Text<'a>, Option<Text<'a>>)>,
}

impl Encode for ShowAddress {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME);
        if let Some(cid) = self.cid {
            out.text("=").number(cid);
        }
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME).info(InfoShape::named(NAME))
    }
}

impl Command for ShowAddress {
    const NAME: &'static str = NAME;
    type Reply<'a> = Replies<'a, ContextAddress<'a>>;

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<Self::Reply<'a>, DecodeError> {
        info.all()
    }
}

impl Parse<'_> for ShowAddress {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        if form == Form::Execute {
            return Ok(Self { cid: None });
        }
        let mut fields = form.write()?;
        let cid = fields.number("<cid>").map(Some)?;
        fields.end()?;
        Ok(Self { cid })
    }
}

impl<'a> Information<'a> for ContextAddress<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let cid = fields.number("<cid>")?;
        let addresses = if fields.more() {
            let first = Text::decode(&mut fields, "<address>")?;
            let second = fields.more().then(|| Text::decode(&mut fields, "<address>"));
            Some((first, second.transpose()?))
        } else {
            None
        };
        fields.end()?;
        Ok(Self { cid, addresses })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text(": ").number(self.cid);
        if let Some((first, second)) = self.addresses {
            first.emit(out.text(","));
            if let Some(second) = second {
                second.emit(out.text(","));
            }
        }
    }
}

const NAME: &str = "+CGPADDR";

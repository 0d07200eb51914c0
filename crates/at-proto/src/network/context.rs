//! `AT+CGDCONT`: the access point that data go through.

use core::fmt::{self, Debug, Formatter};

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::{Encoder, Quoted};
use crate::error::DecodeError;
use crate::escape::Escaped;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information, Replies};
use crate::range::Ranges;

use super::places::{self, Places};

/// Defines a PDP context (3GPP TS 27.007, section 10.1.1). The read form lists the contexts, each a [`Context`].
#[doc(alias = "AT+CGDCONT")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DefineContext<'a> {
    /// The context's number, from 1. Alone it wipes the definition.
    pub cid: u8,
    /// `IP`, `IPV6` or `IPV4V6`.
    pub kind: Option<Quoted<'a>>,
    /// The access point's name.
    pub apn: Option<Quoted<'a>>,
    /// The address that is wanted. Networks ignore it.
    pub address: Option<Quoted<'a>>,
    /// The numbers that may follow: data compression, header compression, IPv4 address allocation, request type.
    pub options: [Option<u8>; 4],
}

/// `+CGDCONT: 1,"IP","jionet","0.0.0.0",0,0,0,0`: one context of the read answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// The context's number.
    pub cid: u8,
    /// `IP`, `IPV6` or `IPV4V6`.
    pub kind: Option<Quoted<'a>>,
    /// The access point's name.
    pub apn: Option<Quoted<'a>>,
    /// The address.
    pub address: Option<Quoted<'a>>,
    /// What follows, as the modem printed it: the family decides.
    pub tail: &'a [u8],
}

/// `+CGDCONT: (1-24,100-179),"IP",,,(0-2),(0-4),(0-1),(0-1)`: what the contexts of one type can be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ContextRanges<'a> {
    /// The context's number.
    pub cid: Ranges,
    /// The type that the line is about.
    pub kind: Option<Quoted<'a>>,
    /// What follows, as the modem printed it: the family decides.
    pub tail: &'a [u8],
}

impl<'a> DefineContext<'a> {
    /// The definition that everybody needs: a type, `IP` or `IPV6`, and the access point's name.
    pub const fn new(cid: u8, kind: Quoted<'a>, apn: Quoted<'a>) -> Self {
        Self {
            cid,
            kind: Some(kind),
            apn: Some(apn),
            address: None,
            options: [None; 4],
        }
    }
}

impl Encode for DefineContext<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        let mut places = Places::after(out.text(NAME).text("=").number(self.cid));
        places.quoted(self.kind).quoted(self.apn).quoted(self.address);
        for option in self.options {
            places.number(option);
        }
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
    }
}

impl Command for DefineContext<'_> {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl<'a> Parse<'a> for DefineContext<'a> {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'a>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let mut command = Self {
            cid: fields.number("<cid>")?,
            kind: places::quoted(&mut fields, "<PDP_type>")?,
            apn: places::quoted(&mut fields, "<APN>")?,
            address: places::quoted(&mut fields, "<PDP_addr>")?,
            options: [None; 4],
        };
        for option in &mut command.options {
            *option = places::number(&mut fields, "a number")?;
        }
        fields.end()?;
        Ok(command)
    }
}

impl Readable for DefineContext<'_> {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::named(NAME);
    type Reply<'a> = Replies<'a, Context<'a>>;

    fn decode_read(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

impl Testable for DefineContext<'_> {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = Replies<'a, ContextRanges<'a>>;

    fn decode_test(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

impl<'a> Information<'a> for Context<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        Ok(Self {
            cid: fields.number("<cid>")?,
            kind: places::quoted(&mut fields, "<PDP_type>")?,
            apn: places::quoted(&mut fields, "<APN>")?,
            address: places::quoted(&mut fields, "<PDP_addr>")?,
            tail: places::tail(&mut fields)?,
        })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        Places::after(out.text(NAME).text(": ").number(self.cid))
            .quoted(self.kind)
            .quoted(self.apn)
            .quoted(self.address)
            .tail(self.tail);
    }
}

impl<'a> Information<'a> for ContextRanges<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let cid = Ranges::decode(&mut fields)?;
        let mut kind = None;
        if fields.more() {
            fields.literal(",")?;
            if fields.at(b'"') {
                kind = Some(fields.quoted("<PDP_type>")?);
            }
        }
        Ok(Self {
            cid,
            kind,
            tail: places::tail(&mut fields)?,
        })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        self.cid.emit(out.text(NAME).text(": "), ",");
        if let Some(kind) = self.kind {
            out.then_quoted(kind);
        }
        if !self.tail.is_empty() {
            out.text(",").remainder(self.tail);
        }
    }
}

impl Debug for Context<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("cid", &self.cid)
            .field("kind", &self.kind)
            .field("apn", &self.apn)
            .field("address", &self.address)
            .field("tail", &Escaped(self.tail))
            .finish()
    }
}

impl Debug for ContextRanges<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextRanges")
            .field("cid", &self.cid)
            .field("kind", &self.kind)
            .field("tail", &Escaped(self.tail))
            .finish()
    }
}

const NAME: &str = "+CGDCONT";

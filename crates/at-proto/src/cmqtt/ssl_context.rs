//! `AT+CMQTTSSLCFG`: which SSL context the connection uses (the vendor's note, section 3.2.5).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information, Replies};
use crate::range::Ranges;

/// Chooses the SSL context for the next CONNECT. DISC and a failed CONNECT wipe the choice; without one, CONNECT
/// uses the context whose number is the client index.
#[doc(alias = "AT+CMQTTSSLCFG")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetSslContext {
    /// The session, which is the client index.
    pub client: u8,
    /// The context: 0 to 1 on SIM7028, 0 to 9 on A76XX, SIM7500/7600 and SIM767X.
    pub context: u8,
}

/// `+CMQTTSSLCFG: <session_id>,<ssl_ctx_index>`: one client of the read answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SslContext {
    /// The session, which is the client index.
    pub client: u8,
    /// The context.
    pub context: u8,
}

/// `+CMQTTSSLCFG: (0,0),(0-1)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SslContextRanges {
    /// The session, which is the client index.
    pub client: Ranges,
    /// The context.
    pub context: Ranges,
}

impl Encode for SetSslContext {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.client).then(self.context);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
    }
}

impl Command for SetSslContext {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for SetSslContext {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let command = Self {
            client: fields.number("<session_id>")?,
            context: fields.number("<ssl_ctx_index>")?,
        };
        fields.end()?;
        Ok(command)
    }
}

impl Readable for SetSslContext {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::named(NAME);
    type Reply<'a> = Replies<'a, SslContext>;

    fn decode_read(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

impl Testable for SetSslContext {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = SslContextRanges;

    fn decode_test(info: InfoLines<'_>) -> Result<SslContextRanges, DecodeError> {
        info.one(NAME)
    }
}

impl Information<'_> for SslContext {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let reply = Self {
            client: fields.number("<session_id>")?,
            context: fields.number("<ssl_ctx_index>")?,
        };
        fields.end()?;
        Ok(reply)
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text(": ").number(self.client).then(self.context);
    }
}

impl Information<'_> for SslContextRanges {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let [client, context] = Ranges::decode_line(line, NAME)?;
        Ok(Self { client, context })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        Ranges::emit_line(out, NAME, &[self.client, self.context]);
    }
}

const NAME: &str = "+CMQTTSSLCFG";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::{Read, Test};
    use crate::range::Span;
    use crate::testing::{check_command, check_form, check_line};

    #[test]
    fn the_notes_examples() {
        check_command(
            &SetSslContext {
                client: 0,
                context: 1,
            },
            b"AT+CMQTTSSLCFG=0,1\r",
        );
        check_form(&Read::<SetSslContext>::new(), b"AT+CMQTTSSLCFG?\r");
        check_line(
            &SslContext {
                client: 0,
                context: 0,
            },
            b"+CMQTTSSLCFG: 0,0",
        );
        check_form(&Test::<SetSslContext>::new(), b"AT+CMQTTSSLCFG=?\r");
        check_line(
            &SslContextRanges {
                client: Ranges::new(&[Span::One(0), Span::One(0)]).unwrap(),
                context: Ranges::span(0, 1),
            },
            b"+CMQTTSSLCFG: (0,0),(0-1)",
        );
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, context: u8) {
            let line = format!("AT+CMQTTSSLCFG={client},{context}\r");
            check_command(&SetSslContext { client, context }, line.as_bytes());
            check_line(&SslContext { client, context }, b"");
        }
    }
}

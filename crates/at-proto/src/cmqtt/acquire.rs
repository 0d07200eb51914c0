//! `AT+CMQTTACCQ`: acquire a client (the vendor's note, section 3.2.3).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::{Encoder, Quoted};
use crate::error::DecodeError;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information, Replies};
use crate::range::Ranges;

use super::budget;

/// Acquires a client: after START, before anything else that names it.
#[doc(alias = "AT+CMQTTACCQ")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acquire<'a> {
    /// The client index: 0, on families with two clients 0 or 1.
    pub client: u8,
    /// The MQTT client identifier: 1 to 256 bytes on SIM7028 and SIM7022, 1 to 128 elsewhere.
    pub id: Quoted<'a>,
    /// 0 for TCP, 1 for TLS. Left out it means 0, unless a version follows.
    pub server_type: Option<u8>,
    /// SIM7500/7600 alone: 3 for MQTT 3.1, 4 for 3.1.1.
    pub version: Option<u8>,
}

/// `+CMQTTACCQ: <client_index>,"<clientID>",<server_type>`: one client of the read answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcquiredClient<'a> {
    /// The client index.
    pub client: u8,
    /// The MQTT client identifier; empty where A76XX lists a slot that nobody acquired.
    pub id: Quoted<'a>,
    /// 0 for TCP, 1 for TLS.
    pub server_type: u8,
}

/// `+CMQTTACCQ: (0-0),(1-256)[,(0-1)]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcquireRanges {
    /// The client index.
    pub client: Ranges,
    /// The client identifier's length in bytes.
    pub id_len: Ranges,
    /// The server type.
    pub server_type: Ranges,
}

impl Encode for Acquire<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.client).then_quoted(self.id);
        if let Some(server_type) = self.server_type.or(self.version.map(|_| 0)) {
            out.then(server_type);
        }
        if let Some(version) = self.version {
            out.then(version);
        }
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME).error(self.client).budget(budget::CLIENT)
    }
}

impl Command for Acquire<'_> {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl<'a> Parse<'a> for Acquire<'a> {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'a>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let client = fields.number("<client_index>")?;
        let id = fields.quoted("<clientID>")?;
        let server_type = fields.optional_number("<server_type>")?;
        let version = fields.optional_number("<mqtt_version>")?;
        fields.end()?;
        Ok(Self {
            client,
            id,
            server_type,
            version,
        })
    }
}

impl Readable for Acquire<'_> {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::Named(NAME, |rest| rest.contains(&b'"'));
    type Reply<'a> = Replies<'a, AcquiredClient<'a>>;

    fn decode_read(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

impl Testable for Acquire<'_> {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = AcquireRanges;

    fn decode_test(info: InfoLines<'_>) -> Result<AcquireRanges, DecodeError> {
        info.one(NAME)
    }
}

impl<'a> Information<'a> for AcquiredClient<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let client = fields.number("<client_index>")?;
        let id = fields.quoted("<clientID>")?;
        let server_type = fields.number("<server_type>")?;
        fields.end()?;
        Ok(Self {
            client,
            id,
            server_type,
        })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME)
            .text(": ")
            .number(self.client)
            .then_quoted(self.id)
            .then(self.server_type);
    }
}

impl Information<'_> for AcquireRanges {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let client = Ranges::decode(&mut fields)?;
        fields.literal(",")?;
        let id_len = Ranges::decode(&mut fields)?;
        fields.literal("[,")?;
        let server_type = Ranges::decode(&mut fields)?;
        fields.literal("]")?;
        fields.end()?;
        Ok(Self {
            client,
            id_len,
            server_type,
        })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        self.client.emit(out.text(NAME).text(": "), ",");
        self.id_len.emit(out.text(","), ",");
        self.server_type.emit(out.text("[,"), ",");
        out.text("]");
    }
}

const NAME: &str = "+CMQTTACCQ";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::{Read, Test};
    use crate::testing::{any_quoted, check_command, check_form, check_line, decode_error};

    #[test]
    fn the_notes_examples() {
        let id = Quoted::new("a12mmmm").unwrap();
        check_command(
            &Acquire {
                client: 0,
                id,
                server_type: Some(0),
                version: None,
            },
            b"AT+CMQTTACCQ=0,\"a12mmmm\",0\r",
        );
        check_command(
            &Acquire {
                client: 0,
                id,
                server_type: None,
                version: None,
            },
            b"AT+CMQTTACCQ=0,\"a12mmmm\"\r",
        );
        check_form(&Read::<Acquire<'_>>::new(), b"AT+CMQTTACCQ?\r");
        check_line(
            &AcquiredClient {
                client: 0,
                id,
                server_type: 0,
            },
            b"+CMQTTACCQ: 0,\"a12mmmm\",0",
        );
        check_form(&Test::<Acquire<'_>>::new(), b"AT+CMQTTACCQ=?\r");
        check_line(
            &AcquireRanges {
                client: Ranges::span(0, 0),
                id_len: Ranges::span(1, 256),
                server_type: Ranges::span(0, 1),
            },
            b"+CMQTTACCQ: (0-0),(1-256)[,(0-1)]",
        );
    }

    #[test]
    fn sim7600_takes_a_version() {
        let id = Quoted::new("Client1").unwrap();
        check_command(
            &Acquire {
                client: 0,
                id,
                server_type: Some(1),
                version: Some(4),
            },
            b"AT+CMQTTACCQ=0,\"Client1\",1,4\r",
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        insta::assert_snapshot!(
            decode_error::<AcquiredClient<'_>>(b"+CMQTTACCQ: 0,a12mmmm,0"),
            @"expected <clientID> at byte 14, found `a`"
        );
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, id in any_quoted(), server_type: Option<u8>) {
            let id = Quoted::new(&id).unwrap();
            check_form(&Acquire { client, id, server_type, version: None }, b"");
            check_form(&Acquire { client, id, server_type: Some(1), version: Some(client) }, b"");
            check_line(&AcquiredClient { client, id, server_type: server_type.unwrap_or(0) }, b"");
        }
    }
}

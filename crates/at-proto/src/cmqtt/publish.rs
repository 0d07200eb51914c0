//! `AT+CMQTTPUB`: publish (the vendor's note, section 3.2.12).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Testable};
use crate::info::{InfoLines, Information};
use crate::range::Ranges;

use super::budget;

/// Publishes what TOPIC and PAYLOAD gave, and wipes both. Under QoS 1 and 2 its result tells that the broker has it.
#[doc(alias = "AT+CMQTTPUB")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The client index.
    pub client: u8,
    /// The quality of service, 0 to 2.
    pub qos: u8,
    /// How long the modem tries, in seconds: 60 to 180, on A76XX 1 to 180.
    pub timeout: u32,
    /// 1: the broker keeps the message for later subscribers. Left out it means 0, unless `dup` follows.
    pub retained: Option<u8>,
    /// 1 marks a message that is sent again; left out it means 0. The modem gives it a new packet identifier either
    /// way.
    pub dup: Option<u8>,
}

/// `+CMQTTPUB: (0-0),(0-2),(60-180),(0-1),(0-1)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishRanges {
    /// The client index.
    pub client: Ranges,
    /// The quality of service.
    pub qos: Ranges,
    /// The timeout in seconds.
    pub timeout: Ranges,
    /// The RETAIN flag.
    pub retained: Ranges,
    /// The DUP flag.
    pub dup: Ranges,
}

impl Encode for Publish {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME)
            .text("=")
            .number(self.client)
            .then(self.qos)
            .then(self.timeout);
        if let Some(retained) = self.retained.or(self.dup.map(|_| 0)) {
            out.then(retained);
        }
        if let Some(dup) = self.dup {
            out.then(dup);
        }
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
            .result(Some(self.client))
            .budget(budget::with_timeout(self.timeout))
    }
}

impl Command for Publish {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Publish {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let command = Self {
            client: fields.number("<client_index>")?,
            qos: fields.number("<qos>")?,
            timeout: fields.number("<pub_timeout>")?,
            retained: fields.optional_number("<retained>")?,
            dup: fields.optional_number("<dup>")?,
        };
        fields.end()?;
        Ok(command)
    }
}

impl Testable for Publish {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = PublishRanges;

    fn decode_test(info: InfoLines<'_>) -> Result<PublishRanges, DecodeError> {
        info.one(NAME)
    }
}

impl Information<'_> for PublishRanges {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let [client, qos, timeout, retained, dup] = Ranges::decode_line(line, NAME)?;
        Ok(Self {
            client,
            qos,
            timeout,
            retained,
            dup,
        })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        let all = [self.client, self.qos, self.timeout, self.retained, self.dup];
        Ranges::emit_line(out, NAME, &all);
    }
}

const NAME: &str = "+CMQTTPUB";

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::form::Test;
    use crate::testing::{check_command, check_form, check_line};

    const PUBLISH: Publish = Publish {
        client: 0,
        qos: 1,
        timeout: 60,
        retained: None,
        dup: None,
    };

    #[test]
    fn the_notes_examples() {
        check_command(&PUBLISH, b"AT+CMQTTPUB=0,1,60\r");
        check_form(&Test::<Publish>::new(), b"AT+CMQTTPUB=?\r");
        check_line(
            &PublishRanges {
                client: Ranges::span(0, 0),
                qos: Ranges::span(0, 2),
                timeout: Ranges::span(60, 180),
                retained: Ranges::span(0, 1),
                dup: Ranges::span(0, 1),
            },
            b"+CMQTTPUB: (0-0),(0-2),(60-180),(0-1),(0-1)",
        );
    }

    #[test]
    fn flags_are_positional() {
        let retained = Publish {
            retained: Some(1),
            ..PUBLISH
        };
        check_command(&retained, b"AT+CMQTTPUB=0,1,60,1\r");
        let both = Publish {
            dup: Some(0),
            ..retained
        };
        check_command(&both, b"AT+CMQTTPUB=0,1,60,1,0\r");
        let dup = Publish {
            dup: Some(1),
            ..PUBLISH
        };
        let filled = Publish {
            retained: Some(0),
            ..dup
        };
        check_command(&filled, b"AT+CMQTTPUB=0,1,60,0,1\r");
        let mut memory = [0; 64];
        assert_eq!(
            crate::encode_line(&dup, &mut memory),
            Ok(&b"AT+CMQTTPUB=0,1,60,0,1\r"[..])
        );
    }

    #[test]
    fn the_budget_outlasts_the_timeout() {
        assert_eq!(PUBLISH.dialogue().budget, Duration::from_secs(70));
        let long = Publish {
            timeout: u32::MAX,
            ..PUBLISH
        };
        assert_eq!(
            long.dialogue().budget,
            Duration::from_secs(190),
            "what no manual allows"
        );
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, qos: u8, timeout: u32, retained: Option<u8>, dup: u8) {
            let command = Publish { client, qos, timeout, retained, dup: None };
            check_command(&command, b"");
            check_command(&Publish { retained: Some(dup), dup: Some(dup), ..command }, b"");
        }
    }
}

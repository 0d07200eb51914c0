//! `AT+CMQTTDISC`: disconnect from the broker, and whether it is connected (the vendor's note, section 3.2.9).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information, Replies};
use crate::range::Ranges;

use super::budget;

/// Disconnects a client. What SSLCFG chose for it is wiped.
#[doc(alias = "AT+CMQTTDISC")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnect {
    /// The client index.
    pub client: u8,
    /// How long the modem tries, in seconds: 60 to 180, on A76XX 1 to 180; 0 sets no timeout. Only SIM767X lets it be
    /// left out.
    pub timeout: Option<u32>,
}

/// `+CMQTTDISC: <client_index>,<disc_state>`: one client of the read answer. "Connected" is the same bytes as the
/// result of a DISC that succeeded, so after a DISC that timed out one answer proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionState {
    /// The client index.
    pub client: u8,
    /// Whether the client is connected: 0 on the line if it is, 1 if it is not.
    pub connected: bool,
}

/// `+CMQTTDISC: (0-0),(0, 60-180)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisconnectRanges {
    /// The client index.
    pub client: Ranges,
    /// The timeout in seconds.
    pub timeout: Ranges,
}

impl Encode for Disconnect {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.client);
        if let Some(timeout) = self.timeout {
            out.then(timeout);
        }
    }

    fn dialogue(&self) -> Dialogue {
        let timeout = match self.timeout {
            None | Some(0) => u32::MAX,
            Some(timeout) => timeout,
        };
        Dialogue::new(NAME)
            .result(Some(self.client))
            .budget(budget::with_timeout(timeout))
    }
}

impl Command for Disconnect {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Disconnect {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let command = Self {
            client: fields.number("<client_index>")?,
            timeout: fields.optional_number("<timeout>")?,
        };
        fields.end()?;
        Ok(command)
    }
}

impl Readable for Disconnect {
    const NAME: &'static str = NAME;
    // A late result with another code is no state.
    const INFO: InfoShape = InfoShape::Named(NAME, |rest| ConnectionState::fields(Fields::new(rest)).is_ok());
    type Reply<'a> = Replies<'a, ConnectionState>;

    fn decode_read(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

impl Testable for Disconnect {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = DisconnectRanges;

    fn decode_test(info: InfoLines<'_>) -> Result<DisconnectRanges, DecodeError> {
        info.one(NAME)
    }
}

impl Information<'_> for ConnectionState {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        Self::fields(Fields::of(line, NAME)?)
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME)
            .text(": ")
            .number(self.client)
            .then(u8::from(!self.connected));
    }
}

impl ConnectionState {
    fn fields(mut fields: Fields<'_>) -> Result<Self, DecodeError> {
        let client = fields.number("<client_index>")?;
        let State(connected) = fields.number("<disc_state>")?;
        fields.end()?;
        Ok(Self { client, connected })
    }
}

/// The number on the line: 0 connected, 1 disconnected.
struct State(bool);

impl TryFrom<u32> for State {
    type Error = ();

    fn try_from(number: u32) -> Result<Self, ()> {
        match number {
            0 => Ok(Self(true)),
            1 => Ok(Self(false)),
            _ => Err(()),
        }
    }
}

impl Information<'_> for DisconnectRanges {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let [client, timeout] = Ranges::decode_line(line, NAME)?;
        Ok(Self { client, timeout })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        self.client.emit(out.text(NAME).text(": "), ",");
        // The one test answer of the note that has a blank inside a range.
        self.timeout.emit(out.text(","), ", ");
    }
}

const NAME: &str = "+CMQTTDISC";

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::form::{Read, Test};
    use crate::range::Span;
    use crate::testing::{check_command, check_form, check_line, decode_error};

    const CONNECTED: ConnectionState = ConnectionState {
        client: 0,
        connected: true,
    };
    const DISCONNECTED: ConnectionState = ConnectionState {
        client: 0,
        connected: false,
    };

    #[test]
    fn the_notes_examples() {
        check_command(
            &Disconnect {
                client: 0,
                timeout: Some(120),
            },
            b"AT+CMQTTDISC=0,120\r",
        );
        check_form(&Read::<Disconnect>::new(), b"AT+CMQTTDISC?\r");
        check_line(&CONNECTED, b"+CMQTTDISC: 0,0");
        check_line(&DISCONNECTED, b"+CMQTTDISC: 0,1");
        check_form(&Test::<Disconnect>::new(), b"AT+CMQTTDISC=?\r");
        check_line(
            &DisconnectRanges {
                client: Ranges::span(0, 0),
                timeout: Ranges::new(&[Span::One(0), Span::To(60, 180)]).unwrap(),
            },
            b"+CMQTTDISC: (0-0),(0, 60-180)",
        );
    }

    #[test]
    fn sim767x_takes_no_timeout() {
        let command = Disconnect {
            client: 0,
            timeout: None,
        };
        check_command(&command, b"AT+CMQTTDISC=0\r");
        assert_eq!(command.dialogue().budget, Duration::from_secs(190));
    }

    #[test]
    fn one_firmware_has_a_blank_in_its_state() {
        assert_eq!(ConnectionState::decode(b"+CMQTTDISC: 0, 1"), Ok(DISCONNECTED));
        assert_eq!(ConnectionState::decode(b"+CMQTTDISC:0,0"), Ok(CONNECTED));
    }

    #[test]
    fn a_late_failure_is_no_state() {
        let InfoShape::Named(_, accepts) = <Disconnect as Readable>::INFO else {
            panic!("lines with a name")
        };
        assert!(accepts(b"0,0") && accepts(b"0, 1") && accepts(b"1,1 "));
        assert!(!accepts(b"0,11") && !accepts(b"0") && !accepts(b"0,1,1"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        insta::assert_snapshot!(
            decode_error::<ConnectionState>(b"+CMQTTDISC: 0,2"),
            @"expected <disc_state> at byte 14, found `2`"
        );
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, timeout: Option<u32>, connected: bool) {
            check_command(&Disconnect { client, timeout }, b"");
            check_line(&ConnectionState { client, connected }, b"");
        }
    }
}

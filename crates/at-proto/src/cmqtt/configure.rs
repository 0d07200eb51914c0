//! `AT+CMQTTCFG`: settings of a client (the vendor's note, section 3.2.15).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::{Encoder, Quoted};
use crate::error::DecodeError;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information, Replies};
use crate::range::Ranges;

/// Sets something for a client: after ACCQ, before CONNECT. REL wipes it.
#[doc(alias = "AT+CMQTTCFG")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configure {
    /// The client index.
    pub client: u8,
    /// What is set.
    pub setting: Setting,
}

/// What `AT+CMQTTCFG` sets. Families add keys, so this enum may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// `"checkUTF8"`: 1, the default, lets the modem refuse topics that are not UTF-8; 0 does not.
    CheckUtf8(u8),
    /// `"optimeout"`: the longest pause while data are sent or received, 20 to 120 seconds; 120 is the default.
    OperationTimeout(u32),
    /// `"version"`, on A76XX and SIM767X: 3 for MQTT 3.1, the default on A76XX; 4 for 3.1.1.
    Version(u8),
    /// `"argtopic"`, on A76XX: two flags that make topics arguments of the commands. Known from a capture alone,
    /// which sets both.
    TopicArguments(u8, u8),
}

/// `+CMQTTCFG: <client_index>,<checkUTF8_flag>,<optimeout_val>`: one client of the read answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// The client index.
    pub client: u8,
    /// Whether topics have to be UTF-8: 0 or 1.
    pub check_utf8: u8,
    /// The longest pause while data are sent or received, in seconds.
    pub operation_timeout: u32,
}

/// `+CMQTTCFG: "checkUTF8",(0-0),(0-1)`: one line of the test answer, one line a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigRanges<'a> {
    /// The key.
    pub key: Quoted<'a>,
    /// The client index.
    pub client: Ranges,
    /// The value.
    pub value: Ranges,
}

impl Setting {
    /// The setting's name on the line.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::CheckUtf8(_) => CHECK_UTF8,
            Self::OperationTimeout(_) => OPERATION_TIMEOUT,
            Self::Version(_) => VERSION,
            Self::TopicArguments(..) => TOPIC_ARGUMENTS,
        }
    }
}

impl Encode for Configure {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME)
            .text("=\"")
            .text(self.setting.key())
            .text("\"")
            .then(self.client);
        match self.setting {
            Setting::CheckUtf8(value) | Setting::Version(value) => out.then(value),
            Setting::OperationTimeout(seconds) => out.then(seconds),
            Setting::TopicArguments(first, second) => out.then(first).then(second),
        };
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
    }
}

impl Command for Configure {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl Parse<'_> for Configure {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'_>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let at_key = fields.clone();
        let key = fields.quoted(KEY)?.as_bytes();
        let client = fields.number(CLIENT)?;
        let setting = if key == CHECK_UTF8.as_bytes() {
            Setting::CheckUtf8(fields.number("<checkUTF8_flag>")?)
        } else if key == OPERATION_TIMEOUT.as_bytes() {
            Setting::OperationTimeout(fields.number("<optimeout_val>")?)
        } else if key == VERSION.as_bytes() {
            Setting::Version(fields.number("<version>")?)
        } else if key == TOPIC_ARGUMENTS.as_bytes() {
            Setting::TopicArguments(fields.number("a flag")?, fields.number("a flag")?)
        } else {
            return Err(at_key.mismatch(KEY));
        };
        fields.end()?;
        Ok(Self { client, setting })
    }
}

impl Readable for Configure {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::named(NAME);
    type Reply<'a> = Replies<'a, ClientConfig>;

    fn decode_read(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

impl Testable for Configure {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = Replies<'a, ConfigRanges<'a>>;

    fn decode_test(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

impl Information<'_> for ClientConfig {
    /// What follows the two settings that every family has is left alone: families with more keys add their values.
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let reply = Self {
            client: fields.number(CLIENT)?,
            check_utf8: fields.number("<checkUTF8_flag>")?,
            operation_timeout: fields.number("<optimeout_val>")?,
        };
        if !fields.more() {
            fields.end()?;
        }
        Ok(reply)
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME)
            .text(": ")
            .number(self.client)
            .then(self.check_utf8)
            .then(self.operation_timeout);
    }
}

impl<'a> Information<'a> for ConfigRanges<'a> {
    /// What follows the first value's range is left alone: some keys of other families have two values.
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let key = fields.quoted(KEY)?;
        fields.literal(",")?;
        let client = Ranges::decode(&mut fields)?;
        fields.literal(",")?;
        let value = Ranges::decode(&mut fields)?;
        if !fields.at(b',') {
            fields.end()?;
        }
        Ok(Self { key, client, value })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text(": ").quoted(self.key);
        self.client.emit(out.text(","), ",");
        self.value.emit(out.text(","), ",");
    }
}

const NAME: &str = "+CMQTTCFG";
const CLIENT: &str = "<client_index>";
const KEY: &str = "the name of a setting";
const CHECK_UTF8: &str = "checkUTF8";
const OPERATION_TIMEOUT: &str = "optimeout";
const VERSION: &str = "version";
const TOPIC_ARGUMENTS: &str = "argtopic";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::{Read, Test};
    use crate::testing::{any_quoted, check_command, check_form, check_line, decode_error};

    const fn set(setting: Setting) -> Configure {
        Configure { client: 0, setting }
    }

    #[test]
    fn the_notes_examples() {
        check_command(&set(Setting::CheckUtf8(0)), b"AT+CMQTTCFG=\"checkUTF8\",0,0\r");
        check_command(
            &set(Setting::OperationTimeout(24)),
            b"AT+CMQTTCFG=\"optimeout\",0,24\r",
        );
        check_form(&Read::<Configure>::new(), b"AT+CMQTTCFG?\r");
        check_line(
            &ClientConfig {
                client: 0,
                check_utf8: 1,
                operation_timeout: 120,
            },
            b"+CMQTTCFG: 0,1,120",
        );
        check_form(&Test::<Configure>::new(), b"AT+CMQTTCFG=?\r");
        check_line(
            &ConfigRanges {
                key: Quoted::new("checkUTF8").unwrap(),
                client: Ranges::span(0, 0),
                value: Ranges::span(0, 1),
            },
            b"+CMQTTCFG: \"checkUTF8\",(0-0),(0-1)",
        );
        check_line(
            &ConfigRanges {
                key: Quoted::new("optimeout").unwrap(),
                client: Ranges::span(0, 0),
                value: Ranges::span(20, 120),
            },
            b"+CMQTTCFG: \"optimeout\",(0-0),(20-120)",
        );
    }

    #[test]
    fn other_families_have_more_keys() {
        check_command(&set(Setting::Version(4)), b"AT+CMQTTCFG=\"version\",0,4\r");
        check_command(
            &set(Setting::TopicArguments(1, 1)),
            b"AT+CMQTTCFG=\"argtopic\",0,1,1\r",
        );
        let config = ClientConfig::decode(b"+CMQTTCFG: 0,0,24,4").unwrap();
        assert_eq!((config.check_utf8, config.operation_timeout), (0, 24));
        let ranges = ConfigRanges::decode(b"+CMQTTCFG: \"argtopic\",(0-1),(0-1),(0-1)").unwrap();
        assert_eq!(ranges.client, Ranges::span(0, 1));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = Configure::parse(Form::Write(b"\"retries\",0,1")).unwrap_err();
        insta::assert_snapshot!(error, @"expected the name of a setting at byte 0, found `\\\"`");
        insta::assert_snapshot!(
            decode_error::<ConfigRanges<'_>>(b"+CMQTTCFG: \"optimeout\",(0-0)"),
            @"expected `,` at byte 28, found the line's end"
        );
        insta::assert_snapshot!(
            decode_error::<ClientConfig>(b"+CMQTTCFG: 0,1,120x"),
            @"expected the line's end at byte 18, found `x`"
        );
    }

    proptest! {
        #[test]
        fn every_command_comes_back(client: u8, first: u8, second: u8, seconds: u32, key in any_quoted()) {
            for setting in [
                Setting::CheckUtf8(first),
                Setting::OperationTimeout(seconds),
                Setting::Version(first),
                Setting::TopicArguments(first, second),
            ] {
                check_command(&Configure { client, setting }, b"");
            }
            check_line(&ClientConfig { client, check_utf8: first, operation_timeout: seconds }, b"");
            let key = Quoted::new(&key).unwrap();
            let value = Ranges::span(0, seconds);
            check_line(&ConfigRanges { key, client: Ranges::span(0, 1), value }, b"");
        }
    }
}

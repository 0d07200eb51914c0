//! `AT+CMQTTCONNECT`: connect to the broker (the vendor's note, section 3.2.8).

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::{Encoder, Quoted, Secret};
use crate::error::DecodeError;
use crate::form::{Form, Readable, Testable};
use crate::grammar::Fields;
use crate::info::{InfoLines, Information, Replies};
use crate::range::Ranges;

use super::budget;

/// Connects an acquired client. Whether by TLS was decided by ACCQ's server type, not by the address.
#[doc(alias = "AT+CMQTTCONNECT")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connect<'a> {
    /// The client index.
    pub client: u8,
    /// `tcp://host[:port]`, also for TLS: 1 to 128 bytes on SIM7028, 9 to 256 elsewhere. The default port is 1883.
    pub server: Quoted<'a>,
    /// The keep alive in seconds, 1 to 64800.
    pub keep_alive: u32,
    /// 1 for a clean session, 0 to go on with the one that the broker kept.
    pub clean_session: u8,
    /// Who logs in. Left out, nobody.
    pub credentials: Option<Credentials<'a>>,
}

/// Who logs in to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// The user name, 1 to 256 bytes.
    pub user: Quoted<'a>,
    /// The password, 1 to 256 bytes.
    pub password: Option<Secret<'a>>,
}

/// `+CMQTTCONNECT: <client_index>[,"<server_addr>",<keepalive_time>,<clean_session>[,"<user_name>"[,"<pass_word>"]]]`:
/// one client of the read answer. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionInfo<'a> {
    /// A client without a connection, on firmware that lists such.
    Idle {
        /// The client index.
        client: u8,
    },
    /// A connected client, and what its CONNECT said. The line carries the password in clear.
    Connected(Connect<'a>),
}

/// `+CMQTTCONNECT: (0-0),(1-128),(1-64800),(0-1)[,<user_name>,<pass_word>]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectRanges {
    /// The client index.
    pub client: Ranges,
    /// The server address's length in bytes.
    pub server_len: Ranges,
    /// The keep alive in seconds.
    pub keep_alive: Ranges,
    /// The clean session flag.
    pub clean_session: Ranges,
}

impl ConnectionInfo<'_> {
    /// The client index.
    pub const fn client(&self) -> u8 {
        match self {
            Self::Idle { client } => *client,
            Self::Connected(connect) => connect.client,
        }
    }
}

impl Encode for Connect<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=").number(self.client);
        self.write_arguments(out);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME)
            .result(Some(self.client))
            .budget(budget::CONNECT)
    }
}

impl Command for Connect<'_> {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl<'a> Parse<'a> for Connect<'a> {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'a>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let client = fields.number(CLIENT)?;
        Self::read_arguments(client, fields)
    }
}

impl Readable for Connect<'_> {
    const NAME: &'static str = NAME;
    // Not `0,3`, the late result of an earlier CONNECT.
    const INFO: InfoShape = InfoShape::Named(NAME, |rest| {
        rest.contains(&b'"') || (!rest.is_empty() && rest.trim_ascii_end().iter().all(u8::is_ascii_digit))
    });
    type Reply<'a> = Replies<'a, ConnectionInfo<'a>>;

    fn decode_read(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

impl Testable for Connect<'_> {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::ranges(NAME);
    type Reply<'a> = ConnectRanges;

    fn decode_test(info: InfoLines<'_>) -> Result<ConnectRanges, DecodeError> {
        info.one(NAME)
    }
}

impl<'a> Information<'a> for ConnectionInfo<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let client = fields.number(CLIENT)?;
        if !fields.more() {
            fields.end()?;
            return Ok(Self::Idle { client });
        }
        Connect::read_arguments(client, fields).map(Self::Connected)
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text(": ").number(self.client());
        if let Self::Connected(connect) = self {
            connect.write_arguments(out);
        }
    }
}

impl<'a> Connect<'a> {
    /// What stands behind the client index, in the command and in the read answer.
    fn read_arguments(client: u8, mut fields: Fields<'a>) -> Result<Self, DecodeError> {
        let server = fields.quoted("<server_addr>")?;
        let keep_alive = fields.number("<keepalive_time>")?;
        let clean_session = fields.number("<clean_session>")?;
        let credentials = if fields.more() {
            Some(Credentials::read(&mut fields)?)
        } else {
            None
        };
        fields.end()?;
        Ok(Self {
            client,
            server,
            keep_alive,
            clean_session,
            credentials,
        })
    }

    fn write_arguments(&self, out: &mut Encoder<'_>) {
        out.then_quoted(self.server)
            .then(self.keep_alive)
            .then(self.clean_session);
        if let Some(Credentials { user, password }) = self.credentials {
            out.then_quoted(user);
            if let Some(Secret(password)) = password {
                out.then_quoted(password);
            }
        }
    }
}

impl<'a> Credentials<'a> {
    fn read(fields: &mut Fields<'a>) -> Result<Self, DecodeError> {
        let user = fields.quoted("<user_name>")?;
        let password = if fields.more() {
            Some(Secret(fields.quoted("<pass_word>")?))
        } else {
            None
        };
        Ok(Self { user, password })
    }
}

impl Information<'_> for ConnectRanges {
    fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        let client = Ranges::decode(&mut fields)?;
        fields.literal(",")?;
        let server_len = Ranges::decode(&mut fields)?;
        fields.literal(",")?;
        let keep_alive = Ranges::decode(&mut fields)?;
        fields.literal(",")?;
        let clean_session = Ranges::decode(&mut fields)?;
        // How the user name and the password are printed says nothing and differs by family.
        if !fields.at(b'[') {
            fields.end()?;
        }
        Ok(Self {
            client,
            server_len,
            keep_alive,
            clean_session,
        })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        let all = [self.client, self.server_len, self.keep_alive, self.clean_session];
        Ranges::emit_line(out, NAME, &all);
        out.text("[,<user_name>,<pass_word>]");
    }
}

const NAME: &str = "+CMQTTCONNECT";
const CLIENT: &str = "<client_index>";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::{Read, Test};
    use crate::testing::{any_quoted, check_command, check_form, check_line, decode_error};

    fn connect() -> Connect<'static> {
        Connect {
            client: 0,
            server: Quoted::new("tcp://120.27.2.154:1883").unwrap(),
            keep_alive: 20,
            clean_session: 1,
            credentials: None,
        }
    }

    fn credentials() -> Credentials<'static> {
        Credentials {
            user: Quoted::new("user").unwrap(),
            password: Some(Secret(Quoted::new("hush").unwrap())),
        }
    }

    #[test]
    fn the_notes_examples() {
        check_command(
            &connect(),
            b"AT+CMQTTCONNECT=0,\"tcp://120.27.2.154:1883\",20,1\r",
        );
        check_form(&Read::<Connect<'_>>::new(), b"AT+CMQTTCONNECT?\r");
        check_line(
            &ConnectionInfo::Connected(connect()),
            b"+CMQTTCONNECT: 0,\"tcp://120.27.2.154:1883\",20,1",
        );
        check_form(&Test::<Connect<'_>>::new(), b"AT+CMQTTCONNECT=?\r");
        let ranges = ConnectRanges {
            client: Ranges::span(0, 0),
            server_len: Ranges::span(1, 128),
            keep_alive: Ranges::span(1, 64800),
            clean_session: Ranges::span(0, 1),
        };
        check_line(
            &ranges,
            b"+CMQTTCONNECT: (0-0),(1-128),(1-64800),(0-1)[,<user_name>,<pass_word>]",
        );
        assert_eq!(
            ConnectRanges::decode(b"+CMQTTCONNECT: (0-0), (1-128),(1-64800),(0-1)"),
            Ok(ranges)
        );
    }

    #[test]
    fn user_and_password() {
        let command = Connect {
            credentials: Some(credentials()),
            ..connect()
        };
        check_command(
            &command,
            b"AT+CMQTTCONNECT=0,\"tcp://120.27.2.154:1883\",20,1,\"user\",\"hush\"\r",
        );
        check_line(
            &ConnectionInfo::Connected(command),
            b"+CMQTTCONNECT: 0,\"tcp://120.27.2.154:1883\",20,1,\"user\",\"hush\"",
        );
        let command = Connect {
            credentials: Some(Credentials {
                password: None,
                ..credentials()
            }),
            ..command
        };
        check_command(
            &command,
            b"AT+CMQTTCONNECT=0,\"tcp://120.27.2.154:1883\",20,1,\"user\"\r",
        );
    }

    #[test]
    fn the_password_is_not_printed() {
        let command = Connect {
            credentials: Some(credentials()),
            ..connect()
        };
        let printed = format!("{command:?} {:?}", ConnectionInfo::Connected(command));
        assert!(printed.contains("[redacted]") && !printed.contains("hush"));
    }

    #[test]
    fn an_idle_client() {
        check_line(&ConnectionInfo::Idle { client: 0 }, b"+CMQTTCONNECT: 0");
    }

    #[test]
    fn a_late_result_is_no_answer() {
        let InfoShape::Named(_, accepts) = <Connect<'_> as Readable>::INFO else {
            panic!("lines with a name")
        };
        assert!(accepts(b"0") && accepts(b"0 ") && accepts(b"0,\"tcp://a\",20,1"));
        assert!(!accepts(b"0,3") && !accepts(b"0, 0") && !accepts(b""));
    }

    #[test]
    fn what_is_wrong_is_named() {
        insta::assert_snapshot!(
            decode_error::<ConnectionInfo<'_>>(b"+CMQTTCONNECT: 0,3"),
            @"expected <server_addr> at byte 17, found `3`"
        );
        insta::assert_snapshot!(
            decode_error::<ConnectionInfo<'_>>(b"+CMQTTCONNECT: 0,\"tcp://a\",20,1,\"user"),
            @"expected <user_name> at byte 32, found `\\\"`"
        );
    }

    proptest! {
        #[test]
        fn every_command_comes_back(
            client: u8, server in any_quoted(), keep_alive: u32, clean_session: u8,
            user in proptest::option::of(any_quoted()), password in proptest::option::of(any_quoted()),
        ) {
            let credentials = user.as_deref().map(|user| Credentials {
                user: Quoted::new(user).unwrap(),
                password: password.as_deref().map(|text| Secret(Quoted::new(text).unwrap())),
            });
            let server = Quoted::new(&server).unwrap();
            let command = Connect { client, server, keep_alive, clean_session, credentials };
            check_form(&command, b"");
            check_line(&ConnectionInfo::Connected(command), b"");
            check_line(&ConnectionInfo::Idle { client }, b"");
        }
    }
}

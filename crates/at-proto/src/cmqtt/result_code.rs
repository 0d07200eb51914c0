//! The number at the end of a result line, in words (the vendor's note, section 3.3.1; causes and remedies also from
//! what was seen in the field).

use core::fmt::{self, Display, Formatter};

/// `<err>`: how a command of the MQTT service ended. A code that no manual lists keeps its number.
///
/// ```
/// use at_proto::cmqtt::ResultCode;
///
/// assert_eq!(ResultCode(26).to_string(), "26: socket closed by server");
/// assert_eq!(ResultCode(77).to_string(), "77: not in the manual");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResultCode(pub u16);

/// Whether a command that ended with a code can succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outlook {
    /// The client is at another command for a moment: repeat the same command in place. Reconnecting starts the busy time
    /// again.
    Busy,
    /// It passes by itself, mostly soon after power-up: try again with pauses.
    Passes,
    /// What the command asks for is already so, often because the host restarted and the modem did not: ask for the state.
    AlreadySo,
    /// It passes only with something else: another connection, another value, another network.
    Stays,
    /// The broker refuses this client: each CONNECT with the same values ends so.
    Final,
}

/// What a code blames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Nothing: success.
    Nothing,
    /// A value of the command: the message, its topic, a length.
    Message,
    /// The state of the client slot or of the service, which does not allow the command now.
    State,
    /// A connection, service or client that the command needs and that is not there.
    Missing,
    /// The connection to the broker, which broke or was not made.
    Connection,
    /// The network between modem and broker, DNS included.
    Network,
    /// The broker, which closed the connection or takes nobody.
    Broker,
    /// What the client says of itself: protocol version, identifier, user name and password, and its rights.
    Credentials,
    /// TLS: certificates, keys, the context, the modem's clock.
    Tls,
    /// The modem, which does not say more.
    Modem,
}

impl ResultCode {
    /// Whether the command succeeded.
    pub const fn is_success(self) -> bool {
        self.0 == Self::SUCCESS.0
    }

    /// Whether the manual lists the code.
    pub const fn is_known(self) -> bool {
        self.0 <= Self::DISCONNECT_FAILED.0
    }

    /// Whether a command that ended so can succeed later.
    pub const fn outlook(self) -> Outlook {
        self.row().outlook
    }

    /// What the code blames.
    pub const fn subject(self) -> Subject {
        self.row().subject
    }

    /// Whether a PUB that ended so has sent nothing to the broker. Codes that blame the connection or the network come
    /// when the message may have been on its way.
    pub const fn precedes_sending(self) -> bool {
        matches!(
            self.subject(),
            Subject::Message | Subject::State | Subject::Missing
        )
    }

    /// The return code of the broker's CONNACK (MQTT 3.1.1, section 3.2.2.3) that the modem reports so.
    pub const fn connack(self) -> Option<u8> {
        match self.0 {
            code @ 27..=31 => Some((code - 26) as u8),
            _ => None,
        }
    }

    /// What the manual says that it means.
    pub const fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// What most likely led to it.
    pub const fn likely_cause(self) -> &'static str {
        self.row().cause
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        self.row().remedy
    }
}

impl From<u16> for ResultCode {
    fn from(code: u16) -> Self {
        Self(code)
    }
}

impl From<ResultCode> for u16 {
    fn from(code: ResultCode) -> Self {
        code.0
    }
}

impl Display for ResultCode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0, self.meaning())
    }
}

struct Row {
    outlook: Outlook,
    subject: Subject,
    meaning: &'static str,
    cause: &'static str,
    remedy: &'static str,
}

/// The one table: a constant for each code, whether it passes, what it blames, and its words.
macro_rules! codes {
    ($($code:literal $name:ident: $outlook:ident $subject:ident $meaning:literal, $cause:literal, $remedy:literal;)*) => {
        impl ResultCode {
            $(#[doc = concat!($code, ": ", $meaning, ".")]
            pub const $name: Self = Self($code);)*

            const fn row(self) -> Row {
                match self.0 {
                    $($code => Row {
                        outlook: Outlook::$outlook,
                        subject: Subject::$subject,
                        meaning: $meaning,
                        cause: $cause,
                        remedy: $remedy,
                    },)*
                    _ => Row {
                        outlook: Outlook::Stays,
                        subject: Subject::Modem,
                        meaning: "not in the manual",
                        cause: "firmware that knows more codes than the manual",
                        remedy: "look the code up in the manual of this modem's firmware",
                    },
                }
            }
        }
    };
}

codes! {
    0 SUCCESS: Stays Nothing "success",
        "all went well",
        "nothing to do";
    1 FAILED: Passes Modem "failed",
        "the modem does not say why; on START, too early after power-up, before the network is ready",
        "check that the modem is registered (AT+CEREG?), then try again";
    2 BAD_UTF8: Stays Message "bad UTF-8 string",
        "a topic or topic filter that is not UTF-8 while checkUTF8 is 1",
        "send UTF-8, or switch the check off with AT+CMQTTCFG=\"checkUTF8\"";
    3 SOCKET_CONNECT_FAILED: Passes Network "socket connect failed",
        "the server cannot be reached: wrong host or port, a firewall, or CONNECT before there is an IP address",
        "check host and port, and that AT+CGPADDR shows an address";
    4 SOCKET_CREATE_FAILED: Stays Network "socket create failed",
        "the modem has no socket left, or no data connection",
        "check the data connection; stop the service and start it again";
    5 SOCKET_CLOSE_FAILED: Stays Connection "socket close failed",
        "the socket was gone already",
        "go on: the connection is closed; if it happens again, stop the service and start it again";
    6 MESSAGE_RECEIVE_FAILED: Stays Broker "message receive failed",
        "the broker closed the connection, on PUB most often because its policy forbids this topic, retain flag or \
         quality of service",
        "check what the broker's policy allows this client identifier, and the broker's log";
    7 NETWORK_OPEN_FAILED: Passes Network "network open failed",
        "the PDP context could not be activated: no registration, or a wrong APN",
        "check registration (AT+CEREG?) and the APN (AT+CGDCONT?)";
    8 NETWORK_CLOSE_FAILED: Stays Network "network close failed",
        "the PDP context could not be deactivated, or was gone already",
        "start the service again; if that fails, reset the modem";
    9 NETWORK_NOT_OPENED: Passes Missing "network not opened",
        "the service is not started, or the network went away",
        "start the service with AT+CMQTTSTART";
    10 CLIENT_INDEX_ERROR: Stays State "client index error",
        "a client index that this modem does not have: SIM7028 and SIM7022 have 0 alone",
        "use client index 0";
    11 NO_CONNECTION: Stays Missing "no connection",
        "the client is not connected, or lost its connection",
        "connect with AT+CMQTTCONNECT";
    12 INVALID_PARAMETER: Stays Message "invalid parameter",
        "a value out of range, an address that does not begin with tcp://, or a length that does not match",
        "check the values against the answer of the command's test form";
    13 NOT_SUPPORTED: AlreadySo State "operation not supported",
        "the command does not fit the client's state, above all CONNECT while connected",
        "ask for the state with AT+CMQTTDISC?, and disconnect first if it is connected";
    14 CLIENT_BUSY: Busy State "client busy",
        "the client is still at another command: for 0.3 to 3 s after CONNECT's or SUB's result, or while the broker \
         owes an acknowledgement",
        "repeat the same command every 300 ms for some seconds; connecting again starts the busy time again";
    15 REQUIRE_CONNECTION_FAILED: Stays Connection "require connection failed",
        "the modem could not send its request for a connection to the broker",
        "check the network, then connect again";
    16 SOCKET_SEND_FAILED: Stays Connection "socket send failed",
        "the connection broke while data were sent",
        "check the signal, then connect again";
    17 TIMEOUT: Passes Network "timeout",
        "the broker did not answer in time: weak signal, slow network, or a message too large for it",
        "check the signal, then try again with a longer timeout";
    18 TOPIC_EMPTY: Stays Message "topic empty",
        "no topic was given since the last PUB, SUB or UNSUB, which wipe it",
        "give the topic again before each of these commands";
    19 CLIENT_IN_USE: AlreadySo State "client in use",
        "the client is acquired already, or on CONNECT connected already, for instance because the host restarted and \
         the modem did not",
        "ask for the state with AT+CMQTTDISC?; use the client as it is, or disconnect and release it first";
    20 CLIENT_NOT_ACQUIRED: Stays Missing "client not acquired",
        "no AT+CMQTTACCQ since START or REL",
        "acquire the client first";
    21 CLIENT_NOT_RELEASED: Stays State "client not released",
        "STOP while a client is still acquired",
        "disconnect and release every client, then stop";
    22 LENGTH_OUT_OF_RANGE: Stays Message "length out of range",
        "topic, filter or message are longer than this modem takes",
        "ask for the limit with the command's test form";
    23 NETWORK_ALREADY_OPENED: AlreadySo State "network already opened",
        "the service runs already, for instance because the host restarted and the modem did not",
        "go on without START, or disconnect, release and stop first";
    24 PACKET_FAILED: Stays Connection "packet failed",
        "the modem could not make or read an MQTT packet",
        "check that the server is an MQTT broker of the right version, then connect again";
    25 DNS_ERROR: Passes Network "DNS error",
        "the host name could not be resolved",
        "check the host name's spelling and the data connection, or use an IP address";
    26 SOCKET_CLOSED_BY_SERVER: Stays Broker "socket closed by server",
        "the server hung up, often a TLS port spoken to without TLS or with the wrong authmode",
        "check the port, ACCQ's server type and AT+CSSLCFG's authmode";
    27 REFUSED_PROTOCOL_VERSION: Final Credentials "refused: protocol version",
        "the broker does not speak this version: A76XX speaks MQTT 3.1 unless told otherwise",
        "choose 3.1.1 with AT+CMQTTCFG=\"version\",<client>,4 where the modem knows it";
    28 REFUSED_IDENTIFIER: Final Credentials "refused: identifier",
        "the broker does not take this client identifier",
        "use the identifier that the broker expects";
    29 REFUSED_SERVER_UNAVAILABLE: Stays Broker "refused: server unavailable",
        "the broker is up, but its service is not",
        "try again later";
    30 REFUSED_CREDENTIALS: Final Credentials "refused: user name or password",
        "the broker does not know this user name with this password",
        "check both, also for lost quotation marks";
    31 REFUSED_NOT_AUTHORISED: Final Credentials "refused: not authorised",
        "the broker does not let this client connect",
        "check the broker's access rules, and that user name and password were sent";
    32 HANDSHAKE_FAILED: Stays Tls "handshake failed",
        "TLS: a wrong or missing CA, SNI off, a key that does not belong to its certificate, a certificate that is not \
         valid by the modem's clock or not active at the broker, a TLS version that the server refuses, a server's chain \
         too long for the module, or firmware whose TLS fails with every server",
        "check the CA, enableSNI, the pair of certificate and key, sslversion, and the clock (AT+CCLK?); if plain TCP \
         works and no TLS server does, update the firmware";
    33 CERTIFICATE_NOT_SET: Stays Tls "certificate not set",
        "authmode needs a certificate that the SSL context does not name",
        "upload it with AT+CCERTDOWN and name it with AT+CSSLCFG, in the context that SSLCFG chose";
    34 OPEN_SESSION_FAILED: Stays Tls "open session failed",
        "TLS: the modem cannot read the CA or the key: a PEM stored with CR LF, a date after 2049, or a wrong file",
        "store the file again with LF line ends, and check its dates and the names in AT+CSSLCFG?";
    35 DISCONNECT_FAILED: Stays Connection "disconnect failed",
        "the connection was gone already, or the broker did not answer in time",
        "ask for the state with AT+CMQTTDISC?; if it is still connected, disconnect again";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_outside_the_table_keeps_its_number() {
        assert_eq!(u16::from(ResultCode::from(4711)), 4711);
        assert!(!ResultCode(36).is_known() && ResultCode(35).is_known());
        assert!(ResultCode(0).is_success() && !ResultCode(1).is_success());
    }

    #[test]
    fn connack_return_codes_are_those_of_the_standard() {
        assert_eq!(ResultCode::REFUSED_PROTOCOL_VERSION.connack(), Some(1));
        assert_eq!(ResultCode::REFUSED_NOT_AUTHORISED.connack(), Some(5));
        assert_eq!(
            (0..=u16::MAX)
                .filter_map(|code| ResultCode(code).connack())
                .count(),
            5
        );
    }

    #[test]
    fn a_pub_that_was_refused_before_it_was_sent_has_sent_nothing() {
        let codes = (0..=36).filter(|&code| ResultCode(code).precedes_sending());
        assert_eq!(
            codes.collect::<Vec<_>>(),
            [2, 9, 10, 11, 12, 13, 14, 18, 19, 20, 21, 22, 23]
        );
    }

    #[test]
    fn the_whole_table() {
        let table: String = (0..=36)
            .map(ResultCode)
            .map(|code| {
                let (outlook, subject) = (code.outlook(), code.subject());
                let (cause, remedy) = (code.likely_cause(), code.remedy());
                format!("{code} [{outlook:?}, {subject:?}]\n  {cause}\n  -> {remedy}\n")
            })
            .collect();
        insta::assert_snapshot!(table);
    }
}

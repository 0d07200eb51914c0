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

impl ResultCode {
    /// Whether the command succeeded.
    pub const fn is_success(self) -> bool {
        self.0 == Self::SUCCESS.0
    }

    /// Whether the manual lists the code.
    pub const fn is_known(self) -> bool {
        self.0 <= Self::DISCONNECT_FAILED.0
    }

    /// What the manual says that it means.
    pub const fn meaning(self) -> &'static str {
        self.words().meaning
    }

    /// What most likely led to it.
    pub const fn likely_cause(self) -> &'static str {
        self.words().cause
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        self.words().remedy
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

struct Words {
    meaning: &'static str,
    cause: &'static str,
    remedy: &'static str,
}

/// The one table: a constant for each code, and its words.
macro_rules! codes {
    ($($code:literal $name:ident: $meaning:literal, $cause:literal, $remedy:literal;)*) => {
        impl ResultCode {
            $(#[doc = concat!($code, ": ", $meaning, ".")]
            pub const $name: Self = Self($code);)*

            const fn words(self) -> Words {
                match self.0 {
                    $($code => Words { meaning: $meaning, cause: $cause, remedy: $remedy },)*
                    _ => Words {
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
    0 SUCCESS: "success",
        "all went well",
        "nothing to do";
    1 FAILED: "failed",
        "the modem does not say why; on START, too early after power-up, before the network is ready",
        "check that the modem is registered (AT+CEREG?), then try again";
    2 BAD_UTF8: "bad UTF-8 string",
        "a topic or topic filter that is not UTF-8 while checkUTF8 is 1",
        "send UTF-8, or switch the check off with AT+CMQTTCFG=\"checkUTF8\"";
    3 SOCKET_CONNECT_FAILED: "socket connect failed",
        "the server cannot be reached: wrong host or port, a firewall, or CONNECT before there is an IP address",
        "check host and port, and that AT+CGPADDR shows an address";
    4 SOCKET_CREATE_FAILED: "socket create failed",
        "the modem has no socket left, or no data connection",
        "check the data connection; stop the service and start it again";
    5 SOCKET_CLOSE_FAILED: "socket close failed",
        "the socket was gone already",
        "go on: the connection is closed; if it happens again, stop the service and start it again";
    6 MESSAGE_RECEIVE_FAILED: "message receive failed",
        "the broker dropped the connection, often because its policy forbids this client identifier, topic or publish",
        "check what the broker allows this client, and its log";
    7 NETWORK_OPEN_FAILED: "network open failed",
        "the PDP context could not be activated: no registration, or a wrong APN",
        "check registration (AT+CEREG?) and the APN (AT+CGDCONT?)";
    8 NETWORK_CLOSE_FAILED: "network close failed",
        "the PDP context could not be deactivated, or was gone already",
        "start the service again; if that fails, reset the modem";
    9 NETWORK_NOT_OPENED: "network not opened",
        "the service is not started, or the network went away",
        "start the service with AT+CMQTTSTART";
    10 CLIENT_INDEX_ERROR: "client index error",
        "a client index that this modem does not have: SIM7028 and SIM7022 have 0 alone",
        "use client index 0";
    11 NO_CONNECTION: "no connection",
        "the client is not connected, or lost its connection",
        "connect with AT+CMQTTCONNECT";
    12 INVALID_PARAMETER: "invalid parameter",
        "a value out of range, an address that does not begin with tcp://, or a length that does not match",
        "check the values against the answer of the command's test form";
    13 NOT_SUPPORTED: "operation not supported",
        "the command does not fit the client's state, such as CONNECT while connected",
        "ask for the state with AT+CMQTTDISC?, and disconnect first if it is connected";
    14 CLIENT_BUSY: "client busy",
        "the client is still at another command",
        "wait for that command's result, then try again";
    15 REQUIRE_CONNECTION_FAILED: "require connection failed",
        "the modem could not send its request for a connection to the broker",
        "check the network, then connect again";
    16 SOCKET_SEND_FAILED: "socket send failed",
        "the connection broke while data were sent",
        "check the signal, then connect again";
    17 TIMEOUT: "timeout",
        "the broker did not answer in time: weak signal, slow network, or a message too large for it",
        "check the signal, then try again with a longer timeout";
    18 TOPIC_EMPTY: "topic empty",
        "no topic was given since the last PUB, SUB or UNSUB, which wipe it",
        "give the topic again before each of these commands";
    19 CLIENT_IN_USE: "client in use",
        "the client is acquired already, for instance because the host restarted and the modem did not",
        "use the client as it is, or disconnect and release it first";
    20 CLIENT_NOT_ACQUIRED: "client not acquired",
        "no AT+CMQTTACCQ since START or REL",
        "acquire the client first";
    21 CLIENT_NOT_RELEASED: "client not released",
        "STOP while a client is still acquired",
        "disconnect and release every client, then stop";
    22 LENGTH_OUT_OF_RANGE: "length out of range",
        "topic, filter or message are longer than this modem takes",
        "ask for the limit with the command's test form";
    23 NETWORK_ALREADY_OPENED: "network already opened",
        "the service runs already, for instance because the host restarted and the modem did not",
        "go on without START, or disconnect, release and stop first";
    24 PACKET_FAILED: "packet failed",
        "the modem could not make or read an MQTT packet",
        "check that the server is an MQTT broker of the right version, then connect again";
    25 DNS_ERROR: "DNS error",
        "the host name could not be resolved",
        "check the host name's spelling and the data connection, or use an IP address";
    26 SOCKET_CLOSED_BY_SERVER: "socket closed by server",
        "the server hung up, often a TLS port spoken to without TLS or with the wrong authmode",
        "check the port, ACCQ's server type and AT+CSSLCFG's authmode";
    27 REFUSED_PROTOCOL_VERSION: "refused: protocol version",
        "the broker does not speak this version: A76XX speaks MQTT 3.1 unless told otherwise",
        "choose 3.1.1 with AT+CMQTTCFG=\"version\",<client>,4 where the modem knows it";
    28 REFUSED_IDENTIFIER: "refused: identifier",
        "the broker does not take this client identifier",
        "use the identifier that the broker expects";
    29 REFUSED_SERVER_UNAVAILABLE: "refused: server unavailable",
        "the broker is up, but its service is not",
        "try again later";
    30 REFUSED_CREDENTIALS: "refused: user name or password",
        "the broker does not know this user name with this password",
        "check both, also for lost quotation marks";
    31 REFUSED_NOT_AUTHORISED: "refused: not authorised",
        "the broker does not let this client connect",
        "check the broker's access rules, and that user name and password were sent";
    32 HANDSHAKE_FAILED: "handshake failed",
        "TLS: a wrong or missing certificate, a TLS version that the server refuses, or a wrong clock",
        "check certificates, sslversion, enableSNI, and the clock (AT+CCLK?) or ignorelocaltime";
    33 CERTIFICATE_NOT_SET: "certificate not set",
        "authmode needs a certificate that the SSL context does not name",
        "upload it with AT+CCERTDOWN and name it with AT+CSSLCFG, in the context that SSLCFG chose";
    34 OPEN_SESSION_FAILED: "open session failed",
        "the SSL session could not be opened",
        "check the SSL context with AT+CSSLCFG?, then connect again";
    35 DISCONNECT_FAILED: "disconnect failed",
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
    fn the_whole_table() {
        let table: String = (0..=36)
            .map(ResultCode)
            .map(|code| format!("{code}\n  {}\n  -> {}\n", code.likely_cause(), code.remedy()))
            .collect();
        insta::assert_snapshot!(table);
    }
}

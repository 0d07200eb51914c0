//! Which commands carry a password, and where it stands in them.

use Field::{Key, Number, Text};

/// A field in front of a password.
#[derive(Clone, Copy)]
pub(super) enum Field {
    Number,
    /// In quotation marks, or left out.
    Text,
    /// The name of a parameter. With one of these names no password follows.
    Key(&'static [&'static [u8]]),
}

/// A command that carries a password.
pub(super) struct Command {
    pub(super) name: &'static [u8],
    /// The fields in front of what is hidden.
    pub(super) before: &'static [Field],
    /// Whether its answer has the same form.
    pub(super) answers: bool,
}

const fn command(name: &'static [u8], before: &'static [Field]) -> Command {
    Command {
        name,
        before,
        answers: false,
    }
}

/// A command with an answer that carries the password too.
const fn answered(name: &'static [u8], before: &'static [Field]) -> Command {
    Command {
        name,
        before,
        answers: true,
    }
}

/// Every such command but CONNECT and CSSLCFG, which are known by more than their names. Of logins the user name is hidden
/// too: families order the two differently. [SIM7600 AT V3.00; SIM7070_SIM7080_SIM7090 AT V1.05; SIM7020 AT V1.05;
/// SIM800 AT V1.09]
pub(super) const COMMANDS: &[Command] = &[
    // PINs of the SIM.
    command(b"+CPIN", &[]),
    command(b"+CPUK", &[]),
    command(b"+CLCK", &[Text, Number]),
    command(b"+CPWD", &[Text]),
    // Logins of an access point.
    answered(b"+CGAUTH", &[Number, Number]),
    answered(b"$QCPDPP", &[Number, Number]),
    answered(b"+CNCFG", &[Number, Number, Text]),
    answered(b"+CSTT", &[Text]),
    command(
        b"+SAPBR",
        &[Number, Number, Key(&[b"CONTYPE", b"APN", b"PHONENUM", b"RATE"])],
    ),
    // Logins of servers.
    answered(b"+CFTPSLOGIN", &[Text, Number]),
    answered(b"+CFTPPW", &[]),
    answered(b"+FTPPW", &[]),
    answered(b"+CSMTPSAUTH", &[Number]),
    answered(b"+HTTPPARA", &[Key(HARMLESS_HTTP_KEYS)]),
    command(
        b"+SHAHEAD",
        &[Key(&[
            b"Accept",
            b"Cache-control",
            b"Connection",
            b"Content-Type",
            b"User-Agent",
        ])],
    ),
    // The MQTT clients of other series.
    command(b"+CMQCON", &[Number, Number, Text, Number, Number, Number]),
    command(b"+SMCONF", &[Key(HARMLESS_MQTT_KEYS)]),
    // Wireless networks.
    command(b"+CWJAP", &[Text]),
    command(b"+CWSAP", &[Text]),
];

pub(super) const CONNECT: &[u8] = b"+CMQTTCONNECT";
pub(super) const TLS_CONTEXT: &[u8] = b"+CSSLCFG";

/// The keys of `AT+CSSLCFG` that no password follows.
pub(super) const HARMLESS_TLS_KEYS: [&[u8]; 9] = [
    b"sslversion",
    b"authmode",
    b"cacert",
    b"clientcert",
    b"clientkey",
    b"ignorelocaltime",
    b"negotiatetime",
    b"enableSNI",
    b"ciphersuites",
];

/// The keys of `AT+HTTPPARA` that no header follows. The login of a URL is hidden in every line.
const HARMLESS_HTTP_KEYS: &[&[u8]] = &[
    b"ACCEPT",
    b"BREAK",
    b"BREAKEND",
    b"CID",
    b"CONNECTTO",
    b"CONTENT",
    b"PROIP",
    b"PROPORT",
    b"READMODE",
    b"RECVTO",
    b"REDIR",
    b"SSLCFG",
    b"TIMEOUT",
    b"UA",
    b"URL",
];

const HARMLESS_MQTT_KEYS: &[&[u8]] = &[
    b"ASYNCMODE",
    b"CLEANSS",
    b"CLIENTID",
    b"KEEPTIME",
    b"MESSAGE",
    b"QOS",
    b"RETAIN",
    b"SUBHEX",
    b"TOPIC",
    b"URL",
    b"USERNAME",
];

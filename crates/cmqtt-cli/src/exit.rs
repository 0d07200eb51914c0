//! What a program's exit status is, for every way in which it can end. mosquitto's where mosquitto has such an end; each
//! row says from where.

use at_proto::cmqtt::{ResultCode, Subject};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As was asked.
    Done,
    /// A wrong argument.
    Usage,
    /// The modem said why: CONNECT, PUB or another command ended with this code.
    Modem(ResultCode),
    /// The connection was there, and is gone.
    ConnectionLost,
    /// The broker closed the connection at each attempt to publish a message.
    RefusedByBroker,
    /// A signal, which is how such a run is ended.
    Stopped,
    /// A signal, of this number, came before everything was delivered.
    Interrupted(u8),
    /// What `-W` allows was over.
    WaitedEnough,
    /// A file for TLS is wrong.
    TlsFile,
    /// No modem, no network, no delivery, no output, or less than all of it.
    Failed,
}

impl End {
    /// The status.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Self::Done | Self::Stopped => 0,
            // mosquitto_pub and mosquitto_sub 2.0.11, tried: wrong arguments and unreadable files, a name that does not
            // resolve, a port that is closed.
            Self::Usage | Self::TlsFile | Self::Failed => 1,
            // libmosquitto's MOSQ_ERR_CONN_LOST.
            Self::ConnectionLost => 7,
            // libmosquitto's MOSQ_ERR_ACL_DENIED.
            Self::RefusedByBroker => 12,
            // As a shell tells of a program that a signal has ended.
            Self::Interrupted(signal) => 128 | signal,
            // libmosquitto's MOSQ_ERR_TIMEOUT; mosquitto_sub 2.0.11 -W, tried.
            Self::WaitedEnough => 27,
            Self::Modem(code) => match (code.connack(), code.subject()) {
                // The broker's own code, as mosquitto's man pages say: 1 protocol version … 5 not authorised.
                (Some(refused), _) => refused,
                (None, Subject::Nothing) => 0,
                // libmosquitto's MOSQ_ERR_TLS.
                (None, Subject::Tls) => 8,
                // libmosquitto's MOSQ_ERR_CONN_LOST.
                (None, Subject::Connection | Subject::Missing | Subject::Broker) => 7,
                (None, _) => 1,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for end in [
            End::Done,
            End::Stopped,
            End::Usage,
            End::ConnectionLost,
            End::RefusedByBroker,
            End::Interrupted(2),
            End::Interrupted(15),
            End::WaitedEnough,
            End::TlsFile,
            End::Failed,
        ] {
            writeln!(table, "{:3}  {end:?}", end.status()).expect("a string");
        }
        for code in (0..=36).map(ResultCode) {
            writeln!(table, "{:3}  {code}", End::Modem(code).status()).expect("a string");
        }
        insta::assert_snapshot!(table);
    }
}

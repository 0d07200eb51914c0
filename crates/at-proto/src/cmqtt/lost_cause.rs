//! Why a connection was lost, in words (the vendor's note, section 3.3.2).

use core::fmt::{self, Display, Formatter};

/// `<cause>` of `+CMQTTCONNLOST`. Whatever the cause, client and service are kept: only CONNECT is needed again.
///
/// The set is closed: what the manual does not list is [`LostCause::Unknown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LostCause {
    /// 1: the peer closed the socket. Also how a broker throws a client out that broke its policy.
    ClosedByPeer,
    /// 2: the connection was reset.
    Reset,
    /// 3: the network was closed.
    NetworkClosed,
    /// Another number, which the manual does not list.
    Unknown(u16),
}

impl LostCause {
    /// The number on the line.
    pub const fn number(self) -> u16 {
        match self {
            Self::ClosedByPeer => 1,
            Self::Reset => 2,
            Self::NetworkClosed => 3,
            Self::Unknown(number) => number,
        }
    }

    /// What the manual says that it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ClosedByPeer => "closed by the peer",
            Self::Reset => "connection reset",
            Self::NetworkClosed => "network closed",
            Self::Unknown(_) => "not in the manual",
        }
    }

    /// What most likely led to it.
    pub const fn likely_cause(self) -> &'static str {
        match self {
            Self::ClosedByPeer => {
                "the broker closed the connection: its policy, a second client with the same identifier, or a missed \
                 keep alive"
            }
            Self::Reset => "something between modem and broker dropped the connection",
            Self::NetworkClosed => "the modem lost its data connection",
            Self::Unknown(_) => "firmware that knows more causes than the manual",
        }
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::ClosedByPeer => "connect again; if it is lost again at once, look into the broker's log",
            Self::Reset | Self::Unknown(_) => "connect again",
            Self::NetworkClosed => "wait until the modem is registered, then connect again",
        }
    }
}

impl From<u16> for LostCause {
    fn from(number: u16) -> Self {
        match number {
            1 => Self::ClosedByPeer,
            2 => Self::Reset,
            3 => Self::NetworkClosed,
            _ => Self::Unknown(number),
        }
    }
}

impl Display for LostCause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.number(), self.meaning())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back() {
        for number in 0..=u16::MAX {
            assert_eq!(LostCause::from(number).number(), number);
        }
    }

    #[test]
    fn the_whole_table() {
        let table: String = (1..=4)
            .map(LostCause::from)
            .map(|cause| format!("{cause}\n  {}\n  -> {}\n", cause.likely_cause(), cause.remedy()))
            .collect();
        insta::assert_snapshot!(table, @r#"
        1: closed by the peer
          the broker closed the connection: its policy, a second client with the same identifier, or a missed keep alive
          -> connect again; if it is lost again at once, look into the broker's log
        2: connection reset
          something between modem and broker dropped the connection
          -> connect again
        3: network closed
          the modem lost its data connection
          -> wait until the modem is registered, then connect again
        4: not in the manual
          firmware that knows more causes than the manual
          -> connect again
        "#);
    }
}

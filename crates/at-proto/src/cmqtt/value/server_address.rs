//! The broker's address.

use crate::encode::Quoted;
use crate::error::ValueError;

use super::check;

/// The broker's address as CONNECT takes it: `tcp://host[:port]`, also for TLS (the vendor's note, section 3.2.8). The
/// host is a name, an IPv4 address, or an IPv6 address in brackets (of which the note says nothing). At most 256 bytes;
/// SIM7028 takes 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ServerAddress<'a> {
    text: Quoted<'a>,
    host: &'a str,
    port: Option<u16>,
}

impl<'a> ServerAddress<'a> {
    /// The most bytes that any family takes.
    pub const MAX: usize = 256;

    /// The port where the address names none.
    pub const DEFAULT_PORT: u16 = 1883;

    /// Checks an address.
    ///
    /// # Errors
    /// [`ValueError::InvalidLength`]; [`ValueError::Malformed`] for another scheme, a missing host or a port that is
    /// none; [`ValueError::InvalidByte`] for a byte that no host has.
    pub fn new(address: &'a str) -> Result<Self, ValueError> {
        let text = check::quotable(WHAT, address.as_bytes(), Self::MAX)?;
        let malformed = |expected, rest: &str| ValueError::Malformed {
            what: WHAT,
            expected,
            at: address.len().saturating_sub(rest.len()),
        };
        let Some(rest) = address.strip_prefix(SCHEME) else {
            return Err(malformed("`tcp://` (also for TLS)", address));
        };
        let (host, behind) = split_host(rest).ok_or_else(|| malformed("`]`", ""))?;
        if host.is_empty() {
            return Err(malformed("a host", rest));
        }
        let bracketed = rest.starts_with('[');
        let host_at = SCHEME.len() + usize::from(bracketed);
        if let Some((at, byte)) = host
            .bytes()
            .enumerate()
            .find(|&(_, byte)| !is_host_byte(byte, bracketed))
        {
            return Err(ValueError::InvalidByte {
                what: WHAT,
                byte,
                at: host_at + at,
            });
        }
        let port = match behind.strip_prefix(':') {
            Some(digits) => Some(port(digits).ok_or_else(|| malformed("a port from 1 to 65535", digits))?),
            None if behind.is_empty() => None,
            None => return Err(malformed("`:` and a port, or nothing", behind)),
        };
        Ok(Self { text, host, port })
    }

    /// The host, without brackets.
    pub const fn host(&self) -> &'a str {
        self.host
    }

    /// The port, [`DEFAULT_PORT`](Self::DEFAULT_PORT) where the address names none.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(Self::DEFAULT_PORT)
    }

    /// The address as a command carries it.
    pub const fn quoted(&self) -> Quoted<'a> {
        self.text
    }

    /// The address's bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }
}

impl<'a> From<ServerAddress<'a>> for Quoted<'a> {
    fn from(address: ServerAddress<'a>) -> Self {
        address.text
    }
}

/// The host, and what follows it. `None` for a bracket that nothing closes.
fn split_host(rest: &str) -> Option<(&str, &str)> {
    match rest.strip_prefix('[') {
        Some(rest) => {
            let (host, behind) = split_before(rest, |byte| byte == b']');
            Some((host, behind.strip_prefix(']')?))
        }
        None => Some(split_before(rest, |byte| matches!(byte, b':' | b'/'))),
    }
}

/// What comes before the first byte that ends it, and the rest. In the place of `str::find`, in which the optimiser
/// leaves a panic.
fn split_before(text: &str, ends: impl Fn(u8) -> bool) -> (&str, &str) {
    let len = text.bytes().position(ends).unwrap_or(text.len());
    text.split_at_checked(len).unwrap_or((text, ""))
}

const fn is_host_byte(byte: u8, bracketed: bool) -> bool {
    if bracketed {
        byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'%')
    } else {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
    }
}

fn port(digits: &str) -> Option<u16> {
    // `parse` takes a sign, the modem does not.
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|&port| all_digits && port != 0)
}

const WHAT: &str = "server address";
const SCHEME: &str = "tcp://";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(address: &str, host: &str, port: u16) {
        let checked = ServerAddress::new(address).unwrap();
        assert_eq!((checked.host(), checked.port()), (host, port));
        assert_eq!(checked.as_bytes(), address.as_bytes());
        assert_eq!(Quoted::from(checked), checked.quoted());
    }

    #[test]
    fn what_can_be_sent() {
        check("tcp://test.mosquitto.org:1883", "test.mosquitto.org", 1883);
        check("tcp://120.27.2.154", "120.27.2.154", 1883);
        check("tcp://hooleeping.com:8883", "hooleeping.com", 8883);
        check("tcp://[2001:db8::1]:8883", "2001:db8::1", 8883);
        check("tcp://[::1]", "::1", 1883);
    }

    #[test]
    fn what_cannot_is_named() {
        let errors: String = [
            "",
            "mqtt://host",
            "ssl://host:8883",
            "host:1883",
            "tcp://",
            "tcp://:1883",
            "tcp://host:",
            "tcp://host:0",
            "tcp://host:+1",
            "tcp://host:65536",
            "tcp://host:18:83",
            "tcp://host/path",
            "tcp://ho st",
            "tcp://ho\"st",
            "tcp://host\r",
            "tcp://höst",
            "tcp://[::1",
            "tcp://[::1]1883",
            "tcp://[::g/]",
            "tcp://[]",
        ]
        .map(|address| {
            format!(
                "`{}`\n  {}\n",
                address.escape_debug(),
                ServerAddress::new(address).unwrap_err()
            )
        })
        .concat();
        insta::assert_snapshot!(errors, @r#"
        ``
          server address: 0 bytes, but 1 to 256 are allowed
        `mqtt://host`
          server address: expected `tcp://` (also for TLS) at byte 0
        `ssl://host:8883`
          server address: expected `tcp://` (also for TLS) at byte 0
        `host:1883`
          server address: expected `tcp://` (also for TLS) at byte 0
        `tcp://`
          server address: expected a host at byte 6
        `tcp://:1883`
          server address: expected a host at byte 6
        `tcp://host:`
          server address: expected a port from 1 to 65535 at byte 11
        `tcp://host:0`
          server address: expected a port from 1 to 65535 at byte 11
        `tcp://host:+1`
          server address: expected a port from 1 to 65535 at byte 11
        `tcp://host:65536`
          server address: expected a port from 1 to 65535 at byte 11
        `tcp://host:18:83`
          server address: expected a port from 1 to 65535 at byte 11
        `tcp://host/path`
          server address: expected `:` and a port, or nothing at byte 10
        `tcp://ho st`
          server address: byte ` ` at 8 cannot be sent
        `tcp://ho\"st`
          server address: byte `\"` at 8 cannot be sent
        `tcp://host\r`
          server address: byte `\r` at 10 cannot be sent
        `tcp://höst`
          server address: byte `\xc3` at 7 cannot be sent
        `tcp://[::1`
          server address: expected `]` at byte 10
        `tcp://[::1]1883`
          server address: expected `:` and a port, or nothing at byte 11
        `tcp://[::g/]`
          server address: byte `/` at 10 cannot be sent
        `tcp://[]`
          server address: expected a host at byte 6
        "#);
    }

    proptest! {
        #[test]
        fn any_text_is_an_address_or_not(text in "(tcp://)?\\PC{0,30}") {
            if let Ok(address) = ServerAddress::new(&text) {
                prop_assert!(text.contains(address.host()));
            }
        }

        #[test]
        fn host_and_port_come_back(host in "[a-z0-9.-]{1,40}", port in 1..=u16::MAX) {
            check(&format!("tcp://{host}:{port}"), &host, port);
            check(&format!("tcp://{host}"), &host, 1883);
        }
    }
}

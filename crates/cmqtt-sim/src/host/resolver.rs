//! Where a host that the DTE named really is: the system's answer, or what the user put in its place.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use thiserror::Error;

use crate::network::ConnectError;

/// Finds addresses for hosts. The default asks the system for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolver {
    redirects: Vec<Redirect>,
    broker: Option<Target>,
}

impl Resolver {
    /// Sends what goes to one host and port elsewhere. Of several for the same, the last counts; each counts more than
    /// [`send_all_to`](Self::send_all_to).
    #[must_use]
    pub fn redirect(mut self, redirect: Redirect) -> Self {
        self.redirects.push(redirect);
        self
    }

    /// Sends everything else to one broker.
    #[must_use]
    pub fn send_all_to(mut self, broker: Target) -> Self {
        self.broker = Some(broker);
        self
    }

    /// Where a connection to this host and port goes. Host names do not differ by upper and lower case.
    #[must_use]
    pub fn target(&self, host: &str, port: u16) -> Target {
        let mut redirects = self.redirects.iter().rev();
        let redirect = redirects.find(|redirect| redirect.from.is(host, port));
        match (redirect, &self.broker) {
            (Some(redirect), _) => redirect.to.clone(),
            (None, Some(broker)) => broker.clone(),
            (None, None) => Target {
                host: unbracketed(host).to_owned(),
                port,
            },
        }
    }

    /// The addresses to try, in this order; at least one. Asks the system and so may take its time.
    ///
    /// # Errors
    /// [`ConnectError::Dns`]: the name has no address.
    pub fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
        let target = self.target(host, port);
        let found = (target.host.as_str(), target.port).to_socket_addrs();
        let found: Vec<SocketAddr> = found.map_err(|_| ConnectError::Dns)?.collect();
        if found.is_empty() {
            Err(ConnectError::Dns)
        } else {
            Ok(found)
        }
    }
}

/// `HOST:PORT=HOST:PORT`: what goes to the first goes to the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The host and port that the DTE names.
    pub from: Target,
    /// Where it goes.
    pub to: Target,
}

impl FromStr for Redirect {
    type Err = ResolveError;

    fn from_str(text: &str) -> Result<Self, ResolveError> {
        let (from, to) = text
            .split_once('=')
            .ok_or_else(|| ResolveError::NoEquals(text.into()))?;
        Ok(Self {
            from: from.parse()?,
            to: to.parse()?,
        })
    }
}

/// `HOST:PORT`, where the host is a name or an address; one of IPv6 stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Name or address, without brackets.
    pub host: String,
    /// 1 to 65535.
    pub port: u16,
}

impl Target {
    fn is(&self, host: &str, port: u16) -> bool {
        self.port == port && self.host.eq_ignore_ascii_case(unbracketed(host))
    }
}

impl FromStr for Target {
    type Err = ResolveError;

    fn from_str(text: &str) -> Result<Self, ResolveError> {
        let (host, port) = text
            .rsplit_once(':')
            .ok_or_else(|| ResolveError::NoPort(text.into()))?;
        let port = match port.parse() {
            Ok(0) | Err(_) => return Err(ResolveError::Port(port.into())),
            Ok(port) => port,
        };
        let bare = unbracketed(host);
        if bare.is_empty() {
            return Err(ResolveError::NoHost(text.into()));
        }
        if bare.len() == host.len() && host.contains(':') {
            return Err(ResolveError::Brackets(text.into()));
        }
        Ok(Self {
            host: bare.to_owned(),
            port,
        })
    }
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self {
            host: address.ip().to_string(),
            port: address.port(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// What is wrong with a written host and port, or with a redirection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ResolveError {
    /// A redirection without `=`.
    #[error("expected HOST:PORT=HOST:PORT, found no `=` in \"{0}\"")]
    NoEquals(String),
    /// No port.
    #[error("expected HOST:PORT, found no `:` in \"{0}\"")]
    NoPort(String),
    /// No host.
    #[error("expected HOST:PORT, found no host in \"{0}\"")]
    NoHost(String),
    /// Not a port.
    #[error("expected a port from 1 to 65535, found \"{0}\"")]
    Port(String),
    /// An IPv6 address without brackets.
    #[error("expected brackets around an IPv6 address, found \"{0}\"")]
    Brackets(String),
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().expect("a host and a port")
    }

    #[track_caller]
    fn refused(text: &str, expect: &str) {
        let error = text.parse::<Redirect>().expect_err("refused");
        assert_eq!(error.to_string(), expect);
    }

    #[test]
    fn redirections_are_read() {
        let redirect: Redirect = "test.mosquitto.org:1883=[::1]:40000".parse().unwrap();
        assert_eq!(
            redirect.from,
            Target {
                host: "test.mosquitto.org".into(),
                port: 1883
            }
        );
        assert_eq!(
            redirect.to,
            Target {
                host: "::1".into(),
                port: 40000
            }
        );
        assert_eq!(redirect.to.to_string(), "[::1]:40000");
        assert_eq!(redirect.from.to_string(), "test.mosquitto.org:1883");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        refused("a:1", "expected HOST:PORT=HOST:PORT, found no `=` in \"a:1\"");
        refused("a=b:1", "expected HOST:PORT, found no `:` in \"a\"");
        refused("a:1=:1", "expected HOST:PORT, found no host in \":1\"");
        refused("a:0=b:1", "expected a port from 1 to 65535, found \"0\"");
        refused("a:1=b:65536", "expected a port from 1 to 65535, found \"65536\"");
        refused("a:1=b:", "expected a port from 1 to 65535, found \"\"");
        refused(
            "a:1=::1:1883",
            "expected brackets around an IPv6 address, found \"::1:1883\"",
        );
    }

    #[test]
    fn the_nearest_redirection_counts() {
        let resolver = Resolver::default();
        assert_eq!(resolver.target("[::1]", 1), target("[::1]:1"));
        let resolver = resolver
            .redirect("A.example:1883=127.0.0.1:1".parse().unwrap())
            .redirect("a.example:1883=127.0.0.1:2".parse().unwrap())
            .send_all_to(target("127.0.0.1:3"));
        assert_eq!(resolver.target("a.EXAMPLE", 1883), target("127.0.0.1:2"));
        assert_eq!(resolver.target("a.example", 8883), target("127.0.0.1:3"));
        assert_eq!(
            resolver.resolve("a.example", 1883),
            Ok(vec!["127.0.0.1:2".parse().unwrap()])
        );
    }

    #[test]
    fn a_name_without_an_address_is_a_dns_error() {
        // Reserved never to exist (RFC 6761); an empty label is no name at all.
        for name in ["no..such..name", "", "a b"] {
            assert_eq!(
                Resolver::default().resolve(name, 1883),
                Err(ConnectError::Dns),
                "{name:?}"
            );
        }
    }
}

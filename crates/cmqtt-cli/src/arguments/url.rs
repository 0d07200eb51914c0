//! `-L mqtt(s)://[user[:password]@]host[:port]/topic`, as mosquitto takes it: nothing in it is percent-decoded.

use std::fmt::{self, Debug, Formatter};

/// A URL taken apart.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    pub(crate) tls: bool,
    pub(crate) user: Option<&'a str>,
    pub(crate) password: Option<&'a str>,
    /// With brackets, if it is an IPv6 address.
    pub(crate) host: &'a str,
    pub(crate) port: Option<u16>,
    pub(crate) topic: Option<&'a str>,
}

impl<'a> Url<'a> {
    /// Takes a URL apart. An error never quotes it: it may hold a password.
    pub(crate) fn parse(url: &'a str) -> Result<Self, &'static str> {
        let (tls, rest) = if let Some(rest) = url.strip_prefix("mqtts://") {
            (true, rest)
        } else if let Some(rest) = url.strip_prefix("mqtt://") {
            (false, rest)
        } else {
            return Err("a URL begins with mqtt:// or mqtts://");
        };
        let (authority, topic) = match rest.split_once('/') {
            Some((authority, topic)) => (authority, Some(topic).filter(|topic| !topic.is_empty())),
            None => (rest, None),
        };
        let (login, address) = match authority.rsplit_once('@') {
            Some((login, address)) => (Some(login), address),
            None => (None, authority),
        };
        let (user, password) = match login.map(|login| login.split_once(':').ok_or(login)) {
            Some(Ok((user, password))) => (Some(user), Some(password)),
            Some(Err(user)) => (Some(user), None),
            None => (None, None),
        };
        let (host, port) = split_port(address);
        let port = port
            .map(|port| {
                port.parse()
                    .ok()
                    .filter(|&port| port != 0)
                    .ok_or("the URL's port is no number from 1 to 65535")
            })
            .transpose()?;
        if host.is_empty() {
            return Err("the URL names no host: mqtt(s)://[user[:password]@]host[:port]/topic");
        }
        Ok(Self {
            tls,
            user,
            password,
            host,
            port,
            topic,
        })
    }
}

impl Debug for Url<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Url")
            .field("tls", &self.tls)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

/// The colons of an IPv6 address are none before a port.
fn split_port(address: &str) -> (&str, Option<&str>) {
    match address.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (address, None),
    }
}

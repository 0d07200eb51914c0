//! An address to listen on.

use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// What one text stands for: a name may have several addresses, of which the first free one is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Addresses(pub(super) Vec<SocketAddr>);

impl FromStr for Addresses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((_, port)) = text.rsplit_once(':') else {
            return Err(format!(
                "expected ADDR:PORT such as 127.0.0.1:7028, found no `:` in {text:?}"
            ));
        };
        if port.parse::<u16>().is_err() {
            return Err(format!("expected a port from 0 to 65535, found {port:?}"));
        }
        let found: Vec<_> = text
            .to_socket_addrs()
            .map_err(|error| error.to_string())?
            .collect();
        if found.is_empty() {
            return Err("the name has no address".into());
        }
        Ok(Self(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |text: &str| text.parse::<Addresses>().map(|Addresses(found)| found);
        assert_eq!(
            read("127.0.0.1:0"),
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
        );
        assert!(read("[::1]:7028").is_ok());
        for wrong in [
            "",
            "7028",
            "127.0.0.1",
            "127.0.0.1:",
            ":x",
            "127.0.0.1:65536",
            "::1",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        for port in ["", "x", "65536", "-1"] {
            assert_eq!(
                read(&format!("127.0.0.1:{port}")),
                Err(format!("expected a port from 0 to 65535, found {port:?}"))
            );
        }
    }
}

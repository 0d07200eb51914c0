//! The broker's address, as the modem's CONNECT takes it.

use std::net::Ipv6Addr;

use at_proto::cmqtt::{Connect, Credentials, KeepAlive, ServerAddress};
use at_proto::{LINE_ROOM, Quoted, Secret, ValueError, encode_line};
use cmqtt_core::Limits;
use cmqtt_host::config_file::Hidden;

use super::will::within;
use super::{Given, Usage};

/// Address and login stand in one command line, which holds less than the longest of each.
pub(super) fn check_line(
    address: &str,
    keep_alive: KeepAlive,
    user: Option<&str>,
    password: Option<&Hidden>,
) -> Result<(), Usage> {
    let wrong = |reason: String| Usage::Wrong {
        place: "broker, user name and password".to_owned(),
        reason,
    };
    let quoted = |text| Quoted::new(text).map_err(|error| wrong(error.to_string()));
    let user = user.map(quoted).transpose()?;
    let password = password.map(|password| quoted(password.reveal())).transpose()?;
    let connect = Connect {
        client: 0,
        server: quoted(address)?,
        keep_alive: keep_alive.as_secs(),
        clean_session: 1,
        credentials: user.map(|user| Credentials {
            user,
            password: password.map(Secret),
        }),
    };
    let mut memory = [0; 2 * LINE_ROOM];
    match encode_line(&connect, &mut memory) {
        Ok(_) => Ok(()),
        Err(error) => Err(wrong(format!(
            "{error}; AT+CMQTTCONNECT has all three: choose shorter ones"
        ))),
    }
}

/// The address as the modem takes it, with the host in brackets where it is an IPv6 address.
pub(super) fn address(host: &Given<String>, port: u16, limits: &Limits) -> Result<String, Usage> {
    let name = host.value.as_str();
    let is_bare = name.parse::<Ipv6Addr>().is_ok();
    if name.contains("]:") || (name.contains(':') && !name.starts_with('[') && !is_bare) {
        return Err(host.wrong("neither a name nor an address; the port is an option of its own: -p PORT"));
    }
    let (before, after) = if is_bare { ("tcp://[", "]") } else { ("tcp://", "") };
    let address = format!("{before}{name}{after}:{port}");
    host.checked(|_| {
        ServerAddress::new(&address).map_err(|error| within_host(error, before.len()))?;
        within(
            "server address",
            address.len(),
            limits.server_len.min(),
            limits.server_len.max(),
        )
    })?;
    Ok(address)
}

/// An error about an address, as one about the host in it, `ahead` bytes from the front.
fn within_host(error: ValueError, ahead: usize) -> ValueError {
    match error {
        ValueError::InvalidByte { byte, at, .. } => ValueError::InvalidByte {
            what: "host",
            byte,
            at: at.saturating_sub(ahead),
        },
        ValueError::Malformed { expected, at, .. } => ValueError::Malformed {
            what: "host",
            expected,
            at: at.saturating_sub(ahead),
        },
        other => other,
    }
}

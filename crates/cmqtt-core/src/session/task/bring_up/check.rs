//! Whether what the modem holds is what is wanted.

use at_proto::cmqtt::{
    Acquire, AcquiredClient, Connect, ConnectionInfo, ConnectionState, Credentials, SetSslContext,
};
use at_proto::tls::Configure;
use at_proto::{InfoLines, Readable, Secret};

use crate::session::plan::Kept;
use crate::session::task::take_down::is_taken;

/// What the modem holds for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Nothing.
    Nothing,
    /// The client that is wanted.
    Ours,
    /// Another: another identifier, or another transport.
    Other,
    /// It did not tell.
    Unknown,
}

impl Held {
    /// What the read answer of ACCQ says of the plan's client.
    pub(super) fn of<M: AsRef<[u8]> + AsMut<[u8]>>(info: InfoLines<'_>, plan: &Kept<M>) -> Self {
        let Ok(clients) = Acquire::decode_read(info) else {
            return Self::Unknown;
        };
        let held = clients
            .filter_map(Result::ok)
            .find(|held| held.client == plan.client() && is_taken(held));
        match held {
            None => Self::Nothing,
            Some(held) if is_ours(&held, plan) => Self::Ours,
            Some(_) => Self::Other,
        }
    }
}

fn is_ours<M: AsRef<[u8]> + AsMut<[u8]>>(held: &AcquiredClient<'_>, plan: &Kept<M>) -> bool {
    plan.id().is_some_and(|id| id.as_bytes() == held.id.as_bytes())
        && u8::from(plan.tls().is_some()) == held.server_type
}

/// Whether the read answer of DISC says that this client is connected.
pub(in crate::session::task) fn is_connected(info: InfoLines<'_>, client: u8) -> bool {
    info.all::<ConnectionState>().is_ok_and(|states| {
        states
            .filter_map(Result::ok)
            .any(|state| state.client == client && state.connected)
    })
}

/// Whether the read answer of CONNECT is the plan's connection.
pub(super) fn same_connection<M: AsRef<[u8]> + AsMut<[u8]>>(info: InfoLines<'_>, plan: &Kept<M>) -> bool {
    let Some(wanted) = plan.connection() else {
        return false;
    };
    let credentials = wanted.login.map(|login| Credentials {
        user: login.user.quoted(),
        password: login.password.map(Secret::from),
    });
    let wanted = Connect {
        client: wanted.client,
        server: wanted.server.quoted(),
        keep_alive: wanted.keep_alive.as_secs(),
        clean_session: u8::from(wanted.clean_session),
        credentials,
    };
    Connect::decode_read(info).is_ok_and(|connections| {
        connections
            .filter_map(Result::ok)
            .any(|held| held == ConnectionInfo::Connected(wanted))
    })
}

/// Whether the read answer of SSLCFG says that the plan's TLS context is in use. Without a choice it is the one whose
/// number is the client index.
pub(super) fn chosen_context<M: AsRef<[u8]> + AsMut<[u8]>>(info: InfoLines<'_>, plan: &Kept<M>) -> bool {
    let chosen = SetSslContext::decode_read(info).map(|contexts| {
        contexts
            .filter_map(Result::ok)
            .find(|chosen| chosen.client == plan.client())
            .map_or(plan.client(), |chosen| chosen.context)
    });
    plan.tls().is_none_or(|wanted| chosen == Ok(wanted.context))
}

/// Whether the read answer of CSSLCFG has the plan's TLS context.
pub(super) fn same_context<M: AsRef<[u8]> + AsMut<[u8]>>(info: InfoLines<'_>, plan: &Kept<M>) -> bool {
    let Some(wanted) = plan.tls() else { return true };
    Configure::decode_read(info).is_ok_and(|contexts| {
        contexts
            .filter_map(Result::ok)
            .any(|held| wanted.is_held_as(&held))
    })
}

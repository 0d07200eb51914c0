//! What a client and its connection are made of: checked when they are made, so that a request can only be refused for
//! what this modem in particular does not take.

use at_proto::cmqtt::{KeepAlive, Password, ServerAddress, UserName};

/// How a client reaches its broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Transport {
    /// Plain TCP.
    #[default]
    Tcp,
    /// TLS, with the context that [`Client::use_ssl_context`](crate::Client::use_ssl_context) chooses.
    Tls,
}

/// A connection to a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection<'a> {
    /// The client index.
    pub client: u8,
    /// The broker's address. It begins with `tcp://` also where TLS is used.
    pub server: ServerAddress<'a>,
    /// The longest pause between two packets.
    pub keep_alive: KeepAlive,
    /// Whether the broker forgets what it knows of the client. Otherwise it keeps subscriptions, and messages for them.
    pub clean_session: bool,
    /// Who connects, where the broker asks.
    pub login: Option<Login<'a>>,
}

/// Who connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login<'a> {
    /// The user's name.
    pub user: UserName<'a>,
    /// The password, never printed.
    pub password: Option<Password<'a>>,
}

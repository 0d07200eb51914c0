//! The broker, and who the client is there.

use at_proto::cmqtt::{KeepAlive, Password, QoS, ServerAddress, TopicFilter, UserName};
use at_proto::{MqttVersion, ValueError};
use cmqtt_host::tls::TlsFiles;
use cmqtt_tokio::{Connection, Login, Verify};

use super::Secret;

/// What a connection is made of.
#[derive(Debug)]
pub(crate) struct Broker {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The client index.
    pub(crate) client: u8,
    pub(crate) id: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret>,
    /// In seconds.
    pub(crate) keep_alive: u32,
    pub(crate) clean_session: bool,
    pub(crate) version: Option<MqttVersion>,
    pub(crate) will: Option<Will>,
    pub(crate) security: Security,
    /// The filters that are subscribed to.
    pub(crate) subscriptions: Vec<(String, QoS)>,
}

/// What the broker publishes when the client vanishes.
#[derive(Debug)]
pub(crate) struct Will {
    pub(crate) topic: String,
    pub(crate) message: Vec<u8>,
    pub(crate) qos: QoS,
}

/// How the connection is made secret.
#[derive(Debug)]
pub(crate) enum Security {
    /// It is not.
    Plain,
    /// By TLS.
    Tls {
        /// What goes to the modem, read and checked.
        files: Box<TlsFiles>,
        /// Who has to prove who he is.
        verify: Verify,
        /// The modem's TLS context.
        context: u8,
    },
}

impl Broker {
    /// The address as the modem takes it: `tcp://` also for TLS.
    pub(super) fn address(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') && !host.starts_with('[') {
            format!("tcp://[{host}]:{port}")
        } else {
            format!("tcp://{host}:{port}")
        }
    }

    pub(super) fn connection<'a>(&'a self, address: &'a str) -> Result<Connection<'a>, ValueError> {
        let login = match &self.user {
            Some(user) => Some(Login {
                user: UserName::new(user)?,
                password: self
                    .password
                    .as_ref()
                    .map(|password| Password::new(&password.0))
                    .transpose()?,
            }),
            None => None,
        };
        Ok(Connection {
            client: self.client,
            server: ServerAddress::new(address)?,
            keep_alive: KeepAlive::new(self.keep_alive)?,
            clean_session: self.clean_session,
            login,
        })
    }

    pub(super) fn filters(&self) -> Result<Vec<(TopicFilter<'_>, QoS)>, ValueError> {
        self.subscriptions
            .iter()
            .map(|(filter, qos)| Ok((TopicFilter::new(filter)?, *qos)))
            .collect()
    }

    /// Whether the broker is named, and not numbered.
    pub(super) fn has_name(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host.parse::<std::net::IpAddr>().is_err()
    }
}

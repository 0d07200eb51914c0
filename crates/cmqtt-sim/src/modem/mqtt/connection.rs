//! CONNECT and DISC (the vendor's note, sections 3.2.8 and 3.2.9).

use std::time::Duration;

use at_proto::cmqtt::{
    Connect, ConnectRanges, ConnectionInfo, ConnectionState, Credentials, Disconnect, DisconnectRanges,
};
use at_proto::{Quoted, Ranges, Secret, Span};

use super::client::{About, Client, Login, Pending, State};
use super::{Asynchronous, Context, Mqtt, Outcome, ResultCode, conclude_asynchronous};
use crate::network::{self, NetworkRequest, TlsRequest, Will};
use crate::profile::Family;
use crate::switches::{ConnectAgain, ConnectIdle};

impl Mqtt {
    pub(super) fn connect(&mut self, cx: &mut Context<'_>, command: Connect<'_>) -> Outcome {
        let result = self.try_connect(cx, command);
        conclude_asynchronous(cx, Asynchronous::Connect, command.client, result)
    }

    fn try_connect(&mut self, cx: &mut Context<'_>, command: Connect<'_>) -> Result<Outcome, ResultCode> {
        let client = self.acquired(command.client)?;
        match client.state {
            State::Idle => {}
            State::Connected => {
                return Err(match cx.profile.switches.refusals.connect_again {
                    ConnectAgain::NotSupported => ResultCode::NOT_SUPPORTED,
                    ConnectAgain::InUse => ResultCode::CLIENT_IN_USE,
                });
            }
            State::Connecting | State::Disconnecting => return Err(ResultCode::CLIENT_BUSY),
        }
        let login = login(cx, command)?;
        let (host, port) = address(&login.server).ok_or(ResultCode::INVALID_PARAMETER)?;
        // From here on it is an attempt, and a failed one wipes the TLS context.
        let context = client.ssl_context.take();
        if let Some(code) = cx.profile.switches.refusals.connect.code(cx.on_for()) {
            return Err(ResultCode(code));
        }
        if !cx.radio.has_address() {
            return Err(ResultCode::SOCKET_CONNECT_FAILED);
        }
        let tls = match client.server_type {
            1 => Some(cx.tls_request(context.unwrap_or(command.client))?),
            _ => None,
        };
        let budget = CONNECT + tls.as_ref().map_or(Duration::ZERO, |tls| tls.negotiation_time);
        client.ssl_context = context;
        if login.clean_session {
            client.subscriptions.clear();
        }
        client.state = State::Connecting;
        client.pending = Some(Pending {
            command: Asynchronous::Connect,
            deadline: Some(cx.now.saturating_add(budget)),
            about: About::Nothing,
        });
        let request = request(client, &login, host, port, tls);
        cx.requests.push_back((command.client, request));
        client.login = Some(login);
        Ok(Outcome::Begun(Asynchronous::Connect, Some(command.client)))
    }

    pub(super) fn disconnect(&mut self, cx: &mut Context<'_>, command: Disconnect) -> Outcome {
        let result = self.try_disconnect(cx, command);
        conclude_asynchronous(cx, Asynchronous::Disconnect, command.client, result)
    }

    fn try_disconnect(&mut self, cx: &mut Context<'_>, command: Disconnect) -> Result<Outcome, ResultCode> {
        let client = self.acquired(command.client)?;
        let allowed = cx.profile.switches.disconnect_timeout;
        match command.timeout {
            None if cx.profile.family != Family::Sim767x => return Err(ResultCode::INVALID_PARAMETER),
            None | Some(0) => {}
            Some(seconds) if (allowed.min..=allowed.max).contains(&seconds) => {}
            Some(_) => return Err(ResultCode::INVALID_PARAMETER),
        }
        if client.pending.is_some() {
            return Err(ResultCode::CLIENT_BUSY);
        }
        if client.state != State::Connected {
            return Err(ResultCode::NO_CONNECTION);
        }
        client.state = State::Disconnecting;
        let seconds = command.timeout.filter(|&seconds| seconds > 0);
        client.pending = Some(Pending {
            command: Asynchronous::Disconnect,
            deadline: seconds.map(|seconds| cx.now.saturating_add(Duration::from_secs(seconds.into()))),
            about: About::Nothing,
        });
        cx.requests
            .push_back((command.client, NetworkRequest::Disconnect));
        Ok(Outcome::Begun(Asynchronous::Disconnect, Some(command.client)))
    }

    pub(super) fn read_connections(&self, cx: &mut Context<'_>) {
        for (client, held) in self.all() {
            match &held.login {
                Some(login) if held.state == State::Connected => cx.information(&shown(client, login)),
                _ if cx.profile.switches.connect_idle == ConnectIdle::Index => {
                    cx.information(&ConnectionInfo::Idle { client });
                }
                _ => {}
            }
        }
    }

    /// One line a client, also for those that nobody acquired: seen on A7670G.
    pub(super) fn read_states(&self, cx: &mut Context<'_>) {
        for (client, held) in (0u8..).zip(&self.clients) {
            cx.information(&ConnectionState {
                client,
                connected: held.as_ref().is_some_and(|held| held.state == State::Connected),
            });
        }
    }
}

pub(super) fn test_connect(cx: &mut Context<'_>, client: Ranges) {
    let (shortest, longest) = cx.profile.limits.address;
    cx.information(&ConnectRanges {
        client,
        server_len: Ranges::span(shortest, longest),
        keep_alive: Ranges::span(1, KEEP_ALIVE),
        clean_session: Ranges::span(0, 1),
    });
}

pub(super) fn test_disconnect(cx: &mut Context<'_>, client: Ranges) {
    let allowed = cx.profile.switches.disconnect_timeout;
    let timeout = Ranges::new(&[Span::One(0), Span::To(allowed.min, allowed.max)]);
    if let Some(timeout) = timeout {
        cx.information(&DisconnectRanges { client, timeout });
    }
}

/// What the command says, checked.
fn login(cx: &Context<'_>, command: Connect<'_>) -> Result<Login, ResultCode> {
    let within = |text: &[u8], min: u32, max: u32| {
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        if (min..=max).contains(&len) {
            Ok(text.to_vec())
        } else {
            Err(ResultCode::LENGTH_OUT_OF_RANGE)
        }
    };
    let (shortest, longest) = cx.profile.limits.address;
    let server = within(command.server.as_bytes(), shortest, longest)?;
    let keep_alive = (1..=KEEP_ALIVE)
        .contains(&command.keep_alive)
        .then(|| u16::try_from(command.keep_alive).ok())
        .flatten()
        .ok_or(ResultCode::INVALID_PARAMETER)?;
    super::check_max(command.clean_session, 1)?;
    let (user, password) = match command.credentials {
        None => (None, None),
        Some(Credentials { user, password }) => (Some(user), password),
    };
    Ok(Login {
        server,
        keep_alive,
        clean_session: command.clean_session == 1,
        user: user
            .map(|user| within(user.as_bytes(), 1, CREDENTIAL))
            .transpose()?,
        password: password
            .map(|Secret(password)| within(password.as_bytes(), 1, CREDENTIAL))
            .transpose()?,
    })
}

fn request(
    client: &Client,
    login: &Login,
    host: String,
    port: u16,
    tls: Option<TlsRequest>,
) -> NetworkRequest {
    let will = match (&client.will_topic, &client.will_message) {
        (Some(topic), Some((message, qos))) => Some(Will {
            topic: topic.clone(),
            message: message.clone(),
            qos: *qos,
        }),
        _ => None,
    };
    NetworkRequest::Connect(Box::new(network::Connect {
        host,
        port,
        version: client.version,
        client_id: client.id.clone(),
        keep_alive: login.keep_alive,
        clean_session: login.clean_session,
        first: client.login.is_none(),
        user: login.user.clone(),
        password: login.password.clone(),
        will,
        tls: tls.map(Box::new),
    }))
}

/// `"tcp://" host [ ":" port ]`: the scheme is `tcp` also for TLS.
fn address(server: &[u8]) -> Option<(String, u16)> {
    let rest = std::str::from_utf8(server).ok()?.strip_prefix("tcp://")?;
    // A colon inside brackets belongs to an address of IP version 6.
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok().filter(|&port| port > 0)?),
        _ => (rest, PORT),
    };
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

/// The login as it was given, password and all.
fn shown(client: u8, login: &Login) -> ConnectionInfo<'_> {
    // All was read from quotation marks.
    ConnectionInfo::Connected(Connect {
        client,
        server: Quoted::new(login.server.as_slice()).unwrap_or_default(),
        keep_alive: login.keep_alive.into(),
        clean_session: login.clean_session.into(),
        credentials: login.user.as_deref().map(|user| Credentials {
            user: Quoted::new(user).unwrap_or_default(),
            password: login
                .password
                .as_deref()
                .map(|password| Secret(Quoted::new(password).unwrap_or_default())),
        }),
    })
}

/// The keep alive, in seconds.
const KEEP_ALIVE: u32 = 64800;

/// User name and password, in bytes.
const CREDENTIAL: u32 = 256;

/// MQTT's.
const PORT: u16 = 1883;

/// What the siblings' manuals allow a CONNECT; SIM7028's names no time. The negotiation of TLS comes on top.
const CONNECT: Duration = Duration::from_secs(120);

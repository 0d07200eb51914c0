//! What the network tells a client, and what happens when it tells nothing.

use at_proto::cmqtt::Urc;

use super::client::{About, Client, State};
use super::{Asynchronous, Context, Mqtt, ResultCode};
use crate::modem::code::connect_error_code;
use crate::network::{LostCause, NetworkEvent, NetworkRequest, QoS};
use crate::profile::Family;
use crate::switches::{LostPublish, RxOrder};

impl Mqtt {
    /// The network answers. An answer that nobody waits for is passed over.
    pub(in crate::modem) fn handle_network(&mut self, cx: &mut Context<'_>, index: u8, event: NetworkEvent) {
        self.handle_event(cx, index, event);
        self.show_settled(cx);
    }

    fn handle_event(&mut self, cx: &mut Context<'_>, index: u8, event: NetworkEvent) {
        let Ok(client) = self.acquired(index) else { return };
        match event {
            NetworkEvent::Connected => {
                if client.take_pending(Asynchronous::Connect).is_some() {
                    client.state = State::Connected;
                    client.busy_until = cx.busy_until();
                    cx.settle(Asynchronous::Connect, Some(index), ResultCode::SUCCESS);
                }
            }
            NetworkEvent::ConnectFailed(error) => {
                if client.take_pending(Asynchronous::Connect).is_some() {
                    connect_failed(cx, index, client, connect_error_code(error));
                }
            }
            NetworkEvent::Published => {
                if !answers_given_up(&mut client.given_up.publishes)
                    && client.take_pending(Asynchronous::Publish).is_some()
                {
                    cx.settle(Asynchronous::Publish, Some(index), ResultCode::SUCCESS);
                }
            }
            NetworkEvent::Subscribed { granted } => {
                if !answers_given_up(&mut client.given_up.subscribes)
                    && let Some(pending) = client.take_pending(Asynchronous::Subscribe)
                {
                    let code = if granted {
                        ResultCode::SUCCESS
                    } else {
                        ResultCode::FAILED
                    };
                    if let (true, About::Filters(filters)) = (granted, pending.about) {
                        client.subscribed(filters);
                    }
                    client.busy_until = cx.busy_until();
                    cx.settle(Asynchronous::Subscribe, Some(index), code);
                }
            }
            NetworkEvent::Unsubscribed => {
                if !answers_given_up(&mut client.given_up.unsubscribes)
                    && let Some(pending) = client.take_pending(Asynchronous::Unsubscribe)
                {
                    if let About::Filters(filters) = pending.about {
                        client.subscriptions.retain(|known| !filters.contains(known));
                    }
                    cx.settle(Asynchronous::Unsubscribe, Some(index), ResultCode::SUCCESS);
                }
            }
            NetworkEvent::Disconnected => {
                if client.take_pending(Asynchronous::Disconnect).is_some() {
                    disconnected(cx, index, client, ResultCode::SUCCESS);
                }
            }
            NetworkEvent::Message { topic, payload } => message(cx, index, client, topic, payload),
            NetworkEvent::Lost(cause) => lost(cx, index, client, cause),
        }
    }

    /// Something may be due.
    pub(in crate::modem) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        self.service_timeout(cx);
        for (index, client) in (0u8..).zip(&mut self.clients) {
            if let Some(client) = client
                && client.deadline().is_some_and(|deadline| deadline <= cx.now)
                && let Some(pending) = &client.pending
            {
                match pending.about {
                    About::Denied(qos) => deny(cx, index, client, qos),
                    _ => give_up(cx, index, client),
                }
            }
        }
        self.show_settled(cx);
    }

    /// Every connection is gone, and only a command that waits for one hears of it.
    pub(in crate::modem) fn forget_connections(&mut self, cx: &mut Context<'_>) {
        for (index, client) in (0u8..).zip(&mut self.clients) {
            let Some(client) = client else { continue };
            if !client.has_connection() {
                continue;
            }
            cx.requests.push_back((index, NetworkRequest::Abort));
            match client.pending.take().map(|pending| pending.command) {
                Some(Asynchronous::Connect) => {
                    connect_failed(cx, index, client, ResultCode::SOCKET_CONNECT_FAILED);
                }
                Some(Asynchronous::Disconnect) => disconnected(cx, index, client, ResultCode::SUCCESS),
                pending => {
                    if let Some(command) = pending {
                        cx.settle(command, Some(index), ResultCode::MESSAGE_RECEIVE_FAILED);
                    }
                    show_behind_publish(cx, index, client);
                    client.connection_ended();
                }
            }
        }
    }

    /// No connection answers any more.
    pub(in crate::modem) fn fail_keep_alive(&mut self, cx: &mut Context<'_>) {
        for (index, client) in (0u8..).zip(&mut self.clients) {
            let Some(client) = client.as_mut().filter(|client| client.state == State::Connected) else {
                continue;
            };
            cx.requests.push_back((index, NetworkRequest::Abort));
            if cx.profile.family == Family::Sim7600 {
                let news = Urc::Ping {
                    client: index,
                    code: ResultCode::TIMEOUT,
                };
                cx.urc(|out| news.emit(out));
            } else {
                lost(cx, index, client, LostCause::NetworkClosed);
            }
        }
    }

    /// The network is gone beneath every connection.
    pub(in crate::modem) fn lose_network(&mut self, cx: &mut Context<'_>) {
        for (index, client) in (0u8..).zip(&mut self.clients) {
            let Some(client) = client else { continue };
            if client.has_connection() {
                cx.requests.push_back((index, NetworkRequest::Abort));
            }
            match client.state {
                State::Idle => {}
                State::Connecting => {
                    client.pending = None;
                    connect_failed(cx, index, client, ResultCode::SOCKET_CONNECT_FAILED);
                }
                State::Connected | State::Disconnecting => lost(cx, index, client, LostCause::NetworkClosed),
            }
        }
    }

    /// Shows every client's messages up to the first that a client, this one or another, still publishes.
    fn show_settled(&mut self, cx: &mut Context<'_>) {
        for (index, slot) in (0u8..).zip(0..self.clients.len()) {
            while let Some((topic, payload)) = self.take_settled(slot) {
                cx.show_message(index, &topic, &payload);
            }
        }
    }

    fn take_settled(&mut self, slot: usize) -> Option<(Vec<u8>, Vec<u8>)> {
        let (topic, payload) = self.clients.get(slot)?.as_ref()?.behind_publish.front()?;
        if self.all().any(|(_, client)| client.publishes(topic, payload)) {
            return None;
        }
        self.clients.get_mut(slot)?.as_mut()?.behind_publish.pop_front()
    }
}

/// The broker ends the connection over a publish that its policy forbids.
fn deny(cx: &mut Context<'_>, index: u8, client: &mut Client, qos: QoS) {
    cx.requests.push_back((index, NetworkRequest::Abort));
    if qos == QoS::AtMostOnce {
        client.pending = None;
        cx.settle(Asynchronous::Publish, Some(index), ResultCode::SUCCESS);
    }
    lost(cx, index, client, LostCause::ClosedByPeer);
}

/// Nothing came in the time that the command has.
fn give_up(cx: &mut Context<'_>, index: u8, client: &mut Client) {
    let Some(pending) = client.pending.take() else {
        return;
    };
    match pending.command {
        Asynchronous::Connect => {
            cx.requests.push_back((index, NetworkRequest::Abort));
            connect_failed(cx, index, client, ResultCode::TIMEOUT);
        }
        Asynchronous::Disconnect => {
            cx.requests.push_back((index, NetworkRequest::Abort));
            disconnected(cx, index, client, ResultCode::TIMEOUT);
        }
        command => {
            match command {
                Asynchronous::Publish => client.given_up.publishes += 1,
                Asynchronous::Subscribe => client.given_up.subscribes += 1,
                _ => client.given_up.unsubscribes += 1,
            }
            cx.settle(command, Some(index), ResultCode::TIMEOUT);
        }
    }
}

/// A failed CONNECT wipes the TLS context.
fn connect_failed(cx: &mut Context<'_>, index: u8, client: &mut Client, code: ResultCode) {
    client.ssl_context = None;
    client.connection_ended();
    cx.settle(Asynchronous::Connect, Some(index), code);
}

/// So does DISC.
fn disconnected(cx: &mut Context<'_>, index: u8, client: &mut Client, code: ResultCode) {
    show_behind_publish(cx, index, client);
    client.ssl_context = None;
    client.connection_ended();
    cx.settle(Asynchronous::Disconnect, Some(index), code);
}

/// The connection has ended unasked: first the command that it leaves without an answer, then the news. The client
/// and the service stay; only CONNECT is needed again.
fn lost(cx: &mut Context<'_>, index: u8, client: &mut Client, cause: LostCause) {
    if !client.has_connection() {
        return;
    }
    match client.pending.take().map(|pending| pending.command) {
        Some(Asynchronous::Connect) => {
            return connect_failed(cx, index, client, ResultCode::SOCKET_CLOSED_BY_SERVER);
        }
        Some(Asynchronous::Disconnect) => return disconnected(cx, index, client, ResultCode::SUCCESS),
        Some(Asynchronous::Publish)
            if cx.profile.switches.refusals.lost_publish == LostPublish::Nothing && !cx.holds_final() => {}
        // Seen: a publish that the broker's policy refused ends with 6, then comes the loss.
        Some(command) => cx.settle(command, Some(index), ResultCode::MESSAGE_RECEIVE_FAILED),
        None => {}
    }
    show_behind_publish(cx, index, client);
    client.connection_ended();
    let news = Urc::ConnectionLost {
        client: index,
        cause: (cause as u16).into(),
    };
    cx.urc(|out| news.emit(out));
}

fn message(cx: &mut Context<'_>, index: u8, client: &mut Client, topic: Vec<u8>, payload: Vec<u8>) {
    if !matches!(client.state, State::Connected | State::Disconnecting) {
        return;
    }
    match cx.profile.switches.rx_order {
        RxOrder::AfterPublish => client.behind_publish.push_back((topic, payload)),
        RxOrder::AsItComes => cx.show_message(index, &topic, &payload),
    }
}

/// Nothing more comes from this connection: what came has to be shown before that is said.
fn show_behind_publish(cx: &mut Context<'_>, index: u8, client: &mut Client) {
    for (topic, payload) in client.behind_publish.drain(..) {
        cx.show_message(index, &topic, &payload);
    }
}

/// Whether this is the answer to a command that was given up: the network answers in order.
fn answers_given_up(count: &mut u32) -> bool {
    let given_up = *count > 0;
    *count = count.saturating_sub(1);
    given_up
}

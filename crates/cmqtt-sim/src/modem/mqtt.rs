//! The MQTT service inside the modem: started or not, its clients, and which command may run when.

use std::time::Duration;

use at_proto::cmqtt::{
    Acquire, Configure, Connect, Disconnect, Publish, Release, ResultCode, SetPayload, SetSslContext,
    SetTopic, SetWillMessage, SetWillTopic, Stop, Subscribe, SubscribeTopic, Unsubscribe, UnsubscribeTopic,
};
use at_proto::{Form, Parse, Ranges};

mod client;
mod configuration;
mod connection;
mod data;
mod events;
mod lifecycle;
mod publication;
mod receive;
mod subscription;
mod will;

use super::code::Asynchronous;
use super::context::{Context, DataFor, Outcome, Reply};
use crate::profile::FamilyLimits;
use crate::switches::Toggle;
use client::Client;

/// The service and its clients.
#[derive(Debug)]
pub(super) struct Mqtt {
    service: Service,
    /// One slot a client index; an empty one is not acquired.
    clients: Vec<Option<Client>>,
}

/// Whether the service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Stopped,
    /// START was accepted; then the verdict follows.
    Starting {
        due: Duration,
        code: ResultCode,
    },
    Running,
    Stopping {
        due: Duration,
    },
}

impl Mqtt {
    pub(super) fn new(clients: u8) -> Self {
        Self {
            service: Service::Stopped,
            clients: (0..clients).map(|_| None).collect(),
        }
    }

    /// Whether the network has something open for this client.
    pub(super) fn has_connection(&self, client: u8) -> bool {
        self.client(client).is_some_and(Client::has_connection)
    }

    pub(super) fn is_running(&self) -> bool {
        self.service == Service::Running
    }

    /// When something of the service is due.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let service = match self.service {
            Service::Starting { due, .. } | Service::Stopping { due } => Some(due),
            Service::Stopped | Service::Running => None,
        };
        let clients = self.clients.iter().flatten().filter_map(Client::deadline).min();
        [service, clients].into_iter().flatten().min()
    }

    /// Runs a command whose name begins with `+CMQTT`.
    pub(super) fn command(&mut self, cx: &mut Context<'_>, name: &[u8], form: Form<'_>) -> Reply {
        if cx.profile.switches.refusals.mqtt == Toggle::Off {
            return Ok(Outcome::Error);
        }
        let known = cx.profile.switches.subtopic == Toggle::On;
        if matches!(name, b"+CMQTTSUBTOPIC" | b"+CMQTTUNSUBTOPIC") && !known {
            return Ok(Outcome::Error);
        }
        match form {
            // The ranges of a value do not depend on the service.
            Form::Test => test(cx, name),
            _ if name == b"+CMQTTSTART" => self.start(cx, Parse::parse(form)?),
            // Section 3.2.1: before START every other command is answered by ERROR at once.
            _ if self.service != Service::Running => Ok(Outcome::Error),
            Form::Read => self.read(cx, name),
            form => self.write(cx, name, form),
        }
    }

    fn write(&mut self, cx: &mut Context<'_>, name: &[u8], form: Form<'_>) -> Reply {
        Ok(match name {
            b"+CMQTTSTOP" => self.stop(cx, Stop::parse(form)?),
            b"+CMQTTACCQ" => self.acquire(cx, Acquire::parse(form)?),
            b"+CMQTTREL" => self.release(cx, Release::parse(form)?),
            b"+CMQTTSSLCFG" => self.set_ssl_context(cx, SetSslContext::parse(form)?),
            b"+CMQTTCFG" => self.configure(cx, Configure::parse(form)?),
            b"+CMQTTWILLTOPIC" => self.set_will_topic(cx, SetWillTopic::parse(form)?),
            b"+CMQTTWILLMSG" => self.set_will_message(cx, SetWillMessage::parse(form)?),
            b"+CMQTTCONNECT" => self.connect(cx, Connect::parse(form)?),
            b"+CMQTTDISC" => self.disconnect(cx, Disconnect::parse(form)?),
            b"+CMQTTTOPIC" => self.set_topic(cx, SetTopic::parse(form)?),
            b"+CMQTTPAYLOAD" => self.set_payload(cx, SetPayload::parse(form)?),
            b"+CMQTTPUB" => self.publish(cx, Publish::parse(form)?),
            b"+CMQTTSUBTOPIC" => self.subscribe_topic(cx, SubscribeTopic::parse(form)?),
            b"+CMQTTSUB" => self.subscribe(cx, Subscribe::parse(form)?),
            b"+CMQTTUNSUBTOPIC" => self.unsubscribe_topic(cx, UnsubscribeTopic::parse(form)?),
            b"+CMQTTUNSUB" => self.unsubscribe(cx, Unsubscribe::parse(form)?),
            _ => Outcome::Error,
        })
    }

    fn read(&self, cx: &mut Context<'_>, name: &[u8]) -> Reply {
        match name {
            b"+CMQTTACCQ" => self.read_acquired(cx),
            b"+CMQTTREL" => {}
            b"+CMQTTSSLCFG" => self.read_ssl_contexts(cx),
            b"+CMQTTCFG" => self.read_configuration(cx),
            b"+CMQTTCONNECT" => self.read_connections(cx),
            b"+CMQTTDISC" => self.read_states(cx),
            b"+CMQTTSUB" => self.read_subscriptions(cx),
            _ => return Ok(Outcome::Error),
        }
        Ok(Outcome::Ok)
    }

    fn client(&self, index: u8) -> Option<&Client> {
        self.clients.get(usize::from(index))?.as_ref()
    }

    /// The acquired client with this index.
    fn acquired(&mut self, index: u8) -> Result<&mut Client, ResultCode> {
        match self.clients.get_mut(usize::from(index)) {
            None => Err(ResultCode::CLIENT_INDEX_ERROR),
            Some(None) => Err(ResultCode::CLIENT_NOT_ACQUIRED),
            Some(Some(client)) => Ok(client),
        }
    }

    /// The same, unless the client is busy with what was asked before.
    fn free(&mut self, cx: &Context<'_>, index: u8) -> Result<&mut Client, ResultCode> {
        let client = self.acquired(index)?;
        if cx.may_be_busy() && client.is_busy(cx.now) {
            return Err(ResultCode::CLIENT_BUSY);
        }
        Ok(client)
    }

    /// The acquired clients with their indices.
    fn all(&self) -> impl Iterator<Item = (u8, &Client)> {
        (0u8..)
            .zip(&self.clients)
            .filter_map(|(index, client)| Some((index, client.as_ref()?)))
    }
}

/// The test forms.
fn test(cx: &mut Context<'_>, name: &[u8]) -> Reply {
    let limits = &cx.profile.limits;
    let clients = clients(limits);
    let topic = Ranges::span(1, limits.topic);
    let will = Ranges::span(1, limits.will);
    let qos = Ranges::span(0, 2);
    let flag = Ranges::span(0, 1);
    match name {
        b"+CMQTTSTART" | b"+CMQTTSTOP" => {}
        b"+CMQTTACCQ" => lifecycle::test_acquire(cx, clients),
        b"+CMQTTREL" => lifecycle::test_release(cx),
        b"+CMQTTSSLCFG" => configuration::test_ssl_context(cx),
        b"+CMQTTCFG" => configuration::test(cx, clients),
        b"+CMQTTWILLTOPIC" => will::test_topic(cx, clients, will),
        b"+CMQTTWILLMSG" => will::test_message(cx, clients, will, qos),
        b"+CMQTTCONNECT" => connection::test_connect(cx, clients),
        b"+CMQTTDISC" => connection::test_disconnect(cx, clients),
        b"+CMQTTTOPIC" => publication::test_topic(cx, clients, topic),
        b"+CMQTTPAYLOAD" => publication::test_payload(cx, clients),
        b"+CMQTTPUB" => publication::test_publish(cx, clients, qos, flag),
        b"+CMQTTSUBTOPIC" => subscription::test_subscribe_topic(cx, clients, topic, qos),
        b"+CMQTTSUB" => subscription::test_subscribe(cx, clients, topic, qos, flag),
        b"+CMQTTUNSUBTOPIC" => subscription::test_unsubscribe_topic(cx, clients, topic),
        b"+CMQTTUNSUB" => subscription::test_unsubscribe(cx, clients, topic, qos, flag),
        _ => return Ok(Outcome::Error),
    }
    Ok(Outcome::Ok)
}

fn clients(limits: &FamilyLimits) -> Ranges {
    Ranges::span(0, u32::from(limits.clients.saturating_sub(1)))
}

/// Whether a length may be.
fn check_len(len: u32, max: u32) -> Result<(), ResultCode> {
    match len {
        0 => Err(ResultCode::LENGTH_OUT_OF_RANGE),
        len if len > max => Err(ResultCode::LENGTH_OUT_OF_RANGE),
        _ => Ok(()),
    }
}

/// Whether a value that can only be so great is not greater.
fn check_max(value: u8, max: u8) -> Result<(), ResultCode> {
    if value <= max {
        Ok(())
    } else {
        Err(ResultCode::INVALID_PARAMETER)
    }
}

/// The end of a command without a result URC: nothing, or its verdict before `ERROR`.
fn conclude(name: &'static str, client: u8, result: Result<Outcome, ResultCode>) -> Outcome {
    result.unwrap_or_else(|code| Outcome::refused(name, client, code))
}

/// The same for a command with one.
fn conclude_asynchronous(
    cx: &Context<'_>,
    command: Asynchronous,
    client: u8,
    result: Result<Outcome, ResultCode>,
) -> Outcome {
    result.unwrap_or_else(|code| cx.ended(command, Some(client), code))
}

/// The prompt for data whose length has been checked.
fn prompt(len: u32, data_for: DataFor) -> Outcome {
    Outcome::Prompt(usize::try_from(len).unwrap_or(usize::MAX), data_for)
}

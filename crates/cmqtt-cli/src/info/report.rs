//! What the modem is, how it stands with its network, and what its MQTT service holds.

use std::io::{self, Write};

use at_proto::basic::{Identification, Model, Revision, SerialNumber};
use at_proto::cmqtt::{Acquire, Connect, ConnectionInfo, Disconnect};
use at_proto::network::{
    Attachment, Clock, DefineContext, EnterPin, Eps, Operator, Packet, RegistrationDomain,
    ReportRegistration, ShowAddress, Signal,
};
use at_proto::tls::ListFiles;
use at_proto::{Command, Printable, Read, Recognition};
use cmqtt_host::tls::ModemTime;
use cmqtt_tokio::Error;
use serde::Serialize;

use crate::json;
use crate::modem::{Failure, Modem, bars};

/// What the modem said. What it did not say is `None`.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// `None` where the model is unknown, or no module of these families.
    family: Option<String>,
    model: Option<String>,
    firmware: Option<String>,
    imei: Option<String>,
    sim: Option<String>,
    operator: Option<String>,
    registration: Option<String>,
    packet_registration: Option<String>,
    attached: Option<bool>,
    signal_dbm: Option<i16>,
    apn: Option<String>,
    address: Option<String>,
    /// The modem's local time.
    clock: Option<String>,
    /// Whether somebody has set it since the modem was switched on.
    clock_is_set: bool,
    /// Whether the MQTT service runs.
    mqtt_service: bool,
    /// Where the module has no `AT+CMQTT…`: what it has instead.
    other_commands: Option<String>,
    clients: Vec<Held>,
    files: Option<Vec<String>>,
}

/// One of the modem's MQTT clients that is acquired.
#[derive(Debug, Serialize)]
struct Held {
    client: u8,
    id: String,
    tls: bool,
    connected: bool,
    /// Where to, and as whom; never the password.
    server: Option<String>,
    user: Option<String>,
}

impl Report {
    /// Asks for all of it.
    pub(super) async fn ask(modem: &mut Modem) -> Result<Self, Failure> {
        let clock = said(modem, &Read::<Clock>::new(), |clock| clock).await?;
        let recognition = modem.recognition();
        let other_commands = match recognition {
            Recognition::Other(commands) => Some(commands.to_string()),
            _ => None,
        };
        let mut report = Self {
            family: recognition.family().map(|family| family.to_string()),
            other_commands,
            model: said(modem, &Model, |reply| name(&reply)).await?,
            firmware: said(modem, &Revision, |reply| name(&reply)).await?,
            imei: said(modem, &SerialNumber, |reply| name(&reply)).await?,
            sim: said(modem, &Read::<EnterPin<'_>>::new(), |state| {
                text(state.as_bytes())
            })
            .await?,
            operator: said(modem, &Read::<Operator<'_>>::new(), |operator| {
                operator.name.map(|name| text(name.as_bytes()))
            })
            .await?
            .flatten(),
            registration: registration::<Eps>(modem).await?,
            packet_registration: registration::<Packet>(modem).await?,
            attached: said(modem, &Read::<Attachment>::new(), |attachment| {
                attachment.state == 1
            })
            .await?,
            signal_dbm: said(modem, &Signal, |signal| signal.dbm()).await?.flatten(),
            apn: said(modem, &Read::<DefineContext<'_>>::new(), |contexts| {
                let mut contexts = contexts.filter_map(Result::ok).filter(|context| context.cid == 1);
                contexts.find_map(|context| Some(text(context.apn?.as_bytes())))
            })
            .await?
            .flatten(),
            address: said(modem, &ShowAddress { cid: Some(1) }, |contexts| {
                let mut contexts = contexts.filter_map(Result::ok);
                contexts.find_map(|context| Some(text(context.addresses?.0.as_bytes())))
            })
            .await?
            .flatten(),
            clock: clock.map(|clock| time(&clock)),
            clock_is_set: clock
                .as_ref()
                .and_then(ModemTime::from_clock)
                .is_some_and(ModemTime::is_set),
            files: said(modem, &ListFiles, |files| {
                files
                    .filter_map(Result::ok)
                    .map(|file| text(file.name.as_bytes()))
                    .collect()
            })
            .await?,
            ..Self::default()
        };
        if report.other_commands.is_none() {
            report.ask_clients(modem).await?;
        }
        Ok(report)
    }

    async fn ask_clients(&mut self, modem: &mut Modem) -> Result<(), Failure> {
        // Before START every question about MQTT is answered with ERROR.
        let clients = said(modem, &Read::<Acquire<'_>>::new(), |clients| {
            let acquired = clients
                .filter_map(Result::ok)
                .filter(|client| !client.id.as_bytes().is_empty());
            acquired
                .map(|client| Held {
                    client: client.client,
                    id: text(client.id.as_bytes()),
                    tls: client.server_type == 1,
                    connected: false,
                    server: None,
                    user: None,
                })
                .collect::<Vec<_>>()
        })
        .await?;
        self.mqtt_service = clients.is_some();
        self.clients = clients.unwrap_or_default();
        let states = said(modem, &Read::<Disconnect>::new(), |states| {
            states.filter_map(Result::ok).collect::<Vec<_>>()
        })
        .await?;
        for state in states.into_iter().flatten() {
            for held in self.clients.iter_mut().filter(|held| held.client == state.client) {
                held.connected = state.connected;
            }
        }
        let connections = said(modem, &Read::<Connect<'_>>::new(), |connections| {
            connections
                .filter_map(Result::ok)
                .filter_map(|connection| match connection {
                    ConnectionInfo::Connected(connect) => Some((
                        connect.client,
                        text(connect.server.as_bytes()),
                        connect.credentials.map(|login| text(login.user.as_bytes())),
                    )),
                    ConnectionInfo::Idle { .. } => None,
                })
                .collect::<Vec<_>>()
        })
        .await?;
        for (client, server, user) in connections.into_iter().flatten() {
            if let Some(held) = self.clients.iter_mut().find(|held| held.client == client) {
                held.server = Some(server);
                held.user = user;
            }
        }
        Ok(())
    }

    /// One JSON object.
    pub(super) fn print_json(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", json::line(self)?)
    }

    /// The model, and its family where that is another word.
    fn module(&self) -> String {
        let family = self.family.as_deref().unwrap_or("family unknown");
        match &self.model {
            Some(model) if model == family => model.clone(),
            Some(model) => format!("{model} ({family})"),
            None => family.to_owned(),
        }
    }

    /// What the clock says, and that nobody has set it: then certificates' dates mean nothing.
    fn shown_clock(&self) -> String {
        match &self.clock {
            Some(clock) if self.clock_is_set => clock.clone(),
            Some(clock) => format!("{clock} (not set)"),
            None => "-".to_owned(),
        }
    }

    /// For people, a line each.
    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let unknown = || "-".to_owned();
        let or = |text: &Option<String>| text.clone().unwrap_or_else(unknown);
        let signal = self
            .signal_dbm
            .map_or_else(unknown, |dbm| format!("{dbm} dBm {}", bars(dbm)));
        let attached = match self.attached {
            Some(true) => "attached",
            Some(false) => "not attached",
            None => "-",
        };
        let mqtt = match &self.other_commands {
            Some(commands) => format!("no AT+CMQTT commands: {commands}"),
            None if self.mqtt_service => "running".to_owned(),
            None => "not started".to_owned(),
        };
        let rows = [
            ("module", self.module()),
            ("firmware", or(&self.firmware)),
            ("IMEI", or(&self.imei)),
            ("SIM", or(&self.sim)),
            ("operator", or(&self.operator)),
            (
                "registration",
                format!(
                    "{}; packet service {attached}",
                    self.registration
                        .as_ref()
                        .or(self.packet_registration.as_ref())
                        .cloned()
                        .unwrap_or_else(unknown)
                ),
            ),
            ("signal", signal),
            ("access point", or(&self.apn)),
            ("address", or(&self.address)),
            ("clock", self.shown_clock()),
            ("MQTT service", mqtt),
        ];
        for (what, words) in rows {
            writeln!(out, "{what:<14}{}", Printable(words.as_bytes()))?;
        }
        for held in &self.clients {
            let state = if held.connected {
                "connected"
            } else {
                "not connected"
            };
            let transport = if held.tls { "TLS" } else { "TCP" };
            let mut words = format!("\"{}\" by {transport}, {state}", held.id);
            if let Some(server) = &held.server {
                words += &format!(" to {server}");
            }
            if let Some(user) = &held.user {
                words += &format!(" as {user}");
            }
            let what = format!("client {}", held.client);
            writeln!(out, "{what:<14}{}", Printable(words.as_bytes()))?;
        }
        if let Some(files) = &self.files {
            let files = if files.is_empty() {
                unknown()
            } else {
                files.join(", ")
            };
            writeln!(out, "{:<14}{}", "files", Printable(files.as_bytes()))?;
        }
        Ok(())
    }
}

/// What the modem answers. `None` where it refuses, or says what no manual knows.
async fn said<C: Command, T>(
    modem: &mut Modem,
    command: &C,
    read: impl FnOnce(C::Reply<'_>) -> T,
) -> Result<Option<T>, Failure> {
    match modem.command(command, read).await {
        Ok(reply) => Ok(Some(reply)),
        Err(Error::Failed(failure)) if failure.is_refusal() => Ok(None),
        Err(Error::Answer(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn registration<D: RegistrationDomain>(modem: &mut Modem) -> Result<Option<String>, Failure> {
    said(modem, &Read::<ReportRegistration<D>>::new(), |registration| {
        registration.state.to_string()
    })
    .await
}

fn name<C>(reply: &Identification<'_, C>) -> String {
    text(reply.text)
}

/// Text of the modem's. Only what is not UTF-8 is escaped: whoever prints it does the rest.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => Printable(bytes).to_string(),
    }
}

/// `2026-09-24 10:16:26 +07:00`
fn time(clock: &Clock) -> String {
    let Clock {
        month,
        day,
        hour,
        minute,
        second,
        ..
    } = *clock;
    let zone = clock.quarters.map_or_else(String::new, |quarters| {
        let minutes = i32::from(quarters) * 15;
        let sign = if minutes < 0 { '-' } else { '+' };
        format!(" {sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    });
    format!(
        "{:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{zone}",
        clock.full_year()
    )
}

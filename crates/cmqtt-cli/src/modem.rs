//! The modem that a subcommand talks to: found, opened, watched, brought up and taken down.

use std::collections::VecDeque;
use std::io::Write;
use std::net::IpAddr;
use std::pin::pin;

use at_proto::cmqtt::{ClientId, Password, QoS, ServerAddress, Topic, TopicFilter, UserName};
use at_proto::network::{Apn, Clock, Pin};
use at_proto::tls::FileName;
use at_proto::{Command, Family, Read};
use cmqtt_host::tls::{CertificateFile, KeyFile, ModemTime, TlsFiles};
use cmqtt_tokio::{
    Client, Config, Connection, Error, Event, Limits, Login, Network, Outcome, Plan, Publication, TlsConfig,
    Verify, Will,
};

use crate::arguments::{BrokerPlan, ModemPlan, Version};

mod device;

mod failure;
pub(crate) use failure::Failure;

mod shown;
pub(crate) use shown::{Shown, bars};

mod run;
pub(crate) use run::{complain, run, with_client};

mod stop;
use stop::told_to_stop;

mod watched;
use watched::Watched;

/// A modem that answers.
pub(crate) struct Modem {
    client: Client,
    shown: Shown,
    /// What came while something else was awaited.
    kept: VecDeque<Event>,
}

/// A line that is written down as `--trace` does, and no more: nothing is asked that nobody wants to ask.
pub(crate) struct Wire {
    pub(crate) client: Client,
}

impl Wire {
    /// Opens the device.
    pub(crate) fn open(plan: &ModemPlan, out: impl Write + Send + Unpin + 'static) -> Result<Self, Failure> {
        let device = device::choose(plan.device.as_deref())?;
        let port =
            cmqtt_tokio::open_port(&device, plan.baud).map_err(|error| Failure::Device(Box::new(error)))?;
        let config = Config {
            baud: plan.baud,
            ..Config::default()
        };
        Ok(Self {
            client: Client::new(Watched::new(port, out), config),
        })
    }
}

impl Modem {
    /// Opens the device and finds the modem on it.
    pub(crate) async fn open(plan: &ModemPlan, shown: Shown) -> Result<Self, Failure> {
        let device = device::choose(plan.device.as_deref())?;
        shown.says(format_args!("find the modem at {device}"));
        let config = Config {
            baud: plan.baud,
            ..Config::default()
        };
        let port =
            cmqtt_tokio::open_port(&device, plan.baud).map_err(|error| Failure::Device(Box::new(error)))?;
        let client = if plan.trace {
            Client::new(Watched::new(port, anstream::stderr()), config)
        } else {
            Client::new(port, config)
        };
        let mut modem = Self {
            client,
            shown,
            kept: VecDeque::new(),
        };
        let family = plan.family;
        modem
            .watch(async |client| client.identify(family).await)
            .await
            .map_err(|error| Failure::NoModem {
                device,
                error: Box::new(error),
            })?;
        Ok(modem)
    }

    /// Waits for the network.
    pub(crate) async fn wait_for_network(&mut self, plan: &ModemPlan) -> Result<(), Failure> {
        let apn = plan.apn.as_deref().map(Apn::new).transpose()?;
        let pin = plan.pin.as_ref().map(|pin| Pin::new(pin.reveal())).transpose()?;
        let network = Network {
            apn,
            pin,
            ..Network::default()
        };
        self.step(async |client| client.wait_for_network(&network).await)
            .await
    }

    /// Brings the client to connected and subscribed, with the files that its TLS needs. They were read and checked before
    /// the modem was touched.
    pub(crate) async fn bring_up(
        &mut self,
        client: u8,
        broker: &BrokerPlan,
        files: Option<&TlsFiles>,
        filters: &[(TopicFilter<'_>, QoS)],
    ) -> Result<(), Failure> {
        let names = match files {
            Some(files) => self.provide(files).await?,
            None => Names::default(),
        };
        let tls = match files {
            Some(_) => Some(self.tls(broker, client, &names)?),
            None => None,
        };
        let login = match &broker.user {
            Some(user) => Some(Login {
                user: UserName::new(user)?,
                password: broker
                    .password
                    .as_ref()
                    .map(|password| Password::new(password.reveal()))
                    .transpose()?,
            }),
            None => None,
        };
        let will = match &broker.will {
            Some(will) => Some(Will {
                topic: Topic::new(&will.topic)?,
                message: &will.message,
                qos: will.qos,
            }),
            None => None,
        };
        let plan = Plan {
            id: ClientId::new(&broker.client_id)?,
            connection: Connection {
                client,
                server: ServerAddress::new(&broker.address)?,
                keep_alive: broker.keep_alive,
                clean_session: broker.clean_session,
                login,
            },
            version: broker.version.map(Version::mqtt),
            tls,
            will,
            filters,
        };
        self.step(async |client| client.bring_up(&plan).await).await
    }

    /// Unsubscribes from a filter.
    pub(crate) async fn unsubscribe(&mut self, client: u8, filter: TopicFilter<'_>) -> Result<(), Failure> {
        self.watch(async |modem| modem.unsubscribe(client, filter).await)
            .await
            .map_err(Failure::from)
    }

    /// Publishes a message.
    pub(crate) async fn publish(
        &mut self,
        publication: &Publication<'_>,
        place: &str,
    ) -> Result<Outcome, Failure> {
        self.shown.says(format_args!("publish {place}"));
        self.watch(async |client| client.publish(publication).await)
            .await
            .map_err(|error| match error {
                error @ (Error::Request(_) | Error::Failed(_)) => Failure::NotSent {
                    place: place.to_owned(),
                    error: Box::new(error),
                },
                error => error.into(),
            })
    }

    /// Sends a command and keeps what `read` makes of its answer.
    pub(crate) async fn command<C: Command, T>(
        &mut self,
        command: &C,
        read: impl FnOnce(C::Reply<'_>) -> T,
    ) -> Result<T, Error> {
        self.watch(async |client| client.command(command, read).await)
            .await
    }

    /// The next thing that the modem says unasked.
    pub(crate) async fn next_event(&mut self) -> Result<Event, Failure> {
        if let Some(event) = self.kept.pop_front() {
            return Ok(event);
        }
        loop {
            match self.client.next_event().await? {
                Event::Progress(progress) => self.shown.progress(progress),
                event => return Ok(event),
            }
        }
    }

    /// Takes the client down in order.
    pub(crate) async fn take_down(&mut self, client: u8) -> Result<(), Failure> {
        self.step(async |modem| modem.take_down(client).await).await?;
        self.shown.done();
        Ok(())
    }

    /// The family that the modem is taken for.
    pub(crate) fn family(&self) -> Family {
        self.client.family()
    }

    /// What the modem takes.
    pub(crate) fn limits(&self) -> Limits {
        self.client.limits()
    }

    /// The progress line goes away.
    pub(crate) fn quiet(&self) {
        self.shown.done();
    }

    /// Stores a file unless the modem holds one of its name.
    pub(crate) async fn provide_file(&mut self, name: &str, file: &[u8]) -> Result<(), Failure> {
        let name = FileName::new(name)?;
        self.shown
            .says(format_args!("store {}", String::from_utf8_lossy(name.as_bytes())));
        self.step(async |client| client.provide_file(name, file).await)
            .await
    }

    /// What the modem's clock says, if it is set.
    pub(crate) async fn time(&mut self) -> Option<ModemTime> {
        let clock = self.command(&Read::<Clock>::new(), |clock| clock).await.ok()?;
        ModemTime::from_clock(&clock).filter(|time| time.is_set())
    }

    /// Checks the files by the modem's clock, and stores those that it does not hold.
    async fn provide(&mut self, files: &TlsFiles) -> Result<Names, Failure> {
        if let Some(now) = self.time().await {
            files.check_time(now)?;
        }
        for (name, content) in files.uploads() {
            self.provide_file(&name, content).await?;
        }
        let certificate = |file: &Option<CertificateFile>| file.as_ref().map(CertificateFile::modem_name);
        Ok(Names {
            ca: certificate(&files.ca),
            certificate: certificate(&files.client_cert),
            key: files.client_key.as_ref().map(KeyFile::modem_name),
        })
    }

    fn tls<'n>(&self, broker: &BrokerPlan, client: u8, names: &'n Names) -> Result<TlsConfig<'n>, Failure> {
        let file = |name: &'n Option<String>| name.as_deref().map(FileName::new).transpose();
        let verify = match (&names.ca, &names.certificate) {
            (Some(_), Some(_)) => Verify::Both,
            (Some(_), None) => Verify::Server,
            (None, Some(_)) => Verify::Client,
            (None, None) => Verify::Nobody,
        };
        // SIM7028's note has no such setting, and a broker that is given by its address has no name.
        let knows_names = self.limits().ssl_context.max() > 1;
        let is_name = ServerAddress::new(&broker.address)?
            .host()
            .parse::<IpAddr>()
            .is_err();
        Ok(TlsConfig {
            verify,
            ca: file(&names.ca)?,
            certificate: file(&names.certificate)?,
            key: file(&names.key)?,
            server_name: (knows_names && is_name).then_some(true),
            // Each client has the context of its own number.
            ..TlsConfig::unverified(client)
        })
    }

    /// Does one thing, and names the step at which it failed.
    async fn step<T>(&mut self, act: impl AsyncFnOnce(Client) -> Result<T, Error>) -> Result<T, Failure> {
        self.watch(act).await.map_err(|error| Failure::Step {
            step: self.shown.step(),
            error: Box::new(error),
        })
    }

    /// Shows how far it has come while it is awaited. What else comes meanwhile is kept.
    async fn watch<T>(&mut self, act: impl AsyncFnOnce(Client) -> T) -> T {
        let client = self.client.clone();
        let mut acting = pin!(act(self.client.clone()));
        loop {
            let event = tokio::select! {
                biased;
                done = &mut acting => return done,
                event = client.next_event() => event,
            };
            match event {
                Ok(Event::Progress(progress)) => self.shown.progress(progress),
                Ok(event) => self.kept.push_back(event),
                // Whoever acts is told the same.
                Err(_) => return acting.await,
            }
        }
    }
}

/// Under which names the files are on the modem.
#[derive(Default)]
struct Names {
    ca: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

/// Why the connection of this client is gone, if an event says so.
pub(crate) fn lost(event: &Event, client: u8) -> Option<String> {
    match event {
        Event::ConnectionLost { client: index, cause } if *index == client => Some(cause.to_string()),
        Event::KeepAliveFailed { client: index, code } if *index == client => {
            Some(format!("the keep alive failed: {code}"))
        }
        Event::NoNetwork => Some("the network is gone".to_owned()),
        Event::Restarted => Some("the modem has restarted".to_owned()),
        _ => None,
    }
}

/// How long PUB may take, in seconds: a minute, where the modem takes that.
pub(crate) fn publish_timeout(modem: &Modem) -> u32 {
    let allowed = modem.limits().publish_timeout;
    if allowed.contains(60) { 60 } else { allowed.max() }
}

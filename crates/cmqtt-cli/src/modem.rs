//! The modem that a subcommand talks to: found, opened, watched, brought up and taken down.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;

use at_proto::Family;
use at_proto::network::{Apn, Clock, Pin};
use at_proto::tls::FileName;
use at_proto::{Command, Read};
use cmqtt_host::tls::{ModemTime, TlsFiles};
use cmqtt_tokio::{
    Client, Config, Event, Limits, Network, Outcome, Plan, Publication, TlsConfig, Verify, Will,
};

mod broker;
pub(crate) use broker::{Broker, Security};

mod device;

mod failure;
pub(crate) use failure::Failure;

mod shown;
pub(crate) use shown::{Shown, bars};

mod watched;
use watched::Watched;

/// Which modem, and how to reach its network.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The serial device; found by itself where there is one candidate.
    pub(crate) device: Option<String>,
    /// The line's speed in bits a second.
    pub(crate) baud: u32,
    /// The family, where the model's name is not to be believed.
    pub(crate) family: Option<Family>,
    /// The access point.
    pub(crate) apn: Option<String>,
    /// The SIM's PIN.
    pub(crate) pin: Option<Secret>,
    /// The conversation goes to standard error.
    pub(crate) trace: bool,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

/// A modem that answers.
pub(crate) struct Modem {
    client: Client,
    shown: Shown,
    /// What came while something else was awaited.
    kept: VecDeque<Event>,
}

impl Modem {
    /// Opens the device and finds the modem on it.
    pub(crate) async fn open(target: &Target, shown: Shown) -> Result<Self, Failure> {
        let device = device::choose(target.device.as_deref())?;
        shown.says(format_args!("find the modem at {device}"));
        let config = Config {
            baud: target.baud,
            ..Config::default()
        };
        let port = cmqtt_tokio::open_port(&device, target.baud).map_err(Failure::Device)?;
        let client = if target.trace {
            Client::new(Watched::new(port, std::io::stderr()), config)
        } else {
            Client::new(port, config)
        };
        let mut modem = Self {
            client,
            shown,
            kept: VecDeque::new(),
        };
        let family = target.family;
        modem
            .watch(async |client| client.identify(family).await)
            .await
            .map_err(|error| Failure::NoModem { device, error })?;
        Ok(modem)
    }

    /// Waits for the network.
    pub(crate) async fn wait_for_network(&mut self, target: &Target) -> Result<(), Failure> {
        let apn = target.apn.as_deref().map(Apn::new).transpose()?;
        let pin = target.pin.as_ref().map(|pin| Pin::new(&pin.0)).transpose()?;
        let network = Network {
            apn,
            pin,
            ..Network::default()
        };
        self.step(async |client| client.wait_for_network(&network).await)
            .await
    }

    /// Brings the client to connected and subscribed, with the files that its security needs.
    pub(crate) async fn bring_up(&mut self, broker: &Broker) -> Result<(), Failure> {
        let names = match &broker.security {
            Security::Plain => Names::default(),
            Security::Tls { files, .. } => self.provide(files).await?,
        };
        let tls = match &broker.security {
            Security::Plain => None,
            Security::Tls { verify, context, .. } => Some(self.tls(broker, *verify, *context, &names)?),
        };
        let address = broker.address();
        let filters = broker.filters()?;
        let will = match &broker.will {
            Some(will) => Some(Will {
                topic: at_proto::cmqtt::Topic::new(&will.topic)?,
                message: &will.message,
                qos: will.qos,
            }),
            None => None,
        };
        let plan = Plan {
            id: at_proto::cmqtt::ClientId::new(&broker.id)?,
            connection: broker.connection(&address)?,
            version: broker.version,
            tls,
            will,
            filters: &filters,
        };
        self.step(async |client| client.bring_up(&plan).await).await
    }

    /// Publishes a message.
    pub(crate) async fn publish(&mut self, publication: &Publication<'_>) -> Result<Outcome, Failure> {
        self.step(async |client| client.publish(publication).await).await
    }

    /// Sends a command and keeps what `read` makes of its answer.
    pub(crate) async fn command<C: Command, T>(
        &mut self,
        command: &C,
        read: impl FnOnce(C::Reply<'_>) -> T,
    ) -> Result<T, cmqtt_tokio::Error> {
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
        let certificate = |file: &Option<cmqtt_host::tls::CertificateFile>| {
            file.as_ref().map(cmqtt_host::tls::CertificateFile::modem_name)
        };
        Ok(Names {
            ca: certificate(&files.ca),
            certificate: certificate(&files.client_cert),
            key: files
                .client_key
                .as_ref()
                .map(cmqtt_host::tls::KeyFile::modem_name),
        })
    }

    fn tls<'n>(
        &self,
        broker: &Broker,
        verify: Verify,
        context: u8,
        names: &'n Names,
    ) -> Result<TlsConfig<'n>, Failure> {
        let file = |name: &'n Option<String>| name.as_deref().map(FileName::new).transpose();
        // SIM7028's note has no such setting, and a broker that is named by its address has no name.
        let knows_names = self.limits().ssl_context.max() > 1;
        Ok(TlsConfig {
            verify,
            ca: file(&names.ca)?,
            certificate: file(&names.certificate)?,
            key: file(&names.key)?,
            server_name: (knows_names && broker.has_name()).then_some(true),
            ..TlsConfig::unverified(context)
        })
    }

    /// Does one thing, and names the step at which it failed.
    async fn step<T>(
        &mut self,
        act: impl AsyncFnOnce(Client) -> Result<T, cmqtt_tokio::Error>,
    ) -> Result<T, Failure> {
        self.watch(act).await.map_err(|error| Failure::Step {
            step: self.shown.step(),
            error,
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

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(at_proto::REDACTED)
    }
}

/// Runs an async program to its end, on one thread.
pub(crate) fn block_on<T>(program: impl Future<Output = T>) -> std::io::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(program))
}

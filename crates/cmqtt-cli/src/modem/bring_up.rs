//! A client, from whatever the modem holds to connected and subscribed, with the files that its TLS needs.

use std::net::IpAddr;

use at_proto::cmqtt::{ClientId, Password, QoS, ServerAddress, Topic, TopicFilter, UserName};
use at_proto::tls::FileName;
use cmqtt_host::tls::{CertificateFile, KeyFile, TlsFiles};
use cmqtt_tokio::{Connection, Login, Plan, TlsConfig, Verify, Will};

use super::{Failure, Modem, Staying};
use crate::arguments::{BrokerPlan, Version, note};

impl Modem {
    /// Brings the client to connected and subscribed, with the files that its TLS needs, and it stays so. They were read and
    /// checked before the modem was touched. A line that damages bytes is borne with.
    pub(crate) async fn stay_up(
        &mut self,
        staying: &Staying<'_>,
        broker: &BrokerPlan,
        files: Option<&TlsFiles>,
        filters: &[(TopicFilter<'_>, QoS)],
    ) -> Result<(), Failure> {
        self.connects = true;
        let connected = self.despite_the_line(staying.modem, async |modem| {
            modem.connect(staying, broker, files, filters).await
        });
        let connected = connected.await;
        self.connects = false;
        connected
    }

    async fn connect(
        &mut self,
        staying: &Staying<'_>,
        broker: &BrokerPlan,
        files: Option<&TlsFiles>,
        filters: &[(TopicFilter<'_>, QoS)],
    ) -> Result<(), Failure> {
        let client = staying.modem.client;
        let provided = match files {
            Some(files) => Some(self.provide(files).await?),
            None => None,
        };
        let tls = match &provided {
            Some(provided) => Some(self.tls(broker, client, provided)?),
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
        let publishes = staying.publishes;
        self.step(async |modem| match publishes {
            // An earlier run's connection may owe the result of a publish still, which would pass for that of the first one
            // here.
            true => modem.bring_up_anew(&plan).await,
            false => modem.bring_up(&plan).await,
        })
        .await?;
        self.keep(&plan, staying).await
    }

    /// Checks the files by the modem's clock, and stores those that it does not hold.
    async fn provide(&mut self, files: &TlsFiles) -> Result<Provided, Failure> {
        let now = self.time().await;
        match now {
            Some(now) => files.check_time(now)?,
            None if files.ca.is_some() && !self.says_dates_unchecked => {
                self.says_dates_unchecked = true;
                self.shown.aside(|| note(DATES_UNCHECKED));
            }
            None => {}
        }
        for (name, content) in files.uploads() {
            self.provide_file(&name, content).await?;
        }
        let certificate = |file: &Option<CertificateFile>| file.as_ref().map(CertificateFile::modem_name);
        Ok(Provided {
            ca: certificate(&files.ca),
            certificate: certificate(&files.client_cert),
            key: files.client_key.as_ref().map(KeyFile::modem_name),
            clock_is_right: now.is_some(),
        })
    }

    fn tls<'n>(
        &self,
        broker: &BrokerPlan,
        client: u8,
        provided: &'n Provided,
    ) -> Result<TlsConfig<'n>, Failure> {
        let file = |name: &'n Option<String>| name.as_deref().map(FileName::new).transpose();
        let verify = match (&provided.ca, &provided.certificate) {
            (Some(_), Some(_)) => Verify::Both,
            (Some(_), None) => Verify::Server,
            (None, Some(_)) => Verify::Client,
            (None, None) => Verify::Nobody,
        };
        // SIM7028's note has settings for neither names nor dates. A firmware that has none for dates refuses it, which is
        // told.
        let knows_more = self.limits().ssl_context.max() > 1;
        // A broker that is given by its address has no name.
        let is_name = ServerAddress::new(&broker.address)?
            .host()
            .parse::<IpAddr>()
            .is_err();
        Ok(TlsConfig {
            verify,
            ca: file(&provided.ca)?,
            certificate: file(&provided.certificate)?,
            key: file(&provided.key)?,
            server_name: (knows_more && is_name).then_some(true),
            // A modem ignores dates unless it is told; a wrong clock would refuse good certificates.
            check_clock: (provided.ca.is_some() && (knows_more || provided.clock_is_right))
                .then_some(provided.clock_is_right),
            // Each client has the context of its own number.
            ..TlsConfig::unverified(client)
        })
    }
}

/// What the modem has for TLS: under which names it holds the files, and whether its clock is right.
struct Provided {
    ca: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
    clock_is_right: bool,
}

const DATES_UNCHECKED: &str = "the modem's clock is not right, so that an expired certificate of the broker is accepted; \
                               set the clock with `cmqtt clock set`";

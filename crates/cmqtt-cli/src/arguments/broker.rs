//! Which broker, as whom, and how.

use std::ffi::OsString;
use std::path::PathBuf;

use at_proto::cmqtt::{ClientId, KeepAlive, Password, ServerAddress, UserName};
use cmqtt_core::Limits;
use cmqtt_host::config_file::{Found, Hidden, PasswordFile};
use cmqtt_host::tls::{TlsFileError, TlsFiles, TlsPaths};

use super::given::text;
use super::server::{address, check_line};
use super::url::Url;
use super::will::{WillArguments, WillPlan, within};
use super::{Given, SecretArgument, Usage, Version, keep_alive, note};

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "The broker")]
pub(crate) struct BrokerArguments {
    /// The broker's name or address, as the modem's network knows it.
    #[arg(short = 'h', long, value_name = "HOST", allow_hyphen_values = true)]
    pub(crate) host: Option<OsString>,
    /// The broker's port; 1883 by default, 8883 with TLS.
    #[arg(short, long, value_name = "PORT", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Everything in one, host, port, login and topic.
    #[arg(short = 'L', long, value_name = "mqtt(s)://[USER[:PASSWORD]@]HOST[:PORT][/TOPIC]", value_parser = clap::value_parser!(SecretArgument), conflicts_with_all = ["host", "port", "username", "pw"])]
    pub(crate) url: Option<SecretArgument>,
    /// The user name; CMQTT_USERNAME by default.
    #[arg(short, long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) username: Option<OsString>,
    /// The password. Other users see it in the list of processes: --pw-file or CMQTT_PASSWORD keep it out of there.
    #[arg(short = 'P', long, value_name = "PASSWORD", allow_hyphen_values = true, value_parser = clap::value_parser!(SecretArgument))]
    pub(crate) pw: Option<SecretArgument>,
    /// A file; its first line is the password. It has to be yours or root's, and nobody else may be able to write to it.
    #[arg(long, value_name = "FILE", conflicts_with = "pw")]
    pub(crate) pw_file: Option<PathBuf>,
    /// The client identifier; a new one each time by default.
    #[arg(short, long, value_name = "ID", allow_hyphen_values = true)]
    pub(crate) id: Option<OsString>,
    /// Make the client identifier of this and the process id.
    #[arg(
        short = 'I',
        long,
        value_name = "PREFIX",
        allow_hyphen_values = true,
        conflicts_with = "id"
    )]
    pub(crate) id_prefix: Option<OsString>,
    /// Seconds between two packets; 60 by default.
    #[arg(short, long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = keep_alive)]
    pub(crate) keepalive: Option<KeepAlive>,
    /// Keep the session: the broker remembers subscriptions and messages for this client identifier.
    #[arg(short = 'c', long)]
    pub(crate) disable_clean_session: bool,
    /// The version of MQTT: mqttv311, which is the default, or mqttv31.
    #[arg(short = 'V', long, value_name = "VERSION", value_parser = Version::parse)]
    pub(crate) protocol_version: Option<Version>,
    /// Use TLS, and check the broker against the CA certificate in this file.
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub(crate) cafile: Option<PathBuf>,
    /// The client's certificate, where the broker asks for one.
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub(crate) cert: Option<PathBuf>,
    /// The key of that certificate.
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub(crate) key: Option<PathBuf>,
    /// Without --cafile: use TLS and check nothing. Anybody on the way can pretend to be the broker.
    #[arg(long, help_heading = "TLS")]
    pub(crate) insecure: bool,
    #[command(flatten)]
    pub(crate) will: WillArguments,
}

/// What to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokerPlan {
    /// `tcp://host:port`, which [`ServerAddress`] takes.
    pub(crate) address: String,
    pub(crate) client_id: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Hidden>,
    pub(crate) keep_alive: KeepAlive,
    pub(crate) clean_session: bool,
    /// `None`: the family's way to MQTT 3.1.1, if it has one.
    pub(crate) version: Option<Version>,
    pub(crate) tls: Option<TlsPlan>,
    pub(crate) will: Option<WillPlan>,
    /// The topic of the URL.
    pub(crate) url_topic: Option<String>,
}

/// TLS: with a CA the broker is verified, without one nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsPlan {
    pub(crate) paths: TlsPaths,
}

impl BrokerArguments {
    /// Joined with the file, and checked against what the modem takes.
    pub(crate) fn plan(&self, file: Option<&Found>, limits: &Limits) -> Result<BrokerPlan, Usage> {
        let said = file.map(|found| found.config.clone()).unwrap_or_default();
        let url = self
            .url
            .as_ref()
            .map(|url| text("-L", url.reveal()))
            .transpose()?;
        let url = url
            .as_deref()
            .map(|url| {
                Url::parse(url).map_err(|reason| Usage::Wrong {
                    place: "-L".to_owned(),
                    reason: reason.to_owned(),
                })
            })
            .transpose()?;
        let (user, password) = self.login(url.as_ref(), file)?;
        let port = match (self.port, &url) {
            (None, Some(url)) => url.port,
            (None, None) => Given::either("-p", None, "port", file, said.port)
                .map(|port| match port.value {
                    0 => Err(port.wrong("a port is 1 to 65535; leave it out for 1883, or 8883 with TLS")),
                    number => Ok(number),
                })
                .transpose()?,
            (port, _) => port,
        };
        let tls = self.tls(url.as_ref(), port, file)?;
        let port = port.unwrap_or(if tls.is_some() {
            TLS_PORT
        } else {
            ServerAddress::DEFAULT_PORT
        });
        let host = match &url {
            Some(url) => Some(Given::option("-L", url.host.to_owned())),
            None => Given::either(
                "-h",
                self.host.clone(),
                "host",
                file,
                said.host.map(OsString::from),
            )
            .map(Given::text)
            .transpose()?,
        };
        let Some(host) = host else {
            return Err(Usage::Missing(
                "no broker is named: -h HOST (there is no default: localhost would be the modem itself)",
            ));
        };
        let address = address(&host, port, limits)?;
        let keep_alive = self.keep_alive(file)?;
        check_line(&address, keep_alive, user.as_deref(), password.as_ref())?;
        Ok(BrokerPlan {
            address,
            client_id: self.client_id(file, limits)?,
            user,
            password,
            keep_alive,
            clean_session: !self.disable_clean_session,
            version: self.protocol_version,
            tls,
            will: self.will.plan(limits)?,
            url_topic: url.and_then(|url| url.topic.map(str::to_owned)),
        })
    }

    /// User name and password: of the URL, an option, the environment, or the configuration file.
    fn login(
        &self,
        url: Option<&Url<'_>>,
        file: Option<&Found>,
    ) -> Result<(Option<String>, Option<Hidden>), Usage> {
        let said = file.map(|found| found.config.clone()).unwrap_or_default();
        let of_url = |part: Option<&str>| part.map(|part| Given::option("-L", part.to_owned()));
        let user = of_url(url.and_then(|url| url.user));
        let user = match user {
            Some(user) => Some(user),
            None => first([
                self.username.clone().map(|user| Given::option("-u", user)),
                Given::environment("CMQTT_USERNAME"),
            ])?,
        };
        let password = match of_url(url.and_then(|url| url.password)) {
            Some(password) => Some(password),
            None => match &self.pw_file {
                Some(path) => {
                    let PasswordFile { password, warning } = PasswordFile::load(path)?;
                    warning.iter().for_each(note);
                    Some(Given::option("--pw-file", password.reveal().to_owned()))
                }
                None => first([
                    self.pw
                        .as_ref()
                        .map(|pw| Given::option("-P", pw.reveal().to_owned())),
                    Given::environment("CMQTT_PASSWORD"),
                ])?,
            },
        };
        // The file's login belongs to no other broker than the URL's, and its password to no other user.
        let said_user = said.user.filter(|_| url.is_none());
        let said_password = said.password.filter(|_| url.is_none() && user.is_none());
        let user = Given::or_file(user, "user", file, said_user);
        let password = Given::or_file(
            password,
            "password",
            file,
            said_password.map(|password| password.reveal().to_owned()),
        );
        if let Some(user) = &user {
            user.checked(|user| UserName::new(user).map(drop))?;
        }
        if let Some(password) = &password {
            password.checked(|password| Password::new(password).map(drop))?;
            if user.is_none() {
                return Err(password.wrong("a password needs a user name: -u NAME"));
            }
        }
        Ok((
            user.map(|user| user.value),
            password.map(|password| password.value.into()),
        ))
    }

    fn client_id(&self, file: Option<&Found>, limits: &Limits) -> Result<String, Usage> {
        let said = file.and_then(|found| found.config.id.clone()).map(OsString::from);
        let id = match &self.id_prefix {
            Some(prefix) => {
                let prefix = text("-I", prefix)?;
                Some(Given::option("-I", format!("{prefix}{}", std::process::id())))
            }
            None => Given::either("-i", self.id.clone(), "id", file, said)
                .map(Given::text)
                .transpose()?,
        };
        let Some(id) = id else {
            if self.disable_clean_session {
                return Err(Usage::Missing(
                    "-c keeps the session of a client identifier: name it with -i ID",
                ));
            }
            return Ok(new_id());
        };
        id.checked(|id| {
            ClientId::new(id)?;
            within(
                "client identifier",
                id.len(),
                limits.client_id_len.min(),
                limits.client_id_len.max(),
            )
        })?;
        Ok(id.value)
    }

    fn keep_alive(&self, file: Option<&Found>) -> Result<KeepAlive, Usage> {
        if let Some(seconds) = self.keepalive {
            return Ok(seconds);
        }
        let said = file.and_then(|found| found.config.keep_alive);
        match Given::either("-k", None, "keep-alive", file, said) {
            Some(seconds) => seconds.checked(|&seconds| KeepAlive::new(seconds)),
            None => Ok(KeepAlive::default()),
        }
    }

    fn tls(
        &self,
        url: Option<&Url<'_>>,
        port: Option<u16>,
        file: Option<&Found>,
    ) -> Result<Option<TlsPlan>, Usage> {
        let said = file.map(|found| found.config.clone()).unwrap_or_default();
        // Someone who says --insecure does not mean the file's CA.
        let file_ca = said.cafile.filter(|_| !self.insecure);
        let paths = TlsPaths {
            ca: self.cafile.clone().or(file_ca),
            client_cert: self.cert.clone().or(said.cert),
            client_key: self.key.clone().or(said.key),
        };
        match (&paths.client_cert, &paths.client_key) {
            (Some(_), None) => return Err(Usage::Missing("--cert is of no use without its key: --key FILE")),
            (None, Some(_)) => {
                return Err(Usage::Missing(
                    "--key is of no use without its certificate: --cert FILE",
                ));
            }
            _ => {}
        }
        let insecure = self.insecure || said.insecure == Some(true);
        if paths.ca.is_some() || insecure {
            return Ok(Some(TlsPlan { paths }));
        }
        // As mosquitto: this port means TLS even if nothing else says so.
        if paths.client_cert.is_some() || url.is_some_and(|url| url.tls) || port == Some(TLS_PORT) {
            return Err(Usage::Missing(
                "TLS needs the CA's certificate, for the modem knows none by itself: --cafile FILE, or --insecure to check nothing",
            ));
        }
        Ok(None)
    }
}

impl BrokerPlan {
    /// The files that TLS needs, read and checked; `None` without TLS. Doubts about them are printed.
    pub(crate) fn tls_files(&self) -> Result<Option<TlsFiles>, TlsFileError> {
        let tls = self.tls.as_ref();
        let files = tls.map(|tls| TlsFiles::load(&tls.paths)).transpose()?;
        let warnings = files.iter().flat_map(|files| &files.warnings);
        warnings.for_each(note);
        Ok(files)
    }
}

/// The first that was given.
fn first(given: [Option<Given<OsString>>; 2]) -> Result<Option<Given<String>>, Usage> {
    given.into_iter().flatten().next().map(Given::text).transpose()
}

/// A client identifier that no other client has: 64 bits from the system's randomness.
fn new_id() -> String {
    use std::hash::{BuildHasher, RandomState};

    format!("cmqtt-{:016x}", RandomState::new().hash_one(std::process::id()))
}

const TLS_PORT: u16 = 8883;

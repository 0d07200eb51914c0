//! Which modem, and how it gets onto the network.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use at_proto::network::Apn;
use at_proto::{Family, Ranges, UnknownFamily};
use cmqtt_core::{Config, Limits};
use cmqtt_host::config_file::{Found, Hidden, Places};

use super::given::text;
use super::{Given, SecretArgument, Usage, note, seconds};

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "The modem")]
pub(crate) struct ModemArguments {
    /// The modem's serial device, such as /dev/ttyUSB2. It is found by itself where there is one candidate.
    #[arg(long, value_name = "PATH", env = "CMQTT_DEVICE", hide_env_values = true)]
    pub(crate) device: Option<OsString>,
    /// Wait for so many seconds for the device, where another program has it open.
    #[arg(long = "wait", value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub(crate) device_wait: Option<Duration>,
    /// The line's speed in bits a second; 115200 by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) baud: Option<u32>,
    /// The modem's family: SIM7028, SIM7022, A76XX, SIM7600 or SIM767X. The modem is asked where it is left out.
    #[arg(long, value_name = "NAME")]
    pub(crate) family: Option<Family>,
    /// The access point's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) apn: Option<OsString>,
    /// The SIM's PIN, where it asks for one. Three wrong ones block it.
    #[arg(long, value_name = "DIGITS", value_parser = clap::value_parser!(SecretArgument))]
    pub(crate) pin: Option<SecretArgument>,
    /// The client index: 0, and 1 on families with two clients.
    #[arg(long, value_name = "INDEX")]
    pub(crate) client: Option<u8>,
    /// The configuration file; CMQTT_CONFIG or, by default, ~/.config/cmqtt/cmqtt.toml. It has to be yours or root's, and
    /// nobody else may be able to write to it.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print the AT conversation on standard error, secrets hidden.
    #[arg(short = 'd', long, visible_alias = "debug")]
    pub(crate) trace: bool,
    /// Say on standard error which configuration file is used.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// What is to be done with which modem.
#[derive(Clone, Debug)]
pub(crate) struct ModemPlan {
    /// `None`: look for it.
    pub(crate) device: Option<OsString>,
    /// How long another program may have it open.
    pub(crate) device_wait: Duration,
    pub(crate) baud: u32,
    /// `None`: ask the modem.
    pub(crate) family: Option<Family>,
    pub(crate) apn: Option<String>,
    pub(crate) pin: Option<Hidden>,
    pub(crate) client: u8,
    pub(crate) trace: bool,
    /// Whether START and CONNECT are tried again at a code that passes by itself. Not where a failed connection is final, or
    /// where the program tries the whole again.
    pub(crate) retries_connect: bool,
}

impl ModemArguments {
    /// The configuration file, if there is one. What the user should know of it is printed.
    pub(crate) fn config_file(&self) -> Result<Option<Found>, Usage> {
        let found = Places::from_environment(self.config.clone()).find()?;
        if let Some(Found { path, warning, .. }) = &found {
            if self.verbose || self.trace {
                note(format_args!("configuration file {}", path.display()));
            }
            warning.iter().for_each(note);
        }
        Ok(found)
    }

    /// Joined with the file that is found, and checked.
    pub(crate) fn whole_plan(&self) -> Result<ModemPlan, Usage> {
        self.plan(self.config_file()?.as_ref())
    }

    /// Joined with the file, and checked.
    pub(crate) fn plan(&self, file: Option<&Found>) -> Result<ModemPlan, Usage> {
        let said = file.map(|found| found.config.clone()).unwrap_or_default();
        let device = self.device.clone().filter(|device| !device.is_empty());
        let family = match (self.family, Given::either("", None, "family", file, said.family)) {
            (None, Some(name)) => Some(
                name.value
                    .parse()
                    .map_err(|error: UnknownFamily| name.wrong(error.to_string()))?,
            ),
            (family, _) => family,
        };
        let apn = Given::either(
            "--apn",
            self.apn.clone(),
            "apn",
            file,
            said.apn.map(OsString::from),
        );
        let apn = match apn {
            Some(apn) => Some(checked_apn(&apn.text()?)?),
            None => None,
        };
        let pin = match &self.pin {
            Some(pin) => Some(Hidden::from(text("--pin", pin.reveal())?)),
            None => None,
        };
        let pin = Given::either("--pin", pin, "pin", file, said.pin);
        if let Some(pin) = &pin {
            let digits = pin.value.reveal();
            if !(4..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(pin.wrong("a PIN has 4 to 8 digits"));
            }
        }
        let baud = Given::either("--baud", self.baud, "baud", file, said.baud);
        if let Some(baud) = &baud
            && baud.value == 0
        {
            return Err(baud.wrong("no line is that slow; 115200 is usual"));
        }
        let client = Given::either("--client", self.client, "client", file, said.client);
        if let Some(client) = &client {
            let ranges = limits(family).client;
            if !ranges.contains(u32::from(client.value)) {
                return Err(client.wrong(match family {
                    Some(family) => format!(
                        "{family} has the client indexes {} to {}",
                        ranges.min(),
                        ranges.max()
                    ),
                    None => "a client index is 0 or 1".to_owned(),
                }));
            }
        }
        Ok(ModemPlan {
            device: device.or_else(|| said.device.map(OsString::from)),
            device_wait: self.device_wait.unwrap_or_default(),
            baud: baud.map_or(Config::default().baud, |baud| baud.value),
            family,
            apn,
            pin: pin.map(|pin| pin.value),
            client: client.map_or(0, |client| client.value),
            trace: self.trace,
            retries_connect: true,
        })
    }
}

impl ModemPlan {
    /// What the modem takes, as far as it is known before it is asked: the family's, or the widest of all.
    pub(crate) fn limits(&self) -> Limits {
        limits(self.family)
    }

    /// Whether a message may be empty.
    pub(crate) fn empty_payload(&self) -> bool {
        Config::of(self.family.unwrap_or(Family::Sim7028))
            .quirks
            .empty_payload
    }
}

fn limits(family: Option<Family>) -> Limits {
    if let Some(family) = family {
        return Config::of(family).limits;
    }
    let mut limits = Config::SIM7028.limits;
    limits.client = Ranges::span(0, 1);
    limits.server_len = Config::A76XX.limits.server_len;
    limits
}

fn checked_apn(apn: &Given<String>) -> Result<String, Usage> {
    apn.checked(|name| Apn::new(name).map(drop))?;
    Ok(apn.value.clone())
}

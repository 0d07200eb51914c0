//! `cmqtt pub`: what it takes, and what comes of it.

mod run;
pub(crate) use run::run;

mod spooled;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use at_proto::cmqtt::{QoS, Topic};
use cmqtt_host::config_file::Found;

use crate::arguments::{
    BrokerArguments, BrokerPlan, Given, ModemArguments, ModemPlan, Patience, PubRefusals, StayingArguments,
    StayingPlan, Usage, given_qos, qos, seconds,
};
use crate::payloads::{PayloadError, Payloads};
use crate::spool::{SpoolArguments, SpoolPlan};

/// Publish messages through the modem.
///
/// Options are mosquitto_pub's where it has them. What the modem cannot do is refused with the reason.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, after_help = AFTER)]
pub(crate) struct Arguments {
    /// The topic.
    #[arg(short, long, value_name = "TOPIC", allow_hyphen_values = true)]
    topic: Option<OsString>,
    /// The message.
    #[arg(
        short,
        long,
        value_name = "MESSAGE",
        allow_hyphen_values = true,
        group = "source"
    )]
    message: Option<OsString>,
    /// Send a file as the message.
    #[arg(short, long, value_name = "FILE", group = "source")]
    file: Option<PathBuf>,
    /// Send each line of standard input as a message, and keep the session between them.
    #[arg(short = 'l', long, group = "source")]
    stdin_line: bool,
    /// Send standard input as one message.
    #[arg(short = 's', long, group = "source")]
    stdin_file: bool,
    /// Send an empty message, where the modem's family allows one.
    #[arg(short, long, group = "source")]
    null_message: bool,
    /// The quality of service; 0 by default.
    #[arg(short, long, value_name = "0|1|2", allow_negative_numbers = true, value_parser = qos)]
    qos: Option<QoS>,
    /// Have the broker keep the message for later subscribers.
    #[arg(short, long)]
    retain: bool,
    /// Send the message N times.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..), conflicts_with_all = ["stdin_line", "null_message"])]
    repeat: Option<u32>,
    /// Seconds between the delivery of one and the next.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds, requires = "repeat")]
    repeat_delay: Option<Duration>,
    /// Put each message on disk before it is delivered, in this directory, and remove it when the modem has delivered it.
    /// What an earlier run has left there goes first; with --spool alone nothing else does. A message is delivered at
    /// least once: one that was on its way when the program was killed or the connection lost is sent again.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["repeat_delay", "no_reconnect"])]
    spool: Option<PathBuf>,
    /// Print no errors but those about arguments.
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    limits: SpoolArguments,
    #[command(flatten)]
    broker: BrokerArguments,
    #[command(flatten)]
    staying: StayingArguments,
    #[command(flatten)]
    modem: ModemArguments,
    #[command(flatten)]
    refusals: PubRefusals,
    /// Print this help.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// What is to be done, checked.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) modem: ModemPlan,
    pub(crate) broker: BrokerPlan,
    pub(crate) topic: String,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) source: Source,
    pub(crate) repeat: u32,
    pub(crate) repeat_delay: Duration,
    /// `None` to end when the connection is lost.
    pub(crate) staying: Option<StayingPlan>,
    /// Where messages wait until they are delivered.
    pub(crate) spool: Option<SpoolPlan>,
    pub(crate) quiet: bool,
}

/// Where messages come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Message(Vec<u8>),
    File(PathBuf),
    StdinLines,
    Stdin,
    /// No other than the spool.
    Spool,
}

impl Arguments {
    /// Joins arguments, environment and file, and checks everything that can be checked without a modem.
    pub(crate) fn plan(&self) -> Result<Plan, Usage> {
        self.plan_with(self.modem.config_file()?.as_ref())
    }

    /// The same with the file that was found.
    fn plan_with(&self, file: Option<&Found>) -> Result<Plan, Usage> {
        let mut modem = self.modem.plan(file)?;
        let staying = self.staying.plan(PATIENCE);
        modem.retries_connect = self.spool.is_none() && staying.is_some_and(|staying| !staying.retries());
        let limits = modem.limits();
        let broker = self.broker.plan(file, &limits)?;
        let source = self.source()?;
        if self.spool.is_none() && self.limits.is_given() {
            return Err(Usage::Missing(
                "there is no spool to which that applies: --spool DIR",
            ));
        }
        let topic = match (&self.topic, &broker.url_topic) {
            _ if source == Source::Spool => Given::option("--spool", String::new()),
            (Some(topic), _) => Given::option("-t", topic.clone()).text()?,
            (None, Some(topic)) => Given::option("-L", topic.clone()),
            (None, None) => return Err(Usage::Missing("no topic is named: -t TOPIC")),
        };
        let range = limits.topic_len;
        if source != Source::Spool {
            topic.checked(|topic| {
                Topic::new(topic)?;
                crate::arguments::within("topic", topic.len(), range.min(), range.max())
            })?;
        }
        let qos = given_qos(self.qos, file)?;
        if let Source::Message(message) = &source {
            let payloads = Payloads::of(&modem);
            let place = if self.null_message { "-n" } else { "-m" };
            payloads.check(place, message.len())?;
        }
        Ok(Plan {
            topic: topic.value,
            qos,
            retain: self.retain,
            source,
            repeat: self.repeat.unwrap_or(1),
            repeat_delay: self.repeat_delay.unwrap_or_default(),
            staying,
            spool: self
                .spool
                .clone()
                .map(|dir| self.limits.plan(dir, self.staying.kept(Patience(None)))),
            quiet: self.quiet,
            modem,
            broker,
        })
    }

    fn source(&self) -> Result<Source, Usage> {
        if let Some(message) = &self.message {
            return Ok(Source::Message(message.as_encoded_bytes().to_vec()));
        }
        match &self.file {
            Some(file) => Ok(Source::File(file.clone())),
            None if self.stdin_line => Ok(Source::StdinLines),
            None if self.stdin_file => Ok(Source::Stdin),
            None if self.null_message => Ok(Source::Message(Vec::new())),
            None if self.spool.is_some() && self.topic.is_none() => Ok(Source::Spool),
            None => Err(Usage::Missing(
                "no message is given: -m MESSAGE, -f FILE, -l or -s for standard input, or -n for an empty one",
            )),
        }
    }
}

impl From<PayloadError> for Usage {
    fn from(error: PayloadError) -> Self {
        let place = error.place().to_owned();
        Self::Wrong {
            place,
            reason: error.reason(),
        }
    }
}

/// A script waits for it; a modem that is restarted and looks for its network takes some minutes.
const PATIENCE: Patience = Patience(Some(Duration::from_secs(600)));

const AFTER: &str = "\
Exit status: 0 when every message was delivered; 1 for a wrong argument and for whatever else failed; 1 to 5 when the \
broker refuses the connection with this code; 7 when the connection was lost and did not come back; 8 when TLS failed; 12 when \
the broker refuses a message; 27 when \
the time of --drain was over; 128 and the signal's number when a signal came before that. What is not delivered stays in \
the --spool.";

#[cfg(test)]
mod tests;

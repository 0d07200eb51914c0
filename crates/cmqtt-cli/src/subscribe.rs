//! `cmqtt sub`: what it takes, and what comes of it.

mod run;
pub(crate) use run::run;

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::time::Duration;

use at_proto::cmqtt::{QoS, TopicFilter};
use cmqtt_host::config_file::Found;

use crate::arguments::{
    BrokerArguments, BrokerPlan, Given, ModemArguments, ModemPlan, Patience, StayingArguments, StayingPlan,
    SubRefusals, Usage, at_least_one, given_qos, qos, within,
};
use crate::output_format::OutputFormat;

/// Subscribe through the modem, and print the messages that come.
///
/// Options are mosquitto_sub's where it has them. What the modem cannot do is refused with the reason.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, after_help = AFTER)]
#[command(mut_arg("verbose", |verbose| verbose.help(VERBOSE)))]
pub(crate) struct Arguments {
    /// A topic filter. May be repeated.
    #[arg(short, long, value_name = "FILTER", allow_hyphen_values = true)]
    topic: Vec<OsString>,
    /// Do not print messages whose topic this filter matches. May be repeated.
    #[arg(short = 'T', long, value_name = "FILTER", allow_hyphen_values = true)]
    filter_out: Vec<OsString>,
    /// Unsubscribe from a topic filter. May be repeated.
    #[arg(short = 'U', long, value_name = "FILTER", allow_hyphen_values = true)]
    unsubscribe: Vec<OsString>,
    /// The quality of service; 0 by default.
    #[arg(short, long, value_name = "0|1|2", allow_negative_numbers = true, value_parser = qos)]
    qos: Option<QoS>,
    /// End after so many messages.
    #[arg(short = 'C', value_name = "COUNT", allow_negative_numbers = true, value_parser = at_least_one)]
    count: Option<NonZeroU32>,
    /// End after so many seconds.
    #[arg(short = 'W', value_name = "SECONDS", allow_negative_numbers = true, value_parser = at_least_one)]
    wait: Option<NonZeroU32>,
    /// End when the broker has taken the subscriptions.
    #[arg(short = 'E')]
    exit_when_subscribed: bool,
    /// How to print a message: %t topic, %p payload, %l its length, %x %X in hexadecimal digits, %I %U the time,
    /// %j %J as JSON, @Y and other letters of strftime, \n and other escapes.
    #[arg(
        short = 'F',
        value_name = "FORMAT",
        allow_hyphen_values = true,
        conflicts_with = "json"
    )]
    format: Option<OsString>,
    /// Print each message as a JSON object on a line of its own, as %j does.
    #[arg(long)]
    json: bool,
    /// Print no line end after each message.
    #[arg(short = 'N')]
    no_line_end: bool,
    /// Print topics and payloads as they are on a terminal, too. Without it control characters are escaped there;
    /// what goes to a file or a pipe is always as it is.
    #[arg(long)]
    raw: bool,
    /// Print no errors but those about arguments.
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    broker: BrokerArguments,
    #[command(flatten)]
    staying: StayingArguments,
    #[command(flatten)]
    modem: ModemArguments,
    #[command(flatten)]
    refusals: SubRefusals,
    /// Print this help.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// What is to be done, checked.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) modem: ModemPlan,
    pub(crate) broker: BrokerPlan,
    pub(crate) filters: Vec<String>,
    pub(crate) filter_out: Vec<String>,
    pub(crate) unsubscribe: Vec<String>,
    pub(crate) qos: QoS,
    pub(crate) format: OutputFormat,
    /// Whether a line end follows each message.
    pub(crate) line_end: bool,
    /// Whether a terminal gets topics and payloads as they are.
    pub(crate) raw: bool,
    pub(crate) count: Option<NonZeroU32>,
    pub(crate) wait: Option<Duration>,
    pub(crate) exit_when_subscribed: bool,
    /// `None` to end when the connection is lost.
    pub(crate) staying: Option<StayingPlan>,
    pub(crate) quiet: bool,
}

impl Arguments {
    /// Joins arguments, environment and file, and checks everything that can be checked without a modem.
    pub(crate) fn plan(&self) -> Result<Plan, Usage> {
        self.plan_with(self.modem.config_file()?.as_ref())
    }

    /// The same with the file that was found.
    fn plan_with(&self, file: Option<&Found>) -> Result<Plan, Usage> {
        let mut modem = self.modem.plan(file)?;
        let staying = self.staying.plan(Patience(None));
        modem.retries_connect = staying.is_some_and(|staying| !staying.retries());
        let limits = modem.limits();
        let broker = self.broker.plan(file, &limits)?;
        let range = limits.filter_len;
        let filters = |option: &str, given: &[OsString]| -> Result<Vec<String>, Usage> {
            let check = |filter: &OsString| {
                let filter = Given::option(option, filter.clone()).text()?;
                filter.checked(|filter| {
                    TopicFilter::new(filter)?;
                    within("topic filter", filter.len(), range.min(), range.max())
                })?;
                Ok(filter.value)
            };
            given.iter().map(check).collect()
        };
        let mut subscribe = filters("-t", &self.topic)?;
        if let Some(topic) = &broker.url_topic {
            subscribe.extend(filters("-L", &[topic.into()])?);
        }
        let unsubscribe = filters("-U", &self.unsubscribe)?;
        if subscribe.is_empty() && unsubscribe.is_empty() {
            return Err(Usage::Missing(
                "no topic is named: -t FILTER, and -U FILTER to unsubscribe",
            ));
        }
        let qos = given_qos(self.qos, file)?;
        let format = match &self.format {
            Some(format) => OutputFormat::parse(&Given::option("-F", format.clone()).text()?.value)?,
            None if self.json => OutputFormat::json(),
            None => OutputFormat::plain(self.modem.verbose),
        };
        Ok(Plan {
            filters: subscribe,
            filter_out: filters("-T", &self.filter_out)?,
            unsubscribe,
            qos,
            format,
            line_end: !self.no_line_end,
            raw: self.raw,
            count: self.count,
            wait: self.wait.map(|seconds| Duration::from_secs(seconds.get().into())),
            exit_when_subscribed: self.exit_when_subscribed,
            staying,
            quiet: self.quiet,
            modem,
            broker,
        })
    }
}

const VERBOSE: &str = "Print the topic before each message, unless -F or --json decides what is printed. Say on standard error \
which configuration file is used";

const AFTER: &str = "\
Messages are received whether or not what is printed is read: up to 4 MiB and 10000 messages wait for the reader of \
standard output. What comes then is not printed, its number is told on standard error, and the exit status is 1.

Exit status: 0 at the end that was asked for; 27 after -W; 1 for a wrong argument and for whatever else failed; 1 to 5 \
when the broker refuses the connection with this code; 7 when the connection was lost and did not come back; 8 when TLS failed.";

#[cfg(test)]
mod tests;

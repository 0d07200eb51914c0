//! `cmqtt gateway`: what it takes, and what comes of it.

mod line;

mod socket;

mod run;
pub(crate) use run::run;

use std::path::PathBuf;

use at_proto::cmqtt::QoS;
use cmqtt_host::config_file::Found;

use crate::arguments::{
    BrokerArguments, BrokerPlan, KeepingArguments, ModemArguments, ModemPlan, Patience, PubRefusals, Usage,
    given_qos, qos,
};
use crate::spool::{SpoolArguments, SpoolPlan};

/// Deliver what other programs write, for ever: from standard input, or a Unix socket.
///
/// Each message is on disk before it is taken for accepted, and stays there until the modem has delivered it, however
/// often program, modem, network and broker come and go. It is delivered at least once: what was on its way when the
/// program was killed or the connection lost is sent again.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true, after_help = AFTER)]
pub(crate) struct Arguments {
    /// The directory where messages wait. One program at a time has it.
    #[arg(long, value_name = "DIR")]
    spool: PathBuf,
    /// Listen at a Unix socket, until a signal comes. Each line is answered with a line, once the message is on disk.
    #[arg(long, value_name = "PATH")]
    listen: Option<PathBuf>,
    /// The quality of service of messages that name none; 0 by default.
    #[arg(short, long, value_name = "0|1|2", allow_negative_numbers = true, value_parser = qos)]
    qos: Option<QoS>,
    /// Have the broker keep messages that do not say.
    #[arg(short, long)]
    retain: bool,
    /// Print no errors but those about arguments.
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    limits: SpoolArguments,
    #[command(flatten)]
    broker: BrokerArguments,
    #[command(flatten)]
    kept: KeepingArguments,
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
    pub(crate) spool: SpoolPlan,
    pub(crate) listen: Option<PathBuf>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) quiet: bool,
}

impl Arguments {
    /// Joins arguments, environment and file, and checks everything that can be checked without a modem.
    pub(crate) fn plan(&self) -> Result<Plan, Usage> {
        self.plan_with(self.modem.config_file()?.as_ref())
    }

    /// The same with the file that was found.
    fn plan_with(&self, file: Option<&Found>) -> Result<Plan, Usage> {
        let modem = ModemPlan {
            // Each attempt is told, and another follows.
            retries_connect: false,
            ..self.modem.plan(file)?
        };
        let broker = self.broker.plan(file, &modem.limits())?;
        if broker.url_topic.is_some() {
            return Err(Usage::Wrong {
                place: "-L".to_owned(),
                reason: "each message names its topic: leave it out of the URL".to_owned(),
            });
        }
        Ok(Plan {
            qos: given_qos(self.qos, file)?,
            retain: self.retain,
            spool: self
                .limits
                .plan(self.spool.clone(), self.kept.plan(Patience(None))),
            listen: self.listen.clone(),
            quiet: self.quiet,
            modem,
            broker,
        })
    }
}

const AFTER: &str = r#"A line is a message: TOPIC PAYLOAD, as `mosquitto_sub -v` and `cmqtt sub -v` print it; or, where it begins with `{`, a JSON
object:
  {"topic": "meters/17", "payload": "230.1", "qos": 1, "retain": true}
topic and one of payload, payload_base64 and payload_hex have to be there. A payload that is not a string is sent as
the JSON that it is. What `mosquitto_sub -F %j` prints is taken too.

On the socket each line is answered, in order:
  accepted 17
      It is on disk, and its number is 17. `accepted 17, dropped 3 4` says which gave way (--spool-full drop-oldest).
  dropped: the spool is full
      --spool-full drop-newest.
  refused: WHY

What the modem or the broker does not take stays in the spool, and with it what follows to the
same topic: it is tried again after a minute, and less and less often.

At the end of standard input it goes on until everything is delivered, or for as long as --drain says. A signal (INT, TERM, HUP)
ends it in order, and what is not delivered stays in the spool.

Exit status: 0 when every message was delivered, or a signal came; 27 when the time of --drain was over before that; 1 for
a wrong argument, a line that was not taken, and whatever else failed; 1 to 5 when the broker refuses the connection with
this code."#;

#[cfg(test)]
mod tests;

//! Numbers on the command line, with the reason why one is refused.

use std::num::NonZeroU32;
use std::time::Duration;

use at_proto::cmqtt::{KeepAlive, QoS};
use cmqtt_host::config_file::Found;

use super::{Given, Usage};

/// `-q`.
pub(crate) fn qos(text: &str) -> Result<QoS, String> {
    text.parse::<u8>()
        .ok()
        .and_then(|number| QoS::try_from(number).ok())
        .ok_or_else(|| "the quality of service is 0, 1 or 2".to_owned())
}

/// The quality of service of the argument, of the file, or 0.
pub(crate) fn given_qos(argument: Option<QoS>, file: Option<&Found>) -> Result<QoS, Usage> {
    let said = file.and_then(|found| found.config.qos);
    match (argument, Given::either("-q", None, "qos", file, said)) {
        (Some(qos), _) => Ok(qos),
        (None, Some(said)) => said.checked(|&number| QoS::try_from(number)),
        (None, None) => Ok(QoS::default()),
    }
}

/// `-k`.
pub(crate) fn keep_alive(text: &str) -> Result<KeepAlive, String> {
    text.parse::<u32>()
        .ok()
        .and_then(|seconds| KeepAlive::new(seconds).ok())
        .ok_or_else(|| "the keep alive is 1 to 64800 seconds: the modem cannot go without".to_owned())
}

/// Seconds, which need not be a whole number.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "expected seconds, such as 2 or 0.5".to_owned())
}

/// `-C`, `-W`.
pub(crate) fn at_least_one(text: &str) -> Result<NonZeroU32, String> {
    text.parse()
        .map_err(|_| format!("expected a whole number, 1 to {}", u32::MAX))
}

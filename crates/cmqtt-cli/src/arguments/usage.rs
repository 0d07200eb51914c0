//! What is wrong with what a program was told.

use std::fmt::Display;

use at_proto::ValueError;
use cmqtt_host::config_file::{ConfigFileError, FileError};

use crate::output::say;
use crate::output_format::FormatError;

/// What is wrong, where it was given, and what to do. Never a secret's value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Usage {
    #[error("{place}: {error}{}", remedy(.error))]
    Value { place: String, error: ValueError },
    #[error("{place}: byte {byte:#04x} at {at} is not UTF-8, which MQTT and the modem want here")]
    NotUtf8 { place: String, byte: u8, at: usize },
    #[error("{place}: {reason}")]
    Wrong { place: String, reason: String },
    #[error("{0}")]
    Missing(&'static str),
    #[error("-F: {0}")]
    Format(#[from] FormatError),
    #[error("{0}")]
    ConfigFile(#[from] ConfigFileError),
    #[error("--pw-file {0}")]
    PasswordFile(#[from] FileError),
}

/// Says on standard error what the user should know, and goes on.
pub(crate) fn note(what: impl Display) {
    say(&format_args!("cmqtt: {what}"));
}

/// What the checked types cannot know: what else there is.
fn remedy(error: &ValueError) -> &'static str {
    match *error {
        ValueError::InvalidByte {
            what: "topic",
            byte: b'+' | b'#',
            ..
        } => "; a message has one topic, wildcards are for `cmqtt sub`",
        ValueError::InvalidByte { what: "host", .. } => "; a host has letters, digits, `.`, `-` and `_`",
        ValueError::InvalidByte { byte: 0, .. } => "; leave it out",
        ValueError::InvalidByte { .. } => {
            "; the modem's command line has no escape for it: choose another value"
        }
        ValueError::InvalidLength { len: 0, .. } => "; give it a value",
        _ => "",
    }
}

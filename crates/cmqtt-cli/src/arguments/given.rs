//! A value, and where it was given.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use at_proto::ValueError;
use cmqtt_host::config_file::Found;

use super::Usage;

/// A value with the place that an error names: `--host`, or `host in cmqtt.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Given<T> {
    pub(crate) value: T,
    pub(crate) place: String,
}

impl<T> Given<T> {
    /// What an option was given.
    pub(crate) fn option(option: &str, value: T) -> Self {
        Self {
            value,
            place: option.to_owned(),
        }
    }

    /// The argument, or what the file says.
    pub(crate) fn either(
        option: &str,
        argument: Option<T>,
        key: &str,
        file: Option<&Found>,
        said: Option<T>,
    ) -> Option<Self> {
        Self::or_file(argument.map(|value| Self::option(option, value)), key, file, said)
    }

    /// What was given, or what the file says.
    pub(crate) fn or_file(
        given: Option<Self>,
        key: &str,
        file: Option<&Found>,
        said: Option<T>,
    ) -> Option<Self> {
        if given.is_some() {
            return given;
        }
        let place = format!(
            "{key} in {}",
            file.map_or(Path::new("cmqtt.toml"), |found| &found.path)
                .display()
        );
        said.map(|value| Self { value, place })
    }

    /// The value, if a check of it passes.
    pub(crate) fn checked<U>(&self, check: impl FnOnce(&T) -> Result<U, ValueError>) -> Result<U, Usage> {
        check(&self.value).map_err(|error| Usage::Value {
            place: self.place.clone(),
            error,
        })
    }

    /// An error about this value.
    pub(crate) fn wrong(&self, reason: impl Into<String>) -> Usage {
        Usage::Wrong {
            place: self.place.clone(),
            reason: reason.into(),
        }
    }
}

impl Given<OsString> {
    /// What a variable of the environment says. An empty one says nothing.
    pub(crate) fn environment(variable: &str) -> Option<Self> {
        let value = std::env::var_os(variable).filter(|value| !value.is_empty())?;
        Some(Self::option(variable, value))
    }

    /// The value as text.
    pub(crate) fn text(self) -> Result<Given<String>, Usage> {
        let value = text(&self.place, &self.value)?;
        Ok(Given {
            value,
            place: self.place,
        })
    }
}

/// An argument as text. Some systems let any bytes be one.
pub(crate) fn text(place: &str, argument: &OsStr) -> Result<String, Usage> {
    let bytes = argument.as_encoded_bytes();
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let at = error.valid_up_to();
        Usage::NotUtf8 {
            place: place.to_owned(),
            byte: bytes.get(at).copied().unwrap_or_default(),
            at,
        }
    })
}

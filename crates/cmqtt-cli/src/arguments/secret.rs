//! A password on the command line.

use std::ffi::{OsStr, OsString};
use std::fmt::{self, Debug, Formatter};

/// An argument that is never printed, whatever prints the arguments.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretArgument(OsString);

impl SecretArgument {
    pub(crate) fn reveal(&self) -> &OsStr {
        &self.0
    }
}

impl From<OsString> for SecretArgument {
    fn from(argument: OsString) -> Self {
        Self(argument)
    }
}

impl Debug for SecretArgument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

//! One file by itself.

use std::path::Path;

use super::certificate::CertificateFile;
use super::clock::ModemTime;
use super::doubt::Doubt;
use super::error::{Problem, TlsFileError};
use super::key::KeyFile;
use super::role::Role;
use super::source;

/// A certificate or a key, read and checked, that goes to the modem by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upload {
    /// A certificate, or several.
    Certificate(CertificateFile),
    /// A key.
    Key(KeyFile),
}

impl Upload {
    /// Reads a file and checks everything but the time.
    ///
    /// # Errors
    /// [`TlsFileError`]: what is wrong, where, and what to do.
    pub fn load(role: Role, path: &Path) -> Result<Self, TlsFileError> {
        let read = source::read(path).and_then(|content| match role {
            Role::ClientKey => KeyFile::parse(content).map(Self::Key),
            _ => CertificateFile::parse(role, content).map(Self::Certificate),
        });
        read.map_err(|problem| TlsFileError {
            role,
            path: path.to_owned(),
            problem,
        })
    }

    /// It is valid by the modem's own clock. A key always is.
    ///
    /// # Errors
    /// [`Problem::Expired`] and [`Problem::NotYetValid`].
    pub fn check_time(&self, now: ModemTime) -> Result<(), Problem> {
        match self {
            Self::Certificate(file) => file.check_time(now),
            Self::Key(_) => Ok(()),
        }
    }

    /// What is suspicious about it, although it is not refused.
    pub fn doubts(&self) -> Vec<Doubt> {
        match self {
            Self::Certificate(file) => file.doubts().collect(),
            Self::Key(_) => Vec::new(),
        }
    }

    /// The bytes that go to the modem.
    pub fn content(&self) -> &[u8] {
        match self {
            Self::Certificate(file) => file.content(),
            Self::Key(file) => file.content(),
        }
    }

    /// The name under which they go there, which tells the content.
    pub fn modem_name(&self) -> String {
        match self {
            Self::Certificate(file) => file.modem_name(),
            Self::Key(file) => file.modem_name(),
        }
    }
}
